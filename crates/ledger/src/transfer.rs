//! The sharer's side of a transfer: the earmark, and the absolute draw-down that follows the lot.
//!
//! A draw-down says what a lot has consumed by a record of its book. Only a later record than the last one
//! heard of changes anything, so lost, late, repeated and reordered reports do no harm. Release, restore
//! and refund after return are this one command.

use mistakes::{Mistake, made};
use money::Yuan;

use crate::{
    book::{Book, Moment},
    codes::{EarmarkState, HopState},
    command::{Command, DrawDown, Earmark},
    content,
    digest::Digest,
    key::AccountKey,
    outcome::{Applied, Done, EarmarkNow, Outcome, Refusal},
    pots::Pots,
    rows::{EarmarkRow, EarmarkTerms, HopRow},
    sum,
};

pub(crate) fn earmark(book: &mut Book, command: &Earmark, moment: Moment) -> Applied {
    let content = content::hash(&Command::Earmark(command.clone()));
    if let Some(row) = book.earmarks.get(&command.transfer) {
        return Applied::only(known(book, row, content));
    }
    let refusal = refusal(book, command, moment);
    let terms = EarmarkTerms {
        sharer: command.sharer,
        pool: command.pool,
        beneficiary: command.beneficiary,
        bond: command.bond,
        amount: command.amount,
    };
    let mut row = EarmarkRow {
        transfer: command.transfer,
        state: EarmarkState::Refused,
        terms: Some(terms),
        from_prior: Yuan::ZERO,
        from_current: Yuan::ZERO,
        year: moment.year(),
        returned: Yuan::ZERO,
        content,
        refusal: None,
        sequence: moment.sequence,
    };
    if let Some(refusal) = refusal {
        row.refusal = Some(refusal_text(&refusal));
        book.earmarks.add(command.transfer, row);
        return Applied::refused(refusal);
    }
    let parts = book.pots(command.sharer, command.pool, moment).taken(command.amount);
    row.state = EarmarkState::Open;
    row.from_prior = parts.prior;
    row.from_current = parts.current;
    book.earmarks.add(command.transfer, row);
    let hop = HopRow {
        transfer: command.transfer,
        hop: 0,
        province: command.to,
        granted: command.amount,
        consumed: Yuan::ZERO,
        at_sequence: 0,
        state: HopState::Open,
    };
    book.hops.add((command.transfer, 0), hop);
    let owner = (command.sharer, command.pool);
    book.take_pots(moment, owner, AccountKey::Earmark(command.transfer), parts);
    let personal = book.personal.change(&owner);
    personal.shared_in_year = sum::add(personal.shared_in_year, command.amount);
    Applied::done(Done::Earmark(book.earmark_now(command.transfer)))
}

fn refusal(book: &Book, command: &Earmark, moment: Moment) -> Option<Refusal> {
    if command.pool.province() != book.id().province() {
        return Some(Refusal::WrongBook);
    }
    let available = book.pots(command.sharer, command.pool, moment).total();
    if available.is_zero() {
        return Some(Refusal::BalanceZero);
    }
    if available < command.amount {
        return Some(Refusal::InsufficientBalance { available });
    }
    let left = sum::sub(available, command.amount);
    if left < command.min_left {
        return Some(Refusal::BalanceBelowMinimum { minimum: command.min_left, left });
    }
    let used = book.shared_in_year(command.sharer, command.pool, moment);
    let limit = command.year_total?;
    (sum::add(used, command.amount) > limit).then_some(Refusal::AnnualQuotaExceeded { limit, used })
}

/// The answer to an earmark whose transfer is known already.
fn known(book: &Book, row: &EarmarkRow, content: Digest) -> Outcome {
    match row.state {
        EarmarkState::Undone => Outcome::Undone,
        _ if row.content != content => Outcome::Refused(Refusal::RequestIdReused),
        EarmarkState::Open | EarmarkState::Closed => {
            Outcome::Done(Done::Earmark(book.earmark_now(row.transfer)))
        }
        EarmarkState::Refused => Outcome::Refused(stored_refusal(row.refusal.as_deref())),
    }
}

/// How a refusal lies in its row, so that a repeat gets the same one.
pub(crate) fn refusal_text(refusal: &Refusal) -> String {
    serde_json::to_string(refusal).expect("a refusal is plain data")
}

pub(crate) fn stored_refusal(text: Option<&str>) -> Refusal {
    text.and_then(|text| serde_json::from_str(text).ok())
        .expect("a refused row keeps the refusal it was given")
}

