//! Settlement and one book cannot hear each other: both ways, one way, and just after a claim was committed.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{Family, Scene, time_of};
use proto::settlement::TransferState;
use testkit::{
    faults::{Calls, Fault, Loss, Rule, Side},
    people::id,
};

use super::{APPLY, calm, life::Life};

const PATIENCE: Duration = Duration::from_secs(15);

/// A transfer that needs the book which is out of reach, and one that does not.
pub(crate) async fn a_book_out_of_reach_in_any_direction_holds_up_only_its_people(
    scene: &mut Scene,
) -> Result<()> {
    let life = Life(scene);
    let proxy = scene.cluster.proxy("settlement", "wallet-51")?;
    for side in [Side::Both, Side::Requests, Side::Replies] {
        let waits = life.family(320_100, 510_100).await?;
        let passes = life.family(320_100, 630_100).await?;
        let mut gone = proxy.swallowed();
        let before = (gone.requests(), gone.replies());
        proxy.partition(side);
        let transfer = {
            let behind = async {
                match side {
                    Side::Replies => gone.reach(before.0, before.1 + 1, PATIENCE).await?,
                    _ => gone.reach(before.0 + 1, before.1, PATIENCE).await?,
                }
                // Its owner sees where the money is.
                life.account(&waits.sharer, "36.00", "64.00").await?;
                let other = life.send(&passes, "32.00").await?;
                life.until(&other, &passes, TransferState::PendingClaim).await?;
                life.claim(&other, &passes.beneficiary).await?;
                life.account(&passes.sharer, "68.00", "32.00").await
            };
            tokio::try_join!(life.send(&waits, "64.00"), behind)?.0
        };
        proxy.heal();
        life.until(&transfer, &waits, TransferState::PendingClaim).await?;
        life.claim(&transfer, &waits.beneficiary).await?;
        life.until(&transfer, &waits, TransferState::Claimed).await?;
        life.account(&waits.sharer, "36.00", "64.00").await?;
    }
    Ok(())
}

/// The beneficiary's book takes payments while settlement cannot hear it, for two hours.
pub(crate) async fn what_is_spent_behind_a_partition_is_heard_of_after_it(scene: &mut Scene) -> Result<()> {
    let (family, _) = claimed(Life(scene)).await?;
    let mut gone = {
        let proxy = scene.cluster.proxy("settlement", "wallet-51")?;
        proxy.partition(Side::Both);
        proxy.swallowed()
    };
    let before = gone.replies();
    Life(scene).spend(&family.beneficiary).await?;
    // The book's stream tells of the payments, and nobody hears it.
    gone.reach(0, before + 1, PATIENCE).await?;
    scene.cluster.set_clock(time_of("2026-03-10", 11, 0, 0)).await?;
    Life(scene).account(&family.sharer, "36.00", "64.00").await?;
    scene.cluster.proxy("settlement", "wallet-51")?.heal();
    Life(scene).account(&family.sharer, "36.00", "24.00").await
}

/// A family with 64.00 claimed.
async fn claimed(life: Life<'_>) -> Result<(Family, String)> {
    let family = life.family(320_100, 510_100).await?;
    let transfer = life.send(&family, "64.00").await?;
    life.until(&transfer, &family, TransferState::PendingClaim).await?;
    life.claim(&transfer, &family.beneficiary).await?;
    life.until(&transfer, &family, TransferState::Claimed).await?;
    Ok((family, transfer))
}

/// The book has opened the lot and cannot say so until long after 06:00.
pub(crate) async fn a_partition_just_after_a_claim_was_committed_does_not_return_it(
    scene: &mut Scene,
) -> Result<()> {
    let family = Life(scene).family(320_100, 510_100).await?;
    let transfer = Life(scene).send(&family, "64.00").await?;
    Life(scene).until(&transfer, &family, TransferState::PendingClaim).await?;
    let proxy = scene.cluster.proxy("settlement", "wallet-51")?;
    let committed = proxy.inflict(Rule::on(APPLY, Calls::Nth(1), Fault::DropReply(Loss::Broken)));
    let after = proxy.inflict(Rule::on(APPLY, Calls::All, Fault::DropRequest(Loss::Broken)));
    let asked = tokio::spawn({
        let (desk, request, transfer, by) =
            (scene.desk.clone(), id(), transfer.clone(), family.beneficiary.clone());
        async move { desk.claim(&request, &transfer, &by).await }
    });
    committed.reach(1, PATIENCE).await?;
    ensure!(committed.carried_out() == 1, "the book has done it");
    scene.cluster.proxy("settlement", "wallet-51")?.partition(Side::Replies);
    scene.cluster.set_clock(time_of("2026-03-11", 6, 0, 30)).await?;
    after.reach(2, PATIENCE).await?;
    // Time is up for settlement, which now asks for the return of what it cannot know to be claimed.
    Life(scene).until(&transfer, &family, TransferState::Closing).await?;
    calm(scene);
    let life = Life(scene);
    life.until(&transfer, &family, TransferState::Claimed).await?;
    // It was answered or not, before it was certain.
    let _ = asked.await?;
    life.account(&family.sharer, "36.00", "64.00").await?;
    life.spend(&family.beneficiary).await?;
    life.account(&family.sharer, "36.00", "24.00").await
}
