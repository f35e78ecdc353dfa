//! What the sharer's book must still be told about a lot (已用额度). It is absolute and keeps for ever: the
//! newest report replaces all older ones, so lost, late and repeated reports do no harm.

use money::Yuan;
use serde::{Deserialize, Serialize};

use crate::step::Outcome;

/// A lot as its book reports it to the sharer's book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LotState {
    /// It can still be spent.
    Open,
    /// It is closed; what was not consumed is released.
    Closed,
    /// It goes on as the next hop in another book.
    Moved,
}

/// The newest report about one hop of one transfer. The row's key is (transfer, hop).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawDue {
    /// Which lot of the transfer.
    pub hop: u16,
    /// The beneficiary's record as of which the rest is true.
    pub at_sequence: i64,
    /// What was consumed by then in all, refunds taken off.
    pub consumed: Yuan,
    /// The lot by then.
    pub lot: LotState,
}

/// What to do with a report after it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The sharer's book knows it: delete it, unless a newer one has come meanwhile (compare
    /// `at_sequence`).
    Known,
    /// Send it, or the newer one, again.
    Again,
    /// The sharer's book cannot accept what is true: a person must look.
    Park,
}

impl DrawDue {
    /// The report to keep of two about the same hop: the one with the higher sequence.
    #[must_use]
    pub const fn newer(self, seen: Self) -> Self {
        if seen.at_sequence > self.at_sequence { seen } else { self }
    }

    /// The report to keep when `seen` is read from the beneficiary's book and `held` may be due already.
    #[must_use]
    pub fn merge(held: Option<Self>, seen: Self) -> Self {
        held.map_or(seen, |held| held.newer(seen))
    }

    /// What remains due after the report as of `known` has arrived.
    #[must_use]
    pub fn after(self, known: i64) -> Option<Self> {
        (self.at_sequence > known).then_some(self)
    }

    /// What the sharer's answer to this report means.
    pub fn answered(&self, outcome: &Outcome) -> Sent {
        match outcome {
            Outcome::Done { .. } => Sent::Known,
            Outcome::Undone if self.consumed.is_zero() && self.lot == LotState::Closed => Sent::Known,
            // A lot of which a report speaks stands on an earmark: its book has lost it.
            Outcome::Undone | Outcome::WasRefused(_) | Outcome::Refused(_) | Outcome::AlreadyClaimed => {
                Sent::Park
            }
            Outcome::NotYet | Outcome::Unknown => Sent::Again,
        }
    }
}
