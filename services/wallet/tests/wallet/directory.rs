//! Settlement's institution stream as far as a wallet follows it: events in order with a cursor, then live.

use std::{net::SocketAddr, pin::Pin};

use chassis::clock::Clock;
use futures::{Stream, stream};
use proto::settlement::{
    GetInstitutionRequest, GetInstitutionResponse, Institution, InstitutionEvent, ListInstitutionsRequest,
    ListInstitutionsResponse, PutInstitutionRequest, PutInstitutionResponse, StreamEventsRequest,
    StreamEventsResponse,
    institution_service_server::{InstitutionService, InstitutionServiceServer},
};
use tokio::{net::TcpListener, sync::watch};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// A directory that a test fills.
#[derive(Clone)]
pub(crate) struct Directory {
    events: watch::Sender<Vec<Institution>>,
    clock: Clock,
}

impl Directory {
    /// Serves an empty directory.
    pub(crate) async fn start(clock: Clock) -> (Self, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let directory = Self { events: watch::Sender::new(Vec::new()), clock };
        let server = InstitutionServiceServer::new(directory.clone());
        tokio::spawn(
            Server::builder().add_service(server).serve_with_incoming(TcpListenerStream::new(listener)),
        );
        (directory, address)
    }

    /// Tells of an institution.
    pub(crate) fn put(&self, institution: Institution) {
        self.events.send_modify(|events| events.push(institution));
    }
}

/// An institution that takes the wallet and has been designated for long.
pub(crate) fn institution(code: &str, pool: &str) -> Institution {
    Institution {
        institution_code: code.to_owned(),
        pooling_area: pool.to_owned(),
        wallet_supported: true,
        designated_from: "2020-01-01".to_owned(),
        ..Institution::default()
    }
}

fn hash(position: i64) -> String {
    if position == 0 { String::new() } else { format!("{position:064x}") }
}

type Pages = Pin<Box<dyn Stream<Item = Result<StreamEventsResponse, Status>> + Send>>;

#[tonic::async_trait]
impl InstitutionService for Directory {
    type StreamEventsStream = Pages;

    async fn stream_events(&self, request: Request<StreamEventsRequest>) -> Result<Response<Pages>, Status> {
        let state = (self.events.subscribe(), self.clock.clone(), request.into_inner().after_position, true);
        let pages = stream::unfold(state, |(mut events, clock, after, first)| async move {
            if !first {
                // A page when something changes, else a watermark.
                let _ = tokio::time::timeout(std::time::Duration::from_millis(100), events.changed()).await;
            }
            let now = clock.now();
            let told = events.borrow_and_update().clone();
            let position = i64::try_from(told.len()).expect("a short list");
            let items = (1..).zip(told).filter(|(at, _)| *at > after).map(|(position, institution)| {
                InstitutionEvent { position, institution: Some(institution), ..InstitutionEvent::default() }
            });
            let page = StreamEventsResponse {
                items: items.collect(),
                position,
                hash: hash(position),
                complete_through: Some(prost_types::Timestamp {
                    seconds: now.unix_timestamp(),
                    nanos: i32::try_from(now.nanosecond()).expect("nanoseconds fit"),
                }),
                epoch: 1,
            };
            Some((Ok(page), (events, clock, position, false)))
        });
        Ok(Response::new(Box::pin(pages)))
    }

    async fn put_institution(
        &self,
        _: Request<PutInstitutionRequest>,
    ) -> Result<Response<PutInstitutionResponse>, Status> {
        Err(Status::unimplemented("a test fills the directory itself"))
    }

    async fn get_institution(
        &self,
        _: Request<GetInstitutionRequest>,
    ) -> Result<Response<GetInstitutionResponse>, Status> {
        Err(Status::unimplemented("nobody asks here"))
    }

    async fn list_institutions(
        &self,
        _: Request<ListInstitutionsRequest>,
    ) -> Result<Response<ListInstitutionsResponse>, Status> {
        Err(Status::unimplemented("nobody asks here"))
    }
}
