//! A server on a free port whose handlers do what a test says, and clients for it.

use std::{net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use chassis::{
    access::{Caller, Role, Scope},
    client::{self, Peer},
    config::Profile,
    serve::{self, Api, Health, Options, ServeError},
};
use proto::dev::{
    GetClockRequest, GetClockResponse, SetClockRequest, SetClockResponse,
    clock_service_client::ClockServiceClient,
    clock_service_server::{ClockService, ClockServiceServer},
};
use secrecy::SecretString;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

pub(crate) type Answer = Pin<Box<dyn Future<Output = Result<GetClockResponse, Status>> + Send>>;

/// A clock whose reading is a script.
#[derive(Clone)]
struct Scripted(Arc<dyn Fn(Request<GetClockRequest>) -> Answer + Send + Sync>);

#[tonic::async_trait]
impl ClockService for Scripted {
    async fn get_clock(
        &self,
        request: Request<GetClockRequest>,
    ) -> Result<Response<GetClockResponse>, Status> {
        (self.0)(request).await.map(Response::new)
    }

    async fn set_clock(&self, _: Request<SetClockRequest>) -> Result<Response<SetClockResponse>, Status> {
        Err(Status::unimplemented("only reading is scripted"))
    }
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) health: Health,
    pub(crate) shutdown: CancellationToken,
    pub(crate) ended: JoinHandle<Result<(), ServeError>>,
}

pub(crate) const OPTIONS: Options = Options {
    profile: Profile::Local,
    max_in_flight: 8,
    request_timeout: Duration::from_secs(30),
    drain: Duration::from_secs(30),
};

/// Serves a script for `GetClock`.
pub(crate) async fn start(
    options: Options,
    script: impl Fn(Request<GetClockRequest>) -> Answer + Send + Sync + 'static,
) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (health, shutdown) = (Health::new().await, CancellationToken::new());
    let api = Api::new().with(ClockServiceServer::new(Scripted(Arc::new(script))));
    let ended = tokio::spawn({
        let (health, shutdown) = (health.clone(), shutdown.clone());
        async move { serve::serve(listener, api, &health, options, shutdown).await }
    });
    Running { address, health, shutdown, ended }
}

/// Answers at once.
pub(crate) fn at_once() -> Answer {
    Box::pin(async { Ok(GetClockResponse::default()) })
}

impl Running {
    pub(crate) fn peer(&self, token: Option<&str>) -> Peer {
        let token = token.map(SecretString::from);
        client::peer(&self.address.to_string(), token.as_ref()).unwrap()
    }

    /// A client that may call the clock.
    pub(crate) fn client(&self) -> ClockServiceClient<Peer> {
        let token = Caller::new(Role::Auditor, Scope::Country).token();
        ClockServiceClient::new(self.peer(Some(&token)))
    }

    /// A client without a credential.
    pub(crate) fn nobody(&self) -> ClockServiceClient<Peer> {
        ClockServiceClient::new(self.peer(None))
    }
}
