//! Payments and refunds as replies show them. Legs stand in funding order, a refund's in the order in which they
//! were taken.

use border::wire::refusal;
use chassis::{serve::MAX_BATCH_MESSAGE, status::Refusal};
use ledger::{
    codes::{LegKind, LotState, PaymentState, RefundKind},
    outcome::{LegMoved, Movement},
    rows::LegRow,
};
use money::Yuan;
use prost::Message as _;
use proto::wallet as wire;
use standards::{BondId, BookId, PaymentId, PersonId, Pool, TransferId, civil};
use time::OffsetDateTime;
use tonic::Code;

use super::timestamp;
use crate::command::{Line, Pay, Refund};

/// A payment with everything that a reply shows.
pub(crate) struct PaymentNow {
    pub(crate) state: PaymentState,
    pub(crate) institution_pool: Option<Pool>,
    /// What was refunded of the personal amount.
    pub(crate) refunded: Yuan,
    /// Its record.
    pub(crate) sequence: i64,
    pub(crate) legs: Vec<LegNow>,
    /// What was asked for.
    pub(crate) pay: Pay,
    pub(crate) available_after: Option<Yuan>,
    pub(crate) at: OffsetDateTime,
    /// How often it was refunded or reversed.
    pub(crate) refunds: i64,
}

/// One leg as a reply shows it.
pub(crate) struct LegNow {
    pub(crate) leg: u16,
    pub(crate) kind: LegKind,
    pub(crate) owner: PersonId,
    pub(crate) amount: Yuan,
    pub(crate) refunded: Yuan,
    pub(crate) debtor: Option<Pool>,
    pub(crate) creditor: Pool,
    pub(crate) transfer: Option<TransferId>,
    pub(crate) bond: Option<BondId>,
}

impl From<LegRow> for LegNow {
    fn from(row: LegRow) -> Self {
        let LegRow { leg, kind, owner, amount, refunded, debtor, creditor, transfer, bond, .. } = row;
        Self { leg, kind, owner, amount, refunded, debtor, creditor, transfer, bond }
    }
}

impl From<&LegMoved> for LegNow {
    /// A leg that has just been paid.
    fn from(moved: &LegMoved) -> Self {
        let LegMoved { leg, kind, owner, amount, debtor, creditor, lot, bond } = *moved;
        let transfer = lot.map(|lot| lot.transfer);
        Self { leg, kind, owner, amount, refunded: Yuan::ZERO, debtor, creditor, transfer, bond }
    }
}

impl PaymentNow {
    /// A payment that was decided just now, from what was asked and what moved; none where nothing moved, which does
    /// not tell the institution's pool.
    pub(crate) fn fresh(
        pay: &Pay,
        moved: &Movement,
        available_after: Option<Yuan>,
        sequence: i64,
        at: OffsetDateTime,
    ) -> Option<Self> {
        Some(Self {
            state: moved.state,
            institution_pool: Some(moved.legs.first()?.creditor),
            refunded: Yuan::ZERO,
            sequence,
            legs: moved.legs.iter().map(LegNow::from).collect(),
            pay: pay.clone(),
            available_after,
            at,
            refunds: 0,
        })
    }
}

/// How much a reply shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// With lines.
    Full,
    /// Without lines.
    Basic,
    /// To a sharer: amount, day and category, and the sharer's own legs.
    Sharer(PersonId),
}

/// What became of the items of a batch. A reply has room for what a message may hold; the items after that are
/// left unanswered, and whoever sends them again gets on, since a single payment always has room.
pub(crate) fn results(paid: Vec<Result<wire::Payment, Refusal>>) -> Vec<wire::PaymentResult> {
    use wire::payment_result::Result as Became;
    let mut room = MAX_BATCH_MESSAGE;
    let result = |paid: Result<wire::Payment, Refusal>| {
        let result = match paid {
            Ok(payment) => Some(Became::Payment(payment)),
            // Nothing is known of it, and nobody may read that as a refusal.
            Err(refusal) if refusal.code == Code::Internal => None,
            Err(refused) => Some(Became::Refusal(refusal(&refused))),
        };
        let result = wire::PaymentResult { result };
        let length = result.encoded_len();
        room = room.saturating_sub(1 + prost::length_delimiter_len(length) + length);
        if room == 0 { wire::PaymentResult::default() } else { result }
    };
    paid.into_iter().map(result).collect()
}

