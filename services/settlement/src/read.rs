//! Reads transfers as they are shown. Each read is a few short statements of its own; nothing is locked.

use chassis::{
    db::{Database, DbError},
    failure,
    status::Refusal,
};
use policy::{Decision, Rules};
use standards::{RequestId, TransferId};
use uuid::Uuid;

use crate::{
    accept,
    sql::{
        self,
        lot::LotRow,
        transfer::TransferRow,
        transfer_list::{ParkedRow, Place, Wanted},
    },
    transfer::{Lot, Shown, Transfer},
};

/// A transfer without its decision; none if it is not known.
///
/// # Errors
/// If the database does not answer, or the row cannot be read.
pub(crate) async fn transfer(database: &Database, id: TransferId) -> Result<Option<Shown>, Refusal> {
    Ok(transfers(database, vec![id.uuid()]).await?.pop())
}

/// Transfers in the order of `ids`; those that are not known are left out.
///
/// # Errors
/// As [`transfer`].
pub(crate) async fn transfers(database: &Database, ids: Vec<Uuid>) -> Result<Vec<Shown>, Refusal> {
    let order = ids.clone();
    let read = database.read(move |mut conn| async move { sql::transfer::transfers(&mut conn, &ids).await });
    let (rows, lots) = read.await.map_err(failure::database)?;
    let lots: Vec<Lot> = lots.into_iter().map(lot).collect::<Result<_, _>>()?;
    let mut shown: Vec<Shown> = rows.into_iter().map(|row| show(row, &lots)).collect::<Result<_, _>>()?;
    shown.sort_by_key(|shown| order.iter().position(|id| *id == shown.transfer.pinned.id.uuid()));
    Ok(shown)
}

fn lot(row: LotRow) -> Result<Lot, Refusal> {
    Lot::try_from(row).map_err(|error| failure::broken(&error.to_string()))
}

fn show(row: TransferRow, lots: &[Lot]) -> Result<Shown, Refusal> {
    let transfer = Transfer::try_from(row).map_err(|error| failure::broken(&error.to_string()))?;
    let id = transfer.pinned.id;
    Shown::of(transfer, lots.iter().filter(|lot| lot.transfer == id)).map_err(|_| failure::broken("lots"))
}

/// The decision at acceptance.
///
/// # Errors
/// As [`transfer`].
pub(crate) async fn decision(
    database: &Database,
    rules: &Rules,
    id: TransferId,
) -> Result<Option<Decision>, Refusal> {
    let read =
        database.read(move |mut conn| async move { sql::transfer::accepted(&mut conn, id.uuid()).await });
    let accepted = read.await.map_err(failure::database)?;
    accepted
        .map(|row| accept::decision_of(&row.body, rules, row.at).map_err(|_| failure::broken("decision")))
        .transpose()
}

/// Why the book refused a claim, if it did.
///
/// # Errors
/// As [`transfer`].
pub(crate) async fn claim_refusal(
    database: &Database,
    request: RequestId,
) -> Result<Option<String>, Refusal> {
    let read =
        database.read(move |mut conn| async move { sql::claim::claims(&mut conn, &[request.uuid()]).await });
    let claims = read.await.map_err(failure::database)?;
    Ok(claims.into_iter().next().and_then(|claim| claim.refusal))
}

/// A page of a person's transfers, newest first; the places say where it ended.
pub(crate) async fn page(
    database: &Database,
    wanted: Wanted,
    before: Place,
    most: i64,
) -> Result<Vec<Place>, DbError> {
    database
        .read(
            move |mut conn| async move { sql::transfer_list::page(&mut conn, &wanted, &before, most).await },
        )
        .await
}

/// A page of what waits for a person, newest first.
pub(crate) async fn parked(database: &Database, before: Place, most: i64) -> Result<Vec<ParkedRow>, DbError> {
    database
        .read(move |mut conn| async move { sql::transfer_list::parked(&mut conn, &before, most).await })
        .await
}

/// Transfers by id; one that cannot be read is left out like one that is not known.
pub(crate) async fn readable(database: &Database, ids: Vec<Uuid>) -> Result<Vec<Shown>, Refusal> {
    let read = database.read(move |mut conn| async move { sql::transfer::transfers(&mut conn, &ids).await });
    let (rows, lots) = read.await.map_err(failure::database)?;
    let lots: Vec<Lot> = lots.into_iter().filter_map(|row| Lot::try_from(row).ok()).collect();
    Ok(rows.into_iter().filter_map(|row| show(row, &lots).ok()).collect())
}
