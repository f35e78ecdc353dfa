//! What the figures are aimed at, and whether they got there.

use serde::Serialize;

use super::{Row, table::thousandths};

/// One aim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Goal {
    /// The row that it is about, or the service.
    pub(crate) of: String,
    what: Measure,
    pub(crate) aim: u64,
    found: u64,
    met: bool,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Measure {
    /// At least so many thousandths of pgbench.
    RatioPermille,
    /// At most so many thousandths of a writing transaction for each operation.
    WritesPermille,
    /// At most so many microseconds for half of the operations.
    P50Us,
    /// At most so many microseconds for 99 of 100.
    P99Us,
    /// At most so many bytes of WAL for each operation.
    WalBytes,
    /// At most so many KiB in memory.
    ResidentKib,
}

use Measure::{P50Us, P99Us, RatioPermille, ResidentKib, WalBytes, WritesPermille};

const GOALS: [(&str, Measure, u64); 10] = [
    ("writer-credits-1000", RatioPermille, 3_500),
    ("writer-hot-1000", RatioPermille, 4_500),
    ("payments-256", RatioPermille, 2_000),
    ("batch-pay-1000", RatioPermille, 4_000),
    ("transfers-1", P50Us, 5_000),
    ("transfers-64", RatioPermille, 700),
    ("transfers-1000", RatioPermille, 1_000),
    ("transfers-1000", WritesPermille, 50),
    ("transfers-1000", P99Us, 150_000),
    ("transfers-1000", WalBytes, 3_000),
];
/// Of each service.
const RESIDENT_KIB: u64 = 50 * 1_024;

impl Measure {
    fn of(self, row: &Row) -> u64 {
        match self {
            RatioPermille => row.ratio_permille,
            WritesPermille => row.writes_permille,
            P50Us => row.p50_us,
            P99Us => row.p99_us,
            WalBytes => row.wal_bytes,
            ResidentKib => 0,
        }
    }

    fn is_met(self, aim: u64, found: u64) -> bool {
        if self == RatioPermille { found >= aim } else { found <= aim }
    }

    fn said(self, value: u64) -> String {
        match self {
            RatioPermille => format!("{} of pgbench", thousandths(value)),
            WritesPermille => format!("{} writing transactions each", thousandths(value)),
            P50Us => format!("p50 {} ms", thousandths(value)),
            P99Us => format!("p99 {} ms", thousandths(value)),
            WalBytes => format!("{value} bytes of WAL each"),
            ResidentKib => format!("{} MiB resident", value.div_ceil(1_024)),
        }
    }
}

impl Goal {
    fn new(of: &str, what: Measure, aim: u64, found: u64) -> Self {
        Self { of: of.to_owned(), what, aim, found, met: what.is_met(aim, found) }
    }

    /// Whether it is about speed beside pgbench.
    pub(crate) fn is_ratio(&self) -> bool {
        self.what == RatioPermille
    }

    /// As it is printed.
    pub(super) fn said(&self) -> String {
        let met = if self.met { "met   " } else { "MISSED" };
        let bound = if self.what == RatioPermille { "at least" } else { "at most" };
        let (found, aim) = (self.what.said(self.found), self.what.said(self.aim));
        format!("{met} {:<22} {found}, aim {bound} {aim}", self.of)
    }
}

/// Every goal whose row was measured; of memory only if the services were at work.
pub(super) fn judge(rows: &[Row], resident_kib: Option<&[(String, u64)]>) -> Vec<Goal> {
    let of = |(key, what, aim): &(&str, Measure, u64)| {
        let row = rows.iter().find(|row| row.key == *key)?;
        Some(Goal::new(key, *what, *aim, what.of(row)))
    };
    let services = resident_kib.into_iter().flatten();
    let memory = services.map(|(name, kib)| Goal::new(name, ResidentKib, RESIDENT_KIB, *kib));
    GOALS.iter().filter_map(of).chain(memory).collect()
}

#[test]
fn a_ratio_is_to_be_reached_and_a_cost_to_be_kept() {
    assert!(RatioPermille.is_met(700, 700) && !RatioPermille.is_met(700, 699));
    assert!(P99Us.is_met(150_000, 150_000) && !P99Us.is_met(150_000, 150_001));
}

#[test]
fn every_goal_is_about_a_row_of_the_full_plan() {
    use clap::Parser as _;
    let plan = crate::settings::Arguments::parse_from(["bench"]).plan();
    for (key, ..) in GOALS {
        assert!(plan.iter().any(|phased| phased.key == key), "{key}");
    }
}
