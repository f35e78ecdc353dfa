//! Deadlines in China Standard Time, and reports to the sharer's book that come in any order.

use money::Yuan;
use proptest::prelude::*;
use saga::{DrawDue, LotState, Outcome, Reason, Sent, TimerError, Timers};
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

#[test]
fn an_answer_to_a_report_is_known_again_or_a_matter_for_a_person() {
    let open = DrawDue { hop: 0, at_sequence: 3, consumed: Yuan::from_fen(5), lot: LotState::Open };
    let never = DrawDue { consumed: Yuan::ZERO, lot: LotState::Closed, ..open };
    let done = Outcome::Done { sequence: 1, consumed: Yuan::ZERO };
    assert_eq!(open.answered(&done), Sent::Known);
    assert_eq!(open.answered(&Outcome::Undone), Sent::Park);
    assert_eq!(never.answered(&Outcome::Undone), Sent::Known);
    assert_eq!(open.answered(&Outcome::Refused(Reason::new("X"))), Sent::Park);
    assert_eq!(open.answered(&Outcome::AlreadyClaimed), Sent::Park);
    assert_eq!(open.answered(&Outcome::NotYet), Sent::Again);
    assert_eq!(open.answered(&Outcome::Unknown), Sent::Again);
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

    #[test]
    fn in_whatever_order_reports_come_the_newest_is_kept(
        mut order in Just((1..=12_i64).collect::<Vec<_>>()).prop_shuffle(),
        again in 0_usize..12,
    ) {
        order.push(order[again]);
        let report = |at_sequence| DrawDue {
            hop: 0,
            at_sequence,
            consumed: Yuan::from_fen(at_sequence * 7 % 5),
            lot: if at_sequence == 12 { LotState::Closed } else { LotState::Open },
        };
        let kept = order.iter().fold(None, |held, &at| Some(DrawDue::merge(held, report(at)))).unwrap();
        prop_assert_eq!(kept, report(12));
        prop_assert_eq!(kept.after(11), Some(kept));
        prop_assert_eq!(kept.after(12), None);
    }
}
