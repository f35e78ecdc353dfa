//! 人员编号 (psn_no): the number under which the national platform knows an insured person.
//!
//! It is personal: `Debug` shows the mask, there is no `Display` and no serde. It has no check digit, and
//! nothing here says whom it belongs to.

use std::{fmt, str::FromStr};

/// The most characters that the platform takes.
const MOST: usize = 30;

/// An insured person's number: 1 to 30 digits and letters, mostly twenty digits beginning with a province.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PsnNo(String);

/// Why a text is not an insured person's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PsnError {
    /// Nothing was given.
    #[error("an insured person's number is required")]
    Missing,
    /// More than 30 characters.
    #[error("an insured person's number has at most 30 characters")]
    TooLong,
    /// Not only digits and letters.
    #[error("an insured person's number has only digits and letters")]
    Malformed,
}

impl PsnError {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Missing => "请填写人员编号",
            Self::TooLong => "人员编号最多30位",
            Self::Malformed => "人员编号只能是数字和字母",
        }
    }
}

impl PsnNo {
    /// The whole number.
    pub fn number(&self) -> &str {
        &self.0
    }

    /// What replies and logs may show: `43****3675`; nothing of a short one.
    pub fn masked(&self) -> String {
        match self.0.len() {
            ..=8 => "****".to_owned(),
            length => format!("{}****{}", &self.0[..2], &self.0[length - 4..]),
        }
    }
}

impl FromStr for PsnNo {
    type Err = PsnError;

    fn from_str(text: &str) -> Result<Self, PsnError> {
        match text.chars().count() {
            0 => Err(PsnError::Missing),
            1..=MOST if text.bytes().all(|sign| sign.is_ascii_alphanumeric()) => Ok(Self(text.to_owned())),
            1..=MOST => Err(PsnError::Malformed),
            _ => Err(PsnError::TooLong),
        }
    }
}

impl fmt::Debug for PsnNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PsnNo({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_prints_only_its_mask() {
        let number: PsnNo = "43000020100030375675".parse().expect("a number");
        assert_eq!((number.number(), number.masked().as_str()), ("43000020100030375675", "43****5675"));
        assert_eq!(format!("{number:?}"), "PsnNo(43****5675)");
        assert_eq!("12345678".parse().map(|number: PsnNo| number.masked()), Ok("****".to_owned()));
    }

    #[test]
    fn what_is_not_a_number_says_why() {
        for (text, error) in [
            ("", PsnError::Missing),
            ("3200-1", PsnError::Malformed),
            (" 3200", PsnError::Malformed),
            ("３２00", PsnError::Malformed),
            ("3200编号", PsnError::Malformed),
            ("1234567890123456789012345678901", PsnError::TooLong),
            ("号号号号号号号号号号号号号号号号号号号号号号号号号号号号号号号", PsnError::TooLong),
        ] {
            assert_eq!(text.parse::<PsnNo>(), Err(error), "{text:?}");
        }
        assert!("A".repeat(30).parse::<PsnNo>().is_ok());
    }
}
