//! 公民身份号码: the 18 characters of GB 11643, and the same form on residence permits for people from Hong
//! Kong, Macao and Taiwan.
//!
//! A number is parsed once at the border. It never prints itself: `Debug` shows the mask, there is no
//! `Display` and no serde, so only [`CitizenId::number`] gives it away. That the person exists is for the
//! population register to say, not for this file.

use std::fmt;

use time::{Date, Month, macros::date};

use crate::area::Province;

/// Weights of the first seventeen digits (ISO 7064 MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// The check character of each remainder.
const CHECKS: [u8; 11] = *b"10X98765432";
/// Nobody alive was born before; an earlier year is a slip of the pen.
const EARLIEST: Date = date!(1880 - 01 - 01);
/// Address codes on residence permits: Hong Kong, Macao, Taiwan.
const PERMITS: [&[u8]; 3] = [b"810000", b"820000", b"830000"];

/// A checked citizen id. Equal ids are the same number.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CitizenId([u8; 18]);

/// The sex that the number states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// 男: the sequence is odd.
    Male,
    /// 女: the sequence is even.
    Female,
}

/// Why a text is not a citizen id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CitizenIdError {
    /// Nothing was given.
    #[error("an id number is required")]
    Missing,
    /// The old form, which is no longer valid.
    #[error("id numbers of 15 digits are no longer valid; use the 18 characters on the present id card")]
    FifteenDigits,
    /// Not 17 digits and a digit or X.
    #[error("an id number is 17 digits and a last character that is a digit or X")]
    Malformed,
    /// The first digits are no province and no residence permit.
    #[error("the first six digits of the id number are no place that issues id numbers")]
    Place,
    /// Digits 7 to 14 are no day, lie in the future or before 1880.
    #[error("digits 7 to 14 of the id number are not a possible day of birth")]
    BirthDay,
    /// The last character does not fit the others.
    #[error("the last character of the id number does not fit the others; please check for a typing mistake")]
    Checksum,
}

impl CitizenIdError {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Missing => "请填写身份证号码",
            Self::FifteenDigits => "15位身份证号码已停止使用,请填写现用身份证上的18位号码",
            Self::Malformed => "身份证号码应为17位数字加1位校验码(数字或X)",
            Self::Place => "身份证号码前六位不是有效的地址码",
            Self::BirthDay => "身份证号码第7至14位不是有效的出生日期",
            Self::Checksum => "身份证号码校验位不符,请检查是否输入有误",
        }
    }
}

impl CitizenId {
    /// Parses what stands on the wire; a small `x` becomes `X`. `today` is the civil day on which the
    /// number is given: nobody is born later.
    pub fn parse(text: &str, today: Date) -> Result<Self, CitizenIdError> {
        if text.is_empty() {
            return Err(CitizenIdError::Missing);
        }
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        if text.len() == 15 && digits(text.as_bytes()) {
            return Err(CitizenIdError::FifteenDigits);
        }
        let mut id: [u8; 18] = text.as_bytes().try_into().map_err(|_| CitizenIdError::Malformed)?;
        if id[17] == b'x' {
            id[17] = b'X';
        }
        if !digits(&id[..17]) || !(id[17] == b'X' || id[17].is_ascii_digit()) {
            return Err(CitizenIdError::Malformed);
        }
        if !issues_ids(&id[..6]) {
            return Err(CitizenIdError::Place);
        }
        let birth_day = day_of(&id).ok_or(CitizenIdError::BirthDay)?;
        if birth_day < EARLIEST || today < birth_day {
            return Err(CitizenIdError::BirthDay);
        }
        if check_character(&id) == id[17] { Ok(Self(id)) } else { Err(CitizenIdError::Checksum) }
    }

    /// The number of somebody born on `birth_day` and registered at the six-digit `address`, with the
    /// sequence `order` (0–999, odd for men): for generators of test families.
    pub fn compose(address: u32, birth_day: Date, order: u16) -> Result<Self, CitizenIdError> {
        let (year, month, day) = birth_day.to_calendar_date();
        let text = format!("{address:06}{year:04}{:02}{day:02}{order:03}0", u8::from(month));
        let mut id: [u8; 18] = text.as_bytes().try_into().map_err(|_| CitizenIdError::Malformed)?;
        id[17] = check_character(&id);
        let text = std::str::from_utf8(&id).map_err(|_| CitizenIdError::Malformed)?;
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
}

impl fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CitizenId({})", self.masked())
    }
}

