//! Two calls in the order in which nobody sent them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Scene, assert_refused, time_of};
use proto::settlement::TransferState;
use testkit::{
    cluster::CLIENT,
    faults::{Calls, Fault, Rule, When},
    people::id,
};

use super::{
    APPLY, calm,
    life::Life,
    losses::{CLAIM, CREATE, DECLINE},
};

const PATIENCE: Duration = Duration::from_secs(5);

fn swap(method: &str, behind: &str) -> Rule {
    Rule::on(method, Calls::Nth(1), Fault::Swap { behind: behind.to_owned(), patience: PATIENCE })
}

pub(crate) async fn a_claim_and_a_decline_are_swapped(scene: &mut Scene) -> Result<()> {
    let life = Life(scene);
    let proxy = scene.cluster.proxy(CLIENT, "settlement")?;
    for (first, second, end) in
        [(CLAIM, DECLINE, TransferState::Returned), (DECLINE, CLAIM, TransferState::Claimed)]
    {
        let family = life.family(320_100, 510_100).await?;
        let by = &family.beneficiary;
        let transfer = life.send(&family, "8.00").await?;
        life.until(&transfer, &family, TransferState::PendingClaim).await?;
        let held = proxy.inflict(swap(first, second));
        let request = id();
        let claim = async {
            if second == CLAIM {
                held.sees(1, PATIENCE).await?;
            }
            anyhow::Ok(scene.desk.claim(&request, &transfer, by).await)
        };
        let decline = async {
            if second == DECLINE {
                held.sees(1, PATIENCE).await?;
            }
            anyhow::Ok(scene.desk.decline(&transfer, by).await)
        };
        let (claimed, declined) = tokio::try_join!(claim, decline)?;
        ensure!(held.count() == 1, "{first} was not overtaken");
        let (passed, refused) = if second == CLAIM { (claimed, declined) } else { (declined, claimed) };
        passed.context("the one that came first")?;
        assert_refused(refused, "TRANSFER_NOT_PENDING");
        life.until(&transfer, &family, end).await?;
        calm(scene);
    }
    Ok(())
}

pub(crate) async fn a_claim_overtakes_the_transfer_itself(scene: &mut Scene) -> Result<()> {
    let life = Life(scene);
    let family = life.family(320_100, 510_100).await?;
    let held = scene.cluster.proxy(CLIENT, "settlement")?.inflict(swap(CREATE, CLAIM));
    let transfer = id();
    let send = async { anyhow::Ok(scene.send(&transfer, &family, "8.00").await) };
    let claim = async {
        held.sees(1, PATIENCE).await?;
        anyhow::Ok(scene.desk.claim(&id(), &transfer, &family.beneficiary).await)
    };
    let (sent, claimed) = tokio::try_join!(send, claim)?;
    sent.context("the transfer is created")?;
    assert_refused(claimed, "TRANSFER_UNKNOWN");
    ensure!(held.count() == 1, "the claim did not overtake");
    life.until(&transfer, &family, TransferState::PendingClaim).await?;
    life.claim(&transfer, &family.beneficiary).await?;
    life.until(&transfer, &family, TransferState::Claimed).await?;
    calm(scene);
    Ok(())
}

/// Asked for before 06:00, heard of by the book after it; then the same commands once more.
pub(crate) async fn a_claim_that_arrives_after_06_00_and_again_after_that_has_one_end(
    scene: &mut Scene,
) -> Result<()> {
    scene.cluster.set_clock(time_of("2026-03-12", 8, 0, 0)).await?;
    let family = Life(scene).family(320_100, 510_100).await?;
    let transfer = Life(scene).send(&family, "16.00").await?;
    Life(scene).until(&transfer, &family, TransferState::PendingClaim).await?;
    let late = Rule::on(APPLY, Calls::All, Fault::Late(When::OnCommand));
    let late = scene.cluster.proxy("settlement", "wallet-51")?.inflict(late);
    let desk = scene.desk.clone();
    let claim = tokio::spawn({
        let (request, transfer, by) = (id(), transfer.clone(), family.beneficiary.clone());
        async move { desk.claim(&request, &transfer, &by).await }
    });
    late.sees(1, PATIENCE).await?;
    scene.cluster.set_clock(time_of("2026-03-13", 6, 0, 30)).await?;
    late.sees(2, Duration::from_secs(15)).await?;
    late.retire();
    let life = Life(scene);
    life.until(&transfer, &family, TransferState::Claimed).await?;
    // Whatever was answered: the wish was in time.
    let _ = claim.await?;
    life.account(&family.sharer, "84.00", "16.00").await?;
    let answered = late.release().await;
    ensure!(answered.len() >= 2 && answered.iter().all(|status| *status == Some(0)), "{answered:?}");
    life.until(&transfer, &family, TransferState::Claimed).await?;
    life.account(&family.sharer, "84.00", "16.00").await
}

/// Nobody claimed; the return is on its way for a while, and comes again after it was done.
pub(crate) async fn a_return_that_arrives_late_and_twice_returns_once(scene: &mut Scene) -> Result<()> {
    scene.cluster.set_clock(time_of("2026-03-13", 8, 0, 0)).await?;
    let family = Life(scene).family(320_100, 510_100).await?;
    let transfer = Life(scene).send(&family, "16.00").await?;
    Life(scene).until(&transfer, &family, TransferState::PendingClaim).await?;
    let late = Rule::on(APPLY, Calls::All, Fault::Late(When::OnCommand));
    let late = scene.cluster.proxy("settlement", "wallet-51")?.inflict(late);
    scene.cluster.set_clock(time_of("2026-03-14", 6, 0, 30)).await?;
    late.sees(2, Duration::from_secs(15)).await?;
    let claimed = scene.desk.claim(&id(), &transfer, &family.beneficiary).await;
    ensure!(claimed.is_err(), "it is too late to claim: {claimed:?}");
    late.retire();
    let life = Life(scene);
    life.until(&transfer, &family, TransferState::Returned).await?;
    let answered = late.release().await;
    ensure!(answered.len() >= 2 && answered.iter().all(|status| *status == Some(0)), "{answered:?}");
    life.until(&transfer, &family, TransferState::Returned).await?;
    life.account(&family.sharer, "100.00", "0.00").await
}
