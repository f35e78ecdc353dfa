//! 加强核验 where it counts: no transfer, claim or wallet without the agreement of exactly the person who acts to exactly
//! that, and no citizen's data without an agreement to read; and nothing is lost by having to ask again.

use anyhow::{Context, Result};
use e2e::{Family, Scene, assert_refused, play, reason, time_of};
use proto::{
    common::Operation,
    identity::{GetPersonRequest, identity_service_client::IdentityServiceClient},
    settlement::{
        ClaimTransferRequest, CreateTransferRequest, GetTransferRequest, QuoteTransferRequest, Transfer,
        TransferState, create_transfer_request::Target, transfer_service_client::TransferServiceClient,
    },
    wallet::{GetWalletRequest, wallet_service_client::WalletServiceClient},
};
use testkit::{
    agree::{self, Lines},
    desk::{bare, citizen, operator, requests},
    people::id,
};
use time::Duration;
use tonic::{Request, Status};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_for_a_person_who_has_not_agreed_to_it() -> Result<()> {
    let mut scene = Scene::start("stepup", time_of("2026-03-10", 10, 0, 0)).await?;
    play!(
        scene;
        r_033_a_transfer_is_made_by_the_sharers_agreement_to_exactly_it,
        r_033_a_claim_is_made_by_the_beneficiarys_agreement,
        an_agreement_that_has_ended_repeats_what_was_accepted_and_begins_nothing,
        r_032_an_operator_acts_by_documents,
        a_citizens_app_reads_by_agreement,
        the_quotes_operation_can_be_agreed_to
    );
    scene.finish().await
}

async fn create(scene: &Scene, by: &str, request: CreateTransferRequest) -> Result<Transfer, Status> {
    let mut transfers = TransferServiceClient::new(scene.channel("settlement"));
    let reply = transfers.create_transfer(bare(by, request)).await?.into_inner();
    reply.transfer.ok_or_else(|| Status::internal("no transfer"))
}

fn wanted(family: &Family, amount: &str) -> CreateTransferRequest {
    requests::transfer(&id(), &family.bond, &family.beneficiary, amount)
}

/// What the sharer agrees to.
fn lines(family: &Family, request: &CreateTransferRequest) -> Lines {
    Lines {
        kind: "CreateTransfer",
        id: request.transfer_id.clone(),
        actor: family.sharer.person.clone(),
        counterparty: family.beneficiary.person.clone(),
        amount: request.amount.clone(),
        ..Lines::default()
    }
}

/// The assertion of a caller for these lines.
fn signed(by: &str, lines: &Lines) -> Result<String> {
    agree::assertion(by, lines).context("the cluster has a key")
}

async fn r_033_a_transfer_is_made_by_the_sharers_agreement_to_exactly_it(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "5000.00", 510_100, false).await?;
    let app = citizen(&family.sharer.person);
    let request = wanted(&family, "100.00");
    let exact = lines(&family, &request);
    let other = |change: fn(&mut Lines)| {
        let mut lines = exact.clone();
        change(&mut lines);
        lines
    };
    assert_refused(create(scene, &app, request.clone()).await, "STEP_UP_REQUIRED");
    let not_this = [
        signed(&app, &other(|lines| lines.amount = "100.01".to_owned()))?,
        signed(&app, &other(|lines| lines.id = id()))?,
        signed(&app, &other(|lines| lines.counterparty = id()))?,
        signed(&app, &other(|lines| lines.kind = "ClaimTransfer"))?,
        signed(&app, &other(|lines| lines.place = "320100".to_owned()))?,
        signed(&app, &other(|lines| lines.actor = id()))?,
        signed(&citizen(&family.beneficiary.person), &exact)?,
        signed("operator:320100", &exact)?,
        "nothing".to_owned(),
    ];
    for assertion in not_this {
        let spoilt = CreateTransferRequest { assertion, ..request.clone() };
        assert_refused(create(scene, &app, spoilt).await, "ASSERTION_MISMATCH");
    }
    // None of it cost the id, and the assertion is no part of what was asked.
    let good = CreateTransferRequest { assertion: signed(&app, &exact)?, ..request.clone() };
    let made = scene.certain(|| create(scene, &app, good.clone())).await?;
    assert_eq!((made.state(), made.amount.as_str()), (TransferState::PendingClaim, "100.00"));
    let again = CreateTransferRequest { assertion: signed(&app, &exact)?, ..request.clone() };
    assert_eq!(create(scene, &app, again).await?.transfer_id, made.transfer_id);
    assert_refused(create(scene, &app, request.clone()).await, "STEP_UP_REQUIRED");
    // The agreement is to this amount, whatever the request says.
    let more = CreateTransferRequest { transfer_id: id(), amount: "200.00".to_owned(), ..good };
    assert_refused(create(scene, &app, more).await, "ASSERTION_MISMATCH");
    Ok(())
}

