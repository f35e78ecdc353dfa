//! Day slots: what a quote counts, and counts that change while nothing is accepted.

use sqlx::PgConnection;
use standards::PersonId;
use time::Date;
use uuid::Uuid;

use crate::keeper::Slot;

/// The count of a sharer's civil day.
pub(crate) type Change<'a> = (&'a (PersonId, Date), &'a Slot);

/// Changed counts as columns.
#[derive(Default)]
pub(super) struct Slots {
    pub sharers: Vec<Uuid>,
    pub days: Vec<Date>,
    pub deltas: Vec<i32>,
    pub limits: Vec<Option<i32>>,
    /// Whether the row is there: only an acceptance begins a count, and it has looked.
    pub are_there: Vec<bool>,
}

impl Slots {
    pub(super) fn of(slots: &[Change<'_>]) -> Self {
        let mut columns = Self::default();
        for ((sharer, day), slot) in slots {
            columns.sharers.push(sharer.uuid());
            columns.days.push(*day);
            columns.deltas.push(slot.delta);
            columns.limits.push(slot.limit);
            columns.are_there.push(slot.exists || slot.delta < 0);
        }
        columns
    }
}

/// Changes counts that exist.
pub(crate) async fn change(conn: &mut PgConnection, slots: &[Change<'_>]) -> Result<(), sqlx::Error> {
    let s = Slots::of(slots);
    sqlx::query!(
        "-- change-day-slots
        UPDATE day_slot s SET n = s.n + u.delta, day_limit = coalesce(u.day_limit, s.day_limit)
        FROM UNNEST($1::uuid[], $2::date[], $3::int[], $4::int[]) AS u (sharer, civil_day, delta, day_limit)
        WHERE s.sharer = u.sharer AND s.civil_day = u.civil_day",
        &s.sharers,
        &s.days,
        &s.deltas,
        &s.limits as &[Option<i32>]
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
