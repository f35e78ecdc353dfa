//! 公民身份号码: the 18 characters of GB 11643, and the same form on residence permits for people from Hong
//! Kong, Macao and Taiwan.
//!
//! A number is parsed once at the border, as people type it. It never prints itself: `Debug` shows the mask,
//! there is no `Display` and no serde, so only [`CitizenId::number`] gives it away. That the person exists is
//! for the population register to say, not for this file.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Date, Month, macros::date};

use crate::{
    area::Province,
    typed::{is_blank, is_hyphen, plain},
};

/// Weights of the first seventeen digits (ISO 7064 MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check character of each remainder.
const CHECKS: [u8; 11] = *b"10X98765432";
/// Nobody alive was born before; an earlier year is a slip of the pen.
const EARLIEST: Date = date!(1880 - 01 - 01);

/// A checked citizen id. Equal ids are the same number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CitizenId([u8; 18]);

/// The sex that the number states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Sex {
    /// 男: the sequence is odd.
    Male,
    /// 女: the sequence is even.
    Female,
}

/// Which document carries the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CitizenIdKind {
    /// 居民身份证.
    IdCard,
    /// 港澳台居民居住证 for people from Hong Kong (810000).
    PermitHongKong,
    /// 港澳台居民居住证 for people from Macao (820000).
    PermitMacao,
    /// 港澳台居民居住证 for people from Taiwan (830000).
    PermitTaiwan,
}

/// Why a text is not a citizen id. The first problem in this order is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CitizenIdError {
    /// Nothing was given, or only blanks and hyphens.
    #[error("an id number is required")]
    Missing,
    /// A sign that no id number has, or an X before the end.
    #[error("an id number has only digits, and an X at most as its last character")]
    Characters,
    /// The old form, which is no longer valid.
    #[error("id numbers of 15 digits are no longer valid; use the 18 characters on the present id card")]
    FifteenDigits,
    /// Not eighteen characters, blanks and hyphens aside.
    #[error("an id number has 18 characters")]
    Length,
    /// The first two digits are no province.
    #[error("the first two digits of the id number are no province")]
    Province,
    /// Digits of Hong Kong, Macao or Taiwan, but not those of a residence permit.
    #[error("the number of a residence permit begins with 810000, 820000 or 830000")]
    Permit,
    /// Digits 7 to 14 are no day of the calendar.
    #[error("digits 7 to 14 of the id number are not a day of the calendar")]
    NoSuchDay,
    /// The day of birth lies before 1880.
    #[error("the day of birth in the id number lies too far back")]
    TooEarly,
    /// The day of birth has not come yet.
    #[error("the day of birth in the id number lies in the future")]
    InTheFuture,
    /// The last character does not fit the others.
    #[error("the last character of the id number does not fit the others; please check for a typing mistake")]
    Checksum,
}

impl CitizenIdError {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Missing => "请填写身份证号码",
            Self::Characters => "身份证号码只能是数字,仅最后一位可为X",
            Self::FifteenDigits => "15位身份证号码已停止使用,请填写现用身份证上的18位号码",
            Self::Length => "身份证号码应为18位",
            Self::Province => "身份证号码前两位不是有效的省级代码",
            Self::Permit => "港澳台居民居住证号码应以810000、820000或830000开头",
            Self::NoSuchDay => "身份证号码第7至14位不是有效的日期",
            Self::TooEarly => "身份证号码中的出生日期过早,请核对",
            Self::InTheFuture => "身份证号码中的出生日期不能晚于今天",
            Self::Checksum => "身份证号码校验位不符,请检查是否输入有误",
        }
    }
}

impl CitizenId {
    /// Parses what was typed: full-width digits and letters count as plain ones, a small `x` as `X`, blanks
    /// and hyphens between them are dropped. `today` is the civil day on which the number is given: nobody
    /// is born later.
    pub fn parse(text: &str, today: Date) -> Result<Self, CitizenIdError> {
        let id = eighteen(text)?;
        check_address(&id)?;
        let birth_day = day_of(&id).ok_or(CitizenIdError::NoSuchDay)?;
        if birth_day < EARLIEST {
            return Err(CitizenIdError::TooEarly);
        }
        if today < birth_day {
            return Err(CitizenIdError::InTheFuture);
        }
        if check_character(&id) == id[17] { Ok(Self(id)) } else { Err(CitizenIdError::Checksum) }
    }

