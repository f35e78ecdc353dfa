//! The steps of the saga that people cause: create, claim, decline, and what a book may say to them.

use anyhow::Result;
use e2e::{Family, Scene, assert_refused, pool, time_of, until};
use money::Yuan;
use proto::{
    identity::Scheme,
    kinship::Relation,
    settlement::{
        DeclineTransferRequest, ReturnCause, TransferState, transfer_service_client::TransferServiceClient,
    },
    wallet::LotState,
};
use testkit::{
    desk::{citizen, under},
    people::{id, power_of_two},
};

pub(crate) async fn a_repeated_transfer_is_the_same_one_and_other_content_is_refused(
    scene: &mut Scene,
) -> Result<()> {
    let family = scene.family(320_100, "500.00", 510_100, false).await?;
    let transfer = id();
    let first = scene.send(&transfer, &family, "8.00").await?;
    for _ in 0..3 {
        let again = scene.send(&transfer, &family, "8").await?;
        assert_eq!((&again.transfer_id, &again.create_time), (&first.transfer_id, &first.create_time));
    }
    assert_refused(scene.send(&transfer, &family, "8.01").await, "REQUEST_ID_REUSED");
    let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    assert_eq!(account.earmarked, "8.00");
    Ok(())
}

/// Sends until the answer is REFUSED, whether as a state or as a status, and gives the reason.
async fn refused_by_a_book(scene: &Scene, transfer: &str, family: &Family, amount: &str) -> Result<String> {
    match scene.send(transfer, family, amount).await {
        Err(status) => Ok(e2e::reason(&status)),
        Ok(_) => {
            let state = TransferState::Refused;
            let refused = scene.desk.until_state(transfer, &family.sharer, state).await?;
            Ok(refused.refusal.map(|refusal| refusal.reason).unwrap_or_default())
        }
    }
}

/// A sharer with 100.00 whose every transfer of the day is still free.
async fn can_send_three(scene: &Scene, family: &Family) -> Result<()> {
    let mut left = Yuan::parse("100.00")?;
    for n in 8..11 {
        let amount = power_of_two(n);
        left = left.minus(amount)?;
        let other = scene.person(Scheme::Resident, pool(510_100), true).await?;
        let bond = scene.bond(&family.sharer, &other, Relation::Sibling).await?;
        let family = Family { sharer: family.sharer.clone(), beneficiary: other, bond };
        scene.send(&id(), &family, &amount.to_string()).await?;
    }
    let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    assert_eq!(account.available, left.to_string(), "one of 2.56, 5.12 and 10.24 is missing");
    assert_refused(scene.send(&id(), family, "2.00").await, "DAILY_TRANSFER_COUNT");
    Ok(())
}

pub(crate) async fn an_earmark_that_is_refused_gives_the_slot_back(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "100.00", 510_100, true).await?;
    let transfer = id();
    for _ in 0..2 {
        let reason = refused_by_a_book(scene, &transfer, &family, "100.01").await?;
        assert_eq!(reason, "INSUFFICIENT_BALANCE");
    }
    can_send_three(scene, &family).await
}

pub(crate) async fn a_grant_that_is_refused_gives_the_slot_back(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "100.00", 510_100, true).await?;
    until("freezing", || scene.desk.freeze(&family.beneficiary)).await?;
    let transfer = id();
    for _ in 0..2 {
        assert_eq!(refused_by_a_book(scene, &transfer, &family, "50.00").await?, "WALLET_FROZEN");
    }
    let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    assert_eq!((account.available.as_str(), account.earmarked.as_str()), ("100.00", "0.00"));
    can_send_three(scene, &family).await
}

pub(crate) async fn a_claim_is_repeated_and_a_second_one_refused(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "100.00", 510_100, false).await?;
    let (transfer, claim) = (id(), id());
    scene.send(&transfer, &family, "16.00").await?;
    assert_refused(scene.desk.claim(&id(), &transfer, &family.sharer).await, "OUT_OF_SCOPE");
    for _ in 0..3 {
        let claimed = scene.certain(|| scene.desk.claim(&claim, &transfer, &family.beneficiary)).await?;
        assert_eq!(claimed.state(), TransferState::Claimed);
    }
    let second = scene.desk.claim(&id(), &transfer, &family.beneficiary).await;
    assert_refused(second, "TRANSFER_NOT_PENDING");
    assert_refused(scene.desk.decline(&transfer, &family.beneficiary).await, "TRANSFER_NOT_PENDING");
    let unknown = id();
    assert_refused(scene.desk.claim(&id(), &unknown, &family.beneficiary).await, "TRANSFER_UNKNOWN");
    Ok(())
}

