//! Signs of life.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Forgets earlier processes of the same name: they are dead, and what they own is free to be taken over.
pub(crate) async fn forget_namesakes(
    conn: &mut PgConnection,
    process: Uuid,
    instance: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- forget-namesakes\nDELETE FROM process WHERE instance = $2 AND id <> $1",
        process,
        instance
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Notes that a process lives.
pub(crate) async fn beat(
    conn: &mut PgConnection,
    process: Uuid,
    instance: &str,
    at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- beat
        INSERT INTO process AS p (id, instance, heartbeat_at) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at",
        process,
        instance,
        at
    )
    .execute(conn)
    .await
    .map(|_| ())
}
