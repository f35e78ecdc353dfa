//! All of identity's SQL: free functions over a connection, one per statement. Decides nothing, opens no seal.

mod read;
pub(crate) mod verification;
mod write;

pub(crate) use self::{
    read::{StoredPerson, enrolment, index_check, person, standings},
    write::{Wanted, load, store},
};

use policy::{EnrolmentStatus, Scheme};
use standards::{EnrolmentId, PersonId, Pool, WalletId};
use time::Date;
use uuid::Uuid;

use crate::person::{Enrolment, Place};

/// A row of `enrolment`.
struct EnrolmentRow {
    enrolment_id: Uuid,
    person_id: Uuid,
    scheme: String,
    pooling_area: String,
    status: String,
    valid_from: Date,
    valid_to: Option<Date>,
    revision: i64,
}

impl TryFrom<EnrolmentRow> for Enrolment {
    type Error = sqlx::Error;

    fn try_from(row: EnrolmentRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: EnrolmentId::new(row.enrolment_id),
            person: PersonId::new(row.person_id),
            scheme: Scheme::parse(&row.scheme).ok_or_else(|| unreadable("enrolment.scheme"))?,
            pool: pool(&row.pooling_area, "enrolment.pooling_area")?,
            status: EnrolmentStatus::parse(&row.status).ok_or_else(|| unreadable("enrolment.status"))?,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            revision: row.revision,
        })
    }
}

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
