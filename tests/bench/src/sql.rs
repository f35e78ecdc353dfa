//! The benchmark's own statements: counters of the server, and what is done before measuring.

use sqlx::{Connection, PgConnection};

/// Counters of the server so far.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(crate) struct Counters {
    /// Transactions that wrote something, on the whole server. Exact at any moment.
    pub(crate) writes: i64,
    /// Commits in the product's databases, reading ones too. Sessions report them up to seconds late.
    pub(crate) commits: i64,
    /// Bytes of WAL.
    pub(crate) wal: i64,
}

/// Reads the counters. It looks at databases whose names begin with `prefix`.
pub(crate) async fn counters(conn: &mut PgConnection, prefix: &str) -> Result<Counters, sqlx::Error> {
    sqlx::query_as(
        "-- counters
        SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS writes,
               (SELECT coalesce(sum(xact_commit), 0)::bigint FROM pg_stat_database
                WHERE starts_with(datname, $1)) AS commits,
               (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint AS wal",
    )
    .bind(prefix)
    .fetch_one(conn)
    .await
}

/// Writes all changed pages, so that no phase pays for what was before the round.
pub(crate) async fn checkpoint(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("-- checkpoint\nCHECKPOINT").execute(conn).await.map(|_| ())
}

/// Tells the planner of a database what the set-up brought.
pub(crate) async fn analyze(url: &str) -> Result<(), sqlx::Error> {
    let mut conn = PgConnection::connect(url).await?;
    sqlx::query("-- analyze\nANALYZE").execute(&mut conn).await?;
    conn.close().await
}

/// Fails unless the server keeps what it acknowledges.
pub(crate) async fn is_durable(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "-- durable
        SELECT bool_and(setting = 'on') FROM pg_settings
        WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')",
    )
    .fetch_one(conn)
    .await
}
