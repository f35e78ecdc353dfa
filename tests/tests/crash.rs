//! A process that dies between any two steps, as hard as by a power cut, loses and doubles nothing.
//!
//! Each run arms one crash point for one of its hits, plays a whole life of a transfer against it, starts the
//! service again when it has died, and goes on until the point is not reached any more.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use e2e::{Family, Scene, is_uncertain, pool, time_of};
use proto::{
    settlement::TransferState,
    wallet::{
        ApplyRequest, BookCommand, ClaimCommand, RefundKind, RefundPaymentRequest, book_command::Command,
        book_service_client::BookServiceClient, payment_service_client::PaymentServiceClient,
    },
};
use testkit::{
    desk::{institution, under},
    people::id,
};
use tonic::Status;

const HOSPITAL: &str = "H51010400123";
/// Where settlement may die: around what it stores, and around what it sends to a book.
const COORDINATOR: [&str; 6] = [
    "batch.before_commit",
    "batch.after_commit",
    "settlement.before_apply",
    "settlement.after_apply",
    "settlement.before_store",
    "settlement.after_store",
];
/// Where a book may die.
const BOOK: [&str; 2] = ["batch.before_commit", "batch.after_commit"];
/// Hits of a point that runs are tried with, until one is not reached.
const HITS: [u32; 7] = [1, 2, 3, 4, 5, 6, 8];

/// How long a request is waited for before the service is looked after and the request sent again.
const IMPATIENCE: Duration = Duration::from_millis(400);

#[tokio::test(flavor = "multi_thread")]
async fn the_coordinator_dies_between_any_two_steps_and_goes_on() -> Result<()> {
    let mut scene = Scene::start("crash_settlement", time_of("2026-03-10", 8, 0, 0)).await?;
    scene.institution(HOSPITAL, pool(510_100)).await?;
    let deaths = die_everywhere(&mut scene, "settlement", &COORDINATOR).await?;
    ensure!(deaths >= 24, "settlement died only {deaths} times");
    a_claim_that_only_the_book_knows_is_not_returned(&mut scene).await?;
    scene.finish().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_dies_around_its_commits_and_goes_on() -> Result<()> {
    let mut scene = Scene::start("crash_wallet", time_of("2026-03-10", 8, 0, 0)).await?;
    scene.institution(HOSPITAL, pool(510_100)).await?;
    let deaths = die_everywhere(&mut scene, "wallet-32", &BOOK).await?;
    ensure!(deaths >= 4, "the sharer's book died only {deaths} times");
    let deaths = die_everywhere(&mut scene, "wallet-51", &BOOK).await?;
    ensure!(deaths >= 6, "the beneficiary's book died only {deaths} times");
    scene.finish().await
}

/// Plays a life for each point and hit; gives how often the service died.
async fn die_everywhere(scene: &mut Scene, service: &str, points: &[&str]) -> Result<u32> {
    let mut deaths = 0;
    for point in points {
        for hit in HITS {
            let family = scene.family(320_100, "100.00", 510_100, false).await?;
            let died = die_at(scene, service, &format!("{point}:{hit}"), &family).await;
            if !died.with_context(|| format!("{service} at {point}:{hit}"))? {
                break;
            }
            deaths += 1;
            eprintln!("{service} died at {point}:{hit} and went on");
        }
        scene.verdict().await?.assert_clean();
    }
    Ok(deaths)
}

/// A service that may be dead.
struct Mortal<'a> {
    scene: &'a mut Scene,
    service: &'a str,
    deaths: u32,
}

