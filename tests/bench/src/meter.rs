//! What one phase cost: its time, and how far the server's and the machine's counters moved.

use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;

use crate::{
    machine::{Machine, PREFIX},
    sql,
};

/// Sessions report their counters at the end of a transaction, but at most once in this time.
const REPORTING: Duration = Duration::from_millis(1_100);

/// What one phase of one round took, all told.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Phase {
    pub(crate) operations: u64,
    pub(crate) elapsed_us: u64,
    /// From each call to its answer, in microseconds, sorted.
    #[serde(skip)]
    pub(crate) latencies_us: Vec<u64>,
    /// Transactions that wrote.
    pub(crate) writes: u64,
    pub(crate) commits: u64,
    pub(crate) fsyncs: u64,
    /// Whole pages among the WAL.
    pub(crate) page_images: u64,
    pub(crate) wal_bytes: u64,
    pub(crate) services_cpu_us: u64,
    pub(crate) postgres_cpu_us: u64,
    /// By this program: the callers, and the writer if it runs in process.
    pub(crate) callers_cpu_us: u64,
    /// How much of the machine others took, in thousandths.
    pub(crate) others_permille: u64,
}

impl Phase {
    /// Runs `work`, which gives the latency of each operation, and reads every counter before and after. `nudge`
    /// does one more operation: it has the idle sessions report what they counted.
    pub(crate) async fn of<Work, Nudge>(
        machine: &Machine,
        services: &[u32],
        work: Work,
        nudge: impl Fn() -> Nudge,
    ) -> Result<Self>
    where
        Work: Future<Output = Result<Vec<u64>>>,
        Nudge: Future<Output = Result<()>>,
    {
        let mut conn = machine.control().await?;
        tokio::time::sleep(REPORTING).await;
        nudge().await?;
        let reported = sql::reported(&mut conn, PREFIX).await?;
        let before = (sql::exact(&mut conn).await?, machine.usage(services)?);
        let began = Instant::now();
        let mut latencies_us = work.await?;
        let elapsed_us = u64::try_from(began.elapsed().as_micros())?;
        let used = machine.usage(services)?.since(before.1);
        let exact = sql::exact(&mut conn).await?;
        tokio::time::sleep(REPORTING).await;
        nudge().await?;
        let reports = sql::reported(&mut conn, PREFIX).await?;
        latencies_us.sort_unstable();
        let moved = |to: i64, from: i64| u64::try_from(to.saturating_sub(from)).unwrap_or(0);
        Ok(Self {
            operations: u64::try_from(latencies_us.len())?,
            elapsed_us,
            latencies_us,
            writes: moved(exact.writes, before.0.writes),
            commits: moved(reports.commits, reported.commits),
            fsyncs: moved(reports.fsyncs, reported.fsyncs),
            page_images: moved(reports.images, reported.images),
            wal_bytes: moved(exact.wal, before.0.wal),
            services_cpu_us: used.services,
            postgres_cpu_us: used.postgres,
            callers_cpu_us: used.callers,
            others_permille: used.others_permille(),
        })
    }

    /// Operations in a second.
    pub(crate) fn rate(&self) -> u64 {
        self.operations * 1_000_000 / self.elapsed_us.max(1)
    }

    /// The latency that `percent` of the operations did not exceed (nearest rank), in microseconds.
    pub(crate) fn percentile(&self, percent: usize) -> u64 {
        let rank = (self.latencies_us.len() * percent).div_ceil(100);
        self.latencies_us.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// Thousandths of `what` per operation.
    pub(crate) fn each(&self, what: u64) -> u64 {
        what * 1_000 / self.operations.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_measured_values() {
        let phase = |latencies_us: Vec<u64>| Phase { latencies_us, ..Phase::default() };
        let hundred = phase((1..=100).collect());
        assert_eq!([hundred.percentile(50), hundred.percentile(99), hundred.percentile(100)], [50, 99, 100]);
        let three = phase(vec![7, 8, 9]);
        assert_eq!([three.percentile(50), three.percentile(99)], [8, 9]);
        assert_eq!(phase(vec![]).percentile(99), 0);
    }

    #[test]
    fn rates_are_whole_and_costs_are_thousandths() {
        let phase = Phase { operations: 3_000, elapsed_us: 2_000_000, ..Phase::default() };
        assert_eq!((phase.rate(), phase.each(600)), (1_500, 200));
    }
}
