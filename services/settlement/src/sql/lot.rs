//! Lots as the books report them, and which reports are due. They are read with their transfers.

use money::Yuan;
use saga::LotState;
use sqlx::PgConnection;
use standards::TransferId;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Unreadable, column, transfer::DEFINITION};
use crate::transfer::Lot;

/// A lot as it is stored.
pub(crate) struct LotRow {
    pub transfer_id: Uuid,
    pub hop: i16,
    pub at_sequence: i64,
    pub consumed: i64,
    pub state: String,
    pub drawn_sequence: i64,
    pub drawn_consumed: i64,
    pub version: i64,
    pub due: bool,
    pub stuck_at: Option<OffsetDateTime>,
    pub stuck_error: Option<String>,
}

/// Names a lot.
pub(crate) struct LotKey {
    pub transfer_id: Uuid,
    pub hop: i16,
}

const fn name(state: LotState) -> &'static str {
    match state {
        LotState::Open => "OPEN",
        LotState::Closed => "CLOSED",
        LotState::Moved => "MOVED",
    }
}

impl TryFrom<LotRow> for Lot {
    type Error = Unreadable;

    fn try_from(row: LotRow) -> Result<Self, Unreadable> {
        let state =
            [LotState::Open, LotState::Closed, LotState::Moved].into_iter().find(|s| name(*s) == row.state);
        Ok(Self {
            transfer: TransferId::new(row.transfer_id),
            hop: column("hop", u16::try_from(row.hop))?,
            at_sequence: row.at_sequence,
            consumed: Yuan::from_fen(row.consumed),
            state: column("state", state.ok_or(()))?,
            drawn_sequence: row.drawn_sequence,
            drawn_consumed: Yuan::from_fen(row.drawn_consumed),
            version: row.version,
            due: row.due,
            stuck: row.stuck_at.zip(row.stuck_error),
        })
    }
}

/// Lots of these owners whose sharer's book must be told, by transfer after `after`; of transfers that this process
/// knows how to move.
pub(crate) async fn due_keys(
    conn: &mut PgConnection,
    owners: &[Uuid],
    after: Uuid,
    most: i64,
) -> Result<Vec<LotKey>, sqlx::Error> {
    sqlx::query_as!(
        LotKey,
        "-- due-lots
        SELECT transfer_id, hop FROM lot
        WHERE due AND owner = ANY($1) AND transfer_id > $2
            AND EXISTS (SELECT 1 FROM progress p WHERE p.transfer = lot.transfer_id AND p.definition = $4)
        ORDER BY transfer_id LIMIT $3",
        owners,
        after,
        most,
        DEFINITION
    )
    .fetch_all(conn)
    .await
}

/// Stores lots as they are now.
pub(crate) async fn upsert(conn: &mut PgConnection, lots: &[&Lot], owner: Uuid) -> Result<(), sqlx::Error> {
    let hop = |lot: &&Lot| i16::try_from(lot.hop).unwrap_or(i16::MAX);
    let ids: Vec<Uuid> = lots.iter().map(|lot| lot.transfer.uuid()).collect();
    let hops: Vec<i16> = lots.iter().map(hop).collect();
    let sequences: Vec<i64> = lots.iter().map(|lot| lot.at_sequence).collect();
    let consumed: Vec<i64> = lots.iter().map(|lot| lot.consumed.fen()).collect();
    let states: Vec<&str> = lots.iter().map(|lot| name(lot.state)).collect();
    let drawn: Vec<i64> = lots.iter().map(|lot| lot.drawn_sequence).collect();
    let drawn_consumed: Vec<i64> = lots.iter().map(|lot| lot.drawn_consumed.fen()).collect();
    let versions: Vec<i64> = lots.iter().map(|lot| lot.version).collect();
    let due: Vec<bool> = lots.iter().map(|lot| lot.due).collect();
    let stuck_at: Vec<Option<OffsetDateTime>> =
        lots.iter().map(|lot| lot.stuck.as_ref().map(|s| s.0)).collect();
    let stuck: Vec<Option<String>> = lots.iter().map(|lot| lot.stuck.as_ref().map(|s| s.1.clone())).collect();
    sqlx::query!(
        "-- upsert-lots
        INSERT INTO lot (transfer_id, hop, at_sequence, consumed, state, drawn_sequence, drawn_consumed, version,
            due, stuck_at, stuck_error, owner)
        SELECT *, $12::uuid FROM UNNEST($1::uuid[], $2::smallint[], $3::bigint[], $4::bigint[], $5::text[],
            $6::bigint[], $7::bigint[], $8::bigint[], $9::boolean[], $10::timestamptz[], $11::text[])
        ON CONFLICT ON CONSTRAINT lot_pk DO UPDATE SET at_sequence = excluded.at_sequence,
            consumed = excluded.consumed, state = excluded.state, drawn_sequence = excluded.drawn_sequence,
            drawn_consumed = excluded.drawn_consumed, version = excluded.version, due = excluded.due,
            stuck_at = excluded.stuck_at, stuck_error = excluded.stuck_error, owner = excluded.owner",
        &ids,
        &hops,
        &sequences,
        &consumed,
        &states as &[&str],
        &drawn,
        &drawn_consumed,
        &versions,
        &due,
        &stuck_at as &[Option<OffsetDateTime>],
        &stuck as &[Option<String>],
        owner
    )
    .execute(conn)
    .await
    .map(|_| ())
}
