//! Sixty-four who ask for the same under one id at the same instant, for the first time: it is done once, and all
//! hear of the same.

use std::{collections::BTreeSet, fmt::Debug};

use anyhow::{Context, Result, ensure};
use e2e::{is_uncertain, pool, until};
use futures::future::join_all;
use proto::{
    identity::Scheme, kinship::Relation, settlement::TransferState,
    wallet::payment_service_client::PaymentServiceClient,
};
use testkit::{
    desk::{Desk, Party, institution, requests, under},
    people::{id, newcomer},
};
use tonic::Status;

use crate::stage::{HOSPITAL, Stage};

const CROWD: usize = 64;

/// Asks as often at once, through several connections. Whoever gets no certain answer asks again; all answers are the
/// same, and there is one.
async fn at_once<T: Debug>(
    stage: &Stage,
    what: &str,
    ask: impl AsyncFn(&Desk) -> Result<T, Status>,
) -> Result<String> {
    let doors = (0..4).map(|_| Desk::of(&stage.scene.cluster)).collect::<Result<Vec<_>>>()?;
    let answers = join_all((0..CROWD).map(|number| ask(&doors[number % doors.len()]))).await;
    let mut said = BTreeSet::new();
    let mut unsure = 0;
    for answer in answers {
        match answer {
            Ok(reply) => {
                said.insert(format!("{reply:?}"));
            }
            Err(status) if is_uncertain(&status) => unsure += 1,
            Err(status) => anyhow::bail!("{what} was refused: {status:?}"),
        }
    }
    let last = stage.scene.certain(|| ask(&doors[0])).await.with_context(|| what.to_owned())?;
    said.insert(format!("{last:?}"));
    ensure!(said.len() == 1, "{what} was answered in {} ways: {said:?}", said.len());
    ensure!(unsure < CROWD, "{what} was never answered at once");
    said.pop_first().context("an answer")
}

pub(crate) async fn a_transfer_and_its_claim_happen_once(stage: &mut Stage) -> Result<()> {
    let family = stage.families[6].clone();
    let (transfer, claim) = (id(), id());
    let sending = async |desk: &Desk| {
        let sent = desk.send(&transfer, &family.bond, &family.sharer, &family.beneficiary, "16.00").await?;
        Ok((sent.transfer_id, sent.amount, sent.create_time))
    };
    at_once(stage, "CreateTransfer", sending).await?;
    stage.ends(&transfer, &family, TransferState::PendingClaim).await?;
    let claiming = async |desk: &Desk| {
        let claimed = desk.claim(&claim, &transfer, &family.beneficiary).await?;
        Ok((claimed.transfer_id, claimed.state, claimed.claim_time, claimed.remaining_amount))
    };
    at_once(stage, "ClaimTransfer", claiming).await?;
    let account = stage.scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    ensure!(account.earmarked == "16.00", "{account:?}");
    let slots = format!("SELECT n::bigint FROM day_slot WHERE sharer = '{}'", family.sharer.person);
    let sent = format!("SELECT count(*) FROM transfer WHERE sharer = '{}'", family.sharer.person);
    ensure!(stage.number("settlement", &sent).await? == 1, "{slots}");
    Ok(())
}

pub(crate) async fn a_payment_a_refund_and_a_credit_happen_once(stage: &mut Stage) -> Result<()> {
    // The family whose lot the crowd before has claimed.
    let family = stage.families[6].clone();
    let patient = &family.beneficiary;
    let (payment, refund, credit) = (id(), id(), id());
    let bill = stage.scene.bill(HOSPITAL, "8.00");
    let paying = async |desk: &Desk| {
        let paid = desk.pay(&payment, patient, &bill).await?;
        Ok((paid.payment_id, paid.sequence, paid.split, paid.account_available_after))
    };
    let paid = at_once(stage, "Pay", paying).await?;
    ensure!(paid.contains("8.00"), "{paid}");
    let request = requests::refund(&refund, &payment, HOSPITAL, "2.00");
    let refunding = async |desk: &Desk| {
        let channel = desk.wallet(patient.pool).map_err(|error| Status::internal(error.to_string()))?;
        let request = under(&institution(HOSPITAL), request.clone());
        let reply = PaymentServiceClient::new(channel).refund_payment(request).await?.into_inner();
        Ok(reply.refund)
    };
    at_once(stage, "RefundPayment", refunding).await?;
    let wallet = stage.scene.desk.wallet_of(patient).await?;
    ensure!(wallet.quota_amount == "10.00", "16.00, less 8.00, and 2.00 back: {wallet:?}");

    let before = stage.scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    let request = requests::credit(&credit, &family.sharer, "32.00", "2026-01");
    let crediting = async |desk: &Desk| {
        let channel = desk.wallet(family.sharer.pool).map_err(|error| Status::internal(error.to_string()))?;
        let mut book = proto::wallet::wallet_service_client::WalletServiceClient::new(channel);
        let request = under(&testkit::desk::agency(family.sharer.pool.province()), request.clone());
        Ok(book.credit_personal_account(request).await?.into_inner().account)
    };
    at_once(stage, "CreditPersonalAccount", crediting).await?;
    let after = stage.scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    let yuan = |text: &str| money::Yuan::parse(text);
    let risen = yuan(&after.available)?.minus(yuan(&before.available)?)?;
    ensure!(risen.to_string() == "32.00", "{before:?} became {after:?}");
    Ok(())
}

pub(crate) async fn a_wallet_and_a_bond_come_to_be_once(stage: &mut Stage) -> Result<()> {
    let scene = &stage.scene;
    let chengdu = pool(510_100);
    let newcomer = newcomer(chengdu, 1960, 0)?;
    let person = until("registering", || scene.desk.register(&newcomer, chengdu)).await?;
    until("enrolling", || scene.desk.enrol(&person, Scheme::Resident, chengdu, "2020-01-01")).await?;
    let party = Party { person, pool: chengdu, wallet: id() };
    at_once(stage, "OpenWallet", async |desk: &Desk| desk.open_wallet(&party, &newcomer.mobile, true).await)
        .await?;
    let wallets = format!("SELECT count(*) FROM wallet WHERE person = '{}'", party.person);
    ensure!(stage.number("wallet-51", &wallets).await? == 1, "one wallet");

    let (bond, sharer) = (id(), stage.families[7].sharer.clone());
    let proposing = async |desk: &Desk| desk.propose(&bond, &sharer, &party, Relation::Sibling).await;
    at_once(stage, "ProposeBond", proposing).await?;
    let bonds = format!("SELECT count(*) FROM bond WHERE beneficiary = '{}'", party.person);
    ensure!(stage.number("kinship-registry", &bonds).await? == 1, "one bond");
    stage.scene.verdict().await?.assert_clean();
    Ok(())
}
