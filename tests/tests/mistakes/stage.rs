//! A cluster in which chosen services make a mistake from a chosen moment on, with a family, and a witness who writes
//! down what callers are answered.

use std::{path::PathBuf, time::Duration};

use anyhow::{Result, bail, ensure};
use checker::{
    Verdict,
    history::{self, Recorder, Reply},
};
use e2e::{Family, Order, Scene, Witness, pool, time_of};
use mistakes::Mistake;
use proto::settlement::TransferState;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testkit::{cluster::Edge, people::id};
use tokio::time::{Instant, sleep, timeout};
use tonic::Status;

/// Where the family is treated, and the book that pays there.
pub(crate) const HOSPITAL: &str = "H51010400123";
pub(crate) const BOOK: &str = "wallet-51";
/// The book of the sharer.
pub(crate) const SHARER: &str = "wallet-32";
/// What a service is told by.
const MISTAKE: &str = "GONGJI_MISTAKE";
/// How long an answer that becomes certain is waited for.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);

/// See the head of the file.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    pub(crate) mistake: Option<Mistake>,
    witness: Witness,
    recorder: Recorder,
    file: PathBuf,
    _home: tempfile::TempDir,
}

impl Stage {
    /// A cluster in which nothing is wrong yet.
    pub(crate) async fn open(mistake: Option<Mistake>) -> Result<Self> {
        let name = mistake.map_or("none", Mistake::name).replace('-', "_");
        let edges = [Edge::new("settlement", SHARER)];
        let scene = Scene::start_between(&name, time_of("2026-03-10", 8, 0, 0), &edges).await?;
        scene.institution(HOSPITAL, pool(510_100)).await?;
        let home = tempfile::tempdir()?;
        let file = home.path().join("history.jsonl");
        let recorder = Recorder::create(&file)?;
        let witness = Witness::new(recorder.process(1), scene.channel("settlement"), scene.desk.clone());
        Ok(Self { scene, mistake, witness, recorder, file, _home: home })
    }

    /// A family of which the beneficiary holds 64.00 and has spent one of them.
    pub(crate) async fn family(&self) -> Result<Family> {
        let family = self.scene.family(320_100, "100.00", 510_100, true).await?;
        let transfer = id();
        self.scene.send(&transfer, &family, "64.00").await?;
        self.scene.desk.until_state(&transfer, &family.sharer, TransferState::Claimed).await?;
        self.scene.pay(&family.beneficiary, HOSPITAL, "1.00").await?;
        Ok(family)
    }

    /// Starts a service again; from now on it makes the mistake, if there is one.
    pub(crate) async fn spoil(&mut self, service: &str) -> Result<()> {
        let mistake = self.mistake.map_or("", Mistake::name);
        self.scene.cluster.restart(service, &[(MISTAKE, mistake)]).await
    }

    /// As [`Self::spoil`], and the service dies at a named point; returns when it has.
    pub(crate) async fn spoil_until_it_dies(&mut self, service: &str, point: &str) -> Result<()> {
        let mistake = self.mistake.map_or("", Mistake::name);
        self.scene.cluster.start_again(service, &[(MISTAKE, mistake), ("GONGJI_CRASH_AT", point)])?;
        let deadline = Instant::now() + PATIENCE;
        while self.scene.cluster.process_mut(service)?.ended()?.is_none() {
            ensure!(Instant::now() < deadline, "{service} does not die at {point}");
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Starts a service again that does everything right.
    pub(crate) async fn mend(&mut self, service: &str) -> Result<()> {
        self.scene.cluster.restart(service, &[(MISTAKE, "")]).await
    }

    /// Kills a service.
    pub(crate) fn kill(&mut self, service: &str) -> Result<()> {
        self.scene.cluster.process_mut(service)?.kill().map(|_| ())
    }

    /// Sends an order once, and writes down what is answered.
    pub(crate) async fn asked(&self, order: &Order) -> Result<Reply, Status> {
        self.witness.ask(order).await
    }

    /// Sends an order until its answer is certain, and writes each down.
    pub(crate) async fn told(&self, order: &Order) -> Result<Reply, Status> {
        let answer = async {
            loop {
                match self.witness.ask(order).await {
                    Err(status) if e2e::is_uncertain(&status) => sleep(PAUSE).await,
                    answer => return answer,
                }
            }
        };
        timeout(PATIENCE, answer).await.unwrap_or_else(|_| Err(Status::deadline_exceeded("never certain")))
    }

    /// Runs statements in a service's database.
    pub(crate) async fn execute(&self, service: &str, statements: &str) -> Result<()> {
        let mut conn = PgConnection::connect(self.scene.cluster.database(service)?).await?;
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut conn).await?;
        Ok(conn.close().await?)
    }

    /// Sessions of a service's database that wait for a lock.
    pub(crate) async fn waiting(&self, service: &str) -> Result<i64> {
        let mut conn = PgConnection::connect(self.scene.cluster.database(service)?).await?;
        let waiting = "SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        Ok(sqlx::query_scalar(waiting).fetch_one(&mut conn).await?)
    }

    /// Waits until nothing moves.
    pub(crate) async fn quiet(&self) -> Result<()> {
        checker::settled(&self.scene.sources()?, PATIENCE).await
    }

    /// Whether all came to rest, and what the checker finds in the databases and in the answers.
    pub(crate) async fn verdict(&self, patience: Duration) -> Result<(Result<()>, Verdict)> {
        self.recorder.flush()?;
        let (calls, sources) = (history::read(&self.file)?, self.scene.sources()?);
        let rest = checker::settled(&sources, patience).await;
        Ok((rest, checker::check_with(&sources, &calls).await?))
    }

    /// The end. A service that made a mistake may have ended by itself.
    pub(crate) fn close(self) -> Result<()> {
        let made = self.mistake;
        match self.scene.close() {
            Err(error) if made.is_none() => bail!(error),
            _ => Ok(()),
        }
    }
}
