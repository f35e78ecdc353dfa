//! Wallets, earmarks, hops and lots.

use ledger::{
    Changes,
    rows::{EarmarkRow, HopRow, LotRow, WalletRow},
};
use sqlx::PgConnection;
use standards::PersonId;
use uuid::Uuid;

use super::{Stored, column, is_unchanged, pool_code};

pub(super) async fn insert_wallets(conn: &mut PgConnection, rows: &[WalletRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query!(
        "-- insert-wallets
        INSERT INTO wallet (wallet, person, place_of_use, state, auto_claim, mobile_masked, opened_by, terms_version,
            opened_seq, revision, content)
        SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::boolean[], $6::text[], $7::uuid[],
            $8::text[], $9::bigint[], $10::bigint[], $11::bytea[])",
        &column(rows, |row| row.wallet.uuid()),
        &column(rows, |row| row.person.uuid()),
        &column(rows, |row| pool_code(row.place_of_use)),
        &column(rows, |row| row.state.to_string()),
        &column(rows, |row| row.auto_claim),
        &column(rows, |row| row.mobile_masked.clone()),
        &column(rows, |row| row.opened_by.map(PersonId::uuid)) as &[Option<Uuid>],
        &column(rows, |row| row.terms_version.clone()),
        &column(rows, |row| row.opened_sequence),
        &column(rows, |row| row.revision),
        &column(rows, |row| row.content.0.to_vec())
    );
    insert.execute(conn).await.map(|_| ())
}

pub(super) async fn update_wallets(conn: &mut PgConnection, rows: &[WalletRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let update = sqlx::query!(
        "-- update-wallets
        UPDATE wallet AS old SET state = new.state, auto_claim = new.auto_claim, revision = new.revision
        FROM UNNEST($1::uuid[], $2::text[], $3::boolean[], $4::bigint[])
            AS new (wallet, state, auto_claim, revision)
        WHERE old.wallet = new.wallet",
        &column(rows, |row| row.wallet.uuid()),
        &column(rows, |row| row.state.to_string()),
        &column(rows, |row| row.auto_claim),
        &column(rows, |row| row.revision)
    );
    update.execute(conn).await.map(|_| ())
}

/// Earmarks and their hops.
pub(super) async fn store_earmarks(
    conn: &mut PgConnection,
    earmarks: &Changes<EarmarkRow>,
    hops: &Changes<HopRow>,
) -> Stored {
    if is_unchanged(earmarks) && is_unchanged(hops) {
        return Ok(());
    }
    let (new, old): (&[EarmarkRow], &[EarmarkRow]) = (&earmarks.inserted, &earmarks.updated);
    let (opened, reported): (&[HopRow], &[HopRow]) = (&hops.inserted, &hops.updated);
    let store = sqlx::query!(
        "-- store-earmarks
        WITH new_earmarks AS (
            INSERT INTO earmark (transfer, state, sharer, pool, beneficiary, bond, amount, from_prior, from_current,
                year, returned, content, refusal, seq)
            SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::integer[], $5::uuid[], $6::uuid[],
                $7::bigint[], $8::bigint[], $9::bigint[], $10::integer[], $11::bigint[], $12::bytea[], $13::text[],
                $14::bigint[])
        ), old_earmarks AS (
            UPDATE earmark AS old SET state = new.state, returned = new.returned
            FROM UNNEST($15::uuid[], $16::text[], $17::bigint[]) AS new (transfer, state, returned)
            WHERE old.transfer = new.transfer
        ), new_hops AS (
            INSERT INTO hop (transfer, hop, province, granted, consumed, at_seq, state)
            SELECT * FROM UNNEST($18::uuid[], $19::integer[], $20::smallint[], $21::bigint[], $22::bigint[],
                $23::bigint[], $24::text[])
        )
        UPDATE hop AS old SET consumed = new.consumed, at_seq = new.at_seq, state = new.state
        FROM UNNEST($25::uuid[], $26::integer[], $27::bigint[], $28::bigint[], $29::text[])
            AS new (transfer, hop, consumed, at_seq, state)
        WHERE old.transfer = new.transfer AND old.hop = new.hop",
        &column(new, |row| row.transfer.uuid()),
        &column(new, |row| row.state.to_string()),
        &column(new, |row| row.terms.map(|terms| terms.sharer.uuid())) as &[Option<Uuid>],
        &column(new, |row| row.terms.map(|terms| pool_code(terms.pool))) as &[Option<i32>],
        &column(new, |row| row.terms.map(|terms| terms.beneficiary.uuid())) as &[Option<Uuid>],
        &column(new, |row| row.terms.map(|terms| terms.bond.uuid())) as &[Option<Uuid>],
        &column(new, |row| row.terms.map(|terms| terms.amount.fen())) as &[Option<i64>],
        &column(new, |row| row.from_prior.fen()),
        &column(new, |row| row.from_current.fen()),
        &column(new, |row| row.year),
        &column(new, |row| row.returned.fen()),
        &column(new, |row| row.content.0.to_vec()),
        &column(new, |row| row.refusal.clone()) as &[Option<String>],
        &column(new, |row| row.sequence),
        &column(old, |row| row.transfer.uuid()),
        &column(old, |row| row.state.to_string()),
        &column(old, |row| row.returned.fen()),
        &column(opened, |row| row.transfer.uuid()),
        &column(opened, |row| i32::from(row.hop)),
        &column(opened, |row| i16::from(row.province.code())),
        &column(opened, |row| row.granted.fen()),
        &column(opened, |row| row.consumed.fen()),
        &column(opened, |row| row.at_sequence),
        &column(opened, |row| row.state.to_string()),
        &column(reported, |row| row.transfer.uuid()),
        &column(reported, |row| i32::from(row.hop)),
        &column(reported, |row| row.consumed.fen()),
        &column(reported, |row| row.at_sequence),
        &column(reported, |row| row.state.to_string())
    );
    store.execute(conn).await.map(|_| ())
}

