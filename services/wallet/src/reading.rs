//! Reads for replies: short, each statement its own snapshot, never under the head lock and never deciding.

use std::collections::BTreeMap;

use ledger::{codes::PaymentState, rows::WalletRow};
use money::Yuan;
use sqlx::PgConnection;
use standards::{PersonId, Pool, Province};
use time::{Date, OffsetDateTime};
use tonic::Status;
use uuid::Uuid;

use crate::{
    command::Command,
    convert::{
        receipt::{LegNow, PaymentNow},
        record,
        wallet::{AccountNow, WalletNow},
    },
    error,
    facts::KnownPerson,
    sql,
};

/// A read that failed, or stored data that cannot be read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// The database did not answer.
    Database(sqlx::Error),
    /// What it answered is broken.
    Broken(Status),
}

impl From<sqlx::Error> for Unread {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Status> for Unread {
    fn from(status: Status) -> Self {
        Self::Broken(status)
    }
}

/// What came of a read inside `Database::read`, whose error can only be the database's.
pub(crate) fn flat<T>(read: Result<T, Unread>) -> Result<Result<T, Status>, sqlx::Error> {
    match read {
        Ok(value) => Ok(Ok(value)),
        Err(Unread::Broken(status)) => Ok(Err(status)),
        Err(Unread::Database(error)) => Err(error),
    }
}

/// What is known of one person.
pub(crate) async fn person(
    conn: &mut PgConnection,
    person: PersonId,
) -> Result<Option<KnownPerson>, sqlx::Error> {
    Ok(sql::follow::persons(conn, &[person.uuid()]).await?.pop())
}

/// A person's account here on a day: that of the enrolment with a personal account, else any.
pub(crate) async fn account(
    conn: &mut PgConnection,
    province: Province,
    person: PersonId,
    wanted: Option<Pool>,
    today: Date,
) -> Result<Option<AccountNow>, Unread> {
    let known = self::person(&mut *conn, person).await?;
    let enrolment = known.as_ref().and_then(|known| known.account(province, today));
    let wanted = wanted.or(enrolment.map(|enrolment| enrolment.pool));
    let rows = sql::read::accounts_of(conn, person.uuid()).await?;
    let code = wanted.map(sql::rows::pool_code);
    let row = rows.iter().find(|row| Some(row.pool) == code).or(rows.first());
    let frozen = |pool: Pool| known.as_ref().is_some_and(|known| known.frozen(today).contains(&pool));
    let Some(row) = row else {
        return Ok(enrolment.map(|enrolment| AccountNow {
            pool: enrolment.pool,
            prior: Yuan::ZERO,
            current: Yuan::ZERO,
            earmarked: Yuan::ZERO,
            frozen: frozen(enrolment.pool),
        }));
    };
    let pool = sql::rows::pool(row.pool)?;
    // The year rolls with the first posting of a new year; until then a reply counts it as rolled.
    let (prior, current) =
        if row.year < today.year() { (row.prior + row.current, 0) } else { (row.prior, row.current) };
    Ok(Some(AccountNow {
        pool,
        prior: Yuan::from_fen(prior),
        current: Yuan::from_fen(current),
        earmarked: Yuan::from_fen(row.folio - row.prior - row.current),
        frozen: frozen(pool),
    }))
}

/// The wallet with everything that a reply shows.
pub(crate) async fn wallet(
    conn: &mut PgConnection,
    province: Province,
    row: WalletRow,
    today: Date,
) -> Result<WalletNow, Unread> {
    let (quota, pending) = sql::read::quota_of(&mut *conn, row.person.uuid()).await?;
    let account = account(&mut *conn, province, row.person, None, today).await?;
    let mut records = sql::chain::records_of(conn, &[row.opened_sequence]).await?;
    let opened = records.pop().ok_or_else(|| error::broken("a wallet has no opening record"))?.at;
    Ok(WalletNow { row, quota: Yuan::from_fen(quota), pending: Yuan::from_fen(pending), account, opened })
}

/// When records were decided.
pub(crate) async fn times(
    conn: &mut PgConnection,
    sequences: &[i64],
) -> Result<BTreeMap<i64, OffsetDateTime>, sqlx::Error> {
    let records = sql::chain::records_of(conn, sequences).await?;
    Ok(records.into_iter().map(|record| (record.seq, record.at)).collect())
}

/// Payments with everything that a reply shows, in the order of their rows. Those that never came have nothing
/// to show and are left out.
pub(crate) async fn payments(
    conn: &mut PgConnection,
    rows: Vec<ledger::rows::PaymentRow>,
) -> Result<Vec<PaymentNow>, Unread> {
    let rows: Vec<_> = rows.into_iter().filter(|row| row.state != PaymentState::Undone).collect();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.payment.uuid()).collect();
    let sequences: Vec<i64> = rows.iter().map(|row| row.sequence).collect();
    let mut legs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for leg in sql::load::legs(&mut *conn, &ids).await? {
        legs.entry(leg.payment).or_default().push(leg);
    }
    let refunds = sql::read::refunds_of(&mut *conn, &ids).await?;
    let refunds: BTreeMap<Uuid, i64> = refunds.into_iter().map(|row| (row.payment, row.count)).collect();
    let records = sql::chain::records_of(conn, &sequences).await?;
    let mut records: BTreeMap<i64, _> = records.into_iter().map(|record| (record.seq, record)).collect();
    let mut payments = Vec::with_capacity(rows.len());
    for row in rows {
        let stored = records.remove(&row.sequence).ok_or_else(|| error::broken("a payment has no record"))?;
        let body = record::body(&stored.body)?;
        let Command::Pay(pay) = body.command else {
            return Err(error::broken("a payment's record is of another kind").into());
        };
        let available_after = body.outcome.available_after();
        let mut legs = legs.remove(&row.payment).unwrap_or_default();
        legs.sort_by_key(|leg| leg.leg);
        let refunds = refunds.get(&row.payment.uuid()).copied().unwrap_or_default();
        let legs = legs.into_iter().map(LegNow::from).collect();
        payments.push(PaymentNow {
            state: row.state,
            institution_pool: row.terms.map(|terms| terms.institution_pool),
            refunded: row.refunded,
            sequence: row.sequence,
            legs,
            pay: *pay,
            available_after,
            at: stored.at,
            refunds,
        });
    }
    Ok(payments)
}
