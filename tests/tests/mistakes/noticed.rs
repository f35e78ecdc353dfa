//! Who notices which mistake, and by what: the table of these tests. A new mistake does not compile until it has a row.

use std::time::Duration;

use anyhow::Result;
use mistakes::Mistake;

use crate::{
    books, counter, recovery,
    stage::{BOOK, Stage},
};

/// Who notices a mistake.
pub(crate) enum By {
    /// The judge of the simulated world, or a book that would break its own invariant, in these words.
    Judge(&'static str),
    /// The checker, after this has happened: one of these invariants is broken, in these words.
    Checker { happening: Happening, broken: &'static [(&'static str, &'static str)] },
    /// Nobody need notice: while this happens a constraint or an assertion stops it, and the service says which.
    Prevented { happening: Happening, service: &'static str, said: &'static str },
}

/// What happens to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// Everyday calls, some of them again, and one by a stranger.
    Counter,
    /// Somebody who has sent twice on a day sends to two others at once.
    ManyAtOnce,
    /// Two processes of one book write at the same time.
    TwoWriters,
    /// A book's database refuses a row.
    Refusal,
    /// A book is killed when it has answered.
    Killed,
    /// Settlement dies while it stores what a book has told.
    DyingFollower,
    /// The answer to an earmark is lost.
    LostAnswer,
    /// A book is restored to an earlier state and goes on.
    Restored,
    /// One of the rows that a new process takes over cannot be read.
    Unreadable,
}

impl Happening {
    /// What the services take without a finding, in an order in which one stage can see all of it.
    pub(crate) const HARMLESS: [Self; 6] = [
        Self::Counter,
        Self::ManyAtOnce,
        Self::LostAnswer,
        Self::DyingFollower,
        Self::Killed,
        Self::TwoWriters,
    ];

    pub(crate) async fn play(self, stage: &mut Stage) -> Result<()> {
        match self {
            Self::Counter => counter::calls(stage).await,
            Self::ManyAtOnce => counter::sends_many_at_once(stage).await,
            Self::TwoWriters => books::written_by_two(stage).await,
            Self::Refusal => books::refused_by_the_database(stage).await,
            Self::Killed => books::killed_after_the_answer(stage).await,
            Self::Restored => books::restored(stage).await,
            Self::DyingFollower => recovery::dies_while_it_follows(stage).await,
            Self::LostAnswer => recovery::loses_an_answer(stage).await,
            Self::Unreadable => recovery::finds_an_unreadable_row(stage).await,
        }
    }

    /// What must be seen after the judgement.
    pub(crate) async fn after(self, stage: &mut Stage) -> Result<()> {
        match self {
            Self::Unreadable => recovery::goes_on_without_the_mistake(stage).await,
            _ => Ok(()),
        }
    }

    /// How long it is waited until nothing moves any more.
    pub(crate) const fn patience(self) -> Duration {
        match self {
            // The work that nobody takes up never rests.
            Self::Unreadable => recovery::TAKEN_UP,
            _ => Duration::from_secs(20),
        }
    }
}

/// What names a transfer's earmark or lot that settlement never heard of.
const UNHEARD: (&str, &str) = ("ENDS", "settlement knows what the books hold");

/// Who notices it.
pub(crate) fn by(mistake: Mistake) -> Vec<By> {
    use Happening::{
        Counter, DyingFollower, Killed, LostAnswer, ManyAtOnce, Refusal, Restored, TwoWriters, Unreadable,
    };
    match mistake {
        Mistake::DayOfUtc => vec![By::Judge("the civil day of")],
        Mistake::WindowClosesLate => vec![By::Judge("R-079")],
        Mistake::CountBeforeBatch => {
            vec![By::Judge("the table refuses"), prevented(ManyAtOnce, "settlement", "day_slot_within_limit")]
        }
        Mistake::RefusalKeepsSlot | Mistake::StaleAnswerTaken => vec![By::Judge("the slots of")],
        Mistake::ReleaseDespiteClaim => vec![By::Judge("X3")],
        // The book knows that the row is there, as lot_pk does.
        Mistake::GrantAgain => vec![By::Judge("was made twice")],
        Mistake::ClosedLotClaimed => vec![By::Judge("B4")],
        Mistake::OpenLotReturned => vec![By::Judge("was claimed and went back")],
        Mistake::OldReportTaken | Mistake::ReportAdded | Mistake::RemainderReleased => vec![By::Judge("X1")],
        Mistake::RefundNotCapped => {
            vec![By::Judge("B6"), prevented(Counter, BOOK, "deciding panicked")]
        }
        // So is obligation_leg_is_owed_once named in the partition.
        Mistake::LegInTwoPeriods => {
            vec![
                By::Judge("the table refuses leg"),
                prevented(Counter, "settlement", "obligation_default_pkey"),
            ]
        }
        Mistake::AmountsAsFloat => vec![checker(Counter, &[("I6", "asked for: expected 112, found 113")])],
        Mistake::RequestForgotten => vec![checker(Counter, &[("B8", "is remembered")])],
        Mistake::LinkSkipped => vec![checker(Counter, &[("B8", "hash")])],
        Mistake::MethodForAll => vec![checker(Counter, &[UNHEARD])],
        Mistake::ErrorSwallowed => vec![checker(Refusal, &[("I6", "what was answered ok")])],
        // posting_pk or record_pk refuses what takes a number again.
        Mistake::HeadNotLocked => vec![checker(TwoWriters, &[("QUARANTINE", "violates unique constraint")])],
        Mistake::RowsReadBeforeLock => vec![checker(TwoWriters, &[("B3", ""), ("B4", ""), ("B8", "")])],
        Mistake::AnswerBeforeCommit => vec![checker(Killed, &[("I6", "what was answered ok")])],
        Mistake::CursorWithoutHash => vec![checker(Restored, &[("X4", "obligation")])],
        Mistake::ObligationsApart => vec![checker(DyingFollower, &[("X4", "it is an obligation")])],
        Mistake::ReportsApart => vec![checker(DyingFollower, &[("X1", "by now")])],
        Mistake::FreshIdOnRetry => vec![checker(LostAnswer, &[UNHEARD])],
        Mistake::RecoveryStops => vec![checker(Unreadable, &[("ENDS", "nothing is due")])],
    }
}

const fn checker(happening: Happening, broken: &'static [(&'static str, &'static str)]) -> By {
    By::Checker { happening, broken }
}

const fn prevented(happening: Happening, service: &'static str, said: &'static str) -> By {
    By::Prevented { happening, service, said }
}
