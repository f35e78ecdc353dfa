//! A scene with families who were there before, proxies between settlement and two books, and looks into databases at
//! what no call shows.

use std::{
    collections::BTreeMap,
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use e2e::{Family, Scene, pool, time_of};
use futures::{StreamExt as _, TryStreamExt as _, future::try_join_all, stream};
use proto::settlement::TransferState;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use standards::{Province, civil};
use testkit::{
    cluster::Edge,
    desk::Desk,
    faults::{Calls, Fault, Hits, Proxy, Rule},
    people::id,
};
use time::{Date, OffsetDateTime, Time};
use tokio::task::JoinHandle;
use tonic::Status;

/// Where people of these scenarios are treated.
pub(crate) const HOSPITAL: &str = "H51010400123";
/// The call by which settlement has a book do something.
pub(crate) const APPLY: &str = "/gongji.wallet.v1.BookService/Apply";
/// How long something that must come may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How long the whole country may take to come to rest.
pub(crate) const REST: Duration = Duration::from_secs(40);
/// How many families are set up at a time.
const SETUP: usize = 16;
/// Until a sharer has sent and paid everything that a run wants.
const BALANCE: &str = "5000.00";

/// A scene and its people.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    /// They share from Jiangsu to Sichuan, and claim by hand.
    pub(crate) families: Vec<Family>,
}

impl Stage {
    /// A stage at 08:00 of a day, with so many families.
    pub(crate) async fn open(name: &str, day: &str, families: usize) -> Result<Self> {
        let edges = [Edge::new("settlement", "wallet-32"), Edge::new("settlement", "wallet-51")];
        let scene = Scene::start_between(name, time_of(day, 8, 0, 0), &edges).await?;
        scene.institution(HOSPITAL, pool(510_100)).await?;
        let families = settle(&scene, families, 320_100, 510_100, false).await?;
        Ok(Self { scene, families })
    }

    /// The next civil day, 08:00: who has not claimed gets it back, and everybody may send three times again.
    pub(crate) async fn morning(&mut self) -> Result<Date> {
        let day = civil::day(self.scene.cluster.civil_now()) + time::Duration::DAY;
        self.scene.cluster.set_clock(at(day, 8, 0, 0)).await?;
        let waits = "SELECT count(*) FROM progress WHERE timer_at IS NOT NULL";
        self.until_number("settlement", waits, 0).await?;
        checker::settled(&self.scene.sources()?, REST).await?;
        Ok(day)
    }

    /// The way from settlement to a book.
    pub(crate) fn way(&self, book: &str) -> Result<&Proxy> {
        self.scene.cluster.proxy("settlement", book)
    }

    /// Counts the calls by which settlement has a book do something, from now on.
    pub(crate) fn counted(&self, book: &str) -> Result<Hits> {
        Ok(self.way(book)?.inflict(Rule::on(APPLY, Calls::All, Fault::Delay(Duration::ZERO))))
    }

