//! Reading and writing facts about families and what is known of their people, by lists.

use bond::{Fact, Member};
use sqlx::PgConnection;
use standards::{FactId, PersonId, Sex};
use time::Date;
use uuid::Uuid;

use super::row::{named, unreadable};
use crate::registry::Recorded;

/// The facts with these ids, and those about these persons, their relatives and the relatives of those: as far as a
/// declared relation can be judged by.
pub(crate) async fn facts(
    conn: &mut PgConnection,
    persons: &[Uuid],
    ids: &[Uuid],
) -> Result<Vec<Fact>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"-- facts-of-families
        WITH RECURSIVE near(person, steps) AS (
            SELECT person, 0 FROM UNNEST($1::uuid[]) AS asked(person)
            UNION
            SELECT hop.other, near.steps + 1
            FROM near CROSS JOIN LATERAL (
                SELECT b AS other FROM family_fact WHERE a = near.person
                UNION ALL
                SELECT a FROM family_fact WHERE b = near.person
            ) hop
            WHERE near.steps < 2
        ), people AS (SELECT DISTINCT person FROM near)
        SELECT told.fact_id AS "fact_id!", told.kind AS "kind!", told.a AS "a!", told.b AS "b!",
            told.on_day AS "on_day!", told.authority AS "authority!", told.reference AS "reference!"
        FROM people CROSS JOIN LATERAL (
            SELECT fact_id, kind, a, b, on_day, authority, reference FROM family_fact WHERE a = people.person
            UNION ALL
            SELECT fact_id, kind, a, b, on_day, authority, reference FROM family_fact WHERE b = people.person
        ) told
        UNION
        SELECT fact_id, kind, a, b, on_day, authority, reference FROM family_fact WHERE fact_id = ANY($2)"#,
        persons,
        ids
    )
    .fetch_all(conn)
    .await?;
    let facts = rows.into_iter().map(|row| {
        Ok(Fact {
            id: FactId::new(row.fact_id),
            kind: named("kind", &row.kind)?,
            a: PersonId::new(row.a),
            b: PersonId::new(row.b),
            on_day: row.on_day,
            authority: row.authority,
            reference: named("reference", &row.reference)?,
        })
    });
    facts.collect()
}

/// What is known of these persons as relatives.
pub(crate) async fn members(
    conn: &mut PgConnection,
    persons: &[Uuid],
) -> Result<Vec<(PersonId, Member)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"-- relatives
        SELECT relative.person_id AS "person_id!", relative.born, relative.sex, person.deceased_day AS "died?"
        FROM relative LEFT JOIN person USING (person_id)
        WHERE relative.person_id = ANY($1)"#,
        persons
    )
    .fetch_all(conn)
    .await?;
    let members = rows.into_iter().map(|row| {
        let sex = row.sex.map(|name| sex(&name)).transpose()?;
        Ok((PersonId::new(row.person_id), Member { born: row.born, sex, died: row.died }))
    });
    members.collect()
}

/// Writes new facts.
pub(super) async fn store(conn: &mut PgConnection, new: &[Recorded]) -> Result<(), sqlx::Error> {
    if new.is_empty() {
        return Ok(());
    }
    let column = |of: fn(&Fact) -> Uuid| new.iter().map(|one| of(&one.fact)).collect::<Vec<Uuid>>();
    let text = |of: fn(&Fact) -> String| new.iter().map(|one| of(&one.fact)).collect::<Vec<String>>();
    let days: Vec<Date> = new.iter().map(|one| one.fact.on_day).collect();
    let sequences: Vec<i64> = new.iter().map(|one| one.sequence).collect();
    sqlx::query!(
        "-- store-facts
        INSERT INTO family_fact (fact_id, kind, a, b, on_day, authority, reference, recorded_seq)
        SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::date[], $6::text[], $7::text[],
            $8::bigint[])",
        &column(|fact| fact.id.uuid()),
        &text(|fact| fact.kind.to_string()),
        &column(|fact| fact.a.uuid()),
        &column(|fact| fact.b.uuid()),
        &days,
        &text(|fact| fact.authority.clone()),
        &text(|fact| fact.reference.to_string()),
        &sequences
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Writes what is known of people in facts.
pub(super) async fn store_members(
    conn: &mut PgConnection,
    members: &[(PersonId, Member)],
) -> Result<(), sqlx::Error> {
    if members.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = members.iter().map(|(person, _)| person.uuid()).collect();
    let born: Vec<Option<Date>> = members.iter().map(|(_, member)| member.born).collect();
    let sexes: Vec<Option<String>> =
        members.iter().map(|(_, member)| member.sex.map(|sex| sex_name(sex).to_owned())).collect();
    sqlx::query!(
        "-- store-relatives
        INSERT INTO relative (person_id, born, sex)
        SELECT * FROM UNNEST($1::uuid[], $2::date[], $3::text[])
        ON CONFLICT (person_id) DO UPDATE SET born = EXCLUDED.born, sex = EXCLUDED.sex",
        &ids,
        &born as &[Option<Date>],
        &sexes as &[Option<String>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}

const fn sex_name(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "MALE",
        Sex::Female => "FEMALE",
    }
}

fn sex(name: &str) -> Result<Sex, sqlx::Error> {
    [Sex::Male, Sex::Female]
        .into_iter()
        .find(|sex| sex_name(*sex) == name)
        .ok_or_else(|| unreadable("sex", name))
}
