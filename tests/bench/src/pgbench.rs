//! The yardstick: PostgreSQL's own TPC-B-like benchmark on the server under test, from the same installation.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use tokio::process::Command;

const DATABASE: &str = "tpcb";
const SCALE: &str = "10";
const CLIENTS: &str = "8";

/// pgbench and its tables.
pub(crate) struct Pgbench {
    program: PathBuf,
    url: String,
}

impl Pgbench {
    /// Makes the tables. The program is the one that lies beside the running server's.
    pub(crate) async fn prepare(postmaster: u32, server: &str) -> Result<Self> {
        let postgres = std::fs::read_link(format!("/proc/{postmaster}/exe"))
            .context("the server's program cannot be told")?;
        let program = postgres.with_file_name("pgbench");
        if !program.is_file() {
            bail!("{} is missing: apt-get install postgresql-contrib or postgresql", program.display());
        }
        testkit::database::on_server(server, DATABASE).await?;
        let base = server.rsplit_once('/').context("a server address ends with a database")?.0;
        let pgbench = Self { program, url: format!("{base}/{DATABASE}") };
        pgbench.run(&["-i", "-q", "-s", SCALE]).await?;
        Ok(pgbench)
    }

    /// Transactions in a second.
    pub(crate) async fn rate(&self, seconds: u32) -> Result<u64> {
        let seconds = seconds.to_string();
        let said = self.run(&["-n", "-M", "prepared", "-c", CLIENTS, "-j", "2", "-T", &seconds]).await?;
        rate_of(&said).with_context(|| format!("pgbench said no rate: {said}"))
    }

    async fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = Command::new(&self.program).args(arguments).arg(&self.url).output().await?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() {
            bail!("pgbench {arguments:?}: {}", complaint.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The whole part of `tps = 12345.678901 (without initial connection time)`.
fn rate_of(said: &str) -> Option<u64> {
    let rate = said.lines().find_map(|line| line.strip_prefix("tps = "))?;
    rate.split('.').next()?.parse().ok()
}

#[test]
fn the_rate_is_read_from_what_pgbench_says() {
    let said = "latency average = 0.612 ms\ninitial connection time = 9.8 ms\n\
                tps = 13072.119 (without initial connection time)\n";
    assert_eq!(rate_of(said), Some(13_072));
    assert_eq!(rate_of("pgbench: error"), None);
}
