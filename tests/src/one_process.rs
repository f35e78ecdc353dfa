//! The country in one process: every service through its own `serve`, on one runtime, one clock and fresh
//! databases.
//!
//! Nothing is replaced: configuration, databases and gRPC are those of the separate processes. What it cannot show
//! is a process that dies.

use std::{
    collections::BTreeMap,
    fs,
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result};
use chassis::clock::Clock;
use checker::{Sources, Verdict};
use clap::Parser;
use secrecy::ExposeSecret;
use standards::{BookId, Province};
use tempfile::TempDir;
use testkit::{database, desk::Desk};
use time::OffsetDateTime;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint};

/// How long all services together may take to come to rest, and to end.
const REST: Duration = Duration::from_secs(40);

/// Every service of a small country; they end with the test's runtime, or in order with [`OneProcess::stop`].
pub struct OneProcess {
    /// The counter in front of the services.
    pub desk: Desk,
    /// The one clock of all of them.
    pub clock: Clock,
    sources: Sources,
    services: Services,
    /// The services read their keys from here.
    keys: TempDir,
}

/// What runs, and what stops it.
struct Services {
    clock: Clock,
    stop: CancellationToken,
    running: Vec<(String, JoinHandle<Result<()>>)>,
}

/// A place to listen on, taken before anybody is told of it.
struct Place {
    listener: TcpListener,
    address: SocketAddr,
}

impl Place {
    async fn take() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn channel(&self) -> Result<Channel> {
        Ok(Endpoint::from_shared(self.url())?.connect_lazy())
    }
}

impl Services {
    /// Parses the arguments as the service's `main` does, and lets it serve. Gives the database's address.
    async fn start<C, S, Served>(
        &mut self,
        name: &str,
        token: &str,
        place: Place,
        own: &[String],
        serve: S,
    ) -> Result<String>
    where
        C: Parser,
        S: FnOnce(C, TcpListener, Clock, CancellationToken) -> Served,
        Served: Future<Output = Result<()>> + Send + 'static,
    {
        let url = database::fresh(name).await?.expose_secret().to_owned();
        let shared = [name, "--database-url", &url, "--service-token", token];
        let arguments = shared.into_iter().chain(own.iter().map(String::as_str));
        let config = C::try_parse_from(arguments).with_context(|| format!("the arguments of {name}"))?;
        let served = serve(config, place.listener, self.clock.clone(), self.stop.clone());
        self.running.push((name.to_owned(), tokio::spawn(served)));
        Ok(url)
    }
}

fn option(name: &str, value: impl ToString) -> [String; 2] {
    [format!("--{name}"), value.to_string()]
}

fn path(at: &Path) -> String {
    at.display().to_string()
}

impl OneProcess {
    /// Starts identity, kinship-registry, settlement and the wallet service of each province, from `at` on.
    ///
    /// # Errors
    /// If a database cannot be made or an argument is refused. A service that ends later shows in its calls.
    pub async fn start(at: OffsetDateTime, provinces: &[u8]) -> Result<Self> {
        let clock = Clock::starting_at(at);
        let keys = tempfile::Builder::new().prefix("gongji-one-").tempdir()?;
        let mut services =
            Services { clock: clock.clone(), stop: CancellationToken::new(), running: Vec::new() };
        let [identity, kinship, settlement] =
            [Place::take().await?, Place::take().await?, Place::take().await?];
        let (at_identity, at_settlement) = (identity.url(), settlement.url());
        let [to_identity, to_kinship, to_settlement] =
            [identity.channel()?, kinship.channel()?, settlement.channel()?];
        let mut of_settlement = Vec::new();
        of_settlement.extend(option("identity", &at_identity));
        of_settlement.extend(option("kinship", kinship.url()));

        let (mut wallets, mut books) = (BTreeMap::new(), BTreeMap::new());
        for code in provinces {
            let province = Province::from_code(*code).context("a test names a province that exists")?;
            let (book, place) = (BookId::first_of(province), Place::take().await?);
            of_settlement.extend(option("book", format!("{book}={}", place.url())));
            wallets.insert(province, place.channel()?);
            let seed = keys.path().join(format!("{book}.seed"));
            fs::write(&seed, "5e".repeat(32))?;
            let mut own = Vec::new();
            own.extend(option("book-id", book));
            own.extend(option("identity", &at_identity));
            own.extend(option("settlement", &at_settlement));
            own.extend(option("signing-key-file", path(&seed)));
            let (name, token) = (format!("wallet-{province}"), format!("dev:service:wallet-{book}"));
            let url = services.start(&name, &token, place, &own, wallet::serve).await?;
            books.insert(province.to_string(), url);
        }

        let key_file = keys.path().join("identity.toml");
        identity::keys::generate(&key_file)?;
        let signing = keys.path().join("signing.toml");
        identity::verification::signing::generate(&signing)?;
        let dated = clock.clone();
        testkit::agree::begin(&signing, Arc::new(move || dated.now()))?;
        let mut own = Vec::from(option("key-file", path(&key_file)));
        own.extend(option("signing-key-file", path(&signing)));
        let identity =
            services.start("identity", "dev:service:identity", identity, &own, identity::serve).await?;
        let own = option("identity", &at_identity);
        let (token, serve) = ("dev:service:kinship", kinship_registry::serve);
        let kinship = services.start("kinship-registry", token, kinship, &own, serve).await?;
        let (token, serve) = ("dev:service:settlement", settlement::serve);
        let settlement = services.start("settlement", token, settlement, &of_settlement, serve).await?;
        let desk = Desk::from_channels(to_identity, to_kinship, to_settlement, wallets);
        let sources = Sources { identity, kinship, settlement, books };
        Ok(Self { desk, clock, sources, services, keys })
    }

    /// Waits until all is quiet, and has everything judged.
    pub async fn verdict(&self) -> Result<Verdict> {
        checker::settled(&self.sources, REST).await?;
        checker::check(&self.sources).await
    }

    /// Stops every service; each must end in order and by itself.
    pub async fn stop(self) -> Result<()> {
        self.services.stop.cancel();
        for (name, running) in self.services.running {
            let ended = tokio::time::timeout(REST, running).await;
            let ended = ended.with_context(|| format!("{name} did not end in {REST:?}"))?;
            ended.with_context(|| format!("{name} panicked"))?.with_context(|| name)?;
        }
        drop(self.keys);
        Ok(())
    }
}
