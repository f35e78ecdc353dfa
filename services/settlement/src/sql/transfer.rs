//! Reads transfers. One wide statement by ids, with their lots; the others find ids.

use std::{collections::HashSet, sync::Arc};

use money::Yuan;
use policy::Programme;
use sqlx::PgConnection;
use standards::{BondId, PersonId, TransferId};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{Unreadable, column, lot::LotRow, pool};
use crate::transfer::{Park, Pinned, Source, Transfer};

/// The version of the saga that this process knows, as it is stored.
pub(super) const DEFINITION: i16 = saga::DEFINITION.cast_signed();

/// A transfer as it is stored, and one of its lots if it has any.
pub(crate) struct TransferRow {
    pub id: Uuid,
    pub definition: i16,
    pub programme: String,
    pub source: String,
    pub bond: Uuid,
    pub sharer: Uuid,
    pub beneficiary: Uuid,
    pub sharer_pool: i32,
    pub place_of_use: i32,
    pub amount: i64,
    pub min_left: Option<i64>,
    pub year_total: Option<i64>,
    pub civil_day: Date,
    pub assertion: String,
    pub trace: Option<String>,
    pub accepted_at: OffsetDateTime,
    pub claim_until: OffsetDateTime,
    pub return_by: OffsetDateTime,
    pub version: i64,
    pub state: String,
    pub claim_assertion: String,
    pub claimed_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
    pub parked_at: Option<OffsetDateTime>,
    pub park_step: Option<String>,
    pub park_error: Option<String>,
    hop: Option<i16>,
    at_sequence: Option<i64>,
    consumed: Option<i64>,
    lot_state: Option<String>,
    drawn_sequence: Option<i64>,
    drawn_consumed: Option<i64>,
    lot_version: Option<i64>,
    lot_due: Option<bool>,
    stuck_at: Option<OffsetDateTime>,
    stuck_error: Option<String>,
}

impl TransferRow {
    /// The lot that came with the transfer.
    fn take_lot(&mut self) -> Option<LotRow> {
        Some(LotRow {
            transfer_id: self.id,
            hop: self.hop?,
            at_sequence: self.at_sequence?,
            consumed: self.consumed?,
            state: self.lot_state.take()?,
            drawn_sequence: self.drawn_sequence?,
            drawn_consumed: self.drawn_consumed?,
            version: self.lot_version?,
            due: self.lot_due?,
            stuck_at: self.stuck_at,
            stuck_error: self.stuck_error.take(),
        })
    }

    /// Whether it lives under another version of the saga. Such a row is not ours to judge.
    pub(crate) const fn is_foreign(&self) -> bool {
        self.definition != DEFINITION
    }
}

impl TryFrom<TransferRow> for Transfer {
    type Error = Unreadable;

    fn try_from(row: TransferRow) -> Result<Self, Unreadable> {
        if row.is_foreign() {
            return Err(Unreadable { column: "definition" });
        }
        let pinned = Pinned {
            id: TransferId::new(row.id),
            definition: saga::DEFINITION,
            programme: column("programme", Programme::parse(&row.programme).ok_or(()))?,
            source: column("source", Source::parse(&row.source).ok_or(()))?,
            bond: BondId::new(row.bond),
            sharer: PersonId::new(row.sharer),
            beneficiary: PersonId::new(row.beneficiary),
            sharer_pool: pool("sharer_pool", row.sharer_pool)?,
            place_of_use: pool("place_of_use", row.place_of_use)?,
            amount: Yuan::from_fen(row.amount),
            min_left: row.min_left.map(Yuan::from_fen),
            year_total: row.year_total.map(Yuan::from_fen),
            civil_day: row.civil_day,
            assertion: row.assertion,
            trace: row.trace,
            accepted_at: row.accepted_at,
            claim_until: row.claim_until,
            return_by: row.return_by,
        };
        let park = row.parked_at.zip(row.park_error);
        Ok(Self {
            pinned: Arc::new(pinned),
            version: row.version,
            state: column("state", serde_json::from_str(&row.state))?,
            claim_assertion: row.claim_assertion,
            claimed_at: row.claimed_at,
            ended_at: row.ended_at,
            park: park.map(|(at, error)| Park { at, step: row.park_step, error }),
        })
    }
}

