//! 冲正: an institution takes back a payment whose answer it never got.
//!
//! Whether the payment came is the question, so an unknown id is remembered and the late payment refused.
//! Only who was paid, under the serial it was paid under, may reverse.

use money::Yuan;
use standards::RefundId;

use crate::{
    book::{Book, Moment},
    codes::{PaymentState, RefundKind},
    command::{Command, ReversePayment},
    content,
    digest::Digest,
    outcome::{Applied, Done, Movement, Outcome, Refusal},
    refund::Giving,
    rows::PaymentRow,
};

pub(crate) fn reverse(book: &mut Book, command: &ReversePayment, moment: Moment) -> Applied {
    let refund = RefundId::new(command.request.uuid());
    if book.refunds.get(&refund).is_some_and(|row| row.payment != command.payment) {
        return Applied::only(Outcome::Refused(Refusal::RequestIdReused));
    }
    let Some(payment) = book.payments.get(&command.payment) else {
        let row = tombstone(command, moment);
        let done = nothing_moved(&row);
        book.payments.add(command.payment, row);
        return Applied::done(done);
    };
    if payment.institution != command.institution {
        return Applied::refused(Refusal::OtherInstitution);
    }
    if payment.serial != command.serial {
        return Applied::refused(Refusal::PaymentUnknown);
    }
    match payment.state {
        PaymentState::Paid | PaymentState::PartlyRefunded => {}
        PaymentState::Refunded | PaymentState::Reversed | PaymentState::Undone => {
            return Applied::only(Outcome::Done(nothing_moved(payment)));
        }
    }
    let giving = Giving {
        refund,
        payment: command.payment,
        kind: RefundKind::Reversal,
        amount: payment.left(),
        content: content::hash(&Command::ReversePayment(command.clone())),
    };
    Applied::done(Done::Refund(book.give(&giving, moment)))
}

fn nothing_moved(row: &PaymentRow) -> Done {
    let patient = row.terms.as_ref().map(|terms| terms.patient);
    let category = row.terms.as_ref().map(|terms| terms.category);
    Done::Refund(Movement { payment: row.payment, patient, category, state: row.state, legs: Vec::new() })
}

/// A payment that was reversed before it came.
fn tombstone(command: &ReversePayment, moment: Moment) -> PaymentRow {
    PaymentRow {
        payment: command.payment,
        state: PaymentState::Undone,
        institution: command.institution,
        serial: command.serial.clone(),
        terms: None,
        refunded: Yuan::ZERO,
        day: moment.day(),
        sequence: moment.sequence,
        content: Digest([0; 32]),
    }
}
