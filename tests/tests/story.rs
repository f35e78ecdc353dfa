//! The founding story with its numbers: a transfer across provinces is claimed, spent, refunded in part, and
//! owed; another one is left unclaimed and goes back; an in-law and a late hour are refused with reasons.

use anyhow::Result;
use e2e::{Scene, assert_refused, detail, play, pool, reason, time_of};
use proto::{
    identity::Scheme,
    kinship::Relation,
    settlement::{MoneyPlace, ReturnCause, TransferState},
    wallet::{LegKind, LotState, PaymentState, RefundDestination},
};
use testkit::people::id;

const HOSPITAL: &str = "H51010400123";
const PHARMACY: &str = "P51010400456";

#[tokio::test(flavor = "multi_thread")]
async fn a_family_shares_across_provinces_and_every_fen_is_accounted_for() -> Result<()> {
    let mut scene = Scene::start("story", time_of("2026-03-10", 10, 0, 0)).await?;
    scene.desk = scene.desk.clone().verifying();
    play!(scene; the_main_job, a_parent_in_law_is_refused, left_unclaimed_it_is_back_by_06_00);
    scene.finish().await
}

async fn the_main_job(scene: &mut Scene) -> Result<()> {
    let chengdu = pool(510_100);
    scene.institution(HOSPITAL, chengdu).await?;
    scene.institution(PHARMACY, chengdu).await?;
    let family = scene.family(320_100, "3000.00", 510_100, false).await?;
    let transfer = id();
    let sent = scene.send(&transfer, &family, "1200").await?;
    assert_eq!(sent.state(), TransferState::PendingClaim, "{sent:?}");
    assert_eq!((sent.amount.as_str(), sent.money_place()), ("1200.00", MoneyPlace::WalletPending));
    assert_eq!(sent.return_by_local, "2026-03-11T06:00:00+08:00");
    let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    assert_eq!((account.available.as_str(), account.earmarked.as_str()), ("1800.00", "1200.00"));

    let claimed = scene.certain(|| scene.desk.claim(&transfer, &transfer, &family.beneficiary)).await;
    assert_refused(claimed, "REQUEST_ID_REUSED");
    let claim = id();
    let claimed = scene.certain(|| scene.desk.claim(&claim, &transfer, &family.beneficiary)).await?;
    assert_eq!(claimed.state(), TransferState::Claimed, "{claimed:?}");

    let at_hospital = scene.pay(&family.beneficiary, HOSPITAL, "386.40").await?;
    let split = at_hospital.split.clone().unwrap_or_default();
    assert_eq!((split.shared_amount.as_str(), split.cash_amount.as_str()), ("386.40", "0.00"));
    let at_pharmacy = scene.pay(&family.beneficiary, PHARMACY, "52.00").await?;
    let [leg] = &at_pharmacy.legs[..] else { panic!("one leg, found {:?}", at_pharmacy.legs) };
    assert_eq!((leg.kind(), leg.amount.as_str()), (LegKind::Lot, "52.00"));
    assert_eq!(leg.owner_person_id, family.sharer.person);
    assert_eq!((leg.debtor_pooling_area.as_str(), leg.creditor_pooling_area.as_str()), ("320100", "510100"));
    let refund = scene.desk.refund(&at_pharmacy, "20.00", &family.beneficiary).await?;
    assert_eq!(refund.payment_state(), PaymentState::PartlyRefunded);
    assert_eq!(refund.legs[0].destination(), RefundDestination::Lot);

    let lots = scene.desk.lots_of(&family.beneficiary).await?;
    let [lot] = &lots[..] else { panic!("one lot, found {lots:?}") };
    assert_eq!(
        (lot.granted.as_str(), lot.spent.as_str(), lot.remaining.as_str()),
        ("1200.00", "418.40", "781.60")
    );
    assert_eq!(lot.state(), LotState::Open);
    sichuan_is_owed(scene, "418.40").await?;
    let followed = async || {
        let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
        Ok((account.earmarked == "781.60").then_some(account))
    };
    let account = scene.eventually("the earmark follows what was spent", followed).await?;
    assert_eq!(account.available, "1800.00");
    let now = scene.desk.transfer(&transfer, &family.sharer).await?;
    assert_eq!((now.spent_amount.as_str(), now.remaining_amount.as_str()), ("418.40", "781.60"));
    Ok(())
}

async fn sichuan_is_owed(scene: &Scene, amount: &str) -> Result<()> {
    let owed = async || {
        let positions = scene.desk.positions().await?;
        let found = positions.into_iter().find(|row| row.debtor == "32" && row.creditor == "51");
        Ok(found.filter(|row| row.net_amount == amount))
    };
    let position = scene.eventually("Sichuan is owed what was spent", owed).await?;
    assert_eq!((position.gross_amount.as_str(), position.refunded_amount.as_str()), ("438.40", "20.00"));
    Ok(())
}

async fn a_parent_in_law_is_refused(scene: &mut Scene) -> Result<()> {
    let sharer = scene.employee(pool(320_100), "1000.00").await?;
    let other = scene.person(Scheme::Resident, pool(510_100), false).await?;
    let proposed = scene.desk.propose(&id(), &sharer, &other, Relation::ParentInLaw).await;
    let status = assert_refused(proposed, "IN_LAW_EXCLUDED");
    assert_eq!(detail(&status, "rule"), "R-042");
    says_why(&status);
    Ok(())
}

/// Version, source and what to do stand in every refusal by a rule.
fn says_why(status: &tonic::Status) {
    for name in ["policy_version", "source", "what_to_do_en", "what_to_do_zh"] {
        assert_ne!(detail(status, name), "", "{name} is missing in {} ({status:?})", reason(status));
    }
}

async fn left_unclaimed_it_is_back_by_06_00(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "500.00", 510_100, false).await?;
    let transfer = id();
    scene.send(&transfer, &family, "128.00").await?;
    scene.cluster.set_clock(time_of("2026-03-10", 22, 0, 0)).await?;
    let late = scene.family(320_500, "500.00", 510_100, false).await?;
    let status = assert_refused(scene.send(&id(), &late, "1.00").await, "OUTSIDE_TRANSFER_WINDOW");
    assert_eq!(detail(&status, "rule"), "R-079");
    says_why(&status);
    scene.cluster.set_clock(time_of("2026-03-11", 5, 30, 0)).await?;
    let returned = scene.desk.until_state(&transfer, &family.sharer, TransferState::Returned).await?;
    assert_eq!(returned.return_cause(), ReturnCause::Unclaimed);
    assert_eq!(returned.returned_amount, "128.00");
    assert!(scene.cluster.civil_now() < time_of("2026-03-11", 6, 0, 0), "it is back before 06:00");
    let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    assert_eq!((account.available.as_str(), account.earmarked.as_str()), ("500.00", "0.00"));
    Ok(())
}
