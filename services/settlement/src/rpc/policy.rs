//! `PolicyService`: the rules that this process decides by, as people read them. Every service gives the same
//! answer, because every service has the same rules.

use std::sync::Arc;

use chassis::clock::Clock;
use policy::Rules;
use proto::policy::{
    CheckAvailabilityRequest, CheckAvailabilityResponse, GetPolicyRequest, GetPolicyResponse,
    policy_service_server::{PolicyService, PolicyServiceServer},
};
use tonic::{Request, Response, Status};

use crate::convert;

/// The rules and the time for which they are asked when none is named.
#[derive(Clone)]
pub(crate) struct Policy {
    rules: Arc<Rules>,
    clock: Clock,
}

/// The service, ready to be added to an API.
pub(crate) fn policy_server(rules: Arc<Rules>, clock: Clock) -> PolicyServiceServer<Policy> {
    PolicyServiceServer::new(Policy { rules, clock }).max_decoding_message_size(chassis::serve::MAX_MESSAGE)
}

#[tonic::async_trait]
impl PolicyService for Policy {
    async fn get_policy(
        &self,
        request: Request<GetPolicyRequest>,
    ) -> Result<Response<GetPolicyResponse>, Status> {
        let (region, programme, at) = convert::question(request.get_ref(), self.clock.now())?;
        Ok(Response::new(convert::parameters(self.rules.policy(region, programme, at))))
    }

    async fn check_availability(
        &self,
        request: Request<CheckAvailabilityRequest>,
    ) -> Result<Response<CheckAvailabilityResponse>, Status> {
        let (pool, programme, at) = convert::availability(request.get_ref(), self.clock.now())?;
        Ok(Response::new(convert::available(self.rules.availability(pool, programme, at))))
    }
}
