//! Two settlement processes on one database: started at the same instant over the same work, and one that stood still
//! until the other had done everything and then goes on where it was.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures::future::try_join_all;
use proto::settlement::TransferState;
use testkit::{
    desk::Desk,
    faults::{Calls, Fault, Loss, Rule, Side},
    people::id,
};

use crate::stage::{APPLY, PATIENCE, Sent, Stage, calls_end};

const FIRST: &str = "settlement";
pub(crate) const SECOND: &str = "settlement-b";
const DUE: &str = "SELECT count(*) FROM progress WHERE due";
const TAKEN_OVER: &str = "work of silent processes was taken over";
/// After so long without a sign of life a process is taken for dead.
const LEASE: Duration = Duration::from_secs(15);

/// Both are told that the other is dead, so that both drive every transfer from the same state.
pub(crate) async fn two_coordinators_that_start_at_once_take_each_step_once(stage: &mut Stage) -> Result<()> {
    stage.morning().await?;
    stage.scene.cluster.start_second(FIRST, SECOND).await?;
    let waiting = stage.send(&stage.families[..14], "1.00").await?;
    let (claimed, declined) = waiting.split_at(8);
    stage.way("wallet-51")?.partition(Side::Requests);
    let calls: Vec<_> = claimed
        .iter()
        .map(|sent| (sent.clone(), true))
        .chain(declined.iter().map(|sent| (sent.clone(), false)))
        .map(|(sent, claims)| tokio::spawn(wish(stage.scene.desk.clone(), sent, claims)))
        .collect();
    let begun = stage.begin(&stage.families[14..22], "2.00");
    stage.until_number(FIRST, DUE, 22).await?;
    for name in [FIRST, SECOND] {
        stage.scene.cluster.process_mut(name)?.kill()?;
    }
    for call in calls {
        call.abort();
    }
    begun.iter().for_each(|begun| begun.call.abort());

    let before = [stage.logged(FIRST, TAKEN_OVER)?, stage.logged(SECOND, TAKEN_OVER)?];
    for name in [FIRST, SECOND] {
        stage.scene.cluster.start_again(name, &[])?;
    }
    for name in [FIRST, SECOND] {
        stage.scene.cluster.process_mut(name)?.serving().await?;
    }
    let both = async || {
        stage.execute(FIRST, "DELETE FROM process").await?;
        let now = [stage.logged(FIRST, TAKEN_OVER)?, stage.logged(SECOND, TAKEN_OVER)?];
        Ok((now[0] > before[0] && now[1] > before[1]).then_some(()))
    };
    stage.scene.eventually("each takes over what the other has", both).await?;
    let repeats = stage.counted("wallet-51")?;
    stage.way("wallet-51")?.heal();
    stage.until_number(FIRST, DUE, 0).await?;
    calls_end(std::slice::from_ref(&repeats)).await?;
    ensure!(repeats.count() >= 2, "only {} calls were made to the book by two processes", repeats.count());
    repeats.retire();

    for sent in claimed {
        stage.ends(&sent.transfer, &sent.family, TransferState::Claimed).await?;
    }
    for sent in declined {
        stage.ends(&sent.transfer, &sent.family, TransferState::Returned).await?;
    }
    let second = stage.desk_at(SECOND)?;
    for begun in &begun {
        stage.ends(&begun.transfer, &begun.family, TransferState::PendingClaim).await?;
        let claim = id();
        let by = &begun.family.beneficiary;
        stage.scene.certain(|| second.claim(&claim, &begun.transfer, by)).await?;
    }
    stage.scene.verdict().await?.assert_clean();
    Ok(())
}

async fn wish(desk: Desk, sent: Sent, claims: bool) {
    let by = &sent.family.beneficiary;
    // Nobody waits for the answer: its process is killed.
    let _ = if claims {
        desk.claim(&id(), &sent.transfer, by).await
    } else {
        desk.decline(&sent.transfer, by).await
    };
}

