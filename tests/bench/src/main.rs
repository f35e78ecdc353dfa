//! How fast whole transfers and payments are, beside pgbench on the same PostgreSQL in the same run.
//!
//! Everything measured is the product: release processes, their databases, fsync on, calls over gRPC. Nothing
//! is stubbed, and a run whose books do not pass the checker afterwards prints no table.

mod cpu;
mod load;
mod meter;
mod pgbench;
mod place;
mod progress;
mod report;
mod rounds;
mod sql;

use std::{fs, io::Write, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};
use clap::Parser;
use testkit::process;

use crate::{place::Place, progress::Progress, report::Report};

/// The services' programs, which lie beside this one.
const PROGRAMS: [&str; 4] = ["identity", "kinship-registry", "settlement", "wallet"];

/// Measures transfers and payments beside pgbench.
#[derive(Clone, Debug, Parser)]
#[command(name = "bench")]
pub(crate) struct Arguments {
    /// Rounds; the table shows medians
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    rounds: u8,
    /// Families; each sends at most three transfers on the civil day of a round
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(300..=30_000))]
    families: u32,
    /// Transfers of a round one after the other
    #[arg(long, default_value_t = 500)]
    alone: u32,
    /// Payments of a round
    #[arg(long, default_value_t = 10_000)]
    payments: u32,
    /// Seconds of each pgbench run; there are four in a round
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=600))]
    pgbench_seconds: u32,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // PostgreSQL and the services end with the thread that starts them, and one thread is the cheapest caller.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(run(&arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    let out = output_folder()?;
    let progress = Progress::new(u64::from(arguments.rounds) * rounds::STEPS + 4);
    let mut place = Place::start(&out, arguments, &progress).await?;
    let rounds = rounds::all(&mut place, arguments, &progress).await;
    let resident = place.resident();
    let judged = match rounds {
        Ok(_) => place.judge(&progress).await,
        Err(_) => Ok(()),
    };
    let fsync = place.fsync_micros();
    place.stop(rounds.is_ok() && judged.is_ok()).await?;
    let rounds = rounds?;
    judged?;
    progress.done();
    let report = Report::of(arguments, fsync?, resident?, rounds)?;
    let json = out.join("result.json");
    fs::write(&json, serde_json::to_string_pretty(&report)? + "\n")
        .with_context(|| format!("{} could not be written", json.display()))?;
    writeln!(std::io::stdout().lock(), "{report}\nThe checker found nothing. As JSON: {}", json.display())?;
    Ok(())
}

/// `target/bench`; fails if a service is not built.
fn output_folder() -> Result<PathBuf> {
    let programs = process::programs()?;
    let missing: Vec<&str> =
        PROGRAMS.into_iter().filter(|program| !programs.join(program).is_file()).collect();
    if !missing.is_empty() {
        bail!(
            "{} not in {}: build them first with `cargo build --release --workspace --bins`",
            missing.join(", "),
            programs.display()
        );
    }
    let out = programs.parent().context("programs lie below the target folder")?.join("bench");
    fs::create_dir_all(&out)?;
    Ok(out)
}
