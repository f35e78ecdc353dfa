//! Bonds and persons that have ended. They are read with the other guards of an acceptance.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

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
