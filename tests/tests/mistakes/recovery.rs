//! What happens to settlement: it dies while it stores what a book has told, it does not hear an answer, and among the
//! rows that it takes up is one that it cannot read.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::Order;
use futures::future::join_all;
use proto::settlement::TransferState;
use sqlx::{Connection, PgConnection};
use testkit::{
    faults::{Calls, Fault, Loss, Rule},
    people::id,
};
use tokio::time::timeout;

use crate::stage::{HOSPITAL, SHARER, Stage};

/// The call by which settlement has a book do something.
const APPLY: &str = "/gongji.wallet.v1.BookService/Apply";
/// So long after its start a process has taken up what another one left, and brought it on.
pub(crate) const TAKEN_UP: Duration = Duration::from_secs(7);
/// Families whose transfers are under way when settlement ends.
const FAMILIES: usize = 3;

/// A payment that settlement hears of when it starts is the one it dies of.
pub(crate) async fn dies_while_it_follows(stage: &mut Stage) -> Result<()> {
    let family = stage.family().await?;
    stage.quiet().await?;
    stage.kill("settlement")?;
    let bill = stage.scene.bill(HOSPITAL, "0.40");
    stage.told(&Order::payment(&family.beneficiary, &bill)).await?;
    stage.spoil_until_it_dies("settlement", "batch.before_commit@followed").await?;
    stage.mend("settlement").await
}

/// The sharer's book has set money aside, and settlement does not hear of it.
pub(crate) async fn loses_an_answer(stage: &mut Stage) -> Result<()> {
    let family = stage.family().await?;
    stage.spoil("settlement").await?;
    stage.quiet().await?;
    let proxy = stage.scene.cluster.proxy("settlement", SHARER)?;
    let hits = proxy.inflict(Rule::on(APPLY, Calls::First(1), Fault::DropReply(Loss::Broken)));
    let transfer = id();
    stage.scene.send(&transfer, &family, "2.00").await?;
    stage.scene.desk.until_state(&transfer, &family.sharer, TransferState::Claimed).await?;
    ensure!(hits.carried_out() == 1, "{} answers were lost", hits.carried_out());
    proxy.calm();
    Ok(())
}

/// Transfers wait for the sharer's book when settlement ends; the first of them is damaged.
pub(crate) async fn finds_an_unreadable_row(stage: &mut Stage) -> Result<()> {
    let mut families = Vec::new();
    for _ in 0..FAMILIES {
        families.push(stage.family().await?);
    }
    stage.quiet().await?;
    stage.kill(SHARER)?;
    let ids: Vec<String> = (0..FAMILIES).map(|_| id()).collect();
    // Nobody can answer yet.
    let sends = ids
        .iter()
        .zip(&families)
        .map(|(id, family)| timeout(Duration::from_secs(2), stage.scene.send(id, family, "2.00")));
    join_all(sends).await;
    ensure!(under_way(stage).await? == FAMILIES, "not every transfer was accepted");
    stage.kill("settlement")?;
    let damage = "UPDATE progress SET state = '{'
        WHERE transfer = (SELECT transfer FROM progress WHERE due ORDER BY transfer LIMIT 1)";
    stage.execute("settlement", damage).await?;
    stage.mend(SHARER).await?;
    stage.spoil("settlement").await
}

/// The others are taken up once the mistake is not made any more.
pub(crate) async fn goes_on_without_the_mistake(stage: &mut Stage) -> Result<()> {
    stage.mend("settlement").await?;
    let stage = &*stage;
    let done = async || Ok((under_way(stage).await? == 0).then_some(()));
    let going_on = stage.scene.eventually("the other transfers go on", done);
    timeout(TAKEN_UP, going_on).await.context("the judgement did not wait long enough")??;
    let (_, verdict) = stage.verdict(Duration::ZERO).await?;
    verdict.expecting("PARKED").assert_clean();
    Ok(())
}

/// Transfers for which a book must be told something.
async fn under_way(stage: &Stage) -> Result<usize> {
    let mut conn = PgConnection::connect(stage.scene.cluster.database("settlement")?).await?;
    let due = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM progress WHERE due");
    Ok(usize::try_from(due.fetch_one(&mut conn).await?)?)
}
