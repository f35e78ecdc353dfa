//! Values that every reply uses: instants, programmes, decisions with their verdicts, refusals inside a resource.

use chassis::status::Refusal;
use policy::{Decision, Programme, Side, Verdict, VerdictResult};
use prost_types::Timestamp;
use proto::common as wire;
use standards::civil;
use time::OffsetDateTime;

/// An instant on the wire.
pub fn timestamp(at: OffsetDateTime) -> Timestamp {
    // Nanoseconds within a second fit any 32-bit number.
    Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap_or_default() }
}

/// An instant from the wire, cut to microseconds; `None` if there is no such time between the years 1 and 9999.
pub fn instant(time: Timestamp) -> Option<OffsetDateTime> {
    let nanos = u32::try_from(time.nanos).ok()?;
    let second = OffsetDateTime::from_unix_timestamp(time.seconds).ok()?;
    second.replace_nanosecond(nanos).ok().map(civil::micros)
}

/// A programme on the wire.
pub const fn programme(programme: Programme) -> wire::Programme {
    match programme {
        Programme::LocalRealtime => wire::Programme::LocalRealtime,
        Programme::LocalAllocation => wire::Programme::LocalAllocation,
        Programme::Wallet => wire::Programme::Wallet,
        Programme::Premium => wire::Programme::Premium,
    }
}

/// A side of a bond or transfer on the wire.
pub const fn side(side: Side) -> wire::Side {
    match side {
        Side::Sharer => wire::Side::Sharer,
        Side::Beneficiary => wire::Side::Beneficiary,
        Side::TreatmentPlace => wire::Side::TreatmentPlace,
    }
}

/// A refusal inside a resource.
pub fn refusal(refusal: &Refusal) -> wire::Refusal {
    wire::Refusal {
        side: Side::parse(&refusal.side).map_or(wire::Side::Unspecified, side).into(),
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
pub fn decision(id: String, decision: &Decision) -> wire::Decision {
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
        side: side(verdict.side).into(),
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

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_instant_comes_back_in_whole_microseconds() {
        let at = datetime!(2026-01-15 10:00:00.123456 UTC);
        assert_eq!(instant(timestamp(at)), Some(at));
        let finer = Timestamp { nanos: 123_456_789, ..timestamp(at) };
        assert_eq!(instant(finer), Some(at));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for (seconds, nanos) in [(i64::MAX, 0), (0, -1), (0, 1_000_000_000)] {
            assert_eq!(instant(Timestamp { seconds, nanos }), None, "{seconds} {nanos}");
        }
    }
}
