//! Parsers of the fields that only settlement has. They collect what is wrong and never repeat a value.

use border::fields::Fields;
use proto::{
    common::Channel,
    settlement::{InstitutionKind as WireKind, Source as WireSource, TransferState as WireState},
};
use saga::TransferState;
use standards::{InstitutionKind, civil};
use time::Date;

use crate::transfer::Source;

/// The most characters of an assertion and of a name.
const MAX_ASSERTION: usize = 4_096;
const MAX_NAME: usize = 64;

pub(super) fn source(fields: &mut Fields, field: &str, value: i32) -> Option<Source> {
    fields.choice(field, value, |source| match source {
        WireSource::Unspecified => None,
        WireSource::PersonalAccount => Some(Source::PersonalAccount),
        WireSource::OwnWallet => Some(Source::OwnWallet),
    })
}

pub(super) fn channel(fields: &mut Fields, field: &str, value: i32) -> Option<Channel> {
    fields.choice(field, value, |channel| (channel != Channel::Unspecified).then_some(channel))
}

pub(super) fn state(fields: &mut Fields, field: &str, value: i32) -> Option<TransferState> {
    fields.choice(field, value, |state| match state {
        WireState::Unspecified => None,
        WireState::Accepted => Some(TransferState::Accepted),
        WireState::PendingClaim => Some(TransferState::PendingClaim),
        WireState::Claimed => Some(TransferState::Claimed),
        WireState::Closing => Some(TransferState::Closing),
        WireState::Returned => Some(TransferState::Returned),
        WireState::Refused => Some(TransferState::Refused),
    })
}

/// The kind of an institution; the zero value only where it means any.
pub(super) fn kind(
    fields: &mut Fields,
    field: &str,
    value: i32,
    zero_is_any: bool,
) -> Option<Option<InstitutionKind>> {
    fields.choice(field, value, |kind| match kind {
        WireKind::Unspecified => zero_is_any.then_some(None),
        WireKind::Hospital => Some(Some(InstitutionKind::Hospital)),
        WireKind::Pharmacy => Some(Some(InstitutionKind::Pharmacy)),
    })
}

/// A name of 1 to 64 characters that can be printed on one line.
pub(super) fn name(fields: &mut Fields, field: &str, text: &str) -> Option<String> {
    if text.is_empty() {
        fields.refuse(field, "MISSING", "a name is required", "请填写名称");
        return None;
    }
    fields.text(field, text.to_owned(), MAX_NAME)
}

/// A civil day.
pub(super) fn day(fields: &mut Fields, field: &str, text: &str) -> Option<Date> {
    if text.is_empty() {
        fields.refuse(field, "MISSING", "a day is required", "请填写日期");
        return None;
    }
    let day = civil::parse_day(text);
    if day.is_none() {
        fields.refuse(field, "MALFORMED", "a day is YYYY-MM-DD", "日期格式为 YYYY-MM-DD");
    }
    day
}

/// A civil day that may be left out.
pub(super) fn maybe_day(fields: &mut Fields, field: &str, text: &str) -> Option<Option<Date>> {
    if text.is_empty() { Some(None) } else { day(fields, field, text).map(Some) }
}

/// Two days in order, where both are given.
pub(super) fn in_order(fields: &mut Fields, field: &str, from: Option<Date>, to: Option<Date>) {
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        fields.refuse(field, "OUT_OF_ORDER", "the last day is before the first", "终止日早于起始日");
    }
}

/// A number that is not negative.
pub(super) fn count(fields: &mut Fields, field: &str, value: i64) -> Option<i64> {
    if value < 0 {
        fields.refuse(field, "NEGATIVE", "not a negative number", "不能为负数");
        return None;
    }
    Some(value)
}

pub(super) fn assertion(fields: &mut Fields, field: &str, text: &str) -> Option<String> {
    if text.len() > MAX_ASSERTION {
        fields.refuse(field, "TOO_LONG", "at most 4096 characters", "最多4096个字符");
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        fields.refuse(field, "MALFORMED", "an assertion is printable ASCII", "核验凭证格式不正确");
    } else {
        return Some(text.to_owned());
    }
    None
}
