//! What the rest of the product asks of an amount: its sign, and what a text says. Arithmetic is tested beside it.

use money::{AmountError, Yuan};
use proptest::prelude::*;

#[test]
fn an_amount_is_read_from_its_text_or_refused_with_the_reason() {
    for (text, fen) in [
        ("0", 0),
        ("0.00", 0),
        ("0.01", 1),
        ("0.1", 10),
        ("1", 100),
        ("1200.5", 120_050),
        ("1200.50", 120_050),
        ("2000.00", 200_000),
        ("99999999999999.99", 9_999_999_999_999_999),
    ] {
        assert_eq!(text.parse(), Ok(Yuan::from_fen(fen)), "{text:?}");
    }
    assert_eq!("".parse::<Yuan>(), Err(AmountError::Missing));
    for text in ["-1", "+1", "01", ".5", "1.", "1.005", "1,200", " 1", "1e3", "100000000000000", "一"] {
        assert_eq!(text.parse::<Yuan>(), Err(AmountError::Malformed), "{text:?}");
    }
}

#[test]
fn only_zero_is_zero_and_only_more_than_zero_is_positive() {
    for (fen, zero, positive) in [
        (i64::MIN, false, false),
        (-100, false, false),
        (-1, false, false),
        (0, true, false),
        (1, false, true),
        (100, false, true),
        (i64::MAX, false, true),
    ] {
        let amount = Yuan::from_fen(fen);
        assert_eq!((amount.is_zero(), amount.is_positive()), (zero, positive), "{fen}");
    }
    assert!(Yuan::ZERO.is_zero() && Yuan::default().is_zero());
}

proptest! {
    #[test]
    fn an_amount_is_zero_positive_or_owed_and_only_one_of_them(fen: i64) {
        let amount = Yuan::from_fen(fen);
        prop_assert_eq!(amount.is_positive(), amount > Yuan::ZERO);
        prop_assert_eq!(amount.is_zero(), amount == Yuan::ZERO);
        let owed = amount.minus(Yuan::from_fen(1)).map_or(true, |less| less < Yuan::ZERO && !less.is_positive());
        prop_assert_eq!(owed, fen <= 0);
    }

    #[test]
    fn whatever_is_read_from_a_text_is_what_parse_reads(text in "[0-9]{0,3}\\.?[0-9]{0,3}") {
        prop_assert_eq!(text.parse::<Yuan>(), Yuan::parse(&text));
    }
}
