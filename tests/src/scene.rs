//! A cluster of three provinces and the families who live there, at a civil time of the test's choice.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use checker::{Sources, Verdict};
use proto::{
    identity::Scheme,
    kinship::Relation,
    settlement::Transfer,
    wallet::{Category, Payment},
};
use standards::{Pool, Province, civil};
use testkit::{
    cluster::{Cluster, Edge, Ports, Setup},
    database,
    desk::{Bill, Desk, Party},
    people::{id, newcomer},
};
use time::{OffsetDateTime, Time};
use tonic::Status;

use crate::answer::until;

/// Jiangsu, Sichuan and Qinghai.
const THREE: [u8; 3] = [32, 51, 63];
/// How long the whole country may take to come to rest.
const REST: Duration = Duration::from_secs(40);

static CLUSTERS: AtomicU32 = AtomicU32::new(0);

/// The instant at which a civil day shows a clock time.
///
/// # Panics
/// If there is no such day or time; tests write them out.
pub fn time_of(day: &str, hour: u8, minute: u8, second: u8) -> OffsetDateTime {
    let day = civil::parse_day(day).expect("a test names a day that exists");
    civil::instant(day, Time::from_hms(hour, minute, second).expect("a test names a time that exists"))
}

/// The pool with this code.
///
/// # Panics
/// If the list has none; tests write it out.
pub fn pool(code: u32) -> Pool {
    Pool::from_code(code).expect("a test names a pool that exists")
}

/// Where the databases of a cluster are.
pub fn sources(cluster: &Cluster) -> Result<Sources> {
    let databases = cluster.names().map(|name| Ok((name.to_owned(), cluster.database(name)?.to_owned())));
    Sources::named(databases.collect::<Result<Vec<_>>>()?)
}

/// A cluster under test.
pub struct Scene {
    /// The processes.
    pub cluster: Cluster,
    /// The counter in front of them.
    pub desk: Desk,
    home: Option<tempfile::TempDir>,
}

/// Somebody who shares, somebody who may use it, and the bond between them.
#[derive(Clone, Debug)]
pub struct Family {
    /// 共济人
    pub sharer: Party,
    /// 被共济人
    pub beneficiary: Party,
    /// 共济关系
    pub bond: String,
}

/// What a scene is made of.
struct Parts<'a> {
    /// The run's own server if none is named.
    server: Option<String>,
    provinces: &'a [u8],
    environment: Vec<(String, String)>,
    edges: &'a [Edge],
}

impl Default for Parts<'_> {
    fn default() -> Self {
        Self { server: None, provinces: &THREE, environment: Vec::new(), edges: &[] }
    }
}

impl Scene {
    /// Jiangsu, Sichuan and Qinghai, from `at` on.
    pub async fn start(name: &str, at: OffsetDateTime) -> Result<Self> {
        Self::made_of(name, at, Parts::default()).await
    }

    /// As [`Self::start`], with environment for every service.
    pub async fn start_with(
        name: &str,
        at: OffsetDateTime,
        environment: Vec<(String, String)>,
    ) -> Result<Self> {
        Self::made_of(name, at, Parts { environment, ..Parts::default() }).await
    }

    /// As [`Self::start`], with a proxy on each of these edges.
    pub async fn start_between(name: &str, at: OffsetDateTime, edges: &[Edge]) -> Result<Self> {
        Self::made_of(name, at, Parts { edges, ..Parts::default() }).await
    }

    /// As [`Self::start_between`], with these provinces.
    pub async fn start_in(name: &str, at: OffsetDateTime, provinces: &[u8], edges: &[Edge]) -> Result<Self> {
        Self::made_of(name, at, Parts { provinces, edges, ..Parts::default() }).await
    }

    /// As [`Self::start`], on this database server instead of the run's own.
    pub async fn start_on(server: String, name: &str, at: OffsetDateTime) -> Result<Self> {
        Self::made_of(name, at, Parts { server: Some(server), ..Parts::default() }).await
    }

    async fn made_of(name: &str, at: OffsetDateTime, parts: Parts<'_>) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("gongji-e2e-").tempdir()?;
        let number = CLUSTERS.fetch_add(1, Ordering::Relaxed);
        let province = |code| Province::from_code(code).context("a province");
        let setup = Setup {
            home: home.path().to_owned(),
            server: parts.server.map_or_else(database::server_url, Ok)?,
            prefix: format!("e2e_{}_{number}_{name}_", std::process::id()),
            provinces: parts.provinces.iter().copied().map(province).collect::<Result<_>>()?,
            ports: Ports::Free,
            civil_time: Some(at),
            environment: parts.environment,
        };
        let cluster = Cluster::start_between(setup, parts.edges, |_| {}).await?;
        let desk = Desk::of(&cluster)?;
        Ok(Self { cluster, desk, home: Some(home) })
    }

    /// A person who is registered, enrolled and has an open wallet.
    pub async fn person(&self, scheme: Scheme, pool: Pool, auto_claim: bool) -> Result<Party> {
        let newcomer = newcomer(pool, 1970, 0)?;
        let person = until("registering", || self.desk.register(&newcomer, pool)).await?;
        until("enrolling", || self.desk.enrol(&person, scheme, pool, "2020-01-01")).await?;
        let opening = async || {
            let party = Party { person: person.clone(), pool, wallet: id() };
            self.desk.open_wallet(&party, &newcomer.mobile, auto_claim).await.map(|_| party)
        };
        until("opening a wallet", opening).await
    }

