//! Parsers of the fields that only identity has. They collect what is wrong and never repeat a value.

use border::fields::{Fields, Said};
use policy::{BenefitKind, EnrolmentStatus, Scheme};
use prost_types::Timestamp;
use proto::{common, identity as wire};
use standards::{CitizenId, civil};
use time::{Date, Duration, OffsetDateTime, macros::date};

use crate::{command::Document, person::FilingKind, register::Private};

/// The most documents that one request names.
const MAX_DOCUMENTS: usize = 10;

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

/// A first and a last civil day, the last one open if its text is empty.
pub(super) fn period(
    fields: &mut Fields,
    names: [&str; 2],
    texts: [&str; 2],
) -> (Option<Date>, Option<Date>) {
    let from = day(fields, names[0], texts[0]);
    let to = if texts[1].is_empty() { None } else { day(fields, names[1], texts[1]) };
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        fields.refuse(
            names[1],
            "BEFORE_FIRST_DAY",
            "the last day lies before the first",
            "终止日不能早于起始日",
        );
    }
    (from, to)
}

/// A civil day that has come.
pub(super) fn past_day(fields: &mut Fields, field: &str, text: &str, today: Date) -> Option<Date> {
    let day = day(fields, field, text)?;
    if day > today {
        fields.refuse(field, "IN_THE_FUTURE", "this day has not come yet", "日期不能晚于今天");
        return None;
    }
    Some(day)
}

/// A text in the caller's words that must not carry an id number.
pub(super) fn words(fields: &mut Fields, field: &str, text: String, most: usize) -> Option<String> {
    let text = fields.text(field, text, most)?;
    if CitizenId::is_within(&text) {
        fields.refuse(field, "ID_NUMBER", "no id number may stand here", "此处不能填写身份证号码");
        return None;
    }
    Some(text)
}

/// Documents that were seen.
pub(super) fn documents(
    fields: &mut Fields,
    field: &str,
    documents: &[wire::Document],
) -> Option<Vec<Document>> {
    if documents.len() > MAX_DOCUMENTS {
        fields.refuse(field, "TOO_MANY", "at most 10 documents", "证明材料最多10份");
        return None;
    }
    let mut read = Vec::with_capacity(documents.len());
    for (at, document) in documents.iter().enumerate() {
        let kind = fields.take(&format!("{field}[{at}].kind"), document.kind.parse());
        let reference = fields.take(&format!("{field}[{at}].reference"), document.reference.parse());
        read.extend(kind.zip(reference).map(|(kind, reference)| Document { kind, reference }));
    }
    (read.len() == documents.len()).then_some(read)
}

/// 办理渠道, by its name.
pub(super) fn channel(fields: &mut Fields, field: &str, value: i32) -> Option<String> {
    fields.choice(field, value, |channel: common::Channel| match channel {
        common::Channel::Unspecified => None,
        named => Some(named.as_str_name().trim_start_matches("CHANNEL_").to_owned()),
    })
}

pub(super) fn benefit_kind(fields: &mut Fields, field: &str, value: i32) -> Option<BenefitKind> {
    fields.choice(field, value, |kind| match kind {
        wire::BenefitKind::Unspecified => None,
        wire::BenefitKind::ChronicOutpatient => Some(BenefitKind::ChronicOutpatient),
        wire::BenefitKind::SpecialOutpatient => Some(BenefitKind::SpecialOutpatient),
        wire::BenefitKind::RetiredCadre => Some(BenefitKind::RetiredCadre),
        wire::BenefitKind::DisabledSoldier16 => Some(BenefitKind::DisabledSoldier),
        wire::BenefitKind::MedicalAssistance => Some(BenefitKind::MedicalAssistance),
        wire::BenefitKind::Destitute => Some(BenefitKind::Destitute),
        wire::BenefitKind::Orphan => Some(BenefitKind::Orphan),
        wire::BenefitKind::LowIncome => Some(BenefitKind::LowIncome),
    })
}

pub(super) fn filing_kind(fields: &mut Fields, field: &str, value: i32) -> Option<FilingKind> {
    fields.choice(field, value, |kind| match kind {
        wire::RemoteCareKind::Unspecified => None,
        wire::RemoteCareKind::LongTerm => Some(FilingKind::LongTerm),
        wire::RemoteCareKind::Temporary => Some(FilingKind::Temporary),
    })
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
