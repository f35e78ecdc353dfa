//! Accounts, folios, pots and postings. What is made and what is changed goes in one statement: between two of them
//! database and service would wait for each other.

use ledger::{
    BookChanges, Changes,
    rows::{AccountRow, FolioRow, PersonalRow},
};
use sqlx::PgConnection;

use super::{Stored, column, is_unchanged, pool_code};

/// Accounts, folios and the postings that moved them.
pub(super) async fn store_postings(conn: &mut PgConnection, changes: &BookChanges) -> Stored {
    let BookChanges { accounts, folios, postings, .. } = changes;
    if is_unchanged(accounts) && is_unchanged(folios) && postings.is_empty() {
        return Ok(());
    }
    let (new, old): (&[AccountRow], &[AccountRow]) = (&accounts.inserted, &accounts.updated);
    let (opened, moved): (&[FolioRow], &[FolioRow]) = (&folios.inserted, &folios.updated);
    let store = sqlx::query!(
        "-- store-postings
        WITH new_accounts AS (
            INSERT INTO account (no, key, ledger, folio, balance)
            SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
        ), old_accounts AS (
            UPDATE account AS old SET balance = new.balance
            FROM UNNEST($6::bigint[], $7::bigint[]) AS new (no, balance) WHERE old.no = new.no
        ), new_folios AS (
            INSERT INTO folio (no, key, balance, last, last_day, earlier)
            SELECT * FROM UNNEST($8::bigint[], $9::text[], $10::bigint[], $11::bigint[], $12::date[], $13::bigint[])
        ), old_folios AS (
            UPDATE folio AS old
            SET balance = new.balance, last = new.last, last_day = new.last_day, earlier = new.earlier
            FROM UNNEST($14::bigint[], $15::bigint[], $16::bigint[], $17::date[], $18::bigint[])
                AS new (no, balance, last, last_day, earlier) WHERE old.no = new.no
        )
        INSERT INTO posting (seq, n, ledger, day, amount, debit_account, debit_balance, debit_folio,
            debit_folio_balance, debit_previous, debit_previous_day, credit_account, credit_balance, credit_folio,
            credit_folio_balance, credit_previous, credit_previous_day)
        SELECT * FROM UNNEST($19::bigint[], $20::smallint[], $21::text[], $22::date[], $23::bigint[], $24::bigint[],
            $25::bigint[], $26::bigint[], $27::bigint[], $28::bigint[], $29::bigint[], $30::bigint[], $31::bigint[],
            $32::bigint[], $33::bigint[], $34::bigint[], $35::bigint[])",
        &column(new, |row| row.no.0),
        &column(new, |row| row.key.to_string()),
        &column(new, |row| row.key.ledger().to_string()),
        &column(new, |row| row.folio.0),
        &column(new, |row| row.balance.fen()),
        &column(old, |row| row.no.0),
        &column(old, |row| row.balance.fen()),
        &column(opened, |row| row.no.0),
        &column(opened, |row| row.key.to_string()),
        &column(opened, |row| row.balance.fen()),
        &column(opened, |row| row.last.0),
        &column(opened, |row| row.last_day),
        &column(opened, |row| row.earlier.map(|place| place.0)) as &[Option<i64>],
        &column(moved, |row| row.no.0),
        &column(moved, |row| row.balance.fen()),
        &column(moved, |row| row.last.0),
        &column(moved, |row| row.last_day),
        &column(moved, |row| row.earlier.map(|place| place.0)) as &[Option<i64>],
        &column(postings, |row| row.sequence),
        &column(postings, |row| i16::from(row.n)),
        &column(postings, |row| row.ledger.to_string()),
        &column(postings, |row| row.day),
        &column(postings, |row| row.amount.fen()),
        &column(postings, |row| row.debit.account.0),
        &column(postings, |row| row.debit.balance.fen()),
        &column(postings, |row| row.debit.folio.0),
        &column(postings, |row| row.debit.folio_balance.fen()),
        &column(postings, |row| row.debit.previous.map(|place| place.0)) as &[Option<i64>],
        &column(postings, |row| row.debit.previous_day.map(|place| place.0)) as &[Option<i64>],
        &column(postings, |row| row.credit.account.0),
        &column(postings, |row| row.credit.balance.fen()),
        &column(postings, |row| row.credit.folio.0),
        &column(postings, |row| row.credit.folio_balance.fen()),
        &column(postings, |row| row.credit.previous.map(|place| place.0)) as &[Option<i64>],
        &column(postings, |row| row.credit.previous_day.map(|place| place.0)) as &[Option<i64>]
    );
    store.execute(conn).await.map(|_| ())
}

/// Pots of persons.
pub(super) async fn store_personal(conn: &mut PgConnection, personal: &Changes<PersonalRow>) -> Stored {
    if is_unchanged(personal) {
        return Ok(());
    }
    let (new, old): (&[PersonalRow], &[PersonalRow]) = (&personal.inserted, &personal.updated);
    let store = sqlx::query!(
        "-- store-personal
        WITH new_personal AS (
            INSERT INTO personal (person, pool, year, year_start, shared_in_year)
            SELECT * FROM UNNEST($1::uuid[], $2::integer[], $3::integer[], $4::bigint[], $5::bigint[])
        )
        UPDATE personal AS old SET year = new.year, year_start = new.year_start, shared_in_year = new.shared_in_year
        FROM UNNEST($6::uuid[], $7::integer[], $8::integer[], $9::bigint[], $10::bigint[])
            AS new (person, pool, year, year_start, shared_in_year)
        WHERE old.person = new.person AND old.pool = new.pool",
        &column(new, |row| row.person.uuid()),
        &column(new, |row| pool_code(row.pool)),
        &column(new, |row| row.year),
        &column(new, |row| row.year_start.fen()),
        &column(new, |row| row.shared_in_year.fen()),
        &column(old, |row| row.person.uuid()),
        &column(old, |row| pool_code(row.pool)),
        &column(old, |row| row.year),
        &column(old, |row| row.year_start.fen()),
        &column(old, |row| row.shared_in_year.fen())
    );
    store.execute(conn).await.map(|_| ())
}
