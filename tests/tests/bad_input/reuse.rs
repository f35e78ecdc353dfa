//! The same id with other content, for each write: the first content stands, a repeat of it is answered as before,
//! and whatever differs is refused.

use std::fmt::Debug;

use anyhow::{Context, Result};
use e2e::{Family, Scene, assert_refused, pool};
use proto::{
    common::Channel,
    identity::Scheme,
    kinship::Relation,
    settlement::{
        ClaimTransferRequest, DeclineTransferRequest, InstitutionKind, PutInstitutionRequest,
        institution_service_client::InstitutionServiceClient, transfer_service_client::TransferServiceClient,
    },
    wallet::{
        CreditKind, CreditPersonalAccountRequest, FreezeWalletRequest, OpenWalletRequest, Terms,
        UnfreezeWalletRequest, wallet_service_client::WalletServiceClient,
    },
};
use testkit::{
    desk::{Party, agency, citizen, under},
    people::{id, newcomer},
};
use tonic::Status;

/// A part of the content, and another value for it.
type Change<R> = (&'static str, fn(&mut R));

/// Asks once, asks for something else under the same id, and asks again.
async fn stands<R, T, Answer>(
    scene: &Scene,
    rpc: &str,
    good: &R,
    changes: &[Change<R>],
    ask: impl Fn(R) -> Answer,
) -> Result<()>
where
    R: Clone,
    T: Debug,
    Answer: Future<Output = Result<T, Status>>,
{
    scene.certain(|| ask(good.clone())).await.with_context(|| format!("{rpc}, the first time"))?;
    for (part, change) in changes {
        let mut other = good.clone();
        change(&mut other);
        eprintln!("  {rpc} with another {part}");
        assert_refused(scene.certain(|| ask(other.clone())).await, "REQUEST_ID_REUSED");
    }
    scene.certain(|| ask(good.clone())).await.with_context(|| format!("{rpc}, repeated"))?;
    Ok(())
}

pub(crate) async fn every_write(scene: &Scene) -> Result<()> {
    open_wallet(scene).await?;
    freeze_and_thaw(scene).await?;
    credit(scene).await?;
    put_institution(scene).await?;
    claim_and_decline(scene).await
}

async fn open_wallet(scene: &Scene) -> Result<()> {
    type R = OpenWalletRequest;
    let chengdu = pool(510_100);
    let newcomer = newcomer(chengdu, 1960, 0)?;
    let person = e2e::until("registering", || scene.desk.register(&newcomer, chengdu)).await?;
    let enrol = || scene.desk.enrol(&person, Scheme::Resident, chengdu, "2020-01-01");
    e2e::until("enrolling", enrol).await?;
    let by = citizen(&person);
    let good = R {
        wallet_id: id(),
        person_id: person,
        place_of_use: chengdu.to_string(),
        mobile: newcomer.mobile,
        terms: Some(Terms { text_version: "2026-01".to_owned(), text_sha256: "ab".repeat(32) }),
        channel: Channel::NationalApp.into(),
        ..Default::default()
    };
    let changes: [Change<R>; 4] = [
        ("mobile", |r| r.mobile = "13900000000".to_owned()),
        ("text_version", |r| r.terms.get_or_insert_default().text_version = "2025-01".to_owned()),
        ("text_sha256", |r| r.terms.get_or_insert_default().text_sha256 = "ba".repeat(32)),
        ("auto_claim", |r| r.auto_claim = true),
    ];
    let ask = async |request| {
        WalletServiceClient::new(scene.channel("wallet-51")).open_wallet(under(&by, request)).await
    };
    stands(scene, "OpenWallet", &good, &changes, ask).await
}

async fn freeze_and_thaw(scene: &Scene) -> Result<()> {
    type F = FreezeWalletRequest;
    type U = UnfreezeWalletRequest;
    let owner = scene.person(Scheme::Resident, pool(510_100), false).await?;
    let wallets = || WalletServiceClient::new(scene.channel("wallet-51"));
    let (wallet_id, by) = (owner.wallet.clone(), agency(owner.pool.province()));
    let reason = "a check".to_owned();
    let good =
        F { request_id: id(), wallet_id: wallet_id.clone(), reason: reason.clone(), ..Default::default() };
    let changes: [Change<F>; 3] = [
        ("wallet_id", |r| r.wallet_id = id()),
        ("reason", |r| r.reason = "another check".to_owned()),
        ("case_reference", |r| r.case_reference = "CASE-2".to_owned()),
    ];
    let ask = async |request| wallets().freeze_wallet(under(&by, request)).await;
    stands(scene, "FreezeWallet", &good, &changes, ask).await?;

    let second = format!("{by}:second");
    let thaw = U { request_id: id(), wallet_id, reason, ..Default::default() };
    let changes: [Change<U>; 3] = [
        ("wallet_id", |r| r.wallet_id = id()),
        ("reason", |r| r.reason = "another check".to_owned()),
        ("case_reference", |r| r.case_reference = "CASE-2".to_owned()),
    ];
    let ask = async |request| wallets().unfreeze_wallet(under(&second, request)).await;
    stands(scene, "UnfreezeWallet", &thaw, &changes, ask).await?;
    // A freeze's id is no thaw's.
    let thaw = U { request_id: good.request_id, ..thaw };
    assert_refused(scene.certain(|| ask(thaw.clone())).await, "REQUEST_ID_REUSED");
    Ok(())
}

async fn credit(scene: &Scene) -> Result<()> {
    type R = CreditPersonalAccountRequest;
    let owner = scene.employee(pool(320_100), "1.00").await?;
    let by = agency(owner.pool.province());
    let good = R {
        credit_id: id(),
        person_id: owner.person.clone(),
        pooling_area: owner.pool.to_string(),
        month: "2026-02".to_owned(),
        amount: "2.00".to_owned(),
        kind: CreditKind::Contribution.into(),
        reference: "slip 1".to_owned(),
    };
    let changes: [Change<R>; 5] = [
        ("person_id", |r| r.person_id = id()),
        ("month", |r| r.month = "2026-01".to_owned()),
        ("amount", |r| r.amount = "4.00".to_owned()),
        ("kind", |r| r.kind = CreditKind::Interest.into()),
        ("reference", |r| r.reference = "slip 2".to_owned()),
    ];
    let ask = async |request| {
        let mut wallets = WalletServiceClient::new(scene.channel("wallet-32"));
        wallets.credit_personal_account(under(&by, request)).await
    };
    stands(scene, "CreditPersonalAccount", &good, &changes, ask).await?;
    let account = scene.desk.wallet_of(&owner).await?.account.unwrap_or_default();
    assert_eq!(account.available, "3.00", "one credit of 1.00 and one of 2.00");
    Ok(())
}

async fn put_institution(scene: &Scene) -> Result<()> {
    type R = PutInstitutionRequest;
    let good = R {
        request_id: id(),
        institution_code: "H51010400125".to_owned(),
        name: "第三医院".to_owned(),
        pooling_area: "510100".to_owned(),
        kind: InstitutionKind::Hospital.into(),
        wallet_supported: true,
        designated_from: "2020-01-01".to_owned(),
        ..Default::default()
    };
    let changes: [Change<R>; 6] = [
        ("institution_code", |r| r.institution_code = "H51010400126".to_owned()),
        ("name", |r| r.name = "第四医院".to_owned()),
        ("wallet_supported", |r| r.wallet_supported = false),
        ("suspended", |r| r.suspended = true),
        ("designated_from", |r| r.designated_from = "2021-01-01".to_owned()),
        ("designated_to", |r| r.designated_to = "2030-12-31".to_owned()),
    ];
    let by = agency(pool(510_100).province());
    let ask = async |request| {
        InstitutionServiceClient::new(scene.channel("settlement")).put_institution(under(&by, request)).await
    };
    stands(scene, "PutInstitution", &good, &changes, ask).await
}

/// Another sharer for the same beneficiary, with a transfer that waits.
async fn pending(scene: &Scene, beneficiary: &Party) -> Result<String> {
    let sharer = scene.employee(pool(320_100), "100.00").await?;
    let bond = scene.bond(&sharer, beneficiary, Relation::Sibling).await?;
    let (transfer, family) = (id(), Family { sharer, beneficiary: beneficiary.clone(), bond });
    scene.send(&transfer, &family, "8.00").await?;
    Ok(transfer)
}

async fn claim_and_decline(scene: &Scene) -> Result<()> {
    let beneficiary = scene.person(Scheme::Resident, pool(510_100), false).await?;
    let by = citizen(&beneficiary.person);
    let transfers = || TransferServiceClient::new(scene.channel("settlement"));
    let [first, second, third] = [
        pending(scene, &beneficiary).await?,
        pending(scene, &beneficiary).await?,
        pending(scene, &beneficiary).await?,
    ];
    let claim = ClaimTransferRequest { request_id: id(), transfer_id: first, ..Default::default() };
    let other = ClaimTransferRequest { transfer_id: third.clone(), ..claim.clone() };
    let unknown: [Change<ClaimTransferRequest>; 1] = [("transfer_id", |r| r.transfer_id = id())];
    let claiming = async |request| transfers().claim_transfer(under(&by, request)).await;
    stands(scene, "ClaimTransfer", &claim, &unknown, claiming).await?;
    assert_refused(scene.certain(|| claiming(other.clone())).await, "REQUEST_ID_REUSED");

    let decline = DeclineTransferRequest { request_id: id(), transfer_id: second, ..Default::default() };
    let other = DeclineTransferRequest { transfer_id: third.clone(), ..decline.clone() };
    // A claim's id is no refusal's, and the other way round.
    let crossed = DeclineTransferRequest { request_id: claim.request_id.clone(), ..other.clone() };
    let unknown: [Change<DeclineTransferRequest>; 1] = [("transfer_id", |r| r.transfer_id = id())];
    let declining = async |request| transfers().decline_transfer(under(&by, request)).await;
    stands(scene, "DeclineTransfer", &decline, &unknown, declining).await?;
    for request in [other, crossed] {
        assert_refused(scene.certain(|| declining(request.clone())).await, "REQUEST_ID_REUSED");
    }
    let crossed = ClaimTransferRequest { request_id: decline.request_id, transfer_id: third, ..claim };
    assert_refused(scene.certain(|| claiming(crossed.clone())).await, "REQUEST_ID_REUSED");
    Ok(())
}
