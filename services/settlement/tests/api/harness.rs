//! A running settlement on a fresh database, without books and registry, with identity's keys or without: what it
//! answers alone.

use std::{net::SocketAddr, sync::Arc};

use chassis::{
    client::{self, Peer},
    clock::Clock,
    status,
};
use clap::Parser as _;
use proto::settlement::{
    clearing_service_client::ClearingServiceClient, institution_service_client::InstitutionServiceClient,
    operations_service_client::OperationsServiceClient, transfer_service_client::TransferServiceClient,
};
use secrecy::{ExposeSecret as _, SecretString};
use settlement::Config;
use tempfile::TempDir;
use time::macros::datetime;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status};
use uuid::Uuid;

pub(crate) const SICHUAN: &str = "dev:agency:51";
pub(crate) const CENTRE: &str = "dev:centre";

/// One process's worth of settlement.
pub(crate) struct Stack {
    address: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<anyhow::Result<()>>,
    _keys: TempDir,
}

/// Identity, for its keys.
async fn identity(keys: &TempDir, clock: Clock) -> String {
    let url = testkit::database::fresh("identity").await.unwrap();
    let file = |name: &str| keys.path().join(name).display().to_string();
    identity::keys::generate(&keys.path().join("keys.toml")).unwrap();
    let arguments = [
        "identity".to_owned(),
        format!("--database-url={}", url.expose_secret()),
        format!("--key-file={}", file("keys.toml")),
        format!("--signing-key-file={}", file("signing.toml")),
    ];
    let config = identity::Config::try_parse_from(arguments).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(identity::serve(config, listener, clock, CancellationToken::new()));
    format!("http://{address}")
}

impl Stack {
    /// On a database of its own, beside identity; no other peer and no book listens.
    pub(crate) async fn start() -> Self {
        Self::beside(true).await
    }

    /// As [`Self::start`], and identity is absent as well.
    pub(crate) async fn alone() -> Self {
        Self::beside(false).await
    }

    async fn beside(has_identity: bool) -> Self {
        let clock = Clock::starting_at(datetime!(2026-01-15 10:00 +8));
        let keys = tempfile::tempdir().unwrap();
        let (signing, dated) = (keys.path().join("signing.toml"), clock.clone());
        identity::verification::signing::generate(&signing).unwrap();
        testkit::agree::begin(&signing, Arc::new(move || dated.now())).unwrap();
        let url = testkit::database::fresh("settlement").await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let absent = "http://127.0.0.1:1";
        let book = format!("32-01={absent}");
        let identity = if has_identity { identity(&keys, clock.clone()).await } else { absent.to_owned() };
        let arguments = [
            "settlement",
            "--database-url",
            url.expose_secret(),
            "--service-token",
            "dev:service:settlement",
            "--identity",
            &identity,
            "--kinship",
            absent,
            "--book",
            &book,
        ];
        let config = Config::try_parse_from(arguments).unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(settlement::serve(config, listener, clock, stop.clone()));
        Self { address, stop, running, _keys: keys }
    }

    /// Stops in order.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap().unwrap();
    }

    fn peer(&self, token: &str) -> Peer {
        client::peer(&self.address.to_string(), Some(&SecretString::from(token))).unwrap()
    }

    pub(crate) fn transfers(&self, token: &str) -> TransferServiceClient<Peer> {
        TransferServiceClient::new(self.peer(token))
    }

    pub(crate) fn institutions(&self, token: &str) -> InstitutionServiceClient<Peer> {
        InstitutionServiceClient::new(self.peer(token))
    }

    pub(crate) fn clearing(&self, token: &str) -> ClearingServiceClient<Peer> {
        ClearingServiceClient::new(self.peer(token))
    }

    pub(crate) fn operations(&self, token: &str) -> OperationsServiceClient<Peer> {
        OperationsServiceClient::new(self.peer(token))
    }
}

/// A request with the agreement of the person whom the credential names.
pub(crate) fn agreed<T: 'static>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    testkit::agree::sign(token.trim_start_matches("dev:"), &mut request);
    request
}

pub(crate) fn id() -> String {
    Uuid::now_v7().to_string()
}

pub(crate) fn citizen() -> String {
    format!("dev:citizen:{}", id())
}

/// The reason of a refusal of ours.
pub(crate) fn reason(status: &Status) -> String {
    status::reason(status).unwrap_or_else(|| panic!("no reason in {status:?}"))
}

/// The fields that a refusal names, each with its reason; in both languages.
pub(crate) fn violations(status: &Status) -> Vec<(String, String)> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let parsed = status::read(status).expect("a status of ours");
    let mut named = Vec::new();
    for (field, reason, english, chinese) in parsed.violations {
        assert!(!english.is_empty() && !chinese.is_empty(), "{field}");
        named.push((field, reason));
    }
    named
}

/// `["transfer_id MISSING", …]`, sorted.
pub(crate) fn named(status: &Status) -> Vec<String> {
    let mut named: Vec<String> =
        violations(status).into_iter().map(|(field, reason)| format!("{field} {reason}")).collect();
    named.sort();
    named
}
