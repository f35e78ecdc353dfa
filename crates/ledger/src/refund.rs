//! 退费: money back to the legs it came from, last leg first, so that cash is given back first.
//!
//! A leg whose lot is no longer open does not revive the lot: what the lot has consumed falls, and the
//! sharer's book credits the account when it hears of it. A refund is final.

use mistakes::{Mistake, made};
use money::Yuan;
use standards::{PaymentId, RefundId};

use crate::{
    book::{Book, Moment},
    codes::{LegKind, LotState, PaymentState, RefundKind},
    command::{Command, Refund},
    content,
    digest::Digest,
    key::AccountKey,
    outcome::{Applied, Done, LegMoved, LotNow, Movement, Outcome, Refusal},
    rows::{LegRow, PaymentRow, RefundLegRow, RefundRow},
    sum,
};

/// A refund that may be, of a payment that is known.
pub(crate) struct Giving {
    pub(crate) refund: RefundId,
    pub(crate) payment: PaymentId,
    pub(crate) kind: RefundKind,
    pub(crate) amount: Yuan,
    pub(crate) content: Digest,
}

pub(crate) fn refund(book: &mut Book, command: &Refund, moment: Moment) -> Applied {
    assert_ne!(command.kind, RefundKind::Reversal, "a reversal is a command of its own");
    assert!(command.amount.is_positive(), "a refund gives back more than 0.00");
    let content = content::hash(&Command::Refund(command.clone()));
    if let Some(row) = book.refunds.get(&command.refund) {
        return Applied::only(if row.content == content {
            Outcome::Done(Done::Refund(book.refunded(row)))
        } else {
            Outcome::Refused(Refusal::RequestIdReused)
        });
    }
    if let Some(refusal) = refusal(book.payments.get(&command.payment), command) {
        return Applied::refused(refusal);
    }
    let giving = Giving {
        refund: command.refund,
        payment: command.payment,
        kind: command.kind,
        amount: command.amount,
        content,
    };
    Applied::done(Done::Refund(book.give(&giving, moment)))
}

fn refusal(payment: Option<&PaymentRow>, command: &Refund) -> Option<Refusal> {
    let Some(payment) = payment else {
        return Some(Refusal::PaymentUnknown);
    };
    if payment.state == PaymentState::Undone {
        return Some(Refusal::UndoneBefore);
    }
    if payment.institution != command.institution {
        return Some(Refusal::OtherInstitution);
    }
    if command.cost.is_some_and(|cost| !cost.adds_up() || cost.personal != command.amount) {
        return Some(Refusal::AmountsDoNotAddUp);
    }
    let left = payment.left();
    (command.amount > left && !made(Mistake::RefundNotCapped))
        .then_some(Refusal::RefundExceedsPayment { left })
}

impl PaymentRow {
    /// What of the personal amount has not been refunded.
    pub fn left(&self) -> Yuan {
        let personal = self.terms.as_ref().map_or(Yuan::ZERO, |terms| terms.personal);
        sum::sub(personal, self.refunded)
    }
}

impl Book {
    /// Gives the amount back, leg by leg from the last, and writes the refund.
    pub(crate) fn give(&mut self, giving: &Giving, moment: Moment) -> Movement {
        let mut open = giving.amount;
        let legs: Vec<LegRow> =
            self.legs.range((giving.payment, 0)..=(giving.payment, u16::MAX)).rev().cloned().collect();
        for leg in legs {
            let amount = sum::sub(leg.amount, leg.refunded).min(open);
            if amount.is_zero() {
                continue;
            }
            open = sum::sub(open, amount);
            let lot = self.give_leg(&leg, amount, moment);
            let row = RefundLegRow {
                refund: giving.refund,
                payment: giving.payment,
                leg: leg.leg,
                amount,
                lot_consumed: lot.map(|lot| lot.consumed),
                lot_state: lot.map(|lot| lot.state),
            };
            self.refund_legs.add((giving.refund, leg.leg), row);
        }
        assert!(open.is_zero(), "B6: the legs of a payment are its personal amount");
        let payment = self.payments.change(&giving.payment);
        payment.refunded = sum::add(payment.refunded, giving.amount);
        payment.state = if giving.kind == RefundKind::Reversal {
            PaymentState::Reversed
        } else if payment.left().is_zero() {
            PaymentState::Refunded
        } else {
            PaymentState::PartlyRefunded
        };
        let row = RefundRow {
            refund: giving.refund,
            payment: giving.payment,
            kind: giving.kind,
            amount: giving.amount,
            day: moment.day(),
            sequence: moment.sequence,
            content: giving.content,
        };
        let movement = self.refunded(&row);
        self.refunds.add(giving.refund, row);
        movement
    }

