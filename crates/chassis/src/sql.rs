//! The writer's and the feeds' SQL: free functions over a connection, one per statement. Decides nothing.

use sqlx::{AssertSqlSafe, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::chain::Hash;

/// The head row, and the database's own clock as it was read, to compare a host's with.
pub(crate) struct Head {
    pub seq: i64,
    pub hash: Vec<u8>,
    pub at: OffsetDateTime,
    pub now: OffsetDateTime,
}

/// A batch of records as columns, in record order.
#[derive(Default)]
pub(crate) struct NewRecords {
    pub seqs: Vec<i64>,
    pub labels: Vec<&'static str>,
    pub ids: Vec<Option<Uuid>>,
    pub contents: Vec<Option<Vec<u8>>>,
    pub bodies: Vec<String>,
    pub buckets: Vec<i32>,
}

/// What was decided earlier under an id.
pub(crate) struct Earlier {
    pub id: Uuid,
    pub content: Vec<u8>,
    pub seq: i64,
    pub body: String,
}

/// One stored record, as feeds read it.
pub(crate) struct StoredRecord {
    pub seq: i64,
    pub label: String,
    pub body: String,
    pub at: OffsetDateTime,
}

/// The first statement of each batch, alone in its statement: a snapshot taken before the lock was granted
/// would read accounts as they were before the other writer committed.
pub(crate) async fn lock_head(conn: &mut PgConnection) -> Result<Head, sqlx::Error> {
    sqlx::query_as!(
        Head,
        "-- lock-head\nSELECT seq, hash, at, clock_timestamp() AS \"now!\" FROM head FOR UPDATE"
    )
    .fetch_one(conn)
    .await
}

pub(crate) async fn head(conn: &mut PgConnection) -> Result<Head, sqlx::Error> {
    sqlx::query_as!(Head, "-- head\nSELECT seq, hash, at, clock_timestamp() AS \"now!\" FROM head")
        .fetch_one(conn)
        .await
}

/// A cheap statement that fails if an earlier error was swallowed (SQLSTATE 25P02).
pub(crate) async fn still_alive(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query_scalar!("-- still-alive\nSELECT 1").fetch_one(conn).await.map(|_| ())
}

/// The hash of the batch that ends at `seq`.
pub(crate) async fn batch_hash(conn: &mut PgConnection, seq: i64) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!("-- batch-hash\nSELECT hash FROM batch WHERE last_seq = $1", seq)
        .fetch_optional(conn)
        .await
}

/// What was decided under these ids; `buckets` holds the month of each id, in the same order.
///
/// Every id is looked up by the whole key, behind a fence: a partition that was empty when the plan was made would
/// otherwise be read from end to end for each batch, as would a join.
pub(crate) async fn earlier(
    conn: &mut PgConnection,
    buckets: &[i32],
    ids: &[Uuid],
) -> Result<Vec<Earlier>, sqlx::Error> {
    sqlx::query_as!(
        Earlier,
        "-- earlier-outcomes
        SELECT q.id, r.content AS \"content!\", q.seq, r.body
        FROM UNNEST($1::int[], $2::uuid[]) AS k (bucket, id)
        CROSS JOIN LATERAL (
            SELECT id, seq FROM request WHERE request.bucket = k.bucket AND request.id = k.id OFFSET 0
        ) AS q
        CROSS JOIN LATERAL (SELECT content, body FROM record WHERE record.seq = q.seq OFFSET 0) AS r",
        buckets,
        ids
    )
    .fetch_all(conn)
    .await
}

/// The link of the chain that a batch adds.
pub(crate) struct NewLink<'a> {
    /// The head before the batch.
    pub from: i64,
    pub root: &'a Hash,
    pub hash: &'a Hash,
    pub at: OffsetDateTime,
}

/// Stores a batch's records, its link and the head that follows, in one statement. The row that it returns proves
/// that the transaction is still alive and that the head stood where the batch began.
pub(crate) async fn record_batch(
    conn: &mut PgConnection,
    new: &NewRecords,
    link: NewLink<'_>,
) -> Result<(), sqlx::Error> {
    let last = new.seqs.last().copied().unwrap_or(link.from);
    sqlx::query_scalar!(
        "-- record-batch
        WITH new AS (
            SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::uuid[], $4::bytea[], $5::text[], $6::int[])
                AS new (seq, label, id, content, body, bucket)
        ), records AS (
            INSERT INTO record (seq, label, id, content, body, at)
            SELECT seq, label, id, content, body, $7 FROM new
        ), requests AS (
            INSERT INTO request (bucket, id, seq)
            SELECT bucket, id, seq FROM new WHERE id IS NOT NULL
        ), link AS (
            INSERT INTO batch (last_seq, first_seq, root, hash, at) VALUES ($8, $9::bigint + 1, $10, $11, $7)
        )
        UPDATE head SET seq = $8, hash = $11, at = $7 WHERE seq = $9 RETURNING seq",
        &new.seqs,
        &new.labels as &[&str],
        &new.ids as &[Option<Uuid>],
        &new.contents as &[Option<Vec<u8>>],
        &new.bodies,
        &new.buckets,
        link.at,
        last,
        link.from,
        &link.root[..],
        &link.hash[..]
    )
    .fetch_one(conn)
    .await
    .map(|_| ())
}

