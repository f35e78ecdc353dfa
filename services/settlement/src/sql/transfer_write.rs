//! Writes transfers in columns; an update names the version that it expects.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{pool_code, transfer::DEFINITION};
use crate::transfer::{Park, Transfer};

fn state_json(transfer: &Transfer) -> Result<String, sqlx::Error> {
    serde_json::to_string(&transfer.state).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

/// Where transfers stand, as columns.
#[derive(Default)]
struct Standing {
    ids: Vec<Uuid>,
    versions: Vec<i64>,
    expected: Vec<i64>,
    names: Vec<&'static str>,
    states: Vec<String>,
    due: Vec<bool>,
    timers: Vec<Option<OffsetDateTime>>,
    claim_assertions: Vec<String>,
    claimed: Vec<Option<OffsetDateTime>>,
    ended: Vec<Option<OffsetDateTime>>,
    parked: Vec<Option<OffsetDateTime>>,
    park_steps: Vec<Option<String>>,
    park_errors: Vec<Option<String>>,
}

impl Standing {
    fn push(&mut self, transfer: &Transfer, expected: i64) -> Result<(), sqlx::Error> {
        let park = transfer.park.as_ref();
        self.ids.push(transfer.pinned.id.uuid());
        self.versions.push(transfer.version);
        self.expected.push(expected);
        self.names.push(transfer.state.name());
        self.states.push(state_json(transfer)?);
        self.due.push(transfer.is_due());
        self.timers.push(transfer.state.awaits_timer().then_some(transfer.pinned.claim_until));
        self.claim_assertions.push(transfer.claim_assertion.clone());
        self.claimed.push(transfer.claimed_at);
        self.ended.push(transfer.ended_at);
        self.parked.push(park.map(|park| park.at));
        self.park_steps.push(park.and_then(|park: &Park| park.step.clone()));
        self.park_errors.push(park.map(|park| park.error.clone()));
        Ok(())
    }
}

/// Stores where transfers stand now.
///
/// # Errors
/// [`sqlx::Error::RowNotFound`] if one of them is not at the expected version.
pub(crate) async fn update(
    conn: &mut PgConnection,
    moved: &[(&Transfer, i64)],
    owner: Uuid,
) -> Result<(), sqlx::Error> {
    let mut m = Standing::default();
    for (transfer, expected) in moved {
        m.push(transfer, *expected)?;
    }
    let done = sqlx::query!(
        "-- update-progress
        UPDATE progress p SET version = u.version, owner = $14, state_name = u.name, state = u.state, due = u.due,
            timer_at = u.timer, claim_assertion = u.assertion, claimed_at = u.claimed, ended_at = u.ended,
            parked_at = u.parked, park_step = u.step, park_error = u.error
        FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::boolean[], $7::timestamptz[],
            $8::text[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[])
            AS u (id, version, expected, name, state, due, timer, assertion, claimed, ended, parked, step, error)
        WHERE p.transfer = u.id AND p.version = u.expected",
        &m.ids,
        &m.versions,
        &m.expected,
        &m.names as &[&str],
        &m.states,
        &m.due,
        &m.timers as &[Option<OffsetDateTime>],
        &m.claim_assertions,
        &m.claimed as &[Option<OffsetDateTime>],
        &m.ended as &[Option<OffsetDateTime>],
        &m.parked as &[Option<OffsetDateTime>],
        &m.park_steps as &[Option<String>],
        &m.park_errors as &[Option<String>],
        owner
    )
    .execute(conn)
    .await?;
    if usize::try_from(done.rows_affected()).ok() == Some(moved.len()) {
        Ok(())
    } else {
        Err(sqlx::Error::RowNotFound)
    }
}

/// What is pinned, as columns.
#[derive(Default)]
struct Fresh {
    ids: Vec<Uuid>,
    programmes: Vec<&'static str>,
    sources: Vec<&'static str>,
    bonds: Vec<Uuid>,
    sharers: Vec<Uuid>,
    beneficiaries: Vec<Uuid>,
    sharer_pools: Vec<i32>,
    places: Vec<i32>,
    amounts: Vec<i64>,
    min_left: Vec<Option<i64>>,
    year_totals: Vec<Option<i64>>,
    days: Vec<Date>,
    assertions: Vec<String>,
    accepted: Vec<OffsetDateTime>,
    claim_until: Vec<OffsetDateTime>,
    return_by: Vec<OffsetDateTime>,
    sequences: Vec<i64>,
    traces: Vec<Option<String>>,
}

impl Fresh {
    fn push(&mut self, transfer: &Transfer, sequence: i64) {
        let pinned = &transfer.pinned;
        self.ids.push(pinned.id.uuid());
        self.programmes.push(pinned.programme.name());
        self.sources.push(pinned.source.name());
        self.bonds.push(pinned.bond.uuid());
        self.sharers.push(pinned.sharer.uuid());
        self.beneficiaries.push(pinned.beneficiary.uuid());
        self.sharer_pools.push(pool_code(pinned.sharer_pool));
        self.places.push(pool_code(pinned.place_of_use));
        self.amounts.push(pinned.amount.fen());
        self.min_left.push(pinned.min_left.map(money::Yuan::fen));
        self.year_totals.push(pinned.year_total.map(money::Yuan::fen));
        self.days.push(pinned.civil_day);
        self.assertions.push(pinned.assertion.clone());
        self.accepted.push(pinned.accepted_at);
        self.claim_until.push(pinned.claim_until);
        self.return_by.push(pinned.return_by);
        self.sequences.push(sequence);
        self.traces.push(pinned.trace.clone());
    }
}

/// Stores transfers that were accepted in this batch, each with the record that accepts it, and where they stand.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    fresh: &[(&Transfer, i64)],
    owner: Uuid,
) -> Result<(), sqlx::Error> {
    let (mut f, mut s) = (Fresh::default(), Standing::default());
    for (transfer, sequence) in fresh {
        f.push(transfer, *sequence);
        s.push(transfer, 0)?;
    }
    sqlx::query!(
        "-- insert-transfers
        INSERT INTO transfer (id, sequence, programme, source, bond, sharer, beneficiary, sharer_pool, place_of_use,
            amount, min_left, year_total, civil_day, assertion, accepted_at, claim_until, return_by,
            trace)
        SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::uuid[],
            $8::int[], $9::int[], $10::bigint[], $11::bigint[], $12::bigint[], $13::date[], $14::text[],
            $15::timestamptz[], $16::timestamptz[], $17::timestamptz[], $18::text[])",
        &f.ids,
        &f.sequences,
        &f.programmes as &[&str],
        &f.sources as &[&str],
        &f.bonds,
        &f.sharers,
        &f.beneficiaries,
        &f.sharer_pools,
        &f.places,
        &f.amounts,
        &f.min_left as &[Option<i64>],
        &f.year_totals as &[Option<i64>],
        &f.days,
        &f.assertions,
        &f.accepted,
        &f.claim_until,
        &f.return_by,
        &f.traces as &[Option<String>]
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "-- insert-progress
        INSERT INTO progress (transfer, definition, version, owner, state_name, state, due, timer_at,
            claim_assertion, claimed_at, ended_at, parked_at, park_step, park_error)
        SELECT id, $14, version, $13, name, state, due, timer, assertion, claimed, ended, parked, step, error
        FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[], $7::text[],
            $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[])
            AS new (id, version, name, state, due, timer, assertion, claimed, ended, parked, step, error)",
        &s.ids,
        &s.versions,
        &s.names as &[&str],
        &s.states,
        &s.due,
        &s.timers as &[Option<OffsetDateTime>],
        &s.claim_assertions,
        &s.claimed as &[Option<OffsetDateTime>],
        &s.ended as &[Option<OffsetDateTime>],
        &s.parked as &[Option<OffsetDateTime>],
        &s.park_steps as &[Option<String>],
        &s.park_errors as &[Option<String>],
        owner,
        DEFINITION
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Takes a row that cannot be read out of everybody's way; an operator finds it among the parked.
pub(crate) async fn set_aside(conn: &mut PgConnection, id: Uuid, error: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- set-aside-transfer
        UPDATE progress SET due = false, timer_at = NULL,
            parked_at = coalesce(parked_at, (SELECT at FROM head)), park_error = coalesce(park_error, $2)
        WHERE transfer = $1",
        id,
        error
    )
    .execute(conn)
    .await
    .map(|_| ())
}
