//! A transfer as settlement stores it: what was pinned at acceptance, where it stands, and what the books have
//! said about its lots since.
//!
//! Later commands are built from these values alone. Nothing here reads or writes anything.

use std::sync::Arc;

use money::{Overflow, Yuan};
use policy::Programme;
use saga::{DrawDue, LotState, MoneyPlace, State, TransferState};
use serde::{Deserialize, Serialize};
use standards::{BondId, BookId, PersonId, Pool, TransferId};
use time::{Date, OffsetDateTime};

/// 转账来源: where the quota comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Source {
    /// The sharer's personal account.
    PersonalAccount,
    /// Quota that the sharer received.
    OwnWallet,
}

impl Source {
    /// The name on the wire and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PersonalAccount => "PERSONAL_ACCOUNT",
            Self::OwnWallet => "OWN_WALLET",
        }
    }

    /// The source with this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::PersonalAccount, Self::OwnWallet].into_iter().find(|source| source.name() == name)
    }
}

/// What never changes after acceptance. With the state it is every command that a book will be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    pub id: TransferId,
    /// The version of the saga under which it lives.
    pub definition: u16,
    pub programme: Programme,
    pub source: Source,
    pub bond: BondId,
    pub sharer: PersonId,
    pub beneficiary: PersonId,
    /// The debtor pool of what is spent.
    pub sharer_pool: Pool,
    /// Where the beneficiary's wallet is kept.
    pub place_of_use: Pool,
    pub amount: Yuan,
    /// What must stay in the sharer's account, so that also what it must hold before is kept; none if no rule
    /// states either.
    pub min_left: Option<Yuan>,
    /// The most that may be set aside in the civil year; none if no rule states it.
    pub year_total: Option<Yuan>,
    /// The civil day of acceptance.
    pub civil_day: Date,
    /// The sharer's step-up assertion.
    pub assertion: String,
    /// The trace of the call that created it; no command contains it.
    pub trace: Option<String>,
    pub accepted_at: OffsetDateTime,
    pub claim_until: OffsetDateTime,
    pub return_by: OffsetDateTime,
}

impl Pinned {
    /// The book of the sharer's personal account.
    pub fn sharer_book(&self) -> BookId {
        BookId::first_of(self.sharer_pool.province())
    }

    /// The book of the beneficiary's wallet.
    pub fn beneficiary_book(&self) -> BookId {
        BookId::first_of(self.place_of_use.province())
    }
}

/// A transfer that stopped, as an operator is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Park {
    pub at: OffsetDateTime,
    /// The step that could not be taken; none when the row itself is unreadable.
    pub step: Option<String>,
    pub error: String,
}

/// A transfer: what is pinned, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    pub pinned: Arc<Pinned>,
    /// Rises with each stored state; every change names the version it expects.
    pub version: i64,
    pub state: State,
    /// The beneficiary's step-up assertion of the claim under way.
    pub claim_assertion: String,
    pub claimed_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
    pub park: Option<Park>,
}

impl Transfer {
    /// Whether a book must be sent something.
    pub fn is_due(&self) -> bool {
        saga::next(&self.state).is_some()
    }

    /// Whether the saga itself will tell the sharer's book how the lot ended.
    pub const fn tells_the_end(&self) -> bool {
        matches!(self.state, State::Closing { .. } | State::Releasing { .. })
    }
}

/// One lot of a transfer (hop) as the books report it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    pub transfer: TransferId,
    pub hop: u16,
    /// The beneficiary's record as of which `consumed` and `state` are true.
    pub at_sequence: i64,
    pub consumed: Yuan,
    pub state: LotState,
    /// The report that the sharer's book has acknowledged; 0 before the first.
    pub drawn_sequence: i64,
    pub drawn_consumed: Yuan,
    /// Rises with each change that people can see, and so with each other figure.
    pub version: i64,
    /// Whether the sharer's book must be told.
    pub due: bool,
    /// The sharer's book cannot accept what is true: since when, and what it said.
    pub stuck: Option<(OffsetDateTime, String)>,
}

impl Lot {
    /// A lot of which the first report is `seen`.
    pub fn first(transfer: TransferId, seen: DrawDue) -> Self {
        let mut lot = Self {
            transfer,
            hop: seen.hop,
            at_sequence: 0,
            consumed: Yuan::ZERO,
            state: LotState::Open,
            drawn_sequence: 0,
            drawn_consumed: Yuan::ZERO,
            version: 1,
            due: false,
            stuck: None,
        };
        lot.see(seen);
        lot.version = 1;
        lot
    }

    /// The newest report.
    pub const fn report(&self) -> DrawDue {
        DrawDue { hop: self.hop, at_sequence: self.at_sequence, consumed: self.consumed, lot: self.state }
    }