    /// Posts what one leg gets back; of a lot leg, the lot as it is then.
    fn give_leg(&mut self, leg: &LegRow, amount: Yuan, moment: Moment) -> Option<LotNow> {
        let changed = self.legs.change(&(leg.payment, leg.leg));
        changed.refunded = sum::add(changed.refunded, amount);
        assert!(changed.refunded <= changed.amount, "B6: more was refunded than the leg paid");
        let debtor = leg.debtor?;
        let creditor = leg.creditor;
        let payment = self.payments.get(&leg.payment).expect("a leg has a payment");
        let institution = AccountKey::Institution(payment.institution);
        let receivable = AccountKey::Receivable { debtor, creditor };
        if let (Some(transfer), Some(hop)) = (leg.transfer, leg.hop) {
            self.post(moment, institution, receivable, amount);
            let lot = self.lots.change(&(transfer, hop));
            lot.consumed = sum::sub(lot.consumed, amount);
            lot.at_sequence = moment.sequence;
            let now = lot.now();
            if now.state == LotState::Open {
                self.post(moment, AccountKey::Quota(debtor), AccountKey::Lot(transfer, hop), amount);
            }
            self.assert_lot(transfer, hop);
            return Some(now);
        }
        self.roll(leg.owner, debtor, moment);
        let pot = if leg.kind == LegKind::OwnCurrentYear && leg.year == moment.year() {
            AccountKey::PersonalCurrent(leg.owner, debtor)
        } else {
            AccountKey::PersonalPrior(leg.owner, debtor)
        };
        if debtor == creditor {
            self.post(moment, institution, pot, amount);
        } else {
            self.post(moment, institution, receivable, amount);
            let payable = AccountKey::Payable { debtor, creditor: self.id().province() };
            self.post(moment, payable, pot, amount);
        }
        None
    }

    /// A refund as it was made, from its rows.
    fn refunded(&self, row: &RefundRow) -> Movement {
        let payment = self.payments.get(&row.payment).expect("a refund has a payment");
        let given = self.refund_legs.range((row.refund, 0)..=(row.refund, u16::MAX)).rev();
        let legs = given.map(|given| {
            let leg = self.legs.get(&(row.payment, given.leg)).expect("a refunded leg was paid");
            LegMoved {
                leg: leg.leg,
                kind: leg.kind,
                owner: leg.owner,
                amount: sum::neg(given.amount),
                debtor: leg.debtor,
                creditor: leg.creditor,
                lot: self.lot_then(leg, given.lot_consumed, given.lot_state, row.sequence),
                bond: leg.bond,
            }
        });
        Movement {
            payment: row.payment,
            patient: payment.terms.as_ref().map(|terms| terms.patient),
            category: payment.terms.as_ref().map(|terms| terms.category),
            state: payment.state,
            legs: legs.collect(),
        }
    }

    /// The lot of a leg as it was after a record.
    pub(crate) fn lot_then(
        &self,
        leg: &LegRow,
        consumed: Option<Yuan>,
        state: Option<LotState>,
        at_sequence: i64,
    ) -> Option<LotNow> {
        let (transfer, hop) = leg.transfer.zip(leg.hop)?;
        let granted = self.lots.get(&(transfer, hop)).expect("the lot of a leg is loaded with it").granted;
        Some(LotNow { transfer, hop, state: state?, granted, consumed: consumed?, at_sequence })
    }
}
