//! A book of 江苏 with identity and a directory around it, and the calls that tests make.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use chassis::clock::Clock;
use clap::Parser as _;
use proto::{
    identity::{
        EnrolmentStatus, RecordEnrolmentRequest, RegisterPersonRequest, Scheme,
        identity_service_client::IdentityServiceClient,
    },
    policy::policy_service_client::PolicyServiceClient,
    wallet::{
        self as wire, book_service_client::BookServiceClient, payment_service_client::PaymentServiceClient,
        wallet_service_client::WalletServiceClient,
    },
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};
use testkit::people::{id, newcomer};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::{
    Request, Status,
    transport::{Channel, Endpoint},
};

pub(crate) use crate::requests::{
    Command, bill, claim, crediting, done, draw_down, earmark, give_back, grant, legs, opening, reason,
    refunding, reversing, revoke, till,
};

use crate::directory::{Directory, institution};

/// A pharmacy and a hospital of 南京, and a pharmacy of 成都.
pub(crate) const PHARMACY: &str = "P32010200001";
pub(crate) const HOSPITAL: &str = "H32010200002";
pub(crate) const OUTSIDE: &str = "P51010400003";

pub(crate) const SETTLEMENT: &str = "service:settlement";
pub(crate) const AGENCY: &str = "agency:32";

/// Everything that one test talks to. Ends with the test's runtime.
pub(crate) struct Bench {
    pub(crate) url: SecretString,
    pub(crate) clock: Clock,
    pub(crate) wallet: Channel,
    pub(crate) identity: Channel,
    pub(crate) identity_at: SocketAddr,
    identity_url: SecretString,
    pub(crate) directory: Directory,
    pub(crate) directory_at: SocketAddr,
    keys: tempfile::TempDir,
}

/// A request under a development credential.
pub(crate) fn under<T: 'static>(who: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(std::time::Duration::from_secs(8));
    let bearer = format!("Bearer dev:{who}").parse().expect("a credential is plain text");
    request.metadata_mut().insert("authorization", bearer);
    testkit::agree::sign(who, &mut request);
    request
}

pub(crate) fn channel(address: SocketAddr) -> Channel {
    Endpoint::from_shared(format!("http://{address}")).expect("an address").connect_lazy()
}

/// Starts a service on a free port; it ends with the runtime.
async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

async fn identity(keys: &Path, clock: Clock) -> (SecretString, SocketAddr) {
    let url = testkit::database::fresh("identity").await.expect("a fresh database");
    let path = keys.join("identity.keys");
    identity::keys::generate(&path).expect("a key file");
    let signing = keys.join("identity.signing");
    identity::verification::signing::generate(&signing).expect("signing keys");
    let dated = clock.clone();
    testkit::agree::begin(&signing, Arc::new(move || dated.now())).expect("a signing key");
    let arguments = [
        "identity".to_owned(),
        format!("--database-url={}", url.expose_secret()),
        format!("--key-file={}", path.display()),
        format!("--signing-key-file={}", signing.display()),
    ];
    let config = identity::Config::try_parse_from(arguments).expect("a configuration");
    let (listener, address) = listener().await;
    tokio::spawn(async move { identity::serve(config, listener, clock, CancellationToken::new()).await });
    (url, address)
}

/// Starts a wallet service over a database.
pub(crate) async fn serve(
    url: &SecretString,
    peers: Option<(SocketAddr, SocketAddr)>,
    clock: Clock,
) -> (SocketAddr, JoinHandle<anyhow::Result<()>>) {
    serve_signing(url, peers, clock, None).await
}

async fn serve_signing(
    url: &SecretString,
    peers: Option<(SocketAddr, SocketAddr)>,
    clock: Clock,
    seed: Option<&Path>,
) -> (SocketAddr, JoinHandle<anyhow::Result<()>>) {
    let mut arguments = vec!["wallet".to_owned(), "--book-id=32-01".to_owned()];
    arguments.push(format!("--database-url={}", url.expose_secret()));
    arguments.push("--service-token=dev:service:wallet-32-01".to_owned());
    if let Some((identity, settlement)) = peers {
        arguments.extend([format!("--identity={identity}"), format!("--settlement={settlement}")]);
    }
    arguments.extend(seed.map(|seed| format!("--signing-key-file={}", seed.display())));
    let config = wallet::Config::try_parse_from(arguments).expect("a configuration");
    let (listener, address) = listener().await;
    let task =
        tokio::spawn(async move { wallet::serve(config, listener, clock, CancellationToken::new()).await });
    (address, task)
}

