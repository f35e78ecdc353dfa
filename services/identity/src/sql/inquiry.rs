//! Who looked somebody up, and how often.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{
    inquire::{Asked, Attempt},
    vault::Sealed,
};

/// How often these have asked on the last day on which each asked.
pub(super) async fn asked(
    conn: &mut PgConnection,
    askers: &[String],
) -> Result<Vec<(String, Asked)>, sqlx::Error> {
    let rows = sqlx::query!(
        "-- load-asked
        SELECT DISTINCT ON (asked_by) asked_by, civil_day, answered, refused
        FROM inquiry_count WHERE asked_by = ANY($1) ORDER BY asked_by, civil_day DESC",
        askers
    )
    .fetch_all(conn)
    .await?;
    let asked = |row| {
        let (day, answered, refused): (Date, i64, i64) = row;
        Asked { day, answered, refused }
    };
    Ok(rows
        .into_iter()
        .map(|row| (row.asked_by, asked((row.civil_day, row.answered, row.refused))))
        .collect())
}

/// Keeps attempts; one that is stored again after a lost commit stays one.
pub(super) async fn insert(conn: &mut PgConnection, attempts: &[Attempt]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = attempts.iter().map(|attempt| attempt.inquiry.id).collect();
    let askers: Vec<&str> = attempts.iter().map(|attempt| attempt.inquiry.asked_by.as_str()).collect();
    let at: Vec<OffsetDateTime> = attempts.iter().map(|attempt| attempt.at).collect();
    let purposes: Vec<&str> = attempts.iter().map(|attempt| attempt.inquiry.purpose.as_str()).collect();
    let reason = |attempt: &Attempt| attempt.inquiry.reason.as_ref().map(Sealed::bytes);
    let reasons: Vec<Option<Vec<u8>>> = attempts.iter().map(reason).collect();
    let indexes: Vec<Vec<u8>> =
        attempts.iter().map(|attempt| attempt.inquiry.id_index.bytes().to_vec()).collect();
    let found: Vec<Option<Uuid>> =
        attempts.iter().map(|attempt| attempt.found.map(|person| person.uuid())).collect();
    sqlx::query!(
        "-- insert-inquiries
        INSERT INTO inquiry (inquiry_id, asked_by, asked_at, purpose, reason, id_index, found)
        SELECT inquiry_id, asked_by, asked_at, purpose, reason, id_index, found
        FROM UNNEST($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::bytea[], $6::bytea[], $7::uuid[])
            AS new (inquiry_id, asked_by, asked_at, purpose, reason, id_index, found)
        ON CONFLICT (inquiry_id) DO NOTHING",
        &ids,
        &askers as &[&str],
        &at,
        &purposes as &[&str],
        &reasons as &[Option<Vec<u8>>],
        &indexes,
        &found as &[Option<Uuid>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Keeps how often each has asked.
pub(super) async fn put_counts(
    conn: &mut PgConnection,
    counts: &[(String, Asked)],
) -> Result<(), sqlx::Error> {
    let askers: Vec<&str> = counts.iter().map(|(asker, _)| asker.as_str()).collect();
    let days: Vec<Date> = counts.iter().map(|(_, asked)| asked.day).collect();
    let answered: Vec<i64> = counts.iter().map(|(_, asked)| asked.answered).collect();
    let refused: Vec<i64> = counts.iter().map(|(_, asked)| asked.refused).collect();
    sqlx::query!(
        "-- put-inquiry-counts
        INSERT INTO inquiry_count (asked_by, civil_day, answered, refused)
        SELECT asked_by, civil_day, answered, refused
        FROM UNNEST($1::text[], $2::date[], $3::bigint[], $4::bigint[])
            AS new (asked_by, civil_day, answered, refused)
        ON CONFLICT (asked_by, civil_day) DO UPDATE
        SET answered = excluded.answered, refused = excluded.refused",
        &askers as &[&str],
        &days,
        &answered,
        &refused
    )
    .execute(conn)
    .await
    .map(|_| ())
}
