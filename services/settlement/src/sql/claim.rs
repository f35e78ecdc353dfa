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

/// A claim to store: its request, its transfer, and the book's refusal if there is one.
pub(crate) type Written<'a> = (Uuid, Uuid, Option<&'a str>);

/// Stores claims that are new, and why the book refused others.
pub(crate) async fn write(
    conn: &mut PgConnection,
    fresh: &[Written<'_>],
    refused: &[Written<'_>],
) -> Result<(), sqlx::Error> {
    let requests: Vec<Uuid> = fresh.iter().map(|claim| claim.0).collect();
    let transfers: Vec<Uuid> = fresh.iter().map(|claim| claim.1).collect();
    let refusals: Vec<Option<&str>> = fresh.iter().map(|claim| claim.2).collect();
    let known: Vec<Uuid> = refused.iter().map(|claim| claim.0).collect();
    let reasons: Vec<Option<&str>> = refused.iter().map(|claim| claim.2).collect();
    sqlx::query!(
        "-- write-claims
        WITH refused AS (
            UPDATE claim c SET refusal = u.refusal FROM UNNEST($4::uuid[], $5::text[]) AS u (request, refusal)
            WHERE c.request = u.request
        )
        INSERT INTO claim (request, transfer_id, refusal)
        SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::text[])",
        &requests,
        &transfers,
        &refusals as &[Option<&str>],
        &known,
        &reasons as &[Option<&str>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}
