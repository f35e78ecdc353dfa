//! The only door to a database: connecting, migrating, reading, and the writer's own connection.
//!
//! Nothing else begins or commits a transaction. sqlx 0.9.0 may tear one when a future is dropped inside
//! `begin()` (its issue 4385) and tonic drops a handler's future whenever a caller cancels, so every piece
//! of database work here runs on a task of its own that no request can cancel.

use std::{future::Future, str::FromStr, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    Connection, PgConnection, PgPool, Postgres,
    migrate::{MigrateError, Migrator},
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{runtime::Handle, task::JoinError};

use crate::clock::ClockOff;

/// The tables of the batch writer, the same in every database.
static WRITER_TABLES: Migrator = sqlx::migrate!();

/// How many connections read. The writer has one more of its own.
const READERS: u32 = 8;

/// Plans are fixed to index access: on fresh tables the planner would otherwise keep a generic plan that scans,
/// and go on scanning when they have grown.
const INDEX_PLANS: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("jit", "off"),
];

/// Why a piece of database work did not give a result.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The address of the database is not one.
    #[error("the database URL is malformed")]
    Address(#[source] sqlx::Error),
    /// The database refused a statement or could not be reached.
    #[error("the database failed")]
    Sql(#[from] sqlx::Error),
    /// A migration could not be applied.
    #[error("a migration failed")]
    Migrate(#[from] MigrateError),
    /// A writer has found this database restored to an earlier state.
    #[error(
        "this database was restored to an earlier state; a person must decide, then empty its table `stopped`"
    )]
    Restored,
    /// This host's clock cannot be trusted: book time would run ahead and never come back.
    #[error(transparent)]
    Clock(#[from] ClockOff),
    /// The work panicked.
    #[error("database work panicked")]
    Panicked(#[from] JoinError),
}

/// One service's database: a pool that reads, and the options for the writer's connection.
#[derive(Clone)]
pub struct Database {
    readers: PgPool,
    options: PgConnectOptions,
}

impl Database {
    /// Connects; `name` shows up in `pg_stat_activity`.
    pub async fn connect(url: &SecretString, name: &str) -> Result<Self, DbError> {
        let options = PgConnectOptions::from_str(url.expose_secret())
            .map_err(DbError::Address)?
            .application_name(name)
            .options([
                ("statement_timeout", "5000"),
                ("lock_timeout", "4000"),
                ("idle_in_transaction_session_timeout", "10000"),
                ("timezone", "UTC"),
            ])
            .options(INDEX_PLANS);
        let readers = PgPoolOptions::new()
            .max_connections(READERS)
            // Readers are in autocommit and cannot hand on a torn transaction; a dead one fails its read.
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(5))
            .connect_with(options.clone())
            .await?;
        Ok(Self { readers, options })
    }

    /// Brings the schema up: the writer's tables, then the service's own. Safe to run from many processes.
    ///
    /// It runs on a thread of its own: the migrator's future is not `Send`.
    pub async fn migrate(&self, own: &'static Migrator) -> Result<(), DbError> {
        let options = self.options.clone().options([("statement_timeout", "0")]);
        let runtime = Handle::current();
        let work = move || {
            runtime.block_on(async move {
                let mut conn = PgConnection::connect_with(&options).await?;
                WRITER_TABLES.run(&mut conn).await?;
                own.run(&mut conn).await?;
                conn.close().await?;
                Ok(())
            })
        };
        tokio::task::spawn_blocking(work).await?
    }

    /// Runs reads on a task of their own. The connection is in autocommit: one statement is one snapshot.
    pub async fn read<T, F, Fut>(&self, work: F) -> Result<T, DbError>
    where
        T: Send + 'static,
        F: FnOnce(PoolConnection<Postgres>) -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, sqlx::Error>> + Send + 'static,
    {
        let readers = self.readers.clone();
        let task = tokio::spawn(async move { work(readers.acquire().await?).await });
        Ok(task.await??)
    }

    /// The writer's own connection.
    pub(crate) async fn writer(&self) -> Result<PgConnection, sqlx::Error> {
        PgConnection::connect_with(&self.options).await
    }

    /// Lets running reads finish and closes the pool.
    pub async fn close(&self) {
        self.readers.close().await;
    }
}

/// Opens the batch's transaction. READ COMMITTED: the head lock, which must be the next statement, orders
/// the writers, and every later statement sees what the one before committed.
pub(crate) async fn begin(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("BEGIN ISOLATION LEVEL READ COMMITTED").execute(conn).await.map(|_| ())
}

/// Commits. The caller's last statement must have returned a row: after a swallowed error PostgreSQL would
/// answer COMMIT with a rollback and no error.
pub(crate) async fn commit(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("COMMIT").execute(conn).await.map(|_| ())
}

/// Ends the batch's transaction before its time and begins another one: only a deliberate mistake does that.
#[cfg(debug_assertions)]
pub async fn tear(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    commit(conn).await?;
    begin(conn).await
}

/// Abandons the batch.
pub(crate) async fn rollback(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("ROLLBACK").execute(conn).await.map(|_| ())
}

/// Whether the same work may succeed when it is simply done again.
pub(crate) fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        // 40xxx: conflict; 55P03: lock timeout; 57Pxx: shutdown; 53xxx: out of resources; 08xxx: connection;
        // 25P03: this process slept inside a transaction and lost its connection.
        sqlx::Error::Database(e) => e.code().is_some_and(|code| {
            ["40", "55P03", "57P", "53", "08", "25P03"].iter().any(|class| code.starts_with(class))
        }),
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}
