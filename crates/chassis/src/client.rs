//! A channel to a peer: made at once, connected when first used, so that a peer may be absent.
//!
//! Each call carries the service's credential and the current trace context. Nothing here retries: only the
//! caller knows the id under which a call may be repeated.

use std::{fmt, future::Future, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use tonic::{
    Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

use crate::telemetry;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_HEADER_LIST: u32 = 16 * 1024;

/// What generated clients are built over. Cheap to clone; all clones share one connection.
pub type Peer = InterceptedService<Channel, Outgoing>;

/// Why a peer cannot be named.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// Not an address.
    #[error("the address of the peer is not usable: {0}")]
    Address(String),
    /// The credential does not fit into a header.
    #[error("the credential for the peer is not printable text")]
    Credential,
}

/// Adds credential and trace context to each call.
#[derive(Clone)]
pub struct Outgoing {
    authorization: Option<MetadataValue<Ascii>>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Outgoing").finish_non_exhaustive()
    }
}

impl Interceptor for Outgoing {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(authorization) = &self.authorization {
            request.metadata_mut().insert("authorization", authorization.clone());
        }
        telemetry::inject(request.metadata_mut());
        Ok(request)
    }
}

/// A channel to `address` (`127.0.0.1:7001` or `http://…`). Needs a running runtime.
///
/// # Errors
/// [`PeerError`] if address or token cannot be used; an absent peer is no error here.
pub fn peer(address: &str, token: Option<&SecretString>) -> Result<Peer, PeerError> {
    let uri = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let endpoint = Endpoint::from_shared(uri).map_err(|_| PeerError::Address(address.to_owned()))?;
    let channel = endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .tcp_keepalive(Some(KEEPALIVE_INTERVAL))
        .http2_keep_alive_interval(KEEPALIVE_INTERVAL)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .http2_max_header_list_size(MAX_HEADER_LIST)
        .connect_lazy();
    let authorization = token.map(bearer).transpose()?;
    Ok(InterceptedService::new(channel, Outgoing { authorization }))
}

fn bearer(token: &SecretString) -> Result<MetadataValue<Ascii>, PeerError> {
    let text = format!("Bearer {}", token.expose_secret());
    let mut value: MetadataValue<Ascii> = text.parse().map_err(|_| PeerError::Credential)?;
    value.set_sensitive(true);
    Ok(value)
}

/// A request that must be answered within `limit`; every unary call is made with one.
pub fn with_deadline<T>(message: T, limit: Duration) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(limit);
    request
}

/// Waits for the whole reply of a unary call, at most `limit`. On our side the deadline in a request ends with the
/// beginning of the reply: one that comes byte by byte would be waited for as long as it likes.
///
/// # Errors
/// What the call says, or DEADLINE_EXCEEDED: what became of the call is unknown then.
pub async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<Response<T>, Status> {
    let late = || Status::deadline_exceeded(format!("no whole reply in {limit:?}"));
    tokio::time::timeout(limit, call).await.unwrap_or_else(|_| Err(late()))
}
