//! Day slots and open pairs: the counts that acceptance guards.

use sqlx::PgConnection;
use standards::PersonId;
use time::Date;
use uuid::Uuid;

use crate::keeper::{Pair, Slot};

/// A count as it is stored.
pub(crate) struct SlotRow {
    pub sharer: Uuid,
    pub civil_day: Date,
    pub n: i32,
}

/// A pair as it is stored.
pub(crate) struct PairRow {
    pub sharer: Uuid,
    pub beneficiary: Uuid,
    pub transfer_id: Uuid,
}

/// The counts of these sharers from a civil day on.
pub(crate) async fn slots(
    conn: &mut PgConnection,
    sharers: &[Uuid],
    since: Date,
) -> Result<Vec<SlotRow>, sqlx::Error> {
    sqlx::query_as!(
        SlotRow,
        "-- day-slots\nSELECT sharer, civil_day, n FROM day_slot WHERE sharer = ANY($1) AND civil_day >= $2",
        sharers,
        since
    )
    .fetch_all(conn)
    .await
}

/// Who holds these pairs.
pub(crate) async fn pairs(
    conn: &mut PgConnection,
    sharers: &[Uuid],
    beneficiaries: &[Uuid],
) -> Result<Vec<PairRow>, sqlx::Error> {
    sqlx::query_as!(
        PairRow,
        "-- open-pairs
        SELECT p.sharer, p.beneficiary, p.transfer_id
        FROM (SELECT DISTINCT * FROM UNNEST($1::uuid[], $2::uuid[]) AS a (sharer, beneficiary)) AS asked
        JOIN open_pair p ON p.sharer = asked.sharer AND p.beneficiary = asked.beneficiary",
        sharers,
        beneficiaries
    )
    .fetch_all(conn)
    .await
}

type Change<'a> = (&'a (PersonId, Date), &'a Slot);

fn columns(slots: &[Change<'_>]) -> (Vec<Uuid>, Vec<Date>, Vec<i32>, Vec<Option<i32>>) {
    let persons = slots.iter().map(|((person, _), _)| person.uuid()).collect();
    let days = slots.iter().map(|((_, day), _)| *day).collect();
    let deltas = slots.iter().map(|(_, slot)| slot.delta).collect();
    (persons, days, deltas, slots.iter().map(|(_, slot)| slot.limit).collect())
}

/// Changes counts that exist.
pub(crate) async fn change(conn: &mut PgConnection, slots: &[Change<'_>]) -> Result<(), sqlx::Error> {
    let (persons, days, deltas, limits) = columns(slots);
    sqlx::query!(
        "-- change-day-slots
        UPDATE day_slot s SET n = s.n + u.delta, day_limit = coalesce(u.day_limit, s.day_limit)
        FROM UNNEST($1::uuid[], $2::date[], $3::int[], $4::int[]) AS u (sharer, civil_day, delta, day_limit)
        WHERE s.sharer = u.sharer AND s.civil_day = u.civil_day",
        &persons,
        &days,
        &deltas,
        &limits as &[Option<i32>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Begins counts.
pub(crate) async fn insert(conn: &mut PgConnection, slots: &[Change<'_>]) -> Result<(), sqlx::Error> {
    let (persons, days, deltas, limits) = columns(slots);
    sqlx::query!(
        "-- insert-day-slots
        INSERT INTO day_slot (sharer, civil_day, n, day_limit)
        SELECT sharer, civil_day, delta, day_limit
        FROM UNNEST($1::uuid[], $2::date[], $3::int[], $4::int[]) AS new (sharer, civil_day, delta, day_limit)",
        &persons,
        &days,
        &deltas,
        &limits as &[Option<i32>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}

type Holder<'a> = (&'a (PersonId, PersonId), &'a Pair);

/// Frees pairs whose holder let go.
pub(crate) async fn free_pairs(conn: &mut PgConnection, pairs: &[Holder<'_>]) -> Result<(), sqlx::Error> {
    let sharers: Vec<Uuid> = pairs.iter().map(|((sharer, _), _)| sharer.uuid()).collect();
    let others: Vec<Uuid> = pairs.iter().map(|((_, other), _)| other.uuid()).collect();
    let holders: Vec<Uuid> = pairs.iter().filter_map(|(_, pair)| Some(pair.stored?.uuid())).collect();
    sqlx::query!(
        "-- free-pairs
        DELETE FROM open_pair p USING UNNEST($1::uuid[], $2::uuid[], $3::uuid[]) AS u (sharer, beneficiary, holder)
        WHERE p.sharer = u.sharer AND p.beneficiary = u.beneficiary AND p.transfer_id = u.holder",
        &sharers,
        &others,
        &holders
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Takes pairs for new holders.
pub(crate) async fn take_pairs(conn: &mut PgConnection, pairs: &[Holder<'_>]) -> Result<(), sqlx::Error> {
    let sharers: Vec<Uuid> = pairs.iter().map(|((sharer, _), _)| sharer.uuid()).collect();
    let others: Vec<Uuid> = pairs.iter().map(|((_, other), _)| other.uuid()).collect();
    let holders: Vec<Uuid> = pairs.iter().filter_map(|(_, pair)| Some(pair.now?.uuid())).collect();
    sqlx::query!(
        "-- take-pairs
        INSERT INTO open_pair (sharer, beneficiary, transfer_id)
        SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[])",
        &sharers,
        &others,
        &holders
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// What a quote counts: transfers of the day, and whether the pair is held. No lock: a quote promises nothing.
pub(crate) async fn counts(
    conn: &mut PgConnection,
    sharer: Uuid,
    beneficiary: Uuid,
    day: Date,
) -> Result<(i32, bool), sqlx::Error> {
    let row = sqlx::query!(
        r#"-- quote-counts
        SELECT coalesce((SELECT n FROM day_slot WHERE sharer = $1 AND civil_day = $3), 0) AS "n!",
            EXISTS (SELECT 1 FROM open_pair WHERE sharer = $1 AND beneficiary = $2) AS "held!""#,
        sharer,
        beneficiary,
        day
    )
    .fetch_one(conn)
    .await?;
    Ok((row.n, row.held))
}
