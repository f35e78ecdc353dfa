//! Five times more than there is room for: what is too much is refused at once and in words, what is taken is done,
//! nothing grows without bound, and when it is over everything is as before.
//!
//! Peak and overload are measured in the same run and compared with each other; no time of its own decides. The
//! bottleneck is the disk: each commit takes `GONGJI_OVERLOAD_COMMIT_MS` longer (0: the processors are the bottleneck).
//! `GONGJI_OVERLOAD_SECONDS` says how long it lasts, `GONGJI_OVERLOAD_IN_FLIGHT` how many calls a service may have at a
//! time, and `GONGJI_OVERLOAD_FAMILIES` how many send transfers.

#[path = "overload/drive.rs"]
mod drive;
#[path = "overload/work.rs"]
mod work;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use checker::{Hits, Plan, Run, history::Operation};
use e2e::{Scene, pool, time_of, wanted};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use self::{
    drive::{closed, open},
    work::{Payments, Transfers, Work},
};

const NANJING: &str = "H32010400123";
/// How much longer a commit takes.
const COMMIT_MS: usize = 100;
/// Callers who ask one after the other while the peak is measured.
const CALLERS: usize = 64;
const PEAK: Duration = Duration::from_secs(4);
/// So much more is offered than was done at the peak.
const TIMES: usize = 5;
/// Of the peak, so many hundredths must still be done, and of what is to be offered so many be offered.
const KEPT: usize = 80;
/// In this time everything must be as before.
const RECOVERY: Duration = Duration::from_secs(30);
const WINDOW: Duration = Duration::from_secs(1);
/// How much a process may grow, in KiB: what it may have in flight, and as much again for whatever keeps it.
const GROWTH: u64 = 128 * 1024;
const REST: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn five_times_the_capacity_is_shed_and_what_is_taken_is_done() -> Result<()> {
    let scene = Scene::start_with("overload", time_of("2026-03-10", 10, 0, 0), environment()?).await?;
    scene.institution(NANJING, pool(320_100)).await?;
    let families = wanted("GONGJI_OVERLOAD_FAMILIES", 24)?;
    let families: Vec<_> = stream::iter(0..families)
        .map(|_| scene.family(320_100, "5000.00", 510_100, true))
        .buffered(16)
        .try_collect()
        .await?;
    scene.pay(&families[0].sharer, NANJING, "0.01").await?;

    for service in ["wallet-32", "settlement"] {
        slow_down(&scene, service).await?;
    }
    let payments = Payments::new(&scene, &families, NANJING)?;
    let mut calls = overload(&scene, "wallet-32", payments, Operation::Payment).await?;
    let transfers = Transfers::new(&scene, &families)?;
    calls.extend(overload(&scene, "settlement", transfers, Operation::Transfer).await?);
    let sources = scene.sources()?;
    checker::settled(&sources, REST).await?;
    checker::check_with(&sources, &calls).await?.assert_clean();
    scene.close()
}

/// With a slow disk a batch is small, and what may wait is in proportion to what is done in a second.
fn environment() -> Result<Vec<(String, String)>> {
    let is_slow = wanted("GONGJI_OVERLOAD_COMMIT_MS", COMMIT_MS)? > 0;
    let in_flight = wanted("GONGJI_OVERLOAD_IN_FLIGHT", if is_slow { 128 } else { 2_048 })?;
    let mut environment = vec![("GONGJI_MAX_IN_FLIGHT".to_owned(), in_flight.to_string())];
    if is_slow {
        environment.push(("GONGJI_BATCH_LIMIT".to_owned(), "8".to_owned()));
    }
    Ok(environment)
}

/// Makes every commit of records take longer.
async fn slow_down(scene: &Scene, service: &str) -> Result<()> {
    let millis = wanted("GONGJI_OVERLOAD_COMMIT_MS", COMMIT_MS)?;
    let statements = format!(
        "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            PERFORM pg_sleep({millis} / 1000.0);
            RETURN NEW;
        END $$;
        CREATE TRIGGER slowly BEFORE INSERT ON batch FOR EACH ROW EXECUTE FUNCTION slowly();"
    );
    if millis > 0 {
        let mut conn = PgConnection::connect(scene.cluster.database(service)?).await?;
        sqlx::raw_sql(AssertSqlSafe(statements)).execute(&mut conn).await?;
        conn.close().await?;
    }
    Ok(())
}

/// Peak, overload and recovery of one service; gives the history.
async fn overload<W: Work>(
    scene: &Scene,
    service: &str,
    work: W,
    operation: Operation,
) -> Result<Vec<checker::history::Call>> {
    let seconds = Duration::from_secs(wanted("GONGJI_OVERLOAD_SECONDS", 10)? as u64);
    let work = std::sync::Arc::new(work);
    let pid = scene.cluster.process(service)?.pid();
    let peak = closed(&work, CALLERS, PEAK).await;
    ensure!(peak.shed == 0, "{service} refused {} of {CALLERS} callers", peak.shed);
    let before = resident(pid)?;
    let cpu = [cpu_of(pid)?, cpu_of(std::process::id())?];
    let flood = open(&work, TIMES * peak.rate(), seconds, || resident(pid)).await?;
    let cpu = [cpu_of(pid)? - cpu[0], cpu_of(std::process::id())? - cpu[1]];
    let began = Instant::now();
    let calm = loop {
        let window = closed(&work, CALLERS, WINDOW).await;
        if 100 * window.rate() >= KEPT * peak.rate() {
            break window;
        }
        ensure!(began.elapsed() < RECOVERY, "{service}: {window} after {RECOVERY:?}, {peak}");
    };
    eprintln!(
        "{service}: peak {peak}\n  overload {flood}\n  afterwards {calm}\n  {before} KiB grew to {} KiB, {} ticks of processor for it and {} for its callers",
        flood.largest, cpu[0], cpu[1]
    );
    let text = flood.to_string();
    ensure!(
        100 * flood.offered() >= KEPT * TIMES * peak.rate(),
        "too little was offered: {text}, peak {peak}"
    );
    ensure!(flood.shed > 0, "nothing was refused: {text}");
    ensure!(flood.unexplained.is_empty(), "{service}: {:?}", flood.unexplained);
    ensure!(100 * flood.rate() >= KEPT * peak.rate(), "{service}: {text} instead of {peak}");
    ensure!(flood.largest <= before + GROWTH, "{service} grew from {before} to {} KiB", flood.largest);

    checker::settled(&scene.sources()?, REST).await?;
    let shed = Hits { planned: 1, fired: flood.shed as u64 };
    let faults = [(format!("{service} sheds"), shed)].into();
    let calls = work.history();
    let verdict = checker::check_with(&scene.sources()?, &calls).await?;
    let plan = Plan { successes: [(operation, families_of(operation)?)].into(), unknowns: 0 };
    Run::of(verdict, &calls, faults, &plan).assert_passed();
    Ok(calls)
}

/// Each family pays often, and sends at least once.
fn families_of(operation: Operation) -> Result<usize> {
    let families = wanted("GONGJI_OVERLOAD_FAMILIES", 24)?;
    Ok(if operation == Operation::Transfer { families } else { 4 * families })
}

/// Memory that a process holds, in KiB.
fn resident(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("a process has memory")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Ticks of processor, hundredths of a second, that a process has used.
fn cpu_of(pid: u32) -> Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    // Its own, and the system's for it.
    Ok(fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum())
}
