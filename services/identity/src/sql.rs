//! All of identity's SQL: free functions over a connection, one per statement. Decides nothing, opens no seal.

mod inquiry;
mod load;
mod part;
mod put;
mod read;
pub(crate) mod verification;
mod write;

pub(crate) use self::{
    load::{Wanted, load},
    read::{StoredPerson, index_check, links_shown_by, person, standings},
    write::store,
};

use standards::{Pool, WalletId};
use uuid::Uuid;

use crate::person::Place;

fn pool(text: &str, column: &'static str) -> Result<Pool, sqlx::Error> {
    text.parse().map_err(|_| unreadable(column))
}

/// The place of use of a person's row; its three columns are null together.
fn place(
    area: Option<&str>,
    wallet: Option<Uuid>,
    position: Option<i64>,
) -> Result<Option<Place>, sqlx::Error> {
    let (Some(area), Some(wallet), Some(position)) = (area, wallet, position) else { return Ok(None) };
    Ok(Some(Place { pool: pool(area, "person.place_of_use")?, wallet: WalletId::new(wallet), position }))
}

/// A stored value that this version cannot read.
fn unreadable(column: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{column} holds a value that this version does not know").into())
}
