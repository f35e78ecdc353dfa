//! A collector of traces, just enough of one: it takes OTLP over gRPC and keeps who was part of which trace.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use anyhow::Result;
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{BoxFuture, Service, http, tokio_stream::wrappers::TcpListenerStream},
    server::{Grpc, NamedService, UnaryService},
    transport::Server,
};
use tonic_prost::ProstCodec;

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Export {
    #[prost(message, repeated, tag = "1")]
    resources: Vec<ResourceSpans>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scopes: Vec<ScopeSpans>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<Attribute>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<Value>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Value {
    #[prost(string, tag = "1")]
    text: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ScopeSpans {
    #[prost(message, repeated, tag = "2")]
    spans: Vec<Span>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Span {
    #[prost(bytes = "vec", tag = "1")]
    trace: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Taken {}

/// A span: the service, the process of it, and what it did. A process is known by the address it exports from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Part {
    pub(crate) service: String,
    pub(crate) process: Option<SocketAddr>,
    pub(crate) span: String,
}

/// Per trace: its parts so far.
type Traces = BTreeMap<Vec<u8>, BTreeSet<Part>>;

/// A running collector.
#[derive(Clone, Default)]
pub(crate) struct Sink(Arc<Mutex<Traces>>);

impl Sink {
    /// Starts one; it ends with the test's runtime. Gives its address for the services.
    pub(crate) async fn start() -> Result<(Self, String)> {
        let sink = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = Server::builder().add_service(sink.clone());
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        Ok((sink, format!("http://{address}")))
    }

    fn lock(&self) -> MutexGuard<'_, Traces> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who was part of a trace so far.
    pub(crate) fn parts_of(&self, trace: &[u8]) -> BTreeSet<Part> {
        self.lock().get(trace).cloned().unwrap_or_default()
    }
}

impl NamedService for Sink {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
}

impl Service<http::Request<Body>> for Sink {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let sink = self.clone();
        Box::pin(async move {
            let codec: ProstCodec<Taken, Export> = ProstCodec::default();
            Ok(Grpc::new(codec).unary(sink, request).await)
        })
    }
}

impl UnaryService<Export> for Sink {
    type Response = Taken;
    type Future = BoxFuture<Response<Taken>, Status>;

    fn call(&mut self, request: Request<Export>) -> Self::Future {
        let process = request.remote_addr();
        let mut traces = self.lock();
        for part in request.into_inner().resources {
            let attributes = part.resource.unwrap_or_default().attributes;
            let name = attributes.into_iter().find(|attribute| attribute.key == "service.name");
            let service = name.and_then(|attribute| attribute.value).unwrap_or_default().text;
            for span in part.scopes.into_iter().flat_map(|scope| scope.spans) {
                let part = Part { service: service.clone(), process, span: span.name };
                traces.entry(span.trace).or_default().insert(part);
            }
        }
        Box::pin(async { Ok(Response::new(Taken {})) })
    }
}
