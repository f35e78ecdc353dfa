//! The writer's task: takes batches from the queue, runs them, retries what may succeed, halves what does
//! not, answers, and stops the service when the database is not the one it wrote to.

mod partitions;
mod thread;
mod untrusted;

use std::{sync::Arc, time::Duration};

use mistakes::{Mistake, made};
use serde::Serialize;
use sqlx::PgConnection;
use tokio::{
    sync::{oneshot, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use self::partitions::Partitions;
use super::{
    Answer, Busy, Keeper, Key, Lane, Standing, SubmitError, Unknown,
    queue::{Abandoned, Job, Queue, Reply},
    round::{self, Committed, Failure, Position, Work},
};
use crate::{
    clock::{Clock, Reading},
    crash_point,
    db::{self, Database, DbError},
    sql,
    telemetry::metrics,
};

/// How long one batch is tried again before its callers are told that nothing is known.
const PATIENCE: Duration = Duration::from_secs(20);
/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(50);

/// What a writer is started with.
pub struct Settings {
    /// Names the writer in logs and metrics.
    pub name: String,
    /// How many commands may wait in each lane.
    pub queue: usize,
    /// The most commands in a batch, at most [`super::MAX_COMMANDS`].
    pub batch: usize,
    /// Cancelled when the writer finds a database that was restored to an earlier state: the service stops.
    pub stop_service: CancellationToken,
}

/// The receiving half of a waiting caller.
type Waiting<O> = oneshot::Receiver<Result<Answer<O>, SubmitError>>;

/// A job of keeper `K`.
type JobOf<K> = Job<<K as Keeper>::Command, <K as Keeper>::Outcome>;

/// A handle to the one writer of a database. Cheap to clone.
pub struct Writer<K: Keeper> {
    queue: Arc<Queue<K::Command, K::Outcome>>,
    standing: watch::Receiver<Standing>,
    clock_is_right: watch::Receiver<bool>,
}

impl<K: Keeper> Clone for Writer<K> {
    fn clone(&self) -> Self {
        let clock_is_right = self.clock_is_right.clone();
        Self { queue: Arc::clone(&self.queue), standing: self.standing.clone(), clock_is_right }
    }
}

impl<K: Keeper> Writer<K> {
    /// Makes the partitions that the next records need, and starts the writer's task.
    pub async fn start(
        database: Database,
        keeper: Arc<K>,
        clock: Clock,
        settings: Settings,
    ) -> Result<Self, DbError> {
        let queue = Arc::new(Queue::new(settings.queue, settings.batch));
        let mut conn = database.writer().await?;
        if sql::is_stopped(&mut conn).await? {
            return Err(DbError::Restored);
        }
        let wall = clock.wall();
        let head = sql::head(&mut conn).await?;
        clock.compare(wall, head.now)?;
        let name = format!("{}-writer", settings.name);
        let (announce, standing) = watch::channel(Standing::at(head.seq));
        let (trust, clock_is_right) = watch::channel(true);
        let mut task = Task {
            database,
            keeper,
            clock,
            settings,
            queue: Arc::clone(&queue),
            conn: Some(conn),
            last: None,
            partitions: Partitions::default(),
            announce,
            trust,
        };
        task.make_partitions().await?;
        // A connection belongs to the runtime that opened it.
        task.conn = None;
        thread::run(&name, task.run()).map_err(sqlx::Error::Io)?;
        Ok(Self { queue, standing, clock_is_right })
    }

    /// Has one command decided; waits for its batch.
    pub async fn submit(&self, lane: Lane, command: K::Command) -> Result<Answer<K::Outcome>, SubmitError> {
        let (job, answer) = Self::job(command);
        self.queue.push(lane, vec![job])?;
        answer.await.unwrap_or(Err(Unknown.into()))
    }

    /// Has many commands decided, all taken or none; answers in the order of the commands.
    pub async fn submit_all(
        &self,
        lane: Lane,
        commands: Vec<K::Command>,
    ) -> Result<Vec<Result<Answer<K::Outcome>, SubmitError>>, Busy> {
        let (jobs, waiting): (Vec<_>, Vec<_>) = commands.into_iter().map(Self::job).unzip();
        self.queue.push(lane, jobs)?;
        let mut answers = Vec::with_capacity(waiting.len());
        for answer in waiting {
            answers.push(answer.await.unwrap_or(Err(Unknown.into())));
        }
        Ok(answers)
    }

    /// Takes no more commands; those that wait are carried out.
    pub fn close(&self) {
        self.queue.close();
    }

    /// Waits until every command that was taken is answered and the task has ended.
    pub async fn drained(&self) {
        // Its other end is the task's, and unlike the standing it hardly ever changes.
        let mut task = self.clock_is_right.clone();
        while task.changed().await.is_ok() {}
    }

    /// What this writer has committed; changes wake streams.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    /// Whether this host's clock agrees with the database's, as far as the last batch saw; else no command is
    /// taken.
    pub fn clock_is_right(&self) -> watch::Receiver<bool> {
        self.clock_is_right.clone()
    }

    fn job(command: K::Command) -> (JobOf<K>, Waiting<K::Outcome>) {
        let (reply, answer) = oneshot::channel();
        (Job { key: K::key(&command), weight: K::weight(&command), command, reply }, answer)
    }
}

/// A batch under way: columns of the same length.
struct Batch<K: Keeper> {
    commands: Vec<K::Command>,
    keys: Vec<Option<Key>>,
    replies: Vec<Reply<K::Outcome>>,
}

impl<K: Keeper> Batch<K> {
    fn new(jobs: Vec<JobOf<K>>) -> Self {
        let (mut commands, mut keys, mut replies) = (vec![], vec![], vec![]);
        for job in jobs {
            commands.push(job.command);
            keys.push(job.key.filter(|_| !made(Mistake::RequestForgotten)));
            replies.push(job.reply);
        }
        Self { commands, keys, replies }
    }

    fn halves(mut self) -> [Self; 2] {
        let middle = self.commands.len() / 2;
        let second = Self {
            commands: self.commands.split_off(middle),
            keys: self.keys.split_off(middle),
            replies: self.replies.split_off(middle),
        };
        [self, second]
    }

    fn fail(self, why: impl Into<SubmitError>) {
        let why = why.into();
        for reply in self.replies {
            // A caller that has gone needs no answer.
            let _ = reply.send(Err(why));
        }
    }
}

struct Task<K: Keeper> {
    database: Database,
    keeper: Arc<K>,
    clock: Clock,
    settings: Settings,
    queue: Arc<Queue<K::Command, K::Outcome>>,
    conn: Option<PgConnection>,
    /// The head this writer left or last saw; `None` until its first batch.
    last: Option<Position>,
    partitions: Partitions,
    announce: watch::Sender<Standing>,
    trust: watch::Sender<bool>,
}

#[derive(Serialize)]
struct Quarantined<'a, C> {
    command: &'a C,
}

impl<K: Keeper> Task<K> {
    async fn run(mut self) {
        let _abandoned = Abandoned(Arc::clone(&self.queue));
        // Without one the first batch opens it, or says why it cannot.
        self.conn = self.database.writer().await.ok();
        while let Some(jobs) = self.queue.take().await {
            metrics::batch_taken(&self.settings.name, jobs.len(), self.queue.len());
            let mut parts = vec![Batch::<K>::new(jobs)];
            while let Some(batch) = parts.pop() {
                let began = Instant::now();
                let decided = self.decide(&batch).await;
                metrics::batch_done(&self.settings.name, began.elapsed());
                match decided {
                    Ok(committed) => self.answer(batch, committed),
                    Err(Failure::Poisoned(cause)) if batch.commands.len() == 1 => {
                        self.quarantine(&batch, &cause).await;
                        batch.fail(Unknown);
                    }
                    Err(Failure::Poisoned(cause)) => {
                        warn!(writer = %self.settings.name, commands = batch.commands.len(), cause, "a batch failed and is halved");
                        let [first, second] = batch.halves();
                        parts.extend([second, first]);
                    }
                    Err(Failure::Again(cause) | Failure::InDoubt(cause, _)) => {
                        error!(writer = %self.settings.name, %cause, "a batch was given up");
                        batch.fail(Unknown);
                    }
                    Err(Failure::ClockOff(off)) => {
                        parts.push(batch);
                        parts.drain(..).for_each(|batch| batch.fail(Busy::ClockOff));
                        self.until_the_clock_is_right(off).await;
                    }
                    Err(Failure::Forked { expected, found }) => {
                        error!(writer = %self.settings.name, expected = expected.seq, found, "the database was restored to an earlier state");
                        self.remember_stop(expected.seq, found).await;
                        self.queue.abandon();
                        self.settings.stop_service.cancel();
                        return;
                    }
                }
            }
        }
    }

    /// Runs a batch until it is in, or fails for a reason of its own, or patience ends.
    async fn decide(&mut self, batch: &Batch<K>) -> Result<Committed<K::Outcome>, Failure<K::Outcome>> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let cause = match self.round(batch).await {
                Ok(committed) => return Ok(committed),
                Err(Failure::InDoubt(cause, committed)) => match self.resolve(committed.head, deadline).await
                {
                    Some(true) => return Ok(committed),
                    Some(false) => cause,
                    None => return Err(Failure::InDoubt(cause, committed)),
                },
                Err(Failure::Again(cause)) => {
                    self.roll_back().await;
                    cause
                }
                Err(own) => {
                    self.roll_back().await;
                    return Err(own);
                }
            };
            if Instant::now() >= deadline {
                return Err(Failure::Again(cause));
            }
            warn!(writer = %self.settings.name, %cause, "a batch is tried again");
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn round(&mut self, batch: &Batch<K>) -> Result<Committed<K::Outcome>, Failure<K::Outcome>> {
        self.make_partitions().await.map_err(Failure::Again)?;
        let mut conn = self.connected().await.map_err(Failure::Again)?;
        let Reading { civil: at, wall } = self.clock.reading();
        let work = Work { commands: &batch.commands, keys: &batch.keys, clock: &self.clock, at, wall };
        let result = round::run(&mut conn, &*self.keeper, work, self.last).await;
        // After a lost commit the connection is dropped: the old transaction ends with it.
        if !matches!(result, Err(Failure::InDoubt(..))) {
            self.conn = Some(conn);
        }
        result
    }

    /// After a lost commit: asks the database whether the batch is in; `None` when patience ends.
    async fn resolve(&mut self, head: Position, deadline: Instant) -> Option<bool> {
        while Instant::now() < deadline {
            if let Ok(mut conn) = self.connected().await
                && let Ok(is_in) = round::is_in(&mut conn, head).await
            {
                self.conn = Some(conn);
                return Some(is_in);
            }
            tokio::time::sleep(PAUSE).await;
        }
        None
    }

    async fn connected(&mut self) -> Result<PgConnection, sqlx::Error> {
        match self.conn.take() {
            Some(conn) => Ok(conn),
            None => self.database.writer().await,
        }
    }

    /// Rolls back, or drops a connection that cannot.
    async fn roll_back(&mut self) {
        if let Some(mut conn) = self.conn.take()
            && db::rollback(&mut conn).await.is_ok()
        {
            self.conn = Some(conn);
        }
    }

    fn answer(&mut self, batch: Batch<K>, committed: Committed<K::Outcome>) {
        self.last = Some(committed.head);
        #[cfg(debug_assertions)]
        let labels: Vec<_> = batch.commands.iter().map(K::label).collect();
        let answers: Vec<_> = batch.commands.into_iter().zip(committed.answers).collect();
        self.keeper.committed(&answers);
        self.announce.send_if_modified(|standing| standing.advance::<K>(committed.head.seq, &answers));
        for (reply, (_, answer)) in batch.replies.into_iter().zip(answers) {
            // A caller that has gone finds its answer by repeating the command.
            let _ = reply.send(Ok(answer));
        }
        crash_point!("batch.after_answer", labels);
    }

    /// So that a restarted process does not take the restored database for a new one.
    async fn remember_stop(&mut self, expected: i64, found: i64) {
        let stored = match self.connected().await {
            Ok(mut conn) => sql::stop(&mut conn, self.clock.wall(), expected, found).await,
            Err(error) => Err(error),
        };
        if let Err(error) = stored {
            error!(writer = %self.settings.name, %error, "the stop could not be stored");
        }
    }

    async fn quarantine(&mut self, batch: &Batch<K>, cause: &str) {
        let command = &batch.commands[0];
        let body = serde_json::to_string(&Quarantined { command }).unwrap_or_else(|error| error.to_string());
        error!(writer = %self.settings.name, label = K::label(command), cause, "a command is set aside");
        let stored = match self.connected().await {
            Ok(mut conn) => {
                let stored =
                    sql::quarantine(&mut conn, self.clock.now(), K::label(command), &body, cause).await;
                self.conn = Some(conn);
                stored
            }
            Err(error) => Err(error),
        };
        if let Err(error) = stored {
            error!(writer = %self.settings.name, %error, "a quarantined command could not be stored");
        }
    }
}
