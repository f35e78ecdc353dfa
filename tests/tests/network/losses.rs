//! Replies that are lost after the work was done, for every call of the main job in turn; and calls to a book that
//! fail for certain, for nobody knows what, or only for whoever asked.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::Scene;
use proto::settlement::TransferState;
use testkit::{
    cluster::CLIENT,
    faults::{Calls, Fault, Loss, Rule},
};

use super::{APPLY, calm, life::Life};

pub(crate) const PAY: &str = "/gongji.wallet.v1.PaymentService/Pay";
pub(crate) const CREATE: &str = "/gongji.settlement.v1.TransferService/CreateTransfer";
pub(crate) const CLAIM: &str = "/gongji.settlement.v1.TransferService/ClaimTransfer";
pub(crate) const DECLINE: &str = "/gongji.settlement.v1.TransferService/DeclineTransfer";

/// Who calls whom in the main job, and what.
pub(crate) const CALLS: &[(&str, &str, &str)] = &[
    (CLIENT, "identity", "/gongji.identity.v1.IdentityService/RegisterPerson"),
    (CLIENT, "identity", "/gongji.identity.v1.IdentityService/ActivateMedicalCode"),
    (CLIENT, "identity", "/gongji.identity.v1.IdentityService/RecordEnrolment"),
    (CLIENT, "wallet-32", "/gongji.wallet.v1.WalletService/OpenWallet"),
    (CLIENT, "wallet-32", "/gongji.wallet.v1.WalletService/CreditPersonalAccount"),
    (CLIENT, "wallet-32", "/gongji.wallet.v1.WalletService/GetWallet"),
    (CLIENT, "wallet-51", "/gongji.wallet.v1.WalletService/OpenWallet"),
    (CLIENT, "wallet-51", PAY),
    (CLIENT, "wallet-51", "/gongji.wallet.v1.PaymentService/RefundPayment"),
    (CLIENT, "wallet-51", "/gongji.wallet.v1.PaymentService/ReversePayment"),
    (CLIENT, "kinship-registry", "/gongji.kinship.v1.KinshipService/ProposeBond"),
    (CLIENT, "kinship-registry", "/gongji.kinship.v1.KinshipService/AcceptBond"),
    (CLIENT, "settlement", CREATE),
    (CLIENT, "settlement", CLAIM),
    (CLIENT, "settlement", DECLINE),
    (CLIENT, "settlement", "/gongji.settlement.v1.TransferService/GetTransfer"),
    ("settlement", "wallet-32", APPLY),
    ("settlement", "wallet-51", APPLY),
    ("settlement", "identity", "/gongji.identity.v1.IdentityService/BatchGetStanding"),
    ("settlement", "kinship-registry", "/gongji.kinship.v1.KinshipService/BatchCheckBonds"),
    ("kinship-registry", "identity", "/gongji.identity.v1.IdentityService/BatchGetStanding"),
    ("wallet-32", "identity", "/gongji.identity.v1.IdentityService/BatchGetStanding"),
    ("wallet-32", "identity", "/gongji.identity.v1.IdentityService/AssignPlaceOfUse"),
    ("wallet-51", "identity", "/gongji.identity.v1.IdentityService/BatchGetStanding"),
    ("wallet-51", "identity", "/gongji.identity.v1.IdentityService/AssignPlaceOfUse"),
];

pub(crate) async fn every_reply_in_turn_is_lost_after_the_call_was_carried_out(
    scene: &mut Scene,
) -> Result<()> {
    for (from, to, method) in CALLS {
        let proxy = scene.cluster.proxy(from, to)?;
        // The repeat is lost as well.
        let hits = proxy.inflict(Rule::on(*method, Calls::First(2), Fault::DropReply(Loss::Broken)));
        Life(scene).whole(320_100, 510_100).await.with_context(|| format!("{from} calls {to} {method}"))?;
        ensure!(hits.carried_out() == 2, "{from} calls {to} {method}: {} replies lost", hits.carried_out());
        proxy.calm();
    }
    Ok(())
}

