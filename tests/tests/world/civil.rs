//! Civil time by arithmetic of its own: eight hours ahead of UTC, days counted from 1970-01-01. It shares nothing
//! with the code that it judges.

use time::{Duration, OffsetDateTime};

const DAY: i64 = 86_400;
const AHEAD: i64 = 8 * 3_600;

pub(crate) const SIX: i64 = 6 * 3_600;
pub(crate) const HALF_PAST_FIVE: i64 = SIX - 1_800;
pub(crate) const TWENTY_TWO: i64 = 22 * 3_600;

/// The civil day of an instant.
pub(crate) const fn day(at: OffsetDateTime) -> i64 {
    (at.unix_timestamp() + AHEAD).div_euclid(DAY)
}

/// Seconds since civil midnight; what is less than a second is cut off.
pub(crate) const fn clock(at: OffsetDateTime) -> i64 {
    (at.unix_timestamp() + AHEAD).rem_euclid(DAY)
}

/// The instant at which a civil day shows so many seconds.
pub(crate) fn instant(day: i64, clock: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::seconds(day * DAY + clock - AHEAD)
}

/// The next instant after `at` at which the clock shows so many seconds.
pub(crate) fn next(at: OffsetDateTime, shows: i64) -> OffsetDateTime {
    let today = instant(day(at), shows);
    if today > at { today } else { instant(day(at) + 1, shows) }
}
