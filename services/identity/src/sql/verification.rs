//! Verifications, counts of wrong proofs, and passwords as they are stored.

use chassis::stepup::Method;
use sqlx::PgConnection;
use standards::{PersonId, VerificationId};
use time::OffsetDateTime;
use uuid::Uuid;

use super::unreadable;
use crate::verification::{
    Verification,
    desk::{Changes, Desk, Factor, NewPassword},
    password::{PasswordHash, Recipe},
    tries::Tries,
};

/// What a batch touches.
#[derive(Default)]
pub(crate) struct Wanted {
    pub verifications: Vec<Uuid>,
    pub subjects: Vec<String>,
    pub persons: Vec<Uuid>,
}

/// Verifications by id, counts by subject, passwords by person.
pub(crate) async fn load(conn: &mut PgConnection, wanted: Wanted) -> Result<Desk, sqlx::Error> {
    if wanted.persons.is_empty() {
        return Ok(Desk::default());
    }
    let verifications = verifications(&mut *conn, &wanted.verifications).await?;
    let tries = tries(&mut *conn, &wanted.subjects).await?;
    let rows = sqlx::query!(
        "-- load-passwords
        SELECT person_id, revision FROM password WHERE person_id = ANY($1)",
        &wanted.persons
    )
    .fetch_all(conn)
    .await?;
    let passwords = rows.into_iter().map(|row| (PersonId::new(row.person_id), row.revision)).collect();
    Ok(Desk::of(verifications, tries, passwords))
}

