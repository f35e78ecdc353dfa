//! China Standard Time, UTC+8 all year: civil days, civil clock times, and the instants between them.
//!
//! An instant is an [`OffsetDateTime`] in UTC, cut to whole microseconds (what PostgreSQL keeps). Nothing
//! here reads a clock.

use mistakes::{Mistake, made};
use time::{
    Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset, format_description::well_known::Rfc3339,
};

/// China Standard Time has no daylight saving since 1991; birth days are never instants.
pub const OFFSET: UtcOffset = match UtcOffset::from_hms(8, 0, 0) {
    Ok(offset) => offset,
    Err(_) => panic!("8 hours is an offset"),
};

/// The civil day on which an instant falls.
pub fn day(at: OffsetDateTime) -> Date {
    at.to_offset(if made(Mistake::DayOfUtc) { UtcOffset::UTC } else { OFFSET }).date()
}

/// The civil clock time of an instant.
pub fn clock(at: OffsetDateTime) -> Time {
    at.to_offset(OFFSET).time()
}

/// The instant at which a civil day shows a clock time.
pub fn instant(day: Date, clock: Time) -> OffsetDateTime {
    PrimitiveDateTime::new(day, clock).assume_offset(OFFSET).to_offset(UtcOffset::UTC)
}

/// Cuts an instant to whole microseconds, in UTC.
pub fn micros(at: OffsetDateTime) -> OffsetDateTime {
    let at = at.to_offset(UtcOffset::UTC);
    at.replace_nanosecond(at.nanosecond() / 1_000 * 1_000).unwrap_or(at)
}

/// `2026-01-16T06:00:00+08:00`, for the `*_local` fields.
pub fn local_text(at: OffsetDateTime) -> String {
    let at = at.to_offset(OFFSET);
    let at = at.replace_nanosecond(0).unwrap_or(at);
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}

/// Parses a civil day `YYYY-MM-DD`.
pub fn parse_day(text: &str) -> Option<Date> {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    (text.len() == 10).then(|| Date::parse(text, format).ok()).flatten()
}

/// Prints a civil day `YYYY-MM-DD`.
pub fn day_text(day: Date) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
}

/// The day on which somebody born on `birth_day` completes `years` years; the first of March for the 29th of
/// February in a year that has none, and the last day there is for an age beyond the calendar.
pub fn birthday(birth_day: Date, years: u32) -> Date {
    let year = i32::try_from(years).ok().and_then(|years| birth_day.year().checked_add(years));
    let Some(year) = year.filter(|year| *year <= Date::MAX.year()) else { return Date::MAX };
    let (month, day) = (birth_day.month(), birth_day.day());
    let same = Date::from_calendar_date(year, month, day);
    same.or_else(|_| Date::from_calendar_date(year, Month::March, 1)).unwrap_or(Date::MAX)
}

/// 周岁: how many years somebody has completed on a civil day; `None` before the day of birth.
pub fn age(birth_day: Date, day: Date) -> Option<u32> {
    let years = u32::try_from(day.year() - birth_day.year()).ok()?;
    if birthday(birth_day, years) <= day { Some(years) } else { years.checked_sub(1) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::{date, datetime, time};

    use super::*;

    #[test]
    fn the_civil_day_turns_at_16_00_utc() {
        assert_eq!(day(datetime!(2026-01-15 15:59:59.999999 UTC)), date!(2026 - 01 - 15));
        assert_eq!(day(datetime!(2026-01-15 16:00 UTC)), date!(2026 - 01 - 16));
        assert_eq!(clock(datetime!(2026-01-15 22:00 UTC)), time!(6:00));
        assert_eq!(instant(date!(2026 - 01 - 16), time!(6:00)), datetime!(2026-01-15 22:00 UTC));
    }

    #[test]
    fn deadlines_are_printed_in_civil_time() {
        assert_eq!(local_text(datetime!(2026-01-15 22:00:00.5 UTC)), "2026-01-16T06:00:00+08:00");
    }

    #[test]
    fn instants_are_cut_to_microseconds() {
        let cut = micros(datetime!(2026-01-15 12:00:00.123456789 +8));
        assert_eq!(cut, datetime!(2026-01-15 04:00:00.123456 UTC));
        assert_eq!(cut.offset(), UtcOffset::UTC);
    }

    #[test]
    fn a_civil_day_has_one_spelling() {
        assert_eq!(parse_day("2024-02-29"), Some(date!(2024 - 02 - 29)));
        for text in [
            "",
            "2025-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "20260116",
            "2026/01/16",
            "16-01-2026",
            "+2026-1-16",
            "2026-01-16T",
            " 2026-01-16",
            "2026-01-1\u{ff16}",
            "\u{ff12}026-1-1",
        ] {
            assert_eq!(parse_day(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_year_is_completed_on_the_birthday() {
        let born = date!(2010 - 06 - 15);
        for (day, years) in [
            (date!(2010 - 06 - 14), None),
            (date!(2010 - 06 - 15), Some(0)),
            (date!(2011 - 06 - 14), Some(0)),
            (date!(2026 - 06 - 14), Some(15)),
            (date!(2026 - 06 - 15), Some(16)),
            (date!(2009 - 12 - 31), None),
        ] {
            assert_eq!(age(born, day), years, "{day}");
        }
        let leap = date!(2012 - 02 - 29);
        assert_eq!(birthday(leap, 4), date!(2016 - 02 - 29));
        assert_eq!(birthday(leap, 16), date!(2028 - 02 - 29));
        assert_eq!(birthday(leap, 1), date!(2013 - 03 - 01));
        assert_eq!(age(leap, date!(2013 - 02 - 28)), Some(0));
        assert_eq!(birthday(leap, u32::MAX), Date::MAX);
    }

    proptest! {
        #[test]
        fn somebody_is_as_old_as_the_last_birthday_says(born in 0_i32..60_000, later in 0_i32..45_000) {
            let born = date!(1880 - 01 - 01) + time::Duration::days(i64::from(born));
            let day = born + time::Duration::days(i64::from(later));
            let years = age(born, day).expect("born already");
            prop_assert!(birthday(born, years) <= day && day < birthday(born, years + 1));
        }

        #[test]
        fn days_and_instants_are_read_back(seconds in -2_000_000_000_i64..10_000_000_000) {
            let at = OffsetDateTime::from_unix_timestamp(seconds).expect("in range");
            prop_assert_eq!(instant(day(at), clock(at)), at);
            prop_assert_eq!(parse_day(&day_text(day(at))), Some(day(at)));
            prop_assert_eq!(micros(micros(at)), micros(at));
        }
    }
}
