//! The keeper's statements: a batch reads with `= ANY` and writes with `UNNEST`.

use sqlx::PgConnection;
use standards::PersonId;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{EnrolmentRow, place, unreadable};
use crate::{
    command::Registration,
    person::{Enrolment, insutype},
    state::{Changes, Known, State},
    vault::{Sealed, Tag},
};

/// What a batch touches.
#[derive(Default)]
pub(crate) struct Wanted {
    pub persons: Vec<Uuid>,
    pub indexes: Vec<Vec<u8>>,
    pub wallets: Vec<Uuid>,
    pub enrolments: Vec<Uuid>,
}

/// Persons by id, by number and by wallet, with all their enrolments; enrolments by id.
pub(crate) async fn load(conn: &mut PgConnection, mut wanted: Wanted) -> Result<State, sqlx::Error> {
    let rows = sqlx::query!(
        "-- load-persons
        SELECT person_id, id_index, name_check, events, place_of_use, wallet_id, place_position
        FROM person WHERE person_id = ANY($1) OR id_index = ANY($2) OR wallet_id = ANY($3)",
        &wanted.persons,
        &wanted.indexes,
        &wanted.wallets
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut persons = Vec::with_capacity(rows.len());
    wanted.persons.clear();
    for row in rows {
        wanted.persons.push(row.person_id);
        persons.push(Known {
            person: PersonId::new(row.person_id),
            id_index: Tag::stored(&row.id_index).ok_or_else(|| unreadable("person.id_index"))?,
            name_check: Tag::stored(&row.name_check).ok_or_else(|| unreadable("person.name_check"))?,
            events: row.events,
            place: place(row.place_of_use.as_deref(), row.wallet_id, row.place_position)?,
            enrolments: Vec::new(),
        });
    }
    let rows = sqlx::query_as!(
        EnrolmentRow,
        "-- load-enrolments
        SELECT enrolment_id, person_id, scheme, pooling_area, status, valid_from, valid_to, revision
        FROM enrolment WHERE person_id = ANY($1) OR enrolment_id = ANY($2)",
        &wanted.persons,
        &wanted.enrolments
    )
    .fetch_all(conn)
    .await?;
    let enrolments = rows.into_iter().map(Enrolment::try_from).collect::<Result<_, _>>()?;
    Ok(State::of(persons, enrolments))
}

/// Writes what a batch changed. Persons come before their enrolments.
pub(crate) async fn store(conn: &mut PgConnection, changes: Changes) -> Result<(), sqlx::Error> {
    if !changes.new.is_empty() {
        insert_persons(conn, &changes.new).await?;
    }
    if !changes.persons.is_empty() {
        update_persons(conn, &changes.persons).await?;
    }
    if !changes.enrolments.is_empty() {
        put_enrolments(conn, &changes.enrolments).await?;
    }
    Ok(())
}

/// The columns that every kind of change writes.
struct Places {
    events: Vec<i64>,
    areas: Vec<Option<String>>,
    wallets: Vec<Option<Uuid>>,
    positions: Vec<Option<i64>>,
}

impl Places {
    fn of<'a>(persons: impl Iterator<Item = &'a Known> + Clone) -> Self {
        let places = || persons.clone().map(|known| known.place);
        Self {
            events: persons.clone().map(|known| known.events).collect(),
            areas: places().map(|place| place.map(|place| place.pool.to_string())).collect(),
            wallets: places().map(|place| place.map(|place| place.wallet.uuid())).collect(),
            positions: places().map(|place| place.map(|place| place.position)).collect(),
        }
    }
}

