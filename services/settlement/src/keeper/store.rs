//! Writes what a batch changed in few statements, in columns.

use chassis::feed;
use mistakes::{Mistake, made};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::{Changed, Ended, Rows, Stored};
use crate::{
    sql::{self, accepted::Accepted},
    transfer::Transfer,
};

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
    claims(conn, &rows).await?;
    if !made(Mistake::ReportsApart) {
        lots(conn, changed, owner).await?;
    }
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
    let pairs = || rows.pairs.iter().filter(|(_, pair)| pair.now != pair.stored);
    let freed: Vec<_> = pairs().filter(|(_, pair)| pair.stored.is_some()).collect();
    if !moved.is_empty() || !freed.is_empty() {
        sql::transfer_write::update(conn, &moved, &freed, owner).await?;
    }
    let slots: Vec<_> =
        rows.slots.iter().filter(|(_, slot)| slot.delta != 0 || slot.limit.is_some()).collect();
    if !fresh.is_empty() {
        let taken: Vec<_> = pairs().filter(|(_, pair)| pair.now.is_some()).collect();
        let new = Accepted { transfers: &fresh, slots: &slots, pairs: &taken };
        sql::accepted::store(conn, new, owner).await?;
    } else if !slots.is_empty() {
        sql::slot::change(conn, &slots).await?;
    }
    for (id, error) in &rows.unreadable_transfers {
        sql::transfer_write::set_aside(conn, *id, error).await?;
    }
    Ok(())
}

async fn claims(conn: &mut PgConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    let (mut fresh, mut refused) = (Vec::new(), Vec::new());
    for (request, claim) in &rows.claims {
        let (request, transfer) = (request.uuid(), claim.transfer.uuid());
        let refusal = claim.refusal.as_deref();
        if claim.is_new {
            fresh.push((request, transfer, refusal));
        } else if refusal.is_some() {
            refused.push((request, transfer, refusal));
        }
    }
    if fresh.is_empty() && refused.is_empty() {
        return Ok(());
    }
    sql::claim::write(conn, &fresh, &refused).await
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
