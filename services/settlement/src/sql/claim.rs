//! Claims, so that a repeat hears what became of the first.

use sqlx::PgConnection;
use uuid::Uuid;

/// A claim as it is stored.
pub(crate) struct StoredClaim {
    pub request: Uuid,
    pub transfer_id: Uuid,
    pub refusal: Option<String>,
}

/// The claims with these request ids.
pub(crate) async fn claims(
    conn: &mut PgConnection,
    requests: &[Uuid],
) -> Result<Vec<StoredClaim>, sqlx::Error> {
    sqlx::query_as!(
        StoredClaim,
        "-- claims\nSELECT request, transfer_id, refusal FROM claim WHERE request = ANY($1)",
        requests
    )
    .fetch_all(conn)
    .await
}

/// Stores a claim that is under way.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    request: Uuid,
    transfer: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- insert-claim\nINSERT INTO claim (request, transfer_id) VALUES ($1, $2)",
        request,
        transfer
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Stores why the book refused a claim.
pub(crate) async fn refuse(conn: &mut PgConnection, request: Uuid, refusal: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("-- refuse-claim\nUPDATE claim SET refusal = $2 WHERE request = $1", request, refusal)
        .execute(conn)
        .await
        .map(|_| ())
}
