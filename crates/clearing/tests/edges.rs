//! The edges of periods, obligations and stored positions: where a month ends, where a sign turns, and from which
//! number on records count. Sums are the other file's.

use clearing::{
    Category, Impossible, LegId, NotOwed, Obligation, Pair, Period, PeriodError, Position, Positions, Source,
};
use money::Yuan;
use proptest::prelude::*;
use standards::{BookId, PaymentId, Pool, RefundId};
use time::{Date, Month, macros::date};
use uuid::Uuid;

fn pool(code: u32) -> Pool {
    Pool::from_code(code).expect("a pool of the list")
}

fn period(text: &str) -> Period {
    text.parse().expect("a month")
}

fn sources() -> [(Source, i64); 3] {
    let id = Uuid::from_u128(7);
    [
        (Source::Payment(PaymentId::new(id)), 1),
        (Source::Refund(RefundId::new(id)), -1),
        (Source::Reversal(PaymentId::new(id)), -1),
    ]
}

fn obligation(source: Source, fen: i64, sequence: i64) -> Obligation {
    Obligation {
        leg: LegId { book: BookId::first_of(pool(510_100).province()), source, number: 1 },
        debtor: pool(320_100),
        creditor: pool(510_100),
        amount: Yuan::from_fen(fen),
        category: Category::Outpatient,
        sequence,
        day: date!(2026 - 01 - 15),
        period: period("2026-01"),
    }
}

#[test]
fn the_month_after_a_month_is_the_next_one_of_its_year_or_january() {
    for (month, next) in [
        ("2026-01", "2026-02"),
        ("2026-02", "2026-03"),
        ("2026-10", "2026-11"),
        ("2026-11", "2026-12"),
        ("2026-12", "2027-01"),
        ("0001-01", "0001-02"),
        ("9999-11", "9999-12"),
    ] {
        assert_eq!(period(month).next(), Ok(period(next)), "{month}");
    }
    assert_eq!(period("9999-12").next(), Err(PeriodError));
}

#[test]
fn a_leg_is_owed_with_one_fen_of_the_right_sign_and_never_with_none() {
    for (source, sign) in sources() {
        let owed = obligation(source, sign, 1);
        assert_eq!(owed.checked(), Ok(owed));
        for fen in [0, -sign] {
            assert_eq!(obligation(source, fen, 1).checked(), Err(NotOwed::WrongSign), "{source:?} {fen}");
        }
    }
}

#[test]
fn records_count_from_1() {
    for (source, sign) in sources() {
        for sequence in [1, 2, i64::MAX] {
            let owed = obligation(source, sign, sequence);
            assert_eq!(owed.checked(), Ok(owed));
        }
        for sequence in [0, -1, i64::MIN] {
            assert_eq!(obligation(source, sign, sequence).checked(), Err(NotOwed::NoSequence), "{sequence}");
        }
    }
}

#[test]
fn a_stored_position_has_no_negative_part() {
    let stored = |gross, refunded, legs| {
        Position::stored(Yuan::from_fen(gross), Yuan::from_fen(refunded), legs).map(|sum| sum.net().fen())
    };
    for (gross, refunded, legs, net) in
        [(0, 0, 0, 0), (1, 0, 1, 1), (0, 1, 1, -1), (5, 7, 2, -2), (i64::MAX, i64::MAX, i64::MAX, 0)]
    {
        assert_eq!(stored(gross, refunded, legs), Ok(net), "{gross} {refunded} {legs}");
    }
    for (gross, refunded, legs) in [(-1, 0, 0), (0, -1, 0), (0, 0, -1), (i64::MIN, 0, 0), (-1, -1, -1)] {
        assert_eq!(stored(gross, refunded, legs), Err(Impossible), "{gross} {refunded} {legs}");
    }
}

proptest! {
    #[test]
    fn the_next_period_is_the_month_of_the_day_after_the_last(day in 0_i64..3_000_000) {
        let first = date!(0001 - 01 - 01);
        let day = first.checked_add(time::Duration::days(day)).expect("within the calendar");
        let last = day.replace_day(day.month().length(day.year())).expect("a month has a last day");
        let month = Period::of(day).expect("a month of the common era");
        prop_assert_eq!(Period::of(last), Ok(month));
        let after = last.next_day().map(Period::of).expect("within the calendar");
        prop_assert_eq!(month.next(), after);
        prop_assert!(month.next().is_ok_and(|next| next > month));
        prop_assert_eq!(month.to_string().parse(), Ok(month));
    }

    #[test]
    fn twelve_months_on_the_year_is_one_more(year in 1_i32..9_999, month in 1_u8..=12) {
        let month = Month::try_from(month).expect("one of twelve");
        let of = |year| Date::from_calendar_date(year, month, 1).map(Period::of).expect("a first day");
        let later = (0..12).try_fold(of(year).expect("a year in range"), |period, _| period.next());
        prop_assert_eq!(later, of(year + 1));
    }

    #[test]
    fn a_position_is_stored_as_it_was_summed(amounts in prop::collection::vec(-9_999_i64..9_999, 0..40)) {
        let key = Pair { period: period("2026-01"), debtor: pool(320_100), creditor: pool(510_100) };
        let mut positions = Positions::default();
        for fen in &amounts {
            let source = if *fen < 0 { sources()[1].0 } else { sources()[0].0 };
            positions.fold(&obligation(source, *fen, 1)).expect("small amounts");
        }
        let sum = positions.get(key);
        prop_assert_eq!(Position::stored(sum.gross(), sum.refunded(), sum.leg_count()), Ok(sum));
        prop_assert_eq!(sum.net().fen(), amounts.iter().sum::<i64>());
        prop_assert_eq!(sum.gross().fen(), amounts.iter().filter(|fen| **fen > 0).sum::<i64>());
        prop_assert_eq!(sum.leg_count(), i64::try_from(amounts.len()).expect("few"));
    }
}
