//! Reads the databases, each in one read-only snapshot. Nothing here judges.

use anyhow::{Context, Result};
use sqlx::{Connection, FromRow, PgConnection, postgres::PgRow};

use crate::{
    Sources,
    rows::{Book, Chain, Identity, Settlement, World},
};

/// Everything there is.
pub(crate) async fn world(sources: &Sources) -> Result<World> {
    let mut books = std::collections::BTreeMap::new();
    for (province, url) in &sources.books {
        books.insert(province.clone(), book(url).await.with_context(|| format!("reading book {province}"))?);
    }
    Ok(World {
        identity: identity(&sources.identity).await.context("reading identity")?,
        kinship: kinship(&sources.kinship).await.context("reading kinship-registry")?,
        settlement: settlement(&sources.settlement).await.context("reading settlement")?,
        books,
    })
}

async fn snapshot(url: &str) -> Result<PgConnection, sqlx::Error> {
    let mut conn = PgConnection::connect(url).await?;
    sqlx::query("-- snapshot\nBEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut conn).await?;
    Ok(conn)
}

async fn all<T>(conn: &mut PgConnection, statement: &'static str) -> Result<Vec<T>, sqlx::Error>
where
    T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    sqlx::query_as::<_, T>(statement).fetch_all(conn).await
}

async fn chain(conn: &mut PgConnection) -> Result<Chain, sqlx::Error> {
    Ok(Chain {
        head: sqlx::query_as("-- check-head\nSELECT seq, hash, at FROM head").fetch_one(&mut *conn).await?,
        batches: all(
            conn,
            "-- check-batches\nSELECT last_seq, first_seq, root, hash, at FROM batch ORDER BY last_seq",
        )
        .await?,
        records: all(
            conn,
            "-- check-records\nSELECT seq, label, id, content, body, at FROM record ORDER BY seq",
        )
        .await?,
        requests: all(conn, "-- check-requests\nSELECT id, seq FROM request").await?,
        quarantine: all(
            conn,
            "-- check-quarantine\nSELECT label AS what, error FROM quarantine ORDER BY number",
        )
        .await?,
        unreadable: all(
            conn,
            "-- check-unreadable\nSELECT feed || ' ' || seq AS what, error FROM unreadable ORDER BY feed, seq",
        )
        .await?,
    })
}

async fn identity(url: &str) -> Result<Identity, sqlx::Error> {
    let mut conn = snapshot(url).await?;
    let chain = chain(&mut conn).await?;
    let persons =
        all(&mut conn, "-- check-persons\nSELECT person_id, place_of_use, wallet_id FROM person").await?;
    conn.close().await?;
    Ok(Identity { chain, persons })
}

async fn kinship(url: &str) -> Result<Chain, sqlx::Error> {
    let mut conn = snapshot(url).await?;
    let chain = chain(&mut conn).await?;
    conn.close().await?;
    Ok(chain)
}

async fn settlement(url: &str) -> Result<Settlement, sqlx::Error> {
    let mut conn = snapshot(url).await?;
    let conn = &mut conn;
    Ok(Settlement {
        chain: chain(conn).await?,
        cursors: all(conn, "-- check-cursors\nSELECT feed, seq, hash FROM cursor").await?,
        transfers: all(
            conn,
            "-- check-transfers
            SELECT id, bond, sharer, beneficiary, sharer_pool, place_of_use, amount, civil_day, accepted_at,
                claim_until, return_by, state_name, state, due, claimed_at, ended_at, park_error
            FROM transfer JOIN progress ON progress.transfer = id ORDER BY id",
        )
        .await?,
        lots: all(
            conn,
            "-- check-reports
            SELECT transfer_id, hop, at_sequence, consumed, state, due, stuck_error FROM lot",
        )
        .await?,
        slots: all(conn, "-- check-slots\nSELECT sharer, civil_day, n FROM day_slot").await?,
        pairs: all(conn, "-- check-pairs\nSELECT sharer, beneficiary, transfer_id FROM open_pair").await?,
        claims: all(conn, "-- check-claims\nSELECT request, transfer_id, refusal FROM claim").await?,
        periods: all(conn, "-- check-periods\nSELECT id, state FROM period").await?,
        obligations: all(
            conn,
            "-- check-obligations
            SELECT period, book, sequence, leg_no, kind, source, debtor, creditor, amount, category, civil_day
            FROM obligation ORDER BY book, sequence, leg_no",
        )
        .await?,
        positions: all(
            conn,
            "-- check-positions\nSELECT period, debtor, creditor, gross, refunded, leg_count FROM position",
        )
        .await?,
    })
}

async fn book(url: &str) -> Result<Book, sqlx::Error> {
    let mut conn = snapshot(url).await?;
    let conn = &mut conn;
    Ok(Book {
        chain: chain(conn).await?,
        accounts: all(conn, "-- check-accounts\nSELECT no, key, ledger, folio, balance FROM account").await?,
        folios: all(
            conn,
            "-- check-folios\nSELECT no, key, balance, last, last_day, earlier FROM folio",
        )
        .await?,
        postings: all(
            conn,
            "-- check-postings
            SELECT seq, n, ledger, day, amount, debit_account, debit_balance, debit_folio, debit_folio_balance,
                debit_previous, debit_previous_day, credit_account, credit_balance, credit_folio,
                credit_folio_balance, credit_previous, credit_previous_day
            FROM posting ORDER BY seq, n",
        )
        .await?,
        wallets: all(conn, "-- check-wallets\nSELECT wallet, person, place_of_use FROM wallet").await?,
        earmarks: all(
            conn,
            "-- check-earmarks
            SELECT transfer, state, sharer, pool, beneficiary, bond, amount, from_prior, from_current, returned
            FROM earmark",
        )
        .await?,
        hops: all(
            conn,
            "-- check-hops\nSELECT transfer, hop, province, granted, consumed, at_seq, state FROM hop",
        )
        .await?,
        lots: all(
            conn,
            "-- check-lots
            SELECT transfer, hop, state, beneficiary, sharer, bond, origin, granted, consumed, at_seq FROM lot",
        )
        .await?,
        payments: all(
            conn,
            "-- check-payments
            SELECT payment, state, patient, institution, institution_pool, category, total, fund, institution_part,
                personal, eligible, refunded, day, seq
            FROM payment",
        )
        .await?,
        legs: all(
            conn,
            "-- check-legs
            SELECT payment, leg, kind, owner, amount, refunded, debtor, creditor, transfer, hop
            FROM leg ORDER BY payment, leg",
        )
        .await?,
        refunds: all(conn, "-- check-refunds\nSELECT refund, payment, kind, amount, day, seq FROM refund").await?,
        refund_legs: all(conn, "-- check-refund-legs\nSELECT refund, leg, payment, amount FROM refund_leg")
            .await?,
    })
}
