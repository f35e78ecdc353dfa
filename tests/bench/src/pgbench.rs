//! The yardstick: PostgreSQL's own TPC-B-like benchmark on the server under test, from the same installation.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::Serialize;
use tokio::process::Command;

const DATABASE: &str = "tpcb";

/// pgbench and its tables.
pub(crate) struct Pgbench {
    program: PathBuf,
    url: String,
    seconds: String,
}

/// Transactions in a second, by the number of clients.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Rate {
    pub(crate) clients_8: u64,
    pub(crate) clients_32: u64,
}

impl Pgbench {
    /// Makes the tables. The program is the one that lies beside the running server's.
    pub(crate) async fn prepare(postmaster: u32, server: &str, scale: u32, seconds: u32) -> Result<Self> {
        let postgres = std::fs::read_link(format!("/proc/{postmaster}/exe"))
            .context("the server's program cannot be told")?;
        let program = postgres.with_file_name("pgbench");
        if !program.is_file() {
            bail!("{} is missing: apt-get install postgresql-contrib or postgresql", program.display());
        }
        testkit::database::on_server(server, DATABASE).await?;
        let base = server.rsplit_once('/').context("a server address ends with a database")?.0;
        let pgbench = Self { program, url: format!("{base}/{DATABASE}"), seconds: seconds.to_string() };
        pgbench.run(&["-i", "-q", "-s", &scale.to_string()]).await?;
        Ok(pgbench)
    }

    /// One run with 8 clients and one with 32.
    pub(crate) async fn rate(&self) -> Result<Rate> {
        Ok(Rate { clients_8: self.with("8").await?, clients_32: self.with("32").await? })
    }

    async fn with(&self, clients: &str) -> Result<u64> {
        let said = self.run(&["-n", "-M", "prepared", "-c", clients, "-j", "2", "-T", &self.seconds]).await?;
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
