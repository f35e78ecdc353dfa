//! What is kept of a run: medians over the rounds, each ratio taken within its round, and what disturbed it.
//!
//! Whole numbers only: ratios, commits and times are thousandths.

mod goals;
mod table;

use anyhow::{Context, Result};
use serde::Serialize;

pub(crate) use self::{
    goals::Goal,
    table::{grouped, thousandths},
};
use crate::{
    growth::Grown,
    meter::Phase,
    pgbench::Rate,
    rounds::{Round, median, yardstick},
    settings::{Arguments, Part, Phased},
};

/// A phase in which others took more of the machine than this is flagged, in thousandths.
const MUCH: u64 = 200;

/// The whole result.
#[derive(Serialize)]
pub(crate) struct Report {
    build: &'static str,
    arguments: Arguments,
    pub(crate) processors: usize,
    /// What flushing 8 kB costs, in microseconds.
    pub(crate) fsync_us: u64,
    /// Version and settings of the server.
    server: Vec<String>,
    pub(crate) rounds: usize,
    pub(crate) pgbench: Yardstick,
    pub(crate) rows: Vec<Row>,
    gains: Vec<Gain>,
    /// Peak memory of each service, in KiB.
    resident_kib: Vec<(String, u64)>,
    pub(crate) goals: Vec<Goal>,
    /// What disturbed the run.
    remarks: Vec<String>,
    measured: Vec<Round>,
    grown: Vec<Grown>,
}

/// Medians of pgbench over all rounds.
#[derive(Serialize)]
pub(crate) struct Yardstick {
    pub(crate) per_second: u64,
    clients_8: u64,
    clients_32: u64,
}

/// Medians of one kind of operation.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) key: String,
    pub(crate) said: String,
    pub(crate) part: Part,
    in_process: bool,
    pub(crate) per_second: u64,
    pub(crate) ratio_permille: u64,
    /// The ratio of each round.
    pub(crate) ratios_permille: Vec<u64>,
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
    /// Per operation, in thousandths.
    pub(crate) writes_permille: u64,
    commits_permille: u64,
    fsyncs_permille: u64,
    page_images_permille: u64,
    pub(crate) wal_bytes: u64,
    services_cpu_us: u64,
    postgres_cpu_us: u64,
    callers_cpu_us: u64,
}

/// How much faster something is than the same naive.
#[derive(Clone, Debug, Serialize)]
struct Gain {
    said: String,
    times_permille: u64,
}

/// One phase beside the yardstick of its round.
type Sample<'a> = (&'a Phase, u64);

