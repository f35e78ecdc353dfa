//! Reading and writing how people stand, by lists.

use bond::Situation;
use sqlx::PgConnection;
use standards::PersonId;
use time::Date;
use uuid::Uuid;

use super::row::{json, read};
use crate::{registry::Known, stand::Stand};

/// How these persons stand, as far as the stream has told.
pub(crate) async fn persons(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<(PersonId, Known)>, sqlx::Error> {
    let rows = sqlx::query!(
        "-- persons
        SELECT person_id, position, stand, situation, review_day FROM person WHERE person_id = ANY($1)",
        ids
    )
    .fetch_all(conn)
    .await?;
    let known = rows.into_iter().map(|row| {
        let stand: Stand = read("stand", &row.stand)?;
        let situation: Situation = read("situation", &row.situation)?;
        let known = Known { position: row.position, stand, situation, review_day: row.review_day };
        Ok((PersonId::new(row.person_id), known))
    });
    known.collect()
}

/// People whose day has come, those who have waited longest first.
pub(crate) async fn due(conn: &mut PgConnection, today: Date, most: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "-- persons-to-review
        SELECT person_id FROM person WHERE review_day <= $1 ORDER BY review_day LIMIT $2",
        today,
        most
    )
    .fetch_all(conn)
    .await
}

/// Writes what the stream told.
pub(super) async fn store(conn: &mut PgConnection, told: &[(PersonId, Known)]) -> Result<(), sqlx::Error> {
    if told.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = told.iter().map(|(person, _)| person.uuid()).collect();
    let positions: Vec<i64> = told.iter().map(|(_, known)| known.position).collect();
    let stands = told.iter().map(|(_, known)| json(&known.stand)).collect::<Result<Vec<_>, _>>()?;
    let situations = told.iter().map(|(_, known)| json(&known.situation)).collect::<Result<Vec<_>, _>>()?;
    let deceased: Vec<Option<Date>> = told.iter().map(|(_, known)| known.stand.deceased).collect();
    let reviews: Vec<Option<Date>> = told.iter().map(|(_, known)| known.review_day).collect();
    sqlx::query!(
        "-- store-persons
        INSERT INTO person (person_id, position, stand, situation, deceased_day, review_day)
        SELECT * FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::date[], $6::date[])
        ON CONFLICT (person_id) DO UPDATE SET
            position = EXCLUDED.position,
            stand = EXCLUDED.stand,
            situation = EXCLUDED.situation,
            deceased_day = EXCLUDED.deceased_day,
            review_day = EXCLUDED.review_day",
        &ids,
        &positions,
        &stands,
        &situations,
        &deceased as &[Option<Date>],
        &reviews as &[Option<Date>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}
