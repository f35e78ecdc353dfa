//! The history of folios, walked along their links: no index over postings is needed.

use ledger::rows::PostingRow;
use sqlx::PgConnection;
use time::Date;

use super::rows::{Account, Folio, Posting};

/// Folios by key.
pub(crate) async fn folios(
    conn: &mut PgConnection,
    keys: &[String],
) -> Result<Vec<ledger::rows::FolioRow>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Folio,
        "-- folios\nSELECT no, key, balance, last, last_day, earlier FROM folio WHERE key = ANY($1)",
        keys
    );
    rows.fetch_all(conn).await?.into_iter().map(Folio::row).collect()
}

/// Accounts by number.
pub(crate) async fn accounts(
    conn: &mut PgConnection,
    numbers: &[i64],
) -> Result<Vec<ledger::rows::AccountRow>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Account,
        "-- accounts-by-number\nSELECT no, key, folio, balance FROM account WHERE no = ANY($1)",
        numbers
    );
    rows.fetch_all(conn).await?.into_iter().map(Account::row).collect()
}

/// At most `steps` postings of folio `folio`, newest first, from the posting at place `from` on. Later days than
/// `to` are skipped a day at a step; they are not in the answer, and the last step is returned with it: where to
/// go on, if there is more.
pub(crate) async fn walk(
    conn: &mut PgConnection,
    folio: i64,
    from: i64,
    to: Option<Date>,
    steps: i32,
) -> Result<Vec<PostingRow>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Posting,
        r#"-- walk-folio
        WITH RECURSIVE walk AS (
            SELECT p.*, 1 AS step FROM posting p WHERE p.seq = $2::bigint >> 8 AND p.n = ($2::bigint & 255)::smallint
            UNION ALL
            SELECT p.*, w.step + 1
            FROM walk w
            CROSS JOIN LATERAL (SELECT CASE
                WHEN w.day > $3 AND w.debit_folio = $1 THEN w.debit_previous_day
                WHEN w.day > $3 THEN w.credit_previous_day
                WHEN w.debit_folio = $1 THEN w.debit_previous
                ELSE w.credit_previous END AS place) AS next
            JOIN posting p ON p.seq = next.place >> 8 AND p.n = (next.place & 255)::smallint
            WHERE w.step < $4
        )
        SELECT seq AS "seq!", n AS "n!", ledger AS "ledger!", day AS "day!", amount AS "amount!",
            debit_account AS "debit_account!", debit_balance AS "debit_balance!", debit_folio AS "debit_folio!",
            debit_folio_balance AS "debit_folio_balance!", debit_previous, debit_previous_day,
            credit_account AS "credit_account!", credit_balance AS "credit_balance!",
            credit_folio AS "credit_folio!", credit_folio_balance AS "credit_folio_balance!", credit_previous,
            credit_previous_day
        FROM walk ORDER BY step"#,
        folio,
        from,
        to,
        steps
    );
    rows.fetch_all(conn).await?.into_iter().map(Posting::row).collect()
}