    /// Somebody employed, with this balance.
    pub async fn employee(&self, pool: Pool, balance: &str) -> Result<Party> {
        let party = self.person(Scheme::Employee, pool, false).await?;
        self.credit(&party, balance).await?;
        Ok(party)
    }

    /// Puts money into a personal account.
    pub async fn credit(&self, party: &Party, amount: &str) -> Result<()> {
        let month = civil::day_text(civil::day(self.cluster.civil_now()))[..7].to_owned();
        until("crediting", || self.desk.credit(party, amount, &month)).await.map(|_| ())
    }

    /// An active bond between two persons.
    pub async fn bond(&self, sharer: &Party, beneficiary: &Party, relation: Relation) -> Result<String> {
        let propose = async || {
            let bond = id();
            self.desk.propose(&bond, sharer, beneficiary, relation).await.map(|_| bond)
        };
        let bond = until("proposing", propose).await?;
        until("accepting", || self.desk.accept(&bond, beneficiary)).await?;
        Ok(bond)
    }

    /// An employee with a balance, a resident, and a bond between them.
    pub async fn family(&self, from: u32, balance: &str, to: u32, auto_claim: bool) -> Result<Family> {
        let sharer = self.employee(pool(from), balance).await?;
        let beneficiary = self.person(Scheme::Resident, pool(to), auto_claim).await?;
        let bond = self.bond(&sharer, &beneficiary, Relation::Sibling).await?;
        Ok(Family { sharer, beneficiary, bond })
    }

    /// Sends quota under an id, until the answer is certain.
    pub async fn send(&self, transfer: &str, family: &Family, amount: &str) -> Result<Transfer, Status> {
        let Family { sharer, beneficiary, bond } = family;
        self.certain(|| self.desk.send(transfer, bond, sharer, beneficiary, amount)).await
    }

    /// Asks until the answer says for certain what happened.
    pub async fn certain<T, F, Answer>(&self, mut ask: F) -> Result<T, Status>
    where
        F: FnMut() -> Answer,
        Answer: Future<Output = Result<T, Status>>,
    {
        let deadline = Instant::now() + REST;
        loop {
            match ask().await {
                Err(status) if crate::is_uncertain(&status) && Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                answer => return answer,
            }
        }
    }

    /// An institution in the directory of its pool.
    pub async fn institution(&self, code: &str, pool: Pool) -> Result<()> {
        until("putting an institution", || self.desk.put_institution(code, "第一医院", pool)).await
    }

    /// A bill of this moment.
    pub fn bill(&self, institution: &str, amount: &str) -> Bill {
        let pharmacy = institution.starts_with('P');
        Bill {
            institution: institution.to_owned(),
            amount: amount.to_owned(),
            category: if pharmacy { Category::Pharmacy } else { Category::Outpatient },
            at: self.cluster.civil_now() - time::Duration::seconds(2),
        }
    }

    /// Pays a bill as soon as the book knows both sides.
    pub async fn pay(&self, patient: &Party, institution: &str, amount: &str) -> Result<Payment> {
        self.desk.pay_when_known(patient, &self.bill(institution, amount)).await
    }

    /// Waits until `wanted` says yes.
    pub async fn eventually<T, F, Answer>(&self, what: &str, mut look: F) -> Result<T>
    where
        F: FnMut() -> Answer,
        Answer: Future<Output = Result<Option<T>>>,
    {
        let deadline = Instant::now() + REST;
        loop {
            match look().await {
                Ok(Some(found)) => return Ok(found),
                other if Instant::now() >= deadline => {
                    bail!("{what} did not come true in {REST:?}: {:?}", other.err())
                }
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    /// A channel to a service of the cluster.
    ///
    /// # Panics
    /// If there is no such service; tests write its name out.
    pub fn channel(&self, service: &str) -> tonic::transport::Channel {
        self.cluster.channel(service).expect("a test names a service that exists")
    }

    /// Where the databases are.
    pub fn sources(&self) -> Result<Sources> {
        sources(&self.cluster)
    }

    /// Waits until all is quiet, and has everything judged.
    pub async fn verdict(&self) -> Result<Verdict> {
        let sources = self.sources()?;
        checker::settled(&sources, REST).await?;
        checker::check(&sources).await
    }

    /// The end of a scenario: quiet, judged, and every process ended when asked.
    pub async fn finish(self) -> Result<()> {
        self.verdict().await?.assert_clean();
        self.close()
    }

    /// The end of a scenario that has been judged already: every process ends when asked.
    pub fn close(mut self) -> Result<()> {
        let home = self.home.take();
        for name in self.cluster.names().map(str::to_owned).collect::<Vec<_>>() {
            let status = self.cluster.process_mut(&name)?.terminate()?;
            if !status.success() {
                bail!("{name} ended with {status}");
            }
        }
        drop(home);
        Ok(())
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        // What the services logged is what explains a failure: it stays, and is named.
        if let Some(home) = self.home.take() {
            eprintln!("the logs of the services are in {}", home.keep().join("logs").display());
        }
    }
}
