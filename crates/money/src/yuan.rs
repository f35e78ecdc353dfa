//! The amount type. It never wraps, never rounds and never reads a float.

use std::{fmt, str::FromStr};

use mistakes::{Mistake, made, through_float};
use serde::{Deserialize, Serialize};

/// An amount of money in fen (1 yuan = 100 fen). May be negative: balances of system accounts are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Yuan(i64);

/// A sum left the range of `i64` fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an amount left the range of 64-bit fen")]
pub struct Overflow;

/// Why a text is not an amount on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Nothing was given.
    #[error("an amount is required")]
    Missing,
    /// Not `^(0|[1-9][0-9]{0,13})(\.[0-9]{1,2})?$`.
    #[error("an amount is digits with at most 14 before and 2 after the point, such as 1200.50")]
    Malformed,
    /// Zero where something must move.
    #[error("an amount must be greater than 0.00")]
    Zero,
}

impl Overflow {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        "金额超出可表示的范围"
    }
}

impl AmountError {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Missing => "请填写金额",
            Self::Malformed => "金额只能是数字,小数点前最多14位、后最多2位,例如 1200.50",
            Self::Zero => "金额必须大于0.00",
        }
    }
}

impl Yuan {
    /// 0.00
    pub const ZERO: Self = Self(0);

    /// An amount of `fen` fen.
    pub const fn from_fen(fen: i64) -> Self {
        Self(fen)
    }

    /// The whole number of fen.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// Whether the amount is greater than zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether the amount is exactly zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, or [`Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_add(other.0).map(Self).ok_or(Overflow)
    }

    /// The difference, or [`Overflow`].
    pub fn minus(self, other: Self) -> Result<Self, Overflow> {
        self.0.checked_sub(other.0).map(Self).ok_or(Overflow)
    }

    /// The amount with its sign turned, or [`Overflow`].
    pub fn negated(self) -> Result<Self, Overflow> {
        self.0.checked_neg().map(Self).ok_or(Overflow)
    }

    /// The sum of many amounts, or [`Overflow`].
    pub fn total(amounts: impl IntoIterator<Item = Self>) -> Result<Self, Overflow> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }

    /// Parses an amount as it stands on the wire and refuses zero: most fields move money.
    pub fn parse_positive(text: &str) -> Result<Self, AmountError> {
        match Self::parse(text)? {
            Self::ZERO => Err(AmountError::Zero),
            amount => Ok(amount),
        }
    }

    /// Parses what a `net_*` field of a reply may carry: an amount, or one with a minus sign before it.
    pub fn parse_signed(text: &str) -> Result<Self, AmountError> {
        match text.strip_prefix('-') {
            // `parse_positive`, because there is no minus zero and the sign alone is not an amount.
            Some(rest) if !rest.is_empty() => {
                Self::parse_positive(rest)?.negated().map_err(|_| AmountError::Malformed)
            }
            Some(_) => Err(AmountError::Malformed),
            None => Self::parse(text),
        }
    }

    /// Parses an amount as it stands on the wire: `"1200"`, `"1200.5"` and `"1200.50"` are the same.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        if text.is_empty() {
            return Err(AmountError::Missing);
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if !digits(whole) || whole.len() > 14 || leading_zero || !digits(fraction) || fraction.len() > 2 {
            return Err(AmountError::Malformed);
        }
        let number = |part: &str| part.parse::<i64>().map_err(|_| AmountError::Malformed);
        let tens = if fraction.len() == 1 { 10 } else { 1 };
        let fen = number(whole)?
            .checked_mul(100)
            .zip(number(fraction)?.checked_mul(tens))
            .and_then(|(yuan, fen)| yuan.checked_add(fen))
            .ok_or(AmountError::Malformed)?;
        Ok(Self(if made(Mistake::AmountsAsFloat) { through_float(fen) } else { fen }))
    }
}

impl FromStr for Yuan {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        Self::parse(text)
    }
}

