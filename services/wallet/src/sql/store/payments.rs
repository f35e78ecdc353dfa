//! Payments, legs, refunds.

use ledger::rows::{LegRow, PaymentRow, RefundLegRow, RefundRow};
use money::Yuan;
use sqlx::PgConnection;
use standards::{BondId, TransferId};
use uuid::Uuid;

use super::{Stored, column, pool_code, small};

/// New payments and their legs.
pub(super) async fn insert_payments(
    conn: &mut PgConnection,
    payments: &[PaymentRow],
    legs: &[LegRow],
) -> Stored {
    if payments.is_empty() && legs.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query!(
        "-- insert-payments
        WITH new_legs AS (
            INSERT INTO leg (payment, leg, kind, owner, amount, refunded, year, debtor, creditor, transfer, hop, bond,
                lot_consumed)
            SELECT * FROM UNNEST($1::uuid[], $2::smallint[], $3::text[], $4::uuid[], $5::bigint[], $6::bigint[],
                $7::integer[], $8::integer[], $9::integer[], $10::uuid[], $11::integer[], $12::uuid[], $13::bigint[])
        )
        INSERT INTO payment (payment, state, institution, serial, patient, institution_pool, category, total, fund,
            institution_part, personal, eligible, refunded, day, seq, content)
        SELECT * FROM UNNEST($14::uuid[], $15::text[], $16::text[], $17::text[], $18::uuid[], $19::integer[], $20::text[],
            $21::bigint[], $22::bigint[], $23::bigint[], $24::bigint[], $25::bigint[], $26::bigint[],
            $27::date[], $28::bigint[], $29::bytea[])",
        &column(legs, |row| row.payment.uuid()),
        &column(legs, |row| small(row.leg)),
        &column(legs, |row| row.kind.to_string()),
        &column(legs, |row| row.owner.uuid()),
        &column(legs, |row| row.amount.fen()),
        &column(legs, |row| row.refunded.fen()),
        &column(legs, |row| row.year),
        &column(legs, |row| row.debtor.map(pool_code)) as &[Option<i32>],
        &column(legs, |row| pool_code(row.creditor)),
        &column(legs, |row| row.transfer.map(TransferId::uuid)) as &[Option<Uuid>],
        &column(legs, |row| row.hop.map(i32::from)) as &[Option<i32>],
        &column(legs, |row| row.bond.map(BondId::uuid)) as &[Option<Uuid>],
        &column(legs, |row| row.lot_consumed.map(Yuan::fen)) as &[Option<i64>],
        &column(payments, |row| row.payment.uuid()),
        &column(payments, |row| row.state.to_string()),
        &column(payments, |row| row.institution.to_string()),
        &column(payments, |row| row.serial.clone()),
        &column(payments, |row| row.terms.as_ref().map(|terms| terms.patient.uuid())) as &[Option<Uuid>],
        &column(payments, |row| row.terms.as_ref().map(|terms| pool_code(terms.institution_pool))) as &[Option<i32>],
        &column(payments, |row| row.terms.as_ref().map(|terms| terms.category.to_string())) as &[Option<String>],
        &column(payments, |row| row.terms.as_ref().map(|terms| terms.total.fen())) as &[Option<i64>],
        &column(payments, |row| row.terms.as_ref().map(|terms| terms.fund.fen())) as &[Option<i64>],
        &column(payments, |row| row.terms.as_ref().map(|terms| terms.institution.fen())) as &[Option<i64>],
        &column(payments, |row| row.terms.as_ref().map(|terms| terms.personal.fen())) as &[Option<i64>],
        &column(payments, |row| row.terms.as_ref().map(|terms| terms.eligible.fen())) as &[Option<i64>],
        &column(payments, |row| row.refunded.fen()),
        &column(payments, |row| row.day),
        &column(payments, |row| row.sequence),
        &column(payments, |row| row.content.0.to_vec())
    );
    insert.execute(conn).await.map(|_| ())
}

pub(super) async fn update_payments(conn: &mut PgConnection, rows: &[PaymentRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let update = sqlx::query!(
        "-- update-payments
        UPDATE payment AS old SET state = new.state, refunded = new.refunded
        FROM UNNEST($1::uuid[], $2::text[], $3::bigint[])
            AS new (payment, state, refunded)
        WHERE old.payment = new.payment",
        &column(rows, |row| row.payment.uuid()),
        &column(rows, |row| row.state.to_string()),
        &column(rows, |row| row.refunded.fen())
    );
    update.execute(conn).await.map(|_| ())
}

pub(super) async fn update_legs(conn: &mut PgConnection, rows: &[LegRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let update = sqlx::query!(
        "-- update-legs
        UPDATE leg AS old SET refunded = new.refunded
        FROM UNNEST($1::uuid[], $2::smallint[], $3::bigint[])
            AS new (payment, leg, refunded)
        WHERE old.payment = new.payment AND old.leg = new.leg",
        &column(rows, |row| row.payment.uuid()),
        &column(rows, |row| small(row.leg)),
        &column(rows, |row| row.refunded.fen())
    );
    update.execute(conn).await.map(|_| ())
}

pub(super) async fn insert_refunds(conn: &mut PgConnection, rows: &[RefundRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query!(
        "-- insert-refunds
        INSERT INTO refund (refund, payment, kind, amount, day, seq, content)
        SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::date[], $6::bigint[], $7::bytea[])",
        &column(rows, |row| row.refund.uuid()),
        &column(rows, |row| row.payment.uuid()),
        &column(rows, |row| row.kind.to_string()),
        &column(rows, |row| row.amount.fen()),
        &column(rows, |row| row.day),
        &column(rows, |row| row.sequence),
        &column(rows, |row| row.content.0.to_vec())
    );
    insert.execute(conn).await.map(|_| ())
}

pub(super) async fn insert_refund_legs(conn: &mut PgConnection, rows: &[RefundLegRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query!(
        "-- insert-refund-legs
        INSERT INTO refund_leg (refund, payment, leg, amount, lot_consumed, lot_state)
        SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::smallint[], $4::bigint[], $5::bigint[], $6::text[])",
        &column(rows, |row| row.refund.uuid()),
        &column(rows, |row| row.payment.uuid()),
        &column(rows, |row| small(row.leg)),
        &column(rows, |row| row.amount.fen()),
        &column(rows, |row| row.lot_consumed.map(Yuan::fen)) as &[Option<i64>],
        &column(rows, |row| row.lot_state.map(|state| state.to_string())) as &[Option<String>]
    );
    insert.execute(conn).await.map(|_| ())
}