impl Bench {
    pub(crate) async fn start() -> Self {
        let url = testkit::database::fresh("wallet").await.expect("a fresh database");
        Self::over(url.clone(), &url).await
    }

    /// A bench whose service reaches its database through `behind`.
    pub(crate) async fn over(url: SecretString, behind: &SecretString) -> Self {
        let start = time::macros::datetime!(2026-03-02 02:00 UTC);
        let clock = Clock::starting_at(start);
        let keys = tempfile::tempdir().expect("a directory");
        let (identity_url, identity_at) = identity(keys.path(), clock.clone()).await;
        let (directory, directory_at) = Directory::start(clock.clone()).await;
        for (code, pool) in [(PHARMACY, "320100"), (HOSPITAL, "320200"), (OUTSIDE, "510100")] {
            directory.put(institution(code, pool));
        }
        let seed = keys.path().join("book.seed");
        std::fs::write(&seed, "07".repeat(32)).expect("a seed");
        let peers = Some((identity_at, directory_at));
        let (at, _) = serve_signing(behind, peers, clock.clone(), Some(&seed)).await;
        let (wallet, identity) = (channel(at), channel(identity_at));
        Self { url, clock, wallet, identity, identity_at, identity_url, directory, directory_at, keys }
    }

    pub(crate) fn wallets(&self) -> WalletServiceClient<Channel> {
        WalletServiceClient::new(self.wallet.clone())
    }

    pub(crate) fn payments(&self) -> PaymentServiceClient<Channel> {
        PaymentServiceClient::new(self.wallet.clone())
    }

    pub(crate) fn books(&self) -> BookServiceClient<Channel> {
        BookServiceClient::new(self.wallet.clone())
    }

    pub(crate) fn policy(&self) -> PolicyServiceClient<Channel> {
        PolicyServiceClient::new(self.wallet.clone())
    }

    pub(crate) fn identities(&self) -> IdentityServiceClient<Channel> {
        IdentityServiceClient::new(self.identity.clone())
    }

    /// A connection to identity's database.
    pub(crate) async fn identity_conn(&self) -> PgConnection {
        PgConnection::connect(self.identity_url.expose_secret()).await.expect("the database answers")
    }

    pub(crate) async fn conn(&self) -> PgConnection {
        assert!(self.keys.path().exists());
        PgConnection::connect(self.url.expose_secret()).await.expect("the database answers")
    }

    /// Registers a person and enrols them.
    pub(crate) async fn person(&self, scheme: Scheme, pool: &str) -> String {
        let person = self.registered(&pool[..2]).await;
        self.enrol(&person, scheme, pool, EnrolmentStatus::Normal).await;
        person
    }

    /// Registers a person with a province's agency.
    pub(crate) async fn registered(&self, province: &str) -> String {
        let newcomer =
            newcomer("320100".parse().expect("a pool"), 1970, std::process::id()).expect("a newcomer");
        let request = RegisterPersonRequest {
            request_id: id(),
            id_number: newcomer.id_number,
            name: newcomer.name,
            mobile: newcomer.mobile,
            ..RegisterPersonRequest::default()
        };
        let agency = format!("agency:{province}");
        let mut client = self.identities();
        let reply = client.register_person(under(&agency, request)).await.expect("a person is registered");
        reply.into_inner().person.expect("a person").person_id
    }

    pub(crate) async fn enrol(&self, person: &str, scheme: Scheme, pool: &str, status: EnrolmentStatus) {
        let now = self.clock.now();
        let request = RecordEnrolmentRequest {
            request_id: id(),
            enrolment_id: id(),
            person_id: person.to_owned(),
            scheme: scheme.into(),
            pooling_area: pool.to_owned(),
            status: status.into(),
            valid_from: "2020-01-01".to_owned(),
            valid_to: String::new(),
            business_time: Some(prost_types::Timestamp { seconds: now.unix_timestamp() - 60, nanos: 0 }),
            expected_revision: 0,
        };
        let agency = format!("agency:{}", &pool[..2]);
        let mut client = self.identities();
        client.record_enrolment(under(&agency, request)).await.expect("an enrolment is recorded");
    }