/// It has calls of all kinds in hand: one that is answered while it stands still, one that nobody ever answers, and
/// some that it has not made yet.
pub(crate) async fn a_coordinator_that_stood_still_past_its_lease_repeats_and_changes_nothing(
    stage: &mut Stage,
) -> Result<()> {
    stage.morning().await?;
    // A name of its own: nobody takes over from it before its lease is over.
    stage.scene.cluster.restart(FIRST, &[("GONGJI_INSTANCE", "first")]).await?;
    let way = stage.way("wallet-51")?;
    let answered = way.inflict(Rule::on(APPLY, Calls::Nth(1), Fault::Delay(Duration::from_secs(5))));
    let silent = way.inflict(Rule::on(APPLY, Calls::Nth(2), Fault::DropRequest(Loss::Silent)));
    let mut begun = stage.begin(&stage.families[..6], "4.00");
    answered.sees(1, PATIENCE).await?;
    begun.extend(stage.begin(&stage.families[6..12], "4.00"));
    silent.reach(1, PATIENCE).await?;
    begun.extend(stage.begin(&stage.families[12..18], "4.00"));
    stage.until_number(FIRST, DUE, 18).await?;
    stage.scene.cluster.process(FIRST)?.signal("STOP")?;
    let stopped = Instant::now();
    ensure!(answered.count() == 0, "the first call was answered before the process stood still");

    let taken_over = "SELECT count(*) FROM progress JOIN process ON process.id = owner
        WHERE due AND instance = 'first'";
    stage.until_number(FIRST, taken_over, 0).await?;
    stage.until_number(FIRST, DUE, 0).await?;
    ensure!(stopped.elapsed() > LEASE, "taken over after {:?}, before its lease was over", stopped.elapsed());
    ensure!(answered.count() == 1, "nothing was answered while it stood still");
    let second = stage.desk_at(SECOND)?;
    let go_on = begun.iter().enumerate().map(async |(number, begun)| {
        let (by, request) = (&begun.family.beneficiary, id());
        match number % 3 {
            0 => second.claim(&request, &begun.transfer, by).await.map(|_| ()).context("claiming"),
            1 => second.decline(&begun.transfer, by).await.map(|_| ()).context("declining"),
            _ => Ok(()),
        }
    });
    try_join_all(go_on).await?;
    // The books follow the first one's stream and hear nothing of it: only what settlement must do can come to rest.
    let ids: Vec<&str> = begun.iter().map(|begun| begun.transfer.as_str()).collect();
    let ended = format!(
        "SELECT count(*) FROM progress WHERE state_name IN ('CLAIMED', 'RETURNED') AND NOT due
        AND transfer = ANY('{{{}}}')",
        ids.join(",")
    );
    stage.until_number(FIRST, &ended, 12).await?;
    stage.until_number(FIRST, "SELECT count(*) FROM lot WHERE due", 0).await?;
    let before = standing(stage).await?;

    let repeats = [stage.counted("wallet-32")?, stage.counted("wallet-51")?];
    stage.scene.cluster.process(FIRST)?.signal("CONT")?;
    repeats[1].sees(1, PATIENCE).await?;
    let alive = "SELECT count(*) FROM process
        WHERE instance = 'first' AND heartbeat_at > clock_timestamp() - interval '5 seconds'";
    stage.until_number(FIRST, alive, 1).await?;
    calls_end(&repeats).await?;
    let after = standing(stage).await?;
    assert_eq!(before, after, "what the first one repeated changed something");
    let calls: u32 = repeats.iter().map(testkit::faults::Hits::count).sum();
    eprintln!("it stood still for {:?} and then made {calls} calls to books", stopped.elapsed());
    repeats.iter().for_each(testkit::faults::Hits::retire);
    begun.iter().for_each(|begun| begun.call.abort());

    let sent = stage.send(&stage.families[18..20], "8.00").await?;
    for sent in &sent {
        let (claim, by) = (id(), &sent.family.beneficiary);
        stage.scene.certain(|| stage.scene.desk.claim(&claim, &sent.transfer, by)).await?;
    }
    stage.scene.verdict().await?.assert_clean();
    Ok(())
}

/// Every transfer's state, and the end of every chain.
async fn standing(stage: &Stage) -> Result<Vec<String>> {
    let transfers = "SELECT concat_ws(' ', transfer, version, state, due, claimed_at, ended_at) FROM progress
        ORDER BY transfer";
    let mut all = stage.texts(FIRST, transfers).await?;
    for service in [FIRST, "wallet-32", "wallet-51", "wallet-63"] {
        let head = "SELECT concat_ws(' ', seq, encode(hash, 'hex')) FROM head";
        all.extend(stage.texts(service, head).await?.into_iter().map(|head| format!("{service} {head}")));
    }
    Ok(all)
}
