//! A running registry beside a running identity, each with a fresh database; people, and well-formed requests
//! to vary.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};

use chassis::{
    client::{self, Peer},
    clock::Clock,
    status,
};
use clap::Parser as _;
use identity::verification::{self, signing::Signing};
use prost_types::Timestamp;
use proto::{
    common::{Channel, Programme, View},
    identity::{
        EnrolmentStatus, RecordEnrolmentRequest, RegisterPersonRequest, Scheme,
        identity_service_client::IdentityServiceClient,
    },
    kinship::{
        AcceptBondRequest, Bond, BondCheck, BondState, Commitment, Evidence, GetBondRequest,
        ProposeBondRequest, RejectBondRequest, Relation, kinship_service_client::KinshipServiceClient,
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use standards::CitizenId;
use tempfile::TempDir;
use testkit::{
    agree::{Agreements, App},
    desk::requests,
};
use time::{
    Duration, OffsetDateTime,
    macros::{date, datetime},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::town::Town;

pub(crate) type Client = KinshipServiceClient<App<Peer>>;

/// Civil time at the start of each test: a Thursday morning in 2026.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-01-15 10:00 +8);

const SIGNING: &str = "signing.toml";

/// Counters, and callers that read everything.
pub(crate) const NANJING: &str = "dev:operator:320100:wang";
pub(crate) const CHENGDU: &str = "dev:operator:510100:li";
pub(crate) const AUDITOR: &str = "dev:auditor";
pub(crate) const WALLET: &str = "dev:service:wallet-32-01";
pub(crate) const SETTLEMENT: &str = "dev:service:settlement";

/// A service that runs in this process.
struct Running {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

/// The registry and identity.
pub(crate) struct Stack {
    /// The registry's database.
    pub(crate) url: SecretString,
    /// The clock of both.
    pub(crate) clock: Clock,
    identity_url: SecretString,
    keys: Arc<TempDir>,
    identity: Option<Running>,
    identity_address: SocketAddr,
    registry: Running,
    arguments: Vec<String>,
}

impl Stack {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// With further arguments of the registry.
    pub(crate) async fn with(arguments: &[&str]) -> Self {
        let clock = Clock::starting_at(NOW);
        let keys = Arc::new(fresh_keys());
        identity::keys::generate(&keys.path().join("keys.toml")).unwrap();
        let identity_url = testkit::database::fresh("identity").await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let identity = run_identity(listener, &identity_url, &keys, &clock);
        let url = testkit::database::fresh("kinship").await.unwrap();
        let registry = run_registry(&url, identity.address, &clock, arguments).await;
        let (identity_address, arguments) = (identity.address, owned(arguments));
        let identity = Some(identity);
        Self { url, clock, identity_url, keys, identity, identity_address, registry, arguments }
    }

    /// Beside a town instead of identity.
    pub(crate) async fn beside(town: &Town, arguments: &[&str]) -> Self {
        let clock = Clock::starting_at(NOW);
        let url = testkit::database::fresh("kinship").await.unwrap();
        let registry = run_registry(&url, town.address(), &clock, arguments).await;
        let (keys, identity_address, arguments) = (town.keys(), town.address(), owned(arguments));
        let identity_url = url.clone();
        Self { url, clock, identity_url, keys, identity: None, identity_address, registry, arguments }
    }

    /// Ends identity; its database stays.
    pub(crate) async fn stop_identity(&mut self) {
        let identity = self.identity.take().unwrap();
        identity.stop.cancel();
        identity.task.await.unwrap().unwrap();
    }

    /// Starts identity again where it was.
    pub(crate) async fn start_identity(&mut self) {
        let listener = TcpListener::bind(self.identity_address).await.unwrap();
        self.identity = Some(run_identity(listener, &self.identity_url, &self.keys, &self.clock));
    }

    /// Stops the registry in order and starts it on its database.
    pub(crate) async fn restart(self) -> Self {
        self.registry.stop.cancel();
        self.registry.task.await.unwrap().unwrap();
        let more: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let registry = run_registry(&self.url, self.identity_address, &self.clock, &more).await;
        Self { registry, ..self }
    }

    /// The registry, under a development credential; citizens agree to what they ask.
    pub(crate) fn client(&self, token: &str) -> Client {
        self.client_of(&self.agreements(), token)
    }

    /// A counter that has seen the documents of `person`.
    pub(crate) fn counter(&self, token: &str, person: &str) -> Client {
        let counter = self.agreements().app(self.peer(token), token.trim_start_matches("dev:"));
        KinshipServiceClient::new(counter.serving(person))
    }

    /// As [`Self::client`], and nobody has agreed to anything.
    pub(crate) fn bare(&self, token: &str) -> KinshipServiceClient<Peer> {
        KinshipServiceClient::new(self.peer(token))
    }

    /// With what these sign.
    pub(crate) fn client_of(&self, agreements: &Agreements, token: &str) -> Client {
        KinshipServiceClient::new(agreements.app(self.peer(token), token.trim_start_matches("dev:")))
    }

    /// Signs for everybody.
    pub(crate) fn agreements(&self) -> Agreements {
        let clock = self.clock.clone();
        Agreements::read(&self.keys.path().join(SIGNING), Arc::new(move || clock.now())).unwrap()
    }

    /// A channel to the registry.
    pub(crate) fn peer(&self, token: &str) -> Peer {
        client::peer(&self.registry.address.to_string(), Some(&SecretString::from(token))).unwrap()
    }

    fn identity(&self, token: &str) -> IdentityServiceClient<Peer> {
        let token = SecretString::from(token);
        IdentityServiceClient::new(client::peer(&self.identity_address.to_string(), Some(&token)).unwrap())
    }

    /// Somebody new, enrolled nowhere.
    pub(crate) async fn stranger(&self) -> String {
        let request = RegisterPersonRequest {
            request_id: id(),
            id_number: number().number().to_owned(),
            name: "张桂芳".to_owned(),
            mobile: "13812345678".to_owned(),
            ..RegisterPersonRequest::default()
        };
        let reply = self.identity(NANJING).register_person(request).await.unwrap().into_inner();
        let person = reply.person.unwrap().person_id;
        let code = requests::activation(&id(), &person);
        self.identity(NANJING).activate_medical_code(code).await.unwrap();
        person
    }

    /// Somebody new, enrolled in a pooling area.
    pub(crate) async fn enrolled(&self, scheme: Scheme, pool: &str) -> String {
        let person = self.stranger().await;
        self.enrol(enrolment(&person, scheme, pool)).await;
        person
    }

    pub(crate) async fn enrol(&self, request: RecordEnrolmentRequest) {
        let agency = format!("dev:agency:{}", &request.pooling_area[..2]);
        self.identity(&agency).record_enrolment(request).await.unwrap();
    }

    /// An employee of Nanjing and a resident of Chengdu.
    pub(crate) async fn family(&self) -> (String, String) {
        let sharer = self.enrolled(Scheme::Employee, "320100").await;
        let beneficiary = self.enrolled(Scheme::Resident, "510100").await;
        (sharer, beneficiary)
    }

    /// As the sharer's app.
    pub(crate) async fn propose(&self, request: ProposeBondRequest) -> Result<Bond, Status> {
        let mut client = self.client(&citizen(&request.sharer_person_id));
        Ok(client.propose_bond(request).await?.into_inner().bond.unwrap())
    }

    /// As the app of `person`.
    pub(crate) async fn accept(&self, person: &str, request: AcceptBondRequest) -> Result<Bond, Status> {
        Ok(self.client(&citizen(person)).accept_bond(request).await?.into_inner().bond.unwrap())
    }

    /// As that app.
    pub(crate) async fn reject(&self, person: &str, request: RejectBondRequest) -> Result<Bond, Status> {
        Ok(self.client(&citizen(person)).reject_bond(request).await?.into_inner().bond.unwrap())
    }

    /// A bond with its decision, under a credential.
    pub(crate) async fn get(&self, token: &str, bond_id: &str) -> Result<Bond, Status> {
        let request = GetBondRequest { bond_id: bond_id.into(), view: View::Full.into() };
        Ok(self.client(token).get_bond(request).await?.into_inner().bond.unwrap())
    }

    /// A bond, once it is as expected.
    pub(crate) async fn seen(&self, bond_id: &str, fits: impl Fn(&Bond) -> bool) -> Bond {
        let mut last = None;
        for _ in 0..20_000 {
            let bond = self.get(AUDITOR, bond_id).await.unwrap();
            if fits(&bond) {
                return bond;
            }
            last = Some(bond);
        }
        panic!("the bond stays as it is: {last:?}");
    }

    /// A bond, once it is in a state.
    pub(crate) async fn becomes(&self, bond_id: &str, state: BondState) -> Bond {
        self.seen(bond_id, |bond| bond.state() == state).await
    }
}

fn owned(arguments: &[&str]) -> Vec<String> {
    arguments.iter().map(|argument| (*argument).to_owned()).collect()
}

/// A folder with keys that identity signs with.
pub(crate) fn fresh_keys() -> TempDir {
    let keys = tempfile::tempdir().unwrap();
    verification::signing::generate(&keys.path().join(SIGNING)).unwrap();
    keys
}

/// The keys of such a folder.
pub(crate) fn signing(keys: &TempDir) -> Signing {
    verification::signing::load(keys.path().join(SIGNING).to_str().unwrap()).unwrap()
}

fn run_identity(listener: TcpListener, url: &SecretString, keys: &TempDir, clock: &Clock) -> Running {
    let file = |name: &str| keys.path().join(name).to_str().unwrap().to_owned();
    let arguments = [
        "identity".to_owned(),
        format!("--database-url={}", url.expose_secret()),
        format!("--key-file={}", file("keys.toml")),
        format!("--signing-key-file={}", file(SIGNING)),
    ];
    let config = identity::Config::try_parse_from(arguments).unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let task = tokio::spawn(identity::serve(config, listener, clock.clone(), stop.clone()));
    Running { address, stop, task }
}

async fn run_registry(url: &SecretString, identity: SocketAddr, clock: &Clock, more: &[&str]) -> Running {
    let identity = identity.to_string();
    let mut arguments =
        vec!["kinship-registry", "--database-url", url.expose_secret(), "--identity", &identity];
    arguments.extend(["--service-token", "dev:service:kinship"]);
    arguments.extend(more);
    let config = kinship_registry::Config::try_parse_from(arguments).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), CancellationToken::new());
    let task = tokio::spawn(kinship_registry::serve(config, listener, clock.clone(), stop.clone()));
    Running { address, stop, task }
}

/// The credential of a citizen's app.
pub(crate) fn citizen(person: &str) -> String {
    format!("dev:citizen:{person}")
}

/// A new id.
pub(crate) fn id() -> String {
    Uuid::now_v7().to_string()
}

/// Later ones are older, and may be parents of those before.
fn number() -> CitizenId {
    static ORDER: AtomicU16 = AtomicU16::new(1);
    let order = ORDER.fetch_add(1, Ordering::Relaxed);
    CitizenId::compose(320_102, date!(1980 - 02 - 03) - Duration::days(order.into()), order).unwrap()
}

/// Before the test began.
pub(crate) fn earlier() -> Timestamp {
    Timestamp { seconds: NOW.unix_timestamp() - 90, nanos: 123_456_789 }
}

pub(crate) fn enrolment(person: &str, scheme: Scheme, pool: &str) -> RecordEnrolmentRequest {
    RecordEnrolmentRequest {
        request_id: id(),
        enrolment_id: id(),
        person_id: person.to_owned(),
        scheme: scheme.into(),
        pooling_area: pool.to_owned(),
        status: EnrolmentStatus::Normal.into(),
        valid_from: "2020-07-01".to_owned(),
        valid_to: String::new(),
        business_time: Some(earlier()),
        expected_revision: 0,
    }
}

pub(crate) fn commitment() -> Commitment {
    Commitment {
        text_version: "2026-01".to_owned(),
        text_sha256: "ab".repeat(32),
        accept_time: Some(earlier()),
    }
}

/// A parent is invited.
pub(crate) fn proposal(sharer: &str, beneficiary: &str) -> ProposeBondRequest {
    ProposeBondRequest {
        bond_id: id(),
        programme: Programme::Wallet.into(),
        sharer_person_id: sharer.to_owned(),
        beneficiary_person_id: beneficiary.to_owned(),
        relation: Relation::Parent.into(),
        commitment: Some(commitment()),
        evidence: vec![Evidence {
            kind: "household_register".to_owned(),
            reference: "户口簿-0001".to_owned(),
        }],
        channel: Channel::NationalApp.into(),
        assertion: String::new(),
    }
}

pub(crate) fn acceptance(bond_id: &str) -> AcceptBondRequest {
    AcceptBondRequest { request_id: id(), bond_id: bond_id.to_owned(), ..AcceptBondRequest::default() }
}

pub(crate) fn rejection(bond_id: &str) -> RejectBondRequest {
    RejectBondRequest { request_id: id(), bond_id: bond_id.to_owned(), ..RejectBondRequest::default() }
}

/// The question whether a bond is as it says, now.
pub(crate) fn check(bond: &Bond) -> BondCheck {
    BondCheck {
        bond_id: bond.bond_id.clone(),
        sharer_person_id: bond.sharer_person_id.clone(),
        beneficiary_person_id: bond.beneficiary_person_id.clone(),
        programme: bond.programme,
        at_time: None,
    }
}

/// Code and reason of a status of ours.
pub(crate) fn refused(status: &Status) -> (Code, String) {
    (status.code(), status::reason(status).unwrap_or_default())
}

/// A state-dependent refusal with this reason.
pub(crate) fn state(reason: &str) -> (Code, String) {
    (Code::FailedPrecondition, reason.to_owned())
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
