//! Accounts, folios, pots and postings.

use ledger::rows::{AccountRow, FolioRow, PersonalRow, PostingRow};
use sqlx::PgConnection;

use super::{Stored, column, pool_code};

pub(super) async fn insert_accounts(conn: &mut PgConnection, rows: &[AccountRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query!(
        "-- insert-accounts
        INSERT INTO account (no, key, ledger, folio, balance)
        SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])",
        &column(rows, |row| row.no.0),
        &column(rows, |row| row.key.to_string()),
        &column(rows, |row| row.key.ledger().to_string()),
        &column(rows, |row| row.folio.0),
        &column(rows, |row| row.balance.fen())
    );
    insert.execute(conn).await.map(|_| ())
}

pub(super) async fn update_accounts(conn: &mut PgConnection, rows: &[AccountRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let update = sqlx::query!(
        "-- update-accounts
        UPDATE account AS old SET balance = new.balance
        FROM UNNEST($1::bigint[], $2::bigint[])
            AS new (no, balance)
        WHERE old.no = new.no",
        &column(rows, |row| row.no.0),
        &column(rows, |row| row.balance.fen())
    );
    update.execute(conn).await.map(|_| ())
}

pub(super) async fn insert_folios(conn: &mut PgConnection, rows: &[FolioRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query!(
        "-- insert-folios
        INSERT INTO folio (no, key, balance, last, last_day, earlier)
        SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::date[], $6::bigint[])",
        &column(rows, |row| row.no.0),
        &column(rows, |row| row.key.to_string()),
        &column(rows, |row| row.balance.fen()),
        &column(rows, |row| row.last.0),
        &column(rows, |row| row.last_day),
        &column(rows, |row| row.earlier.map(|place| place.0)) as &[Option<i64>]
    );
    insert.execute(conn).await.map(|_| ())
}

pub(super) async fn update_folios(conn: &mut PgConnection, rows: &[FolioRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let update = sqlx::query!(
        "-- update-folios
        UPDATE folio AS old SET balance = new.balance, last = new.last, last_day = new.last_day, earlier = new.earlier
        FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::date[], $5::bigint[])
            AS new (no, balance, last, last_day, earlier)
        WHERE old.no = new.no",
        &column(rows, |row| row.no.0),
        &column(rows, |row| row.balance.fen()),
        &column(rows, |row| row.last.0),
        &column(rows, |row| row.last_day),
        &column(rows, |row| row.earlier.map(|place| place.0)) as &[Option<i64>]
    );
    update.execute(conn).await.map(|_| ())
}

pub(super) async fn insert_personal(conn: &mut PgConnection, rows: &[PersonalRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query!(
        "-- insert-personal
        INSERT INTO personal (person, pool, year, year_start, shared_in_year)
        SELECT * FROM UNNEST($1::uuid[], $2::integer[], $3::integer[], $4::bigint[], $5::bigint[])",
        &column(rows, |row| row.person.uuid()),
        &column(rows, |row| pool_code(row.pool)),
        &column(rows, |row| row.year),
        &column(rows, |row| row.year_start.fen()),
        &column(rows, |row| row.shared_in_year.fen())
    );
    insert.execute(conn).await.map(|_| ())
}

pub(super) async fn update_personal(conn: &mut PgConnection, rows: &[PersonalRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let update = sqlx::query!(
        "-- update-personal
        UPDATE personal AS old SET year = new.year, year_start = new.year_start, shared_in_year = new.shared_in_year
        FROM UNNEST($1::uuid[], $2::integer[], $3::integer[], $4::bigint[], $5::bigint[])
            AS new (person, pool, year, year_start, shared_in_year)
        WHERE old.person = new.person AND old.pool = new.pool",
        &column(rows, |row| row.person.uuid()),
        &column(rows, |row| pool_code(row.pool)),
        &column(rows, |row| row.year),
        &column(rows, |row| row.year_start.fen()),
        &column(rows, |row| row.shared_in_year.fen())
    );
    update.execute(conn).await.map(|_| ())
}

pub(super) async fn insert_postings(conn: &mut PgConnection, rows: &[PostingRow]) -> Stored {
    if rows.is_empty() {
        return Ok(());
    }
    let insert = sqlx::query!(
        "-- insert-postings
        INSERT INTO posting (seq, n, ledger, day, amount, debit_account, debit_balance, debit_folio, debit_folio_balance,
            debit_previous, debit_previous_day, credit_account, credit_balance, credit_folio,
            credit_folio_balance, credit_previous, credit_previous_day)
        SELECT * FROM UNNEST($1::bigint[], $2::smallint[], $3::text[], $4::date[], $5::bigint[], $6::bigint[], $7::bigint[],
            $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
            $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[])",
        &column(rows, |row| row.sequence),
        &column(rows, |row| i16::from(row.n)),
        &column(rows, |row| row.ledger.to_string()),
        &column(rows, |row| row.day),
        &column(rows, |row| row.amount.fen()),
        &column(rows, |row| row.debit.account.0),
        &column(rows, |row| row.debit.balance.fen()),
        &column(rows, |row| row.debit.folio.0),
        &column(rows, |row| row.debit.folio_balance.fen()),
        &column(rows, |row| row.debit.previous.map(|place| place.0)) as &[Option<i64>],
        &column(rows, |row| row.debit.previous_day.map(|place| place.0)) as &[Option<i64>],
        &column(rows, |row| row.credit.account.0),
        &column(rows, |row| row.credit.balance.fen()),
        &column(rows, |row| row.credit.folio.0),
        &column(rows, |row| row.credit.folio_balance.fen()),
        &column(rows, |row| row.credit.previous.map(|place| place.0)) as &[Option<i64>],
        &column(rows, |row| row.credit.previous_day.map(|place| place.0)) as &[Option<i64>]
    );
    insert.execute(conn).await.map(|_| ())
}