pub(crate) fn payment(book: BookId, now: &PaymentNow, shown: Shown) -> wire::Payment {
    let (pay, cost) = (&now.pay, &now.pay.cost);
    let mut payment = wire::Payment {
        payment_id: pay.payment.to_string(),
        patient_person_id: pay.patient.to_string(),
        institution_code: pay.institution.to_string(),
        institution_pooling_area: pool(now.institution_pool),
        visit_id: pay.visit.clone(),
        institution_serial: pay.serial.clone(),
        med_type: pay.med_type.clone(),
        category: enumerated(
            pay.category.map(|category| category.code()),
            "CATEGORY_",
            wire::Category::from_str_name,
        ),
        channel: enumerated(Some(&pay.channel), "PAYMENT_CHANNEL_", wire::PaymentChannel::from_str_name),
        service_time: Some(timestamp(pay.service_time)),
        insured_pooling_area: pay.insured_pool.to_string(),
        cost: Some(wire::Cost {
            total_amount: cost.total.to_string(),
            fund_amount: cost.fund.to_string(),
            institution_amount: cost.institution.to_string(),
            personal_amount: cost.personal.to_string(),
            eligible_amount: cost.eligible.to_string(),
        }),
        split: Some(split(&now.legs)),
        legs: now.legs.iter().map(|leg_now| leg(pay.payment, leg_now)).collect(),
        lines: if shown == Shown::Full { pay.lines.iter().map(line).collect() } else { Vec::new() },
        state: state(now.state).into(),
        refunded_amount: now.refunded.to_string(),
        account_available_after: now.available_after.unwrap_or(Yuan::ZERO).to_string(),
        book_id: book.to_string(),
        sequence: now.sequence,
        pay_time: Some(timestamp(now.at)),
        civil_day: civil::day_text(civil::day(now.at)),
        revision: 1 + now.refunds,
        decision: None,
    };
    if let Shown::Sharer(sharer) = shown {
        let own = sharer.to_string();
        payment.legs.retain(|leg| leg.owner_person_id == own);
        payment = wire::Payment {
            payment_id: payment.payment_id,
            patient_person_id: payment.patient_person_id,
            category: payment.category,
            legs: payment.legs,
            state: payment.state,
            book_id: payment.book_id,
            sequence: payment.sequence,
            pay_time: payment.pay_time,
            civil_day: payment.civil_day,
            revision: payment.revision,
            ..wire::Payment::default()
        };
    }
    payment
}

fn pool(pool: Option<Pool>) -> String {
    pool.map(|pool| pool.to_string()).unwrap_or_default()
}

/// A stored word as the contract's number; 0 if there is none.
fn enumerated<W: Into<i32>>(word: Option<&str>, prefix: &str, parse: fn(&str) -> Option<W>) -> i32 {
    word.and_then(|word| parse(&format!("{prefix}{word}"))).map_or(0, Into::into)
}

fn split(legs: &[LegNow]) -> wire::Split {
    let sum = |kinds: &[LegKind]| {
        let legs = legs.iter().filter(|leg| kinds.contains(&leg.kind)).map(|leg| leg.amount);
        Yuan::total(legs).unwrap_or(Yuan::ZERO).to_string()
    };
    wire::Split {
        account_amount: sum(&[LegKind::OwnPriorYear, LegKind::OwnCurrentYear]),
        shared_amount: sum(&[LegKind::Lot]),
        cash_amount: sum(&[LegKind::Cash]),
    }
}

fn leg_id(payment: PaymentId, leg: u16) -> String {
    format!("{payment}/{leg}")
}

pub(crate) fn leg_kind(kind: LegKind) -> wire::LegKind {
    match kind {
        LegKind::OwnPriorYear => wire::LegKind::OwnPriorYear,
        LegKind::OwnCurrentYear => wire::LegKind::OwnCurrentYear,
        LegKind::Lot => wire::LegKind::Lot,
        LegKind::Cash => wire::LegKind::Cash,
    }
}

fn leg(payment: PaymentId, row: &LegNow) -> wire::Leg {
    let cash = row.kind == LegKind::Cash;
    wire::Leg {
        leg_id: leg_id(payment, row.leg),
        kind: leg_kind(row.kind).into(),
        amount: row.amount.to_string(),
        refunded_amount: row.refunded.to_string(),
        owner_person_id: if cash { String::new() } else { row.owner.to_string() },
        owner_masked_name: String::new(),
        transfer_id: row.transfer.map(|id| id.to_string()).unwrap_or_default(),
        bond_id: row.bond.map(|id| id.to_string()).unwrap_or_default(),
        debtor_pooling_area: pool(row.debtor),
        creditor_pooling_area: if cash { String::new() } else { row.creditor.to_string() },
    }
}

