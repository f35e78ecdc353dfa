//! One id, asked for by two: under another caller it shows and changes nothing, in another operation it is refused, and
//! after a restart it is still known. What differs is refused as reused, and what does not is answered as before.

use anyhow::{Context, Result, ensure};
use e2e::{Family, assert_refused, pool, reason};
use proto::wallet::CreditPersonalAccountRequest;
use testkit::{
    desk::{Bill, Party, agency, requests, under},
    people::id,
};
use tonic::{Code, Status};

use crate::stage::{HOSPITAL, REST, Stage, settle};

const OTHER_HOSPITAL: &str = "H51010400124";
const REUSED: &str = "REQUEST_ID_REUSED";

/// What a sharer and a beneficiary have, to see that nothing changed.
async fn possessions(stage: &Stage, family: &Family) -> Result<String> {
    let account = stage.scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    let wallet = stage.scene.desk.wallet_of(&family.beneficiary).await?;
    Ok(format!("{account:?} {} {}", wallet.quota_amount, wallet.pending_amount))
}

pub(crate) async fn an_id_of_somebody_else_shows_and_changes_nothing(stage: &mut Stage) -> Result<()> {
    let [ours, theirs] = [stage.families[0].clone(), stage.families[1].clone()];
    let scene = &stage.scene;
    let before = possessions(stage, &theirs).await?;
    let transfer = id();
    scene.send(&transfer, &ours, "8.00").await?;
    assert_refused(scene.send(&transfer, &theirs, "8.00").await, REUSED);
    // To the letter what we asked for, by somebody else.
    let stranger = Family { sharer: theirs.sharer.clone(), ..ours.clone() };
    no_business_of_theirs(scene.send(&transfer, &stranger, "8.00").await)?;

    let (claim, other) = (id(), id());
    scene.send(&other, &theirs, "8.00").await?;
    scene.certain(|| scene.desk.claim(&claim, &transfer, &ours.beneficiary)).await?;
    assert_refused(scene.desk.claim(&claim, &other, &theirs.beneficiary).await, REUSED);
    no_business_of_theirs(scene.desk.claim(&claim, &transfer, &theirs.beneficiary).await)?;
    // A transfer's id is no claim's, and a claim's no transfer's.
    assert_refused(scene.desk.claim(&transfer, &other, &theirs.beneficiary).await, REUSED);
    assert_refused(scene.send(&claim, &ours, "8.00").await, REUSED);
    scene.desk.decline(&other, &theirs.beneficiary).await?;
    stage.ends(&other, &theirs, proto::settlement::TransferState::Returned).await?;
    assert_eq!(before, possessions(stage, &theirs).await?, "somebody else's id changed something");
    Ok(())
}

fn no_business_of_theirs<T: std::fmt::Debug>(answer: Result<T, Status>) -> Result<()> {
    let status = answer.err().context("somebody else's transfer was shown")?;
    let refused = [REUSED, "OUT_OF_SCOPE", "BOND_NOT_ACTIVE"].contains(&reason(&status).as_str());
    ensure!(refused && status.code() != Code::Internal, "{status:?}");
    Ok(())
}

pub(crate) async fn an_id_of_another_institution_or_agency_is_refused(stage: &mut Stage) -> Result<()> {
    let scene = &stage.scene;
    scene.institution(OTHER_HOSPITAL, pool(510_100)).await?;
    let patient = stage.families[2].beneficiary.clone();
    scene.pay(&patient, OTHER_HOSPITAL, "1.00").await?;
    let (payment, bill) = (id(), scene.bill(HOSPITAL, "2.00"));
    let first = scene.certain(|| scene.desk.pay(&payment, &patient, &bill)).await?;
    let other = Bill { institution: OTHER_HOSPITAL.to_owned(), ..bill.clone() };
    let asked = scene.certain(|| scene.desk.pay(&payment, &patient, &other)).await;
    assert_refused(asked, REUSED);
    let again = scene.certain(|| scene.desk.pay(&payment, &patient, &bill)).await?;
    ensure!(again.sequence == first.sequence, "{again:?}");

    let [sharer, other] = [&stage.families[2].sharer, &stage.families[3].sharer];
    let credit = id();
    credited(stage, &credit, sharer, "1.00", &agency(sharer.pool.province())).await?;
    assert_refused(credited(stage, &credit, other, "1.00", &agency(other.pool.province())).await, REUSED);
    // Another province's agency has nothing to credit here, whatever the id.
    let foreign = credited(stage, &credit, sharer, "1.00", "agency:51").await;
    ensure!(reason(&foreign.err().context("a foreign agency")?) == "OUT_OF_SCOPE", "a foreign agency");
    // A credit's id is no payment's.
    let paid = scene.certain(|| scene.desk.pay(&credit, sharer, &bill)).await;
    assert_refused(paid, REUSED);
    Ok(())
}