/// The transfers with these ids and all their lots, both in no order.
pub(crate) async fn transfers(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<(Vec<TransferRow>, Vec<LotRow>), sqlx::Error> {
    let mut rows = sqlx::query_as!(
        TransferRow,
        r#"-- transfers
        SELECT t.id AS "id!", definition AS "definition!", programme AS "programme!", source AS "source!",
            bond AS "bond!", sharer AS "sharer!", beneficiary AS "beneficiary!", sharer_pool AS "sharer_pool!",
            place_of_use AS "place_of_use!", amount AS "amount!", min_left, year_total, civil_day AS "civil_day!",
            assertion AS "assertion!", trace, accepted_at AS "accepted_at!", claim_until AS "claim_until!",
            return_by AS "return_by!", p.version AS "version!", p.state AS "state!",
            claim_assertion AS "claim_assertion!", claimed_at, ended_at, parked_at, park_step, park_error,
            l.hop AS "hop?", l.at_sequence AS "at_sequence?", l.consumed AS "consumed?", l.state AS "lot_state?",
            l.drawn_sequence AS "drawn_sequence?", l.drawn_consumed AS "drawn_consumed?",
            l.version AS "lot_version?", l.due AS "lot_due?", stuck_at AS "stuck_at?", stuck_error AS "stuck_error?"
        FROM transfer t JOIN progress p ON p.transfer = t.id LEFT JOIN lot l ON l.transfer_id = t.id
        WHERE t.id = ANY($1)"#,
        ids
    )
    .fetch_all(conn)
    .await?;
    let lots = rows.iter_mut().filter_map(TransferRow::take_lot).collect();
    // A transfer comes once for each of its lots.
    let mut seen = HashSet::with_capacity(rows.len());
    rows.retain(|row| seen.insert(row.id));
    Ok((rows, lots))
}

/// The record that accepted a transfer, JSON, and the instant for which it was judged.
pub(crate) struct Accepted {
    pub body: String,
    pub at: OffsetDateTime,
}

/// What a transfer was accepted on.
pub(crate) async fn accepted(conn: &mut PgConnection, id: Uuid) -> Result<Option<Accepted>, sqlx::Error> {
    sqlx::query_as!(
        Accepted,
        "-- accepted
        SELECT r.body, t.accepted_at AS at FROM transfer t JOIN record r ON r.seq = t.sequence WHERE t.id = $1",
        id
    )
    .fetch_optional(conn)
    .await
}

/// Transfers of these bonds or persons that have not ended.
pub(crate) async fn live_ids(
    conn: &mut PgConnection,
    bonds: &[Uuid],
    persons: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "-- live-transfers
        SELECT id FROM transfer JOIN progress ON progress.transfer = id
        WHERE (bond = ANY($1) OR sharer = ANY($2) OR beneficiary = ANY($2))
            AND state_name <> 'RETURNED' AND state_name <> 'REFUSED'",
        bonds,
        persons
    )
    .fetch_all(conn)
    .await
}

/// Transfers of these owners for which a book must be sent something, by id after `after`. Those of another
/// definition are for a process that knows it.
pub(crate) async fn due_ids(
    conn: &mut PgConnection,
    owners: &[Uuid],
    after: Uuid,
    most: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "-- due-transfers
        SELECT transfer FROM progress WHERE due AND owner = ANY($1) AND transfer > $2 AND definition = $4
        ORDER BY transfer LIMIT $3",
        owners,
        after,
        most,
        DEFINITION
    )
    .fetch_all(conn)
    .await
}

/// Transfers whose claim has ended, the longest overdue first.
pub(crate) async fn overdue_ids(
    conn: &mut PgConnection,
    now: OffsetDateTime,
    most: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "-- overdue-transfers
        SELECT transfer FROM progress WHERE timer_at <= $1 AND definition = $3 ORDER BY timer_at LIMIT $2",
        now,
        most,
        DEFINITION
    )
    .fetch_all(conn)
    .await
}

/// Transfers with work that only a process of another version understands.
pub(crate) async fn left_alone(conn: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"-- left-alone
        SELECT count(*) AS "count!" FROM progress WHERE due AND definition <> $1"#,
        DEFINITION
    )
    .fetch_one(conn)
    .await
}

/// Transfers that should be back by now and are not: somebody is called.
pub(crate) async fn late_returns(conn: &mut PgConnection, now: OffsetDateTime) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"-- late-returns
        SELECT count(*) AS "count!" FROM progress JOIN transfer ON id = progress.transfer
        WHERE due AND return_by < $1 AND claimed_at IS NULL"#,
        now
    )
    .fetch_one(conn)
    .await
}

/// Processes that own something due and are not heard of since then.
pub(crate) async fn silent_owners(
    conn: &mut PgConnection,
    since: OffsetDateTime,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"-- silent-owners
        SELECT owner AS "owner!" FROM (
            SELECT owner FROM progress WHERE due UNION SELECT owner FROM lot WHERE due
        ) AS owning
        WHERE NOT EXISTS (SELECT 1 FROM process p WHERE p.id = owning.owner AND p.heartbeat_at >= $1)"#,
        since
    )
    .fetch_all(conn)
    .await
}
