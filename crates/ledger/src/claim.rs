//! What ends the waiting of a lot: claim, decline, return; and revocation in any state.
//!
//! Undoing a lot that never came leaves a tombstone, so that a late grant is undone. Every answer carries
//! what was consumed, never a remainder: the sharer's book works with absolute figures.

use mistakes::{Mistake, made};
use money::Yuan;
use standards::TransferId;

use crate::{
    book::{Book, Moment},
    codes::{ClosedBy, LotState, WalletState},
    command::{Claim, Return, Revoke},
    digest::Digest,
    key::AccountKey,
    outcome::{Applied, Done, Outcome, Refusal},
    rows::LotRow,
    transfer::stored_refusal,
};

/// A refused claim burns nothing: it may be tried again when the wallet is thawed.
pub(crate) fn claim(book: &mut Book, command: &Claim, moment: Moment) -> Applied {
    let Some(lot) = book.last_lot(command.transfer) else {
        return Applied::only(Outcome::NotYet);
    };
    match lot.state {
        LotState::Open => return Applied::only(Outcome::Done(Done::Lot(lot.now()))),
        LotState::Pending => {}
        LotState::Closed if made(Mistake::ClosedLotClaimed) => {}
        LotState::Closed | LotState::Moved | LotState::Refused | LotState::Undone => {
            return Applied::only(Outcome::Refused(Refusal::TransferNotPending));
        }
    }
    let terms = lot.terms.expect("a pending lot has terms");
    let key = (lot.transfer, lot.hop);
    let wallet = book.wallet_of(terms.beneficiary).expect("a pending lot lies in a wallet");
    if wallet.state == WalletState::Frozen {
        return Applied::only(Outcome::Refused(Refusal::WalletFrozen));
    }
    let lot = book.lots.change(&key);
    lot.state = LotState::Open;
    lot.opened_sequence = Some(moment.sequence);
    lot.at_sequence = moment.sequence;
    let now = lot.now();
    book.assert_lot(key.0, key.1);
    Applied::done(Done::Lot(now))
}

pub(crate) fn decline(book: &mut Book, command: &Claim, moment: Moment) -> Applied {
    undo(book, command.transfer, ClosedBy::Decline, moment)
}

pub(crate) fn give_back(book: &mut Book, command: &Return, moment: Moment) -> Applied {
    undo(book, command.transfer, ClosedBy::Return, moment)
}

pub(crate) fn revoke(book: &mut Book, command: &Revoke, moment: Moment) -> Applied {
    undo(book, command.transfer, ClosedBy::Revoke, moment)
}

fn undo(book: &mut Book, transfer: TransferId, by: ClosedBy, moment: Moment) -> Applied {
    let Some(lot) = book.last_lot(transfer) else {
        book.add_lot(tombstone(transfer, moment));
        return Applied::undone();
    };
    match (lot.state, by) {
        (LotState::Open, ClosedBy::Return | ClosedBy::Decline) if !made(Mistake::OpenLotReturned) => {
            return Applied::only(Outcome::AlreadyClaimed);
        }
        (LotState::Pending | LotState::Open, _) => {}
        (LotState::Closed, _) => return Applied::only(Outcome::Done(Done::Lot(lot.now()))),
        // Whoever undoes it may never have heard of it.
        (LotState::Refused, _) => {
            return Applied::only(Outcome::WasRefused(stored_refusal(lot.refusal.as_deref())));
        }
        // Whoever was told of this lot before learns that the book has lost it.
        (LotState::Undone, _) => return Applied::only(Outcome::Undone),
        (LotState::Moved, _) => return Applied::only(Outcome::Unsupported),
    }
    let (hop, left) = (lot.hop, lot.left());
    let origin = lot.terms.expect("a pending or open lot has terms").origin;
    let lot = book.lots.change(&(transfer, hop));
    lot.state = LotState::Closed;
    lot.closed_by = Some(by);
    lot.at_sequence = moment.sequence;
    let now = lot.now();
    book.post(moment, AccountKey::Lot(transfer, hop), AccountKey::Quota(origin), left);
    book.assert_lot(transfer, hop);
    Applied::done(Done::Lot(now))
}

/// A lot that was undone before it came.
fn tombstone(transfer: TransferId, moment: Moment) -> LotRow {
    LotRow {
        transfer,
        hop: 0,
        state: LotState::Undone,
        terms: None,
        granted: Yuan::ZERO,
        consumed: Yuan::ZERO,
        granted_sequence: moment.sequence,
        opened_sequence: None,
        at_sequence: moment.sequence,
        closed_by: None,
        content: Digest([0; 32]),
        refusal: None,
    }
}
