//! 接收 and 拒收: what the beneficiary wants. The wish is stored here; the book decides between a claim and a
//! return that meet.
//!
//! Whether the caller is the beneficiary was checked before; settlement's clock alone judges whether it is early
//! enough.

use chassis::batch::{Moment, Verdict};
use saga::{NotNow, Request, ReturnCause, State, TransferState};

use crate::{
    command::{Ask, Outcome},
    error,
    keeper::{ClaimRow, Rows},
    transfer::Transfer,
};

/// The beneficiary takes it.
pub(crate) fn claim(rows: &mut Rows, ask: &Ask, moment: Moment) -> Verdict<Outcome> {
    let Some(transfer) = rows.transfer(ask.transfer) else { return unknown(rows, ask) };
    let waits = matches!(transfer.state, State::PendingClaim { .. });
    if waits && moment.at >= transfer.pinned.claim_until {
        return Verdict::Record(Outcome::NotAsked { refusal: error::too_late(transfer) });
    }
    match saga::request(transfer.state.clone(), Request::Claim(ask.request)) {
        Ok(state) => {
            let row = ClaimRow { transfer: ask.transfer, refusal: None, is_new: true };
            rows.claims.insert(ask.request, row);
            if let Some(held) = rows.transfers.get_mut(&ask.transfer) {
                held.transfer.claim_assertion.clone_from(&ask.assertion);
            }
            rows.move_to(ask.transfer, state, moment);
            Verdict::Record(Outcome::Asked { transfer: ask.transfer })
        }
        Err(why) => not_asked(transfer, why),
    }
}

/// The beneficiary does not want it.
pub(crate) fn decline(rows: &mut Rows, ask: &Ask, moment: Moment) -> Verdict<Outcome> {
    let Some(transfer) = rows.transfer(ask.transfer) else { return unknown(rows, ask) };
    match saga::request(transfer.state.clone(), Request::Close(ReturnCause::Declined)) {
        Ok(state) => {
            rows.move_to(ask.transfer, state, moment);
            Verdict::Record(Outcome::Asked { transfer: ask.transfer })
        }
        Err(why) => not_asked(transfer, why),
    }
}

/// A row that cannot be read is not an unknown transfer.
fn unknown(rows: &Rows, ask: &Ask) -> Verdict<Outcome> {
    if rows.unreadable_transfers.iter().any(|(id, _)| *id == ask.transfer.uuid()) {
        let refusal = chassis::status::Refusal::internal();
        return Verdict::Answer(Outcome::Undecided { refusal });
    }
    Verdict::Record(Outcome::NotAsked { refusal: error::transfer_unknown() })
}

fn not_asked(transfer: &Transfer, why: NotNow) -> Verdict<Outcome> {
    Verdict::Record(Outcome::NotAsked { refusal: error::not_pending(transfer, why) })
}

/// What became of a claim that was stored, once the transfer says so for good; `None` while it is open.
pub(crate) fn verdict(
    transfer: &Transfer,
    refusal: Option<&str>,
) -> Option<Result<(), chassis::status::Refusal>> {
    if let Some(refusal) = refusal {
        return Some(Err(error::from_book(refusal)));
    }
    if transfer.claimed_at.is_some() {
        return Some(Ok(()));
    }
    match transfer.state.view() {
        TransferState::Returned | TransferState::Refused => {
            Some(Err(error::not_pending(transfer, NotNow::Returned)))
        }
        TransferState::Accepted
        | TransferState::PendingClaim
        | TransferState::Claimed
        | TransferState::Closing => None,
    }
}