impl Mortal<'_> {
    /// Starts the service again, unarmed, if it has died.
    async fn revive(&mut self) -> Result<()> {
        if self.scene.cluster.process_mut(self.service)?.ended()?.is_some() {
            self.deaths += 1;
            ensure!(self.deaths < 3, "{} died again without being told to", self.service);
            self.scene.cluster.restart(self.service, &[]).await?;
        }
        Ok(())
    }

    /// Sends the same request until its answer is certain.
    async fn insist<T>(&mut self, ask: impl AsyncFn(&Scene) -> Result<T, Status>) -> Result<T> {
        for _ in 0..1_500 {
            self.revive().await?;
            // An answer that waits for the dead is not waited for; the same request follows.
            match tokio::time::timeout(IMPATIENCE, ask(self.scene)).await {
                Ok(Ok(reply)) => return Ok(reply),
                Ok(Err(status)) if !is_uncertain(&status) => bail!("refused: {status:?}"),
                Ok(Err(_)) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(_) => {}
            }
        }
        bail!("never answered for certain")
    }

    async fn until_state(&mut self, transfer: &str, family: &Family, state: TransferState) -> Result<()> {
        for _ in 0..1_500 {
            let by = &family.sharer;
            let seen = self.insist(async |scene: &Scene| scene.desk.transfer(transfer, by).await).await?;
            if seen.state() == state {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("transfer {transfer} never became {}", state.as_str_name())
    }
}

/// One life of a transfer: created, claimed, spent, refunded; and another one that is declined.
async fn die_at(scene: &mut Scene, service: &str, point: &str, family: &Family) -> Result<bool> {
    scene.cluster.start_again(service, &[("GONGJI_CRASH_AT", point)])?;
    let mut mortal = Mortal { scene, service, deaths: 0 };
    let (first, second, claim) = (id(), id(), id());
    let Family { sharer, beneficiary, bond } = family;
    let send = async |scene: &Scene, transfer: &str, amount: &str| {
        scene.desk.send(transfer, bond, sharer, beneficiary, amount).await
    };
    mortal.insist(async |scene: &Scene| send(scene, &first, "64.00").await).await?;
    mortal.until_state(&first, family, TransferState::PendingClaim).await?;
    mortal.insist(async |scene: &Scene| scene.desk.claim(&claim, &first, beneficiary).await).await?;
    mortal.until_state(&first, family, TransferState::Claimed).await?;
    spend(&mut mortal, family).await?;
    mortal.insist(async |scene: &Scene| send(scene, &second, "16.00").await).await?;
    mortal.until_state(&second, family, TransferState::PendingClaim).await?;
    // A repeat of this request has a new id: what it asks for may have happened already.
    let declined = mortal.insist(async |scene: &Scene| scene.desk.decline(&second, beneficiary).await).await;
    mortal
        .until_state(&second, family, TransferState::Returned)
        .await
        .with_context(|| format!("{declined:?}"))?;
    let died = mortal.deaths > 0;
    if !died {
        mortal.scene.cluster.restart(service, &[]).await?;
    }
    Ok(died)
}

async fn spend(mortal: &mut Mortal<'_>, family: &Family) -> Result<()> {
    let patient = &family.beneficiary;
    let (payment, refund) = (id(), id());
    let bill = mortal.scene.bill(HOSPITAL, "48.00");
    let paid = mortal.insist(async |scene: &Scene| scene.desk.pay(&payment, patient, &bill).await).await?;
    ensure!(paid.split.clone().unwrap_or_default().shared_amount == "48.00", "paid {paid:?}");
    let request = RefundPaymentRequest {
        refund_id: refund,
        payment_id: payment,
        institution_code: HOSPITAL.to_owned(),
        kind: RefundKind::GoodsReturned.into(),
        personal_amount: "8.00".to_owned(),
        ..Default::default()
    };
    let ask = async |scene: &Scene| {
        let channel = scene.desk.wallet(patient.pool).map_err(|error| Status::internal(error.to_string()))?;
        let request = under(&institution(HOSPITAL), request.clone());
        PaymentServiceClient::new(channel).refund_payment(request).await
    };
    mortal.insist(ask).await?;
    Ok(())
}

/// The book has opened the lot, settlement has not heard of it and is dead past 06:00: the return that it then asks
/// for meets a claimed lot.
async fn a_claim_that_only_the_book_knows_is_not_returned(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "100.00", 510_100, false).await?;
    let transfer = id();
    scene.send(&transfer, &family, "32.00").await?;
    scene.cluster.process_mut("settlement")?.kill()?;
    let command =
        ClaimCommand { transfer_id: transfer.clone(), hop: 0, request_id: id(), assertion: String::new() };
    let command = BookCommand { command_id: id(), command: Some(Command::Claim(command)) };
    let request = ApplyRequest { batch_id: id(), commands: vec![command] };
    let mut book = BookServiceClient::new(scene.desk.wallet(family.beneficiary.pool)?);
    book.apply(under("service:settlement", request)).await?;
    scene.cluster.pass_to(time_of("2026-03-11", 6, 0, 0));
    scene.cluster.restart("settlement", &[]).await?;
    scene.cluster.set_clock(time_of("2026-03-11", 6, 0, 30)).await?;
    let claimed = scene.desk.until_state(&transfer, &family.sharer, TransferState::Claimed).await?;
    ensure!(claimed.remaining_amount == "32.00", "{claimed:?}");
    Ok(())
}
