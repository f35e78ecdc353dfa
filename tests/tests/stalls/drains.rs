//! A process that is told to end while people use it: it answers what it has, loses nothing that it acknowledged, and
//! the next one goes on. One that does not end in its time is killed, and the next one goes on all the same.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use checker::{Hits, Plan, Run, history::Operation};
use proto::settlement::TransferState;
use testkit::{
    faults::{Calls, Fault, Rule, Side},
    people::id,
};

use crate::{
    load::Load,
    stage::{APPLY, HOSPITAL, REST, Stage},
};

const SETTLEMENT: &str = "settlement";
const BOOK: &str = "wallet-51";
/// How long a process may take for calls that run when it is told to end, and a moment for the rest.
const GRACE: Duration = Duration::from_secs(12);
/// Before this a killed one is still waiting for what it has.
const IMPATIENCE: Duration = Duration::from_secs(2);
/// In this time the next process must have gone on.
const TAKEN_UP: Duration = Duration::from_secs(5);
/// Each call to a book takes so much longer.
const SLOW: Duration = Duration::from_millis(150);
/// Answers before somebody is told to end, and after.
const TRAFFIC: usize = 60;

pub(crate) async fn whoever_is_told_to_end_under_load_loses_nothing(stage: &mut Stage) -> Result<()> {
    stage.morning().await?;
    let families = stage.families[..16].to_vec();
    stage.scene.pay(&families[0].beneficiary, HOSPITAL, "1.00").await?;
    let slow = stage.way(BOOK)?.inflict(Rule::on(APPLY, Calls::All, Fault::Delay(SLOW)));
    let load = Load::start(stage, &families)?;
    let mut faults = BTreeMap::new();
    for service in [SETTLEMENT, BOOK, "wallet-32"] {
        load.goes_on(TRAFFIC).await?;
        let took = stage.drained(service, GRACE).await?;
        stage.scene.cluster.restart(service, &[]).await?;
        eprintln!("{service} ended in {took:?} with what it had");
        faults.insert(format!("{service} told to end"), Hits { planned: 1, fired: 1 });
        load.goes_on(TRAFFIC).await?;
    }
    let calls = load.stop().await?;
    faults.insert("slow calls".to_owned(), Hits { planned: 10, fired: slow.count().into() });
    slow.retire();

    let sources = stage.scene.sources()?;
    checker::settled(&sources, REST).await?;
    let verdict = checker::check_with(&sources, &calls).await?;
    let wanted = [
        (Operation::Credit, TRAFFIC),
        (Operation::Transfer, families.len()),
        (Operation::Claim, families.len()),
        (Operation::Payment, TRAFFIC),
    ];
    let plan = Plan { successes: BTreeMap::from(wanted), unknowns: 0 };
    Run::of(verdict, &calls, faults, &plan).assert_passed();
    Ok(())
}

/// What it waits for does not come: it is killed at the end of its time, as Kubernetes would.
pub(crate) async fn one_that_is_killed_while_it_drains_is_followed_within_seconds(
    stage: &mut Stage,
) -> Result<()> {
    stage.morning().await?;
    stage.way(BOOK)?.partition(Side::Requests);
    let begun = stage.begin(&stage.families[..20], "4.00");
    stage.until_number(SETTLEMENT, "SELECT count(*) FROM progress WHERE due", 20).await?;
    stage.scene.cluster.process(SETTLEMENT)?.signal("TERM")?;
    let told = Instant::now();
    let patience = async || Ok((told.elapsed() >= IMPATIENCE).then_some(()));
    stage.scene.eventually("the end of its time", patience).await?;
    let process = stage.scene.cluster.process_mut(SETTLEMENT)?;
    ensure!(process.ended()?.is_none(), "it has ended already and cannot be killed while it drains");
    process.kill()?;
    stage.way(BOOK)?.heal();
    stage.scene.cluster.restart(SETTLEMENT, &[]).await?;
    let serving = Instant::now();
    stage.until_number(SETTLEMENT, "SELECT count(*) FROM progress WHERE due", 0).await?;
    let took = serving.elapsed();
    eprintln!("the next process had taken 20 transfers to their books {took:?} after it served");
    ensure!(took < TAKEN_UP, "{took:?}");
    let mut unanswered = 0;
    for begun in &begun {
        stage.ends(&begun.transfer, &begun.family, TransferState::PendingClaim).await?;
    }
    for begun in begun {
        unanswered += usize::from(begun.call.await?.is_err());
    }
    ensure!(unanswered > 0, "everybody was answered before the kill");
    let sent = stage.send(&stage.families[20..21], "1.00").await?;
    let (claim, by) = (id(), &sent[0].family.beneficiary);
    stage.scene.certain(|| stage.scene.desk.claim(&claim, &sent[0].transfer, by)).await?;
    stage.scene.verdict().await?.assert_clean();
    Ok(())
}