/// The first two digits are checked strictly, the rest softly: the code stays after a county is dissolved.
/// 66 issues no ids, its people have addresses in 65.
fn issues_ids(address: &[u8]) -> bool {
    let province = (address[0] - b'0') * 10 + (address[1] - b'0');
    PERMITS.contains(&address) || (province != 66 && Province::from_code(province).is_some())
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
    fn published_vectors_are_accepted() {
        for (text, birth_day, sex) in [
            ("11010519491231002X", date!(1949 - 12 - 31), Sex::Female),
            ("440524188001010014", date!(1880 - 01 - 01), Sex::Male),
            ("810000199408230021", date!(1994 - 08 - 23), Sex::Female),
            ("34052419800101001X", date!(1980 - 01 - 01), Sex::Male),
        ] {
            let id = CitizenId::parse(text, TODAY).expect(text);
            assert_eq!((id.number(), id.birth_day(), id.sex()), (text, birth_day, sex));
        }
    }

    #[test]
    fn a_small_x_is_the_same_number() {
        let small = CitizenId::parse("34052419800101001x", TODAY);
        assert_eq!(small, CitizenId::parse("34052419800101001X", TODAY));
        assert_eq!(small.map(|id| id.number().ends_with('X')), Ok(true));
    }

    #[test]
    fn what_is_not_a_number_says_why() {
        for (text, error) in [
            ("", CitizenIdError::Missing),
            ("340524800101001", CitizenIdError::FifteenDigits),
            ("34052480010100X", CitizenIdError::Malformed),
            ("3405241980010100", CitizenIdError::Malformed),
            ("34052419800101001XX", CitizenIdError::Malformed),
            ("34052419800101001Y", CitizenIdError::Malformed),
            ("X4052419800101001X", CitizenIdError::Malformed),
            (" 4052419800101001X", CitizenIdError::Malformed),
            ("\u{ff13}40524198001", CitizenIdError::Malformed),
            ("\u{ff13}4052419800101", CitizenIdError::Malformed),
            ("\u{ff13}40524198001010", CitizenIdError::Malformed),
            ("710000199408230021", CitizenIdError::Place),
            ("810100199408230021", CitizenIdError::Place),
            ("660100199408230021", CitizenIdError::Place),
            ("990524198001010019", CitizenIdError::Place),
            ("340524198002300014", CitizenIdError::BirthDay),
            ("340524198013010014", CitizenIdError::BirthDay),
            ("340524198000010014", CitizenIdError::BirthDay),
            ("340524187912310014", CitizenIdError::BirthDay),
            ("340524202601160014", CitizenIdError::BirthDay),
            ("340524198001010012", CitizenIdError::Checksum),
        ] {
            assert_eq!(CitizenId::parse(text, TODAY), Err(error), "{text:?}");
        }
    }

    #[test]
    fn nobody_is_born_after_the_day_on_which_the_number_is_given() {
        let child = CitizenId::compose(320_102, TODAY, 21).expect("born today");
        assert_eq!(CitizenId::parse(child.number(), TODAY), Ok(child.clone()));
        let yesterday = date!(2026 - 01 - 14);
        assert_eq!(CitizenId::parse(child.number(), yesterday), Err(CitizenIdError::BirthDay));
    }

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
        assert_eq!(CitizenId::compose(710_000, day, 1), Err(CitizenIdError::Place));
        assert_eq!(CitizenId::compose(320_102, day, 1_000), Err(CitizenIdError::Malformed));
        assert!(CitizenId::compose(830_000, day, 1).is_ok(), "a residence permit");
    }

    proptest! {
        #[test]
        fn composed_numbers_are_read_back(days in 0_i32..50_000, order in 0_u16..1_000) {
            let birth_day = EARLIEST + time::Duration::days(i64::from(days));
            let id = CitizenId::compose(510_104, birth_day, order).expect("composed");
            let again = CitizenId::parse(id.number(), birth_day).expect("read back");
            prop_assert_eq!(again.birth_day(), birth_day);
            prop_assert_eq!(again.sex() == Sex::Male, order % 2 == 1);
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
        fn no_text_makes_it_panic(text in ".{0,24}") {
            let _ = CitizenId::parse(&text, TODAY);
        }
    }
}