impl fmt::Display for Yuan {
    /// Always two decimals: `1200.50`, `-0.05`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_have_several_spellings_and_one_print() {
        for (text, fen, printed) in [
            ("0", 0, "0.00"),
            ("0.0", 0, "0.00"),
            ("0.5", 50, "0.50"),
            ("0.05", 5, "0.05"),
            ("1200", 120_000, "1200.00"),
            ("1200.5", 120_050, "1200.50"),
            ("1200.50", 120_050, "1200.50"),
            ("99999999999999.99", 9_999_999_999_999_999, "99999999999999.99"),
        ] {
            assert_eq!(Yuan::parse(text), Ok(Yuan::from_fen(fen)), "{text:?}");
            assert_eq!(Yuan::from_fen(fen).to_string(), printed);
        }
        assert_eq!(Yuan::parse("1200.5"), Yuan::parse("1200.50"));
    }

    #[test]
    fn what_is_not_an_amount_says_why() {
        assert_eq!(Yuan::parse(""), Err(AmountError::Missing));
        for text in [
            "-1",
            "+1",
            "-0",
            "00",
            "01",
            "01.00",
            "1.",
            ".5",
            ".",
            "1.234",
            "1.000",
            "1200.505",
            "1,200",
            "1 200",
            " 1",
            "1 ",
            "1e3",
            "0x10",
            "1.2.3",
            "100000000000000",
            "99999999999999999999",
            "NaN",
            "\u{ff11}",
            "1\u{ff0e}5",
            "1.\u{ff15}",
            "\u{0661}",
            "¥1",
            "1元",
        ] {
            assert_eq!(Yuan::parse(text), Err(AmountError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn zero_moves_nothing() {
        for text in ["0", "0.0", "0.00"] {
            assert_eq!(Yuan::parse_positive(text), Err(AmountError::Zero));
        }
        assert_eq!(Yuan::parse_positive("0.01"), Ok(Yuan::from_fen(1)));
        assert_eq!(Yuan::parse_positive(""), Err(AmountError::Missing));
        assert_eq!(Yuan::parse_positive("-1"), Err(AmountError::Malformed));
    }

    #[test]
    fn a_signed_amount_has_one_zero() {
        assert_eq!(Yuan::parse_signed("-418.40"), Ok(Yuan::from_fen(-41_840)));
        assert_eq!(Yuan::parse_signed("418.40"), Ok(Yuan::from_fen(41_840)));
        assert_eq!(Yuan::parse_signed("-0.00"), Err(AmountError::Zero));
        assert_eq!(Yuan::parse_signed(""), Err(AmountError::Missing));
        for text in ["-", "--1", "-+1", "- 1", "1-"] {
            assert_eq!(Yuan::parse_signed(text), Err(AmountError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn sums_stop_at_the_ends_of_the_range() {
        let (most, least, fen) = (Yuan::from_fen(i64::MAX), Yuan::from_fen(i64::MIN), Yuan::from_fen(1));
        assert_eq!(most.plus(fen), Err(Overflow));
        assert_eq!(least.minus(fen), Err(Overflow));
        assert_eq!(least.negated(), Err(Overflow));
        assert_eq!(Yuan::total([most, fen]), Err(Overflow));
        assert_eq!(Yuan::total([]), Ok(Yuan::ZERO));
        assert_eq!(least.to_string(), "-92233720368547758.08");
        assert_eq!(Yuan::from_fen(-5).to_string(), "-0.05");
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(fen in 0_i64..9_999_999_999_999_999) {
            let amount = Yuan::from_fen(fen);
            prop_assert_eq!(Yuan::parse(&amount.to_string()), Ok(amount));
            let negative = Yuan::from_fen(-fen - 1);
            prop_assert_eq!(Yuan::parse_signed(&negative.to_string()), Ok(negative));
        }

        #[test]
        fn sums_are_exact_or_refused(a: i64, b: i64) {
            let (x, y) = (Yuan::from_fen(a), Yuan::from_fen(b));
            prop_assert_eq!(x.plus(y).ok().map(Yuan::fen), a.checked_add(b));
            prop_assert_eq!(x.minus(y).ok().map(Yuan::fen), a.checked_sub(b));
            prop_assert_eq!(x.negated().ok().map(Yuan::fen), a.checked_neg());
            prop_assert_eq!(x.plus(y), y.plus(x));
            if let Ok(sum) = x.plus(y) {
                prop_assert_eq!(sum.minus(y), Ok(x));
                prop_assert_eq!(Yuan::total([x, y]), Ok(sum));
            }
            prop_assert_eq!(x < y, a < b);
        }

        #[test]
        fn only_the_wire_form_is_read(text in "[0-9.+-]{0,18}") {
            let (whole, fraction) = text.split_once('.').unwrap_or((&text, "0"));
            let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
            let right = digits(whole) && digits(fraction) && whole.len() <= 14 && fraction.len() <= 2
                && (whole == "0" || !whole.starts_with('0'));
            prop_assert_eq!(Yuan::parse(&text).is_ok(), right);
        }
    }
}
