//! Reads the rows that a batch of commands needs. Runs after the head is locked; what is always wanted together comes
//! in one statement, since the whole book waits for each. Nothing is joined, so that no plan that was made while a table
//! was small reads it from end to end.

use ledger::rows::{
    AccountRow, EarmarkRow, FolioRow, HopRow, LegRow, LotRow, PaymentRow, PersonalRow, RefundLegRow,
    RefundRow, WalletRow,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{Account, Earmark, Folio, Hop, Leg, Lot, Payment, Personal, Refund, RefundLeg, Wallet};

type Loaded<T> = Result<Vec<T>, sqlx::Error>;

/// Accounts and folios by key.
pub(crate) async fn accounts(
    conn: &mut PgConnection,
    accounts: &[String],
    folios: &[String],
) -> Result<(Vec<AccountRow>, Vec<FolioRow>), sqlx::Error> {
    let rows = sqlx::query!(
        r#"-- load-accounts
        SELECT no AS "no!", key AS "key!", balance AS "balance!", folio AS "folio?", NULL::bigint AS "last?",
            NULL::date AS "last_day?", NULL::bigint AS "earlier?"
        FROM account WHERE key = ANY($1)
        UNION ALL
        SELECT no, key, balance, NULL, last, last_day, earlier FROM folio WHERE key = ANY($2)"#,
        accounts,
        folios
    );
    let (mut found, mut histories) = (Vec::with_capacity(accounts.len()), Vec::with_capacity(folios.len()));
    for row in rows.fetch_all(conn).await? {
        let (no, key, balance) = (row.no, row.key, row.balance);
        match (row.folio, row.last, row.last_day) {
            (Some(folio), ..) => found.push(Account { no, key, folio, balance }.row()?),
            (None, Some(last), Some(last_day)) => {
                histories.push(Folio { no, key, balance, last, last_day, earlier: row.earlier }.row()?);
            }
            _ => return Err(sqlx::Error::Decode("neither an account nor a folio".into())),
        }
    }
    Ok((found, histories))
}

/// All pools of these persons.
pub(crate) async fn personal(conn: &mut PgConnection, persons: &[Uuid]) -> Loaded<PersonalRow> {
    let rows = sqlx::query_as!(
        Personal,
        "-- load-personal
        SELECT person, pool, year, year_start, shared_in_year
        FROM personal WHERE person = ANY($1)",
        persons
    );
    rows.fetch_all(conn).await?.into_iter().map(Personal::row).collect()
}

/// By id or by person.
pub(crate) async fn wallets(
    conn: &mut PgConnection,
    wallets: &[Uuid],
    persons: &[Uuid],
) -> Loaded<WalletRow> {
    let rows = sqlx::query_as!(
        Wallet,
        "-- load-wallets
        SELECT wallet, person, place_of_use, state, auto_claim, mobile_masked, opened_by, terms_version,
            opened_seq, revision, content
        FROM wallet WHERE wallet = ANY($1) OR person = ANY($2)",
        wallets,
        persons
    );
    rows.fetch_all(conn).await?.into_iter().map(Wallet::row).collect()
}

/// By transfer.
pub(crate) async fn earmarks(conn: &mut PgConnection, transfers: &[Uuid]) -> Loaded<EarmarkRow> {
    let rows = sqlx::query_as!(
        Earmark,
        "-- load-earmarks
        SELECT transfer, state, sharer, pool, beneficiary, bond, amount, from_prior, from_current, year, returned,
            content, refusal, seq
        FROM earmark WHERE transfer = ANY($1)",
        transfers
    );
    rows.fetch_all(conn).await?.into_iter().map(Earmark::row).collect()
}

/// All hops of these transfers.
pub(crate) async fn hops(conn: &mut PgConnection, transfers: &[Uuid]) -> Loaded<HopRow> {
    let rows = sqlx::query_as!(
        Hop,
        "-- load-hops
        SELECT transfer, hop, province, granted, consumed, at_seq, state
        FROM hop WHERE transfer = ANY($1)",
        transfers
    );
    rows.fetch_all(conn).await?.into_iter().map(Hop::row).collect()
}

/// All hops of these transfers, and what these persons may still claim or spend.
pub(crate) async fn lots(
    conn: &mut PgConnection,
    transfers: &[Uuid],
    beneficiaries: &[Uuid],
) -> Loaded<LotRow> {
    let rows = sqlx::query_as!(
        Lot,
        "-- load-lots
        SELECT transfer, hop, state, beneficiary, sharer, bond, origin, granted, consumed, granted_seq,
            opened_seq, at_seq, closed_by, content, refusal
        FROM lot WHERE transfer = ANY($1) OR (beneficiary = ANY($2) AND spendable)",
        transfers,
        beneficiaries
    );
    rows.fetch_all(conn).await?.into_iter().map(Lot::row).collect()
}

/// By id, or by `institution/serial` unless reversed. One that is named in both ways comes twice.
pub(crate) async fn payments(
    conn: &mut PgConnection,
    payments: &[Uuid],
    serials: &[String],
) -> Loaded<PaymentRow> {
    let rows = sqlx::query_as!(
        Payment,
        r#"-- load-payments
        SELECT payment AS "payment!", state AS "state!", institution AS "institution!", serial AS "serial!", patient,
            institution_pool, category, total, fund, institution_part, personal, eligible, refunded AS "refunded!",
            day AS "day!", seq AS "seq!", content AS "content!"
        FROM payment WHERE payment = ANY($1)
        UNION ALL
        SELECT payment, state, institution, serial, patient, institution_pool, category, total, fund,
            institution_part, personal, eligible, refunded, day, seq, content
        FROM payment WHERE standing_serial = ANY($2)"#,
        payments,
        serials
    );
    rows.fetch_all(conn).await?.into_iter().map(Payment::row).collect()
}

/// All legs of these payments.
pub(crate) async fn legs(conn: &mut PgConnection, payments: &[Uuid]) -> Loaded<LegRow> {
    let rows = sqlx::query_as!(
        Leg,
        "-- load-legs
        SELECT payment, leg, kind, owner, amount, refunded, year, debtor, creditor, transfer, hop, bond,
            lot_consumed
        FROM leg WHERE payment = ANY($1)",
        payments
    );
    rows.fetch_all(conn).await?.into_iter().map(Leg::row).collect()
}

/// By id.
pub(crate) async fn refunds(conn: &mut PgConnection, refunds: &[Uuid]) -> Loaded<RefundRow> {
    let rows = sqlx::query_as!(
        Refund,
        "-- load-refunds
        SELECT refund, payment, kind, amount, day, seq, content
        FROM refund WHERE refund = ANY($1)",
        refunds
    );
    rows.fetch_all(conn).await?.into_iter().map(Refund::row).collect()
}

/// All legs of these refunds.
pub(crate) async fn refund_legs(conn: &mut PgConnection, refunds: &[Uuid]) -> Loaded<RefundLegRow> {
    let rows = sqlx::query_as!(
        RefundLeg,
        "-- load-refund-legs
        SELECT refund, payment, leg, amount, lot_consumed, lot_state
        FROM refund_leg WHERE refund = ANY($1)",
        refunds
    );
    rows.fetch_all(conn).await?.into_iter().map(RefundLeg::row).collect()
}
