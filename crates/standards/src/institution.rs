//! 定点医药机构编码: the twelve characters of a designated hospital or pharmacy.
//!
//! A letter, a six-digit region and a five-digit sequence; there is no check digit. Whether the institution
//! exists, is open or takes the wallet is for the directory to say.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::area::Province;

/// The code of a designated institution, such as `H41130200746`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct InstitutionCode([u8; 12]);

/// What the letter of the code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InstitutionKind {
    /// 定点医疗机构 (`H`)
    Hospital,
    /// 定点零售药店 (`P`)
    Pharmacy,
}

/// Why a text is not an institution's code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InstitutionError {
    /// Nothing was given.
    #[error("an institution code is required")]
    Missing,
    /// Not `^[HP]\d{11}$`.
    #[error("an institution code is H or P and eleven digits, such as H51010400123")]
    Malformed,
    /// The first two digits are no province.
    #[error("the first two digits of the institution code are no province")]
    Province,
}

impl InstitutionError {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Missing => "请填写定点医药机构编码",
            Self::Malformed => "定点医药机构编码为H或P加11位数字,例如 H51010400123",
            Self::Province => "定点医药机构编码的前两位数字不是省级代码",
        }
    }
}

impl InstitutionCode {
    /// Whether it is a hospital or a pharmacy.
    pub const fn kind(self) -> InstitutionKind {
        if self.0[0] == b'H' { InstitutionKind::Hospital } else { InstitutionKind::Pharmacy }
    }

    /// The six digits of the region after the letter, often a county: not a pooling area.
    pub fn region(self) -> u32 {
        self.0[1..7].iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    }

    /// The province of the region.
    pub fn province(self) -> Province {
        u8::try_from(self.region() / 10_000)
            .ok()
            .and_then(Province::from_code)
            .expect("the province was checked when the code was parsed")
    }

    /// The twelve characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("an institution code is a letter and digits")
    }
}

impl FromStr for InstitutionCode {
    type Err = InstitutionError;

    fn from_str(text: &str) -> Result<Self, InstitutionError> {
        if text.is_empty() {
            return Err(InstitutionError::Missing);
        }
        let code: [u8; 12] = text.as_bytes().try_into().map_err(|_| InstitutionError::Malformed)?;
        if !matches!(code[0], b'H' | b'P') || !code[1..].iter().all(u8::is_ascii_digit) {
            return Err(InstitutionError::Malformed);
        }
        let province = (code[1] - b'0') * 10 + (code[2] - b'0');
        Province::from_code(province).map(|_| Self(code)).ok_or(InstitutionError::Province)
    }
}

impl fmt::Display for InstitutionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for InstitutionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InstitutionCode({self})")
    }
}

impl From<InstitutionCode> for String {
    fn from(code: InstitutionCode) -> Self {
        code.to_string()
    }
}

impl TryFrom<String> for InstitutionCode {
    type Error = InstitutionError;

    fn try_from(text: String) -> Result<Self, InstitutionError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seen_codes_are_accepted() {
        for (text, kind, region) in [
            ("H41130200746", InstitutionKind::Hospital, 411_302),
            ("H46010500002", InstitutionKind::Hospital, 460_105),
            ("P51010400001", InstitutionKind::Pharmacy, 510_104),
            ("P66010000001", InstitutionKind::Pharmacy, 660_100),
        ] {
            let code: InstitutionCode = text.parse().expect(text);
            assert_eq!((code.to_string().as_str(), code.kind(), code.region()), (text, kind, region));
            assert_eq!(u32::from(code.province().code()), region / 10_000);
        }
    }

    #[test]
    fn what_is_not_a_code_says_why() {
        for (text, error) in [
            ("", InstitutionError::Missing),
            ("H4113020074", InstitutionError::Malformed),
            ("H411302007460", InstitutionError::Malformed),
            ("h41130200746", InstitutionError::Malformed),
            ("X41130200746", InstitutionError::Malformed),
            ("H4113O200746", InstitutionError::Malformed),
            ("H4113", InstitutionError::Malformed),
            ("H99130200746", InstitutionError::Province),
            ("P00130200746", InstitutionError::Province),
        ] {
            assert_eq!(text.parse::<InstitutionCode>(), Err(error), "{text:?}");
        }
    }
}