    /// Activates the person's medical code at a counter.
    pub(crate) async fn activate(&self, person: &str) {
        let request = testkit::desk::requests::activation(&id(), person);
        let activated = self.identities().activate_medical_code(under("operator:320100", request)).await;
        activated.expect("a code is activated");
    }

    /// Returns when the book has heard everything that identity has told so far: it says of nobody that there is no
    /// such person before it knows.
    pub(crate) async fn caught_up(&self) {
        let nobody = self.pay(bill(&id(), "1")).await.expect_err("nobody has this id");
        assert_eq!(reason(&nobody), "PERSON_UNKNOWN");
    }

    /// What is stored of the records with a label.
    pub(crate) async fn records(&self, label: &str) -> Vec<String> {
        let query = sqlx::query_scalar("SELECT body FROM record WHERE label = $1 ORDER BY seq").bind(label);
        query.fetch_all(&mut self.conn().await).await.expect("records")
    }

    /// Identity's signing keys.
    pub(crate) fn signing_keys(&self) -> PathBuf {
        self.keys.path().join("identity.signing")
    }

    /// A person of 南京 with an open wallet there.
    pub(crate) async fn owner(&self, scheme: Scheme) -> String {
        let person = self.person(scheme, "320100").await;
        let opened = self.wallets().open_wallet(under(&format!("citizen:{person}"), opening(&person))).await;
        opened.expect("a wallet is opened");
        person
    }

    pub(crate) async fn credit(&self, person: &str, amount: &str) -> wire::PersonalAccount {
        let reply = self.wallets().credit_personal_account(under(AGENCY, crediting(person, amount))).await;
        reply.expect("a credit").into_inner().account.expect("an account")
    }

    /// Grants a lot from 成都 and claims it.
    pub(crate) async fn lot(&self, person: &str, amount: &str) -> String {
        let transfer = id();
        let outcomes = self.apply([grant(&transfer, person, amount), claim(&transfer)]).await;
        assert!(outcomes.iter().all(|outcome| done(outcome).is_some()), "{outcomes:?}");
        transfer
    }

    pub(crate) async fn apply(&self, commands: impl IntoIterator<Item = Command>) -> Vec<wire::BookOutcome> {
        let commands = commands
            .into_iter()
            .map(|command| wire::BookCommand { command_id: "c".to_owned(), command: Some(command) });
        let request = wire::ApplyRequest { batch_id: "test".to_owned(), commands: commands.collect() };
        self.books()
            .apply(under(SETTLEMENT, request))
            .await
            .expect("commands are taken")
            .into_inner()
            .outcomes
    }

    pub(crate) async fn pay(&self, request: wire::PayRequest) -> Result<wire::Payment, Status> {
        let code = request.draft.as_ref().expect("a draft").institution_code.clone();
        let reply = self.payments().pay(under(&format!("institution:{code}"), request)).await?;
        Ok(reply.into_inner().payment.expect("a payment"))
    }

    pub(crate) async fn refund(&self, payment: &str, amount: &str) -> Result<wire::Refund, Status> {
        let reply = self.payments().refund_payment(under(&till(), refunding(payment, amount))).await?;
        Ok(reply.into_inner().refund.expect("a refund"))
    }

    pub(crate) async fn wallet_now(&self, person: &str) -> wire::Wallet {
        let request = wire::GetWalletRequest { person_id: person.to_owned() };
        let reply = self.wallets().get_wallet(under(&format!("citizen:{person}"), request)).await;
        reply.expect("a wallet").into_inner().wallet.expect("a wallet")
    }

    pub(crate) async fn lots(&self, person: &str) -> Vec<wire::Lot> {
        let request =
            wire::ListLotsRequest { person_id: person.to_owned(), ..wire::ListLotsRequest::default() };
        let reply = self.wallets().list_lots(under(&format!("citizen:{person}"), request)).await;
        reply.expect("lots").into_inner().lots
    }

    /// Everything an audit finds, and how far it got.
    pub(crate) async fn audit(&self) -> (i64, Vec<wire::AuditFinding>) {
        let request = under("auditor", wire::AuditRequest::default());
        let mut replies = self.books().audit(request).await.expect("an audit").into_inner();
        let (mut through, mut findings) = (0, Vec::new());
        while let Some(reply) = replies.message().await.expect("the audit goes on") {
            through = reply.checked_through;
            findings.extend(reply.findings);
        }
        (through, findings)
    }
}
