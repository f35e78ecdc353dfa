//! For which moment something is judged, and what was known then.
//!
//! It never reads a clock: both come from the caller.

use standards::civil;
use time::{Duration, OffsetDateTime};

use crate::rules::Rules;

/// The time of an event and, where it differs from "everything", the time up to which rules were recorded.
///
/// A version that was recorded later, with whatever first day, does not change what was decided before: whoever
/// judges a stored decision again names the instant at which it was made as `known`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    pub(crate) at: OffsetDateTime,
    pub(crate) known: Option<OffsetDateTime>,
}

impl When {
    /// An event judged with every rule that is known.
    pub fn at(at: OffsetDateTime) -> Self {
        Self { at: civil::micros(at), known: None }
    }

    /// An event judged with the rules that were recorded up to an instant, itself included.
    pub fn known_at(at: OffsetDateTime, known: OffsetDateTime) -> Self {
        Self { at: civil::micros(at), known: Some(civil::micros(known)) }
    }

    /// With every rule that is known, whenever the event is.
    pub(crate) const fn always() -> Self {
        Self { at: OffsetDateTime::UNIX_EPOCH, known: None }
    }

    /// Whether something recorded then is to be used.
    pub(crate) fn knows(self, recorded_at: OffsetDateTime) -> bool {
        self.known.is_none_or(|known| recorded_at <= known)
    }
}

impl From<OffsetDateTime> for When {
    fn from(at: OffsetDateTime) -> Self {
        Self::at(at)
    }
}

impl Rules {
    /// The instant through which these rules were recorded: whatever is decided with all of them is judged again alike
    /// with this as the instant of knowledge, when more is known. That is not yet all that was recorded elsewhere by
    /// the time of the decision: a process knows the files that it was started with.
    pub fn recorded_through(&self) -> OffsetDateTime {
        let versions = self.versions().iter().map(|version| version.recorded_at);
        let openings = self.openings.iter().map(|opening| opening.recorded_at);
        let last = versions.chain(openings).max().unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let whole = civil::micros(last);
        // Rounded down it would leave out the last of them.
        if whole < last { whole + Duration::MICROSECOND } else { whole }
    }
}
