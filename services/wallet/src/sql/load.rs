//! Reads the rows that a batch of commands needs. Runs after the head is locked; what is always wanted together comes
//! in one statement, since the whole book waits for each. Joined tables stand behind a fence, so that no plan that was
//! made while they were small reads them from end to end.

use ledger::rows::{
    AccountRow, EarmarkRow, FolioRow, HopRow, LegRow, LotRow, PaymentRow, PersonalRow, RefundLegRow,
    RefundRow, WalletRow,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{
    AccountOrFolio, EarmarkAndHop, Hop, Leg, Lot, Payment, PaymentAndLeg, Personal, Refund, RefundLeg, Wallet,
};

type Loaded<T> = Result<Vec<T>, sqlx::Error>;

/// Accounts and folios by key.
pub(crate) async fn accounts(
    conn: &mut PgConnection,
    accounts: &[String],
    folios: &[String],
) -> Result<(Vec<AccountRow>, Vec<FolioRow>), sqlx::Error> {
    let rows = sqlx::query_as!(
        AccountOrFolio,
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
        match row.halves() {
            (Some(account), _) => found.push(account.row()?),
            (None, Some(folio)) => histories.push(folio.row()?),
            (None, None) => return Err(sqlx::Error::Decode("neither an account nor a folio".into())),
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

/// By transfer, with all hops.
pub(crate) async fn earmarks(
    conn: &mut PgConnection,
    transfers: &[Uuid],
) -> Result<(Vec<EarmarkRow>, Vec<HopRow>), sqlx::Error> {
    let rows = sqlx::query_as!(
        EarmarkAndHop,
        r#"-- load-earmarks
        SELECT e.transfer, e.state, e.sharer, e.pool, e.beneficiary, e.bond, e.amount, e.from_prior, e.from_current,
            e.year, e.returned, e.content, e.refusal, e.seq, h.hop AS "hop?", h.province AS "province?",
            h.granted AS "granted?", h.consumed AS "consumed?", h.at_seq AS "at_seq?", h.state AS "hop_state?"
        FROM earmark e
        LEFT JOIN LATERAL (
            SELECT hop, province, granted, consumed, at_seq, state FROM hop WHERE hop.transfer = e.transfer OFFSET 0
        ) AS h ON true
        WHERE e.transfer = ANY($1)"#,
        transfers
    );
    let (mut earmarks, mut hops) = (Vec::with_capacity(transfers.len()), Vec::with_capacity(transfers.len()));
    for row in rows.fetch_all(conn).await? {
        let (earmark, hop) = row.halves();
        // Whoever has several hops comes with each, which does no harm: a book takes a row that comes twice once.
        earmarks.push(earmark.row()?);
        hops.extend(hop.map(Hop::row).transpose()?);
    }
    Ok((earmarks, hops))
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

/// By id.
pub(crate) async fn payments(conn: &mut PgConnection, payments: &[Uuid]) -> Loaded<PaymentRow> {
    let rows = sqlx::query_as!(
        Payment,
        "-- load-payments
        SELECT payment, state, institution, serial, patient, institution_pool, category, total, fund,
            institution_part, personal, eligible, refunded, day, seq, content
        FROM payment WHERE payment = ANY($1)",
        payments
    );
    rows.fetch_all(conn).await?.into_iter().map(Payment::row).collect()
}

/// By id with all legs, or by `institution/serial` unless reversed, then without legs.
pub(crate) async fn payments_and_legs(
    conn: &mut PgConnection,
    payments: &[Uuid],
    serials: &[String],
) -> Result<(Vec<PaymentRow>, Vec<LegRow>), sqlx::Error> {
    let rows = sqlx::query_as!(
        PaymentAndLeg,
        r#"-- load-payments-and-legs
        SELECT p.payment AS "payment!", p.state AS "state!", p.institution AS "institution!", p.serial AS "serial!",
            p.patient, p.institution_pool, p.category, p.total, p.fund, p.institution_part, p.personal, p.eligible,
            p.refunded AS "refunded!", p.day AS "day!", p.seq AS "seq!", p.content AS "content!", l.leg AS "leg?",
            l.kind AS "kind?", l.owner AS "owner?", l.amount AS "amount?", l.refunded AS "leg_refunded?",
            l.year AS "year?", l.debtor, l.creditor AS "creditor?", l.transfer, l.hop, l.bond, l.lot_consumed
        FROM (
            SELECT payment.*, true AS with_legs FROM payment WHERE payment.payment = ANY($1)
            UNION ALL
            SELECT payment.*, false FROM payment WHERE standing_serial = ANY($2)
        ) AS p
        LEFT JOIN LATERAL (
            SELECT leg, kind, owner, amount, refunded, year, debtor, creditor, transfer, hop, bond, lot_consumed
            FROM leg WHERE p.with_legs AND leg.payment = p.payment OFFSET 0
        ) AS l ON true"#,
        payments,
        serials
    );
    let (mut found, mut legs) = (Vec::new(), Vec::new());
    for row in rows.fetch_all(conn).await? {
        let (payment, leg) = row.halves();
        found.push(payment.row()?);
        legs.extend(leg.map(Leg::row).transpose()?);
    }
    Ok((found, legs))
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
