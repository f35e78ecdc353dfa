//! The batch writer: one task per database takes every waiting command, decides them all in memory inside
//! one transaction, stores the outcome in bulk, commits, and answers.
//!
//! A service teaches it three things through [`Keeper`]: load, fold, store. The writer owns the rest: the
//! lock on the head, remembered outcomes, numbering, the chain, halving a batch that fails until the one
//! command at fault is set aside, and finding out after a lost commit whether the batch is in.
//!
//! It keeps no cache, runs one batch at a time and never waits for more work to arrive.

mod queue;
mod round;
mod standing;
mod writer;

use std::future::Future;

use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::chain::Hash;

pub use self::{
    standing::Standing,
    writer::{Settings, Writer},
};

/// The most commands in a batch.
pub const MAX_COMMANDS: usize = 512;
/// The most rows that the commands of a batch may touch together.
pub const MAX_WEIGHT: usize = 4_096;
/// How long a version-7 id may be used after the time inside it: outcomes are kept at least as long.
pub const ID_DAYS: i64 = 400;

/// A client's id for a write, and the SHA-256 of what it asks (canonical, versioned encoding).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Chosen by the client; the idempotency key.
    pub id: Uuid,
    /// Hash of the parsed content, without assertion and request metadata.
    pub content: [u8; 32],
}

/// Where and when a command would be recorded.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The number its record would take.
    pub sequence: i64,
    /// Book time: the clock, but never before the last batch.
    pub at: OffsetDateTime,
}

/// What the fold decided.
#[derive(Clone, Debug)]
pub enum Verdict<O> {
    /// Record command and outcome: takes a number, enters the chain, burns the command's id.
    Record(O),
    /// Answer only: the id stays free. Changes made to the state are still stored.
    Answer(O),
}

/// What a caller gets back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<O> {
    /// Decided now; `sequence` is that of its record, if it has one.
    Fresh {
        /// The record's number.
        sequence: Option<i64>,
        /// Book time of the decision.
        at: OffsetDateTime,
        /// The chain's hash after its batch.
        hash: Hash,
        /// The outcome.
        outcome: O,
    },
    /// Decided earlier under the same id with the same content.
    Repeated {
        /// The record's number.
        sequence: i64,
        /// The outcome as it was then.
        outcome: O,
    },
    /// The id was used before with other content.
    IdReused,
    /// The time inside the version-7 id is more than [`ID_DAYS`] old, or more than five minutes ahead.
    IdOutOfWindow,
}

impl<O> Answer<O> {
    /// Its record and outcome, if it made one.
    fn record(&self) -> Option<(i64, &O)> {
        match self {
            Self::Fresh { sequence, outcome, .. } => Some(((*sequence)?, outcome)),
            _ => None,
        }
    }

    /// Says which hash the chain has after the batch.
    fn follows(&mut self, after: Hash) {
        if let Self::Fresh { hash, .. } = self {
            *hash = after;
        }
    }

    /// The outcome, fresh or remembered; `Err` for a refused id.
    pub fn into_outcome(self) -> Result<O, IdRefused> {
        match self {
            Self::Fresh { outcome, .. } | Self::Repeated { outcome, .. } => Ok(outcome),
            Self::IdReused => Err(IdRefused::Reused),
            Self::IdOutOfWindow => Err(IdRefused::OutOfWindow),
        }
    }
}

/// An id that cannot be used for this command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdRefused {
    /// Used before with other content.
    #[error("this id was used before with other content")]
    Reused,
    /// Too old, or from the future.
    #[error("the time inside this id is too far from now")]
    OutOfWindow,
}

/// The command was not taken; nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// The lane's queue is full.
    #[error("the queue is full")]
    Full,
    /// The writer is stopping or has stopped.
    #[error("the writer has stopped")]
    Stopped,
    /// This host's clock and the database's disagree: nothing is decided until they agree again.
    #[error("the host's clock is off the database's")]
    ClockOff,
}

/// The command was taken, and whether it happened is not known; repeating it under its id is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("whether the command happened is not known")]
pub struct Unknown;

/// Why [`Writer::submit`] gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Nothing happened.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// It may have happened.
    #[error(transparent)]
    Unknown(#[from] Unknown),
}

/// Two queues feed a batch: people at a counter do not wait behind a nightly sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Goes first.
    Interactive,
    /// Gets at least an eighth of each batch.
    Bulk,
}

/// What a service teaches the writer.
pub trait Keeper: Send + Sync + 'static {
    /// One decision to make.
    type Command: Clone + Serialize + Send + Sync + 'static;
    /// What was decided. Stored as JSON and given again to whoever repeats the command.
    type Outcome: Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// The rows that a batch needs, loaded and then changed by the fold.
    type State: Send + 'static;

    /// The client's id and content, or `None` where the service's own rows are the barrier.
    fn key(command: &Self::Command) -> Option<Key>;

    /// How many rows the command may touch.
    fn weight(command: &Self::Command) -> usize;

    /// A short label stored with the record; streams filter by it.
    fn label(command: &Self::Command) -> &'static str;

    /// Tables of the service that are partitioned by record number, beside `record` itself.
    fn partitioned(&self) -> &'static [&'static str] {
        &[]
    }

    /// Reads what the commands need. Runs after the head is locked.
    fn load(
        &self,
        conn: &mut PgConnection,
        commands: &[Self::Command],
    ) -> impl Future<Output = Result<Self::State, sqlx::Error>> + Send;

    /// Decides one command; sees what earlier commands of the batch did to the state. Pure.
    fn fold(
        &self,
        state: &mut Self::State,
        command: &Self::Command,
        moment: Moment,
    ) -> Verdict<Self::Outcome>;

    /// Canonical bytes of the rows derived from a record, covered by the chain; empty if there are none.
    fn evidence(&self, state: &Self::State, sequence: i64) -> Vec<u8>;

    /// Writes what the fold changed.
    fn store(
        &self,
        conn: &mut PgConnection,
        state: Self::State,
    ) -> impl Future<Output = Result<(), sqlx::Error>> + Send;

    /// Told after the commit is certain, before callers are answered, in order. Must not block.
    fn committed(&self, answers: &[(Self::Command, Answer<Self::Outcome>)]);
}
