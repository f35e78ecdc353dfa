//! A service that writes down what reaches it, and a caller of it.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Result;
use futures::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{
    HeaderMap, Request, Response,
    body::{Bytes, Frame, Incoming},
    header::HeaderValue,
    server::conn::http2,
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use testkit::faults::Proxy;
use tokio::{net::TcpListener, sync::watch};
use tonic::{Status, transport::Endpoint};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

/// The methods that callers use.
pub(crate) const CHECK: &str = "/grpc.health.v1.Health/Check";
pub(crate) const WATCH: &str = "/grpc.health.v1.Health/Watch";

/// The reply "serving" as it stands in a frame.
const SERVING: &[u8] = &[0, 0, 0, 0, 2, 8, 1];

/// A service with a proxy in front of it, and a caller on the other side.
pub(crate) struct Place {
    pub(crate) proxy: Proxy,
    pub(crate) caller: HealthClient<tonic::transport::Channel>,
    pub(crate) log: Log,
}

/// What reached the service, in order: the service's name in each request.
#[derive(Clone)]
pub(crate) struct Log(Arc<watch::Sender<Vec<String>>>);

impl Log {
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.borrow().clone()
    }

    /// Waits until so many requests have come.
    pub(crate) async fn reach(&self, count: usize) {
        self.0.subscribe().wait_for(|lines| lines.len() >= count).await.expect("the log lives");
    }
}

impl Place {
    pub(crate) async fn open() -> Result<Self> {
        let log = Log(Arc::new(watch::Sender::new(Vec::new())));
        let proxy = Proxy::before(service(log.clone()).await?).await?;
        let channel = Endpoint::from_shared(format!("http://{}", proxy.address()))?.connect_lazy();
        Ok(Self { proxy, caller: HealthClient::new(channel), log })
    }

    /// A call with one reply, known in the log by a name.
    pub(crate) async fn check(&self, name: &str) -> Result<(), Status> {
        let request = HealthCheckRequest { service: name.to_owned() };
        self.caller.clone().check(request).await.map(|_| ())
    }

    /// As [`Self::check`], given up after a while.
    pub(crate) async fn check_within(&self, name: &str, limit: Duration) -> Result<(), Status> {
        let mut request = tonic::Request::new(HealthCheckRequest { service: name.to_owned() });
        request.set_timeout(limit);
        self.caller.clone().check(request).await.map(|_| ())
    }
}

async fn service(log: Log) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let log = log.clone();
            let answer = service_fn(move |request| answer(request, log.clone()));
            let serving = http2::Builder::new(TokioExecutor::new());
            tokio::spawn(serving.serve_connection(TokioIo::new(stream), answer));
        }
    });
    Ok(address)
}

/// `Check` is answered once, `Watch` every few milliseconds for ever.
async fn answer(
    request: Request<Incoming>,
    log: Log,
) -> Result<Response<impl hyper::body::Body<Data = Bytes, Error = Infallible>>, Infallible> {
    let streams = request.uri().path() == WATCH;
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    // After the frame's head of 5 bytes and the field's of 2 the name of the service follows.
    let name = String::from_utf8_lossy(body.get(7..).unwrap_or_default()).into_owned();
    log.0.send_modify(|lines| lines.push(name));
    let data = || Ok(Frame::data(Bytes::from_static(SERVING)));
    let trailers = HeaderMap::from_iter([(
        hyper::header::HeaderName::from_static("grpc-status"),
        HeaderValue::from_static("0"),
    )]);
    let frames = if streams {
        let beat = stream::unfold((), move |()| async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            Some((data(), ()))
        });
        beat.boxed()
    } else {
        stream::iter([data(), Ok(Frame::trailers(trailers))]).boxed()
    };
    let mut response = Response::new(StreamBody::new(frames));
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    Ok(response)
}
