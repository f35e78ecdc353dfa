//! A book that stands still: it has not died, it only says nothing. Other provinces go on, and afterwards everything
//! ends.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::{Family, is_uncertain, wanted};
use futures::future::join_all;
use proto::settlement::TransferState;
use testkit::people::id;

use crate::stage::{Stage, settle};

const STILL: &str = "wallet-51";
/// Transfers between other provinces, before and during the standstill.
const LIVES: usize = 3;

pub(crate) async fn a_book_that_stands_still_holds_up_only_its_own_people(stage: &mut Stage) -> Result<()> {
    stage.morning().await?;
    let others = settle(&stage.scene, 2 * LIVES, 320_100, 630_100, true).await?;
    let (before, during) = others.split_at(LIVES);
    let awake = lives(stage, before).await?;

    let waiting = stage.send(&stage.families[..4], "1.00").await?;
    stage.scene.cluster.process(STILL)?.signal("STOP")?;
    let stopped = Instant::now();
    let begun = stage.begin(&stage.families[4..12], "2.00");
    let patient = stage.families[0].beneficiary.clone();
    let bill = stage.scene.bill(crate::stage::HOSPITAL, "1.00");
    let desk = stage.scene.desk.clone();
    let payment = tokio::spawn(async move { desk.pay(&id(), &patient, &bill).await });
    let asleep = lives(stage, during).await?;
    eprintln!("{LIVES} transfers between others took {awake:?} before and {asleep:?} during the standstill");
    ensure!(asleep < 3 * awake + Duration::from_secs(1), "{asleep:?} instead of {awake:?}");
    // Those who are with the still book see that their money is set aside, and nothing else.
    for begun in &begun {
        let seen = stage.scene.desk.transfer(&begun.transfer, &begun.family.sharer).await?;
        ensure!(seen.state() == TransferState::Accepted, "{seen:?}");
    }
    let least = Duration::from_secs(wanted("GONGJI_STALL_SECONDS", 4)? as u64);
    let over = async || Ok((stopped.elapsed() >= least).then_some(()));
    stage.scene.eventually("the standstill", over).await?;
    ensure!(stage.number("settlement", "SELECT count(*) FROM progress WHERE due").await? == 8, "eight wait");
    stage.scene.cluster.process(STILL)?.signal("CONT")?;

    for begun in begun {
        stage.ends(&begun.transfer, &begun.family, TransferState::PendingClaim).await?;
        if let Err(status) = begun.call.await? {
            ensure!(is_uncertain(&status), "refused for a book that stood still: {status:?}");
        }
    }
    let paid = payment.await?;
    ensure!(paid.as_ref().err().is_none_or(is_uncertain), "{paid:?}");
    let claims = waiting.iter().map(async |sent| {
        let (claim, by) = (id(), &sent.family.beneficiary);
        stage.scene.certain(|| stage.scene.desk.claim(&claim, &sent.transfer, by)).await
    });
    for claimed in join_all(claims).await {
        claimed.context("claiming after the standstill")?;
    }
    stage.scene.verdict().await?.assert_clean();
    Ok(())
}

/// Sends from each in turn; the wallets open what comes at once.
async fn lives(stage: &Stage, families: &[Family]) -> Result<Duration> {
    let began = Instant::now();
    for family in families {
        let transfer = id();
        stage.scene.send(&transfer, family, "1.00").await?;
        stage.ends(&transfer, family, TransferState::Claimed).await?;
    }
    Ok(began.elapsed())
}
