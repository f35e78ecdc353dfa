//! The checks can fail: every mistake that is built in where it could be made is made, and noticed; where none is made
//! nothing is noticed. What the pure core can do wrong shows in the simulated world, the rest in a cluster under load
//! and faults, of which the checker judges the databases and what callers were answered.
//!
//! `GONGJI_MISTAKES=all` plays in clusters also what a usual run leaves out; names with commas between play those.
#![cfg(debug_assertions)]

#[path = "world"]
mod world {
    pub(crate) mod base;
    pub(crate) mod book;
    pub(crate) mod civil;
    pub(crate) mod clients;
    pub(crate) mod judge;
    pub(crate) mod limits;
    pub(crate) mod network;
    pub(crate) mod people;
    pub(crate) mod process;
    pub(crate) mod sim;
    pub(crate) mod story;
    pub(crate) mod wire;
}
#[path = "mistakes/books.rs"]
mod books;
#[path = "mistakes/counter.rs"]
mod counter;
#[path = "mistakes/noticed.rs"]
mod noticed;
#[path = "mistakes/recovery.rs"]
mod recovery;
#[path = "mistakes/seeds.rs"]
mod seeds;
#[path = "mistakes/stage.rs"]
mod stage;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use checker::{Observer, Verdict};
use mistakes::{Mistake, make};

use crate::{
    noticed::{By, Happening, by},
    stage::Stage,
};

/// Between two looks at the databases.
const PAUSE: Duration = Duration::from_millis(200);
/// Histories in which a mistake must show.
const SEEDS: u64 = 2_000;

#[test]
fn every_mistake_of_the_pure_core_shows_in_the_simulated_world() {
    let (mut missed, mut telling) = (Vec::new(), Vec::new());
    for (mistake, words) in told_by_the_judge() {
        let (name, began) = (mistake.name(), Instant::now());
        make(Some(mistake));
        let caught = seeds::first_to_fail(0..SEEDS);
        make(None);
        let Some((seed, said)) = caught else {
            missed.push(format!("{name}: nothing in {SEEDS} histories"));
            continue;
        };
        let line: String = said.replace('\n', " ").chars().take(160).collect();
        eprintln!("{name}: history {seed}, {:.1} s: {line}", began.elapsed().as_secs_f64());
        if !said.contains(words) {
            missed.push(format!("{name}: something else was noticed: {said}"));
        }
        telling.push(seed);
    }
    telling.sort_unstable();
    telling.dedup();
    for seed in telling {
        let failed = seeds::first_to_fail(seed..seed + 1);
        assert!(failed.is_none(), "without a mistake history {seed} fails too: {failed:?}");
    }
    assert!(missed.is_empty(), "{} mistakes went unnoticed:\n{}", missed.len(), missed.join("\n"));
}

fn told_by_the_judge() -> Vec<(Mistake, &'static str)> {
    let words = |mistake| {
        by(mistake).into_iter().filter_map(|by| if let By::Judge(it) = by { Some(it) } else { None })
    };
    Mistake::ALL.iter().flat_map(|mistake| words(*mistake).map(|words| (*mistake, words))).collect()
}

/// Whether this run plays it in a cluster. What is prevented is left out by a usual one: the pure core shows it.
fn is_played(mistake: Mistake, by: &By) -> bool {
    match std::env::var("GONGJI_MISTAKES") {
        Err(_) => matches!(by, By::Checker { .. }),
        Ok(names) => names == "all" || names.split(',').any(|name| name == mistake.name()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_of_a_service_is_found_by_the_checker() -> Result<()> {
    let mut missed = Vec::new();
    for mistake in Mistake::ALL {
        for by in by(*mistake).into_iter().filter(|by| is_played(*mistake, by)) {
            let (name, began) = (mistake.name(), Instant::now());
            let said = match by {
                By::Judge(_) => continue,
                By::Checker { happening, broken } => found(*mistake, happening, broken).await,
                By::Prevented { happening, service, said } => {
                    prevented(*mistake, happening, service, said).await
                }
            };
            let said = said.context(name)?;
            eprintln!("{name}, {:.1} s: {}", began.elapsed().as_secs_f64(), said.replace('\n', " "));
            if let Some(said) = said.strip_prefix(MISSED) {
                missed.push(format!("{name}: {said}"));
            }
        }
    }
    assert!(missed.is_empty(), "{} mistakes were missed:\n{}", missed.len(), missed.join("\n"));
    Ok(())
}

/// How what is said of a mistake that was missed begins.
const MISSED: &str = "MISSED: ";

/// Plays what makes a mistake show; gives the first finding that names it, or what was found instead.
async fn found(mistake: Mistake, happening: Happening, broken: &[(&str, &str)]) -> Result<String> {
    let mut stage = Stage::open(Some(mistake)).await?;
    let early = watched(&mut stage, happening).await?;
    let (rest, verdict) = stage.verdict(happening.patience()).await?;
    let fits = |finding: &&checker::Finding| {
        let examples = [&finding.first, &finding.worst, &finding.last];
        broken.iter().any(|(invariant, words)| {
            finding.invariant == *invariant && examples.iter().any(|example| example.contains(words))
        })
    };
    let when =
        if early.findings.iter().any(|finding| fits(&finding)) { "seen at once" } else { "seen later" };
    let finding = verdict.findings.iter().find(fits);
    let said = match finding {
        Some(it) => format!("{when}, {} in {}, {} times: {}", it.invariant, it.place, it.count, it.first),
        None => format!("{MISSED}wanted one of {broken:?}; {rest:?}; found:\n{verdict}"),
    };
    happening.after(&mut stage).await?;
    stage.close()?;
    Ok(said)
}

/// Lets something happen while an observer looks at the databases; gives what the observer found.
async fn watched(stage: &mut Stage, happening: Happening) -> Result<Verdict> {
    if happening == Happening::Restored {
        // Nobody may look at a database that is exchanged.
        happening.play(stage).await?;
        return Ok(Verdict::default());
    }
    let (sources, mut observer) = (stage.scene.sources()?, Observer::default());
    observer.during(&sources, PAUSE, happening.play(stage)).await?;
    observer.look(&sources).await?;
    Ok(observer.verdict().clone())
}

/// Plays what would make a mistake show; gives the line in which the service says what stopped it.
async fn prevented(mistake: Mistake, happening: Happening, service: &str, words: &str) -> Result<String> {
    let mut stage = Stage::open(Some(mistake)).await?;
    happening.play(&mut stage).await?;
    let log = std::fs::read_to_string(stage.scene.cluster.process(service)?.log())?;
    let line = log.lines().find(|line| line.contains(words));
    let said = line.map_or_else(|| format!("{MISSED}{service} says nothing of {words}"), str::to_owned);
    stage.close()?;
    Ok(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_mistake_is_made_the_checker_finds_nothing() -> Result<()> {
    let mut stage = Stage::open(None).await?;
    for happening in Happening::HARMLESS {
        let began = Instant::now();
        let early = watched(&mut stage, happening).await.with_context(|| format!("{happening:?}"))?;
        early.assert_clean();
        let (rest, verdict) = stage.verdict(happening.patience()).await?;
        rest.with_context(|| format!("{happening:?}"))?;
        verdict.assert_clean();
        eprintln!("{happening:?}: {:.1} s", began.elapsed().as_secs_f64());
    }
    stage.close()
}
