//! Values that every reply uses.

use policy::{Decision, Programme, Side, Verdict, VerdictResult};
use prost_types::Timestamp;
use proto::common as wire;
use time::OffsetDateTime;

/// A programme on the wire.
pub(crate) const fn programme(programme: Programme) -> wire::Programme {
    match programme {
        Programme::LocalRealtime => wire::Programme::LocalRealtime,
        Programme::LocalAllocation => wire::Programme::LocalAllocation,
        Programme::Wallet => wire::Programme::Wallet,
        Programme::Premium => wire::Programme::Premium,
    }
}

/// An instant on the wire.
pub(crate) fn timestamp(at: OffsetDateTime) -> Timestamp {
    // Nanoseconds within a second fit any 32-bit number.
    Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap_or_default() }
}

fn side_named(name: &str) -> wire::Side {
    match Side::parse(name) {
        Some(side) => side_of(side),
        None => wire::Side::Unspecified,
    }
}

const fn side_of(side: Side) -> wire::Side {
    match side {
        Side::Sharer => wire::Side::Sharer,
        Side::Beneficiary => wire::Side::Beneficiary,
        Side::TreatmentPlace => wire::Side::TreatmentPlace,
    }
}

/// A refusal inside a resource.
pub(super) fn refusal(refusal: &chassis::status::Refusal) -> wire::Refusal {
    wire::Refusal {
        side: side_named(&refusal.side).into(),
        reason: refusal.reason.clone(),
        rule: refusal.rule.clone(),
        limit: refusal.limit.clone(),
        actual: refusal.actual.clone(),
        policy_version: refusal.policy_version.clone(),
        source: refusal.source.clone(),
        message_zh: refusal.message_zh.clone(),
        message_en: refusal.message_en.clone(),
        what_to_do_zh: refusal.what_to_do_zh.clone(),
        what_to_do_en: refusal.what_to_do_en.clone(),
        possible_again_time: refusal.possible_again.map(timestamp),
    }
}

/// A decision under the id of the operation that it judged.
pub(super) fn decision(id: String, decision: &Decision) -> wire::Decision {
    wire::Decision {
        decision_id: id,
        allowed: decision.allowed,
        judged_for_time: Some(timestamp(decision.judged_for)),
        verdicts: decision.verdicts.iter().map(verdict).collect(),
    }
}

fn verdict(verdict: &Verdict) -> wire::Verdict {
    wire::Verdict {
        rule: verdict.rule.to_string(),
        parameter: verdict.parameter.to_string(),
        result: match verdict.result {
            VerdictResult::Pass => wire::VerdictResult::Pass,
            VerdictResult::Fail => wire::VerdictResult::Fail,
            VerdictResult::NotApplicable => wire::VerdictResult::NotApplicable,
            VerdictResult::NotKnown => wire::VerdictResult::NotKnown,
        }
        .into(),
        side: side_of(verdict.side).into(),
        limit: verdict.limit.clone(),
        actual: verdict.actual.clone(),
        policy_version: verdict.policy_version.clone(),
        source: verdict.source.clone(),
        confidence: verdict.confidence.map(|confidence| confidence.name().to_owned()).unwrap_or_default(),
        reason: verdict.reason.map(|reason| reason.name().to_owned()).unwrap_or_default(),
        message_zh: verdict.message_zh.clone(),
        message_en: verdict.message_en.clone(),
    }
}
