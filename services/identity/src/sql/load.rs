//! What the keeper reads: a fixed number of statements for a batch of any size.

use std::collections::HashMap;

use sqlx::PgConnection;
use standards::PersonId;
use uuid::Uuid;

use super::{
    inquiry::asked,
    part::{PartRow, id},
    place, unreadable,
};
use crate::{
    person::{PartId, Standing},
    state::{Known, Loaded, State},
    vault::Tag,
};

/// What a batch touches.
#[derive(Default)]
pub(crate) struct Wanted {
    pub persons: Vec<Uuid>,
    pub indexes: Vec<Vec<u8>>,
    pub wallets: Vec<Uuid>,
    /// Ids of parts, of whatever kind.
    pub parts: Vec<Uuid>,
    /// Who may show others' codes.
    pub showers: Vec<Uuid>,
    /// Who asks questions.
    pub askers: Vec<String>,
}

/// Persons by id, number, wallet and part, with everything that belongs to them.
pub(crate) async fn load(conn: &mut PgConnection, mut wanted: Wanted) -> Result<State, sqlx::Error> {
    let mut loaded = Loaded::default();
    if !wanted.parts.is_empty() {
        loaded.owners = owners(&mut *conn, &mut wanted).await?;
    }
    loaded.persons = persons(&mut *conn, &wanted).await?;
    // Whoever asks by number must not learn from the time it takes whether somebody was found.
    if !loaded.persons.is_empty() || !wanted.askers.is_empty() {
        parts(&mut *conn, &mut loaded.persons).await?;
    }
    if !wanted.showers.is_empty() {
        loaded.linked = linked(&mut *conn, &wanted.showers).await?;
    }
    if !wanted.askers.is_empty() {
        loaded.asked = asked(conn, &wanted.askers).await?;
    }
    Ok(State::of(loaded))
}

/// Whose parts these are; the persons behind them are wanted too.
async fn owners(
    conn: &mut PgConnection,
    wanted: &mut Wanted,
) -> Result<Vec<(PartId, PersonId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"-- load-owners
        SELECT kind AS "kind!", part_id AS "part_id!", person_id AS "person_id!", other
        FROM part WHERE part_id = ANY($1)"#,
        &wanted.parts
    )
    .fetch_all(conn)
    .await?;
    let mut owners = Vec::with_capacity(rows.len());
    for row in rows {
        wanted.persons.push(row.person_id);
        wanted.persons.extend(row.other);
        wanted.showers.extend(row.other);
        owners.push((id(&row.kind, row.part_id)?, PersonId::new(row.person_id)));
    }
    Ok(owners)
}

async fn persons(conn: &mut PgConnection, wanted: &Wanted) -> Result<Vec<Known>, sqlx::Error> {
    let rows = sqlx::query!(
        "-- load-persons
        SELECT person_id, id_index, name_check, events, revision, birth_day, deceased_on, code_active,
               out_of_province, contact_changed_on, contact_overdue, place_of_use, wallet_id, place_position
        FROM person WHERE person_id = ANY($1) OR id_index = ANY($2) OR wallet_id = ANY($3)",
        &wanted.persons,
        &wanted.indexes,
        &wanted.wallets
    )
    .fetch_all(conn)
    .await?;
    let mut persons = Vec::with_capacity(rows.len());
    for row in rows {
        let standing = Standing {
            deceased_on: row.deceased_on,
            code_active: row.code_active,
            contact_overdue: row.contact_overdue,
            out_of_province: row.out_of_province,
            place: place(row.place_of_use.as_deref(), row.wallet_id, row.place_position)?,
            ..Standing::newborn(PersonId::new(row.person_id), row.birth_day)
        };
        persons.push(Known {
            id_index: Tag::stored(&row.id_index).ok_or_else(|| unreadable("person.id_index"))?,
            name_check: Tag::stored(&row.name_check).ok_or_else(|| unreadable("person.name_check"))?,
            events: row.events,
            revision: row.revision,
            contact_changed_on: row.contact_changed_on,
            standing,
        });
    }
    Ok(persons)
}

/// Everything that belongs to these persons.
async fn parts(conn: &mut PgConnection, persons: &mut [Known]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = persons.iter().map(|known| known.standing.person.uuid()).collect();
    let rows = sqlx::query!(
        r#"-- load-parts
        SELECT person_id AS "person_id!", kind, part_id, word, area, note, valid_from, valid_to, number, other, list,
               open
        FROM part WHERE person_id = ANY($1)"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    let mut standings: HashMap<Uuid, &mut Standing> =
        persons.iter_mut().map(|known| (known.standing.person.uuid(), &mut known.standing)).collect();
    for row in rows {
        let standing = standings.get_mut(&row.person_id).ok_or_else(|| unreadable("part.person_id"))?;
        let part = PartRow {
            kind: row.kind,
            part_id: row.part_id,
            word: row.word,
            area: row.area,
            note: row.note,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            number: row.number,
            other: row.other,
            list: row.list,
            open: row.open,
        };
        part.add_to(standing)?;
    }
    Ok(())
}

/// How many relatives' codes each of them may show.
async fn linked(conn: &mut PgConnection, showers: &[Uuid]) -> Result<Vec<(PersonId, u32)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"-- load-linked
        SELECT shower_id, count(*) AS "linked!" FROM code_proxy
        WHERE shower_id = ANY($1) AND NOT unlinked GROUP BY shower_id"#,
        showers
    )
    .fetch_all(conn)
    .await?;
    let count = |linked: i64| u32::try_from(linked).unwrap_or(u32::MAX);
    Ok(rows.into_iter().map(|row| (PersonId::new(row.shower_id), count(row.linked))).collect())
}