async fn credited(
    stage: &Stage,
    credit: &str,
    party: &Party,
    amount: &str,
    by: &str,
) -> Result<String, Status> {
    let request: CreditPersonalAccountRequest = requests::credit(credit, party, amount, "2026-02");
    let ask = async || {
        let mut book =
            proto::wallet::wallet_service_client::WalletServiceClient::new(stage.scene.channel("wallet-32"));
        book.credit_personal_account(under(by, request.clone())).await
    };
    let reply = stage.scene.certain(ask).await?.into_inner();
    Ok(reply.account.unwrap_or_default().available)
}

/// Killed, not ended: what was answered is known all the same.
pub(crate) async fn ids_are_known_after_a_restart(stage: &mut Stage) -> Result<()> {
    let [ours, theirs] = [stage.families[4].clone(), stage.families[5].clone()];
    let (transfer, claim, payment, credit) = (id(), id(), id(), id());
    let bill = stage.scene.bill(HOSPITAL, "2.00");
    let mut before = None;
    for _ in 0..2 {
        let scene = &stage.scene;
        let sent = scene.send(&transfer, &ours, "8.00").await?;
        let claimed = scene.certain(|| scene.desk.claim(&claim, &transfer, &ours.beneficiary)).await?;
        let paid = scene.certain(|| scene.desk.pay(&payment, &ours.beneficiary, &bill)).await?;
        let money =
            credited(stage, &credit, &ours.sharer, "4.00", &agency(ours.sharer.pool.province())).await?;
        // What was paid from the lot is told to the sharer's book a little later.
        checker::settled(&scene.sources()?, REST).await?;
        let answers = (
            sent.create_time,
            claimed.claim_time,
            paid.sequence,
            paid.split,
            money,
            possessions(stage, &ours).await?,
        );
        match &before {
            None => before = Some(answers),
            Some(before) => {
                assert_eq!(*before, answers, "a repeat after a restart is answered in another way")
            }
        }
        assert_refused(scene.send(&transfer, &ours, "8.01").await, REUSED);
        assert_refused(scene.send(&transfer, &theirs, "8.00").await, REUSED);
        assert_refused(scene.desk.claim(&claim, &id(), &ours.beneficiary).await, REUSED);
        let other = Bill { amount: "2.01".to_owned(), ..bill.clone() };
        assert_refused(scene.certain(|| scene.desk.pay(&payment, &ours.beneficiary, &other)).await, REUSED);
        let other =
            credited(stage, &credit, &ours.sharer, "4.01", &agency(ours.sharer.pool.province())).await;
        assert_refused(other, REUSED);
        for service in ["settlement", "wallet-32", "wallet-51"] {
            stage.scene.cluster.process_mut(service)?.kill()?;
            stage.scene.cluster.restart(service, &[]).await?;
        }
    }
    stage.scene.verdict().await?.assert_clean();
    Ok(())
}

/// Two institutions of two provinces chose the same id: each book knows its own, and pools owe each other for both.
pub(crate) async fn one_id_at_two_books_is_two_payments(stage: &mut Stage) -> Result<()> {
    const XINING: &str = "H63010400123";
    let scene = &stage.scene;
    scene.institution(XINING, pool(630_100)).await?;
    let far = settle(scene, 1, 320_100, 630_100, false).await?;
    let sent = stage.send([&far[0], &stage.families[8]], "8.00").await?;
    let payment = id();
    for (sent, institution) in sent.iter().zip([XINING, HOSPITAL]) {
        let (claim, patient) = (id(), &sent.family.beneficiary);
        scene.certain(|| scene.desk.claim(&claim, &sent.transfer, patient)).await?;
        scene.pay(patient, institution, "1.00").await?;
        let bill = scene.bill(institution, "2.00");
        let paid = scene.certain(|| scene.desk.pay(&payment, patient, &bill)).await?;
        ensure!(paid.split.clone().unwrap_or_default().shared_amount == "2.00", "{paid:?}");
    }
    checker::settled(&scene.sources()?, REST).await?;
    for sent in &sent {
        let shown = scene.desk.transfer(&sent.transfer, &sent.family.sharer).await?;
        ensure!(shown.spent_amount == "3.00", "{shown:?}");
    }
    let owed = format!("SELECT coalesce(sum(amount), 0)::bigint FROM obligation WHERE source = '{payment}'");
    let owed = stage.number("settlement", &owed).await?;
    ensure!(owed == 400, "pools owe {owed} fen for two payments of 2.00 under one id");
    stage.scene.verdict().await?.assert_clean();
    Ok(())
}
