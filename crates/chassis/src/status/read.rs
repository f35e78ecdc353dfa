//! Reads a status that a peer sent: its reason, and what it proves about the effect of the request.
//!
//! Only a status with our `ErrorInfo` proves anything; proxies, meshes and half-open connections speak too.

use std::{collections::HashMap, time::Duration};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{
    DOMAIN,
    language::Language,
    refusal::{Further, Refusal},
};

/// What a status tells about the request that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// Refused for ever under this id: there is no effect and there will be none.
    Refused,
    /// No effect so far; the same request stays refused until something is mended. The id is free.
    NothingStored,
    /// It may have happened or may still happen: repeat it under the same id, or close it.
    Unknown,
}

/// A status of ours, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The refusal; the text in the language that was not sent stays empty.
    pub refusal: Refusal,
    /// Field, reason, English and Chinese of each violation.
    pub violations: Vec<(String, String, String, String)>,
}

/// Takes a status of ours apart; none if it is not of our domain.
pub fn read(status: &Status) -> Option<Parsed> {
    let details = status.check_error_details().ok()?;
    let info = details.error_info().filter(|info| info.domain == DOMAIN)?;
    let of = |name: &str| info.metadata.get(name).cloned().unwrap_or_default();
    let localized = details.localized_message();
    let chinese = localized.filter(|text| text.locale == Language::Chinese.tag());
    let mut refusal = Refusal::new(
        status.code(),
        info.reason.as_str(),
        status.message(),
        chinese.map(|text| text.message.clone()).unwrap_or_default(),
    )
    .rule(of("rule"))
    .side(of("side"))
    .bound(of("limit"), of("actual"))
    .policy(of("policyVersion"), of("source"))
    .what_to_do(of("whatToDoEn"), of("whatToDoZh"));
    refusal.possible_again = instant(&info.metadata);
    refusal.retry_after = details.retry_info().and_then(|info| info.retry_delay);
    let further = details.precondition_failure().map(|failure| failure.violations.as_slice());
    refusal.further = further
        .unwrap_or_default()
        .iter()
        .map(|rule| Further {
            reason: rule.r#type.clone(),
            side: rule.subject.clone(),
            message: rule.description.clone(),
        })
        .collect();
    let fields = details.bad_request().map(|request| request.field_violations.as_slice()).unwrap_or_default();
    let violations = fields
        .iter()
        .map(|found| {
            let chinese = found.localized_message.as_ref().map(|text| text.message.clone());
            let (field, reason) = (found.field.clone(), found.reason.clone());
            (field, reason, found.description.clone(), chinese.unwrap_or_default())
        })
        .collect();
    Some(Parsed { refusal, violations })
}

fn instant(metadata: &HashMap<String, String>) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(metadata.get("possibleAgainTime")?, &Rfc3339).ok()
}

/// The reason in a status of ours; none if it is not of our domain.
pub fn reason(status: &Status) -> Option<String> {
    let info = status.get_details_error_info()?;
    (info.domain == DOMAIN).then_some(info.reason)
}

/// What a status proves. A reused id counts as unknown: something is stored under it, and only reading it
/// tells what.
pub fn certainty(status: &Status) -> Certainty {
    if reason(status).is_none() {
        return Certainty::Unknown;
    }
    match status.code() {
        Code::FailedPrecondition | Code::NotFound => Certainty::Refused,
        Code::InvalidArgument | Code::Unauthenticated | Code::PermissionDenied | Code::Aborted => {
            Certainty::NothingStored
        }
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::AlreadyExists
        | Code::ResourceExhausted
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Internal
        | Code::Unavailable
        | Code::DataLoss => Certainty::Unknown,
    }
}

impl Parsed {
    /// How long to wait before the next attempt, if the server said so.
    pub fn retry_after(&self) -> Option<Duration> {
        self.refusal.retry_after
    }
}
