//! The machine that is measured: a private PostgreSQL that flushes what it acknowledges, and pgbench on it.

use std::{
    fs::File,
    io::{Seek, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Result, bail};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use testkit::postgres::{Durability, PrivatePostgres};

use crate::{cpu, pgbench::Pgbench, settings::Arguments, sql};

/// What the names of the product's databases begin with.
pub(crate) const PREFIX: &str = "bench_";

/// The server, its disk and its yardstick.
pub(crate) struct Machine {
    home: TempDir,
    postgres: PrivatePostgres,
    pub(crate) pgbench: Pgbench,
    /// Version and settings of the server.
    pub(crate) settings: Vec<String>,
}

impl Machine {
    /// Starts the server below `out`.
    pub(crate) async fn start(out: &Path, arguments: &Arguments) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("run-").tempdir_in(out)?;
        let postgres = PrivatePostgres::start(&home.path().join("postgres"), Durability::Full)?;
        let server = postgres.url("postgres");
        let mut conn = PgConnection::connect(&server).await?;
        if !sql::is_durable(&mut conn).await? {
            bail!("the server does not keep what it acknowledges: nothing to measure");
        }
        let settings = sql::settings(&mut conn).await?;
        conn.close().await?;
        let (scale, seconds) = (arguments.pgbench_scale, arguments.pgbench_seconds);
        let pgbench = Pgbench::prepare(postgres.pid(), &server, scale, seconds).await?;
        Ok(Self { home, postgres, pgbench, settings })
    }

    /// A folder of its own for a part of the run.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The address of the server.
    pub(crate) fn server(&self) -> String {
        self.postgres.url("postgres")
    }

    /// A session of our own.
    pub(crate) async fn control(&self) -> Result<PgConnection> {
        Ok(PgConnection::connect(&self.server()).await?)
    }

    /// Processor time used so far, by these services among others.
    pub(crate) fn usage(&self, services: &[u32]) -> Result<cpu::Usage> {
        cpu::Usage::now(services, self.postgres.pid())
    }

    /// What it costs to flush 8 kB to the disk on which the databases lie: the median, in microseconds.
    pub(crate) fn fsync_micros(&self) -> Result<u64> {
        let mut file = File::create(self.folder("fsync"))?;
        let mut times = Vec::new();
        for _ in 0..300 {
            file.rewind()?;
            file.write_all(&[1; 8_192])?;
            let began = Instant::now();
            file.sync_data()?;
            times.push(u64::try_from(began.elapsed().as_micros())?);
        }
        times.sort_unstable();
        Ok(times[times.len() / 2])
    }

    /// Stops the server; data and logs are kept only for an unhappy end.
    pub(crate) fn stop(self, happy: bool) -> Result<()> {
        if !happy {
            eprintln!("bench: logs and data are kept in {}", self.home.keep().display());
        }
        self.postgres.stop()?;
        Ok(())
    }
}