pub(crate) fn draw_down(book: &mut Book, command: &DrawDown, moment: Moment) -> Applied {
    let gone = command.consumed.is_zero() && command.state == HopState::Closed;
    let Some(row) = book.earmarks.get(&command.transfer) else {
        if !gone {
            return Applied::only(Outcome::Refused(Refusal::EarmarkUnknown));
        }
        book.earmarks.add(command.transfer, undone(command, moment));
        return Applied::done(Done::Earmark(book.earmark_now(command.transfer)));
    };
    match row.state {
        EarmarkState::Refused | EarmarkState::Undone if !gone => {
            return Applied::only(Outcome::Refused(Refusal::EarmarkUnknown));
        }
        // Whoever closes the transfer may never have heard of it.
        EarmarkState::Refused => {
            return Applied::only(Outcome::WasRefused(stored_refusal(row.refusal.as_deref())));
        }
        EarmarkState::Undone => {
            return Applied::only(Outcome::Done(Done::Earmark(book.earmark_now(command.transfer))));
        }
        EarmarkState::Open | EarmarkState::Closed => {}
    }
    let Some(hop) = book.hops.get(&(command.transfer, command.hop)) else {
        return Applied::only(Outcome::NotYet);
    };
    let is_news = command.at_sequence > hop.at_sequence || made(Mistake::OldReportTaken);
    if command.state == HopState::Closed && hop.state == HopState::Open && !is_news {
        // The lot was still open later than it is said to have closed: its book has lost history.
        return Applied::only(Outcome::Refused(Refusal::Contradiction));
    }
    if !is_news {
        return Applied::only(Outcome::Done(Done::Earmark(book.earmark_now(command.transfer))));
    }
    if command.state == HopState::Moved {
        return Applied::only(Outcome::Unsupported);
    }
    let closed = hop.state != HopState::Open;
    let rises = closed && (command.consumed > hop.consumed || command.state == HopState::Open);
    if rises || command.consumed > hop.granted || command.consumed < Yuan::ZERO {
        return Applied::only(Outcome::Refused(Refusal::Contradiction));
    }
    let hop = hop.clone();
    follow(book, &hop, command, moment);
    book.assert_earmark(command.transfer);
    Applied::done(Done::Earmark(book.earmark_now(command.transfer)))
}

/// Posts the difference between what was known of the hop and what is known now.
fn follow(book: &mut Book, hop: &HopRow, command: &DrawDown, moment: Moment) {
    let row = book.earmarks.get(&hop.transfer).expect("a hop has an earmark");
    let debtor = row.terms.expect("an earmark that was made has terms").pool;
    let payable = AccountKey::Payable { debtor, creditor: hop.province };
    let earmark = AccountKey::Earmark(hop.transfer);
    let consumed = consumed(hop, command);
    let rise = sum::sub(consumed, hop.consumed);
    let fall = sum::neg(rise);
    if hop.state != HopState::Open {
        give_back(book, hop, payable, fall, moment);
    } else if rise.is_positive() {
        book.post(moment, earmark, payable, rise);
    } else {
        book.post(moment, payable, earmark, fall);
    }
    if hop.state == HopState::Open && command.state == HopState::Closed {
        give_back(book, hop, earmark, sum::sub(hop.granted, consumed), moment);
    }
    let changed = book.hops.change(&(hop.transfer, hop.hop));
    changed.consumed = consumed;
    changed.at_sequence = command.at_sequence;
    changed.state = command.state;
    let over =
        book.hops.range((hop.transfer, 0)..=(hop.transfer, u16::MAX)).all(|hop| hop.state != HopState::Open);
    if over && book.earmarks.get(&hop.transfer).is_some_and(|row| row.state == EarmarkState::Open) {
        book.earmarks.change(&hop.transfer).state = EarmarkState::Closed;
    }
}

/// What the lot has consumed in all, by the report: figures are absolute.
fn consumed(hop: &HopRow, command: &DrawDown) -> Yuan {
    match command.state {
        HopState::Closed if made(Mistake::RemainderReleased) => hop.consumed,
        _ if made(Mistake::ReportAdded) => sum::add(hop.consumed, command.consumed),
        _ => command.consumed,
    }
}

/// Gives `amount` back to the sharer's pots, from the earmark or from what was already owed.
fn give_back(book: &mut Book, hop: &HopRow, from: AccountKey, amount: Yuan, moment: Moment) {
    if amount.is_zero() {
        return;
    }
    let row = book.earmarks.change(&hop.transfer);
    let terms = row.terms.expect("an earmark that was made has terms");
    let year_ended = row.year < moment.year();
    let taken = Pots { prior: row.from_prior, current: row.from_current };
    let parts = taken.given_back(row.returned, amount, year_ended);
    row.returned = sum::add(row.returned, amount);
    let owner = (terms.sharer, terms.pool);
    book.fill_pots(moment, from, owner, parts);
    if !year_ended {
        let personal = book.personal.change(&owner);
        personal.shared_in_year = sum::sub(personal.shared_in_year, amount);
        assert!(personal.shared_in_year >= Yuan::ZERO, "more came back in a year than was shared in it");
    }
}

fn undone(command: &DrawDown, moment: Moment) -> EarmarkRow {
    EarmarkRow {
        transfer: command.transfer,
        state: EarmarkState::Undone,
        terms: None,
        from_prior: Yuan::ZERO,
        from_current: Yuan::ZERO,
        year: moment.year(),
        returned: Yuan::ZERO,
        content: Digest([0; 32]),
        refusal: None,
        sequence: moment.sequence,
    }
}

impl Book {
    pub(crate) fn earmark_now(&self, transfer: standards::TransferId) -> EarmarkNow {
        let row = self.earmarks.get(&transfer).expect("the row was just made or found");
        let hops = self.hops.range((transfer, 0)..=(transfer, u16::MAX));
        EarmarkNow {
            transfer,
            earmarked: self.balance(AccountKey::Earmark(transfer)),
            consumed: sum::all(hops.map(|hop| hop.consumed)),
            returned: row.returned,
        }
    }

    /// B5: what was earmarked is still there, consumed, or back; and nothing is left when all is closed.
    fn assert_earmark(&self, transfer: standards::TransferId) {
        let row = self.earmarks.get(&transfer).expect("the row was just changed");
        let now = self.earmark_now(transfer);
        let taken = sum::add(row.from_prior, row.from_current);
        let there = sum::all([now.earmarked, now.consumed, now.returned]);
        assert_eq!(taken, there, "B5: an earmark is not what is left, consumed and returned of it");
        assert!(
            row.state == EarmarkState::Open || now.earmarked.is_zero(),
            "B5: a closed earmark holds money"
        );
    }
}
