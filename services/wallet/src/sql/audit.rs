//! Reads whole tables for an audit. Each statement is one short snapshot; whoever reads compares the head
//! before and after, because only an unchanged head makes the tables one book.

use ledger::rows::{
    AccountRow, EarmarkRow, FolioRow, HopRow, LegRow, LotRow, PaymentRow, PersonalRow, PostingRow,
    RefundLegRow, RefundRow, Rows, WalletRow,
};
use sqlx::PgConnection;

use super::rows::{
    Account, Earmark, Folio, Hop, Leg, Lot, Payment, Personal, Posting, Refund, RefundLeg, Wallet,
};

type Loaded<T> = Result<Vec<T>, sqlx::Error>;

/// Every row of the book.
pub(crate) async fn everything(conn: &mut PgConnection) -> Result<Rows, sqlx::Error> {
    Ok(Rows {
        accounts: accounts(&mut *conn).await?,
        folios: folios(&mut *conn).await?,
        personal: personal(&mut *conn).await?,
        wallets: wallets(&mut *conn).await?,
        earmarks: earmarks(&mut *conn).await?,
        hops: hops(&mut *conn).await?,
        lots: lots(&mut *conn).await?,
        payments: payments(&mut *conn).await?,
        legs: legs(&mut *conn).await?,
        refunds: refunds(&mut *conn).await?,
        refund_legs: refund_legs(&mut *conn).await?,
        postings: postings(&mut *conn).await?,
    })
}

async fn accounts(conn: &mut PgConnection) -> Loaded<AccountRow> {
    let rows = sqlx::query_as!(
        Account,
        "-- all-accounts
        SELECT no, key, folio, balance
        FROM account"
    );
    rows.fetch_all(conn).await?.into_iter().map(Account::row).collect()
}

async fn folios(conn: &mut PgConnection) -> Loaded<FolioRow> {
    let rows = sqlx::query_as!(
        Folio,
        "-- all-folios
        SELECT no, key, balance, last, last_day, earlier
        FROM folio"
    );
    rows.fetch_all(conn).await?.into_iter().map(Folio::row).collect()
}

async fn personal(conn: &mut PgConnection) -> Loaded<PersonalRow> {
    let rows = sqlx::query_as!(
        Personal,
        "-- all-personal
        SELECT person, pool, year, year_start, shared_in_year
        FROM personal"
    );
    rows.fetch_all(conn).await?.into_iter().map(Personal::row).collect()
}

async fn wallets(conn: &mut PgConnection) -> Loaded<WalletRow> {
    let rows = sqlx::query_as!(
        Wallet,
        "-- all-wallets
        SELECT wallet, person, place_of_use, state, auto_claim, mobile_masked, opened_by, terms_version,
            opened_seq, revision, content
        FROM wallet"
    );
    rows.fetch_all(conn).await?.into_iter().map(Wallet::row).collect()
}

async fn earmarks(conn: &mut PgConnection) -> Loaded<EarmarkRow> {
    let rows = sqlx::query_as!(
        Earmark,
        "-- all-earmarks
        SELECT transfer, state, sharer, pool, beneficiary, bond, amount, from_prior, from_current, year, returned,
            content, refusal, seq
        FROM earmark"
    );
    rows.fetch_all(conn).await?.into_iter().map(Earmark::row).collect()
}

async fn hops(conn: &mut PgConnection) -> Loaded<HopRow> {
    let rows = sqlx::query_as!(
        Hop,
        "-- all-hops
        SELECT transfer, hop, province, granted, consumed, at_seq, state
        FROM hop"
    );
    rows.fetch_all(conn).await?.into_iter().map(Hop::row).collect()
}

async fn lots(conn: &mut PgConnection) -> Loaded<LotRow> {
    let rows = sqlx::query_as!(
        Lot,
        "-- all-lots
        SELECT transfer, hop, state, beneficiary, sharer, bond, origin, granted, consumed, granted_seq,
            opened_seq, at_seq, closed_by, content, refusal
        FROM lot"
    );
    rows.fetch_all(conn).await?.into_iter().map(Lot::row).collect()
}

async fn payments(conn: &mut PgConnection) -> Loaded<PaymentRow> {
    let rows = sqlx::query_as!(
        Payment,
        "-- all-payments
        SELECT payment, state, institution, serial, patient, institution_pool, category, total, fund,
            institution_part, personal, eligible, refunded, day, seq, content
        FROM payment"
    );
    rows.fetch_all(conn).await?.into_iter().map(Payment::row).collect()
}

async fn legs(conn: &mut PgConnection) -> Loaded<LegRow> {
    let rows = sqlx::query_as!(
        Leg,
        "-- all-legs
        SELECT payment, leg, kind, owner, amount, refunded, year, debtor, creditor, transfer, hop, bond,
            lot_consumed
        FROM leg ORDER BY payment, leg"
    );
    rows.fetch_all(conn).await?.into_iter().map(Leg::row).collect()
}

async fn refunds(conn: &mut PgConnection) -> Loaded<RefundRow> {
    let rows = sqlx::query_as!(
        Refund,
        "-- all-refunds
        SELECT refund, payment, kind, amount, day, seq, content
        FROM refund"
    );
    rows.fetch_all(conn).await?.into_iter().map(Refund::row).collect()
}

async fn refund_legs(conn: &mut PgConnection) -> Loaded<RefundLegRow> {
    let rows = sqlx::query_as!(
        RefundLeg,
        "-- all-refund-legs
        SELECT refund, payment, leg, amount, lot_consumed, lot_state
        FROM refund_leg ORDER BY refund, leg"
    );
    rows.fetch_all(conn).await?.into_iter().map(RefundLeg::row).collect()
}

async fn postings(conn: &mut PgConnection) -> Loaded<PostingRow> {
    let rows = sqlx::query_as!(
        Posting,
        "-- all-postings
        SELECT seq, n, ledger, day, amount, debit_account, debit_balance, debit_folio, debit_folio_balance,
            debit_previous, debit_previous_day, credit_account, credit_balance, credit_folio,
            credit_folio_balance, credit_previous, credit_previous_day
        FROM posting ORDER BY seq, n"
    );
    rows.fetch_all(conn).await?.into_iter().map(Posting::row).collect()
}
