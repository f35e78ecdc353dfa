//! Payments and refunds as replies show them. Legs stand in funding order, a refund's in the order in which they
//! were taken.

use ledger::{
    codes::{LegKind, LotState, PaymentState, RefundKind},
    outcome::{LegMoved, Movement},
    rows::{LegRow, PaymentRow},
};
use money::Yuan;
use proto::wallet as wire;
use standards::{BookId, PaymentId, civil};
use time::OffsetDateTime;

use super::timestamp;
use crate::command::{Line, Pay, Refund};

/// A payment with everything that a reply shows.
pub(crate) struct PaymentNow {
    pub(crate) row: PaymentRow,
    pub(crate) legs: Vec<LegRow>,
    /// What was asked for.
    pub(crate) pay: Pay,
    pub(crate) available_after: Option<Yuan>,
    pub(crate) at: OffsetDateTime,
    /// How often it was refunded or reversed.
    pub(crate) refunds: i64,
}

/// How much a reply shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// With lines.
    Full,
    /// Without lines.
    Basic,
    /// To a sharer: amount, day and category, and the sharer's own legs.
    Sharer(standards::PersonId),
}

pub(crate) fn payment(book: BookId, now: &PaymentNow, shown: Shown) -> wire::Payment {
    let (row, pay, cost) = (&now.row, &now.pay, &now.pay.cost);
    let mut payment = wire::Payment {
        payment_id: row.payment.to_string(),
        patient_person_id: pay.patient.to_string(),
        institution_code: row.institution.to_string(),
        institution_pooling_area: pool(row.terms.as_ref().map(|terms| terms.institution_pool)),
        visit_id: pay.visit.clone(),
        institution_serial: row.serial.clone(),
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
        legs: now.legs.iter().map(leg).collect(),
        lines: if shown == Shown::Full { pay.lines.iter().map(line).collect() } else { Vec::new() },
        state: state(row.state).into(),
        refunded_amount: row.refunded.to_string(),
        account_available_after: now.available_after.unwrap_or(Yuan::ZERO).to_string(),
        book_id: book.to_string(),
        sequence: row.sequence,
        pay_time: Some(timestamp(now.at)),
        civil_day: civil::day_text(row.day),
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

fn pool(pool: Option<standards::Pool>) -> String {
    pool.map(|pool| pool.to_string()).unwrap_or_default()
}

/// A stored word as the contract's number; 0 if there is none.
fn enumerated<W: Into<i32>>(word: Option<&str>, prefix: &str, parse: fn(&str) -> Option<W>) -> i32 {
    word.and_then(|word| parse(&format!("{prefix}{word}"))).map_or(0, Into::into)
}

fn split(legs: &[LegRow]) -> wire::Split {
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

fn leg(row: &LegRow) -> wire::Leg {
    let cash = row.kind == LegKind::Cash;
    wire::Leg {
        leg_id: leg_id(row.payment, row.leg),
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
