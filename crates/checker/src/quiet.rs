//! Waits until nothing moves any more: every follower has read its source to the head, no book must be told
//! anything, and no transfer is on its way. It polls the databases and never asks a service.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use sqlx::{Connection, PgConnection};

use crate::Sources;

/// How often the databases are asked.
const PAUSE: Duration = Duration::from_millis(50);

/// Who follows whom. A book stands for every book.
const FOLLOWS: [(&str, &str); 5] = [
    ("settlement", "book"),
    ("settlement", "identity"),
    ("settlement", "kinship"),
    ("book", "identity"),
    ("book", "settlement"),
];

struct Standing {
    head: (i64, Vec<u8>),
    cursors: Vec<(i64, Vec<u8>)>,
}

/// Waits until all is quiet; names what still moves when `patience` ends.
pub async fn settled(sources: &Sources, patience: Duration) -> Result<()> {
    let deadline = Instant::now() + patience;
    let mut conns = BTreeMap::new();
    for (name, url) in sources.all() {
        conns.insert(name, PgConnection::connect(url).await?);
    }
    let mut seen_quiet = false;
    loop {
        let moving = moving(&mut conns).await?;
        // Twice in a row: a record that one look just missed is followed by the next.
        if moving.is_empty() && seen_quiet {
            break;
        }
        seen_quiet = moving.is_empty();
        if Instant::now() >= deadline {
            bail!("after {patience:?} this still moves: {}", moving.join("; "));
        }
        tokio::time::sleep(PAUSE).await;
    }
    for conn in conns.into_values() {
        conn.close().await?;
    }
    Ok(())
}

async fn moving(conns: &mut BTreeMap<String, PgConnection>) -> Result<Vec<String>> {
    let mut standings = BTreeMap::new();
    for (name, conn) in conns.iter_mut() {
        standings.insert(name.clone(), standing(conn).await?);
    }
    let mut moving = Vec::new();
    for (follower, source) in FOLLOWS {
        for (name, from) in standings.iter().filter(|(name, _)| name.starts_with(source)) {
            for (reader, by) in standings.iter().filter(|(name, _)| name.starts_with(follower)) {
                if from.head.0 > 0 && !by.cursors.contains(&from.head) {
                    moving.push(format!("{reader} has not read {name} up to {}", from.head.0));
                }
            }
        }
    }
    if let Some(conn) = conns.get_mut("settlement") {
        let waiting: Vec<(String,)> = sqlx::query_as(
            "-- what-waits
            SELECT 'transfer ' || transfer || ' ' || state_name FROM progress
            WHERE due OR state_name NOT IN ('PENDING_CLAIM', 'CLAIMED', 'RETURNED', 'REFUSED', 'PARKED')
            UNION ALL
            SELECT 'report on ' || transfer_id FROM lot WHERE due
            LIMIT 5",
        )
        .fetch_all(conn)
        .await?;
        moving.extend(waiting.into_iter().map(|(what,)| what));
    }
    Ok(moving)
}

async fn standing(conn: &mut PgConnection) -> Result<Standing, sqlx::Error> {
    let head = sqlx::query_as("-- quiet-head\nSELECT seq, hash FROM head").fetch_one(&mut *conn).await?;
    let cursors = sqlx::query_as("-- quiet-cursors\nSELECT seq, hash FROM cursor").fetch_all(conn).await?;
    Ok(Standing { head, cursors })
}
