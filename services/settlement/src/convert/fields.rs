//! Field parsers that collect what is wrong instead of stopping at the first violation. They never repeat a value.

use chassis::status::Violations;
use money::{AmountError, Yuan};
use policy::Programme;
use prost_types::Timestamp;
use proto::{
    common::{Channel, Programme as WireProgramme},
    settlement::{InstitutionKind as WireKind, Source as WireSource, TransferState as WireState},
};
use saga::TransferState;
use standards::{
    InstitutionCode, InstitutionKind, Uscc, area::AreaError, civil, id::IdError,
    institution::InstitutionError, uscc::UsccError,
};
use time::{Date, OffsetDateTime, macros::datetime};
use tonic::Status;

use crate::transfer::Source;

/// The most characters of an assertion and of a name.
const MAX_ASSERTION: usize = 4_096;
const MAX_NAME: usize = 64;
/// Nothing is asked for an earlier time.
const EARLIEST: OffsetDateTime = datetime!(2000-01-01 00:00 +8);

/// Fields of one request under parsing.
pub(super) struct Fields(Violations);

impl Fields {
    pub(super) fn new() -> Self {
        Self(Violations::new())
    }

    /// Adds a violation.
    pub(super) fn refuse(&mut self, field: &str, reason: &str, english: &str, chinese: &str) {
        self.0.add(field, reason, english, chinese);
    }

    /// An id of any kind.
    pub(super) fn id<T>(&mut self, field: &str, parsed: Result<T, IdError>) -> Option<T> {
        parsed
            .map_err(|error| {
                let reason = match error {
                    IdError::Missing => "MISSING",
                    IdError::Malformed => "MALFORMED",
                };
                self.refuse(field, reason, &error.to_string(), error.zh());
            })
            .ok()
    }

