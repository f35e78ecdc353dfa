//! Bonds and persons that have ended.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A tombstone as it is stored.
pub(crate) struct TombstoneRow {
    pub kind: String,
    pub id: Uuid,
    pub position: i64,
    pub at: OffsetDateTime,
    pub cause: String,
}

/// The tombstones of these, as far as there are any.
pub(crate) async fn tombstones(
    conn: &mut PgConnection,
    kinds: &[&str],
    ids: &[Uuid],
) -> Result<Vec<TombstoneRow>, sqlx::Error> {
    sqlx::query_as!(
        TombstoneRow,
        "-- tombstones
        SELECT t.kind, t.id, t.position, t.at, t.cause
        FROM (SELECT DISTINCT * FROM UNNEST($1::text[], $2::uuid[]) AS a (kind, id)) AS asked
        JOIN tombstone t ON t.kind = asked.kind AND t.id = asked.id",
        kinds as &[&str],
        ids
    )
    .fetch_all(conn)
    .await
}

/// Remembers an end for ever.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    ended: (&str, Uuid),
    position: i64,
    at: OffsetDateTime,
    cause: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- insert-tombstone\nINSERT INTO tombstone (kind, id, position, at, cause) VALUES ($1, $2, $3, $4, $5)",
        ended.0,
        ended.1,
        position,
        at,
        cause
    )
    .execute(conn)
    .await
    .map(|_| ())
}