pub(crate) async fn quarantine(
    conn: &mut PgConnection,
    at: OffsetDateTime,
    label: &str,
    body: &str,
    error: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- quarantine\nINSERT INTO quarantine (at, label, body, error) VALUES ($1, $2, $3, $4)",
        at,
        label,
        body,
        error
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Remembers that a writer expected more than it found.
pub(crate) async fn stop(
    conn: &mut PgConnection,
    at: OffsetDateTime,
    expected: i64,
    found: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- stop\nINSERT INTO stopped (at, expected, found) VALUES ($1, $2, $3)",
        at,
        expected,
        found
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Whether a writer has stopped this database.
pub(crate) async fn is_stopped(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let found = sqlx::query_scalar!("-- is-stopped\nSELECT EXISTS (SELECT FROM stopped) AS \"stopped!\"");
    found.fetch_one(conn).await
}

/// Makes the partition of `table` for `[from, to)` unless it is there. Table and bounds are ours, never a
/// caller's.
pub(crate) async fn make_partition(
    conn: &mut PgConnection,
    table: &'static str,
    from: i64,
    to: i64,
) -> Result<(), sqlx::Error> {
    let statement = format!(
        "-- make-partition\nCREATE TABLE IF NOT EXISTS {table}_{from} PARTITION OF {table} FOR VALUES FROM ({from}) TO ({to})"
    );
    sqlx::query(AssertSqlSafe(statement)).execute(conn).await.map(|_| ())
}

/// Where the chain stands, whether it holds a cursor, and where the next page ends.
pub(crate) struct PageEnd {
    pub epoch: i64,
    pub head: i64,
    /// The hash of the batch that ends at the cursor.
    pub known: Option<Vec<u8>>,
    /// The last batch of the page; none if there is nothing after the cursor.
    pub last_seq: Option<i64>,
    pub hash: Option<Vec<u8>>,
}

/// The last batch that ends at most `most` records after `after`.
pub(crate) async fn page_end(conn: &mut PgConnection, after: i64, most: i64) -> Result<PageEnd, sqlx::Error> {
    sqlx::query_as!(
        PageEnd,
        r#"-- page-end
        SELECT h.epoch, h.seq AS head, (SELECT hash FROM batch WHERE last_seq = $1) AS known,
            page.last_seq AS "last_seq?", page.hash AS "hash?"
        FROM head h LEFT JOIN LATERAL (
            SELECT last_seq, hash FROM batch WHERE last_seq > $1 AND last_seq <= $1 + $2
            ORDER BY last_seq DESC LIMIT 1
        ) AS page ON true"#,
        after,
        most
    )
    .fetch_one(conn)
    .await
}

/// Records with `after < seq <= last` whose label is one of `labels`, oldest first.
pub(crate) async fn records_between(
    conn: &mut PgConnection,
    after: i64,
    last: i64,
    labels: &[&str],
) -> Result<Vec<StoredRecord>, sqlx::Error> {
    sqlx::query_as!(
        StoredRecord,
        "-- records-between
        SELECT seq, label, body, at FROM record
        WHERE seq > $1 AND seq <= $2 AND label = ANY($3) ORDER BY seq",
        after,
        last,
        labels as &[&str]
    )
    .fetch_all(conn)
    .await
}

/// A cursor as it is stored.
pub(crate) struct StoredCursor {
    pub seq: i64,
    pub hash: Vec<u8>,
}

pub(crate) async fn cursor(conn: &mut PgConnection, feed: &str) -> Result<Option<StoredCursor>, sqlx::Error> {
    sqlx::query_as!(StoredCursor, "-- cursor\nSELECT seq, hash FROM cursor WHERE feed = $1", feed)
        .fetch_optional(conn)
        .await
}

/// Advances a cursor from exactly (`from_seq`, `from_hash`); `false` when it stands elsewhere.
pub(crate) async fn advance_cursor(
    conn: &mut PgConnection,
    feed: &str,
    from: (i64, &Hash),
    to: (i64, &Hash),
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "-- advance-cursor
        INSERT INTO cursor AS c (feed, seq, hash) VALUES ($1, $4, $5)
        ON CONFLICT (feed) DO UPDATE SET seq = $4, hash = $5 WHERE c.seq = $2 AND c.hash = $3",
        feed,
        from.0,
        &from.1[..],
        to.0,
        &to.1[..]
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(crate) async fn set_aside(
    conn: &mut PgConnection,
    feed: &str,
    seq: i64,
    at: OffsetDateTime,
    bytes: &[u8],
    error: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- set-aside
        INSERT INTO unreadable (feed, seq, at, bytes, error) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        feed,
        seq,
        at,
        bytes,
        error
    )
    .execute(conn)
    .await
    .map(|_| ())
}