/// Lots.
pub(super) async fn store_lots(conn: &mut PgConnection, lots: &Changes<LotRow>) -> Stored {
    if is_unchanged(lots) {
        return Ok(());
    }
    let (new, old): (&[LotRow], &[LotRow]) = (&lots.inserted, &lots.updated);
    let store = sqlx::query!(
        "-- store-lots
        WITH new_lots AS (
            INSERT INTO lot (transfer, hop, state, beneficiary, sharer, bond, origin, granted, consumed, granted_seq,
                opened_seq, at_seq, closed_by, content, refusal)
            SELECT * FROM UNNEST($1::uuid[], $2::integer[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[],
                $7::integer[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[],
                $14::bytea[], $15::text[])
        )
        UPDATE lot AS old SET state = new.state, consumed = new.consumed, opened_seq = new.opened_seq,
            at_seq = new.at_seq, closed_by = new.closed_by
        FROM UNNEST($16::uuid[], $17::integer[], $18::text[], $19::bigint[], $20::bigint[], $21::bigint[], $22::text[])
            AS new (transfer, hop, state, consumed, opened_seq, at_seq, closed_by)
        WHERE old.transfer = new.transfer AND old.hop = new.hop",
        &column(new, |row| row.transfer.uuid()),
        &column(new, |row| i32::from(row.hop)),
        &column(new, |row| row.state.to_string()),
        &column(new, |row| row.terms.map(|terms| terms.beneficiary.uuid())) as &[Option<Uuid>],
        &column(new, |row| row.terms.map(|terms| terms.sharer.uuid())) as &[Option<Uuid>],
        &column(new, |row| row.terms.map(|terms| terms.bond.uuid())) as &[Option<Uuid>],
        &column(new, |row| row.terms.map(|terms| pool_code(terms.origin))) as &[Option<i32>],
        &column(new, |row| row.granted.fen()),
        &column(new, |row| row.consumed.fen()),
        &column(new, |row| row.granted_sequence),
        &column(new, |row| row.opened_sequence) as &[Option<i64>],
        &column(new, |row| row.at_sequence),
        &column(new, |row| row.closed_by.map(|by| by.to_string())) as &[Option<String>],
        &column(new, |row| row.content.0.to_vec()),
        &column(new, |row| row.refusal.clone()) as &[Option<String>],
        &column(old, |row| row.transfer.uuid()),
        &column(old, |row| i32::from(row.hop)),
        &column(old, |row| row.state.to_string()),
        &column(old, |row| row.consumed.fen()),
        &column(old, |row| row.opened_sequence) as &[Option<i64>],
        &column(old, |row| row.at_sequence),
        &column(old, |row| row.closed_by.map(|by| by.to_string())) as &[Option<String>]
    );
    store.execute(conn).await.map(|_| ())
}
