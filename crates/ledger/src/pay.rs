//! 结算: who funds a payment, leg by leg.
//!
//! Own prior-year money first, then own current-year, then lots in the order in which they were opened,
//! the rest in cash. A payment never waits for another province: the lots are guaranteed. An
//! institution's serial names one payment that stands, so that a payment sent again under a new id is not
//! charged twice.

use money::Yuan;
use standards::{BondId, PersonId, Pool, TransferId};

use crate::{
    book::{Book, MOST_LEGS, Moment},
    codes::{LegKind, LotState, PaymentState, WalletState},
    command::{Command, Cost, Pay, SharedWanted},
    content,
    key::AccountKey,
    outcome::{Applied, Done, LegMoved, Movement, Outcome, Refusal},
    rows::{LegRow, PaymentRow, PaymentTerms},
    sum,
};

/// One leg before it is posted.
struct Funding {
    kind: LegKind,
    owner: PersonId,
    amount: Yuan,
    debtor: Option<Pool>,
    lot: Option<(TransferId, u16, BondId)>,
}

pub(crate) fn pay(book: &mut Book, command: &Pay, moment: Moment) -> Applied {
    let content = content::hash(&Command::Pay(command.clone()));
    if let Some(row) = book.payments.get(&command.payment) {
        return match row.state {
            PaymentState::Undone => Applied::refused(Refusal::UndoneBefore),
            _ if row.content != content => Applied::only(Outcome::Refused(Refusal::RequestIdReused)),
            _ => Applied::only(Outcome::Done(Done::Payment(book.paid(row)))),
        };
    }
    if let Some(other) = book.payment_under(command.institution, &command.serial) {
        return Applied::refused(Refusal::SerialReused { payment: other.payment });
    }
    let legs = match funded(book, command, moment) {
        Ok(legs) => legs,
        Err(refusal) => return Applied::refused(refusal),
    };
    let cost = command.cost;
    let row = PaymentRow {
        payment: command.payment,
        state: PaymentState::Paid,
        institution: command.institution,
        serial: command.serial.clone(),
        terms: Some(PaymentTerms {
            patient: command.patient,
            institution_pool: command.institution_pool,
            category: command.category,
            total: cost.total,
            fund: cost.fund,
            institution: cost.institution,
            personal: cost.personal,
            eligible: cost.eligible,
        }),
        refunded: Yuan::ZERO,
        day: moment.day(),
        sequence: moment.sequence,
        content,
    };
    let sum_of_legs = sum::all(legs.iter().map(|leg| leg.amount));
    assert_eq!(sum_of_legs, cost.personal, "B6: the legs of a payment are its personal amount");
    book.add_payment(row);
    for (number, leg) in (1..).zip(legs) {
        post_leg(book, command, number, leg, moment);
    }
    let row = book.payments.get(&command.payment).expect("the row was just made");
    Applied::done(Done::Payment(book.paid(row)))
}

/// The legs of the payment as the book stands, or why it may not be.
fn funded(book: &Book, command: &Pay, moment: Moment) -> Result<Vec<Funding>, Refusal> {
    if command.institution_pool.province() != book.id().province() {
        return Err(Refusal::OutsidePlaceOfUse);
    }
    if !command.cost.adds_up() {
        return Err(Refusal::AmountsDoNotAddUp);
    }
    let wallet = book.wallet_of(command.patient);
    let frozen = wallet.is_some_and(|wallet| wallet.state == WalletState::Frozen);
    if frozen && command.shared_wanted != SharedWanted::None {
        return Err(Refusal::WalletFrozen);
    }
    let mut legs = own_money(book, command, moment);
    let own_limit = command.cost.eligible;
    fit(&mut legs, own_limit);
    let open = sum::sub(own_limit, sum::all(legs.iter().map(|leg| leg.amount)));
    let shared_limit = match command.shared_wanted {
        SharedWanted::All => open,
        SharedWanted::None => Yuan::ZERO,
        SharedWanted::UpTo(limit) => open.min(limit),
    };
    let mut lots = lots(book, command.patient);
    fit(&mut lots, shared_limit);
    legs.append(&mut lots);
    legs.truncate(MOST_LEGS - 1);
    let cash = sum::sub(command.cost.personal, sum::all(legs.iter().map(|leg| leg.amount)));
    match command.max_cash {
        Some(max_cash) if cash > max_cash => return Err(Refusal::SplitChanged { cash, max_cash }),
        _ => {}
    }
    if cash.is_positive() {
        legs.push(Funding {
            kind: LegKind::Cash,
            owner: command.patient,
            amount: cash,
            debtor: None,
            lot: None,
        });
    }
    Ok(legs)
}

