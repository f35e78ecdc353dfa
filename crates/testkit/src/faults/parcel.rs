//! A request as it came, which can be sent any number of times, and the service to which it goes.

use std::{io, net::SocketAddr};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    HeaderMap, Method, Request, Response, Uri,
    body::{Bytes, Incoming},
    http::uri::PathAndQuery,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

/// A whole request.
#[derive(Clone)]
pub(super) struct Parcel {
    path: PathAndQuery,
    headers: HeaderMap,
    body: Bytes,
}

/// The service behind the proxy; cheap to clone, all clones share one connection.
#[derive(Clone)]
pub(super) struct Upstream {
    client: Client<HttpConnector, Full<Bytes>>,
    service: SocketAddr,
}

/// A call that broke on its way.
pub(super) fn broken() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "lost on the way")
}

impl Parcel {
    /// Takes the request to its end: every request of ours is one message.
    pub(super) async fn take(request: Request<Incoming>) -> io::Result<Self> {
        let (head, body) = request.into_parts();
        let path = head.uri.path_and_query().cloned().ok_or_else(broken)?;
        let body = body.collect().await.map_err(|_| broken())?.to_bytes();
        Ok(Self { path, headers: head.headers, body })
    }

    pub(super) fn path(&self) -> &str {
        self.path.path()
    }
}

impl Upstream {
    pub(super) fn at(service: SocketAddr) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).http2_only(true).build(connector);
        Self { client, service }
    }

    /// Sends a request and gives the beginning of the reply.
    pub(super) async fn send(&self, parcel: Parcel) -> io::Result<Response<Incoming>> {
        let uri = Uri::builder()
            .scheme("http")
            .authority(self.service.to_string())
            .path_and_query(parcel.path)
            .build()
            .map_err(io::Error::other)?;
        let mut request = Request::new(Full::new(parcel.body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = uri;
        *request.headers_mut() = parcel.headers;
        self.client.request(request).await.map_err(io::Error::other)
    }

    /// Sends a request on a task that outlives its caller, waits for the whole reply and gives its gRPC status;
    /// `None` if there was no whole reply.
    pub(super) async fn deliver(&self, parcel: Parcel) -> Option<i32> {
        let upstream = self.clone();
        let delivery = tokio::spawn(async move {
            let (head, body) = upstream.send(parcel).await.ok()?.into_parts();
            let body = body.collect().await.ok()?;
            body.trailers().and_then(status_in).or_else(|| status_in(&head.headers))
        });
        delivery.await.ok().flatten()
    }
}

fn status_in(headers: &HeaderMap) -> Option<i32> {
    headers.get("grpc-status")?.to_str().ok()?.parse().ok()
}
