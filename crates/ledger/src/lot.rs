//! 共济额度: granting a lot of quota, and what a lot is at any time.
//!
//! A lot is quota, never money: it is posted against the quota account of its origin pool. A refusal burns
//! the transfer's id here, and a lot that was undone before it came stays undone.

use mistakes::{Mistake, made};
use money::Yuan;

use crate::{
    book::{Book, MOST_LOTS, Moment},
    codes::{LotState, WalletState},
    command::{Command, Grant},
    content,
    digest::Digest,
    key::AccountKey,
    outcome::{Applied, Done, LotNow, Outcome, Refusal},
    rows::{LotRow, LotTerms},
    sum,
    transfer::{refusal_text, stored_refusal},
};

pub(crate) fn grant(book: &mut Book, command: &Grant, moment: Moment) -> Applied {
    let content = content::hash(&Command::Grant(command.clone()));
    let known_lot = book.lots.get(&(command.transfer, command.hop));
    if let Some(row) = known_lot.filter(|_| !made(Mistake::GrantAgain)) {
        return Applied::only(known(row, content));
    }
    let terms = LotTerms {
        beneficiary: command.beneficiary,
        sharer: command.sharer,
        bond: command.bond,
        origin: command.origin,
    };
    let mut row = LotRow {
        transfer: command.transfer,
        hop: command.hop,
        state: LotState::Refused,
        terms: Some(terms),
        granted: Yuan::ZERO,
        consumed: Yuan::ZERO,
        granted_sequence: moment.sequence,
        opened_sequence: None,
        at_sequence: moment.sequence,
        closed_by: None,
        content,
        refusal: None,
    };
    let opens_at_once = match wallet_for(book, command) {
        Ok(opens_at_once) => opens_at_once,
        Err(refusal) => {
            row.refusal = Some(refusal_text(&refusal));
            book.add_lot(row);
            return Applied::refused(refusal);
        }
    };
    row.granted = command.amount;
    row.state = if opens_at_once { LotState::Open } else { LotState::Pending };
    row.opened_sequence = opens_at_once.then_some(moment.sequence);
    let done = Done::Lot(row.now());
    book.add_lot(row);
    let lot = AccountKey::Lot(command.transfer, command.hop);
    book.post(moment, AccountKey::Quota(command.origin), lot, command.amount);
    book.assert_lot(command.transfer, command.hop);
    Applied::done(done)
}

/// Whether the beneficiary's wallet takes the lot, and then whether it opens at once.
fn wallet_for(book: &Book, command: &Grant) -> Result<bool, Refusal> {
    let wallet = book.wallet_of(command.beneficiary).ok_or(Refusal::WalletNotOpen)?;
    if wallet.state == WalletState::Frozen {
        return Err(Refusal::WalletFrozen);
    }
    if book.spendable_lots(command.beneficiary).len() >= MOST_LOTS {
        return Err(Refusal::TooManyLots);
    }
    Ok(command.auto_claim || wallet.auto_claim)
}

/// The answer to a grant whose lot is known already.
fn known(row: &LotRow, content: Digest) -> Outcome {
    match row.state {
        LotState::Undone => Outcome::Undone,
        _ if row.content != content => Outcome::Refused(Refusal::RequestIdReused),
        LotState::Refused => Outcome::Refused(stored_refusal(row.refusal.as_deref())),
        LotState::Pending | LotState::Open | LotState::Closed | LotState::Moved => {
            Outcome::Done(Done::Lot(row.now()))
        }
    }
}

impl LotRow {
    /// The lot as it is told to followers.
    pub fn now(&self) -> LotNow {
        LotNow {
            transfer: self.transfer,
            hop: self.hop,
            state: self.state,
            granted: self.granted,
            consumed: self.consumed,
            at_sequence: self.at_sequence,
        }
    }

    /// What may still be spent: 0 unless pending or open.
    pub fn left(&self) -> Yuan {
        match self.state {
            LotState::Pending | LotState::Open => sum::sub(self.granted, self.consumed),
            LotState::Closed | LotState::Moved | LotState::Refused | LotState::Undone => Yuan::ZERO,
        }
    }

    pub(crate) fn has_left(&self) -> bool {
        self.left().is_positive()
    }
}

impl Book {
    /// B4: a lot holds what was granted less what was consumed while it is pending or open, else nothing.
    pub(crate) fn assert_lot(&self, transfer: standards::TransferId, hop: u16) {
        let row = self.lots.get(&(transfer, hop)).expect("the row was just made or changed");
        let holds = self.balance(AccountKey::Lot(transfer, hop));
        assert_eq!(holds, row.left(), "B4: a lot does not hold what is left of it");
        let consumed = row.consumed >= Yuan::ZERO && row.consumed <= row.granted;
        assert!(consumed, "B4: a lot consumed {} of {}", row.consumed, row.granted);
        let pending = row.state == LotState::Pending;
        assert!(!pending || row.consumed.is_zero(), "B4: a pending lot was spent");
    }
}