/// What the patient's own accounts in this book hold: all prior years, then the current one; the account
/// in the institution's pool before others, and none that is frozen.
fn own_money(book: &Book, command: &Pay, moment: Moment) -> Vec<Funding> {
    let mut pools = book.pools_of(command.patient);
    pools.retain(|pool| !command.frozen.contains(pool));
    pools.sort_by_key(|pool| *pool != command.institution_pool);
    let leg =
        |kind, amount, pool| Funding { kind, owner: command.patient, amount, debtor: Some(pool), lot: None };
    let pots = pools.iter().map(|pool| (*pool, book.pots(command.patient, *pool, moment)));
    let pots: Vec<_> = pots.collect();
    let prior = pots.iter().map(|(pool, pots)| leg(LegKind::OwnPriorYear, pots.prior, *pool));
    let current = pots.iter().map(|(pool, pots)| leg(LegKind::OwnCurrentYear, pots.current, *pool));
    prior.chain(current).collect()
}

/// What the patient's open lots hold, in the order in which they were opened.
fn lots(book: &Book, patient: PersonId) -> Vec<Funding> {
    let mut lots = book.spendable_lots(patient);
    lots.retain(|lot| lot.state == LotState::Open);
    lots.sort_by_key(|lot| (lot.opened_sequence, lot.transfer, lot.hop));
    let funding = lots.into_iter().map(|lot| {
        let terms = lot.terms.expect("an open lot has terms");
        Funding {
            kind: LegKind::Lot,
            owner: terms.sharer,
            amount: lot.left(),
            debtor: Some(terms.origin),
            lot: Some((lot.transfer, lot.hop, terms.bond)),
        }
    });
    funding.collect()
}

/// Cuts legs so that together they make at most `limit`, and drops those that come to nothing.
fn fit(legs: &mut Vec<Funding>, limit: Yuan) {
    let mut open = limit;
    for leg in legs.iter_mut() {
        leg.amount = leg.amount.min(open);
        open = sum::sub(open, leg.amount);
    }
    legs.retain(|leg| leg.amount.is_positive());
}

fn post_leg(book: &mut Book, command: &Pay, number: u16, leg: Funding, moment: Moment) {
    let institution = AccountKey::Institution(command.institution);
    let creditor = command.institution_pool;
    let amount = leg.amount;
    let mut lot_consumed = None;
    match (leg.debtor, leg.lot) {
        (Some(debtor), Some((transfer, hop, _))) => {
            let lot = book.lots.change(&(transfer, hop));
            lot.consumed = sum::add(lot.consumed, amount);
            lot.at_sequence = moment.sequence;
            lot_consumed = Some(lot.consumed);
            book.post(moment, AccountKey::Lot(transfer, hop), AccountKey::Quota(debtor), amount);
            book.post(moment, AccountKey::Receivable { debtor, creditor }, institution, amount);
            book.assert_lot(transfer, hop);
        }
        (Some(debtor), None) => {
            book.roll(leg.owner, debtor, moment);
            let pot = match leg.kind {
                LegKind::OwnPriorYear => AccountKey::PersonalPrior(leg.owner, debtor),
                _ => AccountKey::PersonalCurrent(leg.owner, debtor),
            };
            if debtor == creditor {
                book.post(moment, pot, institution, amount);
            } else {
                let payable = AccountKey::Payable { debtor, creditor: book.id().province() };
                book.post(moment, pot, payable, amount);
                book.post(moment, AccountKey::Receivable { debtor, creditor }, institution, amount);
            }
        }
        (None, _) => {}
    }
    let row = LegRow {
        payment: command.payment,
        leg: number,
        kind: leg.kind,
        owner: leg.owner,
        amount,
        refunded: Yuan::ZERO,
        year: moment.year(),
        debtor: leg.debtor,
        creditor,
        transfer: leg.lot.map(|lot| lot.0),
        hop: leg.lot.map(|lot| lot.1),
        bond: leg.lot.map(|lot| lot.2),
        lot_consumed,
    };
    book.legs.add((command.payment, number), row);
}

impl Cost {
    /// total = fund + institution + personal, eligible ≤ personal, nothing negative.
    pub fn adds_up(&self) -> bool {
        let parts = [self.fund, self.institution, self.personal];
        let negative = parts.iter().chain([&self.eligible]).any(|part| *part < Yuan::ZERO);
        !negative && self.eligible <= self.personal && Yuan::total(parts) == Ok(self.total)
    }
}

impl PaymentRow {
    /// Whether it keeps its institution's serial for itself. A refunded payment does; one that was reversed,
    /// before or after it came, does not.
    pub const fn holds_serial(&self) -> bool {
        !matches!(self.state, PaymentState::Reversed | PaymentState::Undone)
    }
}

impl Book {
    /// A payment as it was made, from its rows.
    fn paid(&self, row: &PaymentRow) -> Movement {
        let legs = self.legs.range((row.payment, 0)..=(row.payment, u16::MAX)).map(|leg| LegMoved {
            leg: leg.leg,
            kind: leg.kind,
            owner: leg.owner,
            amount: leg.amount,
            debtor: leg.debtor,
            creditor: leg.creditor,
            lot: self.lot_then(leg, leg.lot_consumed, Some(LotState::Open), row.sequence),
            bond: leg.bond,
        });
        Movement {
            payment: row.payment,
            patient: row.terms.as_ref().map(|terms| terms.patient),
            category: row.terms.as_ref().map(|terms| terms.category),
            state: row.state,
            legs: legs.collect(),
        }
    }
}
