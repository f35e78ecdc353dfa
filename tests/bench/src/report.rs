//! What is printed and kept: medians over the rounds, each ratio taken within its round.
//!
//! Whole numbers only: ratios, commits and times are thousandths, written with a point.

use std::fmt;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::{Arguments, meter::Phase, rounds::Round};

/// A round in which others took more of the machine than this is flagged, in thousandths.
const MUCH: u64 = 200;

/// The whole result.
#[derive(Serialize)]
pub(crate) struct Report {
    build: &'static str,
    families: u32,
    /// What flushing 8 kB costs, in microseconds.
    fsync_us: u64,
    processors: usize,
    pgbench_tps: u64,
    rows: Vec<Row>,
    /// Peak memory of each service, in KiB.
    resident_kib: Vec<(String, u64)>,
    /// What disturbed the run.
    remarks: Vec<String>,
    rounds: Vec<Round>,
}

/// Medians of one kind of operation.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    per_second: u64,
    ratio_permille: u64,
    p50_us: u64,
    p99_us: u64,
    /// Per operation, in thousandths.
    writes_permille: u64,
    commits_permille: u64,
    wal_bytes: u64,
    services_cpu_us: u64,
    postgres_cpu_us: u64,
}

/// The middle one; of an even number, the lower of the two.
fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

fn row(name: &'static str, rounds: &[Round], phase: impl Fn(&Round) -> &Phase) -> Row {
    let of = |value: &dyn Fn(&Phase) -> u64| median(rounds.iter().map(|round| value(phase(round))));
    let ratio = |round: &Round| phase(round).rate() * 1_000 / median(round.pgbench.iter().copied()).max(1);
    Row {
        name,
        per_second: of(&Phase::rate),
        ratio_permille: median(rounds.iter().map(ratio)),
        p50_us: of(&|phase| phase.percentile(50)),
        p99_us: of(&|phase| phase.percentile(99)),
        writes_permille: of(&|phase| phase.each(phase.writes)),
        commits_permille: of(&|phase| phase.each(phase.commits)),
        wal_bytes: of(&|phase| phase.each(phase.wal_bytes) / 1_000),
        services_cpu_us: of(&|phase| phase.each(phase.services_cpu_us) / 1_000),
        postgres_cpu_us: of(&|phase| phase.each(phase.postgres_cpu_us) / 1_000),
    }
}

impl Report {
    /// Of all rounds.
    pub(crate) fn of(
        arguments: &Arguments,
        fsync_us: u64,
        resident_kib: Vec<(String, u64)>,
        rounds: Vec<Round>,
    ) -> Result<Self> {
        let rows = vec![
            row("transfer to CLAIMED, 1 in flight", &rounds, |round| &round.transfers_alone),
            row("transfer to CLAIMED, 64 in flight", &rounds, |round| &round.transfers_busy),
            row("payment, 64 in flight", &rounds, |round| &round.payments_busy),
        ];
        let build = if cfg!(debug_assertions) { "debug" } else { "release" };
        let mut remarks = Vec::new();
        if build == "debug" {
            remarks.push("a debug build: the figures say nothing, run it with --release".to_owned());
        }
        for (number, round) in (1..).zip(&rounds) {
            let phases = [&round.transfers_alone, &round.transfers_busy, &round.payments_busy];
            let others = phases.iter().map(|phase| phase.others_permille).max().unwrap_or_default();
            if others > MUCH {
                remarks.push(format!("round {number}: others took up to {} % of the machine", others / 10));
            }
        }
        Ok(Self {
            build,
            families: arguments.families,
            fsync_us,
            processors: std::thread::available_parallelism().context("the number of processors")?.get(),
            pgbench_tps: median(rounds.iter().map(|round| median(round.pgbench.iter().copied()))),
            rows,
            resident_kib,
            remarks,
            rounds,
        })
    }
}

fn thousandths(value: u64) -> String {
    format!("{}.{:03}", value / 1_000, value % 1_000)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (processors, fsync, rounds) = (self.processors, self.fsync_us, self.rounds.len());
        writeln!(
            f,
            "{processors} processors, fsync {fsync} us, {rounds} rounds, medians; the callers share the machine.\n"
        )?;
        writeln!(
            f,
            "{:<34} {:>7} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>9} {:>9}",
            "", "ops/s", "/pgbench", "p50 ms", "p99 ms", "writes", "commits", "WAL B", "svc us", "PG us"
        )?;
        writeln!(f, "{:<34} {:>7} {:>8}", "pgbench TPC-B-like, 8 clients", self.pgbench_tps, "1.000")?;
        for row in &self.rows {
            let [ratio, p50, p99, writes, commits] =
                [row.ratio_permille, row.p50_us, row.p99_us, row.writes_permille, row.commits_permille]
                    .map(thousandths);
            writeln!(
                f,
                "{:<34} {:>7} {ratio:>8} {p50:>8} {p99:>8} {writes:>8} {commits:>8} {:>7} {:>9} {:>9}",
                row.name, row.per_second, row.wal_bytes, row.services_cpu_us, row.postgres_cpu_us
            )?;
        }
        writeln!(
            f,
            "\nwrites: transactions that wrote, exact; commits: reading ones too, as sessions report them;"
        )?;
        writeln!(
            f,
            "WAL with page images; svc, PG: processor time of services and PostgreSQL; all per operation."
        )?;
        let resident = self.resident_kib.iter().map(|(name, kib)| format!("{name} {} MiB", kib / 1_024));
        writeln!(f, "Peak memory: {}", resident.collect::<Vec<_>>().join(", "))?;
        for remark in &self.remarks {
            writeln!(f, "NOTE {remark}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_taken_within_its_round() {
        let round = |rate: u64, pgbench: u64| {
            let phase = Phase { operations: rate, elapsed_us: 1_000_000, ..Phase::default() };
            let [transfers_alone, transfers_busy, payments_busy] = [phase.clone(), phase.clone(), phase];
            Round { pgbench: vec![pgbench; 4], transfers_alone, transfers_busy, payments_busy }
        };
        let rounds = [round(500, 1_000), round(900, 3_000), round(100, 100)];
        let row = row("transfer", &rounds, |round| &round.transfers_busy);
        assert_eq!((row.per_second, row.ratio_permille), (500, 500));
    }

    #[test]
    fn thousandths_are_written_with_a_point() {
        assert_eq!([0, 45, 1_300].map(thousandths), ["0.000", "0.045", "1.300"]);
        assert_eq!(median([4, 1, 3, 2].into_iter()), 2);
    }
}
