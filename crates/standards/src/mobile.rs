//! 手机号码 and names of people: the two personal facts beside the id number, with their masks.
//!
//! Neither prints itself: `Debug` shows the mask, there is no `Display` and no serde. Whether the person
//! may be called or named to somebody is not decided here.

use std::{fmt, str::FromStr};

use crate::typed::plain;

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

/// The name of a person: 1 to 64 letters of any script, with single dots, blanks, hyphens or apostrophes
/// between them: 张桂芳, 买买提·吐尔逊, MARIA DA SILVA-COSTA. Full-width letters and the many dots that are typed
/// for `·` are stored as the plain ones, so that one name is one text.
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
    /// Something between the letters stands at an end, or twice in a row.
    #[error(
        "a name begins and ends with a letter and has single dots, blanks or hyphens only between letters"
    )]
    Malformed,
    /// A digit, a symbol or something invisible.
    #[error("a name has letters, and between them dots, blanks, hyphens or apostrophes; nothing else")]
    Sign,
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
            Self::Malformed => "姓名首尾应为文字,间隔号、空格、连字符不能在首尾或连续出现",
            Self::Sign => "姓名只能含文字、间隔号、空格、连字符和撇号",
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
            0 => return Err(NameError::Missing),
            1..=64 => {}
            _ => return Err(NameError::TooLong),
        }
        let name: String = text.chars().map(stored).collect();
        let mut after_letter = false;
        for sign in name.chars() {
            match Sign::of(sign).ok_or(NameError::Sign)? {
                Sign::Letter => after_letter = true,
                // The dot of an initial may be followed by a blank: J. R. SMITH.
                Sign::Between if after_letter => after_letter = sign == '.',
                Sign::Between => return Err(NameError::Malformed),
            }
        }
        // A dot may end a name too: SMITH JR.
        if after_letter { Ok(Self(name)) } else { Err(NameError::Malformed) }
    }
}

/// What a sign is in a name.
#[derive(Clone, Copy)]
enum Sign {
    Letter,
    Between,
}

impl Sign {
    fn of(sign: char) -> Option<Self> {
        match sign {
            // Characters without a code point of their own have long stood in the private range, on id cards
            // too; accents may stand after their letter.
            '\u{e000}'..='\u{f8ff}' | '\u{300}'..='\u{36f}' => Some(Self::Letter),
            '〇' => Some(Self::Letter),
            letter if letter.is_alphabetic() => Some(Self::Letter),
            '·' | ' ' | '-' | '\'' | '.' => Some(Self::Between),
            _ => None,
        }
    }
}

/// The sign under which a typed one is stored.
fn stored(sign: char) -> char {
    match plain(sign) {
        '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22c5}' | '\u{30fb}' | '\u{ff65}' | '\u{387}' => '·',
        '\u{2018}' | '\u{2019}' | '\u{2bc}' => '\'',
        '\u{2010}' | '\u{2011}' => '-',
        '\u{a0}' => ' ',
        sign => sign,
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
    fn a_name_prints_only_its_mask() {
        let name: PersonName = "张桂芳".parse().expect("a name");
        assert_eq!(format!("{name:?}"), "PersonName(张*芳)");
    }
}
