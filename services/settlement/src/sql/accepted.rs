//! Stores what a batch has accepted, all in one statement: each transfer with the record that accepts it, where it
//! stands, the slot of its day and its pair. It decides nothing.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    pool_code,
    slot::{Change, Slots},
    transfer::DEFINITION,
    transfer_write::{Holder, state_json},
};
use crate::transfer::Transfer;

/// What goes with the transfers of a batch.
pub(crate) struct Accepted<'a> {
    /// Each with the number of its record.
    pub transfers: &'a [(&'a Transfer, i64)],
    /// Every count that changes, also those that are given back.
    pub slots: &'a [Change<'a>],
    /// Pairs that a transfer holds now.
    pub pairs: &'a [Holder<'a>],
}

/// Transfers as columns.
#[derive(Default)]
struct Fresh {
    ids: Vec<Uuid>,
    sequences: Vec<i64>,
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
    traces: Vec<Option<String>>,
    versions: Vec<i64>,
    names: Vec<&'static str>,
    states: Vec<String>,
    due: Vec<bool>,
    timers: Vec<Option<OffsetDateTime>>,
}

impl Fresh {
    fn push(&mut self, transfer: &Transfer, sequence: i64) -> Result<(), sqlx::Error> {
        // No book was asked yet: what follows from an answer has no column here.
        let Transfer { claim_assertion, claimed_at, ended_at, park, .. } = transfer;
        if !claim_assertion.is_empty() || claimed_at.is_some() || ended_at.is_some() || park.is_some() {
            return Err(sqlx::Error::Encode("a transfer was accepted and is over already".into()));
        }
        let pinned = &transfer.pinned;
        self.ids.push(pinned.id.uuid());
        self.sequences.push(sequence);
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
        self.traces.push(pinned.trace.clone());
        self.versions.push(transfer.version);
        self.names.push(transfer.state.name());
        self.states.push(state_json(transfer)?);
        self.due.push(transfer.is_due());
        self.timers.push(transfer.state.awaits_timer().then_some(pinned.claim_until));
        Ok(())
    }

    fn of(transfers: &[(&Transfer, i64)]) -> Result<Self, sqlx::Error> {
        let mut fresh = Self::default();
        for (transfer, sequence) in transfers {
            fresh.push(transfer, *sequence)?;
        }
        Ok(fresh)
    }
}

/// Pairs as columns.
struct Pairs {
    sharers: Vec<Uuid>,
    beneficiaries: Vec<Uuid>,
    holders: Vec<Option<Uuid>>,
}

impl Pairs {
    fn of(pairs: &[Holder<'_>]) -> Self {
        Self {
            sharers: pairs.iter().map(|((sharer, _), _)| sharer.uuid()).collect(),
            beneficiaries: pairs.iter().map(|((_, other), _)| other.uuid()).collect(),
            holders: pairs.iter().map(|(_, pair)| Some(pair.now?.uuid())).collect(),
        }
    }
}

/// Stores it, owned by this process. Pairs that were let go must be free already.
pub(crate) async fn store(
    conn: &mut PgConnection,
    new: Accepted<'_>,
    owner: Uuid,
) -> Result<(), sqlx::Error> {
    let columns = (Fresh::of(new.transfers)?, Slots::of(new.slots), Pairs::of(new.pairs));
    insert(conn, &columns, owner).await
}

async fn insert(
    conn: &mut PgConnection,
    (f, s, p): &(Fresh, Slots, Pairs),
    owner: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- store-accepted
        WITH pinned AS (
            INSERT INTO transfer (id, sequence, programme, source, bond, sharer, beneficiary, sharer_pool,
                place_of_use, amount, min_left, year_total, civil_day, assertion, accepted_at, claim_until,
                return_by, trace)
            SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::uuid[], $6::uuid[],
                $7::uuid[], $8::int[], $9::int[], $10::bigint[], $11::bigint[], $12::bigint[], $13::date[],
                $14::text[], $15::timestamptz[], $16::timestamptz[], $17::timestamptz[], $18::text[])
        ), standing AS (
            INSERT INTO progress (transfer, version, state_name, state, due, timer_at, definition, owner, claim_assertion)
            SELECT u.*, $24, $25, '' FROM UNNEST($1::uuid[], $19::bigint[], $20::text[], $21::text[], $22::boolean[],
                $23::timestamptz[]) AS u
        ), slot AS (
            SELECT * FROM UNNEST($26::uuid[], $27::date[], $28::int[], $29::int[], $30::boolean[])
                AS slot (sharer, civil_day, delta, day_limit, is_there)
        ), begun AS (
            INSERT INTO day_slot (sharer, civil_day, n, day_limit)
            SELECT sharer, civil_day, delta, day_limit FROM slot WHERE NOT is_there
        ), counted AS (
            UPDATE day_slot d SET n = d.n + slot.delta, day_limit = coalesce(slot.day_limit, d.day_limit)
            FROM slot WHERE is_there AND d.sharer = slot.sharer AND d.civil_day = slot.civil_day
        )
        INSERT INTO open_pair (sharer, beneficiary, transfer_id)
        SELECT * FROM UNNEST($31::uuid[], $32::uuid[], $33::uuid[])",
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
        &f.traces as &[Option<String>],
        &f.versions,
        &f.names as &[&str],
        &f.states,
        &f.due,
        &f.timers as &[Option<OffsetDateTime>],
        DEFINITION,
        owner,
        &s.sharers,
        &s.days,
        &s.deltas,
        &s.limits as &[Option<i32>],
        &s.are_there,
        &p.sharers,
        &p.beneficiaries,
        &p.holders as &[Option<Uuid>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}
