//! Field parsers that collect what is wrong instead of stopping at the first violation. Never repeats a value.

use chassis::status::Violations;
use policy::{EnrolmentStatus, Scheme};
use proto::identity as wire;
use standards::{
    area::AreaError,
    citizen::CitizenIdError,
    civil,
    id::IdError,
    mobile::{MobileError, NameError},
};
use time::{Date, OffsetDateTime, macros::date};
use tonic::Status;

use crate::register::Private;

/// The earliest and the latest civil day that an enrolment may name: beyond lie only slips of the pen.
const DAYS: (Date, Date) = (date!(1949 - 10 - 01), date!(2999 - 12 - 31));

/// Fields of one request under parsing.
pub(super) struct Fields(Violations);

/// A parse error that can be said to a caller.
pub(super) trait Explained {
    /// UPPER_SNAKE_CASE.
    fn reason(&self) -> &'static str;
    /// One English sentence.
    fn english(&self) -> String;
    /// One Chinese sentence.
    fn chinese(&self) -> &'static str;
}

impl Fields {
    pub(super) fn new() -> Self {
        Self(Violations::new())
    }

    /// Adds a violation.
    pub(super) fn refuse(&mut self, field: &str, reason: &str, english: &str, chinese: &str) {
        self.0.add(field, reason, english, chinese);
    }

    /// Keeps a value, or its violation.
    pub(super) fn take<T, E: Explained>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                self.0.add(field, error.reason(), error.english(), error.chinese());
                None
            }
        }
    }

    /// A personal text of its own form: at most `most` characters, each accepted by `fits`; empty is none.
    pub(super) fn private(
        &mut self,
        field: &str,
        text: String,
        most: usize,
        fits: fn(char) -> bool,
    ) -> Option<Private> {
        if text.chars().count() > most {
            let english = format!("at most {most} characters");
            self.0.add(field, "TOO_LONG", english, format!("最多{most}个字符"));
            return None;
        }
        if !text.chars().all(fits) || text.trim() != text {
            self.0.add(field, "MALFORMED", "this has characters that do not belong here", "含有不允许的字符");
            return None;
        }
        (!text.is_empty()).then_some(Private(text))
    }

    /// A civil day; `None` inside for an empty text where one is allowed.
    pub(super) fn day(&mut self, field: &str, text: &str) -> Option<Date> {
        let parsed = match text {
            "" => Err(DayError::Missing),
            _ => match civil::parse_day(text) {
                Some(day) if DAYS.0 <= day && day <= DAYS.1 => Ok(day),
                Some(_) => Err(DayError::OutOfRange),
                None => Err(DayError::Malformed),
            },
        };
        self.take(field, parsed)
    }

    /// An instant that has passed, cut to microseconds. Clocks may differ by five minutes.
    pub(super) fn past(
        &mut self,
        field: &str,
        time: Option<prost_types::Timestamp>,
        now: OffsetDateTime,
    ) -> Option<OffsetDateTime> {
        let Some(time) = time else {
            self.refuse(field, "MISSING", "a time is required", "请填写时间");
            return None;
        };
        let nanos = u32::try_from(time.nanos).ok();
        let at = OffsetDateTime::from_unix_timestamp(time.seconds).ok();
        let at = at.zip(nanos).and_then(|(at, nanos)| at.replace_nanosecond(nanos).ok()).map(civil::micros);
        match at {
            Some(at) if at > now + time::Duration::minutes(5) => {
                self.refuse(field, "IN_THE_FUTURE", "this time has not come yet", "时间不能晚于当前时间");
                None
            }
            Some(at) if civil::day(at) >= DAYS.0 => Some(at),
            _ => {
                self.refuse(field, "OUT_OF_RANGE", "this is no time since 1949", "时间超出范围");
                None
            }
        }
    }

    /// A revision; 0 is any.
    pub(super) fn revision(&mut self, field: &str, revision: i64) -> Option<i64> {
        if revision < 0 {
            self.refuse(field, "NEGATIVE", "a revision is 0 (any) or more", "版本号不能为负数");
        }
        (revision > 0).then_some(revision)
    }

    pub(super) fn scheme(&mut self, field: &str, value: i32) -> Option<Scheme> {
        let parsed = match wire::Scheme::try_from(value) {
            Ok(wire::Scheme::Employee) => Ok(Scheme::Employee),
            Ok(wire::Scheme::FlexibleEmployee) => Ok(Scheme::FlexibleEmployee),
            Ok(wire::Scheme::Resident) => Ok(Scheme::Resident),
            Ok(wire::Scheme::RetiredCadre) => Ok(Scheme::RetiredCadre),
            Ok(wire::Scheme::Unspecified) => Err(ChoiceError::Missing),
            Err(_) => Err(ChoiceError::Unknown),
        };
        self.take(field, parsed)
    }

    pub(super) fn status(&mut self, field: &str, value: i32) -> Option<EnrolmentStatus> {
        let parsed = match wire::EnrolmentStatus::try_from(value) {
            Ok(wire::EnrolmentStatus::Normal) => Ok(EnrolmentStatus::Normal),
            Ok(wire::EnrolmentStatus::Suspended) => Ok(EnrolmentStatus::Suspended),
            Ok(wire::EnrolmentStatus::InArrears) => Ok(EnrolmentStatus::InArrears),
            Ok(wire::EnrolmentStatus::Frozen) => Ok(EnrolmentStatus::Frozen),
            Ok(wire::EnrolmentStatus::Terminated) => Ok(EnrolmentStatus::Terminated),
            Ok(wire::EnrolmentStatus::Unspecified) => Err(ChoiceError::Missing),
            Err(_) => Err(ChoiceError::Unknown),
        };
        self.take(field, parsed)
    }

    /// The whole request, if nothing was wrong with it.
    ///
    /// # Errors
    /// All violations together.
    pub(super) fn finish<T>(self, whole: Option<T>) -> Result<T, Status> {
        match whole {
            Some(whole) if self.0.is_empty() => Ok(whole),
            _ => Err(self.0.into_status()),
        }
    }
}

