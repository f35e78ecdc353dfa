//! 药品追溯码: the twenty digits on one sales unit of a drug.
//!
//! The first seven name the drug. This is the form that the national platform takes; the codes of other
//! systems are refused as malformed. That a code is sold only once is for settlement to keep.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A traceability code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TraceCode([u8; 20]);

/// Why a text is not a traceability code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// Nothing was given.
    #[error("a drug traceability code is required")]
    Missing,
    /// Not twenty characters.
    #[error("a drug traceability code has twenty digits")]
    Length,
    /// Twenty characters, but not all digits.
    #[error("a drug traceability code has only digits")]
    Malformed,
}

impl TraceError {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Missing => "请填写药品追溯码",
            Self::Length => "药品追溯码长度应为20位",
            Self::Malformed => "药品追溯码只能是数字",
        }
    }
}

impl TraceCode {
    /// 药品标识码: the first seven digits.
    pub fn drug_code(&self) -> &str {
        &self.as_str()[..7]
    }

    /// The twenty digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a traceability code is digits")
    }
}

impl FromStr for TraceCode {
    type Err = TraceError;

    fn from_str(text: &str) -> Result<Self, TraceError> {
        match text.chars().count() {
            0 => Err(TraceError::Missing),
            20 if text.bytes().all(|b| b.is_ascii_digit()) => {
                text.as_bytes().try_into().map(Self).map_err(|_| TraceError::Malformed)
            }
            20 => Err(TraceError::Malformed),
            _ => Err(TraceError::Length),
        }
    }
}

impl fmt::Display for TraceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for TraceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceCode({self})")
    }
}

impl From<TraceCode> for String {
    fn from(code: TraceCode) -> Self {
        code.to_string()
    }
}

impl TryFrom<String> for TraceCode {
    type Error = TraceError;

    fn try_from(text: String) -> Result<Self, TraceError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_digits_are_a_code_and_the_first_seven_name_the_drug() {
        let code: TraceCode = "83901234567890123456".parse().expect("twenty digits");
        assert_eq!(code.drug_code(), "8390123");
        assert_eq!(code.to_string(), "83901234567890123456");
    }

    #[test]
    fn what_is_not_a_code_says_why() {
        for (text, error) in [
            ("", TraceError::Missing),
            ("8390123456789012345", TraceError::Length),
            ("839012345678901234567", TraceError::Length),
            ("8390123456789012345A", TraceError::Malformed),
            ("8390123456789012345 ", TraceError::Malformed),
            ("\u{ff18}3901234567890123456", TraceError::Malformed),
        ] {
            assert_eq!(text.parse::<TraceCode>(), Err(error), "{text:?}");
        }
    }
}
