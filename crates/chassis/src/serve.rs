//! Serves gRPC: the services of one process behind one gate, with health, reflection, hardening values and
//! a graceful end that has a deadline of its own.
//!
//! It never waits for peers; whether the process is ready is said by the service through [`Health`].

mod api;
mod deadline;
mod gate;
mod health;

use std::{pin::pin, time::Duration};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Server, server::TcpIncoming};

pub use self::{
    api::Api,
    deadline::{Deadline, deadline},
    gate::{Gate, until_draining},
    health::Health,
};
use crate::config::{ChassisArgs, Profile};

/// The most bytes of a unary request that moves money; each generated server is told so by its service.
pub const MAX_MESSAGE: usize = 64 * 1024;

/// The most bytes of a request or reply that carries a batch.
pub const MAX_BATCH_MESSAGE: usize = 1024 * 1024;

/// Calls on one connection at the same time.
const MAX_STREAMS: u32 = 200;
/// Header list of a request: a token and a trace context need less than 1 KiB.
const MAX_HEADER_LIST: u32 = 8 * 1024;
/// A connection is asked to go after this long, plus jitter; there is no hard cut, so no call fails of it.
const MAX_AGE: Duration = Duration::from_secs(600);
const MAX_AGE_JITTER_SECONDS: u64 = 300;
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);

/// How a process serves.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Decides about credentials and reflection.
    pub profile: Profile,
    /// Calls that may run at the same time.
    pub max_in_flight: usize,
    /// The longest time for one call.
    pub request_timeout: Duration,
    /// How long running calls may take after the shutdown began.
    pub drain: Duration,
}

impl From<&ChassisArgs> for Options {
    fn from(args: &ChassisArgs) -> Self {
        Self {
            profile: args.profile,
            max_in_flight: args.max_in_flight.get(),
            request_timeout: args.request_timeout(),
            drain: args.drain(),
        }
    }
}

/// Why serving ended early or never began.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The descriptor set cannot be served.
    #[error("reflection cannot be built")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the server failed")]
    Transport(#[from] tonic::transport::Error),
}

/// Serves until `shutdown` is cancelled and the running calls are answered, or the drain time is over.
///
/// # Errors
/// [`ServeError`] if the server cannot be built or fails.
pub async fn serve(
    listener: TcpListener,
    api: Api,
    health: &Health,
    options: Options,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let routes = api.into_routes(options.profile, health)?;
    let gate = Gate::new(routes, options, shutdown.clone());
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let jitter = Duration::from_secs(crate::backoff::random() % MAX_AGE_JITTER_SECONDS);
    let mut server = pin!(
        Server::builder()
            .max_concurrent_streams(MAX_STREAMS)
            .http2_max_header_list_size(MAX_HEADER_LIST)
            .http2_keepalive_interval(Some(KEEPALIVE_INTERVAL))
            .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
            // A grace time would cut connections without asking them to go first.
            .max_connection_age(MAX_AGE + jitter)
            .serve_with_incoming_shutdown(gate, incoming, shutdown.clone().cancelled_owned())
    );
    tokio::select! {
        ended = &mut server => return Ok(ended?),
        () = shutdown.cancelled() => health.not_serving().await,
    }
    match tokio::time::timeout(options.drain, server).await {
        Ok(ended) => Ok(ended?),
        Err(_) => {
            tracing::warn!(drain = ?options.drain, "the drain time is over; calls that still run are cut");
            Ok(())
        }
    }
}
