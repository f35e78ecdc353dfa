//! A book says no, its answer is lost, and the claim has ended before anybody asks again.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{Family, Scene, time_of, until};
use proto::settlement::{ReturnCause, Transfer, TransferState};
use testkit::{
    faults::{Calls, Fault, Loss, Rule},
    people::id,
};

/// The call by which settlement has a book do something.
const APPLY: &str = "/gongji.wallet.v1.BookService/Apply";
const PATIENCE: Duration = Duration::from_secs(15);

/// Sends 100.01 while nobody hears `book`, ends the claim at 06:00 of `day`, and gives the transfer as it ends.
async fn ends(scene: &mut Scene, family: &Family, book: &str, day: &str) -> Result<Transfer> {
    let transfer = id();
    let lost = Rule::on(APPLY, Calls::All, Fault::DropReply(Loss::Broken));
    let lost = scene.cluster.proxy("settlement", book)?.inflict(lost);
    let sent = tokio::spawn({
        let (desk, transfer, family) = (scene.desk.clone(), transfer.clone(), family.clone());
        let Family { sharer, beneficiary, bond } = family;
        async move { desk.send(&transfer, &bond, &sharer, &beneficiary, "100.01").await }
    });
    lost.reach(1, PATIENCE).await?;
    scene.cluster.set_clock(time_of(day, 6, 0, 30)).await?;
    // Whatever it answers, it is not refused yet.
    let _ = sent.await?;
    scene.desk.until_state(&transfer, &family.sharer, TransferState::Closing).await?;
    ensure!(lost.carried_out() >= 1, "the book was asked and nobody heard it");
    scene.cluster.proxy("settlement", book)?.calm();
    let state = TransferState::Refused;
    scene.desk.until_state(&transfer, &family.sharer, state).await
}

async fn account_is(scene: &Scene, family: &Family, available: &str) -> Result<()> {
    let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    assert_eq!((account.available.as_str(), account.earmarked.as_str()), (available, "0.00"));
    Ok(())
}

/// That the day's slot is free again is what the checker counts.
pub(crate) async fn a_refused_earmark_that_nobody_heard_of_ends_as_refused(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "100.00", 510_100, false).await?;
    let end = ends(scene, &family, "wallet-32", "2026-03-11").await?;
    assert_eq!(end.return_cause(), ReturnCause::Unspecified);
    assert_eq!(end.refusal.unwrap_or_default().reason, "INSUFFICIENT_BALANCE");
    account_is(scene, &family, "100.00").await
}

pub(crate) async fn a_refused_grant_that_nobody_heard_of_ends_as_refused(scene: &mut Scene) -> Result<()> {
    scene.cluster.set_clock(time_of("2026-03-11", 8, 0, 0)).await?;
    let family = scene.family(320_100, "200.00", 510_100, false).await?;
    until("freezing", || scene.desk.freeze(&family.beneficiary)).await?;
    let end = ends(scene, &family, "wallet-51", "2026-03-12").await?;
    assert_eq!(end.return_cause(), ReturnCause::Unspecified);
    assert_eq!(end.refusal.unwrap_or_default().reason, "WALLET_FROZEN");
    account_is(scene, &family, "200.00").await
}
