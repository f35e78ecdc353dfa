//! Where it is measured: a private PostgreSQL that flushes what it acknowledges, the services as processes on
//! it, and families in two provinces.

use std::{
    fs::File,
    io::{Seek, Write},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use e2e::{Family, pool, time_of, until};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use proto::{
    identity::Scheme,
    kinship::Relation,
    settlement::TransferState,
    wallet::{Category, PaymentState},
};
use sqlx::{Connection, PgConnection};
use standards::{Pool, Province, civil};
use tempfile::TempDir;
use testkit::{
    checker::{self, Sources},
    cluster::{Cluster, Ports, Setup},
    desk::{Bill, Desk, Party},
    people::{id, newcomer},
    postgres::{Durability, PrivatePostgres},
};
use time::OffsetDateTime;

use crate::{Arguments, cpu, pgbench::Pgbench, progress::Progress, sql};

/// 南京 sends, 成都 receives: two books, so that each transfer crosses.
const FROM: u32 = 320_100;
const TO: u32 = 510_100;
const HOSPITAL: &str = "H32010400123";
const PREFIX: &str = "bench_";
/// More than a sharer can send and pay in any run.
const BALANCE: &str = "5000.00";
/// How many families are set up at a time.
const SETUP_IN_FLIGHT: usize = 48;
/// How long everything may take to come to rest.
const REST: Duration = Duration::from_secs(120);

/// Everything that runs.
pub(crate) struct Place {
    home: TempDir,
    postgres: PrivatePostgres,
    cluster: Cluster,
    desk: Desk,
    pub(crate) families: Vec<Family>,
    pub(crate) pgbench: Pgbench,
}

/// The day of the first round, when everybody is registered.
fn first_day() -> OffsetDateTime {
    time_of("2026-03-10", 10, 0, 0)
}

impl Place {
    /// Starts it all below `out` and brings the families.
    pub(crate) async fn start(out: &Path, arguments: &Arguments, progress: &Progress) -> Result<Self> {
        progress.step("PostgreSQL with fsync, and pgbench's tables");
        let home = tempfile::Builder::new().prefix("run-").tempdir_in(out)?;
        let postgres = PrivatePostgres::start(&home.path().join("postgres"), Durability::Full)?;
        let server = postgres.url("postgres");
        let mut conn = PgConnection::connect(&server).await?;
        if !sql::is_durable(&mut conn).await? {
            bail!("the server does not keep what it acknowledges: nothing to measure");
        }
        conn.close().await?;
        let pgbench = Pgbench::prepare(postgres.pid(), &server).await?;
        progress.step("the services");
        let province = |code| Province::from_code(code).context("a province");
        let setup = Setup {
            home: home.path().to_owned(),
            server,
            prefix: PREFIX.to_owned(),
            provinces: vec![province(32)?, province(51)?],
            ports: Ports::Free,
            civil_time: Some(first_day()),
            environment: vec![],
        };
        let cluster = Cluster::start(setup, |_| {}).await?;
        let desk = Desk::of(&cluster)?;
        let mut place = Self { home, postgres, cluster, desk, families: vec![], pgbench };
        progress.step(&format!("{} families", arguments.families));
        let began = Instant::now();
        until("a hospital", || place.desk.put_institution(HOSPITAL, "第一医院", pool(FROM))).await?;
        let families = (0..arguments.families).map(|_| place.family());
        place.families = stream::iter(families).buffer_unordered(SETUP_IN_FLIGHT).try_collect().await?;
        for name in place.cluster.names() {
            sql::analyze(place.cluster.database(name)?).await?;
        }
        progress.step(&format!("they took {} s to set up", began.elapsed().as_secs()));
        Ok(place)
    }

    async fn person(&self, scheme: Scheme, pool: Pool, auto_claim: bool) -> Result<Party> {
        let newcomer = newcomer(pool, 1970, 0)?;
        let person = until("registering", || self.desk.register(&newcomer, pool)).await?;
        until("enrolling", || self.desk.enrol(&person, scheme, pool, "2020-01-01")).await?;
        let opening = async || {
            let party = Party { person: person.clone(), pool, wallet: id() };
            self.desk.open_wallet(&party, &newcomer.mobile, auto_claim).await.map(|_| party)
        };
        until("opening a wallet", opening).await
    }

    async fn family(&self) -> Result<Family> {
        let sharer = self.person(Scheme::Employee, pool(FROM), false).await?;
        until("crediting", || self.desk.credit(&sharer, BALANCE, "2026-03")).await?;
        let beneficiary = self.person(Scheme::Resident, pool(TO), true).await?;
        let propose = async || {
            let bond = id();
            self.desk.propose(&bond, &sharer, &beneficiary, Relation::Parent).await.map(|_| bond)
        };
        let bond = until("proposing", propose).await?;
        until("accepting", || self.desk.accept(&bond, &beneficiary)).await?;
        Ok(Family { sharer, beneficiary, bond })
    }

    /// Moves the civil clock to the day of a round, on which every family may send again.
    pub(crate) async fn day_of(&mut self, round: u8) -> Result<()> {
        self.cluster.set_clock(first_day() + time::Duration::days(i64::from(round) + 1)).await
    }

    /// One yuan across provinces, from the sharer's call until it is claimed.
    pub(crate) async fn transfer(&self, family: &Family) -> Result<()> {
        let Family { sharer, beneficiary, bond } = family;
        let transfer = id();
        let sent = self.desk.send(&transfer, bond, sharer, beneficiary, "1.00").await?;
        if sent.state() != TransferState::Claimed {
            self.desk.until_state(&transfer, sharer, TransferState::Claimed).await?;
        }
        Ok(())
    }

    /// A transfer that waits for news which follow a new day, for warming up.
    pub(crate) async fn first_transfer(&self, family: &Family) -> Result<()> {
        let Family { sharer, beneficiary, bond } = family;
        let sending = async || self.desk.send(&id(), bond, sharer, beneficiary, "1.00").await;
        until("sending", sending).await.map(|_| ())
    }

    /// One fen of the sharer's own money, at a hospital of their own pool.
    pub(crate) async fn payment(&self, patient: &Party) -> Result<()> {
        let paid = self.desk.pay(&id(), patient, &self.bill()).await?;
        if paid.state() != PaymentState::Paid {
            bail!("a payment ended as {}", paid.state().as_str_name());
        }
        Ok(())
    }

    /// A payment that waits until the book knows both sides, for warming up.
    pub(crate) async fn first_payment(&self, patient: &Party) -> Result<()> {
        self.desk.pay_when_known(patient, &self.bill()).await.map(|_| ())
    }

    fn bill(&self) -> Bill {
        Bill {
            institution: HOSPITAL.to_owned(),
            amount: "0.01".to_owned(),
            category: Category::Outpatient,
            at: civil::micros(self.cluster.civil_now() - time::Duration::seconds(2)),
        }
    }

    /// A session of our own.
    pub(crate) async fn control(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.postgres.url("postgres")).await?)
    }

    /// What the names of the product's databases begin with.
    pub(crate) fn prefix(&self) -> &'static str {
        PREFIX
    }

    /// Processor time used so far.
    pub(crate) fn usage(&self) -> Result<cpu::Usage> {
        let pids = self.cluster.names().map(|name| Ok(self.cluster.process(name)?.pid()));
        cpu::Usage::now(&pids.collect::<Result<Vec<u32>>>()?, self.postgres.pid())
    }

    /// The most memory that each service held, in KiB.
    pub(crate) fn resident(&self) -> Result<Vec<(String, u64)>> {
        let peak = |name: &str| Ok((name.to_owned(), cpu::peak_kib(self.cluster.process(name)?.pid())?));
        self.cluster.names().map(peak).collect()
    }

    /// What it costs to flush 8 kB to the disk on which the databases lie: the median, in microseconds.
    pub(crate) fn fsync_micros(&self) -> Result<u64> {
        let mut file = File::create(self.home.path().join("fsync"))?;
        let mut times = Vec::new();
        for _ in 0..300 {
            file.rewind()?;
            file.write_all(&[1; 8_192])?;
            let began = Instant::now();
            file.sync_data()?;
            times.push(u64::try_from(began.elapsed().as_micros())?);
        }
        times.sort_unstable();
        Ok(times[times.len() / 2])
    }

    /// Waits until nothing moves and has every database judged.
    pub(crate) async fn judge(&self, progress: &Progress) -> Result<()> {
        progress.step("the checker");
        let sources = Sources::of(&self.cluster)?;
        checker::settled(&sources, REST).await?;
        let verdict = checker::check(&sources).await?;
        if verdict.looked_at("B1") == 0 {
            bail!("the checker looked at nothing");
        }
        if !verdict.findings.is_empty() {
            bail!("the databases contradict the rules:\n{verdict}");
        }
        Ok(())
    }

    /// Stops everything; data and logs are kept only for an unhappy end.
    pub(crate) async fn stop(self, happy: bool) -> Result<()> {
        let Self { home, postgres, cluster, desk, .. } = self;
        if !happy {
            eprintln!("bench: logs and data are kept in {}", home.keep().display());
        }
        drop(desk);
        // On a thread of its own: our connections must answer the services' farewell.
        tokio::task::spawn_blocking(move || cluster.stop()).await??;
        postgres.stop()?;
        Ok(())
    }
}
