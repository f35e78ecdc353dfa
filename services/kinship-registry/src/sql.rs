//! Every statement of the registry, checked against its schema when it is compiled. Decides nothing.

mod bond;
mod check;
mod family;
mod person;
mod row;

use chassis::feed;
use sqlx::PgConnection;

use crate::{peer::FEED, registry::Changed};

pub(crate) use self::{
    bond::{Page, late, list, load},
    check::standings,
    family::{facts, members},
    person::{due, persons},
};

/// Writes all that a batch has changed.
pub(crate) async fn store_all(conn: &mut PgConnection, changed: Changed) -> Result<(), sqlx::Error> {
    bond::store(conn, changed.bonds).await?;
    person::store(conn, &changed.persons).await?;
    family::store(conn, &changed.facts).await?;
    family::store_members(conn, &changed.members).await?;
    for (item, at) in changed.unreadable {
        let bytes = hex::decode(&item.bytes).unwrap_or_default();
        feed::set_aside(conn, FEED, (item.position, &bytes), at, &item.error).await?;
    }
    if let Some((from, to)) = changed.cursor {
        feed::advance(conn, FEED, from, to).await?;
    }
    Ok(())
}
