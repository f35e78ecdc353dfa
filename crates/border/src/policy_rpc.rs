//! `PolicyService`: the rules that this process decides by, as people read them. Services that are started with
//! the same rules give the same answer.

use std::sync::Arc;

use chassis::clock::Clock;
use policy::{Availability, PolicyLine, Programme, Region, Rules};
use proto::policy::{
    CheckAvailabilityRequest, CheckAvailabilityResponse, GetPolicyRequest, GetPolicyResponse, Parameter,
    policy_service_server::{PolicyService, PolicyServiceServer},
};
use standards::{Pool, civil};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};

use crate::fields::Fields;

/// The rules and the time for which they are asked when none is named.
#[derive(Clone, Debug)]
pub struct Policy {
    rules: Arc<Rules>,
    clock: Clock,
}

/// The service, ready to be added to an API.
pub fn server(rules: Arc<Rules>, clock: Clock) -> PolicyServiceServer<Policy> {
    PolicyServiceServer::new(Policy { rules, clock }).max_decoding_message_size(chassis::serve::MAX_MESSAGE)
}

#[tonic::async_trait]
impl PolicyService for Policy {
    async fn get_policy(
        &self,
        request: Request<GetPolicyRequest>,
    ) -> Result<Response<GetPolicyResponse>, Status> {
        let (region, programme, at) = question(request.get_ref(), self.clock.now())?;
        Ok(Response::new(parameters(self.rules.policy(region, programme, at))))
    }

    async fn check_availability(
        &self,
        request: Request<CheckAvailabilityRequest>,
    ) -> Result<Response<CheckAvailabilityResponse>, Status> {
        let (pool, programme, at) = availability(request.get_ref(), self.clock.now())?;
        Ok(Response::new(available(self.rules.availability(pool, programme, at))))
    }
}

/// The region, programme and instant of a question about parameters.
fn question(
    request: &GetPolicyRequest,
    now: OffsetDateTime,
) -> Result<(Region, Programme, OffsetDateTime), Status> {
    let mut fields = Fields::new();
    let region = fields.take("region", request.region.parse());
    let programme = fields.programme("programme", request.programme);
    let at = request.at_time.map_or(Some(now), |time| fields.instant("at_time", time));
    fields.finish((|| Some((region?, programme?, at?)))())
}

/// The pooling area, programme and instant of a question about an opening.
fn availability(
    request: &CheckAvailabilityRequest,
    now: OffsetDateTime,
) -> Result<(Pool, Programme, OffsetDateTime), Status> {
    let mut fields = Fields::new();
    let pool = fields.take("pooling_area", request.pooling_area.parse());
    let programme = fields.programme("programme", request.programme);
    let at = request.at_time.map_or(Some(now), |time| fields.instant("at_time", time));
    fields.finish((|| Some((pool?, programme?, at?)))())
}

/// Every parameter in force.
fn parameters(lines: Vec<PolicyLine>) -> GetPolicyResponse {
    let parameter = |line: PolicyLine| Parameter {
        name: line.name.to_owned(),
        value: line.value.unwrap_or_default(),
        from_region: line.from_region.to_string(),
        policy_version: line.policy_version,
        source: line.source,
        confidence: line.confidence.name().to_owned(),
        valid_from: civil::day_text(line.valid_from),
        last_verified_day: civil::day_text(line.last_verified_day),
    };
    GetPolicyResponse { parameters: lines.into_iter().map(parameter).collect() }
}

/// Whether an area is open.
fn available(found: Availability) -> CheckAvailabilityResponse {
    CheckAvailabilityResponse {
        open: found.open,
        open_since: found.open_since.map(civil::day_text).unwrap_or_default(),
        source: found.source,
    }
}
