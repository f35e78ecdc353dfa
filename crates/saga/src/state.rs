//! Where a transfer stands. This is what the database stores; every later command follows from it.
//!
//! A state never says what a book might have done meanwhile: it says what settlement knows and has decided.

use money::Yuan;
use serde::{Deserialize, Serialize};
use standards::RequestId;

use crate::{
    cause::{Reason, ReturnCause},
    step::{Outcome, Step},
};

/// The version of this machine that new transfers pin. A row with another version is not ours to move.
pub const DEFINITION: u16 = 1;

/// The hop of the lot that the transfer itself grants; a change of the place of use opens the next one.
pub const FIRST_HOP: u16 = 0;

/// The sequence told to the sharer's book when the beneficiary's book never had a lot: no record can be
/// older, and nothing else will ever be told about that lot.
pub const NEVER_GRANTED: i64 = 1;

/// Where a transfer stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    /// Decided and stored, the day's slot taken; the earmark may or may not be placed already.
    Accepted {
        /// Whether the beneficiary's wallet opens lots at once.
        auto_claim: bool,
    },
    /// The sharer's book keeps the money aside; the lot may or may not be granted already.
    Earmarked {
        /// The record of the sharer's book that proves it, shown to the beneficiary's book.
        earmark_sequence: i64,
        /// As in [`State::Accepted`].
        auto_claim: bool,
    },
    /// 待接收: the lot waits for the beneficiary.
    PendingClaim {
        /// Which lot of the transfer.
        hop: u16,
    },
    /// The beneficiary asked to claim and the book has not answered yet.
    Claiming {
        /// Which lot of the transfer.
        hop: u16,
        /// The beneficiary's request; the book knows a repeat by it.
        request: RequestId,
    },
    /// 已接收: the beneficiary spends it. Rests until the lot must be taken back.
    Claimed {
        /// Which lot of the transfer.
        hop: u16,
    },
    /// It goes back; the beneficiary's book must close the lot first.
    Closing {
        /// Which lot of the transfer.
        hop: u16,
        /// How far it had come when the direction changed.
        since: Since,
        /// Why. May only grow stronger.
        cause: ReturnCause,
    },
    /// The lot is closed or never came to be; the sharer's book must release what was not consumed.
    Releasing {
        /// Which lot of the transfer.
        hop: u16,
        /// How far it had come when the direction changed.
        since: Since,
        /// The beneficiary's record by which the lot is known to be closed, or [`NEVER_GRANTED`].
        at_sequence: i64,
        /// What the beneficiary had spent by then.
        consumed: Yuan,
        /// How it ends once that is done.
        end: End,
    },
    /// 已退回: an end. The unspent part is back in the sharer's account; the day's slot stays used.
    Returned {
        /// Why.
        cause: ReturnCause,
    },
    /// An end: a book said no before there was a lot, whenever that was heard. The day's slot is given back.
    Refused {
        /// What the book said.
        reason: Reason,
    },
    /// What must not happen did happen; a person looks at it.
    Parked {
        /// The state to go on from.
        from: Box<State>,
        /// The step whose answer cannot be right.
        step: Step,
        /// That answer.
        outcome: Outcome,
    },
}

/// How far a transfer had come when it turned back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Since {
    /// Nothing is known to have happened in a book.
    Accepted,
    /// The earmark was known; the lot was not.
    Earmarked,
    /// The lot was known and not known to be claimed.
    Pending,
    /// The lot was claimed.
    Claimed,
}

/// How a transfer that goes back ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum End {
    /// In [`State::Returned`].
    Return(ReturnCause),
    /// In [`State::Refused`].
    Refuse(Reason),
}

impl State {
    /// The state of a transfer in the transaction that accepts it.
    pub const fn accepted(auto_claim: bool) -> Self {
        Self::Accepted { auto_claim }
    }

    /// The text of the state column.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "ACCEPTED",
            Self::Earmarked { .. } => "EARMARKED",
            Self::PendingClaim { .. } => "PENDING_CLAIM",
            Self::Claiming { .. } => "CLAIMING",
            Self::Claimed { .. } => "CLAIMED",
            Self::Closing { .. } => "CLOSING",
            Self::Releasing { .. } => "RELEASING",
            Self::Returned { .. } => "RETURNED",
            Self::Refused { .. } => "REFUSED",
            Self::Parked { .. } => "PARKED",
        }
    }

    /// Whether nothing will change any more. (Refunds still move money between the books afterwards.)
    pub const fn is_end(&self) -> bool {
        matches!(self, Self::Returned { .. } | Self::Refused { .. })
    }

    /// Whether it waits for a person or an event, and no driver need hold it.
    pub const fn is_resting(&self) -> bool {
        matches!(self, Self::PendingClaim { .. } | Self::Claimed { .. })
    }

    /// Whether the timer of the claim still matters to it.
    pub const fn awaits_timer(&self) -> bool {
        matches!(
            self,
            Self::Accepted { .. }
                | Self::Earmarked { .. }
                | Self::PendingClaim { .. }
                | Self::Claiming { .. }
        )
    }

    /// Whether the slot of the day of acceptance counts again: only when it was refused.
    pub const fn slot_given_back(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// Whether it keeps the sharer from sending the same beneficiary another one: not yet claimed, and not
    /// yet back.
    pub fn holds_pair(&self) -> bool {
        match self {
            Self::Accepted { .. }
            | Self::Earmarked { .. }
            | Self::PendingClaim { .. }
            | Self::Claiming { .. } => true,
            Self::Closing { since, .. } | Self::Releasing { since, .. } => *since != Since::Claimed,
            Self::Claimed { .. } | Self::Returned { .. } | Self::Refused { .. } => false,
            Self::Parked { from, .. } => from.holds_pair(),
        }
    }

    /// Why it went back or is going back, if it is.
    pub fn return_cause(&self) -> Option<ReturnCause> {
        match self {
            Self::Closing { cause, .. }
            | Self::Releasing { end: End::Return(cause), .. }
            | Self::Returned { cause } => Some(*cause),
            Self::Parked { from, .. } => from.return_cause(),
            Self::Accepted { .. }
            | Self::Earmarked { .. }
            | Self::PendingClaim { .. }
            | Self::Claiming { .. }
            | Self::Claimed { .. }
            | Self::Releasing { end: End::Refuse(_), .. }
            | Self::Refused { .. } => None,
        }
    }

    /// What the book said, if the transfer was refused or is about to be.
    pub fn refusal(&self) -> Option<&Reason> {
        match self {
            Self::Refused { reason } | Self::Releasing { end: End::Refuse(reason), .. } => Some(reason),
            Self::Parked { from, .. } => from.refusal(),
            Self::Accepted { .. }
            | Self::Earmarked { .. }
            | Self::PendingClaim { .. }
            | Self::Claiming { .. }
            | Self::Claimed { .. }
            | Self::Closing { .. }
            | Self::Releasing { end: End::Return(_), .. }
            | Self::Returned { .. } => None,
        }
    }
}
