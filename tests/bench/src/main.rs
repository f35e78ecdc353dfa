//! How fast the book writer, payments and whole transfers are, beside pgbench on the same PostgreSQL in the same
//! run.
//!
//! Everything measured is the product: its writer, its processes, their databases, fsync on, calls over gRPC.
//! Nothing is stubbed, and a run whose books do not pass the checker afterwards prints no table.

mod book;
mod chart;
mod country;
mod cpu;
mod growth;
mod load;
mod machine;
mod meter;
mod pgbench;
mod progress;
mod report;
mod rounds;
mod settings;
mod sql;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context, Result, bail};
use clap::Parser;
use testkit::process;

use crate::{
    book::Book,
    country::Country,
    machine::Machine,
    progress::Progress,
    report::{Found, Report},
    rounds::Stage,
    settings::{Arguments, Part, Phased},
};

/// The services' programs, which lie beside this one.
const PROGRAMS: [&str; 4] = ["identity", "kinship-registry", "settlement", "wallet"];

fn main() -> ExitCode {
    let arguments = Arguments::parse().settled();
    // PostgreSQL and the services end with the thread that starts them, and one thread is the cheapest caller.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(run(arguments))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<()> {
    let out = output_folder()?;
    let plan = arguments.plan();
    let steps = rounds::steps(&arguments, &plan) + growth::steps(&arguments.growth);
    let progress = Progress::new(steps + 8);
    let (mut stage, plan, remarks) = set_up(&out, &arguments, plan, &progress).await?;
    let measured = measure(&mut stage, &arguments, plan, &progress).await;
    stage.stop(measured.is_ok()).await?;
    let found = measured?;
    progress.done();
    write(&out, &Report::of(arguments, found, remarks)?)
}

/// Starts what the plan needs; leaves out of it what cannot be measured, and says so.
async fn set_up(
    out: &Path,
    arguments: &Arguments,
    mut plan: Vec<Phased>,
    progress: &Progress,
) -> Result<(Stage, Vec<Phased>, Vec<String>)> {
    progress.step("PostgreSQL with fsync, and pgbench's tables");
    let machine = Machine::start(out, arguments).await?;
    let mut remarks = Vec::new();
    progress.step("the services");
    let mut country = Country::start(&machine, false).await?;
    let remote = |phased: &Phased| phased.operation.is_remote();
    if plan.iter().any(|phased| remote(phased) && phased.part != Part::Naive) {
        people(&mut country, arguments.families, progress).await?;
    }
    let mut naive = None;
    if plan.iter().any(|phased| remote(phased) && phased.part == Part::Naive) {
        progress.step("the naive services");
        let mut services = Country::start(&machine, true).await?;
        people(&mut services, arguments.naive_families(), progress).await?;
        if !services.is_naive(&machine).await? {
            plan.retain(|phased| !remote(phased) || phased.part != Part::Naive);
            remarks
                .push("the services share transactions although told not to: not measured naive".to_owned());
        }
        naive = Some(services);
    }
    let mut book = None;
    if !plan.iter().all(remote) {
        progress.step(&format!("a book with {} persons", arguments.accounts));
        let opened = Book::open(&machine, "book").await?;
        opened.fill(arguments.accounts).await?;
        book = Some(opened);
    }
    Ok((Stage { machine, book, country, naive }, plan, remarks))
}

async fn people(country: &mut Country, families: u32, progress: &Progress) -> Result<()> {
    progress.step(&format!("{families} families"));
    let began = Instant::now();
    country.settle(families).await?;
    progress.step(&format!("they took {} s to set up", began.elapsed().as_secs()));
    Ok(())
}

/// The rounds, the checker, and what is looked at once.
async fn measure(
    stage: &mut Stage,
    arguments: &Arguments,
    plan: Vec<Phased>,
    progress: &Progress,
) -> Result<Found> {
    let rounds = rounds::all(stage, arguments, &plan, progress).await?;
    let resident_kib = stage.country.resident()?;
    let fsync_us = stage.machine.fsync_micros()?;
    progress.step("the checker");
    stage.judge().await?;
    let grown = match &arguments.growth[..] {
        [] => vec![],
        sizes => growth::all(&stage.machine, sizes, arguments.commands, progress).await?,
    };
    let server = stage.machine.settings.clone();
    Ok(Found { plan, rounds, grown, resident_kib, fsync_us, server })
}

fn write(out: &Path, report: &Report) -> Result<()> {
    let (json, svg) = (out.join("result.json"), out.join("result.svg"));
    fs::write(&json, serde_json::to_string_pretty(report)? + "\n")
        .with_context(|| format!("{} could not be written", json.display()))?;
    fs::write(&svg, chart::svg(report)?)
        .with_context(|| format!("{} could not be written", svg.display()))?;
    let (json, svg) = (json.display(), svg.display());
    writeln!(
        std::io::stdout().lock(),
        "{report}\nThe checker found nothing. As JSON: {json}, as a chart: {svg}"
    )?;
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