async fn r_033_a_claim_is_made_by_the_beneficiarys_agreement(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "5000.00", 510_100, false).await?;
    let (sharer, app) = (citizen(&family.sharer.person), citizen(&family.beneficiary.person));
    let sent = scene.send(&id(), &family, "100.00").await?;
    let (transfer_id, request_id) = (sent.transfer_id.clone(), id());
    let claim = |assertion: String| {
        let (request_id, transfer_id) = (request_id.clone(), transfer_id.clone());
        ClaimTransferRequest { request_id, transfer_id, assertion }
    };
    let ask = async |request: ClaimTransferRequest| {
        let mut transfers = TransferServiceClient::new(scene.channel("settlement"));
        transfers.claim_transfer(bare(&app, request)).await
    };
    let actor = family.beneficiary.person.clone();
    let exact = Lines { kind: "ClaimTransfer", id: request_id.clone(), actor, ..Lines::default() };
    let of_sharer = Lines { actor: family.sharer.person.clone(), ..exact.clone() };
    assert_refused(ask(claim(String::new())).await, "STEP_UP_REQUIRED");
    for assertion in [
        signed(&sharer, &of_sharer)?,
        signed(&app, &Lines { id: id(), ..exact.clone() })?,
        signed(&app, &Lines { kind: "DeclineTransfer", ..exact.clone() })?,
    ] {
        assert_refused(ask(claim(assertion)).await, "ASSERTION_MISMATCH");
    }
    // Sharer and amount may be named; then they must be right.
    let whole = Lines { counterparty: family.sharer.person.clone(), amount: sent.amount, ..exact };
    let less = Lines { amount: "99.99".to_owned(), ..whole.clone() };
    assert_refused(ask(claim(signed(&app, &less)?)).await, "ASSERTION_MISMATCH");
    let good = claim(signed(&app, &whole)?);
    let claimed = scene.certain(|| ask(good.clone())).await?.into_inner();
    assert_eq!(claimed.transfer.context("a transfer")?.state(), TransferState::Claimed);
    Ok(())
}

async fn an_agreement_that_has_ended_repeats_what_was_accepted_and_begins_nothing(
    scene: &mut Scene,
) -> Result<()> {
    let family = scene.family(320_100, "5000.00", 510_100, false).await?;
    let app = citizen(&family.sharer.person);
    scene.desk.choose_password(&family.sharer.person, family.sharer.pool).await?;
    let desk = scene.desk.clone();
    let agreed = async |mut request: CreateTransferRequest| -> Result<CreateTransferRequest> {
        let operation = Operation {
            kind: "CreateTransfer".to_owned(),
            operation_id: request.transfer_id.clone(),
            actor_person_id: family.sharer.person.clone(),
            counterparty_person_id: family.beneficiary.person.clone(),
            amount: request.amount.clone(),
            ..Default::default()
        };
        request.assertion = desk.agree(operation).await?;
        Ok(request)
    };
    let (first, second) =
        (agreed(wanted(&family, "100.00")).await?, agreed(wanted(&family, "150.00")).await?);
    let made = scene.certain(|| create(scene, &app, first.clone())).await?;
    scene.cluster.set_clock(scene.cluster.civil_now() + Duration::minutes(3)).await?;
    let again = create(scene, &app, first).await?;
    assert_eq!((again.transfer_id, again.create_time), (made.transfer_id, made.create_time));
    assert_refused(create(scene, &app, second.clone()).await, "ASSERTION_EXPIRED");
    // The same id with a fresh agreement; another rule speaks now, for the first is unclaimed.
    let status = create(scene, &app, agreed(second).await?).await.expect_err("one is unclaimed");
    assert_eq!(reason(&status), "PENDING_TRANSFER_EXISTS");
    Ok(())
}

