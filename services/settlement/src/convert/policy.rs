//! Questions about the rules, and the rules as replies.

use policy::{Availability, PolicyLine, Programme, Region};
use proto::policy as wire;
use standards::{Pool, civil};
use time::OffsetDateTime;
use tonic::Status;

use super::fields::Fields;

/// The region, programme and instant of a question about parameters.
///
/// # Errors
/// All violations together.
pub(crate) fn question(
    request: &wire::GetPolicyRequest,
    now: OffsetDateTime,
) -> Result<(Region, Programme, OffsetDateTime), Status> {
    let mut fields = Fields::new();
    let region = fields.area("region", request.region.parse());
    let programme = fields.programme("programme", request.programme);
    let at = request.at_time.map_or(Some(now), |time| fields.instant("at_time", time));
    fields.finish((|| Some((region?, programme?, at?)))())
}

/// The pooling area, programme and instant of a question about an opening.
///
/// # Errors
/// All violations together.
pub(crate) fn availability(
    request: &wire::CheckAvailabilityRequest,
    now: OffsetDateTime,
) -> Result<(Pool, Programme, OffsetDateTime), Status> {
    let mut fields = Fields::new();
    let pool = fields.area("pooling_area", request.pooling_area.parse());
    let programme = fields.programme("programme", request.programme);
    let at = request.at_time.map_or(Some(now), |time| fields.instant("at_time", time));
    fields.finish((|| Some((pool?, programme?, at?)))())
}

/// Every parameter in force.
pub(crate) fn parameters(lines: Vec<PolicyLine>) -> wire::GetPolicyResponse {
    let parameter = |line: PolicyLine| wire::Parameter {
        name: line.name.to_owned(),
        value: line.value.unwrap_or_default(),
        from_region: line.from_region.to_string(),
        policy_version: line.policy_version,
        source: line.source,
        confidence: line.confidence.name().to_owned(),
        valid_from: civil::day_text(line.valid_from),
        last_verified_day: civil::day_text(line.last_verified_day),
    };
    wire::GetPolicyResponse { parameters: lines.into_iter().map(parameter).collect() }
}

/// Whether an area is open.
pub(crate) fn available(found: Availability) -> wire::CheckAvailabilityResponse {
    wire::CheckAvailabilityResponse {
        open: found.open,
        open_since: found.open_since.map(civil::day_text).unwrap_or_default(),
        source: found.source,
    }
}
