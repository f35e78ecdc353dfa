//! The directory of institutions.

use sqlx::PgConnection;
use time::Date;

use super::{Unreadable, column, pool, pool_code};
use crate::institution::Institution;

struct Row {
    code: String,
    name: String,
    pool: i32,
    uscc: Option<String>,
    wallet_supported: bool,
    remote_outpatient: bool,
    remote_special_outpatient: bool,
    internet_hospital: bool,
    designated_from: Date,
    designated_to: Option<Date>,
    suspended: bool,
    revision: i64,
}

impl TryFrom<Row> for Institution {
    type Error = Unreadable;

    fn try_from(row: Row) -> Result<Self, Unreadable> {
        Ok(Self {
            code: column("code", row.code.parse())?,
            name: row.name,
            pool: pool("pool", row.pool)?,
            uscc: column("uscc", row.uscc.map(|uscc| uscc.parse()).transpose())?,
            wallet_supported: row.wallet_supported,
            remote_outpatient: row.remote_outpatient,
            remote_special_outpatient: row.remote_special_outpatient,
            internet_hospital: row.internet_hospital,
            designated_from: row.designated_from,
            designated_to: row.designated_to,
            suspended: row.suspended,
            revision: row.revision,
        })
    }
}

fn read(rows: Vec<Row>) -> Result<Vec<Institution>, sqlx::Error> {
    let read = rows.into_iter().map(Institution::try_from).collect::<Result<_, _>>();
    read.map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

/// The institutions with these codes.
pub(crate) async fn institutions(
    conn: &mut PgConnection,
    codes: &[String],
) -> Result<Vec<Institution>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "-- institutions
        SELECT code, name, pool, uscc, wallet_supported, remote_outpatient, remote_special_outpatient,
            internet_hospital, designated_from, designated_to, suspended, revision
        FROM institution WHERE code = ANY($1)",
        codes
    );
    read(rows.fetch_all(conn).await?)
}

/// What a list asks for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Pools from the first to the last, both included.
    pub pools: (i32, i32),
    pub wallet_supported: Option<bool>,
    /// `H` or `P`; empty for any.
    pub kind: String,
}

/// A page of institutions by code, after `after`.
pub(crate) async fn page(
    conn: &mut PgConnection,
    wanted: &Wanted,
    after: &str,
    most: i64,
) -> Result<Vec<Institution>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "-- page-of-institutions
        SELECT code, name, pool, uscc, wallet_supported, remote_outpatient, remote_special_outpatient,
            internet_hospital, designated_from, designated_to, suspended, revision
        FROM institution
        WHERE pool BETWEEN $1 AND $2 AND code > $3 AND left(code, length($4)) = $4
            AND ($5::boolean IS NULL OR wallet_supported = $5)
        ORDER BY code LIMIT $6",
        wanted.pools.0,
        wanted.pools.1,
        after,
        wanted.kind,
        wanted.wallet_supported,
        most
    );
    read(rows.fetch_all(conn).await?)
}

/// Stores an institution as it is now.
pub(crate) async fn upsert(conn: &mut PgConnection, it: &Institution) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- upsert-institution
        INSERT INTO institution (code, name, pool, uscc, wallet_supported, remote_outpatient,
            remote_special_outpatient, internet_hospital, designated_from, designated_to, suspended, revision)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT ON CONSTRAINT institution_pk DO UPDATE SET name = excluded.name, pool = excluded.pool,
            uscc = excluded.uscc, wallet_supported = excluded.wallet_supported,
            remote_outpatient = excluded.remote_outpatient,
            remote_special_outpatient = excluded.remote_special_outpatient,
            internet_hospital = excluded.internet_hospital, designated_from = excluded.designated_from,
            designated_to = excluded.designated_to, suspended = excluded.suspended, revision = excluded.revision",
        it.code.as_str(),
        it.name,
        pool_code(it.pool),
        it.uscc.as_ref().map(standards::Uscc::as_str),
        it.wallet_supported,
        it.remote_outpatient,
        it.remote_special_outpatient,
        it.internet_hospital,
        it.designated_from,
        it.designated_to,
        it.suspended,
        it.revision
    )
    .execute(conn)
    .await
    .map(|_| ())
}