fn row(phased: &Phased, samples: &[Sample<'_>]) -> Row {
    let of = |value: &dyn Fn(&Phase) -> u64| median(samples.iter().map(|(phase, _)| value(phase)));
    let each = |what: &dyn Fn(&Phase) -> u64| of(&|phase| phase.each(what(phase)));
    let ratios: Vec<u64> =
        samples.iter().map(|(phase, pgbench)| phase.rate() * 1_000 / pgbench.max(&1)).collect();
    Row {
        key: phased.key.clone(),
        said: phased.said(),
        part: phased.part,
        in_process: !phased.operation.is_remote(),
        per_second: of(&Phase::rate),
        ratio_permille: median(ratios.iter().copied()),
        ratios_permille: ratios,
        p50_us: of(&|phase| phase.percentile(50)),
        p99_us: of(&|phase| phase.percentile(99)),
        writes_permille: each(&|phase| phase.writes),
        commits_permille: each(&|phase| phase.commits),
        fsyncs_permille: each(&|phase| phase.fsyncs),
        page_images_permille: each(&|phase| phase.page_images),
        wal_bytes: each(&|phase| phase.wal_bytes) / 1_000,
        services_cpu_us: each(&|phase| phase.services_cpu_us) / 1_000,
        postgres_cpu_us: each(&|phase| phase.postgres_cpu_us) / 1_000,
        callers_cpu_us: each(&|phase| phase.callers_cpu_us) / 1_000,
    }
}

/// One row for each phase of the plan.
fn rows(plan: &[Phased], rounds: &[Round]) -> Vec<Row> {
    let of = |(at, phased): (usize, &Phased)| {
        let samples: Vec<Sample<'_>> =
            rounds.iter().map(|round| (&round.phases[at], round.yardstick())).collect();
        row(phased, &samples)
    };
    plan.iter().enumerate().map(of).collect()
}

fn grown_rows(grown: &[Grown]) -> Vec<Row> {
    let mut rows = Vec::new();
    for book in grown {
        for (phased, phase) in &book.phases {
            let row = row(phased, &[(phase, yardstick(&[book.stand]))]);
            let said =
                format!("{} persons, {}", grouped(book.persons.into()), row.said.replace("writer: ", ""));
            rows.push(Row { key: format!("growth-{}-{}", book.persons, row.key), said, ..row });
        }
    }
    rows
}

/// What a phase is the naive one of: the same, with as many in flight.
fn gains(plan: &[Phased], rounds: &[Round]) -> Vec<Gain> {
    let mut gains = Vec::new();
    for (slow, naive) in plan.iter().enumerate().filter(|(_, phased)| phased.part == Part::Naive) {
        let same = |other: &Phased| {
            other.part != Part::Naive
                && (other.operation, other.in_flight) == (naive.operation, naive.in_flight)
        };
        let Some(fast) = plan.iter().position(same) else { continue };
        let times = |round: &Round| round.phases[fast].rate() * 1_000 / round.phases[slow].rate().max(1);
        let times_permille = median(rounds.iter().map(times));
        gains.push(Gain { said: plan[fast].said(), times_permille });
    }
    gains
}

/// What a run found, all told.
pub(crate) struct Found {
    pub(crate) plan: Vec<Phased>,
    pub(crate) rounds: Vec<Round>,
    pub(crate) grown: Vec<Grown>,
    pub(crate) resident_kib: Vec<(String, u64)>,
    pub(crate) fsync_us: u64,
    pub(crate) server: Vec<String>,
}

impl Report {
    /// Of a run.
    pub(crate) fn of(arguments: Arguments, found: Found, mut remarks: Vec<String>) -> Result<Self> {
        let Found { plan, rounds, grown, resident_kib, fsync_us, server } = found;
        let build = if cfg!(debug_assertions) { "debug" } else { "release" };
        if build == "debug" {
            remarks.push("a debug build: the figures say nothing, run it with --release".to_owned());
        }
        if arguments.quick {
            remarks.push("a quick run: one short round, no result".to_owned());
        }
        remarks.extend(disturbed(&plan, &rounds));
        let rows_of_plan = rows(&plan, &rounds);
        let goals = goals::judge(&rows_of_plan, measured_services(&plan).then_some(&resident_kib[..]));
        let stands = || rounds.iter().flat_map(|round| &round.pgbench);
        let clients = |of: fn(&Rate) -> u64| median(stands().map(of));
        Ok(Self {
            build,
            arguments,
            processors: std::thread::available_parallelism().context("the number of processors")?.get(),
            fsync_us,
            server,
            rounds: rounds.len(),
            pgbench: Yardstick {
                per_second: median(rounds.iter().map(Round::yardstick)),
                clients_8: clients(|stand| stand.clients_8),
                clients_32: clients(|stand| stand.clients_32),
            },
            rows: rows_of_plan.into_iter().chain(grown_rows(&grown)).collect(),
            gains: gains(&plan, &rounds),
            resident_kib,
            goals,
            remarks,
            measured: rounds,
            grown,
        })
    }
}

fn measured_services(plan: &[Phased]) -> bool {
    plan.iter().any(|phased| phased.operation.is_remote())
}

fn disturbed(plan: &[Phased], rounds: &[Round]) -> Vec<String> {
    let mut remarks = Vec::new();
    for (number, round) in (1..).zip(rounds) {
        let others = round.phases.iter().map(|phase| phase.others_permille);
        let worst = plan.iter().zip(others).max_by_key(|(_, others)| *others);
        if let Some((phased, others)) = worst.filter(|(_, others)| *others > MUCH) {
            let (said, percent) = (phased.said(), others / 10);
            remarks.push(format!("round {number}: others took up to {percent} % of the machine ({said})"));
        }
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Operation;

    fn round(rate: u64, pgbench: u64) -> Round {
        let phase = Phase { operations: rate, elapsed_us: 1_000_000, ..Phase::default() };
        let naive = Phase { operations: rate / 4, others_permille: rate / 2, ..phase.clone() };
        let stand = Rate { clients_8: pgbench, clients_32: pgbench / 2 };
        Round { pgbench: vec![stand; 3], phases: vec![phase, naive] }
    }

    fn plan() -> Vec<Phased> {
        [Part::Transfers, Part::Naive].map(|part| Phased::new(part, Operation::Transfer, 64, 500)).into()
    }

    #[test]
    fn a_ratio_is_taken_within_its_round() {
        let rounds = [round(500, 1_000), round(900, 3_000), round(100, 100)];
        let rows = rows(&plan(), &rounds);
        assert_eq!((rows[0].per_second, rows[0].ratio_permille), (500, 500));
        assert_eq!(rows[0].ratios_permille, [500, 300, 1_000]);
    }

    #[test]
    fn a_gain_is_over_the_same_naive() {
        let gains = gains(&plan(), &[round(500, 1_000), round(800, 1_000), round(400, 1_000)]);
        assert_eq!(gains.iter().map(|gain| gain.times_permille).collect::<Vec<_>>(), [4_000]);
    }

    #[test]
    fn a_round_in_which_others_were_busy_is_named() {
        assert_eq!(disturbed(&plan(), &[round(400, 1_000)]).len(), 0);
        let remarks = disturbed(&plan(), &[round(400, 1_000), round(500, 1_000)]);
        assert_eq!(remarks.len(), 1);
        assert!(remarks[0].starts_with("round 2: others took up to 25 %"), "{remarks:?}");
    }
}
