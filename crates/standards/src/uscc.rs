//! 统一社会信用代码: the eighteen characters of GB 32100 that name an organisation.
//!
//! The last character checks the others. Whether the organisation exists is not known here.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Digits and capital letters without I, O, S, V and Z; a character's place is its value.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// A unified social credit code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Uscc([u8; 18]);

/// Why a text is not a unified social credit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsccError {
    /// Nothing was given.
    #[error("a unified social credit code is required")]
    Missing,
    /// Not eighteen characters of the alphabet.
    #[error("a unified social credit code is eighteen digits and capital letters without I, O, S, V and Z")]
    Malformed,
    /// The last character does not fit the others.
    #[error("the last character of the unified social credit code does not fit the others")]
    Checksum,
}

impl UsccError {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Missing => "请填写统一社会信用代码",
            Self::Malformed => "统一社会信用代码为18位数字和大写字母(不含I、O、S、V、Z)",
            Self::Checksum => "统一社会信用代码校验位不符,请检查是否输入有误",
        }
    }
}

impl Uscc {
    /// The eighteen characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a credit code is of its alphabet")
    }
}

fn value(character: u8) -> Option<usize> {
    ALPHABET.iter().position(|known| *known == character)
}

/// The check of the first seventeen characters: each is weighed with the next power of 3 modulo 31.
fn check(code: &[u8; 18]) -> Option<u8> {
    let mut weight = 1;
    let mut sum = 0;
    for character in &code[..17] {
        sum += value(*character)? * weight;
        weight = weight * 3 % 31;
    }
    Some(ALPHABET[(31 - sum % 31) % 31])
}

impl FromStr for Uscc {
    type Err = UsccError;

    fn from_str(text: &str) -> Result<Self, UsccError> {
        if text.is_empty() {
            return Err(UsccError::Missing);
        }
        let code: [u8; 18] = text.as_bytes().try_into().map_err(|_| UsccError::Malformed)?;
        let (expected, _) = check(&code).zip(value(code[17])).ok_or(UsccError::Malformed)?;
        if expected == code[17] { Ok(Self(code)) } else { Err(UsccError::Checksum) }
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uscc({self})")
    }
}

impl From<Uscc> for String {
    fn from(code: Uscc) -> Self {
        code.to_string()
    }
}

impl TryFrom<String> for Uscc {
    type Error = UsccError;

    fn try_from(text: String) -> Result<Self, UsccError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_codes_are_accepted() {
        for text in ["91350100M000100Y43", "91110000600037341L"] {
            assert_eq!(text.parse::<Uscc>().map(|code| code.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn any_other_last_character_is_refused() {
        for last in ALPHABET.iter().filter(|last| **last != b'3') {
            let text = format!("91350100M000100Y4{}", char::from(*last));
            assert_eq!(text.parse::<Uscc>(), Err(UsccError::Checksum), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_code_says_why() {
        for (text, error) in [
            ("", UsccError::Missing),
            ("91350100M000100Y4", UsccError::Malformed),
            ("91350100M000100Y433", UsccError::Malformed),
            ("91350100M000100y43", UsccError::Malformed),
            ("9135010OM000100Y43", UsccError::Malformed),
            ("91350100M000100Y4Z", UsccError::Malformed),
            ("19350100M000100Y43", UsccError::Checksum),
        ] {
            assert_eq!(text.parse::<Uscc>(), Err(error), "{text:?}");
        }
    }
}
