//! Reads what a batch or a question needs, by lists: bonds, how their people stand, facts about their families.

use std::collections::BTreeSet;

use chassis::feed;
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    peer::FEED,
    registry::{Loaded, Registry},
    sql,
};

/// Bonds that ended longer ago count in no rule about a civil year.
const YEAR: Duration = Duration::days(367);

/// What is needed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Bonds by id.
    pub(crate) bonds: BTreeSet<Uuid>,
    /// Persons whose bonds are needed.
    pub(crate) persons: BTreeSet<Uuid>,
    /// Persons whose families are needed.
    pub(crate) families: BTreeSet<Uuid>,
    /// Facts by id.
    pub(crate) facts: BTreeSet<Uuid>,
    /// Whether how people stand is needed.
    pub(crate) stands: bool,
    /// Whether the cursor of identity's stream is needed.
    pub(crate) cursor: bool,
}

/// Reads it.
pub(crate) async fn load(
    conn: &mut PgConnection,
    wanted: &Wanted,
    now: OffsetDateTime,
) -> Result<Registry, sqlx::Error> {
    let list = |ids: &BTreeSet<Uuid>| ids.iter().copied().collect::<Vec<_>>();
    let bonds = sql::load(conn, &list(&wanted.bonds), &list(&wanted.persons), now - YEAR).await?;
    let mut loaded = Loaded::default();
    let mut people = wanted.persons.clone();
    people.extend(bonds.iter().flat_map(|one| [one.bond.sharer.uuid(), one.bond.beneficiary.uuid()]));
    if !wanted.families.is_empty() || !wanted.facts.is_empty() {
        // The guardian of a minor is found through the minor's own facts.
        let mut families = wanted.families.clone();
        families.extend(people.iter().copied());
        loaded.facts = sql::facts(conn, &list(&families), &list(&wanted.facts)).await?;
        people.extend(loaded.facts.iter().flat_map(|fact| [fact.a.uuid(), fact.b.uuid()]));
        if !loaded.facts.is_empty() {
            loaded.members = sql::members(conn, &list(&people)).await?;
        }
    }
    if wanted.stands {
        loaded.persons = sql::persons(conn, &list(&people)).await?;
    }
    if wanted.cursor {
        loaded.cursor = Some(feed::cursor(conn, FEED).await?);
    }
    loaded.bonds = bonds;
    Ok(Registry::of(loaded))
}
