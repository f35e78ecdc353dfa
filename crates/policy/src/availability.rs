//! Where a programme is open, and since when (R-006…R-009).
//!
//! The most specific region that says anything decides; what nobody opened is closed.

use standards::{Pool, civil};
use time::{Date, OffsetDateTime};

use crate::{
    region::Region,
    rules::Rules,
    words::{Confidence, Programme},
};

/// A programme opened or closed in a region from a civil day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) programme: Programme,
    pub(crate) region: Region,
    pub(crate) open: bool,
    pub(crate) from: Date,
    pub(crate) recorded_at: OffsetDateTime,
    pub(crate) source: String,
    pub(crate) confidence: Confidence,
}

impl Opening {
    /// Two entries for the same region and day contradict or repeat each other.
    pub(crate) fn same_slot(&self, other: &Self) -> bool {
        (self.programme, self.region, self.from) == (other.programme, other.region, other.from)
    }
}

/// The answer to "is my area open?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Availability {
    /// Whether the programme may be used there at that instant.
    pub open: bool,
    /// The first civil day since when it has been open without a break.
    pub open_since: Option<Date>,
    /// The text that says so; empty if no entry speaks of the area.
    pub source: String,
    /// How well it is founded.
    pub confidence: Option<Confidence>,
}

impl Rules {
    /// Whether a programme is open in a pooling area at an instant, since when, and who says so.
    pub fn availability(&self, pool: Pool, programme: Programme, at: OffsetDateTime) -> Availability {
        let day = civil::day(at);
        for region in Region::from(pool).widening().into_iter().rev() {
            let here = |opening: &&Opening| opening.programme == programme && opening.region == region;
            let mut known: Vec<_> = self.openings.iter().filter(here).filter(|o| o.from <= day).collect();
            known.sort_by_key(|opening| opening.from);
            if let Some(last) = known.last() {
                let unbroken = known.iter().rev().take_while(|opening| opening.open);
                return Availability {
                    open: last.open,
                    open_since: unbroken.last().map(|opening| opening.from),
                    source: last.source.clone(),
                    confidence: Some(last.confidence),
                };
            }
        }
        Availability { open: false, open_since: None, source: String::new(), confidence: None }
    }
}