    /// Whether a citizen id stands anywhere in a text, blanks and hyphens aside: for fields that must not carry one.
    pub fn is_within(text: &str) -> bool {
        let separates = |sign: &char| is_blank(*sign) || is_hyphen(*sign);
        let signs: Vec<char> = text.chars().map(plain).filter(|sign| !separates(sign)).collect();
        signs.windows(18).any(|run| {
            let run: String = run.iter().collect();
            Self::parse(&run, Date::MAX).is_ok()
        })
    }

    /// The number of somebody born on `birth_day` and registered at the six-digit `address`, with the
    /// sequence `order` (0–999, odd for men): for generators of test families.
    pub fn compose(address: u32, birth_day: Date, order: u16) -> Result<Self, CitizenIdError> {
        let (year, month, day) = birth_day.to_calendar_date();
        let text = format!("{address:06}{year:04}{:02}{day:02}{order:03}0", u8::from(month));
        let mut id: [u8; 18] = text.as_bytes().try_into().map_err(|_| CitizenIdError::Length)?;
        id[17] = check_character(&id);
        let text = std::str::from_utf8(&id).map_err(|_| CitizenIdError::Characters)?;
        Self::parse(text, birth_day)
    }

    /// The whole number. Only the vault and the index that finds it may ask.
    pub fn number(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a citizen id is digits and X")
    }

    /// What replies and logs may show: `3201**********1234`.
    pub fn masked(&self) -> String {
        let number = self.number();
        format!("{}**********{}", &number[..4], &number[14..])
    }

    /// The day of birth.
    pub fn birth_day(&self) -> Date {
        day_of(&self.0).expect("the day was checked when the number was parsed")
    }

    /// The sex.
    pub fn sex(&self) -> Sex {
        if self.0[16] % 2 == 1 { Sex::Male } else { Sex::Female }
    }

    /// Which document carries it.
    pub fn kind(&self) -> CitizenIdKind {
        match &self.0[..2] {
            b"81" => CitizenIdKind::PermitHongKong,
            b"82" => CitizenIdKind::PermitMacao,
            b"83" => CitizenIdKind::PermitTaiwan,
            _ => CitizenIdKind::IdCard,
        }
    }

    /// The province that first issued the number; `None` for a residence permit. Nobody is insured there
    /// for that.
    pub fn province(&self) -> Option<Province> {
        Province::from_code(two_digits(&self.0))
    }
}

impl fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CitizenId({})", self.masked())
    }
}

/// The eighteen characters that were meant.
fn eighteen(text: &str) -> Result<[u8; 18], CitizenIdError> {
    let meant = text.chars().filter(|sign| !is_blank(*sign) && !is_hyphen(*sign));
    // More than nineteen make it no better known what is wrong.
    let mut id = Vec::with_capacity(19);
    for sign in meant.take(19) {
        match plain(sign) {
            digit @ '0'..='9' => id.push(digit as u8),
            'x' | 'X' => id.push(b'X'),
            _ => return Err(CitizenIdError::Characters),
        }
    }
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    match id.len() {
        0 => Err(CitizenIdError::Missing),
        15 if digits(&id) => Err(CitizenIdError::FifteenDigits),
        18 if !digits(&id[..17]) => Err(CitizenIdError::Characters),
        _ => id.try_into().map_err(|_| CitizenIdError::Length),
    }
}

/// The first two digits are checked strictly, the rest softly: the code stays after a county is dissolved.
/// 66 issues no ids, its people have addresses in 65. A permit has one code for all its people.
fn check_address(id: &[u8; 18]) -> Result<(), CitizenIdError> {
    match two_digits(id) {
        71 => Err(CitizenIdError::Permit),
        81..=83 if &id[2..6] == b"0000" => Ok(()),
        81..=83 => Err(CitizenIdError::Permit),
        66 => Err(CitizenIdError::Province),
        province => Province::from_code(province).map(|_| ()).ok_or(CitizenIdError::Province),
    }
}

fn two_digits(id: &[u8; 18]) -> u8 {
    (id[0] - b'0') * 10 + (id[1] - b'0')
}

fn day_of(id: &[u8; 18]) -> Option<Date> {
    let number = |range: std::ops::Range<usize>| {
        id[range].iter().fold(0_u16, |sum, digit| sum * 10 + u16::from(digit - b'0'))
    };
    let month = u8::try_from(number(10..12)).ok().and_then(|month| Month::try_from(month).ok())?;
    Date::from_calendar_date(i32::from(number(6..10)), month, u8::try_from(number(12..14)).ok()?).ok()
}

