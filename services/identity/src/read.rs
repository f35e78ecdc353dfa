//! Reading persons and standings for replies. Opens seals only here, and hands on nothing but masks and facts.

use std::collections::HashMap;

use chassis::db::{Database, DbError};
use standards::{CitizenId, Mobile, PersonId, PersonName, Sex};
use time::Date;
use uuid::Uuid;

use crate::{
    error::Error,
    keys::Keys,
    person::{CodeProxy, Standing},
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
    /// Whether the person has died.
    pub(crate) deceased: bool,
    /// Whether the 医保码 is activated.
    pub(crate) code_active: bool,
    /// 联系方式.
    pub(crate) contact: Contact,
    /// Revision of the person's message.
    pub(crate) revision: i64,
    /// Pooling areas of all enrolments: who at a counter may see the person.
    pub(crate) pools: Vec<String>,
}

/// Contact data as others may see them, beside the mobile number.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    /// The first characters of the address.
    pub(crate) masked_address: Option<String>,
    /// When they changed last.
    pub(crate) changed_on: Option<Date>,
    /// Whether that was reported too late and is not confirmed.
    pub(crate) overdue: bool,
}

/// How many characters of an address are shown: mostly a city.
const SHOWN: usize = 3;

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
    let address = stored.address.as_ref().map(|sealed| open(Column::Address, sealed)).transpose()?;
    Ok(Portrait {
        person: stored.person,
        masked_name: name.masked(),
        masked_id_number: number.masked(),
        birth_day: number.birth_day(),
        sex: number.sex(),
        masked_mobile: mobile.masked(),
        psn_no,
        deceased: stored.deceased_on.is_some(),
        code_active: stored.code_active,
        contact: Contact {
            masked_address: address.map(|address| masked_address(&address)),
            changed_on: stored.contact.0,
            overdue: stored.contact.1,
        },
        revision: stored.revision,
        pools: stored.pools.clone(),
    })
}

/// A city and nothing more; nothing at all of a short text.
fn masked_address(address: &str) -> String {
    let long = address.chars().count() > 2 * SHOWN;
    let shown: String = address.chars().take(if long { SHOWN } else { 0 }).collect();
    format!("{shown}****")
}

/// Everything about one person, ended parts too; `None` if unknown.
///
/// # Errors
/// If the database fails.
pub(crate) async fn whole(database: &Database, person: PersonId) -> Result<Option<Standing>, Error> {
    Ok(all(database, vec![person.uuid()]).await?.pop().map(|(standing, _)| standing))
}

/// The links by which somebody may show others' codes, with the owners of the codes.
///
/// # Errors
/// If the database fails.
pub(crate) async fn links_shown_by(
    database: &Database,
    shower: PersonId,
) -> Result<Vec<(PersonId, CodeProxy)>, Error> {
    Ok(database.read(move |mut conn| async move { sql::links_shown_by(&mut conn, shower).await }).await?)
}

/// The standings of those who are known, with what holds on `day`. One snapshot.
///
/// # Errors
/// If the database fails.
pub(crate) async fn standings(
    database: &Database,
    persons: &[PersonId],
    day: Date,
) -> Result<Standings, Error> {
    let found = all(database, persons.iter().map(|person| person.uuid()).collect()).await?;
    let on_day =
        found.into_iter().map(|(standing, position)| (standing.person, (standing.on(day), position)));
    Ok(on_day.collect())
}

async fn all(database: &Database, ids: Vec<Uuid>) -> Result<Vec<(Standing, i64)>, Error> {
    Ok(database.read(move |mut conn| async move { sql::standings(&mut conn, &ids).await }).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_only_its_beginning_is_shown() {
        assert_eq!(masked_address("南京市玄武区北京东路41号"), "南京市****");
        assert_eq!(masked_address("玄武区41号"), "****");
        assert_eq!(masked_address(""), "****");
    }
}