/// Why a text is not a civil day.
enum DayError {
    Missing,
    Malformed,
    OutOfRange,
}

impl Explained for DayError {
    fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "MISSING",
            Self::Malformed => "MALFORMED",
            Self::OutOfRange => "OUT_OF_RANGE",
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Missing => "a day is required",
            Self::Malformed => "a day is written as 2026-01-15 and exists in the calendar",
            Self::OutOfRange => "this day lies before 1949 or after 2999",
        }
        .to_owned()
    }

    fn chinese(&self) -> &'static str {
        match self {
            Self::Missing => "请填写日期",
            Self::Malformed => "日期应写作 2026-01-15,且为有效日期",
            Self::OutOfRange => "日期超出范围",
        }
    }
}

/// Why a number is none of an enum's values.
enum ChoiceError {
    Missing,
    Unknown,
}

impl Explained for ChoiceError {
    fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "MISSING",
            Self::Unknown => "UNKNOWN_VALUE",
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Missing => "a value must be chosen",
            Self::Unknown => "this value does not exist",
        }
        .to_owned()
    }

    fn chinese(&self) -> &'static str {
        match self {
            Self::Missing => "请选择一项",
            Self::Unknown => "没有此选项",
        }
    }
}

macro_rules! explained {
    ($error:ty { $($pattern:pat => $reason:literal),* $(,)? }) => {
        impl Explained for $error {
            fn reason(&self) -> &'static str {
                match self {
                    $($pattern => $reason,)*
                }
            }

            fn english(&self) -> String {
                self.to_string()
            }

            fn chinese(&self) -> &'static str {
                self.zh()
            }
        }
    };
}

explained!(IdError { Self::Missing => "MISSING", Self::Malformed => "MALFORMED" });
explained!(AreaError {
    Self::Missing => "MISSING",
    Self::Malformed => "MALFORMED",
    Self::PolicyRegion => "POLICY_REGION",
    Self::Unknown => "UNKNOWN_VALUE",
});
explained!(CitizenIdError {
    Self::Missing => "MISSING",
    Self::FifteenDigits => "FIFTEEN_DIGITS",
    Self::Malformed => "MALFORMED",
    Self::Place => "UNKNOWN_PLACE",
    Self::BirthDay => "BAD_BIRTH_DAY",
    Self::Checksum => "BAD_CHECKSUM",
});
explained!(MobileError { Self::Missing => "MISSING", Self::Malformed => "MALFORMED" });
explained!(NameError {
    Self::Missing => "MISSING",
    Self::TooLong => "TOO_LONG",
    Self::Malformed => "MALFORMED",
});
