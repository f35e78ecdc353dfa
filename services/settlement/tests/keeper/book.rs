//! Two books that say what a test tells them to, and a settlement that runs against them on a bench's database.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chassis::{failure, feed::FeedError};
use clap::Parser as _;
use futures::{Stream, StreamExt as _, stream};
use proto::wallet::{
    ApplyRequest, ApplyResponse, AuditRequest, AuditResponse, BookOutcome, GetChainHeadRequest,
    GetChainHeadResponse, HopState, StreamEntriesRequest, StreamEntriesResponse,
    book_command::Command as Asked,
    book_outcome::{Done, Outcome},
    book_service_server::{BookService, BookServiceServer},
};
use secrecy::ExposeSecret as _;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, transport::server::TcpIncoming};

use super::bench::Bench;

type Replies<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What a book's stream says.
#[derive(Clone)]
pub(crate) enum Says {
    Nothing,
    Forked,
    Pages(Vec<StreamEntriesResponse>),
}

/// A book. It does everything it is told, and opens each lot at once.
#[derive(Clone)]
pub(crate) struct Book {
    id: &'static str,
    says: watch::Sender<Says>,
    applied: Arc<Mutex<Vec<Asked>>>,
    followed: Arc<AtomicUsize>,
    address: std::net::SocketAddr,
}

impl Book {
    pub(crate) async fn start(id: &'static str, says: Says) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let says = watch::channel(says).0;
        let book = Self { id, says, applied: Arc::default(), followed: Arc::default(), address };
        let service = BookServiceServer::new(book.clone());
        let server = tonic::transport::Server::builder().add_service(service);
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        book
    }

    pub(crate) fn say(&self, says: Says) {
        self.says.send_replace(says);
    }

    /// A page without news.
    pub(crate) fn heard(&self) -> Says {
        Says::Pages(vec![self.page(0, Vec::new())])
    }

    pub(crate) fn page(&self, position: i64, items: Vec<proto::wallet::BookRecord>) -> StreamEntriesResponse {
        let hash = if position == 0 { String::new() } else { format!("{position:064x}") };
        let book_id = self.id.to_owned();
        StreamEntriesResponse { items, position, hash, book_id, ..StreamEntriesResponse::default() }
    }

    /// How many commands it was sent.
    pub(crate) fn applied(&self) -> usize {
        self.applied.lock().expect("nobody panics here").len()
    }

    /// How often its stream has begun.
    pub(crate) fn followed(&self) -> usize {
        self.followed.load(Ordering::SeqCst)
    }
}

#[tonic::async_trait]
impl BookService for Book {
    async fn apply(&self, request: Request<ApplyRequest>) -> Result<Response<ApplyResponse>, Status> {
        let mut applied = self.applied.lock().expect("nobody panics here");
        let mut outcomes = Vec::new();
        for command in request.into_inner().commands {
            let asked = command.command.ok_or_else(|| Status::invalid_argument("no command"))?;
            let is_grant = matches!(asked, Asked::Grant(_));
            let lot_state = if is_grant { HopState::Open } else { HopState::Unspecified };
            applied.push(asked);
            let sequence = i64::try_from(applied.len()).unwrap_or(i64::MAX);
            let consumed = "0.00".to_owned();
            let done = Done { sequence, consumed, lot_state: lot_state.into(), ..Done::default() };
            outcomes.push(BookOutcome { command_id: command.command_id, outcome: Some(Outcome::Done(done)) });
        }
        Ok(Response::new(ApplyResponse { outcomes, book_id: self.id.to_owned() }))
    }

    type StreamEntriesStream = Replies<StreamEntriesResponse>;

    async fn stream_entries(
        &self,
        _: Request<StreamEntriesRequest>,
    ) -> Result<Response<Self::StreamEntriesStream>, Status> {
        let mut says = self.says.subscribe();
        let said = says.wait_for(|says| !matches!(says, Says::Nothing)).await;
        let said = said.map_err(|_| Status::unavailable("the test is over"))?.clone();
        self.followed.fetch_add(1, Ordering::SeqCst);
        let pages: Replies<_> = match said {
            Says::Pages(pages) => Box::pin(stream::iter(pages).map(Ok).chain(stream::pending())),
            Says::Forked | Says::Nothing => {
                Box::pin(stream::iter([Err(failure::feed(FeedError::Forked).into())]))
            }
        };
        Ok(Response::new(pages))
    }

    async fn get_chain_head(
        &self,
        _: Request<GetChainHeadRequest>,
    ) -> Result<Response<GetChainHeadResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }

    type AuditStream = Replies<AuditResponse>;

    async fn audit(&self, _: Request<AuditRequest>) -> Result<Response<Self::AuditStream>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }
}

/// A running settlement.
pub(crate) struct Running {
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    /// On the bench's database, with these books and without other peers.
    pub(crate) async fn start(bench: &Bench, books: [&Book; 2]) -> Self {
        let absent = "http://127.0.0.1:1";
        let [first, second] = books.map(|book| format!("{}=http://{}", book.id, book.address));
        let url = bench.url.expose_secret();
        let arguments = ["settlement", "--database-url", url, "--service-token", "dev:service:settlement"];
        let peers = ["--identity", absent, "--kinship", absent, "--book", &first, "--book", &second];
        let config =
            settlement::Config::try_parse_from(arguments.into_iter().chain(peers)).expect("a config");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let stop = CancellationToken::new();
        let clock = bench.clock.clone();
        let task = tokio::spawn(settlement::serve(config, listener, clock, stop.clone()));
        Self { stop, task }
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("it does not panic").expect("it ends in order");
    }
}

/// Waits until something is so.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.unwrap_or_else(|_| panic!("never: {what}"));
}
