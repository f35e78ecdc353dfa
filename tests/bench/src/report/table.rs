//! The report as a table for people.

use std::fmt;

use super::{Report, Row};

/// A number of thousandths with a point.
pub(crate) fn thousandths(value: u64) -> String {
    format!("{}.{:03}", value / 1_000, value % 1_000)
}

/// A number with commas.
pub(crate) fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

const LEGEND: &str = "\
writes: transactions that wrote, exact; commits: reading ones too, fsyncs of WAL and pages: whole pages in it, on
the whole server, as sessions report them; WAL B: bytes, those pages included; svc, PG, own: microseconds of the
processors in services, in PostgreSQL and in this program (callers, and the writer where it runs in process); all
per operation. Round trips are not counted: the server does not say. A payment in a batch takes as long as its call.";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (processors, fsync, rounds) = (self.processors, self.fsync_us, self.rounds);
        writeln!(
            f,
            "{processors} processors, fsync {fsync} us, rounds: {rounds}, medians; the callers share the machine."
        )?;
        writeln!(f, "PostgreSQL: {}\n", self.server.join(", "))?;
        let names = self.rows.iter().map(|row| row.said.chars().count());
        let wide = names.max().unwrap_or_default().max(46);
        writeln!(
            f,
            "{:<wide$} {:>7} {:>8} {:>8} {:>8} {:>7} {:>7} {:>7} {:>6} {:>6} {:>5} {:>5} {:>5}",
            "",
            "ops/s",
            "/pgbench",
            "p50 ms",
            "p99 ms",
            "writes",
            "commits",
            "fsyncs",
            "WAL B",
            "pages",
            "svc",
            "PG",
            "own"
        )?;
        let [eight, thirty_two] = [self.pgbench.clients_8, self.pgbench.clients_32];
        let name = format!("pgbench TPC-B-like (8: {eight}, 32: {thirty_two})");
        writeln!(f, "{name:<wide$} {:>7} {:>8}", self.pgbench.per_second, "1.000")?;
        for row in &self.rows {
            self.row(f, row, wide)?;
        }
        writeln!(f, "\n{LEGEND}")?;
        for gain in &self.gains {
            writeln!(f, "{} times as fast as naive: {}", thousandths(gain.times_permille), gain.said)?;
        }
        let resident = self.resident_kib.iter().map(|(name, kib)| format!("{name} {} MiB", kib / 1_024));
        writeln!(f, "Peak memory: {}", resident.collect::<Vec<_>>().join(", "))?;
        for goal in &self.goals {
            writeln!(f, "{}", goal.said())?;
        }
        for remark in &self.remarks {
            writeln!(f, "NOTE {remark}")?;
        }
        Ok(())
    }
}

impl Report {
    fn row(&self, f: &mut fmt::Formatter<'_>, row: &Row, wide: usize) -> fmt::Result {
        let [ratio, p50, p99, writes, commits, fsyncs, images] = [
            row.ratio_permille,
            row.p50_us,
            row.p99_us,
            row.writes_permille,
            row.commits_permille,
            row.fsyncs_permille,
            row.page_images_permille,
        ]
        .map(thousandths);
        // In process the writer's time is this program's.
        let services = if row.in_process { "-".to_owned() } else { row.services_cpu_us.to_string() };
        writeln!(
            f,
            "{:<wide$} {:>7} {ratio:>8} {p50:>8} {p99:>8} {writes:>7} {commits:>7} {fsyncs:>7} {:>6} {images:>6} {services:>5} \
             {:>5} {:>5}",
            row.said, row.per_second, row.wal_bytes, row.postgres_cpu_us, row.callers_cpu_us
        )
    }
}

#[test]
fn thousandths_are_written_with_a_point() {
    assert_eq!([0, 45, 1_300].map(thousandths), ["0.000", "0.045", "1.300"]);
}

#[test]
fn long_numbers_are_grouped() {
    assert_eq!([7, 1_000, 10_000_000].map(grouped), ["7", "1,000", "10,000,000"]);
}
