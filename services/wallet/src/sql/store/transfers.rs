//! Wallets, earmarks, hops and lots.

use ledger::rows::{EarmarkRow, HopRow, LotRow, WalletRow};
use sqlx::PgConnection;
use standards::PersonId;
use uuid::Uuid;

use super::{Stored, column, pool_code};

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

pub(super) async fn insert_earmarks(conn: &mut PgConnection, rows: &[EarmarkRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query!(
        "-- insert-earmarks
        INSERT INTO earmark (transfer, state, sharer, pool, beneficiary, bond, amount, from_prior, from_current, year, returned,
            content, refusal, seq)
        SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::integer[], $5::uuid[], $6::uuid[], $7::bigint[],
            $8::bigint[], $9::bigint[], $10::integer[], $11::bigint[], $12::bytea[], $13::text[], $14::bigint[])",
        &column(rows, |row| row.transfer.uuid()),
        &column(rows, |row| row.state.to_string()),
        &column(rows, |row| row.terms.map(|terms| terms.sharer.uuid())) as &[Option<Uuid>],
        &column(rows, |row| row.terms.map(|terms| pool_code(terms.pool))) as &[Option<i32>],
        &column(rows, |row| row.terms.map(|terms| terms.beneficiary.uuid())) as &[Option<Uuid>],
        &column(rows, |row| row.terms.map(|terms| terms.bond.uuid())) as &[Option<Uuid>],
        &column(rows, |row| row.terms.map(|terms| terms.amount.fen())) as &[Option<i64>],
        &column(rows, |row| row.from_prior.fen()),
        &column(rows, |row| row.from_current.fen()),
        &column(rows, |row| row.year),
        &column(rows, |row| row.returned.fen()),
        &column(rows, |row| row.content.0.to_vec()),
        &column(rows, |row| row.refusal.clone()) as &[Option<String>],
        &column(rows, |row| row.sequence)
    );
    insert.execute(conn).await.map(|_| ())
}

pub(super) async fn update_earmarks(conn: &mut PgConnection, rows: &[EarmarkRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let update = sqlx::query!(
        "-- update-earmarks
        UPDATE earmark AS old SET state = new.state, returned = new.returned
        FROM UNNEST($1::uuid[], $2::text[], $3::bigint[])
            AS new (transfer, state, returned)
        WHERE old.transfer = new.transfer",
        &column(rows, |row| row.transfer.uuid()),
        &column(rows, |row| row.state.to_string()),
        &column(rows, |row| row.returned.fen())
    );
    update.execute(conn).await.map(|_| ())
}

pub(super) async fn insert_hops(conn: &mut PgConnection, rows: &[HopRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query!(
        "-- insert-hops
        INSERT INTO hop (transfer, hop, province, granted, consumed, at_seq, state)
        SELECT * FROM UNNEST($1::uuid[], $2::integer[], $3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[])",
        &column(rows, |row| row.transfer.uuid()),
        &column(rows, |row| i32::from(row.hop)),
        &column(rows, |row| i16::from(row.province.code())),
        &column(rows, |row| row.granted.fen()),
        &column(rows, |row| row.consumed.fen()),
        &column(rows, |row| row.at_sequence),
        &column(rows, |row| row.state.to_string())
    );
    insert.execute(conn).await.map(|_| ())
}

pub(super) async fn update_hops(conn: &mut PgConnection, rows: &[HopRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let update = sqlx::query!(
        "-- update-hops
        UPDATE hop AS old SET consumed = new.consumed, at_seq = new.at_seq, state = new.state
        FROM UNNEST($1::uuid[], $2::integer[], $3::bigint[], $4::bigint[], $5::text[])
            AS new (transfer, hop, consumed, at_seq, state)
        WHERE old.transfer = new.transfer AND old.hop = new.hop",
        &column(rows, |row| row.transfer.uuid()),
        &column(rows, |row| i32::from(row.hop)),
        &column(rows, |row| row.consumed.fen()),
        &column(rows, |row| row.at_sequence),
        &column(rows, |row| row.state.to_string())
    );
    update.execute(conn).await.map(|_| ())
}

pub(super) async fn insert_lots(conn: &mut PgConnection, rows: &[LotRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query!(
        "-- insert-lots
        INSERT INTO lot (transfer, hop, state, beneficiary, sharer, bond, origin, granted, consumed, granted_seq,
            opened_seq, at_seq, closed_by, content, refusal)
        SELECT * FROM UNNEST($1::uuid[], $2::integer[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::integer[],
            $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::bytea[],
            $15::text[])",
        &column(rows, |row| row.transfer.uuid()),
        &column(rows, |row| i32::from(row.hop)),
        &column(rows, |row| row.state.to_string()),
        &column(rows, |row| row.terms.map(|terms| terms.beneficiary.uuid())) as &[Option<Uuid>],
        &column(rows, |row| row.terms.map(|terms| terms.sharer.uuid())) as &[Option<Uuid>],
        &column(rows, |row| row.terms.map(|terms| terms.bond.uuid())) as &[Option<Uuid>],
        &column(rows, |row| row.terms.map(|terms| pool_code(terms.origin))) as &[Option<i32>],
        &column(rows, |row| row.granted.fen()),
        &column(rows, |row| row.consumed.fen()),
        &column(rows, |row| row.granted_sequence),
        &column(rows, |row| row.opened_sequence) as &[Option<i64>],
        &column(rows, |row| row.at_sequence),
        &column(rows, |row| row.closed_by.map(|by| by.to_string())) as &[Option<String>],
        &column(rows, |row| row.content.0.to_vec()),
        &column(rows, |row| row.refusal.clone()) as &[Option<String>]
    );
    insert.execute(conn).await.map(|_| ())
}

pub(super) async fn update_lots(conn: &mut PgConnection, rows: &[LotRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let update = sqlx::query!(
        "-- update-lots
        UPDATE lot AS old SET state = new.state, consumed = new.consumed, opened_seq = new.opened_seq, at_seq = new.at_seq,
            closed_by = new.closed_by
        FROM UNNEST($1::uuid[], $2::integer[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[])
            AS new (transfer, hop, state, consumed, opened_seq, at_seq, closed_by)
        WHERE old.transfer = new.transfer AND old.hop = new.hop",
        &column(rows, |row| row.transfer.uuid()),
        &column(rows, |row| i32::from(row.hop)),
        &column(rows, |row| row.state.to_string()),
        &column(rows, |row| row.consumed.fen()),
        &column(rows, |row| row.opened_sequence) as &[Option<i64>],
        &column(rows, |row| row.at_sequence),
        &column(rows, |row| row.closed_by.map(|by| by.to_string())) as &[Option<String>]
    );
    update.execute(conn).await.map(|_| ())
}
