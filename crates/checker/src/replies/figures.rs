//! The figures of a reply against the rows: each that the reply shows must be what the databases make it, now or at
//! the record that it shows.

use uuid::Uuid;

use super::effects::{Effects, Kept};
use crate::{
    history::{Call, Operation, Reply},
    rows::{Payment, Transfer},
    verdict::Judge,
};

/// States in which a transfer may be found by now, after a reply showed the first of a row.
const LATER: [(&str, &[&str]); 5] = [
    (
        "PENDING_CLAIM",
        &["PENDING_CLAIM", "CLAIMING", "CLAIMED", "CLOSING", "RELEASING", "RETURNED", "PARKED"],
    ),
    ("CLAIMED", &["CLAIMED", "CLOSING", "RELEASING", "RETURNED", "PARKED"]),
    ("CLOSING", &["CLOSING", "RELEASING", "RETURNED", "REFUSED", "CLAIMED", "PARKED"]),
    ("RETURNED", &["RETURNED"]),
    ("REFUSED", &["REFUSED"]),
];

/// Compares a reply with what is there; false if there is nothing to compare it with.
pub(super) fn compare(
    effects: &Effects,
    subject: &str,
    call: &Call,
    reply: &Reply,
    judge: &mut Judge,
) -> bool {
    let mut said = Said { subject, judge };
    let mut books = effects.books.values();
    match call.operation {
        Operation::Transfer => {
            let Some(row) = effects.transfers.get(&call.key) else { return false };
            said.asked(call, row.amount, row.sharer);
            said.transfer(reply, call.key, row);
        }
        Operation::Claim => return claim(effects, call, reply, &mut said),
        Operation::Decline => {
            let asked = call.asked.about.and_then(|transfer| effects.transfers.get(&transfer));
            let Some(row) = asked.filter(|_| effects.was_asked(call.key)) else { return false };
            said.transfer(reply, row.id, row);
        }
        Operation::Payment => {
            let Some((row, book)) = books.find_map(|book| Some((book.payments.get(&call.key)?, book))) else {
                return false;
            };
            if row.state == "UNDONE" {
                return false;
            }
            payment(call, reply, row, book, &mut said);
        }
        Operation::Refund => {
            let Some((row, book)) = books.find_map(|book| Some((book.refunds.get(&call.key)?, book))) else {
                return false;
            };
            said.asked(call, row.amount, row.payment);
            said.id(reply, call.key);
            said.figure("amount", reply.amount, row.amount);
            let at = book.refunded(row.payment).into_iter().find(|(seq, _)| *seq == row.seq);
            let sum = at.map_or(0, |(_, sum)| sum);
            let personal = book.payments.get(&row.payment).and_then(|payment| payment.personal);
            said.word("payment's state", reply, state_after(sum, personal.unwrap_or_default()));
        }
        Operation::Reversal => return reversal(effects, call, reply, &mut said),
        Operation::Credit => {
            let Some((seq, credit, book)) =
                books.find_map(|book| book.credit(call.key).map(|(seq, credit)| (seq, credit, book)))
            else {
                return false;
            };
            let person = credit.account.split('/').next().and_then(|person| person.parse().ok());
            said.asked(call, credit.amount, person.unwrap_or_default());
            said.id(reply, call.key);
            if let Some(available) = reply.available {
                let held = book.held_since(credit.account, seq, available);
                said.judge.holds("I6", subject, &format!("the account has held {available}"), held);
            }
        }
    }
    true
}

fn claim(effects: &Effects, call: &Call, reply: &Reply, said: &mut Said) -> bool {
    let Some(claim) = effects.claims.get(&call.key) else { return false };
    let Some(row) = effects.transfers.get(&claim.transfer_id) else { return false };
    said.judge.same("I6", format!("{}: transfer", said.subject), call.asked.about, Some(claim.transfer_id));
    said.transfer(reply, claim.transfer_id, row);
    if matches!(reply.state.as_str(), "CLAIMED" | "RETURNED") {
        let claimed = claim.refusal.is_none() && row.claimed_at.is_some();
        said.judge.holds("I6", said.subject, "the transfer was claimed", claimed);
    }
    true
}

