//! A collector of traces, just enough of one: it takes OTLP over gRPC and keeps who was part of which trace, and every
//! byte that it was sent.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use anyhow::Result;
use prost::{Message as _, bytes::Buf as _};
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    body::Body,
    codec::{Codec, DecodeBuf, Decoder},
    codegen::{BoxFuture, Service, http, tokio_stream::wrappers::TcpListenerStream},
    server::{Grpc, NamedService, UnaryService},
    transport::Server,
};
use tonic_prost::ProstCodec;

#[derive(Clone, PartialEq, prost::Message)]
struct Export {
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
pub struct Taken {}

/// Requests as they were sent: what is not read here would be lost.
#[derive(Default)]
struct AsSent;

impl Decoder for AsSent {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).to_vec()))
    }
}

impl Codec for AsSent {
    type Encode = Taken;
    type Decode = Vec<u8>;
    type Encoder = <ProstCodec<Taken, Taken> as Codec>::Encoder;
    type Decoder = Self;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<Taken, Taken>::default().encoder()
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

/// A span: the service, the process of it, and what it did. A process is known by the address it exports from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    pub service: String,
    pub process: Option<SocketAddr>,
    pub span: String,
}

#[derive(Default)]
struct Kept {
    /// Per trace: its parts so far.
    traces: BTreeMap<Vec<u8>, BTreeSet<Part>>,
    sent: Vec<u8>,
}

/// A running collector.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Kept>>);

impl Sink {
    /// Starts one; it ends with the test's runtime. Gives its address for the services.
    pub async fn start() -> Result<(Self, String)> {
        let sink = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = Server::builder().add_service(sink.clone());
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        Ok((sink, format!("http://{address}")))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who was part of a trace so far.
    pub fn parts_of(&self, trace: &[u8]) -> BTreeSet<Part> {
        self.lock().traces.get(trace).cloned().unwrap_or_default()
    }

    /// Every byte that was sent so far.
    pub fn sent(&self) -> Vec<u8> {
        self.lock().sent.clone()
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
        Box::pin(async move { Ok(Grpc::new(AsSent).unary(sink, request).await) })
    }
}

impl UnaryService<Vec<u8>> for Sink {
    type Response = Taken;
    type Future = BoxFuture<Response<Taken>, Status>;

    fn call(&mut self, request: Request<Vec<u8>>) -> Self::Future {
        let process = request.remote_addr();
        let mut kept = self.lock();
        kept.sent.extend(request.get_ref());
        let export = match Export::decode(request.get_ref().as_slice()) {
            Ok(export) => export,
            Err(error) => return Box::pin(async move { Err(Status::invalid_argument(error.to_string())) }),
        };
        for part in export.resources {
            let attributes = part.resource.unwrap_or_default().attributes;
            let name = attributes.into_iter().find(|attribute| attribute.key == "service.name");
            let service = name.and_then(|attribute| attribute.value).unwrap_or_default().text;
            for span in part.scopes.into_iter().flat_map(|scope| scope.spans) {
                let part = Part { service: service.clone(), process, span: span.name };
                kept.traces.entry(span.trace).or_default().insert(part);
            }
        }
        Box::pin(async { Ok(Response::new(Taken {})) })
    }
}
