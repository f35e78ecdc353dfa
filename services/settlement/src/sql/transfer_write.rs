//! Writes where transfers stand, in columns; an update names the version that it expects.

use sqlx::PgConnection;
use standards::PersonId;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    keeper::Pair,
    transfer::{Park, Transfer},
};

/// Who holds a pair, and who held it.
pub(crate) type Holder<'a> = (&'a (PersonId, PersonId), &'a Pair);

pub(super) fn state_json(transfer: &Transfer) -> Result<String, sqlx::Error> {
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

/// Stores where transfers stand now, and frees the pairs whose holder let go.
///
/// # Errors
/// [`sqlx::Error::RowNotFound`] if one of them is not at the expected version.
pub(crate) async fn update(
    conn: &mut PgConnection,
    moved: &[(&Transfer, i64)],
    freed: &[Holder<'_>],
    owner: Uuid,
) -> Result<(), sqlx::Error> {
    let mut m = Standing::default();
    for (transfer, expected) in moved {
        m.push(transfer, *expected)?;
    }
    let sharers: Vec<Uuid> = freed.iter().map(|((sharer, _), _)| sharer.uuid()).collect();
    let others: Vec<Uuid> = freed.iter().map(|((_, other), _)| other.uuid()).collect();
    let holders: Vec<Option<Uuid>> = freed.iter().map(|(_, pair)| Some(pair.stored?.uuid())).collect();
    let done = sqlx::query_scalar!(
        r#"-- update-progress
        WITH freed AS (
            DELETE FROM open_pair p
            USING UNNEST($15::uuid[], $16::uuid[], $17::uuid[]) AS u (sharer, beneficiary, holder)
            WHERE p.sharer = u.sharer AND p.beneficiary = u.beneficiary AND p.transfer_id = u.holder
        ), moved AS (
            UPDATE progress p SET version = u.version, owner = $14, state_name = u.name, state = u.state,
                due = u.due, timer_at = u.timer, claim_assertion = u.assertion, claimed_at = u.claimed,
                ended_at = u.ended, parked_at = u.parked, park_step = u.step, park_error = u.error
            FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::boolean[],
                $7::timestamptz[], $8::text[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[],
                $12::text[], $13::text[])
                AS u (id, version, expected, name, state, due, timer, assertion, claimed, ended, parked, step, error)
            WHERE p.transfer = u.id AND p.version = u.expected
            RETURNING 1
        )
        SELECT count(*) AS "count!" FROM moved"#,
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
        owner,
        &sharers,
        &others,
        &holders as &[Option<Uuid>]
    )
    .fetch_one(conn)
    .await?;
    if usize::try_from(done).ok() == Some(moved.len()) { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
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
