//! Pages of transfers: of a person, and those that need a person.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// What a list asks for; empty means any.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub person: Uuid,
    pub as_sharer: bool,
    pub as_beneficiary: bool,
    /// Stored names of states.
    pub states: Vec<String>,
    pub from_day: Option<Date>,
    pub to_day: Option<Date>,
    pub bond: Option<Uuid>,
}

/// Where a page ended.
pub(crate) struct Place {
    pub id: Uuid,
    pub at: OffsetDateTime,
}

/// A page of a person's transfers, newest first, before `before`.
pub(crate) async fn page(
    conn: &mut PgConnection,
    wanted: &Wanted,
    before: &Place,
    most: i64,
) -> Result<Vec<Place>, sqlx::Error> {
    sqlx::query_as!(
        Place,
        "-- page-of-transfers
        SELECT id, accepted_at AS at FROM transfer JOIN progress ON progress.transfer = id
        WHERE ((sharer = $1 AND $2) OR (beneficiary = $1 AND $3))
            AND (cardinality($4::text[]) = 0 OR state_name = ANY($4))
            AND ($5::date IS NULL OR civil_day >= $5) AND ($6::date IS NULL OR civil_day <= $6)
            AND ($7::uuid IS NULL OR bond = $7) AND (accepted_at, id) < ($8, $9)
        ORDER BY accepted_at DESC, id DESC LIMIT $10",
        wanted.person,
        wanted.as_sharer,
        wanted.as_beneficiary,
        &wanted.states,
        wanted.from_day,
        wanted.to_day,
        wanted.bond,
        before.at,
        before.id,
        most
    )
    .fetch_all(conn)
    .await
}

/// A transfer that waits for a person.
pub(crate) struct ParkedRow {
    pub id: Uuid,
    pub at: OffsetDateTime,
    pub step: Option<String>,
    pub error: String,
}

/// A page of what is parked or stuck, newest first, before `before`.
pub(crate) async fn parked(
    conn: &mut PgConnection,
    before: &Place,
    most: i64,
) -> Result<Vec<ParkedRow>, sqlx::Error> {
    sqlx::query_as!(
        ParkedRow,
        r#"-- parked
        SELECT id AS "id!", at AS "at!", step, error AS "error!" FROM (
            SELECT transfer AS id, parked_at AS at, park_step AS step, park_error AS error
            FROM progress WHERE parked_at IS NOT NULL
            UNION ALL
            SELECT transfer_id, stuck_at, 'draw_down', stuck_error FROM lot WHERE stuck_at IS NOT NULL
        ) AS waiting
        WHERE (at, id) < ($1, $2) ORDER BY at DESC, id DESC LIMIT $3"#,
        before.at,
        before.id,
        most
    )
    .fetch_all(conn)
    .await
}
