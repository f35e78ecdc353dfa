//! Where a programme is open, and since when (R-006…R-009).
//!
//! The most specific region that says anything decides; what nobody opened is closed. An entry for the same day
//! that was recorded later corrects the earlier one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use standards::{Pool, civil};
use time::{Date, OffsetDateTime};

use crate::{
    region::Region,
    rules::Rules,
    when::When,
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
    /// Two entries for the same region and day, recorded at once, contradict or repeat each other.
    pub(crate) fn same_slot(&self, other: &Self) -> bool {
        (self.programme, self.region, self.from, self.recorded_at)
            == (other.programme, other.region, other.from, other.recorded_at)
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

impl fmt::Display for Availability {
    /// `OPEN since 2024-12-01 H: …`, or `CLOSED` alone where nobody speaks of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.open { "OPEN" } else { "CLOSED" })?;
        if let Some(since) = self.open_since {
            write!(f, " since {}", civil::day_text(since))?;
        }
        match self.confidence {
            Some(confidence) => write!(f, " {confidence}: {}", self.source),
            None => f.write_str(": no entry speaks of it"),
        }
    }
}

impl Rules {
    /// Whether a programme is open in a pooling area at an instant, since when, and who says so.
    pub fn availability(&self, pool: Pool, programme: Programme, when: impl Into<When>) -> Availability {
        self.availability_in(pool.into(), programme, when)
    }

    /// As [`Rules::availability`], for any policy region: what holds in it where no narrower region says otherwise.
    pub fn availability_in(
        &self,
        region: Region,
        programme: Programme,
        when: impl Into<When>,
    ) -> Availability {
        let when = when.into();
        let day = civil::day(when.at);
        for region in region.widening().into_iter().rev() {
            let mut known: BTreeMap<Date, &Opening> = BTreeMap::new();
            for opening in &self.openings {
                let here = opening.programme == programme && opening.region == region;
                if here && opening.from <= day && when.knows(opening.recorded_at) {
                    let kept = known.entry(opening.from).or_insert(opening);
                    if kept.recorded_at <= opening.recorded_at {
                        *kept = opening;
                    }
                }
            }
            if let Some((_, last)) = known.last_key_value() {
                let unbroken = known.values().rev().take_while(|opening| opening.open);
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

    /// The regions inside this one that an entry names on that day, in their order.
    pub fn named_inside(
        &self,
        region: Region,
        programme: Programme,
        when: impl Into<When>,
    ) -> BTreeSet<Region> {
        let when = when.into();
        let day = civil::day(when.at);
        let known = self.openings.iter().filter(|opening| {
            opening.programme == programme && opening.from <= day && when.knows(opening.recorded_at)
        });
        let inside = |found: &Region| *found != region && found.widening().contains(&region);
        known.map(|opening| opening.region).filter(inside).collect()
    }
}
