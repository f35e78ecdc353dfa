//! Looks for transactions that rest: open, with nobody doing anything in them, for longer than a second.
//!
//! Time in which the service was ready to run and the machine ran something else does not count: what a busy machine
//! delays is not left behind. Where the kernel does not tell, all of it counts.

use std::{
    collections::BTreeMap,
    fs,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use sqlx::{Connection, PgConnection};

use crate::stage::Stage;

/// No transaction may rest for longer.
const LONGEST: Duration = Duration::from_secs(1);

/// Sees every session of the services.
pub(crate) struct Watch {
    server: PgConnection,
    /// The process that works with each database.
    services: BTreeMap<String, u32>,
    /// Since when each resting transaction has been seen, and how long its service had waited to run by then.
    resting: BTreeMap<Rest, (Instant, Duration)>,
    looks: u64,
}

/// Database, session and when it began to rest.
type Rest = (String, i32, String);

impl Watch {
    pub(crate) async fn over(stage: &Stage) -> Result<Self> {
        let processes = stage.scene.cluster.names().map(|name| Ok(stage.scene.cluster.process(name)?.pid()));
        let processes = processes.collect::<Result<Vec<_>>>()?;
        let services = stage.databases()?.into_iter().zip(processes).collect();
        Ok(Self { server: stage.server().await?, services, resting: BTreeMap::new(), looks: 0 })
    }

    /// Looks once.
    pub(crate) async fn look(&mut self) -> Result<()> {
        let resting = "SELECT datname::text, pid, state_change::text, state || ' after ' || query
            FROM pg_stat_activity WHERE datname = ANY($1) AND state LIKE 'idle in transaction%'";
        let databases: Vec<&String> = self.services.keys().collect();
        let rows: Vec<(String, i32, String, String)> =
            sqlx::query_as(resting).bind(databases).fetch_all(&mut self.server).await?;
        let mut before = std::mem::take(&mut self.resting);
        for (database, session, since, what) in rows {
            let waited = self.services.get(&database).map_or(Duration::ZERO, |process| waited(*process));
            let rest = (database, session, since);
            let (seen, then) = before.remove(&rest).unwrap_or_else(|| (Instant::now(), waited));
            let idle = seen.elapsed().saturating_sub(waited.saturating_sub(then));
            ensure!(idle <= LONGEST, "a transaction of {} rests, {what}", rest.0);
            self.resting.insert(rest, (seen, then));
        }
        self.looks += 1;
        Ok(())
    }

    /// How often it has looked.
    pub(crate) const fn looks(&self) -> u64 {
        self.looks
    }

    /// No database has more sessions than this.
    pub(crate) async fn at_most(mut self, sessions: i64) -> Result<()> {
        for database in self.services.keys() {
            let count = sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE datname = $1");
            let found: i64 = count.bind(database).fetch_one(&mut self.server).await?;
            ensure!(found <= sessions, "{database} has {found} sessions");
        }
        Ok(self.server.close().await?)
    }
}

/// How long the thread of a process that waited longest for a processor has waited so far.
fn waited(process: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let nanos = threads.filter_map(|thread| {
        // Time on a processor, time waiting for one, turns.
        let told = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        told.split_whitespace().nth(1)?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.max().unwrap_or(0))
}
