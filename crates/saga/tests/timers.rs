//! Deadlines in China Standard Time. They need no clock: every instant is written out.

use proptest::prelude::*;
use saga::{TimerError, Timers};
use standards::civil;
use time::{
    OffsetDateTime,
    macros::{date, datetime, time},
};

fn timers() -> Timers {
    Timers::new(time!(05:30), time!(06:00)).expect("the two times are in order")
}

#[test]
fn r_103_accepted_at_any_time_of_a_day_it_is_back_by_06_00_of_the_next() {
    for accepted in [datetime!(2026-01-15 06:00 +8), datetime!(2026-01-15 21:59:59.999999 +8)] {
        let deadlines = timers().deadlines(accepted).unwrap();
        assert_eq!(deadlines.claim_until, datetime!(2026-01-16 05:30 +8));
        assert_eq!(deadlines.return_by, datetime!(2026-01-16 06:00 +8));
        assert_eq!(civil::local_text(deadlines.return_by), "2026-01-16T06:00:00+08:00");
    }
}

#[test]
fn the_civil_day_counts_and_not_the_day_in_utc() {
    let deadlines = timers().deadlines(datetime!(2026-12-30 22:30 UTC)).unwrap();
    assert_eq!(deadlines.return_by, datetime!(2027-01-01 06:00 +8));
}

#[test]
fn the_last_instant_for_a_claim_is_before_the_deadline() {
    let deadlines = timers().deadlines(datetime!(2026-02-28 12:00 +8)).unwrap();
    assert!(deadlines.may_claim(datetime!(2026-03-01 05:29:59.999999 +8)));
    assert!(!deadlines.may_claim(datetime!(2026-03-01 05:30 +8)));
    assert!(deadlines.is_due_back(datetime!(2026-03-01 05:30 +8)));
}

#[test]
fn timers_out_of_order_and_the_end_of_the_calendar_are_refused() {
    assert_eq!(Timers::new(time!(06:01), time!(06:00)), Err(TimerError::OutOfOrder));
    assert!(Timers::new(time!(06:00), time!(06:00)).is_ok());
    let last = civil::instant(date!(9999 - 12 - 31), time!(12:00));
    assert_eq!(timers().deadlines(last), Err(TimerError::CalendarEnds));
}

proptest! {
    #[test]
    fn return_is_due_within_a_day_and_six_hours_of_any_acceptance(seconds in 0_i64..4_000_000_000) {
        let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let deadlines = timers().deadlines(at).unwrap();
        prop_assert_eq!(civil::clock(deadlines.return_by), time!(06:00));
        prop_assert_eq!(civil::day(deadlines.return_by), civil::day(at).next_day().unwrap());
        prop_assert!(at < deadlines.claim_until && deadlines.claim_until <= deadlines.return_by);
        prop_assert!(deadlines.return_by - at <= time::Duration::hours(30));
    }
}