    /// Takes in what the beneficiary's book said; older reports change nothing. True if anything changed.
    pub fn see(&mut self, seen: DrawDue) -> bool {
        if seen.at_sequence <= self.at_sequence {
            return false;
        }
        let known = self.report();
        self.at_sequence = seen.at_sequence;
        self.consumed = seen.consumed;
        // A closed lot stays closed, whatever a late record of a refund says.
        self.state = if known.lot == LotState::Open { seen.lot } else { known.lot };
        if known.consumed != self.consumed {
            self.version += 1;
        }
        self.stuck = None;
        true
    }

    /// The sharer's book knows the report as of `sequence`.
    pub fn drawn(&mut self, sequence: i64, consumed: Yuan) {
        if sequence > self.drawn_sequence {
            self.drawn_sequence = sequence;
            self.drawn_consumed = consumed;
        }
    }

    /// Decides anew whether the sharer's book must be told; not while the saga is about to tell it
    /// (`saga_tells`). An open lot with the figure that the book is known to believe is only told if the figure has
    /// ever been another one: a report of that may have reached the book without an answer.
    pub fn weigh(&mut self, saga_tells: bool) {
        let is_news = self.report().after(self.drawn_sequence).is_some();
        let differs = self.state != LotState::Open || self.consumed != self.drawn_consumed;
        let has_changed = self.version > 1;
        self.due = is_news && !saga_tells && self.stuck.is_none() && (differs || has_changed);
    }
}

/// A transfer's money, as far as settlement has followed the books: `amount = spent + returned + remaining`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    pub amount: Yuan,
    pub spent: Yuan,
    pub returned: Yuan,
    pub remaining: Yuan,
}

impl Money {
    /// Divides the amount: what is spent, and the rest, which is either back with the sharer or still on its way.
    pub fn of(state: &State, amount: Yuan, spent: Yuan) -> Self {
        // More cannot be spent than was granted; a book that says otherwise is not believed here.
        let spent = spent.max(Yuan::ZERO).min(amount);
        let rest = amount.minus(spent).unwrap_or(Yuan::ZERO);
        let (returned, remaining) = match state.view() {
            TransferState::Returned | TransferState::Refused => (rest, Yuan::ZERO),
            TransferState::Accepted
            | TransferState::PendingClaim
            | TransferState::Claimed
            | TransferState::Closing => (Yuan::ZERO, rest),
        };
        Self { amount, spent, returned, remaining }
    }

    /// Where it is; its larger part when it is divided.
    pub fn place(&self, state: &State) -> MoneyPlace {
        let elsewhere = self.amount.minus(self.spent).unwrap_or(Yuan::ZERO);
        if self.spent > elsewhere { MoneyPlace::Spent } else { state.money_place(self.remaining) }
    }
}

/// A transfer with its lots, as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    pub transfer: Transfer,
    /// What its lots have consumed in all.
    pub spent: Yuan,
    /// Rises with each change of the transfer or of its lots.
    pub revision: i64,
    /// A lot's report is stuck.
    pub stuck: bool,
    /// The decision at acceptance, where it was asked for.
    pub decision: Option<policy::Decision>,
}

impl Shown {
    /// A transfer with all its lots.
    ///
    /// # Errors
    /// If the lots have consumed more than money can be.
    pub fn of<'a>(transfer: Transfer, lots: impl Iterator<Item = &'a Lot> + Clone) -> Result<Self, Overflow> {
        let spent = Yuan::total(lots.clone().map(|lot| lot.consumed))?;
        let revision = transfer.version + lots.clone().map(|lot| lot.version).sum::<i64>();
        let stuck = lots.into_iter().any(|lot| lot.stuck.is_some());
        Ok(Self { spent, revision, stuck, decision: None, transfer })
    }

    /// Its money.
    pub fn money(&self) -> Money {
        Money::of(&self.transfer.state, self.transfer.pinned.amount, self.spent)
    }

    /// Whether a person looks at it.
    pub const fn under_review(&self) -> bool {
        self.transfer.state.under_review() || self.transfer.park.is_some() || self.stuck
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn seen(at_sequence: i64, fen: i64) -> DrawDue {
        DrawDue { hop: 0, at_sequence, consumed: Yuan::from_fen(fen), lot: LotState::Open }
    }

    #[test]
    fn a_lot_that_was_spent_from_and_refunded_while_the_saga_spoke_is_told_again() {
        let mut lot = Lot::first(TransferId::new(Uuid::from_u128(1)), seen(5, 1_201));
        lot.weigh(false);
        assert!(lot.due, "it is sent, the book believes it, and its answer is lost");
        lot.weigh(true);
        lot.see(seen(8, 0));
        lot.weigh(true);
        assert!(!lot.due);
        lot.weigh(false);
        assert!(lot.due, "nothing is known of what the book believes");
        lot.drawn(8, Yuan::ZERO);
        lot.weigh(false);
        assert!(!lot.due);
    }

    #[test]
    fn a_lot_that_was_never_spent_from_is_not_told_of() {
        let mut lot = Lot::first(TransferId::new(Uuid::from_u128(1)), seen(3, 0));
        lot.see(seen(4, 0));
        lot.weigh(false);
        assert!(!lot.due);
    }
}
