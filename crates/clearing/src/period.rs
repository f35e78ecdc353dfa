//! The months in which obligations are counted.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::Date;

/// 清算期: a civil month, written `2026-01`. Ordered by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Period {
    year: u16,
    month: u8,
}

/// A text or a day is no period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a period is a month such as 2026-01, in the years 1 to 9999")]
pub struct PeriodError;

impl Period {
    fn new(year: u16, month: u8) -> Result<Self, PeriodError> {
        let possible = (1..=9_999).contains(&year) && (1..=12).contains(&month);
        possible.then_some(Self { year, month }).ok_or(PeriodError)
    }

    /// The month of a civil day.
    pub fn of(day: Date) -> Result<Self, PeriodError> {
        let year = u16::try_from(day.year()).map_err(|_| PeriodError)?;
        Self::new(year, u8::from(day.month()))
    }

    /// The month after this one.
    pub fn next(self) -> Result<Self, PeriodError> {
        if self.month == 12 { Self::new(self.year + 1, 1) } else { Self::new(self.year, self.month + 1) }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let (year, month) = text.split_once('-').ok_or(PeriodError)?;
        let number = |part: &str, length: usize| -> Result<u16, PeriodError> {
            let digits = part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
            if digits { part.parse().map_err(|_| PeriodError) } else { Err(PeriodError) }
        };
        let month = u8::try_from(number(month, 2)?).map_err(|_| PeriodError)?;
        Self::new(number(year, 4)?, month)
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl TryFrom<String> for Period {
    type Error = PeriodError;

    fn try_from(text: String) -> Result<Self, PeriodError> {
        text.parse()
    }
}
