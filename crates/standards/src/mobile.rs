//! 手机号码 and names of people: the two personal facts beside the id number, with their masks.
//!
//! Neither prints itself: `Debug` shows the mask, there is no `Display` and no serde. Whether the person
//! may be called or named to somebody is not decided here.

use std::{fmt, str::FromStr};

/// A mainland mobile number, `^1[3-9]\d{9}$`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mobile(String);

/// Why a text is not a mobile number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MobileError {
    /// Nothing was given.
    #[error("a mobile number is required")]
    Missing,
    /// Not `^1[3-9]\d{9}$`.
    #[error("a mobile number is eleven digits beginning with 13 to 19")]
    Malformed,
}

/// The name of a person: 1 to 64 characters, none of them blank at the ends or invisible.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonName(String);

/// Why a text is not a person's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given.
    #[error("a name is required")]
    Missing,
    /// More than 64 characters.
    #[error("a name has at most 64 characters")]
    TooLong,
    /// Control characters, or blanks at the ends.
    #[error("a name has no control characters and no blanks at its ends")]
    Malformed,
}

impl MobileError {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Missing => "请填写手机号码",
            Self::Malformed => "手机号码应为11位数字,以13至19开头",
        }
    }
}

impl NameError {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Missing => "请填写姓名",
            Self::TooLong => "姓名最多64个字",
            Self::Malformed => "姓名不能含控制字符,首尾不能有空格",
        }
    }
}

impl Mobile {
    /// The whole number.
    pub fn number(&self) -> &str {
        &self.0
    }

    /// What replies and logs may show: `138****5678`.
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.0[..3], &self.0[7..])
    }
}

impl PersonName {
    /// The whole name.
    pub fn full(&self) -> &str {
        &self.0
    }

    /// What replies and logs may show: `张*芳`, `李*`.
    pub fn masked(&self) -> String {
        let length = self.0.chars().count();
        let hidden = |at: usize| if length > 2 { 0 < at && at + 1 < length } else { at + 1 == length };
        self.0.chars().enumerate().map(|(at, letter)| if hidden(at) { '*' } else { letter }).collect()
    }
}

impl FromStr for Mobile {
    type Err = MobileError;

    fn from_str(text: &str) -> Result<Self, MobileError> {
        match text.as_bytes() {
            [] => Err(MobileError::Missing),
            [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9 && rest.iter().all(u8::is_ascii_digit) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(MobileError::Malformed),
        }
    }
}

impl FromStr for PersonName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.chars().count() {
            0 => Err(NameError::Missing),
            1..=64 if text.trim() == text && !text.chars().any(char::is_control) => Ok(Self(text.to_owned())),
            1..=64 => Err(NameError::Malformed),
            _ => Err(NameError::TooLong),
        }
    }
}

impl fmt::Debug for Mobile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mobile({})", self.masked())
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonName({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mobile_number_prints_only_its_mask() {
        let mobile: Mobile = "13812345678".parse().expect("a number");
        assert_eq!((mobile.number(), mobile.masked().as_str()), ("13812345678", "138****5678"));
        assert_eq!(format!("{mobile:?}"), "Mobile(138****5678)");
    }

    #[test]
    fn what_is_not_a_mobile_number_says_why() {
        assert_eq!("".parse::<Mobile>(), Err(MobileError::Missing));
        for text in [
            "12812345678",
            "1381234567",
            "138123456789",
            "+8613812345678",
            "1381234567a",
            "\u{ff11}3812345678",
            "1",
        ] {
            assert_eq!(text.parse::<Mobile>(), Err(MobileError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn a_name_prints_only_its_mask() {
        for (name, masked) in [
            ("张桂芳", "张*芳"),
            ("李娜", "李*"),
            ("欧阳小明", "欧**明"),
            ("黄", "*"),
            ("买买提·吐尔逊", "买*****逊"),
        ] {
            let name: PersonName = name.parse().expect("a name");
            assert_eq!(name.masked(), masked);
            assert!(!format!("{name:?}").contains(name.full()));
        }
    }

    #[test]
    fn what_is_not_a_name_says_why() {
        assert_eq!("".parse::<PersonName>(), Err(NameError::Missing));
        assert_eq!("李".repeat(65).parse::<PersonName>(), Err(NameError::TooLong));
        assert!("李".repeat(64).parse::<PersonName>().is_ok());
        for text in [" 李娜", "李娜 ", "李\n娜", "李\0娜", " "] {
            assert_eq!(text.parse::<PersonName>(), Err(NameError::Malformed), "{text:?}");
        }
    }
}
