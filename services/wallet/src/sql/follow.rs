//! What other services have told of persons and institutions, and who froze which wallet.

use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{pool, pool_code, word};
use crate::facts::{KnownInstitution, KnownPerson};

pub(crate) async fn persons(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<KnownPerson>, sqlx::Error> {
    let rows = sqlx::query_scalar!(
        "-- known-persons
        SELECT facts FROM known_person WHERE person = ANY($1)",
        ids
    );
    let known = rows
        .fetch_all(conn)
        .await?
        .into_iter()
        .map(|facts| serde_json::from_str(&facts).map_err(|error| sqlx::Error::Decode(Box::new(error))));
    known.collect()
}

/// Keeps what is known of persons, the last one for each.
pub(crate) async fn keep_persons(conn: &mut PgConnection, known: &[KnownPerson]) -> Result<(), sqlx::Error> {
    if known.is_empty() {
        return Ok(());
    }
    let facts: Result<Vec<String>, _> = known.iter().map(serde_json::to_string).collect();
    let facts = facts.map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    sqlx::query!(
        "-- keep-persons
        INSERT INTO known_person (person, facts)
        SELECT * FROM UNNEST($1::uuid[], $2::text[])
        ON CONFLICT (person) DO UPDATE SET facts = excluded.facts",
        &known.iter().map(|row| row.person.uuid()).collect::<Vec<_>>(),
        &facts
    )
    .execute(conn)
    .await
    .map(|_| ())
}

struct InstitutionColumns {
    code: String,
    pool: i32,
    wallet_supported: bool,
    designated_from: time::Date,
    designated_to: Option<time::Date>,
    suspended: bool,
    special_outpatient: bool,
}

pub(crate) async fn institutions(
    conn: &mut PgConnection,
    codes: &[String],
) -> Result<Vec<KnownInstitution>, sqlx::Error> {
    let rows = sqlx::query_as!(
        InstitutionColumns,
        "-- known-institutions
        SELECT code, pool, wallet_supported, designated_from, designated_to, suspended, special_outpatient
        FROM known_institution WHERE code = ANY($1)",
        codes
    );
    let rows = rows.fetch_all(conn).await?;
    let known = rows.into_iter().map(|row| {
        Ok(KnownInstitution {
            code: word(&row.code)?,
            pool: pool(row.pool)?,
            wallet_supported: row.wallet_supported,
            designated_from: row.designated_from,
            designated_to: row.designated_to,
            suspended: row.suspended,
            special_outpatient: row.special_outpatient,
        })
    });
    known.collect()
}

/// Keeps what is known of institutions, the last one for each.
pub(crate) async fn keep_institutions(
    conn: &mut PgConnection,
    known: &[KnownInstitution],
) -> Result<(), sqlx::Error> {
    if known.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "-- keep-institutions
        INSERT INTO known_institution
            (code, pool, wallet_supported, designated_from, designated_to, suspended, special_outpatient)
        SELECT * FROM UNNEST(
            $1::text[], $2::integer[], $3::boolean[], $4::date[], $5::date[], $6::boolean[], $7::boolean[]
        )
        ON CONFLICT (code) DO UPDATE SET pool = excluded.pool, wallet_supported = excluded.wallet_supported,
            designated_from = excluded.designated_from, designated_to = excluded.designated_to,
            suspended = excluded.suspended, special_outpatient = excluded.special_outpatient",
        &known.iter().map(|row| row.code.to_string()).collect::<Vec<_>>(),
        &known.iter().map(|row| pool_code(row.pool)).collect::<Vec<_>>(),
        &known.iter().map(|row| row.wallet_supported).collect::<Vec<_>>(),
        &known.iter().map(|row| row.designated_from).collect::<Vec<_>>(),
        &known.iter().map(|row| row.designated_to).collect::<Vec<_>>() as &[Option<time::Date>],
        &known.iter().map(|row| row.suspended).collect::<Vec<_>>(),
        &known.iter().map(|row| row.special_outpatient).collect::<Vec<_>>()
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Who froze a wallet.
pub(crate) struct Freezing {
    pub wallet: Uuid,
    pub by: String,
}

pub(crate) async fn freezings(
    conn: &mut PgConnection,
    wallets: &[Uuid],
) -> Result<Vec<Freezing>, sqlx::Error> {
    sqlx::query_as!(Freezing, "-- freezings\nSELECT wallet, by FROM freezing WHERE wallet = ANY($1)", wallets)
        .fetch_all(conn)
        .await
}

pub(crate) async fn keep_freezing(
    conn: &mut PgConnection,
    wallet: Uuid,
    by: &str,
    seq: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- keep-freezing
        INSERT INTO freezing (wallet, by, seq) VALUES ($1, $2, $3)
        ON CONFLICT (wallet) DO UPDATE SET by = excluded.by, seq = excluded.seq",
        wallet,
        by,
        seq
    )
    .execute(conn)
    .await
    .map(|_| ())
}
