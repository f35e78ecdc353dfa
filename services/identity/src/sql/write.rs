//! What the keeper writes about persons themselves: a batch writes with `UNNEST`.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{inquiry, put};
use crate::{
    command::{NewContact, Registration},
    person::Standing,
    state::{Changes, Known},
    vault::Sealed,
};

/// Writes what a batch changed. Persons come before what belongs to them.
pub(crate) async fn store(conn: &mut PgConnection, changes: Changes) -> Result<(), sqlx::Error> {
    if !changes.new.is_empty() {
        insert_persons(conn, &changes.new).await?;
    }
    if !changes.persons.is_empty() {
        update_persons(conn, &changes.persons).await?;
    }
    for contact in distinct(&changes.contacts) {
        update_contacts(conn, &contact).await?;
    }
    put::parts(conn, &changes).await?;
    if !changes.attempts.is_empty() {
        inquiry::insert(conn, &changes.attempts).await?;
    }
    if !changes.counts.is_empty() {
        inquiry::put_counts(conn, &changes.counts).await?;
    }
    Ok(())
}

async fn insert_persons(
    conn: &mut PgConnection,
    new: &[(Known, Registration, OffsetDateTime)],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = new.iter().map(|(_, registration, _)| registration.person.uuid()).collect();
    let indexes: Vec<Vec<u8>> = new.iter().map(|(known, ..)| known.id_index.bytes().to_vec()).collect();
    let checks: Vec<Vec<u8>> = new.iter().map(|(known, ..)| known.name_check.bytes().to_vec()).collect();
    let profiles = || new.iter().map(|(_, registration, _)| &registration.profile);
    let numbers: Vec<Vec<u8>> = profiles().map(|profile| profile.id_number.bytes()).collect();
    let names: Vec<Vec<u8>> = profiles().map(|profile| profile.name.bytes()).collect();
    let mobiles: Vec<Vec<u8>> = profiles().map(|profile| profile.mobile.bytes()).collect();
    let addresses: Vec<_> = profiles().map(|profile| profile.address.as_ref().map(Sealed::bytes)).collect();
    let psn_nos: Vec<_> = profiles().map(|profile| profile.psn_no.as_ref().map(Sealed::bytes)).collect();
    let births: Vec<Date> = new.iter().map(|(_, registration, _)| registration.birth_day).collect();
    let at: Vec<OffsetDateTime> = new.iter().map(|(.., at)| *at).collect();
    sqlx::query!(
        "-- insert-persons
        INSERT INTO person (person_id, id_index, name_check, id_number, name, mobile, address, psn_no, birth_day,
                            registered_at, revision, events)
        SELECT person_id, id_index, name_check, id_number, name, mobile, address, psn_no, birth_day, at, 1, 1
        FROM UNNEST($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[], $6::bytea[], $7::bytea[],
                    $8::bytea[], $9::date[], $10::timestamptz[])
            AS new (person_id, id_index, name_check, id_number, name, mobile, address, psn_no, birth_day, at)",
        &ids,
        &indexes,
        &checks,
        &numbers,
        &names,
        &mobiles,
        &addresses as &[Option<Vec<u8>>],
        &psn_nos as &[Option<Vec<u8>>],
        &births,
        &at
    )
    .execute(conn)
    .await
    .map(|_| ())
}

async fn update_persons(conn: &mut PgConnection, persons: &[Known]) -> Result<(), sqlx::Error> {
    let standings = || persons.iter().map(|known| &known.standing);
    let ids: Vec<Uuid> = standings().map(|standing| standing.person.uuid()).collect();
    let events: Vec<i64> = persons.iter().map(|known| known.events).collect();
    let revisions: Vec<i64> = persons.iter().map(|known| known.revision).collect();
    let changed: Vec<Option<Date>> = persons.iter().map(|known| known.contact_changed_on).collect();
    let overdue: Vec<bool> = standings().map(|standing| standing.contact_overdue).collect();
    let deceased: Vec<Option<Date>> = standings().map(|standing| standing.deceased_on).collect();
    let active: Vec<bool> = standings().map(|standing| standing.code_active).collect();
    let switches: Vec<Option<bool>> = standings().map(|standing| standing.out_of_province).collect();
    let more: Vec<bool> = standings().map(Standing::has_more).collect();
    let areas: Vec<Option<String>> =
        standings().map(|s| s.place.map(|place| place.pool.to_string())).collect();
    let wallets: Vec<Option<Uuid>> = standings().map(|s| s.place.map(|place| place.wallet.uuid())).collect();
    let positions: Vec<Option<i64>> = standings().map(|s| s.place.map(|place| place.position)).collect();
    sqlx::query!(
        "-- update-persons
        UPDATE person p
        SET events = new.events, revision = new.revision, contact_changed_on = new.changed,
            contact_overdue = new.overdue, deceased_on = new.deceased, code_active = new.active,
            out_of_province = new.switch, place_of_use = new.place, wallet_id = new.wallet,
            place_position = new.position, more = new.more
        FROM UNNEST($1::uuid[], $2::bigint[], $3::bigint[], $4::date[], $5::boolean[], $6::date[], $7::boolean[],
                    $8::boolean[], $9::text[], $10::uuid[], $11::bigint[], $12::boolean[])
            AS new (person_id, events, revision, changed, overdue, deceased, active, switch, place, wallet, position,
                    more)
        WHERE p.person_id = new.person_id",
        &ids,
        &events,
        &revisions,
        &changed as &[Option<Date>],
        &overdue,
        &deceased as &[Option<Date>],
        &active,
        &switches as &[Option<bool>],
        &areas as &[Option<String>],
        &wallets as &[Option<Uuid>],
        &positions as &[Option<i64>],
        &more
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// In groups in which nobody stands twice: one statement updates a row once. Mostly there is one group.
fn distinct(contacts: &[NewContact]) -> Vec<Vec<&NewContact>> {
    let mut groups: Vec<Vec<&NewContact>> = Vec::new();
    for contact in contacts {
        let fits = |group: &&mut Vec<&NewContact>| group.iter().all(|other| other.person != contact.person);
        match groups.last_mut().filter(fits) {
            Some(group) => group.push(contact),
            None => groups.push(vec![contact]),
        }
    }
    groups
}

async fn update_contacts(conn: &mut PgConnection, contacts: &[&NewContact]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = contacts.iter().map(|contact| contact.person.uuid()).collect();
    let mobiles: Vec<_> = contacts.iter().map(|contact| contact.mobile.as_ref().map(Sealed::bytes)).collect();
    let addresses: Vec<_> =
        contacts.iter().map(|contact| contact.address.as_ref().map(Sealed::bytes)).collect();
    sqlx::query!(
        "-- update-contacts
        UPDATE person p
        SET mobile = COALESCE(new.mobile, p.mobile), address = COALESCE(new.address, p.address)
        FROM UNNEST($1::uuid[], $2::bytea[], $3::bytea[]) AS new (person_id, mobile, address)
        WHERE p.person_id = new.person_id",
        &ids,
        &mobiles as &[Option<Vec<u8>>],
        &addresses as &[Option<Vec<u8>>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}
