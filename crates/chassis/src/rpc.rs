//! The development clock over gRPC: local mode only, so that a story can be played at any hour.
//!
//! It moves this process's clock forwards and nothing else; whoever plays a story moves all services.

use prost_types::Timestamp;
use proto::dev::{
    GetClockRequest, GetClockResponse, SetClockRequest, SetClockResponse,
    clock_service_server::{ClockService, ClockServiceServer},
};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};

use crate::{
    clock::{Clock, local},
    status::Violations,
};

/// The service, ready to be added to an API.
pub fn clock_server(clock: Clock) -> ClockServiceServer<ClockRpc> {
    ClockServiceServer::new(ClockRpc { clock })
}

/// Answers for the clock of this process.
#[derive(Clone, Debug)]
pub struct ClockRpc {
    clock: Clock,
}

#[tonic::async_trait]
impl ClockService for ClockRpc {
    async fn get_clock(&self, _: Request<GetClockRequest>) -> Result<Response<GetClockResponse>, Status> {
        let now = self.clock.now();
        Ok(Response::new(GetClockResponse {
            civil_time: Some(timestamp(now)),
            civil_time_local: local(now),
            wall_time: Some(timestamp(self.clock.wall())),
        }))
    }

    async fn set_clock(
        &self,
        request: Request<SetClockRequest>,
    ) -> Result<Response<SetClockResponse>, Status> {
        let at = instant(request.into_inner().civil_time)?;
        if let Err(backwards) = self.clock.shift_to(at) {
            let mut violations = Violations::new();
            violations.add("civil_time", "BEFORE_NOW", backwards.to_string(), "时钟只能向前调整");
            return Err(violations.into_status());
        }
        let now = self.clock.now();
        tracing::info!(civil_time = local(now), "the clock was moved");
        Ok(Response::new(SetClockResponse { civil_time: Some(timestamp(now)), civil_time_local: local(now) }))
    }
}

fn instant(time: Option<Timestamp>) -> Result<OffsetDateTime, Status> {
    let mut violations = Violations::new();
    let Some(time) = time else {
        violations.add("civil_time", "MISSING", "a time is required", "请填写时间");
        return Err(violations.into_status());
    };
    let seconds = OffsetDateTime::from_unix_timestamp(time.seconds).ok();
    let nanos = u32::try_from(time.nanos).ok();
    seconds.zip(nanos).and_then(|(at, nanos)| at.replace_nanosecond(nanos).ok()).ok_or_else(|| {
        violations.add("civil_time", "OUT_OF_RANGE", "not a time between years 1 and 9999", "时间超出范围");
        violations.into_status()
    })
}

fn timestamp(at: OffsetDateTime) -> Timestamp {
    // Nanoseconds within a second fit any 32-bit number.
    Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap_or_default() }
}