fn check_character(id: &[u8; 18]) -> u8 {
    let sum: u32 = WEIGHTS.iter().zip(id).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
    CHECKS[(sum % 11) as usize]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TODAY: Date = date!(2026 - 01 - 15);

    #[test]
    fn only_the_mask_is_printed() {
        let id = CitizenId::compose(320_102, date!(1990 - 05 - 06), 123).expect("composed");
        assert_eq!(id.masked(), format!("3201**********{}", &id.number()[14..]));
        assert_eq!(id.masked().len(), 18);
        let printed = format!("{id:?} {:?}", Some(&id));
        assert!(!printed.contains("0219900506") && !printed.contains(id.number()), "{printed}");
    }

    #[test]
    fn a_composed_number_needs_a_place_and_a_sequence() {
        let day = date!(1990 - 05 - 06);
        assert_eq!(CitizenId::compose(710_000, day, 1), Err(CitizenIdError::Permit));
        assert_eq!(CitizenId::compose(990_000, day, 1), Err(CitizenIdError::Province));
        assert_eq!(CitizenId::compose(320_102, day, 1_000), Err(CitizenIdError::Length));
        let permit = CitizenId::compose(830_000, day, 1).expect("a residence permit");
        assert_eq!((permit.kind(), permit.province()), (CitizenIdKind::PermitTaiwan, None));
    }

    #[test]
    fn a_number_within_a_text_is_found() {
        for text in [
            "11010519491231002X",
            "身份证11010519491231002x正面",
            "NO.99 1101 0519 4912 3100 2X",
            "110105-19491231-002X",
            "００011010519491231002Ｘ",
        ] {
            assert!(CitizenId::is_within(text), "{text:?}");
        }
        for text in
            ["", "J320102-2015-001234", "110105194912310021", "12345678901234567890123456789012345678"]
        {
            assert!(!CitizenId::is_within(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn composed_numbers_are_read_back(days in 0_i32..50_000, order in 0_u16..1_000) {
            let birth_day = EARLIEST + time::Duration::days(i64::from(days));
            let id = CitizenId::compose(510_104, birth_day, order).expect("composed");
            let again = CitizenId::parse(id.number(), birth_day).expect("read back");
            prop_assert_eq!(again.birth_day(), birth_day);
            prop_assert_eq!(again.sex() == Sex::Male, order % 2 == 1);
            prop_assert_eq!(again.province().map(Province::code), Some(51));
        }

        #[test]
        fn one_wrong_digit_or_two_swapped_neighbours_are_noticed(
            days in 0_i32..50_000, order in 0_u16..1_000, at in 0_usize..17, by in 1_u8..10,
        ) {
            let birth_day = EARLIEST + time::Duration::days(i64::from(days));
            let id = CitizenId::compose(510_104, birth_day, order).expect("composed");
            let mut wrong = *id.number().as_bytes().first_chunk::<18>().expect("18 characters");
            wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
            let text = String::from_utf8(wrong.to_vec()).expect("digits");
            prop_assert!(CitizenId::parse(&text, TODAY).is_err());
            let mut swapped = id.number().as_bytes().to_vec();
            swapped.swap(at, (at + 1).min(16));
            let text = String::from_utf8(swapped).expect("digits");
            prop_assert!(text == id.number() || CitizenId::parse(&text, TODAY).is_err());
        }

        #[test]
        fn however_it_is_typed_it_is_the_same_number(
            days in 0_i32..50_000, order in 0_u16..1_000,
            typing in prop::collection::vec((any::<bool>(), 0_usize..8), 18),
        ) {
            let birth_day = EARLIEST + time::Duration::days(i64::from(days));
            let id = CitizenId::compose(110_103, birth_day, order).expect("composed");
            let gaps = ["", "", "", " ", "-", "\u{3000}", "\u{2011}", "\u{200b}"];
            let typed: String = id.number().chars().zip(typing).flat_map(|(sign, (wide, gap))| {
                let wide_sign = char::from_u32(u32::from(sign.to_ascii_lowercase()) + 0xfee0).expect("a wide sign");
                [if wide { wide_sign } else { sign }].into_iter().chain(gaps[gap].chars())
            }).collect();
            prop_assert_eq!(CitizenId::parse(&typed, birth_day), Ok(id));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,24}") {
            let _ = CitizenId::parse(&text, TODAY);
            let _ = CitizenId::is_within(&text);
        }
    }
}
