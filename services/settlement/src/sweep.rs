//! Repeating tasks: signs of life, what silent processes left, own work that fell out of hand, and claims that
//! have ended. Each looks at rows again and again, in chunks; a row that cannot be read stops nobody.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chassis::{
    batch::{Answer, Lane, Writer},
    clock::Clock,
    db::{Database, DbError},
    telemetry::metrics,
};
use standards::TransferId;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    command::{Alive, Command, Outcome},
    driver::Driver,
    keeper::Keeper,
    sql,
    transfer::{Lot, Transfer},
};

const HEARTBEAT: Duration = Duration::from_secs(2);
/// A process that was not heard of for so long is taken for dead.
const LEASE: time::Duration = time::Duration::seconds(15);
const ADOPTION: Duration = Duration::from_secs(5);
const RECHECK: Duration = Duration::from_secs(10);
const TIMER: Duration = Duration::from_secs(1);
/// Rows in one look.
const CHUNK: i64 = 256;

/// What the tasks share.
#[derive(Clone)]
pub(crate) struct Sweep {
    pub(crate) database: Database,
    pub(crate) writer: Writer<Keeper>,
    pub(crate) driver: Driver,
    pub(crate) clock: Clock,
    pub(crate) process: Uuid,
    pub(crate) instance: String,
    pub(crate) stop: CancellationToken,
    /// How many transfers of another version were seen last.
    pub(crate) left_alone: Arc<AtomicU64>,
}

impl Sweep {
    /// Runs all tasks until stopped.
    pub(crate) async fn run(self) {
        let beats = self.every(HEARTBEAT, || self.beat());
        let adopts = self.every(ADOPTION, || self.adopt());
        let rechecks = self.every(RECHECK, || self.recheck());
        let timers = self.every(TIMER, || self.time_out());
        tokio::join!(beats, adopts, rechecks, timers);
    }

    async fn every<F, T>(&self, pause: Duration, task: F)
    where
        F: Fn() -> T,
        T: Future<Output = Result<(), DbError>>,
    {
        while !self.stop.is_cancelled() {
            if let Err(error) = task().await {
                tracing::warn!(%error, "a repeating task failed and is done again");
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// The sign of life of this process now.
    pub(crate) fn alive(&self) -> Alive {
        Alive { process: self.process, instance: self.instance.clone(), at: self.clock.wall() }
    }

    async fn submit(&self, command: Command) -> Option<Outcome> {
        match self.writer.submit(Lane::Bulk, command).await {
            Ok(Answer::Fresh { outcome, .. } | Answer::Repeated { outcome, .. }) => Some(outcome),
            Ok(Answer::IdReused | Answer::IdOutOfWindow) => None,
            Err(error) => {
                tracing::debug!(%error, "the writer gave no answer; the task comes again");
                None
            }
        }
    }

    async fn beat(&self) -> Result<(), DbError> {
        self.submit(Command::Heartbeat(self.alive())).await;
        Ok(())
    }

    /// Takes over what silent processes have left, chunk by chunk.
    async fn adopt(&self) -> Result<(), DbError> {
        let since = self.clock.wall() - LEASE;
        let owners = self
            .database
            .read(move |mut conn| async move { sql::transfer::silent_owners(&mut conn, since).await });
        let owners: Vec<Uuid> = owners.await?.into_iter().filter(|owner| *owner != self.process).collect();
        if owners.is_empty() {
            return Ok(());
        }
        while let Some(Outcome::Adopted { count: 1.. }) =
            self.submit(Command::Adopt { owners: owners.clone() }).await
        {
            tracing::info!(owners = owners.len(), "work of silent processes was taken over");
        }
        Ok(())
    }

    /// Takes up own work that nobody has in hand: a lost answer of the writer, a task that panicked.
    async fn recheck(&self) -> Result<(), DbError> {
        self.call_if_late().await?;
        self.count_left_alone().await?;
        let mut after = Uuid::nil();
        loop {
            let owners = [self.process];
            let read = self.database.read(move |mut conn| async move {
                let mut ids = sql::transfer::due_ids(&mut conn, &owners, after, CHUNK).await?;
                let lots = sql::lot::due_keys(&mut conn, &owners, after, CHUNK).await?;
                ids.extend(lots.into_iter().map(|lot| lot.transfer_id));
                ids.sort();
                ids.dedup();
                ids.truncate(usize::try_from(CHUNK).unwrap_or(usize::MAX));
                Ok(ids)
            });
            let ids = read.await?;
            let Some(last) = ids.last().copied() else { return Ok(()) };
            after = last;
            let dropped: Vec<Uuid> =
                ids.into_iter().filter(|id| !self.driver.holds(TransferId::new(*id))).collect();
            if !dropped.is_empty() {
                self.take_up(dropped).await?;
            }
        }
    }

    /// Calls somebody when an unclaimed transfer is not back by its time.
    async fn call_if_late(&self) -> Result<(), DbError> {
        let now = self.clock.now();
        let late = self
            .database
            .read(move |mut conn| async move { sql::transfer::late_returns(&mut conn, now).await });
        let late = late.await?;
        if late > 0 {
            tracing::error!(late, "unclaimed transfers are not back in time");
        }
        Ok(())
    }

    /// Says how many transfers wait for a process of another version; in the log only when the number changes.
    async fn count_left_alone(&self) -> Result<(), DbError> {
        let left =
            self.database.read(|mut conn| async move { sql::transfer::left_alone(&mut conn).await }).await?;
        let left = u64::try_from(left).unwrap_or(0);
        metrics::left_alone(left);
        if self.left_alone.swap(left, Ordering::Relaxed) != left {
            tracing::warn!(left, "transfers with work were written by another version and are left to it");
        }
        Ok(())
    }

    async fn take_up(&self, ids: Vec<Uuid>) -> Result<(), DbError> {
        let read = self
            .database
            .read(move |mut conn| async move { sql::transfer::transfers(&mut conn, &ids).await });
        let (transfers, lots) = read.await?;
        let lots: Vec<Lot> = lots.into_iter().filter_map(|row| Lot::try_from(row).ok()).collect();
        for row in transfers {
            let id = row.id;
            match Transfer::try_from(row) {
                Ok(transfer) => {
                    self.driver.take_step(&transfer);
                    for lot in lots.iter().filter(|lot| lot.transfer == transfer.pinned.id) {
                        self.driver.take_report(lot, &transfer.pinned);
                    }
                }
                // The writer sets aside what it cannot read.
                Err(error) => {
                    tracing::error!(transfer = %id, %error, "a stored transfer cannot be read");
                    self.submit(Command::Timeout(TransferId::new(id))).await;
                }
            }
        }
        Ok(())
    }

    /// Turns back what nobody has claimed in time.
    async fn time_out(&self) -> Result<(), DbError> {
        loop {
            let now = self.clock.now();
            let read = self
                .database
                .read(move |mut conn| async move { sql::transfer::overdue_ids(&mut conn, now, CHUNK).await });
            let ids = read.await?;
            let found = ids.len();
            let commands = ids.into_iter().map(|id| Command::Timeout(TransferId::new(id))).collect();
            let answers = match self.writer.submit_all(Lane::Bulk, commands).await {
                Ok(answers) => answers,
                Err(_) => return Ok(()),
            };
            let moved = |answer: &&_| matches!(answer, Ok(Answer::Fresh { outcome: Outcome::Moved, .. }));
            if i64::try_from(found).unwrap_or(0) < CHUNK || answers.iter().filter(moved).count() == 0 {
                break;
            }
        }
        Ok(())
    }
}
