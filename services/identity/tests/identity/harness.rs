//! A running identity with a fresh database, clients of any role, and well-formed requests to vary.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};

use chassis::{
    access::Caller,
    client::{self, Peer},
    clock::Clock,
    status,
    token::{Signer, Use},
};
use clap::Parser as _;
use identity::Config;
use proto::identity::{
    AssignPlaceOfUseRequest, BatchGetStandingRequest, Enrolment, EnrolmentStatus, Person,
    RecordEnrolmentRequest, RegisterPersonRequest, RegisterPersonResponse, Scheme, Standing,
    identity_service_client::IdentityServiceClient,
};
use secrecy::{ExposeSecret as _, SecretString};
use standards::CitizenId;
use tempfile::TempDir;
use testkit::agree::{Agreements, App};
use time::{
    OffsetDateTime,
    macros::{date, datetime},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use uuid::Uuid;

/// An app or a counter whose people agree to what it sends.
pub(crate) type Client = IdentityServiceClient<App<Peer>>;
/// One that sends what it is given.
pub(crate) type Bare = IdentityServiceClient<Peer>;

/// Civil time at the start of each test: a Thursday morning in 2026.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-01-15 09:00 +8);

/// The agency of a province, a counter, and services of ours.
pub(crate) const JIANGSU: &str = "dev:agency:32";
pub(crate) const SICHUAN: &str = "dev:agency:51";
pub(crate) const NANJING: &str = "dev:operator:320100";
pub(crate) const AUDITOR: &str = "dev:auditor";
pub(crate) const KINSHIP: &str = "dev:service:kinship";
pub(crate) const WALLET_32: &str = "dev:service:wallet-32-01";
pub(crate) const WALLET_51: &str = "dev:service:wallet-51-01";

/// One process's worth of identity.
pub(crate) struct Stack {
    pub(crate) url: SecretString,
    pub(crate) address: SocketAddr,
    pub(crate) clock: Clock,
    pub(crate) keys: TempDir,
    agreements: Agreements,
    stop: CancellationToken,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Stack {
    /// On a database of its own.
    pub(crate) async fn start() -> Self {
        let url = testkit::database::fresh("identity").await.unwrap();
        Self::with(url, fresh_keys(), &[]).await
    }

    /// On a database of its own, with further arguments.
    pub(crate) async fn start_with(further: &[&str]) -> Self {
        let url = testkit::database::fresh("identity").await.unwrap();
        Self::with(url, fresh_keys(), further).await
    }

    /// On this database with these keys.
    async fn with(url: SecretString, keys: TempDir, further: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let config = config_with(&url, &keys, further);
        let clock = Clock::starting_at(NOW);
        let running = tokio::spawn(identity::serve(config, listener, clock.clone(), stop.clone()));
        let dated = clock.clone();
        let agreements =
            Agreements::read(&keys.path().join("signing.toml"), Arc::new(move || dated.now())).unwrap();
        Self { url, address, clock, keys, agreements, stop, running }
    }

    /// Stops in order; the database and the keys stay.
    pub(crate) async fn stop(self) -> (SecretString, TempDir) {
        self.stop.cancel();
        self.running.await.unwrap().unwrap();
        (self.url, self.keys)
    }

    /// Stops in order and starts again.
    pub(crate) async fn restart(self) -> Self {
        let (url, keys) = self.stop().await;
        Self::with(url, keys, &[]).await
    }

    /// A client with a development credential; a citizen's signs what it sends.
    pub(crate) fn client(&self, token: &str) -> Client {
        let party = Caller::parse(token).unwrap().party();
        IdentityServiceClient::new(self.agreements.app(self.peer(token), &party))
    }

    /// A client that signs nothing.
    pub(crate) fn bare(&self, token: &str) -> Bare {
        IdentityServiceClient::new(self.peer(token))
    }

    /// A channel with a development credential.
    pub(crate) fn peer(&self, token: &str) -> Peer {
        client::peer(&self.address.to_string(), Some(&SecretString::from(token))).unwrap()
    }

    /// Registers somebody new at Nanjing's counter.
    pub(crate) async fn person(&self) -> Person {
        let reply = self.register(NANJING, registration()).await.unwrap();
        reply.person.unwrap()
    }

    pub(crate) async fn register(
        &self,
        token: &str,
        request: RegisterPersonRequest,
    ) -> Result<RegisterPersonResponse, Status> {
        Ok(self.client(token).register_person(request).await?.into_inner())
    }

    pub(crate) async fn enrol(
        &self,
        token: &str,
        request: RecordEnrolmentRequest,
    ) -> Result<Enrolment, Status> {
        let reply = self.client(token).record_enrolment(request).await?.into_inner();
        Ok(reply.enrolment.unwrap())
    }

    /// Registers somebody new and enrols the person as an employee of Nanjing.
    pub(crate) async fn employed(&self) -> String {
        let person = self.person().await.person_id;
        self.enrol(JIANGSU, enrolment(&person)).await.unwrap();
        person
    }

    /// What kinship-registry sees of somebody today.
    pub(crate) async fn standing(&self, person_id: &str) -> Standing {
        let request =
            BatchGetStandingRequest { person_ids: vec![person_id.to_owned()], on_day: String::new() };
        let reply = self.client(KINSHIP).batch_get_standing(request).await.unwrap().into_inner();
        reply.standings.into_iter().next().unwrap()
    }
}

/// The configuration of a process on this database with these keys.
pub(crate) fn config(url: &SecretString, keys: &TempDir) -> Config {
    config_with(url, keys, &[])
}

fn config_with(url: &SecretString, keys: &TempDir, further: &[&str]) -> Config {
    let file = |name: &str| keys.path().join(name).to_str().unwrap().to_owned();
    let arguments = [
        "identity".to_owned(),
        format!("--database-url={}", url.expose_secret()),
        format!("--key-file={}", file("keys.toml")),
        format!("--signing-key-file={}", file("signing.toml")),
        format!("--face-matcher-key={}", hex::encode(matcher().public(NOW, None).bytes)),
    ];
    Config::try_parse_from(arguments.into_iter().chain(further.iter().map(|word| (*word).to_owned())))
        .unwrap()
}

/// Fresh keys in a folder of their own.
pub(crate) fn fresh_keys() -> TempDir {
    let keys = tempfile::tempdir().unwrap();
    identity::keys::generate(&keys.path().join("keys.toml")).unwrap();
    identity::verification::signing::generate(&keys.path().join("signing.toml")).unwrap();
    keys
}

/// The key of the matcher of faces that identity trusts.
pub(crate) fn matcher() -> Signer {
    Signer::from_seed(&[9; 32], Use::FaceMatch)
}

/// A new id.
pub(crate) fn id() -> String {
    Uuid::now_v7().to_string()
}

/// A number that no other test of this process uses.
pub(crate) fn number() -> CitizenId {
    static ORDER: AtomicU16 = AtomicU16::new(1);
    CitizenId::compose(320_102, date!(1980 - 02 - 03), ORDER.fetch_add(1, Ordering::Relaxed)).unwrap()
}

/// Somebody new.
pub(crate) fn registration() -> RegisterPersonRequest {
    RegisterPersonRequest {
        request_id: id(),
        id_number: number().number().to_owned(),
        name: "张桂芳".to_owned(),
        mobile: "13812345678".to_owned(),
        address: "南京市玄武区北京东路41号".to_owned(),
        psn_no: "32000020100030375675".to_owned(),
    }
}

/// An employee of Nanjing since 2020.
pub(crate) fn enrolment(person_id: &str) -> RecordEnrolmentRequest {
    RecordEnrolmentRequest {
        request_id: id(),
        enrolment_id: id(),
        person_id: person_id.to_owned(),
        scheme: Scheme::Employee.into(),
        pooling_area: "320100".to_owned(),
        status: EnrolmentStatus::Normal.into(),
        valid_from: "2020-07-01".to_owned(),
        valid_to: String::new(),
        business_time: Some(prost_types::Timestamp { seconds: 1_768_000_000, nanos: 123_456_789 }),
        expected_revision: 0,
    }
}

/// A wallet's first place of use, in Nanjing.
pub(crate) fn assignment(person_id: &str) -> AssignPlaceOfUseRequest {
    AssignPlaceOfUseRequest {
        request_id: id(),
        person_id: person_id.to_owned(),
        wallet_id: id(),
        place_of_use: "320100".to_owned(),
        expected_place_of_use: String::new(),
    }
}

/// Code and reason of a status of ours.
pub(crate) fn refused(status: &Status) -> (Code, String) {
    (status.code(), status::reason(status).unwrap_or_default())
}

/// Field and reason of each violation; each must be explained in both languages.
pub(crate) fn violations(status: &Status) -> Vec<(String, String)> {
    assert_eq!(refused(status), (Code::InvalidArgument, "FIELD_INVALID".to_owned()), "{status:?}");
    let parsed = status::read(status).unwrap();
    let explained = parsed.violations.into_iter().map(|(field, reason, english, chinese)| {
        assert!(english.is_ascii() && !english.is_empty(), "{field}: {english}");
        assert!(!chinese.is_ascii(), "{field}: {chinese}");
        (field, reason)
    });
    explained.collect()
}