async fn insert_persons(
    conn: &mut PgConnection,
    new: &[(Known, Registration, OffsetDateTime)],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = new.iter().map(|(known, ..)| known.person.uuid()).collect();
    let indexes: Vec<Vec<u8>> = new.iter().map(|(known, ..)| known.id_index.bytes().to_vec()).collect();
    let checks: Vec<Vec<u8>> = new.iter().map(|(known, ..)| known.name_check.bytes().to_vec()).collect();
    let profiles = || new.iter().map(|(_, registration, _)| &registration.profile);
    let numbers: Vec<Vec<u8>> = profiles().map(|profile| profile.id_number.bytes()).collect();
    let names: Vec<Vec<u8>> = profiles().map(|profile| profile.name.bytes()).collect();
    let mobiles: Vec<Vec<u8>> = profiles().map(|profile| profile.mobile.bytes()).collect();
    let addresses: Vec<_> = profiles().map(|profile| profile.address.as_ref().map(Sealed::bytes)).collect();
    let psn_nos: Vec<_> = profiles().map(|profile| profile.psn_no.as_ref().map(Sealed::bytes)).collect();
    let at: Vec<OffsetDateTime> = new.iter().map(|(.., at)| *at).collect();
    let places = Places::of(new.iter().map(|(known, ..)| known));
    sqlx::query!(
        "-- insert-persons
        INSERT INTO person (person_id, id_index, name_check, id_number, name, mobile, address, psn_no,
                            registered_at, revision, events, place_of_use, wallet_id, place_position)
        SELECT person_id, id_index, name_check, id_number, name, mobile, address, psn_no,
               at, 1, events, place, wallet, position
        FROM UNNEST($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[],
                    $8::bytea[], $9::timestamptz[], $10::bigint[], $11::text[], $12::uuid[], $13::bigint[])
            AS new (person_id, id_index, name_check, id_number, name, mobile, address, psn_no, at, events,
                    place, wallet, position)",
        &ids,
        &indexes,
        &checks,
        &numbers,
        &names,
        &mobiles,
        &addresses as &[Option<Vec<u8>>],
        &psn_nos as &[Option<Vec<u8>>],
        &at,
        &places.events,
        &places.areas as &[Option<String>],
        &places.wallets as &[Option<Uuid>],
        &places.positions as &[Option<i64>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}

async fn update_persons(conn: &mut PgConnection, persons: &[Known]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = persons.iter().map(|known| known.person.uuid()).collect();
    let places = Places::of(persons.iter());
    sqlx::query!(
        "-- update-persons
        UPDATE person p
        SET events = new.events, place_of_use = new.place, wallet_id = new.wallet, place_position = new.position
        FROM UNNEST($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::bigint[])
            AS new (person_id, events, place, wallet, position)
        WHERE p.person_id = new.person_id",
        &ids,
        &places.events,
        &places.areas as &[Option<String>],
        &places.wallets as &[Option<Uuid>],
        &places.positions as &[Option<i64>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}

async fn put_enrolments(conn: &mut PgConnection, enrolments: &[Enrolment]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = enrolments.iter().map(|enrolment| enrolment.id.uuid()).collect();
    let persons: Vec<Uuid> = enrolments.iter().map(|enrolment| enrolment.person.uuid()).collect();
    let schemes: Vec<&str> = enrolments.iter().map(|enrolment| enrolment.scheme.name()).collect();
    let types: Vec<&str> = enrolments.iter().map(|enrolment| insutype(enrolment.scheme)).collect();
    let pools: Vec<String> = enrolments.iter().map(|enrolment| enrolment.pool.to_string()).collect();
    let statuses: Vec<&str> = enrolments.iter().map(|enrolment| enrolment.status.name()).collect();
    let from: Vec<Date> = enrolments.iter().map(|enrolment| enrolment.valid_from).collect();
    let to: Vec<Option<Date>> = enrolments.iter().map(|enrolment| enrolment.valid_to).collect();
    let revisions: Vec<i64> = enrolments.iter().map(|enrolment| enrolment.revision).collect();
    sqlx::query!(
        "-- put-enrolments
        INSERT INTO enrolment AS e (enrolment_id, person_id, scheme, insutype, pooling_area, status, valid_from,
                                    valid_to, revision)
        SELECT enrolment_id, person_id, scheme, insutype, pool, status, valid_from, valid_to, revision
        FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $8::date[],
                    $9::bigint[])
            AS new (enrolment_id, person_id, scheme, insutype, pool, status, valid_from, valid_to, revision)
        ON CONFLICT (enrolment_id) DO UPDATE
        SET status = excluded.status, valid_to = excluded.valid_to, revision = excluded.revision",
        &ids,
        &persons,
        &schemes as &[&str],
        &types as &[&str],
        &pools,
        &statuses as &[&str],
        &from,
        &to as &[Option<Date>],
        &revisions
    )
    .execute(conn)
    .await
    .map(|_| ())
}
