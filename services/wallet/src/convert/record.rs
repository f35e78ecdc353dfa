//! Records of the chain as the stream shows them: what concerns clearing, and the lots.

use chassis::feed::{Page, Recorded};
use ledger::{
    Outcome as BookOutcome,
    codes::LotState,
    outcome::{Done, LegMoved, LotNow, Movement},
};
use money::Yuan;
use proto::wallet as wire;
use serde::Deserialize;
use standards::{BookId, civil};
use tonic::Status;

use super::{receipt::leg_kind, timestamp};
use crate::{
    command::Command,
    error,
    outcome::{Outcome, Told},
};

/// A record's JSON.
#[derive(Deserialize)]
pub(crate) struct Body {
    pub(crate) command: Command,
    pub(crate) outcome: Outcome,
}

/// Reads a record's JSON.
pub(crate) fn body(text: &str) -> Result<Body, Status> {
    serde_json::from_str(text).map_err(|_| error::broken("a record of the chain is unreadable"))
}

/// Reads the JSON of a record in a stream, which must go on behind one that a newer version has written.
pub(super) fn streamed(stored: &Recorded) -> Option<Body> {
    let read = serde_json::from_str(&stored.body);
    // The error may quote what stands in the record.
    read.inspect_err(|_| {
        tracing::error!(
            sequence = stored.sequence,
            label = stored.label,
            "a record of the chain is unreadable and streamed so"
        );
    })
    .ok()
}

/// One batch of the stream.
pub(crate) fn page(book: BookId, page: &Page) -> wire::StreamEntriesResponse {
    wire::StreamEntriesResponse {
        items: page.records.iter().map(record).collect(),
        position: page.watermark.cursor.sequence,
        hash: page.watermark.cursor.hash_text(),
        complete_through: Some(timestamp(page.watermark.through)),
        book_id: book.to_string(),
        epoch: page.epoch,
    }
}

fn record(stored: &Recorded) -> wire::BookRecord {
    let body = streamed(stored);
    wire::BookRecord {
        sequence: stored.sequence,
        label: stored.label.clone(),
        time: Some(timestamp(stored.at)),
        civil_day: civil::day_text(civil::day(stored.at)),
        unreadable: body.is_none(),
        change: body.as_ref().map(change),
    }
}

fn change(body: &Body) -> wire::book_record::Change {
    use wire::book_record::Change;
    let other = Change::Other(wire::OtherRecord {});
    let Outcome::Book(Told { outcome: BookOutcome::Done(done), .. }) = &body.outcome else { return other };
    match done {
        Done::Payment(moved) => Change::Paid(legs(&body.command, moved)),
        Done::Refund(moved) => Change::Refunded(legs(&body.command, moved)),
        Done::Lot(lot) => Change::LotChanged(wire::LotChanged { lot: Some(position(lot)) }),
        Done::Wallet(_) | Done::Credited(_) | Done::Earmark(_) => other,
    }
}

fn legs(command: &Command, moved: &Movement) -> wire::RecordedLegs {
    let (refund_id, institution) = match command {
        Command::Pay(pay) => (String::new(), pay.institution.to_string()),
        Command::Refund(refund) => (refund.refund.refund.to_string(), refund.refund.institution.to_string()),
        Command::Book(ledger::Command::ReversePayment(reverse)) => {
            (String::new(), reverse.institution.to_string())
        }
        _ => (String::new(), String::new()),
    };
    let named = |category| wire::Category::from_str_name(&format!("CATEGORY_{category}"));
    let category = moved.category.and_then(named);
    let owed = moved.legs.iter().filter(|leg| leg.debtor.is_some());
    wire::RecordedLegs {
        payment_id: moved.payment.to_string(),
        refund_id,
        institution_code: institution,
        category: category.map_or(0, Into::into),
        legs: owed.map(leg).collect(),
    }
}

fn leg(leg: &LegMoved) -> wire::RecordedLeg {
    let amount =
        if leg.amount < Yuan::ZERO { leg.amount.negated().unwrap_or(Yuan::ZERO) } else { leg.amount };
    wire::RecordedLeg {
        leg_no: i32::from(leg.leg),
        kind: leg_kind(leg.kind).into(),
        amount: amount.to_string(),
        debtor_pooling_area: leg.debtor.map(|pool| pool.to_string()).unwrap_or_default(),
        creditor_pooling_area: leg.creditor.to_string(),
        lot: leg.lot.as_ref().map(position),
    }
}

/// The lot as the sharer's book must hear of it.
fn position(lot: &LotNow) -> wire::LotPosition {
    wire::LotPosition {
        transfer_id: lot.transfer.to_string(),
        hop: i32::from(lot.hop),
        consumed: lot.consumed.to_string(),
        state: hop_state(lot.state).into(),
    }
}

/// A lot's state as other books know it: whatever is not pending or open is closed there.
pub(super) const fn hop_state(state: LotState) -> wire::HopState {
    match state {
        LotState::Pending => wire::HopState::Pending,
        LotState::Open => wire::HopState::Open,
        LotState::Closed | LotState::Moved | LotState::Refused | LotState::Undone => wire::HopState::Closed,
    }
}
