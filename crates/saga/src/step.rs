//! The steps a transfer asks for, the answers a book can give, and which step comes next.

use money::Yuan;
use serde::{Deserialize, Serialize};
use standards::RequestId;

use crate::{
    cause::{Reason, ReturnCause},
    state::{FIRST_HOP, State},
};

/// One command to one book. With the transfer's row it is the whole command: nothing else may enter it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Step {
    /// Sharer's book: keep the amount aside.
    Earmark,
    /// Beneficiary's book: make the lot.
    Grant {
        /// Which lot of the transfer.
        hop: u16,
        /// The record of the sharer's book that proves the earmark.
        earmark_sequence: i64,
        /// Whether the lot opens at once.
        auto_claim: bool,
    },
    /// Beneficiary's book: open the pending lot.
    Claim {
        /// Which lot of the transfer.
        hop: u16,
        /// The beneficiary's request.
        request: RequestId,
    },
    /// Beneficiary's book: close the lot unless it is claimed.
    Return {
        /// Which lot of the transfer.
        hop: u16,
        /// A weak cause.
        cause: ReturnCause,
    },
    /// Beneficiary's book: close the lot in whatever state it is.
    Revoke {
        /// Which lot of the transfer.
        hop: u16,
        /// A strong cause.
        cause: ReturnCause,
    },
    /// Sharer's book: the lot is closed with so much consumed; the rest of the earmark is released.
    DrawDownClosed {
        /// Which lot of the transfer.
        hop: u16,
        /// The beneficiary's record as of which this is true.
        at_sequence: i64,
        /// What was spent by then, in all.
        consumed: Yuan,
    },
}

impl Step {
    /// Whether the sharer's book gets it; otherwise the beneficiary's does.
    pub const fn is_for_sharer(self) -> bool {
        match self {
            Self::Earmark | Self::DrawDownClosed { .. } => true,
            Self::Grant { .. } | Self::Claim { .. } | Self::Return { .. } | Self::Revoke { .. } => false,
        }
    }

    /// A short name for logs, metrics and the explanation of a transfer.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Earmark => "earmark",
            Self::Grant { .. } => "grant",
            Self::Claim { .. } => "claim",
            Self::Return { .. } => "return",
            Self::Revoke { .. } => "revoke",
            Self::DrawDownClosed { .. } => "draw_down_closed",
        }
    }
}

/// What a book answered, or that it did not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// It is so, now or since an earlier copy of the command.
    Done {
        /// The book's record as of which `consumed` is true.
        sequence: i64,
        /// What the lot has consumed in all; zero for an earmark and a new lot.
        consumed: Yuan,
    },
    /// The book will not do it.
    Refused(Reason),
    /// The undo was there before the command, which now can never happen.
    Undone,
    /// What the undo was sent for was refused when it came, and why: there is nothing to undo. The answer that
    /// said so may never have arrived.
    WasRefused(Reason),
    /// The lot is open: claimed before this command came.
    AlreadyClaimed,
    /// The book must learn something else first; nothing was recorded.
    NotYet,
    /// Nobody can say: no answer, an answer that is not certain, or a book that does not know the command.
    Unknown,
}

/// The step that must be taken now, or `None` while the transfer rests, has ended or is parked.
pub fn next(state: &State) -> Option<Step> {
    match *state {
        State::Accepted { .. } => Some(Step::Earmark),
        State::Earmarked { earmark_sequence, auto_claim } => {
            Some(Step::Grant { hop: FIRST_HOP, earmark_sequence, auto_claim })
        }
        State::Claiming { hop, request } => Some(Step::Claim { hop, request }),
        State::Closing { hop, cause, .. } if cause.revokes() => Some(Step::Revoke { hop, cause }),
        State::Closing { hop, cause, .. } => Some(Step::Return { hop, cause }),
        State::Releasing { hop, at_sequence, consumed, .. } => {
            Some(Step::DrawDownClosed { hop, at_sequence, consumed })
        }
        State::PendingClaim { .. }
        | State::Claimed { .. }
        | State::Returned { .. }
        | State::Refused { .. }
        | State::Parked { .. } => None,
    }
}
