//! Reads the writer's head, batches and records: for the chain's head, for proofs and for audits.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::rows::Posting;

/// Where the book stands.
pub(crate) struct Head {
    pub seq: i64,
    pub hash: Vec<u8>,
    pub at: OffsetDateTime,
}

pub(crate) async fn head(conn: &mut PgConnection) -> Result<Head, sqlx::Error> {
    sqlx::query_as!(Head, "-- chain-head\nSELECT seq, hash, at FROM head").fetch_one(conn).await
}

/// The batch that holds a record.
pub(crate) struct Holding {
    pub seq: i64,
    pub first_seq: i64,
    pub hash: Vec<u8>,
}

/// For each of these records the batch that holds it.
pub(crate) async fn holding(conn: &mut PgConnection, seqs: &[i64]) -> Result<Vec<Holding>, sqlx::Error> {
    sqlx::query_as!(
        Holding,
        r#"-- holding-batches
        SELECT asked.seq AS "seq!", found.first_seq, found.hash
        FROM UNNEST($1::bigint[]) AS asked (seq)
        CROSS JOIN LATERAL (
            SELECT b.first_seq, b.hash FROM batch b WHERE b.last_seq >= asked.seq ORDER BY b.last_seq LIMIT 1
        ) AS found"#,
        seqs
    )
    .fetch_all(conn)
    .await
}

/// One link of the chain.
pub(crate) struct Link {
    pub first_seq: i64,
    pub last_seq: i64,
    pub root: Vec<u8>,
    pub hash: Vec<u8>,
}

/// Batches that end after `after`, oldest first.
pub(crate) async fn links(conn: &mut PgConnection, after: i64, limit: i64) -> Result<Vec<Link>, sqlx::Error> {
    sqlx::query_as!(
        Link,
        "-- chain-links
        SELECT first_seq, last_seq, root, hash FROM batch WHERE last_seq > $1 ORDER BY last_seq LIMIT $2",
        after,
        limit
    )
    .fetch_all(conn)
    .await
}

/// The hash of the last batch that ends before `first`.
pub(crate) async fn hash_before(conn: &mut PgConnection, first: i64) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar!(
        "-- hash-before\nSELECT hash FROM batch WHERE last_seq < $1 ORDER BY last_seq DESC LIMIT 1",
        first
    )
    .fetch_optional(conn)
    .await
}

/// A record as it was hashed.
pub(crate) struct Stored {
    pub seq: i64,
    pub label: String,
    pub body: String,
    pub at: OffsetDateTime,
}

/// Records from `first` to `last`, both included.
pub(crate) async fn records(
    conn: &mut PgConnection,
    first: i64,
    last: i64,
) -> Result<Vec<Stored>, sqlx::Error> {
    sqlx::query_as!(
        Stored,
        "-- chain-records\nSELECT seq, label, body, at FROM record WHERE seq BETWEEN $1 AND $2 ORDER BY seq",
        first,
        last
    )
    .fetch_all(conn)
    .await
}

/// These records, in any order.
pub(crate) async fn records_of(conn: &mut PgConnection, seqs: &[i64]) -> Result<Vec<Stored>, sqlx::Error> {
    sqlx::query_as!(
        Stored,
        "-- records-of\nSELECT seq, label, body, at FROM record WHERE seq = ANY($1)",
        seqs
    )
    .fetch_all(conn)
    .await
}

/// Postings of the records from `first` to `last`, in order.
pub(crate) async fn postings(
    conn: &mut PgConnection,
    first: i64,
    last: i64,
) -> Result<Vec<ledger::rows::PostingRow>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Posting,
        "-- chain-postings
        SELECT seq, n, ledger, day, amount, debit_account, debit_balance, debit_folio, debit_folio_balance,
            debit_previous, debit_previous_day, credit_account, credit_balance, credit_folio,
            credit_folio_balance, credit_previous, credit_previous_day
        FROM posting WHERE seq BETWEEN $1 AND $2 ORDER BY seq, n",
        first,
        last
    );
    rows.fetch_all(conn).await?.into_iter().map(Posting::row).collect()
}