/// Each call to a book fails once, in each of the ways.
pub(crate) async fn a_call_to_a_book_fails_for_certain_for_nobody_knows_or_for_the_caller_alone(
    scene: &mut Scene,
) -> Result<()> {
    // INVALID_ARGUMENT, RESOURCE_EXHAUSTED and FAILED_PRECONDITION: none of them says that a command was refused.
    let failures = [
        Fault::Answer(3),
        Fault::Answer(8),
        Fault::Answer(9),
        Fault::DropRequest(Loss::Unavailable),
        Fault::DropReply(Loss::Unavailable),
        Fault::Cut { after: 4 },
    ];
    for (node, failure) in (1..=2).flat_map(|node| failures.iter().map(move |failure| (node, failure))) {
        let rule = || Rule::on(APPLY, Calls::Nth(node), failure.clone());
        let hits = [
            scene.cluster.proxy("settlement", "wallet-32")?.inflict(rule()),
            scene.cluster.proxy("settlement", "wallet-51")?.inflict(rule()),
        ];
        there_and_back(Life(scene)).await.with_context(|| format!("call {node} to a book: {failure:?}"))?;
        for hits in hits {
            hits.reach(1, Duration::ZERO).await?;
        }
        calm(scene);
    }
    Ok(())
}

/// Earmark and grant, return and release: two calls to each book.
async fn there_and_back(life: Life<'_>) -> Result<()> {
    let family = life.family(320_100, 510_100).await?;
    let transfer = life.send(&family, "32.00").await?;
    life.until(&transfer, &family, TransferState::PendingClaim).await?;
    life.decline(&transfer, &family.beneficiary).await?;
    life.until(&transfer, &family, TransferState::Returned).await?;
    life.account(&family.sharer, "100.00", "0.00").await
}

/// The book has carried it out, and settlement waits until its deadline; nobody else does.
pub(crate) async fn a_book_that_answered_nobody_holds_up_only_that_call(scene: &mut Scene) -> Result<()> {
    let silent = || Rule::on(APPLY, Calls::Nth(1), Fault::DropReply(Loss::Silent));
    let lost = [
        scene.cluster.proxy("settlement", "wallet-32")?.inflict(silent()),
        scene.cluster.proxy("settlement", "wallet-51")?.inflict(silent()),
    ];
    let life = Life(scene);
    let waits = async |from, to| {
        let family = life.family(from, to).await?;
        let transfer = life.send(&family, "32.00").await?;
        life.until(&transfer, &family, TransferState::PendingClaim).await?;
        life.claim(&transfer, &family.beneficiary).await?;
        life.account(&family.sharer, "68.00", "32.00").await
    };
    let passes = async || {
        for hits in &lost {
            hits.reach(1, Duration::from_secs(20)).await?;
        }
        // Both books keep a call that is never answered, and this whole life goes by.
        let began = std::time::Instant::now();
        life.whole(320_100, 510_100).await?;
        ensure!(began.elapsed() < Duration::from_secs(6), "it took {:?}", began.elapsed());
        Ok(())
    };
    tokio::try_join!(waits(320_100, 510_100), waits(510_100, 320_100), passes())?;
    ensure!(lost.iter().all(|hits| hits.carried_out() == 1), "the books carried out what they were asked");
    calm(scene);
    Ok(())
}

/// One byte a second: the reply never comes whole in time, and the caller gives up.
pub(crate) async fn a_book_that_answers_byte_by_byte_is_given_up(scene: &mut Scene) -> Result<()> {
    let slow = Rule::on(APPLY, Calls::First(1), Fault::Trickle(Duration::from_secs(1)));
    let hits = scene.cluster.proxy("settlement", "wallet-51")?.inflict(slow);
    let life = Life(scene);
    let family = life.family(320_100, 510_100).await?;
    let other = life.family(320_100, 510_100).await?;
    let send = async |family| {
        let transfer = life.send(family, "32.00").await?;
        life.until(&transfer, family, TransferState::PendingClaim).await
    };
    tokio::try_join!(send(&family), send(&other))?;
    hits.reach(2, Duration::ZERO).await?;
    calm(scene);
    Ok(())
}
