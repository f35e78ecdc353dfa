//! The gate before every handler: span, language, caller, admission, deadline, panic, in this order.
//!
//! One service instead of a stack of layers, so that the order can be read in one function. It decides
//! nothing about the domain. Health and reflection pass without a caller and without counting.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use futures::{FutureExt as _, Stream, StreamExt as _};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status, body::Body, codegen::Service};
use tracing::Instrument as _;

use super::{Options, deadline::Deadline};
use crate::{
    access::{self, table},
    status::{self, Language, Refusal},
    telemetry::{self, metrics},
};

/// How often the log is told that calls are shed; how many they are is a metric.
const TELL_SHED: Duration = Duration::from_secs(1);

type HttpRequest = http::Request<Body>;
type HttpResponse = http::Response<Body>;

/// Wraps the routes of a process.
#[derive(Clone, Debug)]
pub struct Gate<S> {
    inner: S,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: Options,
    in_flight: Arc<Semaphore>,
    draining: CancellationToken,
    /// When the log was last told that calls are shed.
    shed_told: Mutex<Option<Instant>>,
}

/// Tells a handler of a stream that the process is stopping.
#[derive(Clone, Debug)]
struct Draining(CancellationToken);

impl<S> Gate<S> {
    /// A gate before `inner`; `draining` closes it for new calls.
    pub fn new(inner: S, options: Options, draining: CancellationToken) -> Self {
        let in_flight = Arc::new(Semaphore::new(options.max_in_flight.min(Semaphore::MAX_PERMITS)));
        Self { inner, shared: Arc::new(Shared { options, in_flight, draining, shed_told: Mutex::default() }) }
    }
}

impl<S> Service<HttpRequest> for Gate<S>
where
    S: Service<HttpRequest, Response = HttpResponse, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = HttpResponse;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: HttpRequest) -> Self::Future {
        // The clone is not ready yet, the original is.
        let clone = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, clone);
        let shared = Arc::clone(&self.shared);
        // Armed here and not at the first poll: tonic's own timer, which would answer CANCELLED, starts later.
        let deadline = Deadline::of(request.headers(), shared.options.request_timeout);
        Box::pin(async move { Ok(shared.answer(request, ready, deadline).await) })
    }
}

impl Shared {
    async fn answer<S>(&self, mut request: HttpRequest, inner: S, deadline: Deadline) -> HttpResponse
    where
        S: Service<HttpRequest, Response = HttpResponse, Error = Infallible>,
    {
        let started = Instant::now();
        let method = table::label(request.uri().path());
        let span = telemetry::server_span(request.uri().path(), request.headers());
        let language = Language::of(request.headers());
        let response = language
            .scope(async {
                match self.admit(&mut request, &span) {
                    Ok(permit) => run(request, inner, deadline, permit).await,
                    Err(refusal) => refusal.into_status().into_http(),
                }
            })
            .instrument(span.clone())
            .await;
        span.in_scope(|| observe(&span, method, &response, started));
        response
    }

    /// Who calls, and is there room? Health and reflection need neither.
    fn admit(
        &self,
        request: &mut HttpRequest,
        span: &tracing::Span,
    ) -> Result<Option<OwnedSemaphorePermit>, Refusal> {
        let caller = access::check(self.options.profile, request.uri().path(), request.headers())?;
        let Some(caller) = caller else {
            return Ok(None);
        };
        if self.draining.is_cancelled() {
            return Err(Refusal::draining());
        }
        let Ok(permit) = Arc::clone(&self.in_flight).try_acquire_owned() else {
            metrics::call_shed();
            self.tell_shed();
            return Err(Refusal::queue_full());
        };
        span.record("caller", caller.role.name());
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(Draining(self.draining.clone()));
        Ok(Some(permit))
    }

    /// Now and then: a line for each call would cost what shedding is to save.
    fn tell_shed(&self) {
        // Whoever else tells it tells enough.
        let Ok(mut told) = self.shed_told.try_lock() else { return };
        if told.is_none_or(|told| told.elapsed() >= TELL_SHED) {
            *told = Some(Instant::now());
            tracing::warn!(most = self.options.max_in_flight, "calls are refused: as many run as may");
        }
    }
}

/// Runs the handler. The permit is given back with the head of the reply, so that a long-lived stream does
/// not keep it.
async fn run<S>(
    mut request: HttpRequest,
    mut inner: S,
    deadline: Deadline,
    permit: Option<OwnedSemaphorePermit>,
) -> HttpResponse
where
    S: Service<HttpRequest, Response = HttpResponse, Error = Infallible>,
{
    request.extensions_mut().insert(deadline);
    let handled = AssertUnwindSafe(async move { inner.call(request).await }).catch_unwind();
    let outcome = timeout_at(deadline.at, handled).await;
    drop(permit);
    match outcome {
        Ok(Ok(Ok(response))) => response,
        // The process's panic hook has logged it with its place.
        Ok(Err(_)) => Refusal::internal().into_status().into_http(),
        Err(_) => Refusal::deadline_exceeded(deadline.limit).into_status().into_http(),
    }
}

/// One line for each refusal that is not for want of room, an error for each fault, and the latency of all. An answer
/// in full has no status in its head.
fn observe(span: &tracing::Span, method: &'static str, response: &HttpResponse, started: Instant) {
    let header = response.headers().get("grpc-status");
    let code = header.map_or(Code::Ok, |value| Code::from_bytes(value.as_bytes()));
    metrics::call_done(method, code as i32, started.elapsed());
    span.record("rpc.grpc.status_code", code as i32);
    let reason = response.extensions().get::<Status>().and_then(status::reason).unwrap_or_default();
    // Each field that comes later makes the line's text anew.
    if !reason.is_empty() {
        span.record("reason", reason.as_str());
    }
    match code {
        Code::Ok => tracing::debug!("answered"),
        Code::Internal | Code::Unknown | Code::DataLoss => {
            tracing::error!(method, ?code, reason, "a call failed");
        }
        Code::ResourceExhausted => tracing::debug!(method, reason, "shed"),
        _ => tracing::info!(method, ?code, reason, "refused"),
    }
}

/// Ends a reply stream with DRAINING when the process stops: an open stream would hold the drain up to its
/// deadline. Every handler that answers with a long-lived stream wraps it in this.
pub fn until_draining<T, M>(
    request: &Request<M>,
    stream: impl Stream<Item = Result<T, Status>> + Send + 'static,
) -> impl Stream<Item = Result<T, Status>> + Send + 'static
where
    T: Send + 'static,
{
    let token = request.extensions().get::<Draining>().cloned();
    let token = token.map_or_else(CancellationToken::new, |draining| draining.0);
    let language = Language::current();
    let stopped = token.clone();
    let goodbye = futures::stream::once(async move { language.with(|| Refusal::draining().into_status()) });
    let goodbye = goodbye.filter_map(move |status| {
        let draining = stopped.is_cancelled();
        async move { draining.then_some(Err(status)) }
    });
    stream.take_until(token.cancelled_owned()).chain(goodbye)
}
