//! The benchmark's own statements: counters of the server, and what is done before measuring.

use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Counters that are exact at any moment.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(crate) struct Exact {
    /// Transactions that wrote something, on the whole server.
    pub(crate) writes: i64,
    /// Bytes of WAL.
    pub(crate) wal: i64,
}

/// Counters as the sessions report them: at the end of a transaction, at most once a second.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(crate) struct Reported {
    /// Commits in the product's databases, reading ones too.
    pub(crate) commits: i64,
    /// Flushes of WAL, of the whole server.
    pub(crate) fsyncs: i64,
    /// Whole pages in WAL: the first change of a page after a checkpoint brings one of up to 8 kB.
    pub(crate) images: i64,
}

/// Reads the exact counters.
pub(crate) async fn exact(conn: &mut PgConnection) -> Result<Exact, sqlx::Error> {
    sqlx::query_as(
        "-- exact-counters
        SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS writes,
               (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint AS wal",
    )
    .fetch_one(conn)
    .await
}

/// Reads the reported counters. It looks at databases whose names begin with `prefix`.
pub(crate) async fn reported(conn: &mut PgConnection, prefix: &str) -> Result<Reported, sqlx::Error> {
    sqlx::query_as(
        "-- reported-counters
        SELECT (SELECT coalesce(sum(xact_commit), 0)::bigint FROM pg_stat_database
                WHERE starts_with(datname, $1)) AS commits,
               (SELECT wal_sync FROM pg_stat_wal) AS fsyncs,
               (SELECT wal_fpi FROM pg_stat_wal) AS images",
    )
    .bind(prefix)
    .fetch_one(conn)
    .await
}

/// Writes all changed pages, so that no phase pays for what was before the round.
pub(crate) async fn checkpoint(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("-- checkpoint\nCHECKPOINT").execute(conn).await.map(|_| ())
}

/// Tells the planner of a database what the set-up brought, as autovacuum would: of tables with fewer than fifty new
/// rows nothing, for plans made on nearly empty tables compare everything with everything.
pub(crate) async fn analyze(url: &str) -> Result<(), sqlx::Error> {
    let mut conn = PgConnection::connect(url).await?;
    let filled: Vec<String> = sqlx::query_scalar(
        "-- filled\nSELECT quote_ident(relname) FROM pg_stat_user_tables WHERE n_mod_since_analyze >= 50",
    )
    .fetch_all(&mut conn)
    .await?;
    for table in filled {
        sqlx::query(AssertSqlSafe(format!("-- analyze\nANALYZE {table}"))).execute(&mut conn).await?;
    }
    conn.close().await
}

/// The version, and the settings that a figure depends on.
pub(crate) async fn settings(conn: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "-- settings
        SELECT name || '=' || current_setting(name) FROM pg_settings
        WHERE name IN ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers',
            'max_wal_size', 'wal_sync_method')
        ORDER BY name",
    )
    .fetch_all(conn)
    .await
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

/// What a book that is too big for the checker must still be: in balance, and one posting to a record.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(crate) struct Sums {
    pub(crate) balance: i64,
    pub(crate) records: i64,
    pub(crate) head: i64,
    pub(crate) postings: i64,
}

/// How many bytes a database takes.
pub(crate) async fn size(conn: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("-- size\nSELECT pg_database_size(current_database())").fetch_one(conn).await
}

/// Adds a whole book up.
pub(crate) async fn sums(conn: &mut PgConnection) -> Result<Sums, sqlx::Error> {
    sqlx::query_as(
        "-- sums
        SELECT (SELECT sum(balance)::bigint FROM account) AS balance,
               (SELECT count(*) FROM record) AS records,
               (SELECT seq FROM head) AS head,
               (SELECT count(*) FROM posting) AS postings",
    )
    .fetch_one(conn)
    .await
}
