//! A few rows among many that the coordinator cannot read: all others finish, these are kept aside and shown to
//! whoever operates it, and once they are put right they finish as well.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use e2e::{detail, is_uncertain};
use futures::future::try_join_all;
use proto::settlement::{
    ListParkedRequest, TransferState, operations_service_client::OperationsServiceClient,
};
use testkit::{desk::under, faults::Side, people::id};

use crate::stage::{Begun, Stage};

const SETTLEMENT: &str = "settlement";
/// What is done to a row, and whether the coordinator reports the transfer as parked; one of a later version is left
/// to a process that knows it.
const HARM: [(&str, bool); 4] = [
    (r#"state = '{"TELEPORTED":{"hop":0}}'"#, true),
    (r#"state = '{"ACCEPTED":{"auto'"#, true),
    (r#"state = '{"PENDING_CLAIM":{"hop":-1}}'"#, true),
    ("definition = 2", false),
];

pub(crate) async fn what_cannot_be_read_is_kept_aside_and_holds_up_nobody(stage: &mut Stage) -> Result<()> {
    stage.morning().await?;
    let many = i64::try_from(stage.families.len())?;
    stage.way("wallet-51")?.partition(Side::Requests);
    let begun = stage.begin(&stage.families, "1.00");
    let due = "SELECT count(*) FROM progress WHERE due AND state_name = 'ACCEPTED'";
    stage.until_number(SETTLEMENT, due, many).await?;
    for name in stage.scene.cluster.names().map(str::to_owned).collect::<Vec<_>>() {
        if name.starts_with(SETTLEMENT) {
            stage.scene.cluster.process_mut(&name)?.kill()?;
        }
    }
    begun.iter().for_each(|begun| begun.call.abort());
    // Spread over the order in which rows are looked at.
    let spread: Vec<&Begun> = begun.iter().step_by(begun.len() / HARM.len()).take(HARM.len()).collect();
    harm(stage, &spread).await?;
    stage.way("wallet-51")?.heal();
    stage.scene.cluster.restart(SETTLEMENT, &[]).await?;

    let others = "SELECT count(*) FROM progress WHERE state_name = 'PENDING_CLAIM' AND NOT due";
    stage.until_number(SETTLEMENT, others, many - i64::try_from(HARM.len())?).await?;
    let readable: Vec<&Begun> =
        begun.iter().filter(|begun| spread.iter().all(|bad| bad.transfer != begun.transfer)).collect();
    let claims = readable.iter().take(8).map(async |begun| {
        let (claim, by) = (id(), &begun.family.beneficiary);
        stage.scene.certain(|| stage.scene.desk.claim(&claim, &begun.transfer, by)).await
    });
    try_join_all(claims).await.context("claiming beside what cannot be read")?;
    are_reported(stage, &spread).await?;
    // Each database still holds together; between them the harmed ones are unfinished.
    checker::check_each(&stage.scene.sources()?).await?.assert_clean();

    stage.scene.cluster.process_mut(SETTLEMENT)?.kill()?;
    put_right(stage).await?;
    stage.scene.cluster.restart(SETTLEMENT, &[]).await?;
    for begun in spread {
        stage.ends(&begun.transfer, &begun.family, TransferState::PendingClaim).await?;
    }
    stage.scene.verdict().await?.assert_clean();
    Ok(())
}

async fn harm(stage: &Stage, spread: &[&Begun]) -> Result<()> {
    stage.execute(SETTLEMENT, "CREATE TABLE kept AS SELECT * FROM progress WHERE false").await?;
    for (begun, (change, _)) in spread.iter().zip(HARM) {
        let row = format!("WHERE transfer = '{}'", begun.transfer);
        let keep = format!("INSERT INTO kept SELECT * FROM progress {row};");
        stage.execute(SETTLEMENT, &format!("{keep} UPDATE progress SET {change} {row}")).await?;
    }
    ensure!(stage.number(SETTLEMENT, "SELECT count(*) FROM kept").await? == 4, "four rows were harmed");
    Ok(())
}

/// What an operator would do: the rows as they were, and nothing parked any more.
async fn put_right(stage: &Stage) -> Result<()> {
    let back = "UPDATE progress AS p SET state = k.state, definition = k.definition, due = k.due,
            timer_at = k.timer_at, parked_at = NULL, park_step = NULL, park_error = NULL
        FROM kept AS k WHERE k.transfer = p.transfer AND k.version = p.version;
        DELETE FROM kept AS k USING progress AS p
        WHERE k.transfer = p.transfer AND k.state = p.state AND p.parked_at IS NULL";
    stage.execute(SETTLEMENT, back).await?;
    let left = stage.number(SETTLEMENT, "SELECT count(*) FROM kept").await?;
    ensure!(left == 0, "{left} rows have moved on although nobody could read them");
    stage.execute(SETTLEMENT, "DROP TABLE kept").await
}

/// To operators as parked, or in the log as left alone; to people in words that refuse nothing.
async fn are_reported(stage: &Stage, spread: &[&Begun]) -> Result<()> {
    let parked: BTreeSet<&str> = spread
        .iter()
        .zip(HARM)
        .filter(|(_, (_, parked))| *parked)
        .map(|(b, _)| b.transfer.as_str())
        .collect();
    let look = async || {
        let mut operations = OperationsServiceClient::new(stage.scene.channel(SETTLEMENT));
        let request = ListParkedRequest { page_size: 500, page_token: String::new() };
        let reply = operations.list_parked(under("centre", request)).await?.into_inner();
        let found: BTreeSet<&str> = reply.parked.iter().map(|row| row.transfer_id.as_str()).collect();
        ensure!(found == parked, "parked are {:?}", reply.parked);
        let worded = reply.parked.iter().all(|row| row.error.contains("state") && row.parked_time.is_some());
        ensure!(worded, "{:?}", reply.parked);
        Ok(Some(()))
    };
    stage.scene.eventually("what cannot be read is listed", look).await?;
    let left_alone = async || {
        let lines = stage.logged(SETTLEMENT, "were written by another version and are left to it")?;
        Ok((lines > 0).then_some(()))
    };
    stage.scene.eventually("a line says what is left alone", left_alone).await?;
    for begun in spread {
        for by in [&begun.family.sharer, &begun.family.beneficiary] {
            let shown = stage.scene.desk.transfer(&begun.transfer, by).await;
            let status = shown.err().context("what cannot be read is not shown")?;
            ensure!(is_uncertain(&status), "{status:?}");
        }
        let claimed = stage.scene.desk.claim(&id(), &begun.transfer, &begun.family.beneficiary).await;
        let status = claimed.err().context("what cannot be read cannot be claimed")?;
        ensure!(is_uncertain(&status) && !detail(&status, "what_to_do_zh").is_empty(), "{status:?}");
    }
    Ok(())
}
