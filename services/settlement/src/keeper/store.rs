//! Writes what a batch changed, each table once, in columns.

use chassis::feed;
use mistakes::{Mistake, made};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{Changed, Ended, Rows, Stored};
use crate::{sql, transfer::Transfer};

/// Stores everything; the order only matters to pairs, whose old holder must go first.
pub(super) async fn store(
    conn: &mut PgConnection,
    rows: Rows,
    changed: &Changed,
    owner: Uuid,
) -> Result<(), sqlx::Error> {
    processes(conn, &rows).await?;
    tombstones(conn, &rows).await?;
    transfers(conn, &rows, owner).await?;
    if !made(Mistake::ReportsApart) {
        lots(conn, changed, owner).await?;
    }
    counts(conn, &rows).await?;
    if !made(Mistake::ObligationsApart) {
        clearing(conn, &rows).await?;
    }
    let bonds: Vec<_> = rows.bonds.values().collect();
    if !bonds.is_empty() {
        sql::bond::upsert(conn, &bonds).await?;
    }
    for code in &rows.changed_institutions {
        if let Some(institution) = rows.institutions.get(code) {
            sql::institution::upsert(conn, institution).await?;
        }
    }
    for (feed, item, at) in &rows.unreadable_items {
        let bytes = hex::decode(&item.bytes).unwrap_or_default();
        feed::set_aside(conn, feed, (item.position, &bytes), *at, &item.error).await?;
    }
    for (feed, standing) in &rows.cursors {
        if standing.now != standing.stored {
            feed::advance(conn, feed, standing.stored, standing.now).await?;
        }
    }
    #[cfg(debug_assertions)]
    apart(conn, &rows, changed, owner).await?;
    Ok(())
}

/// What a deliberate mistake stores after the rest, in a transaction of its own.
#[cfg(debug_assertions)]
async fn apart(
    conn: &mut PgConnection,
    rows: &Rows,
    changed: &Changed,
    owner: Uuid,
) -> Result<(), sqlx::Error> {
    if made(Mistake::ReportsApart) {
        chassis::db::tear(conn).await?;
        lots(conn, changed, owner).await?;
    }
    if made(Mistake::ObligationsApart) {
        chassis::db::tear(conn).await?;
        clearing(conn, rows).await?;
    }
    Ok(())
}

async fn lots(conn: &mut PgConnection, changed: &Changed, owner: Uuid) -> Result<(), sqlx::Error> {
    let lots: Vec<_> = changed.lots.iter().map(|(lot, _)| lot).collect();
    if lots.is_empty() { Ok(()) } else { sql::lot::upsert(conn, &lots, owner).await }
}

async fn processes(conn: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    for (alive, is_first) in &rows.alive {
        if *is_first {
            sql::process::forget_namesakes(conn, alive.process, &alive.instance).await?;
        }
        sql::process::beat(conn, alive.process, &alive.instance, alive.at).await?;
    }
    Ok(())
}

async fn tombstones(conn: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    for (ended, tombstone) in rows.tombstones.iter().filter(|(_, tombstone)| tombstone.is_new) {
        let (kind, id) = match ended {
            Ended::Bond(bond) => ("BOND", bond.uuid()),
            Ended::Person(person) => ("PERSON", person.uuid()),
        };
        sql::tombstone::insert(conn, (kind, id), tombstone.position, tombstone.at, &tombstone.cause).await?;
    }
    Ok(())
}

async fn transfers(conn: &mut PgConnection, rows: &Rows, owner: Uuid) -> Result<(), sqlx::Error> {
    let mut fresh: Vec<(&Transfer, i64)> = Vec::new();
    let mut moved: Vec<(&Transfer, i64)> = Vec::new();
    for held in rows.transfers.values().filter(|held| held.changed) {
        match held.stored {
            Stored::Not { sequence } => fresh.push((&held.transfer, sequence)),
            Stored::Version(version) => moved.push((&held.transfer, version)),
        }
    }
    if !fresh.is_empty() {
        sql::transfer_write::insert(conn, &fresh, owner).await?;
    }
    if !moved.is_empty() {
        sql::transfer_write::update(conn, &moved, owner).await?;
    }
    for (id, error) in &rows.unreadable_transfers {
        sql::transfer_write::set_aside(conn, *id, error).await?;
    }
    for (request, claim) in &rows.claims {
        if claim.is_new {
            sql::claim::insert(conn, request.uuid(), claim.transfer.uuid()).await?;
        }
        if let Some(refusal) = &claim.refusal {
            sql::claim::refuse(conn, request.uuid(), refusal).await?;
        }
    }
    Ok(())
}

async fn counts(conn: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    let changed = || rows.slots.iter().filter(|(_, slot)| slot.delta != 0 || slot.limit.is_some());
    let known: Vec<_> = changed().filter(|(_, slot)| slot.exists || slot.delta < 0).collect();
    let fresh: Vec<_> = changed().filter(|(_, slot)| !slot.exists && slot.delta >= 0).collect();
    if !known.is_empty() {
        sql::slot::change(conn, &known).await?;
    }
    if !fresh.is_empty() {
        sql::slot::insert(conn, &fresh).await?;
    }
    let freed: Vec<_> =
        rows.pairs.iter().filter(|(_, pair)| pair.stored.is_some() && pair.now != pair.stored).collect();
    if !freed.is_empty() {
        sql::slot::free_pairs(conn, &freed).await?;
    }
    let taken: Vec<_> =
        rows.pairs.iter().filter(|(_, pair)| pair.now.is_some() && pair.now != pair.stored).collect();
    if !taken.is_empty() {
        sql::slot::take_pairs(conn, &taken).await?;
    }
    Ok(())
}

async fn clearing(conn: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    if let Some((period, at)) = rows.periods.opened() {
        sql::clearing::cut_off(conn, at).await?;
        sql::clearing::open(conn, &period.to_string(), at).await?;
    }
    if !rows.obligations.is_empty() {
        sql::clearing::insert_obligations(conn, &rows.obligations).await?;
        let positions: Vec<_> = rows.positions.iter().collect();
        sql::clearing::add_positions(conn, &positions).await?;
    }
    Ok(())
}
