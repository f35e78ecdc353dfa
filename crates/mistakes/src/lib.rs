//! Mistakes that this code does not make, built in where it could: a test has one of them made and shows that it is
//! noticed. A check that never fails proves nothing.
//!
//! A process makes the one that `GONGJI_MISTAKE` names, a test the one that it chose with [`make`]. Builds without
//! debug assertions contain none of it: there [`made`] is false when it is compiled.

/// Names the mistakes once.
macro_rules! mistakes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),* $(,)?) => {
        /// What can be done wrong. Each says what goes wrong when it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mistake {
            $($(#[$doc])* $variant,)*
        }

        impl Mistake {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in the environment.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

mistakes! {
    /// An amount on the wire goes through a floating-point number: some lose a fen.
    AmountsAsFloat = "amounts-as-float",
    /// The civil day is that of UTC: what happens before 08:00 counts for the day before.
    DayOfUtc = "day-of-utc",
    /// 22:00 itself is still inside the window of transfers.
    WindowClosesLate = "window-closes-late",
    /// A transfer counts only those that were stored before its batch: several at once pass the day's limit.
    CountBeforeBatch = "count-before-batch",
    /// A transfer that a book refused keeps the day's slot.
    RefusalKeepsSlot = "refusal-keeps-slot",
    /// The answer to a step is taken whatever the transfer has become meanwhile: a process that slept turns it back.
    StaleAnswerTaken = "stale-answer-taken",
    /// The earmark is released although the beneficiary's book says that the lot was claimed.
    ReleaseDespiteClaim = "release-despite-claim",
    /// A grant that comes again grants again.
    GrantAgain = "grant-again",
    /// A lot is claimed whatever its state: one that went back is opened.
    ClosedLotClaimed = "closed-lot-claimed",
    /// A lot is returned whatever its state: one that was claimed is taken from the beneficiary.
    OpenLotReturned = "open-lot-returned",
    /// A report about a lot is taken however old it is: money that was drawn is released.
    OldReportTaken = "old-report-taken",
    /// A report is added to what was consumed before, and not put in its place.
    ReportAdded = "report-added",
    /// A report of the end releases all that the sharer's book still holds, and not what its figure leaves.
    RemainderReleased = "remainder-released",
    /// More can be refunded than was paid.
    RefundNotCapped = "refund-not-capped",
    /// A leg is owed in the open period and in the next one.
    LegInTwoPeriods = "leg-in-two-periods",
    /// Ids of requests are not remembered: a repeat is done again.
    RequestForgotten = "request-forgotten",
    /// An error while a batch is stored is dropped: the commit commits nothing, and the callers hear that it is done.
    ErrorSwallowed = "error-swallowed",
    /// The head is read and not locked: two writers take the same numbers.
    HeadNotLocked = "head-not-locked",
    /// The rows are read in a snapshot from before the lock: what another writer stored meanwhile is overwritten.
    RowsReadBeforeLock = "rows-read-before-lock",
    /// A batch does not hash its records into the chain.
    LinkSkipped = "link-skipped",
    /// Callers are answered before the commit.
    AnswerBeforeCommit = "answer-before-commit",
    /// A feed goes on after a cursor whose hash it does not know.
    CursorWithoutHash = "cursor-without-hash",
    /// One method is open to every role.
    MethodForAll = "method-for-all",
    /// Obligations are stored in a transaction of their own, after the cursor.
    ObligationsApart = "obligations-apart",
    /// What must be told about lots is stored in a transaction of its own, after the cursor.
    ReportsApart = "reports-apart",
    /// A step whose answer was lost is asked for again under another id.
    FreshIdOnRetry = "fresh-id-on-retry",
    /// Whoever takes up work stops at the first row that cannot be read.
    RecoveryStops = "recovery-stops",
}

impl Mistake {
    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mistake| mistake.name() == name)
    }
}

/// Whether this mistake is to be made here. Never in a release build.
#[cfg(not(debug_assertions))]
pub const fn made(_: Mistake) -> bool {
    false
}

#[cfg(debug_assertions)]
pub use self::armed::{made, make};

/// An amount of fen after a detour through a floating-point number of yuan.
#[allow(clippy::float_arithmetic, reason = "this is the mistake")]
pub fn through_float(fen: i64) -> i64 {
    (fen as f64 / 100.0 * 100.0) as i64
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::Mistake;

    /// The variable that names the mistake; empty for none.
    const VARIABLE: &str = "GONGJI_MISTAKE";
    const NONE: u8 = u8::MAX;
    const UNREAD: u8 = u8::MAX - 1;

    static CHOICE: AtomicU8 = AtomicU8::new(UNREAD);

    /// Has this process make a mistake from now on, or none.
    pub fn make(which: Option<Mistake>) {
        CHOICE.store(which.map_or(NONE, |which| which as u8), Ordering::Relaxed);
    }

    /// Whether this mistake is to be made here.
    pub fn made(which: Mistake) -> bool {
        match CHOICE.load(Ordering::Relaxed) {
            UNREAD => {
                make(named(&std::env::var(VARIABLE).unwrap_or_default()));
                made(which)
            }
            choice => choice == which as u8,
        }
    }

    fn named(name: &str) -> Option<Mistake> {
        assert!(
            name.is_empty() || Mistake::named(name).is_some(),
            "{VARIABLE}: nobody knows the mistake {name:?}"
        );
        Mistake::named(name)
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    #[test]
    fn one_mistake_is_made_at_a_time() {
        for mistake in Mistake::ALL {
            assert_eq!(Mistake::named(mistake.name()), Some(*mistake));
            make(Some(*mistake));
            assert!(Mistake::ALL.iter().all(|other| made(*other) == (other == mistake)));
        }
        make(None);
        assert!(!Mistake::ALL.iter().any(|mistake| made(*mistake)));
    }

    #[test]
    fn a_float_loses_a_fen_of_some_amounts() {
        let lost: Vec<i64> = (1..2_000).filter(|fen| through_float(*fen) != *fen).collect();
        assert!(!lost.is_empty() && lost.len() < 1_000, "{lost:?}");
    }
}