    /// Asks for a transfer of each family, waiting for no answer.
    pub(crate) fn begin<'a>(
        &self,
        families: impl IntoIterator<Item = &'a Family>,
        amount: &'static str,
    ) -> Vec<Begun> {
        let mut desk = self.scene.desk.clone();
        let begin = |(number, family): (usize, &Family)| {
            // One connection carries 200 calls at a time.
            if number > 0 && number.is_multiple_of(100) {
                desk = Desk::of(&self.scene.cluster).unwrap_or(desk.clone());
            }
            let (family, transfer) = (family.clone(), id());
            let call = {
                let (desk, family, transfer) = (desk.clone(), family.clone(), transfer.clone());
                tokio::spawn(async move {
                    let Family { sharer, beneficiary, bond } = &family;
                    desk.send(&transfer, bond, sharer, beneficiary, amount).await.map(|_| ())
                })
            };
            Begun { family, transfer, call }
        };
        families.into_iter().enumerate().map(begin).collect()
    }

    /// Sends from each family, and waits until all of it waits to be claimed.
    pub(crate) async fn send<'a>(
        &self,
        families: impl IntoIterator<Item = &'a Family>,
        amount: &'static str,
    ) -> Result<Vec<Sent>> {
        let send = async |family: &Family| {
            let transfer = id();
            self.scene.send(&transfer, family, amount).await.context("sending")?;
            self.ends(&transfer, family, TransferState::PendingClaim).await?;
            anyhow::Ok(Sent { family: family.clone(), transfer })
        };
        try_join_all(families.into_iter().map(send)).await
    }

    /// Waits until the sharer sees a transfer in a state.
    pub(crate) async fn ends(&self, transfer: &str, family: &Family, state: TransferState) -> Result<()> {
        let look = async || {
            let seen = self.scene.desk.transfer(transfer, &family.sharer).await?;
            ensure!(seen.state() == state, "{transfer} is {}", seen.state().as_str_name());
            Ok(Some(()))
        };
        self.scene.eventually(state.as_str_name(), look).await
    }

    /// A desk whose settlement is another process.
    pub(crate) fn desk_at(&self, settlement: &str) -> Result<Desk> {
        let mut wallets = BTreeMap::new();
        for code in [32, 51, 63] {
            let province = Province::from_code(code).context("a province")?;
            wallets.insert(province, self.scene.channel(&format!("wallet-{code}")));
        }
        let [identity, kinship, settlement] =
            ["identity", "kinship-registry", settlement].map(|name| self.scene.channel(name));
        Ok(Desk::from_channels(identity, kinship, settlement, wallets))
    }

    /// Runs statements in a service's database.
    pub(crate) async fn execute(&self, service: &str, statements: &str) -> Result<()> {
        let mut conn = PgConnection::connect(self.scene.cluster.database(service)?).await?;
        sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut conn).await?;
        Ok(conn.close().await?)
    }

    /// The texts that a statement finds in a service's database.
    pub(crate) async fn texts(&self, service: &str, statement: &str) -> Result<Vec<String>> {
        let mut conn = PgConnection::connect(self.scene.cluster.database(service)?).await?;
        let found = sqlx::query_scalar(AssertSqlSafe(statement.to_owned())).fetch_all(&mut conn).await?;
        conn.close().await?;
        Ok(found)
    }

    /// The number that a statement finds.
    pub(crate) async fn number(&self, service: &str, statement: &str) -> Result<i64> {
        let mut conn = PgConnection::connect(self.scene.cluster.database(service)?).await?;
        let found = sqlx::query_scalar(AssertSqlSafe(statement.to_owned())).fetch_one(&mut conn).await?;
        conn.close().await?;
        Ok(found)
    }

    /// Waits until a statement finds this number.
    pub(crate) async fn until_number(&self, service: &str, statement: &str, wanted: i64) -> Result<()> {
        let look = async || {
            let found = self.number(service, statement).await?;
            ensure!(found == wanted, "{found} instead of {wanted}");
            Ok(Some(()))
        };
        self.scene.eventually(statement, look).await
    }

    /// How often a service has logged a text so far.
    pub(crate) fn logged(&self, service: &str, text: &str) -> Result<usize> {
        let log = fs::read_to_string(self.scene.cluster.process(service)?.log())?;
        Ok(log.lines().filter(|line| line.contains(text)).count())
    }

    /// Asks a service to end as Kubernetes would, and gives how long it took; fails unless it ends in order.
    pub(crate) async fn drained(&mut self, service: &str, patience: Duration) -> Result<Duration> {
        self.scene.cluster.process(service)?.signal("TERM")?;
        let began = Instant::now();
        loop {
            if let Some(status) = self.scene.cluster.process_mut(service)?.ended()? {
                ensure!(status.success(), "{service} ended with {status}");
                return Ok(began.elapsed());
            }
            ensure!(began.elapsed() < patience, "{service} still runs after {patience:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// A transfer that was asked for.
pub(crate) struct Begun {
    pub(crate) family: Family,
    pub(crate) transfer: String,
    pub(crate) call: JoinHandle<Result<(), Status>>,
}

/// A transfer that waits to be claimed.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) family: Family,
    pub(crate) transfer: String,
}

/// The instant at which a civil day shows a clock time.
pub(crate) fn at(day: Date, hour: u8, minute: u8, second: u8) -> OffsetDateTime {
    civil::instant(day, Time::from_hms(hour, minute, second).expect("a test names a time that exists"))
}

/// Families that share from one pool to another.
pub(crate) async fn settle(
    scene: &Scene,
    count: usize,
    from: u32,
    to: u32,
    auto_claim: bool,
) -> Result<Vec<Family>> {
    let family = |_| scene.family(from, BALANCE, to, auto_claim);
    stream::iter(0..count).map(family).buffered(SETUP).try_collect().await
}

/// Waits until no call was counted for a while.
pub(crate) async fn calls_end(calls: &[Hits]) -> Result<()> {
    const QUIET: Duration = Duration::from_millis(1_500);
    let count = || calls.iter().map(Hits::count).sum::<u32>();
    let deadline = Instant::now() + PATIENCE;
    let (mut last, mut since) = (count(), Instant::now());
    while since.elapsed() < QUIET {
        ensure!(Instant::now() < deadline, "calls do not end: {last}");
        tokio::time::sleep(Duration::from_millis(20)).await;
        if count() != last {
            (last, since) = (count(), Instant::now());
        }
    }
    Ok(())
}