fn line(line: &Line) -> wire::Line {
    wire::Line {
        line_no: line.line,
        category: enumerated(Some(&line.category), "LINE_CATEGORY_", wire::LineCategory::from_str_name),
        catalogue_code: line.catalogue_code.clone(),
        quantity: line.quantity.clone(),
        unit_price: line.unit_price.to_string(),
        amount: line.amount.to_string(),
        personal_amount: line.personal.to_string(),
        trace_codes: line.trace_codes.iter().map(ToString::to_string).collect(),
        split_pack: line.split_pack,
        no_trace_code: enumerated(
            Some(&line.no_trace_code),
            "NO_TRACE_CODE_",
            wire::NoTraceCode::from_str_name,
        ),
    }
}

fn state(state: PaymentState) -> wire::PaymentState {
    match state {
        PaymentState::Paid => wire::PaymentState::Paid,
        PaymentState::PartlyRefunded => wire::PaymentState::PartlyRefunded,
        PaymentState::Refunded => wire::PaymentState::Refunded,
        PaymentState::Reversed | PaymentState::Undone => wire::PaymentState::Reversed,
    }
}

/// A refund as it was made; a repeat gives the same.
pub(crate) fn refund(asked: &Refund, moved: &Movement, at: OffsetDateTime) -> wire::Refund {
    let kind = match asked.refund.kind {
        RefundKind::GoodsReturned => wire::RefundKind::GoodsReturned,
        RefundKind::SettlementCancelled => wire::RefundKind::SettlementCancelled,
        RefundKind::ManualReimbursement => wire::RefundKind::ManualReimbursement,
        RefundKind::Reversal => wire::RefundKind::Unspecified,
    };
    wire::Refund {
        refund_id: asked.refund.refund.to_string(),
        payment_id: asked.refund.payment.to_string(),
        kind: kind.into(),
        personal_amount: asked.refund.amount.to_string(),
        legs: moved.legs.iter().map(|leg| refund_leg(moved.payment, leg)).collect(),
        payment_state: state(moved.state).into(),
        refund_time: Some(timestamp(at)),
        civil_day: civil::day_text(civil::day(at)),
    }
}

fn refund_leg(payment: PaymentId, moved: &LegMoved) -> wire::RefundLeg {
    let destination = match (moved.kind, &moved.lot) {
        (LegKind::Cash, _) => wire::RefundDestination::Cash,
        (LegKind::Lot, Some(lot)) if lot.state == LotState::Open => wire::RefundDestination::Lot,
        (LegKind::Lot, _) => wire::RefundDestination::SharerAccount,
        (LegKind::OwnPriorYear | LegKind::OwnCurrentYear, _) => wire::RefundDestination::OwnAccount,
    };
    wire::RefundLeg {
        leg_id: leg_id(payment, moved.leg),
        kind: leg_kind(moved.kind).into(),
        amount: moved.amount.negated().unwrap_or(Yuan::ZERO).to_string(),
        destination: destination.into(),
        owner_person_id: if moved.kind == LegKind::Cash { String::new() } else { moved.owner.to_string() },
        transfer_id: moved.lot.map(|lot| lot.transfer.to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(legs: usize) -> Result<wire::Payment, Refusal> {
        let leg = wire::Leg { leg_id: "x".repeat(256), ..wire::Leg::default() };
        Ok(wire::Payment { legs: vec![leg; legs], ..wire::Payment::default() })
    }

    #[test]
    fn a_reply_holds_what_has_room_from_the_first_on_and_a_repeat_of_the_rest_gets_on() {
        let mut left = 512;
        let mut calls = 0;
        while left > 0 {
            let results = results((0..left).map(|_| paid(64)).collect());
            assert_eq!(results.len(), left);
            let told = results.iter().take_while(|result| result.result.is_some()).count();
            assert!(told > 0 && results[told..].iter().all(|result| result.result.is_none()));
            let reply = wire::BatchPayResponse { results };
            // Those left out take two bytes each.
            assert!(reply.encoded_len() <= MAX_BATCH_MESSAGE + 2 * left);
            left -= told;
            calls += 1;
        }
        assert!(calls > 4, "{calls} calls");
    }

    #[test]
    fn what_is_unknown_is_no_refusal() {
        let refused = Refusal::state("WALLET_FROZEN", "the wallet is frozen", "医保钱包已冻结");
        let results = results(vec![Err(Refusal::internal()), Err(refused), paid(1)]);
        assert!(results[0].result.is_none());
        use wire::payment_result::Result as Became;
        assert!(
            matches!(&results[1].result, Some(Became::Refusal(refusal)) if refusal.reason == "WALLET_FROZEN")
        );
        assert!(matches!(&results[2].result, Some(Became::Payment(_))));
    }
}
