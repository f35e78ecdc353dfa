//! Reading persons and standings for replies. Opens seals only here, and hands on nothing but masks and facts.

use std::collections::HashMap;

use chassis::db::{Database, DbError};
use standards::{CitizenId, EnrolmentId, Mobile, PersonId, PersonName, Sex};
use time::Date;
use uuid::Uuid;

use crate::{
    error::Error,
    keys::Keys,
    person::{Enrolment, Standing},
    sql,
    vault::{Column, OpenError, Sealed},
};

/// A person as others may see it.
#[derive(Clone, Debug)]
pub(crate) struct Portrait {
    /// Who.
    pub(crate) person: PersonId,
    /// `张*芳`.
    pub(crate) masked_name: String,
    /// `3201**********1234`.
    pub(crate) masked_id_number: String,
    /// Day of birth, from the number.
    pub(crate) birth_day: Date,
    /// Sex, from the number.
    pub(crate) sex: Sex,
    /// `138****5678`.
    pub(crate) masked_mobile: String,
    /// 人员编号 of the national interface.
    pub(crate) psn_no: Option<String>,
    /// Revision of the person's message.
    pub(crate) revision: i64,
    /// Pooling areas of all enrolments: who at a counter may see the person.
    pub(crate) pools: Vec<String>,
}

/// What identity knows about somebody at a position of its stream.
pub(crate) type Standings = HashMap<PersonId, (Standing, i64)>;

/// Whether this database's numbers are found with these keys; the first start with an empty one settles it.
///
/// # Errors
/// If the database fails.
pub(crate) async fn keys_fit(database: &Database, keys: &Keys) -> Result<bool, DbError> {
    let own = keys.index_check();
    let stored =
        database.read(move |mut conn| async move { sql::index_check(&mut conn, own.bytes()).await }).await?;
    Ok(stored == own.bytes())
}

/// One person, masked; `None` if unknown.
///
/// # Errors
/// If the database fails, or a seal cannot be opened.
pub(crate) async fn person(
    database: &Database,
    keys: &Keys,
    id: PersonId,
) -> Result<Option<Portrait>, Error> {
    let stored = database.read(move |mut conn| async move { sql::person(&mut conn, id).await }).await?;
    stored.map(|stored| portrait(&stored, keys)).transpose()
}

fn portrait(stored: &sql::StoredPerson, keys: &Keys) -> Result<Portrait, Error> {
    let open = |column, sealed: &Sealed| keys.open(column, stored.person, sealed);
    let damaged = Error::Vault(OpenError::Damaged);
    // The number was judged when it was registered; a clock that stands earlier must not refuse it now.
    let Ok(number) = CitizenId::parse(&open(Column::IdNumber, &stored.id_number)?, Date::MAX) else {
        return Err(damaged);
    };
    let Ok(name) = open(Column::Name, &stored.name)?.parse::<PersonName>() else { return Err(damaged) };
    let Ok(mobile) = open(Column::Mobile, &stored.mobile)?.parse::<Mobile>() else { return Err(damaged) };
    let psn_no = stored.psn_no.as_ref().map(|sealed| open(Column::PsnNo, sealed)).transpose()?;
    Ok(Portrait {
        person: stored.person,
        masked_name: name.masked(),
        masked_id_number: number.masked(),
        birth_day: number.birth_day(),
        sex: number.sex(),
        masked_mobile: mobile.masked(),
        psn_no,
        revision: stored.revision,
        pools: stored.pools.clone(),
    })
}

/// One enrolment; `None` if unknown.
///
/// # Errors
/// If the database fails.
pub(crate) async fn enrolment(database: &Database, id: EnrolmentId) -> Result<Option<Enrolment>, Error> {
    Ok(database.read(move |mut conn| async move { sql::enrolment(&mut conn, id).await }).await?)
}

/// The standings of those who are known, with the enrolments that hold on `day`. One snapshot.
///
/// # Errors
/// If the database fails.
pub(crate) async fn standings(
    database: &Database,
    persons: &[PersonId],
    day: Date,
) -> Result<Standings, Error> {
    let ids: Vec<Uuid> = persons.iter().map(|person| person.uuid()).collect();
    let found =
        database.read(move |mut conn| async move { sql::standings(&mut conn, &ids, day).await }).await?;
    Ok(found.into_iter().map(|(standing, position)| (standing.person, (standing, position))).collect())
}
