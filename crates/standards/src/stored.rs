//! Serde shapes of stored values: a civil day is the text `2026-01-09` in every record, whatever the `time`
//! crate would choose. It writes no other type.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use time::Date;

use crate::civil;

/// A civil day: `#[serde(with = "standards::stored::day")]`.
pub mod day {
    use super::*;

    /// Writes `YYYY-MM-DD`.
    pub fn serialize<S: Serializer>(day: &Date, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&civil::day_text(*day))
    }

    /// Reads `YYYY-MM-DD`.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
        let text = String::deserialize(from)?;
        civil::parse_day(&text).ok_or_else(|| D::Error::custom("a civil day is YYYY-MM-DD"))
    }
}

/// A civil day that may be absent; with `default` where it may be left out.
pub mod day_or_none {
    use super::*;

    /// Writes `YYYY-MM-DD` or nothing.
    pub fn serialize<S: Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
        day.map(civil::day_text).serialize(to)
    }

    /// Reads `YYYY-MM-DD` or nothing.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        let day = |text: String| {
            civil::parse_day(&text).ok_or_else(|| D::Error::custom("a civil day is YYYY-MM-DD"))
        };
        text.map(day).transpose()
    }
}