pub(crate) async fn a_claim_is_refused_while_frozen_and_repeated_after_the_thaw(
    scene: &mut Scene,
) -> Result<()> {
    let family = scene.family(320_100, "100.00", 510_100, false).await?;
    let (transfer, claim) = (id(), id());
    scene.send(&transfer, &family, "32.00").await?;
    until("freezing", || scene.desk.freeze(&family.beneficiary)).await?;
    for _ in 0..2 {
        let refused = scene.certain(|| scene.desk.claim(&claim, &transfer, &family.beneficiary)).await;
        assert_refused(refused, "WALLET_FROZEN");
    }
    let now = scene.desk.transfer(&transfer, &family.beneficiary).await?;
    assert_eq!(now.state(), TransferState::PendingClaim, "a refused claim changes nothing");
    until("thawing", || scene.desk.unfreeze(&family.beneficiary)).await?;
    let claim = id();
    let claimed = scene.certain(|| scene.desk.claim(&claim, &transfer, &family.beneficiary)).await?;
    assert_eq!(claimed.state(), TransferState::Claimed);
    Ok(())
}

pub(crate) async fn a_declined_transfer_goes_back_at_once(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "100.00", 510_100, false).await?;
    let transfer = id();
    scene.send(&transfer, &family, "64.00").await?;
    scene.desk.decline(&transfer, &family.beneficiary).await?;
    let back = scene.desk.until_state(&transfer, &family.sharer, TransferState::Returned).await?;
    assert_eq!((back.return_cause(), back.returned_amount.as_str()), (ReturnCause::Declined, "64.00"));
    assert_refused(scene.desk.decline(&transfer, &family.beneficiary).await, "TRANSFER_NOT_PENDING");
    assert_refused(scene.desk.claim(&id(), &transfer, &family.beneficiary).await, "TRANSFER_NOT_PENDING");
    let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    assert_eq!(account.available, "100.00");
    // The pair is free again at once, and the day's slot stays used.
    scene.send(&id(), &family, "1.00").await?;
    Ok(())
}

pub(crate) async fn a_decline_is_repeated_and_answers_with_the_transfer_as_it_is(
    scene: &mut Scene,
) -> Result<()> {
    let family = scene.family(320_100, "100.00", 510_100, false).await?;
    let (transfer, amount) = (id(), power_of_two(11).to_string());
    scene.send(&transfer, &family, &amount).await?;
    let request =
        DeclineTransferRequest { request_id: id(), transfer_id: transfer.clone(), ..Default::default() };
    let decline = async || {
        let call = under(&citizen(&family.beneficiary.person), request.clone());
        TransferServiceClient::new(scene.channel("settlement")).decline_transfer(call).await
    };
    for _ in 0..3 {
        let declined = scene.certain(decline).await?.into_inner().transfer.unwrap_or_default();
        assert_eq!(declined.return_cause(), ReturnCause::Declined, "{declined:?}");
    }
    let back = scene.desk.until_state(&transfer, &family.sharer, TransferState::Returned).await?;
    let again = scene.certain(decline).await?.into_inner().transfer.unwrap_or_default();
    assert_eq!((again.state(), again.revision), (TransferState::Returned, back.revision));
    let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    assert_eq!((account.available.as_str(), account.earmarked.as_str()), ("100.00", "0.00"), "back once");
    Ok(())
}

/// The last scenario of its day: it moves the clock past 06:00.
pub(crate) async fn a_lost_answer_to_a_claim_does_not_return_the_quota(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "100.00", 510_100, false).await?;
    let left = scene.family(320_100, "100.00", 510_100, false).await?;
    let (transfer, claim, unclaimed) = (id(), id(), id());
    scene.send(&transfer, &family, "4.00").await?;
    scene.send(&unclaimed, &left, "4.00").await?;
    // Nobody listens to the answer.
    let asked = tokio::spawn({
        let (desk, claim, transfer, by) =
            (scene.desk.clone(), claim.clone(), transfer.clone(), family.beneficiary.clone());
        async move { desk.claim(&claim, &transfer, &by).await }
    });
    scene.desk.until_state(&transfer, &family.sharer, TransferState::Claimed).await?;
    asked.abort();
    scene.cluster.set_clock(time_of("2026-12-21", 6, 0, 0)).await?;
    scene.desk.until_state(&unclaimed, &left.sharer, TransferState::Returned).await?;
    let again = scene.certain(|| scene.desk.claim(&claim, &transfer, &family.beneficiary)).await?;
    assert_eq!(again.state(), TransferState::Claimed);
    let lots = scene.desk.lots_of(&family.beneficiary).await?;
    assert_eq!((lots[0].state(), lots[0].remaining.as_str()), (LotState::Open, "4.00"));
    Ok(())
}
