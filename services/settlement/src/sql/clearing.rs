//! Periods, obligations and positions.

use clearing::{LegId, Obligation, Pair, Position, Source};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::pool_code;

/// The period that takes obligations now.
pub(crate) async fn open_period(conn: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("-- open-period\nSELECT id FROM period WHERE state = 'OPEN'")
        .fetch_optional(conn)
        .await
}

/// The state of a period.
pub(crate) async fn period_state(conn: &mut PgConnection, id: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("-- period-state\nSELECT state FROM period WHERE id = $1", id)
        .fetch_optional(conn)
        .await
}

/// Cuts off the open period, if there is one.
pub(crate) async fn cut_off(conn: &mut PgConnection, at: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- cut-off-period\nUPDATE period SET state = 'CUT_OFF', cut_off_at = $1 WHERE state = 'OPEN'",
        at
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Opens a period.
pub(crate) async fn open(conn: &mut PgConnection, id: &str, at: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- open-a-period\nINSERT INTO period (id, state, opened_at) VALUES ($1, 'OPEN', $2)",
        id,
        at
    )
    .execute(conn)
    .await
    .map(|_| ())
}

const fn source(source: Source) -> (&'static str, Uuid) {
    match source {
        Source::Payment(id) => ("P", id.uuid()),
        Source::Refund(id) => ("R", id.uuid()),
        Source::Reversal(id) => ("V", id.uuid()),
    }
}

/// Legs as columns, in their order.
#[derive(Default)]
struct Keys {
    books: Vec<String>,
    kinds: Vec<&'static str>,
    ids: Vec<Uuid>,
    numbers: Vec<i16>,
}

impl Keys {
    fn of(legs: impl Iterator<Item = LegId>) -> Self {
        let mut keys = Self::default();
        for leg in legs {
            let (kind, id) = source(leg.source);
            keys.books.push(leg.book.to_string());
            keys.kinds.push(kind);
            keys.ids.push(id);
            keys.numbers.push(i16::try_from(leg.number).unwrap_or(i16::MAX));
        }
        keys
    }
}

/// Those of the legs that are owed already, in whichever period. Each is looked up by itself, in the
/// one partition of its source: a plan made while the table was small would read all of it.
pub(crate) async fn owed(conn: &mut PgConnection, legs: &[LegId]) -> Result<Vec<LegId>, sqlx::Error> {
    let keys = Keys::of(legs.iter().copied());
    let found = sqlx::query_scalar!(
        "-- owed-legs
        SELECT n AS \"n!\"
        FROM UNNEST($1::text[], $2::text[], $3::uuid[], $4::smallint[])
            WITH ORDINALITY AS leg (book, kind, source, leg_no, n)
        CROSS JOIN LATERAL (SELECT FROM obligation AS o WHERE o.source = leg.source AND o.book = leg.book
            AND o.kind = leg.kind AND o.leg_no = leg.leg_no LIMIT 1) AS known",
        &keys.books,
        &keys.kinds as &[&str],
        &keys.ids,
        &keys.numbers
    )
    .fetch_all(conn)
    .await?;
    let places = found.into_iter().filter_map(|n| usize::try_from(n - 1).ok());
    Ok(places.filter_map(|place| legs.get(place).copied()).collect())
}

/// Stores obligations; a leg that is stored already is an error.
pub(crate) async fn insert_obligations(
    conn: &mut PgConnection,
    new: &[Obligation],
) -> Result<(), sqlx::Error> {
    let periods: Vec<String> = new.iter().map(|o| o.period.to_string()).collect();
    let sequences: Vec<i64> = new.iter().map(|o| o.sequence).collect();
    let keys = Keys::of(new.iter().map(|o| o.leg));
    let debtors: Vec<i32> = new.iter().map(|o| pool_code(o.debtor)).collect();
    let creditors: Vec<i32> = new.iter().map(|o| pool_code(o.creditor)).collect();
    let amounts: Vec<i64> = new.iter().map(|o| o.amount.fen()).collect();
    let categories: Vec<&str> = new.iter().map(|o| o.category.name()).collect();
    let days: Vec<Date> = new.iter().map(|o| o.day).collect();
    sqlx::query!(
        "-- insert-obligations
        INSERT INTO obligation (period, book, sequence, leg_no, kind, source, debtor, creditor, amount, category,
            civil_day)
        SELECT * FROM UNNEST($1::text[], $2::text[], $3::bigint[], $4::smallint[], $5::text[], $6::uuid[],
            $7::int[], $8::int[], $9::bigint[], $10::text[], $11::date[])",
        &periods,
        &keys.books,
        &sequences,
        &keys.numbers,
        &keys.kinds as &[&str],
        &keys.ids,
        &debtors,
        &creditors,
        &amounts,
        &categories as &[&str],
        &days
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Adds to positions.
pub(crate) async fn add_positions(
    conn: &mut PgConnection,
    new: &[(Pair, Position)],
) -> Result<(), sqlx::Error> {
    let periods: Vec<String> = new.iter().map(|(pair, _)| pair.period.to_string()).collect();
    let debtors: Vec<i32> = new.iter().map(|(pair, _)| pool_code(pair.debtor)).collect();
    let creditors: Vec<i32> = new.iter().map(|(pair, _)| pool_code(pair.creditor)).collect();
    let gross: Vec<i64> = new.iter().map(|(_, sum)| sum.gross().fen()).collect();
    let refunded: Vec<i64> = new.iter().map(|(_, sum)| sum.refunded().fen()).collect();
    let legs: Vec<i64> = new.iter().map(|(_, sum)| sum.leg_count()).collect();
    sqlx::query!(
        "-- add-positions
        INSERT INTO position AS p (period, debtor, creditor, gross, refunded, leg_count)
        SELECT * FROM UNNEST($1::text[], $2::int[], $3::int[], $4::bigint[], $5::bigint[], $6::bigint[])
        ON CONFLICT ON CONSTRAINT position_pk DO UPDATE SET gross = p.gross + excluded.gross,
            refunded = p.refunded + excluded.refunded, leg_count = p.leg_count + excluded.leg_count",
        &periods,
        &debtors,
        &creditors,
        &gross,
        &refunded,
        &legs
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// What one pool owes another.
#[derive(Clone, Debug)]
pub(crate) struct PositionRow {
    pub debtor: i32,
    pub creditor: i32,
    pub gross: i64,
    pub refunded: i64,
    pub leg_count: i64,
}

/// All positions of a period. There are at most as many as pairs of pools, and in practice a few thousand.
pub(crate) async fn positions(
    conn: &mut PgConnection,
    period: &str,
) -> Result<Vec<PositionRow>, sqlx::Error> {
    sqlx::query_as!(
        PositionRow,
        "-- positions
        SELECT debtor, creditor, gross, refunded, leg_count FROM position WHERE period = $1
        ORDER BY debtor, creditor",
        period
    )
    .fetch_all(conn)
    .await
}
