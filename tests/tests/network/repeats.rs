//! Requests that come more than once: at once, when everything is over, a day later, and after what undid them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Scene, time_of};
use proto::settlement::TransferState;
use testkit::{
    desk::{institution, under},
    faults::{Calls, Fault, Hits, Rule, When},
};

use super::{
    APPLY, HOSPITAL, calm,
    life::Life,
    losses::{CALLS, PAY},
};

/// Inflicts a fault on every call of the main job that is no reading.
fn everywhere(scene: &Scene, fault: &Fault) -> Result<Vec<(String, Hits)>> {
    let calls = CALLS.iter().filter(|(_, _, method)| !method.contains("/Get"));
    let inflict = |(from, to, method): &(&str, &str, &str)| {
        let rule = Rule::on(*method, Calls::All, fault.clone());
        Ok((format!("{from} calls {to} {method}"), scene.cluster.proxy(from, to)?.inflict(rule)))
    };
    calls.map(inflict).collect()
}

pub(crate) async fn every_request_comes_twice_at_once(scene: &mut Scene) -> Result<()> {
    let hits = everywhere(scene, &Fault::Twice)?;
    Life(scene).whole(320_100, 510_100).await?;
    for (what, hits) in &hits {
        hits.reach(1, Duration::from_secs(5)).await?;
        ensure!(hits.carried_out() > 0, "{what}: no copy was answered well");
    }
    calm(scene);
    // A copy shortly after its original, while the next request is under way.
    let hits = everywhere(scene, &Fault::Again(When::After(Duration::from_millis(300))))?;
    Life(scene).whole(320_100, 510_100).await?;
    for (_, hits) in &hits {
        hits.reach(1, Duration::from_secs(5)).await?;
    }
    calm(scene);
    Ok(())
}

/// Payments after their refund and reversal, claims after the payment, sendings after the return.
pub(crate) async fn every_request_comes_again_when_all_is_over_and_a_day_later(
    scene: &mut Scene,
) -> Result<()> {
    for day_passes in [false, true] {
        let copies = everywhere(scene, &Fault::Again(When::OnCommand))?;
        let (family, [taken, declined]) = Life(scene).whole(320_100, 510_100).await?;
        calm(scene);
        if day_passes {
            scene.cluster.set_clock(time_of("2026-03-11", 8, 0, 0)).await?;
        }
        for (what, copies) in &copies {
            let held = copies.held();
            ensure!(held > 0, "{what}: there is no copy");
            let answered = copies.release().await;
            ensure!(answered.iter().all(Option::is_some), "{what}: {answered:?}");
        }
        Life(scene).is_whole(&family, [&taken, &declined]).await?;
    }
    Ok(())
}

pub(crate) async fn a_payment_that_arrives_after_its_reversal_takes_nothing(scene: &mut Scene) -> Result<()> {
    let life = Life(scene);
    let family = life.family(320_100, 510_100).await?;
    let patient = &family.beneficiary;
    let transfer = life.send(&family, "64.00").await?;
    life.claim(&transfer, patient).await?;
    life.until(&transfer, &family, TransferState::Claimed).await?;
    let late = Rule::on(PAY, Calls::Nth(1), Fault::Late(When::OnCommand));
    let late = scene.cluster.proxy("client", "wallet-51")?.inflict(late);
    let bill = life.bill(patient, "48.00");
    let lost = life.payments(patient)?.pay(under(&institution(HOSPITAL), bill.clone())).await;
    ensure!(lost.is_err(), "the payment is on its way, and nobody heard of it: {lost:?}");
    life.reverse(&bill, patient).await?;
    let answered = late.release().await;
    ensure!(answered.len() == 1 && answered[0].is_some(), "{answered:?}");
    life.account(&family.sharer, "36.00", "64.00").await?;
    calm(scene);
    life.spend(patient).await.context("everything is there to be spent")
}

/// The book is asked to take back what it was never asked to grant, and then it is asked to grant it.
pub(crate) async fn a_grant_that_arrives_after_the_return_grants_nothing(scene: &mut Scene) -> Result<()> {
    let family = Life(scene).family(320_100, 510_100).await?;
    let late = Rule::on(APPLY, Calls::All, Fault::Late(When::OnCommand));
    let late = scene.cluster.proxy("settlement", "wallet-51")?.inflict(late);
    let transfer = Life(scene).send(&family, "64.00").await?;
    late.sees(2, Duration::from_secs(10)).await?;
    scene.cluster.set_clock(time_of("2026-03-12", 6, 0, 30)).await?;
    late.retire();
    let life = Life(scene);
    life.until(&transfer, &family, TransferState::Returned).await?;
    life.account(&family.sharer, "100.00", "0.00").await?;
    let answered = late.release().await;
    ensure!(!answered.is_empty() && answered.iter().all(|status| *status == Some(0)), "{answered:?}");
    life.until(&transfer, &family, TransferState::Returned).await?;
    life.account(&family.sharer, "100.00", "0.00").await?;
    let lots = scene.desk.lots_of(&family.beneficiary).await?;
    ensure!(lots.iter().all(|lot| lot.remaining == "0.00"), "{lots:?}");
    Ok(())
}
