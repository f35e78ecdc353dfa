//! The database server killed in the middle of everything, and started again: no service is, all of them work again soon,
//! and whatever was acknowledged is there.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Family, Scene, pool, wanted};
use futures::future::try_join_all;
use proto::kinship::Relation;
use testkit::people::{id, newcomer};
use tokio::join;

use crate::{AT_HOME, HOSPITAL, stage::Stage, work::Work};

const CALLERS: usize = 8;
/// How often the server dies unless `GONGJI_SERVER_KILLS` says otherwise.
const KILLS: usize = 2;
/// Answers between two deaths, and after the last.
const LIFETIME: usize = 100;
/// How long after the server answers again every service decides something again.
const SOON: Duration = Duration::from_secs(5);

pub(crate) async fn the_server_is_killed_twice_under_load(stage: &mut Stage) -> Result<()> {
    let kills = wanted("GONGJI_SERVER_KILLS", KILLS)?;
    let callers = stage.callers(CALLERS).await?;
    let family = callers[0].family.clone();
    let processes = processes(stage)?;
    let work = Work::of(callers);
    for _ in 0..kills {
        work.goes_on(LIFETIME).await?;
        let postgres = stage.postgres.as_mut().context("the server is this run's own")?;
        postgres.kill()?;
        // It ends with the thread that starts it, so it is this one that waits.
        let started = tokio::task::block_in_place(|| postgres.restart())?;
        let began = Instant::now();
        every_service_decides(&stage.scene, &family).await?;
        let soon = began.elapsed();
        eprintln!("the server was back after {started:?}, all services {soon:?} later");
        ensure!(soon <= SOON, "the services needed {soon:?}");
    }
    work.goes_on(LIFETIME).await?;
    let done = work.stop().await?;
    eprintln!("{} answers, {} requests sent again", done.answered, done.again);
    let kills = u64::try_from(kills)?;
    stage.fired("kills of the server", kills, kills);
    stage.fired("requests that nobody knew the end of", 1, u64::try_from(done.again)?);
    ensure!(self::processes(stage)? == processes, "a service was started again");
    for name in stage.scene.cluster.names().map(str::to_owned).collect::<Vec<_>>() {
        let ended = stage.scene.cluster.process_mut(&name)?.ended()?;
        ensure!(ended.is_none(), "{name} ended with {ended:?}");
    }
    try_join_all(done.callers.into_iter().map(async |mut caller| caller.ordinary().await)).await?;
    Ok(())
}

fn processes(stage: &Stage) -> Result<Vec<u32>> {
    let cluster = &stage.scene.cluster;
    cluster.names().map(|name| Ok(cluster.process(name)?.pid())).collect()
}

/// Asks every service but one to write something; an answer that is certain is enough.
async fn every_service_decides(scene: &Scene, family: &Family) -> Result<()> {
    let Family { sharer, beneficiary, .. } = family;
    let person = newcomer(pool(320_100), 1970, 0)?;
    let (bond, desk) = (id(), &scene.desk);
    let (payments, bills) = ([id(), id()], [scene.bill(HOSPITAL, "0.01"), scene.bill(AT_HOME, "0.01")]);
    let (registered, proposed, put, paid, paid_at_home) = join!(
        scene.certain(|| desk.register(&person, pool(320_100))),
        scene.certain(|| desk.propose(&bond, sharer, beneficiary, Relation::Sibling)),
        scene.certain(|| desk.put_institution(HOSPITAL, "第一医院", pool(510_100))),
        scene.certain(|| desk.pay(&payments[0], beneficiary, &bills[0])),
        scene.certain(|| desk.pay(&payments[1], sharer, &bills[1])),
    );
    for unknown in [registered.err(), proposed.err(), put.err(), paid.err(), paid_at_home.err()] {
        let is_open = unknown.as_ref().is_some_and(e2e::is_uncertain);
        ensure!(!is_open, "a service has not recovered: {unknown:?}");
    }
    Ok(())
}