    /// An id that may be left out.
    pub(super) fn maybe_id<T>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl Fn(&str) -> Result<T, IdError>,
    ) -> Option<Option<T>> {
        if text.is_empty() { Some(None) } else { self.id(field, parse(text)).map(Some) }
    }

    /// A pooling area, a province or a region.
    pub(super) fn area<T>(&mut self, field: &str, parsed: Result<T, AreaError>) -> Option<T> {
        parsed
            .map_err(|error| {
                let reason = match error {
                    AreaError::Missing => "MISSING",
                    AreaError::Malformed => "MALFORMED",
                    AreaError::PolicyRegion => "POLICY_REGION",
                    AreaError::Unknown => "UNKNOWN_VALUE",
                };
                self.refuse(field, reason, &error.to_string(), error.zh());
            })
            .ok()
    }

    /// An amount that moves something.
    pub(super) fn amount(&mut self, field: &str, text: &str) -> Option<Yuan> {
        Yuan::parse_positive(text)
            .map_err(|error| {
                let reason = match error {
                    AmountError::Missing => "MISSING",
                    AmountError::Malformed => "MALFORMED",
                    AmountError::Zero => "ZERO",
                };
                self.refuse(field, reason, &error.to_string(), error.zh());
            })
            .ok()
    }

    /// A value of an enum; `read` gives `None` for the zero value.
    pub(super) fn choice<W: TryFrom<i32>, T>(
        &mut self,
        field: &str,
        value: i32,
        read: impl Fn(W) -> Option<T>,
    ) -> Option<T> {
        match W::try_from(value).map(read) {
            Ok(Some(value)) => Some(value),
            Ok(None) => {
                self.refuse(field, "MISSING", "a value must be chosen", "请选择一项");
                None
            }
            Err(_) => {
                self.refuse(field, "UNKNOWN_VALUE", "this value does not exist", "没有此选项");
                None
            }
        }
    }

    pub(super) fn programme(&mut self, field: &str, value: i32) -> Option<Programme> {
        self.choice(field, value, |programme| match programme {
            WireProgramme::Unspecified => None,
            WireProgramme::LocalRealtime => Some(Programme::LocalRealtime),
            WireProgramme::LocalAllocation => Some(Programme::LocalAllocation),
            WireProgramme::Wallet => Some(Programme::Wallet),
            WireProgramme::Premium => Some(Programme::Premium),
        })
    }

    pub(super) fn source(&mut self, field: &str, value: i32) -> Option<Source> {
        self.choice(field, value, |source| match source {
            WireSource::Unspecified => None,
            WireSource::PersonalAccount => Some(Source::PersonalAccount),
            WireSource::OwnWallet => Some(Source::OwnWallet),
        })
    }

    pub(super) fn channel(&mut self, field: &str, value: i32) -> Option<Channel> {
        self.choice(field, value, |channel| (channel != Channel::Unspecified).then_some(channel))
    }

    pub(super) fn state(&mut self, field: &str, value: i32) -> Option<TransferState> {
        self.choice(field, value, |state| match state {
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
        &mut self,
        field: &str,
        value: i32,
        zero_is_any: bool,
    ) -> Option<Option<InstitutionKind>> {
        self.choice(field, value, |kind| match kind {
            WireKind::Unspecified => zero_is_any.then_some(None),
            WireKind::Hospital => Some(Some(InstitutionKind::Hospital)),
            WireKind::Pharmacy => Some(Some(InstitutionKind::Pharmacy)),
        })
    }

    pub(super) fn institution(&mut self, field: &str, text: &str) -> Option<InstitutionCode> {
        text.parse()
            .map_err(|error: InstitutionError| {
                let reason = match error {
                    InstitutionError::Missing => "MISSING",
                    InstitutionError::Malformed => "MALFORMED",
                    InstitutionError::Province => "UNKNOWN_VALUE",
                };
                self.refuse(field, reason, &error.to_string(), error.zh());
            })
            .ok()
    }

    /// A credit code that may be left out.
    pub(super) fn uscc(&mut self, field: &str, text: &str) -> Option<Option<Uscc>> {
        if text.is_empty() {
            return Some(None);
        }
        text.parse()
            .map(Some)
            .map_err(|error: UsccError| {
                let reason = match error {
                    UsccError::Missing => "MISSING",
                    UsccError::Malformed => "MALFORMED",
                    UsccError::Checksum => "BAD_CHECKSUM",
                };
                self.refuse(field, reason, &error.to_string(), error.zh());
            })
            .ok()
    }

    /// A name of 1 to 64 characters that can be printed on one line.
    pub(super) fn name(&mut self, field: &str, text: &str) -> Option<String> {
        if text.is_empty() {
            self.refuse(field, "MISSING", "a name is required", "请填写名称");
        } else if text.chars().count() > MAX_NAME {
            self.refuse(field, "TOO_LONG", "at most 64 characters", "最多64个字符");
        } else if text.trim() != text || text.chars().any(char::is_control) {
            let english = "no line breaks, control characters or blanks at the ends";
            self.refuse(field, "MALFORMED", english, "不能含有换行、控制字符或首尾空格");
        } else {
            return Some(text.to_owned());
        }
        None
    }

    /// A civil day.
    pub(super) fn day(&mut self, field: &str, text: &str) -> Option<Date> {
        if text.is_empty() {
            self.refuse(field, "MISSING", "a day is required", "请填写日期");
            return None;
        }
        let day = civil::parse_day(text);
        if day.is_none() {
            self.refuse(field, "MALFORMED", "a day is YYYY-MM-DD", "日期格式为 YYYY-MM-DD");
        }
        day
    }

    /// A civil day that may be left out.
    pub(super) fn maybe_day(&mut self, field: &str, text: &str) -> Option<Option<Date>> {
        if text.is_empty() { Some(None) } else { self.day(field, text).map(Some) }
    }

    /// Two days in order, where both are given.
    pub(super) fn in_order(&mut self, field: &str, from: Option<Date>, to: Option<Date>) {
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            self.refuse(field, "OUT_OF_ORDER", "the last day is before the first", "终止日早于起始日");
        }
    }

    /// A number that is not negative.
    pub(super) fn count(&mut self, field: &str, value: i64) -> Option<i64> {
        if value < 0 {
            self.refuse(field, "NEGATIVE", "not a negative number", "不能为负数");
            return None;
        }
        Some(value)
    }

    pub(super) fn assertion(&mut self, field: &str, text: &str) -> Option<String> {
        if text.len() > MAX_ASSERTION {
            self.refuse(field, "TOO_LONG", "at most 4096 characters", "最多4096个字符");
        } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.refuse(field, "MALFORMED", "an assertion is printable ASCII", "核验凭证格式不正确");
        } else {
            return Some(text.to_owned());
        }
        None
    }

    /// An instant, cut to microseconds.
    pub(super) fn instant(&mut self, field: &str, time: Timestamp) -> Option<OffsetDateTime> {
        let nanos = u32::try_from(time.nanos).ok();
        let at = OffsetDateTime::from_unix_timestamp(time.seconds).ok();
        let at = at.zip(nanos).and_then(|(at, nanos)| at.replace_nanosecond(nanos).ok()).map(civil::micros);
        let at = at.filter(|at| *at >= EARLIEST);
        if at.is_none() {
            self.refuse(field, "OUT_OF_RANGE", "this is no time since 2000", "时间超出范围");
        }
        at
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
