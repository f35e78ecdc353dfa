//! What people ask about: a wallet, its lots, payments by party. Newest first, by keyset.

use ledger::rows::{LotRow, PaymentRow};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{Lot, Payment};

/// Lots of a beneficiary granted before record `before`, refused ones left out; `open` leaves only those that
/// may still be spent.
pub(crate) async fn lots_of(
    conn: &mut PgConnection,
    beneficiary: Uuid,
    open: bool,
    before: i64,
    limit: i64,
) -> Result<Vec<LotRow>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Lot,
        "-- lots-of
        SELECT transfer, hop, state, beneficiary, sharer, bond, origin, granted, consumed, granted_seq,
            opened_seq, at_seq, closed_by, content, refusal
        FROM lot
        WHERE beneficiary = $1 AND granted_seq < $3 AND state <> 'REFUSED'
            AND (NOT $2 OR (spendable AND state = 'OPEN'))
        ORDER BY granted_seq DESC LIMIT $4",
        beneficiary,
        open,
        before,
        limit
    );
    rows.fetch_all(conn).await?.into_iter().map(Lot::row).collect()
}

/// What is left in a beneficiary's lots, in fen: (spendable, waiting for the claim).
pub(crate) async fn quota_of(conn: &mut PgConnection, beneficiary: Uuid) -> Result<(i64, i64), sqlx::Error> {
    let sums = sqlx::query!(
        r#"-- quota-of
        SELECT coalesce(sum(granted - consumed) FILTER (WHERE state = 'OPEN'), 0)::bigint AS "open!",
            coalesce(sum(granted - consumed) FILTER (WHERE state = 'PENDING'), 0)::bigint AS "pending!"
        FROM lot WHERE beneficiary = $1 AND spendable"#,
        beneficiary
    );
    sums.fetch_one(conn).await.map(|row| (row.open, row.pending))
}

/// A person's account in one pool, in fen, as it was last touched.
pub(crate) struct Account {
    pub pool: i32,
    pub year: i32,
    pub prior: i64,
    pub current: i64,
    pub folio: i64,
}

/// The accounts of a person in one snapshot, so that pots and folio belong together.
pub(crate) async fn accounts_of(conn: &mut PgConnection, person: Uuid) -> Result<Vec<Account>, sqlx::Error> {
    sqlx::query_as!(
        Account,
        r#"-- accounts-of
        SELECT p.pool, p.year, coalesce(prior.balance, 0) AS "prior!", coalesce(curr.balance, 0) AS "current!",
            coalesce(f.balance, 0) AS "folio!"
        FROM personal p
        LEFT JOIN account prior ON prior.key = 'pa.prior/' || p.person || '/' || lpad(p.pool::text, 6, '0')
        LEFT JOIN account curr ON curr.key = 'pa.current/' || p.person || '/' || lpad(p.pool::text, 6, '0')
        LEFT JOIN folio f ON f.key = 'personal/' || p.person || '/' || lpad(p.pool::text, 6, '0')
        WHERE p.person = $1 ORDER BY p.pool"#,
        person
    )
    .fetch_all(conn)
    .await
}

/// How often payments were refunded or reversed with something moved.
pub(crate) struct Refunds {
    pub payment: Uuid,
    pub count: i64,
}

pub(crate) async fn refunds_of(
    conn: &mut PgConnection,
    payments: &[Uuid],
) -> Result<Vec<Refunds>, sqlx::Error> {
    sqlx::query_as!(
        Refunds,
        r#"-- refunds-of
        SELECT payment, count(*) AS "count!" FROM refund WHERE payment = ANY($1) GROUP BY payment"#,
        payments
    )
    .fetch_all(conn)
    .await
}

/// Which payments a list asks for.
pub(crate) enum PaymentsOf {
    Patient(Uuid),
    Sharer(Uuid),
    Institution(String),
}

/// Payments of a party on days from `from` to `to`, recorded before record `before`.
pub(crate) async fn payments_of(
    conn: &mut PgConnection,
    party: &PaymentsOf,
    (from, to): (Option<time::Date>, Option<time::Date>),
    before: i64,
    limit: i64,
) -> Result<Vec<PaymentRow>, sqlx::Error> {
    let rows = match party {
        PaymentsOf::Patient(patient) => {
            let rows = sqlx::query_as!(
                Payment,
                "-- payments-of-patient
                SELECT payment, state, institution, serial, patient, institution_pool, category, total, fund,
                    institution_part, personal, eligible, refunded, day, seq, content
                FROM payment
                WHERE patient = $1 AND seq < $4 AND ($2::date IS NULL OR day >= $2)
                    AND ($3::date IS NULL OR day <= $3)
                ORDER BY seq DESC LIMIT $5",
                patient,
                from,
                to,
                before,
                limit
            );
            rows.fetch_all(conn).await?
        }
        PaymentsOf::Sharer(sharer) => {
            let rows = sqlx::query_as!(
                Payment,
                "-- payments-of-sharer
                SELECT payment, state, institution, serial, patient, institution_pool, category, total, fund,
                    institution_part, personal, eligible, refunded, day, seq, content
                FROM payment
                WHERE payment = ANY(ARRAY(SELECT l.payment FROM leg l WHERE l.owner = $1 AND l.kind = 'LOT'))
                    AND seq < $4 AND ($2::date IS NULL OR day >= $2) AND ($3::date IS NULL OR day <= $3)
                ORDER BY seq DESC LIMIT $5",
                sharer,
                from,
                to,
                before,
                limit
            );
            rows.fetch_all(conn).await?
        }
        PaymentsOf::Institution(code) => {
            let rows = sqlx::query_as!(
                Payment,
                "-- payments-of-institution
                SELECT payment, state, institution, serial, patient, institution_pool, category, total, fund,
                    institution_part, personal, eligible, refunded, day, seq, content
                FROM payment
                WHERE institution = $1 AND patient IS NOT NULL AND seq < $4
                    AND ($2::date IS NULL OR day >= $2) AND ($3::date IS NULL OR day <= $3)
                ORDER BY seq DESC LIMIT $5",
                code,
                from,
                to,
                before,
                limit
            );
            rows.fetch_all(conn).await?
        }
    };
    rows.into_iter().map(Payment::row).collect()
}