/// Verifications by id.
pub(crate) async fn verifications(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<Verification>, sqlx::Error> {
    let rows = sqlx::query!(
        "-- load-verifications
        SELECT verification_id, content, person_id, party, kind, digest, method, nonce, open_until, done_at
        FROM verification WHERE verification_id = ANY($1)",
        ids
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().map(|row| {
        Ok(Verification {
            id: VerificationId::new(row.verification_id),
            content: bytes(&row.content, "verification.content")?,
            person: PersonId::new(row.person_id),
            by: row.party,
            kind: row.kind,
            digest: row.digest,
            method: method(&row.method)?,
            nonce: bytes(&row.nonce, "verification.nonce")?,
            until: row.open_until,
            done: row.done_at,
        })
    });
    read.collect()
}

/// Counts of wrong proofs.
pub(crate) async fn tries(
    conn: &mut PgConnection,
    subjects: &[String],
) -> Result<Vec<(Factor, Tries)>, sqlx::Error> {
    let rows = sqlx::query!(
        "-- load-tries
        SELECT subject, method, failed, first_at, locks, locked_until FROM tries WHERE subject = ANY($1)",
        subjects
    )
    .fetch_all(conn)
    .await?;
    let read = rows.into_iter().map(|row| {
        let factor = Factor { subject: row.subject, method: method(&row.method)? };
        let (failed, locks) = (number(row.failed, "tries.failed")?, number(row.locks, "tries.locks")?);
        Ok((factor, Tries { failed, first: row.first_at, locks, locked_until: row.locked_until }))
    });
    read.collect()
}

/// A person's password as it is stored, with its revision.
pub(crate) async fn password(
    conn: &mut PgConnection,
    person: PersonId,
) -> Result<Option<(i64, PasswordHash)>, sqlx::Error> {
    let row = sqlx::query!(
        "-- password
        SELECT revision, memory_kib, passes, lanes, salt, hash FROM password WHERE person_id = $1",
        person.uuid()
    )
    .fetch_optional(conn)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let recipe = Recipe {
        memory_kib: number(row.memory_kib, "password.memory_kib")?,
        passes: number(row.passes, "password.passes")?,
        lanes: number(row.lanes, "password.lanes")?,
    };
    let (salt, hash) = (bytes(&row.salt, "password.salt")?, bytes(&row.hash, "password.hash")?);
    Ok(Some((row.revision, PasswordHash { recipe, salt, hash })))
}

/// Writes what a batch changed. Where something begins, something that is long over goes.
pub(crate) async fn store(conn: &mut PgConnection, changes: Changes) -> Result<(), sqlx::Error> {
    if !changes.verifications.is_empty() {
        put_verifications(&mut *conn, &changes.verifications).await?;
        if let Some(latest) = changes.verifications.iter().map(|verification| verification.until).max() {
            forget(&mut *conn, latest).await?;
        }
    }
    if !changes.tries.is_empty() {
        put_tries(&mut *conn, &changes.tries).await?;
    }
    if !changes.passwords.is_empty() {
        put_passwords(conn, &changes.passwords).await?;
    }
    Ok(())
}

/// An id may be used anew a day after its verification was over.
async fn forget(conn: &mut PgConnection, latest: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- forget-verifications
        DELETE FROM verification WHERE verification_id IN (
            SELECT verification_id FROM verification
            WHERE open_until < $1::timestamptz - interval '1 day' ORDER BY open_until LIMIT 512)",
        latest
    )
    .execute(conn)
    .await
    .map(|_| ())
}

async fn put_verifications(conn: &mut PgConnection, rows: &[Verification]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.uuid()).collect();
    let contents: Vec<Vec<u8>> = rows.iter().map(|row| row.content.to_vec()).collect();
    let persons: Vec<Uuid> = rows.iter().map(|row| row.person.uuid()).collect();
    let parties: Vec<&str> = rows.iter().map(|row| row.by.as_str()).collect();
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind.as_str()).collect();
    let digests: Vec<&str> = rows.iter().map(|row| row.digest.as_str()).collect();
    let methods: Vec<&str> = rows.iter().map(|row| row.method.name()).collect();
    let nonces: Vec<Vec<u8>> = rows.iter().map(|row| row.nonce.to_vec()).collect();
    let until: Vec<OffsetDateTime> = rows.iter().map(|row| row.until).collect();
    let done: Vec<Option<OffsetDateTime>> = rows.iter().map(|row| row.done).collect();
    sqlx::query!(
        "-- put-verifications
        INSERT INTO verification AS v (verification_id, content, person_id, party, kind, digest, method, nonce,
                                       open_until, done_at)
        SELECT id, content, person, party, kind, digest, method, nonce, until, done
        FROM UNNEST($1::uuid[], $2::bytea[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[],
                    $9::timestamptz[], $10::timestamptz[])
            AS new (id, content, person, party, kind, digest, method, nonce, until, done)
        ON CONFLICT (verification_id) DO UPDATE SET done_at = excluded.done_at",
        &ids,
        &contents,
        &persons,
        &parties as &[&str],
        &kinds as &[&str],
        &digests as &[&str],
        &methods as &[&str],
        &nonces,
        &until,
        &done as &[Option<OffsetDateTime>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}

async fn put_tries(conn: &mut PgConnection, rows: &[(Factor, Tries)]) -> Result<(), sqlx::Error> {
    let subjects: Vec<&str> = rows.iter().map(|(factor, _)| factor.subject.as_str()).collect();
    let methods: Vec<&str> = rows.iter().map(|(factor, _)| factor.method.name()).collect();
    let failed: Vec<i64> = rows.iter().map(|(_, tries)| tries.failed.into()).collect();
    let first: Vec<Option<OffsetDateTime>> = rows.iter().map(|(_, tries)| tries.first).collect();
    let locks: Vec<i64> = rows.iter().map(|(_, tries)| tries.locks.into()).collect();
    let until: Vec<Option<OffsetDateTime>> = rows.iter().map(|(_, tries)| tries.locked_until).collect();
    sqlx::query!(
        "-- put-tries
        INSERT INTO tries AS t (subject, method, failed, first_at, locks, locked_until)
        SELECT subject, method, failed, first_at, locks, until
        FROM UNNEST($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::timestamptz[])
            AS new (subject, method, failed, first_at, locks, until)
        ON CONFLICT (subject, method) DO UPDATE
        SET failed = excluded.failed, first_at = excluded.first_at, locks = excluded.locks,
            locked_until = excluded.locked_until",
        &subjects as &[&str],
        &methods as &[&str],
        &failed,
        &first as &[Option<OffsetDateTime>],
        &locks,
        &until as &[Option<OffsetDateTime>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}

async fn put_passwords(conn: &mut PgConnection, rows: &[NewPassword]) -> Result<(), sqlx::Error> {
    let persons: Vec<Uuid> = rows.iter().map(|row| row.person.uuid()).collect();
    let revisions: Vec<i64> = rows.iter().map(|row| row.revision).collect();
    let recipes = || rows.iter().map(|row| row.hash.recipe);
    let memory: Vec<i64> = recipes().map(|recipe| recipe.memory_kib.into()).collect();
    let passes: Vec<i64> = recipes().map(|recipe| recipe.passes.into()).collect();
    let lanes: Vec<i64> = recipes().map(|recipe| recipe.lanes.into()).collect();
    let salts: Vec<Vec<u8>> = rows.iter().map(|row| row.hash.salt.to_vec()).collect();
    let hashes: Vec<Vec<u8>> = rows.iter().map(|row| row.hash.hash.to_vec()).collect();
    let at: Vec<OffsetDateTime> = rows.iter().map(|row| row.at).collect();
    sqlx::query!(
        "-- put-passwords
        INSERT INTO password AS p (person_id, revision, memory_kib, passes, lanes, salt, hash, set_at)
        SELECT person, revision, memory, passes, lanes, salt, hash, at
        FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[], $7::bytea[],
                    $8::timestamptz[])
            AS new (person, revision, memory, passes, lanes, salt, hash, at)
        ON CONFLICT (person_id) DO UPDATE
        SET revision = excluded.revision, memory_kib = excluded.memory_kib, passes = excluded.passes,
            lanes = excluded.lanes, salt = excluded.salt, hash = excluded.hash, set_at = excluded.set_at",
        &persons,
        &revisions,
        &memory,
        &passes,
        &lanes,
        &salts,
        &hashes,
        &at
    )
    .execute(conn)
    .await
    .map(|_| ())
}

fn method(name: &str) -> Result<Method, sqlx::Error> {
    Method::parse(name).ok_or_else(|| unreadable("a column of methods"))
}

fn bytes<const N: usize>(stored: &[u8], column: &'static str) -> Result<[u8; N], sqlx::Error> {
    stored.try_into().map_err(|_| unreadable(column))
}

fn number(stored: i64, column: &'static str) -> Result<u32, sqlx::Error> {
    u32::try_from(stored).map_err(|_| unreadable(column))
}