fn payment(call: &Call, reply: &Reply, row: &Payment, book: &Kept, said: &mut Said) {
    let personal = row.personal.unwrap_or_default();
    said.asked(call, personal, row.patient.unwrap_or_default());
    said.id(reply, call.key);
    said.figure("amount", reply.amount, personal);
    said.figure("record", reply.sequence, row.seq);
    let legs = book.legs.get(&call.key).map_or(&[][..], Vec::as_slice);
    let sum = |kinds: &[&str]| -> i64 {
        legs.iter().filter(|leg| kinds.contains(&leg.kind.as_str())).map(|leg| leg.amount).sum()
    };
    said.figure("from the own account", reply.own, sum(&["OWN_PRIOR_YEAR", "OWN_CURRENT_YEAR"]));
    said.figure("from shared quota", reply.shared, sum(&["LOT"]));
    said.figure("in cash", reply.cash, sum(&["CASH"]));
    let patient = row.patient.unwrap_or_default().to_string();
    said.figure("left in the account", reply.available, book.held_after(&patient, row.seq));
    if let Some(refunded) = reply.refunded {
        let was_so = book.refunded(call.key).iter().any(|(_, sum)| *sum == refunded);
        said.judge.holds("I6", said.subject, &format!("{refunded} have been refunded at some time"), was_so);
        if reply.state == "REVERSED" {
            said.judge.same("I6", format!("{}: state", said.subject), "REVERSED", row.state.as_str());
        } else {
            said.word("state", reply, state_after(refunded, personal));
        }
    }
}

fn reversal(effects: &Effects, call: &Call, reply: &Reply, said: &mut Said) -> bool {
    let mut books = effects.books.values();
    let payment = call.asked.about.unwrap_or_default();
    let Some(row) = books.find_map(|book| book.payments.get(&payment)) else { return false };
    let over = matches!(row.state.as_str(), "REVERSED" | "REFUNDED" | "UNDONE");
    said.judge.holds("I6", said.subject, "nothing is left of the payment", over);
    if !reply.state.is_empty() {
        said.id(reply, payment);
        said.word("state", reply, &row.state);
        said.figure("amount", reply.amount, row.personal.unwrap_or_default());
    }
    true
}

/// The state that a payment has after so much was refunded, by whatever but a reversal.
fn state_after(refunded: i64, personal: i64) -> &'static str {
    match refunded {
        0 => "PAID",
        _ if refunded < personal => "PARTLY_REFUNDED",
        _ => "REFUNDED",
    }
}

/// One reply under judgement.
struct Said<'a> {
    subject: &'a str,
    judge: &'a mut Judge,
}

impl Said<'_> {
    fn id(&mut self, reply: &Reply, expected: Uuid) {
        self.judge.same("I6", format!("{}: id", self.subject), expected, reply.id);
    }

    fn figure(&mut self, what: &str, said: Option<i64>, there: i64) {
        if let Some(said) = said {
            self.judge.amount("I6", format!("{}: {what}", self.subject), there, said);
        }
    }

    fn word(&mut self, what: &str, reply: &Reply, there: &str) {
        self.judge.same("I6", format!("{}: {what}", self.subject), there, reply.state.as_str());
    }

    /// What was done is what was asked for.
    fn asked(&mut self, call: &Call, amount: i64, about: Uuid) {
        self.figure("asked for", call.asked.amount, amount);
        if let Some(asked) = call.asked.about {
            self.judge.same("I6", format!("{}: about", self.subject), about, asked);
        }
    }

    fn transfer(&mut self, reply: &Reply, id: Uuid, row: &Transfer) {
        self.id(reply, id);
        self.figure("amount", reply.amount, row.amount);
        let may = LATER.iter().find(|(state, _)| *state == reply.state);
        let fits = may.is_none_or(|(_, later)| later.contains(&row.state_name.as_str()));
        let what = format!("{} can follow {}", row.state_name, reply.state);
        self.judge.holds("I6", self.subject, &what, fits);
        if reply.state == "CLAIMED" {
            self.judge.holds("I6", self.subject, "the transfer was claimed", row.claimed_at.is_some());
        }
    }
}