async fn r_032_an_operator_acts_by_documents(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "5000.00", 510_100, false).await?;
    let counter = operator(family.sharer.pool);
    let request = wanted(&family, "100.00");
    let operation = Operation {
        kind: "CreateTransfer".to_owned(),
        operation_id: request.transfer_id.clone(),
        actor_person_id: family.sharer.person.clone(),
        counterparty_person_id: family.beneficiary.person.clone(),
        amount: request.amount.clone(),
        ..Default::default()
    };
    let assertion = scene.desk.agree_at_counter(&counter, operation).await?;
    let good = CreateTransferRequest { assertion, ..request };
    // Not the person's app with it, and not another counter.
    let app = citizen(&family.sharer.person);
    assert_refused(create(scene, &app, good.clone()).await, "ASSERTION_MISMATCH");
    assert_refused(create(scene, "operator:320500", good.clone()).await, "ASSERTION_MISMATCH");
    let made = scene.certain(|| create(scene, &counter, good.clone())).await?;
    assert_eq!(made.state(), TransferState::PendingClaim);
    Ok(())
}

async fn a_citizens_app_reads_by_agreement(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "5000.00", 510_100, false).await?;
    let sent = scene.send(&id(), &family, "100.00").await?;
    let person = family.sharer.person.clone();
    scene.desk.choose_password(&person, family.sharer.pool).await?;
    let operation =
        Operation { kind: "READ".to_owned(), actor_person_id: person.clone(), ..Default::default() };
    let read = scene.desk.agree(operation).await?;
    let [settlement, here, at_identity] =
        ["settlement", "wallet-32", "identity"].map(|name| scene.channel(name));
    let get = async |by: &str, read: &str| {
        let request = GetTransferRequest { transfer_id: sent.transfer_id.clone(), ..Default::default() };
        let mut transfers = TransferServiceClient::new(settlement.clone());
        transfers.get_transfer(with(bare(by, request), read)).await.map(|_| ())
    };
    let wallet = async |by: &str, read: &str| {
        let request = GetWalletRequest { person_id: person.clone() };
        let mut wallets = WalletServiceClient::new(here.clone());
        wallets.get_wallet(with(bare(by, request), read)).await.map(|_| ())
    };
    let known = async |by: &str, read: &str| {
        let request = GetPersonRequest { person_id: person.clone() };
        let mut identity = IdentityServiceClient::new(at_identity.clone());
        identity.get_person(with(bare(by, request), read)).await.map(|_| ())
    };
    let app = citizen(&person);
    assert_refused(get(&app, "").await, "STEP_UP_REQUIRED");
    assert_refused(wallet(&app, "").await, "STEP_UP_REQUIRED");
    assert_refused(known(&app, "").await, "STEP_UP_REQUIRED");
    for result in [get(&app, &read).await, wallet(&app, &read).await, known(&app, &read).await] {
        result?;
    }
    // An agreement to something else is none to reading, and another app has none with this one.
    let actor = person.clone();
    let write = signed(&app, &Lines { kind: "OpenWallet", id: id(), actor, ..Lines::default() })?;
    assert_refused(wallet(&app, &write).await, "ASSERTION_MISMATCH");
    let relative = citizen(&family.beneficiary.person);
    assert_refused(get(&relative, &read).await, "ASSERTION_MISMATCH");
    wallet(&operator(family.sharer.pool), "").await?;
    scene.cluster.set_clock(scene.cluster.civil_now() + Duration::minutes(31)).await?;
    assert_refused(wallet(&app, &read).await, "ASSERTION_EXPIRED");
    Ok(())
}

fn with<T>(mut request: Request<T>, read: &str) -> Request<T> {
    if let (false, Ok(value)) = (read.is_empty(), read.parse()) {
        request.metadata_mut().insert("gongji-read", value);
    }
    request
}

async fn the_quotes_operation_can_be_agreed_to(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "5000.00", 510_100, false).await?;
    let (app, request) = (citizen(&family.sharer.person), wanted(&family, "100.00"));
    scene.desk.choose_password(&family.sharer.person, family.sharer.pool).await?;
    let quote = QuoteTransferRequest {
        transfer_id: request.transfer_id.clone(),
        bond_id: family.bond.clone(),
        amount: request.amount.clone(),
    };
    let ask = async || {
        let mut transfers = TransferServiceClient::new(scene.channel("settlement"));
        transfers.quote_transfer(testkit::desk::under(&app, quote.clone())).await
    };
    let quoted = scene.certain(ask).await?.into_inner();
    let operation = quoted.operation.context("an operation")?;
    assert_eq!(operation.place, "510100");
    let assertion = scene.desk.agree(operation).await?;
    assert!(matches!(request.target, Some(Target::BeneficiaryPersonId(_))));
    let good = CreateTransferRequest { assertion, ..request };
    let made = scene.certain(|| create(scene, &app, good.clone())).await?;
    assert_eq!(made.state(), TransferState::PendingClaim);
    Ok(())
}
