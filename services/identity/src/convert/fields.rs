//! Parsers of the fields that only identity has. They collect what is wrong and never repeat a value.

use border::fields::{Fields, Said};
use policy::{EnrolmentStatus, Scheme};
use prost_types::Timestamp;
use proto::identity as wire;
use standards::civil;
use time::{Date, Duration, OffsetDateTime, macros::date};

use crate::register::Private;

/// The earliest and the latest civil day that an enrolment may name: beyond lie only slips of the pen.
const DAYS: (Date, Date) = (date!(1949 - 10 - 01), date!(2999 - 12 - 31));

/// A personal text of its own form: at most `most` characters, each accepted by `fits`; empty is none.
pub(super) fn private(
    fields: &mut Fields,
    field: &str,
    text: String,
    most: usize,
    fits: fn(char) -> bool,
) -> Option<Private> {
    if text.chars().count() > most {
        let english = format!("at most {most} characters");
        fields.refuse(field, "TOO_LONG", &english, &format!("最多{most}个字符"));
        return None;
    }
    if !text.chars().all(fits) || text.trim() != text {
        fields.refuse(field, "MALFORMED", "this has characters that do not belong here", "含有不允许的字符");
        return None;
    }
    (!text.is_empty()).then_some(Private(text))
}

/// A civil day; `None` inside for an empty text where one is allowed.
pub(super) fn day(fields: &mut Fields, field: &str, text: &str) -> Option<Date> {
    let parsed = match text {
        "" => Err(DayError::Missing),
        _ => match civil::parse_day(text) {
            Some(day) if DAYS.0 <= day && day <= DAYS.1 => Ok(day),
            Some(_) => Err(DayError::OutOfRange),
            None => Err(DayError::Malformed),
        },
    };
    fields.take(field, parsed)
}

/// An instant that has passed, cut to microseconds. Clocks may differ by five minutes.
pub(super) fn past(
    fields: &mut Fields,
    field: &str,
    time: Option<Timestamp>,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let Some(time) = time else {
        fields.refuse(field, "MISSING", "a time is required", "请填写时间");
        return None;
    };
    match border::wire::instant(time) {
        Some(at) if at > now + Duration::minutes(5) => {
            fields.refuse(field, "IN_THE_FUTURE", "this time has not come yet", "时间不能晚于当前时间");
            None
        }
        Some(at) if civil::day(at) >= DAYS.0 => Some(at),
        _ => {
            fields.refuse(field, "OUT_OF_RANGE", "this is no time since 1949", "时间超出范围");
            None
        }
    }
}

/// A revision; 0 is any.
pub(super) fn revision(fields: &mut Fields, field: &str, revision: i64) -> Option<i64> {
    if revision < 0 {
        fields.refuse(field, "NEGATIVE", "a revision is 0 (any) or more", "版本号不能为负数");
    }
    (revision > 0).then_some(revision)
}

pub(super) fn scheme(fields: &mut Fields, field: &str, value: i32) -> Option<Scheme> {
    fields.choice(field, value, |scheme| match scheme {
        wire::Scheme::Unspecified => None,
        wire::Scheme::Employee => Some(Scheme::Employee),
        wire::Scheme::FlexibleEmployee => Some(Scheme::FlexibleEmployee),
        wire::Scheme::Resident => Some(Scheme::Resident),
        wire::Scheme::RetiredCadre => Some(Scheme::RetiredCadre),
    })
}

pub(super) fn status(fields: &mut Fields, field: &str, value: i32) -> Option<EnrolmentStatus> {
    fields.choice(field, value, |status| match status {
        wire::EnrolmentStatus::Unspecified => None,
        wire::EnrolmentStatus::Normal => Some(EnrolmentStatus::Normal),
        wire::EnrolmentStatus::Suspended => Some(EnrolmentStatus::Suspended),
        wire::EnrolmentStatus::InArrears => Some(EnrolmentStatus::InArrears),
        wire::EnrolmentStatus::Frozen => Some(EnrolmentStatus::Frozen),
        wire::EnrolmentStatus::Terminated => Some(EnrolmentStatus::Terminated),
    })
}

/// Why a text is not a civil day.
enum DayError {
    Missing,
    Malformed,
    OutOfRange,
}

impl Said for DayError {
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
