//! `with-postgres COMMAND…` runs a command beside a private PostgreSQL that ends with it. The command finds
//! the server's address in `GONGJI_TEST_POSTGRES`.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use testkit::postgres::{Durability, PrivatePostgres};

fn main() -> Result<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    let program = words.next().context("usage: with-postgres COMMAND [ARGUMENTS…]")?;
    let home = tempfile::Builder::new().prefix("gongji-pg-").tempdir()?;
    let postgres = PrivatePostgres::start(home.path(), Durability::Relaxed)?;
    let status =
        Command::new(program).args(words).env("GONGJI_TEST_POSTGRES", postgres.url("postgres")).status();
    postgres.stop()?;
    let code = status?.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
