//! A share of an amount, such as 60 % of a balance, and the ratio of two amounts.
//!
//! The arithmetic is exact on integers; the caller names the rounding, and a product that does not fit is
//! refused. No float, and no rounding inside `rust_decimal`.

use rust_decimal::Decimal;

use crate::yuan::{Overflow, Yuan};

/// What happens to a part of a fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Towards zero: a quota never grows by rounding.
    Down,
    /// Away from zero: a threshold never shrinks by rounding.
    Up,
    /// 四舍五入: to the nearest fen, half a fen away from zero.
    Nearest,
}

/// `ratio` × `amount`, rounded to whole fen.
pub fn share(amount: Yuan, ratio: Decimal, rounding: Rounding) -> Result<Yuan, Overflow> {
    let product = i128::from(amount.fen()).checked_mul(ratio.mantissa()).ok_or(Overflow)?;
    let unit = 10_i128.pow(ratio.scale());
    let (fen, part) = (product / unit, product % unit);
    let away = match rounding {
        Rounding::Down => false,
        Rounding::Up => part != 0,
        Rounding::Nearest => part.abs() >= unit - part.abs(),
    };
    let fen = if away { fen + product.signum() } else { fen };
    i64::try_from(fen).map(Yuan::from_fen).map_err(|_| Overflow)
}

/// `part` as a ratio of `whole` with at most 28 digits, for reports and warnings such as 90 % of a
/// prepayment; `None` when `whole` is zero. To compare with a limit exactly, compare amounts with [`share`].
pub fn of(part: Yuan, whole: Yuan) -> Option<Decimal> {
    Decimal::from(part.fen()).checked_div(Decimal::from(whole.fen()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shared(fen: i64, ratio: &str, rounding: Rounding) -> Result<i64, Overflow> {
        share(Yuan::from_fen(fen), ratio.parse().expect("a decimal"), rounding).map(Yuan::fen)
    }

    #[test]
    fn the_caller_chooses_the_rounding() {
        for (fen, ratio, down, up, nearest) in [
            (120_000, "0.6", 72_000, 72_000, 72_000),
            (101, "0.7", 70, 71, 71),
            (1, "0.5", 0, 1, 1),
            (-1, "0.5", 0, -1, -1),
            (1, "0.49", 0, 1, 0),
            (-101, "0.7", -70, -71, -71),
            (100, "1.5", 150, 150, 150),
            (100, "-0.1", -10, -10, -10),
            (0, "0.6", 0, 0, 0),
            (i64::MAX, "1", i64::MAX, i64::MAX, i64::MAX),
        ] {
            assert_eq!(shared(fen, ratio, Rounding::Down), Ok(down), "{fen} × {ratio} down");
            assert_eq!(shared(fen, ratio, Rounding::Up), Ok(up), "{fen} × {ratio} up");
            assert_eq!(shared(fen, ratio, Rounding::Nearest), Ok(nearest), "{fen} × {ratio} nearest");
        }
    }

    #[test]
    fn nothing_is_rounded_before_the_end() {
        // A decimal product would have 29 digits and round to 1 fen too many.
        assert_eq!(shared(100_000, "0.9999999999999999999999999999", Rounding::Down), Ok(99_999));
    }

    #[test]
    fn a_share_that_does_not_fit_is_refused() {
        assert_eq!(shared(i64::MAX, "2", Rounding::Down), Err(Overflow));
        assert_eq!(shared(i64::MAX, "79228162514264337593543950335", Rounding::Down), Err(Overflow));
        assert_eq!(shared(i64::MIN, "-1", Rounding::Down), Err(Overflow));
    }

    #[test]
    fn a_ratio_needs_a_whole() {
        let yuan = Yuan::from_fen;
        assert_eq!(of(yuan(90), yuan(100)), Some("0.9".parse().expect("a decimal")));
        assert_eq!(of(yuan(1), Yuan::ZERO), None);
        assert_eq!(of(Yuan::ZERO, yuan(100)), Some(Decimal::ZERO));
    }

    proptest! {
        #[test]
        fn roundings_differ_by_one_fen_at_most(fen in -9_999_999_999_i64..=9_999_999_999, parts in 0_i64..=10_000) {
            let ratio = Decimal::new(parts, 4);
            let [down, up, nearest] = [Rounding::Down, Rounding::Up, Rounding::Nearest]
                .map(|rounding| share(Yuan::from_fen(fen), ratio, rounding).expect("small").fen());
            let exact = i128::from(fen) * i128::from(parts);
            prop_assert!(i128::from(down).abs() * 10_000 <= exact.abs());
            prop_assert!(i128::from(up).abs() * 10_000 >= exact.abs());
            prop_assert!((up - down).abs() <= 1);
            prop_assert!((i128::from(nearest) * 10_000 - exact).abs() <= 5_000);
        }
    }
}
