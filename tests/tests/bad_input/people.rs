//! Bad input about persons, enrolments, bonds and wallets.

use anyhow::Result;
use e2e::{Family, Scene, pool};
use proto::{
    common::{Channel, Programme},
    identity::{
        EnrolmentStatus, RecordEnrolmentRequest, RegisterPersonRequest, Scheme,
        identity_service_client::IdentityServiceClient,
    },
    kinship::{
        AcceptBondRequest, Commitment, ProposeBondRequest, RejectBondRequest, Relation,
        kinship_service_client::KinshipServiceClient,
    },
    wallet::{
        FreezeWalletRequest, OpenWalletRequest, Terms, UnfreezeWalletRequest,
        wallet_service_client::WalletServiceClient,
    },
};
use testkit::{
    desk::{agency, citizen, long_ago, operator, under},
    people::{id, newcomer},
};

use super::table::{IDS, POOLS, fault, kinds, refuses, texts, too_long};

const DAYS: [&str; 4] = ["2020-13-01", "2020-02-30", "20200101", "yesterday"];

pub(crate) async fn register_person(scene: &Scene) -> Result<()> {
    type R = RegisterPersonRequest;
    let chengdu = pool(510_100);
    let person = newcomer(chengdu, 1990, 1)?;
    let good = R {
        request_id: id(),
        id_number: person.id_number,
        name: person.name,
        mobile: person.mobile,
        ..Default::default()
    };
    // Missing, wrong check digit, no such day, 15 digits, letters, a letter X that is none.
    let numbers = [
        "",
        "110105194912310021",
        "11010519491331002X",
        "110105491231002",
        "abc",
        "11010519491231002\u{425}",
    ];
    let faults = [
        texts("request_id", |r: &mut R, value| r.request_id = value, &IDS),
        texts("id_number", |r, value| r.id_number = value, &numbers),
        texts("name", |r, value| r.name = value, &["", " "]),
        too_long("name", |r, value| r.name = value, 65),
        texts("mobile", |r, value| r.mobile = value, &["", "1380000000", "23800000000", "138000000０0"]),
        too_long("address", |r, value| r.address = value, 257),
    ];
    let ask = async |request| {
        let mut identity = IdentityServiceClient::new(scene.channel("identity"));
        identity.register_person(under(&operator(chengdu), request)).await
    };
    refuses("RegisterPerson", &good, &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await
}

pub(crate) async fn record_enrolment(scene: &Scene, family: &Family) -> Result<()> {
    type R = RecordEnrolmentRequest;
    let good = R {
        request_id: id(),
        enrolment_id: id(),
        person_id: family.beneficiary.person.clone(),
        scheme: Scheme::Resident.into(),
        pooling_area: "510100".to_owned(),
        status: EnrolmentStatus::Normal.into(),
        valid_from: "2030-01-01".to_owned(),
        business_time: Some(long_ago()),
        ..Default::default()
    };
    let faults = [
        texts("request_id", |r: &mut R, value| r.request_id = value, &IDS),
        texts("enrolment_id", |r, value| r.enrolment_id = value, &IDS),
        texts("person_id", |r, value| r.person_id = value, &IDS),
        texts("pooling_area", |r, value| r.pooling_area = value, &POOLS),
        kinds("scheme", |r, kind| r.scheme = kind),
        kinds("status", |r, kind| r.status = kind),
        texts("valid_from", |r, value| r.valid_from = value, &DAYS),
        texts("valid_from", |r, value| r.valid_from = value, &[""]),
        texts("valid_to", |r, value| r.valid_to = value, &DAYS),
        texts("valid_to", |r, value| r.valid_to = value, &["2019-12-31"]),
        fault("business_time", |r| r.business_time = None),
        fault("business_time", |r| {
            r.business_time = Some(prost_types::Timestamp { seconds: 9_999_999_999, nanos: 0 });
        }),
    ];
    let ask = async |request| {
        let mut identity = IdentityServiceClient::new(scene.channel("identity"));
        identity.record_enrolment(under(&agency(pool(510_100).province()), request)).await
    };
    refuses("RecordEnrolment", &good, &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await
}

pub(crate) async fn propose_bond(scene: &Scene, family: &Family) -> Result<()> {
    type R = ProposeBondRequest;
    fn commitment(request: &mut R) -> &mut Commitment {
        request.commitment.get_or_insert_default()
    }
    let good = R {
        bond_id: id(),
        programme: Programme::Wallet.into(),
        sharer_person_id: family.sharer.person.clone(),
        beneficiary_person_id: family.beneficiary.person.clone(),
        relation: Relation::Sibling.into(),
        commitment: Some(Commitment {
            text_version: "2026-01".to_owned(),
            text_sha256: "cd".repeat(32),
            accept_time: Some(long_ago()),
        }),
        channel: Channel::NationalApp.into(),
        ..Default::default()
    };
    let faults = [
        texts("bond_id", |r: &mut R, value| r.bond_id = value, &IDS),
        texts("sharer_person_id", |r, value| r.sharer_person_id = value, &IDS),
        texts("beneficiary_person_id", |r, value| r.beneficiary_person_id = value, &IDS),
        kinds("programme", |r, kind| r.programme = kind),
        kinds("relation", |r, kind| r.relation = kind),
        kinds("channel", |r, kind| r.channel = kind),
        texts("commitment.text_version", |r, value| commitment(r).text_version = value, &[""]),
        too_long("commitment.text_version", |r, value| commitment(r).text_version = value, 33),
        texts("commitment.text_sha256", |r, value| commitment(r).text_sha256 = value, &["", "cd", "xyz"]),
    ];
    let ask = async |request| {
        let mut kinship = KinshipServiceClient::new(scene.channel("kinship-registry"));
        kinship.propose_bond(under(&citizen(&family.sharer.person), request)).await
    };
    refuses("ProposeBond", &good, &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await
}

pub(crate) async fn answer_bond(scene: &Scene, family: &Family) -> Result<()> {
    type A = AcceptBondRequest;
    type R = RejectBondRequest;
    let by = citizen(&family.beneficiary.person);
    let accept = A { request_id: id(), bond_id: family.bond.clone(), ..Default::default() };
    let faults = [
        texts("request_id", |r: &mut A, value| r.request_id = value, &IDS),
        texts("bond_id", |r, value| r.bond_id = value, &IDS),
        texts("acting_guardian_person_id", |r, value| r.acting_guardian_person_id = value, &IDS[1..]),
    ];
    let ask = async |request| {
        KinshipServiceClient::new(scene.channel("kinship-registry")).accept_bond(under(&by, request)).await
    };
    refuses("AcceptBond", &accept, &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await?;
    let reject = R { request_id: id(), bond_id: family.bond.clone(), ..Default::default() };
    let faults = [
        texts("request_id", |r: &mut R, value| r.request_id = value, &IDS),
        texts("bond_id", |r, value| r.bond_id = value, &IDS),
    ];
    let ask = async |request| {
        KinshipServiceClient::new(scene.channel("kinship-registry")).reject_bond(under(&by, request)).await
    };
    refuses("RejectBond", &reject, &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await
}

pub(crate) async fn open_wallet(scene: &Scene, family: &Family) -> Result<()> {
    type R = OpenWalletRequest;
    fn terms(request: &mut R) -> &mut Terms {
        request.terms.get_or_insert_default()
    }
    let good = R {
        wallet_id: id(),
        person_id: family.beneficiary.person.clone(),
        place_of_use: "510100".to_owned(),
        mobile: "13800000000".to_owned(),
        terms: Some(Terms { text_version: "2026-01".to_owned(), text_sha256: "ab".repeat(32) }),
        channel: Channel::NationalApp.into(),
        ..Default::default()
    };
    let faults = [
        texts("wallet_id", |r: &mut R, value| r.wallet_id = value, &IDS),
        texts("person_id", |r, value| r.person_id = value, &IDS),
        texts("place_of_use", |r, value| r.place_of_use = value, &POOLS),
        texts("mobile", |r, value| r.mobile = value, &["", "1380000000", "23800000000"]),
        texts("terms.text_version", |r, value| terms(r).text_version = value, &[""]),
        texts("terms.text_sha256", |r, value| terms(r).text_sha256 = value, &["", "ab", "xyz"]),
        kinds("channel", |r, kind| r.channel = kind),
    ];
    let ask = async |request| {
        let mut wallet = WalletServiceClient::new(scene.channel("wallet-51"));
        wallet.open_wallet(under(&citizen(&family.beneficiary.person), request)).await
    };
    refuses("OpenWallet", &good, &faults.into_iter().flatten().collect::<Vec<_>>(), &ask).await?;
    refuses("OpenWallet", &good, &fault("terms", |r: &mut R| r.terms = None), ask).await
}

pub(crate) async fn freeze_wallet(scene: &Scene, family: &Family) -> Result<()> {
    type F = FreezeWalletRequest;
    type U = UnfreezeWalletRequest;
    let by = agency(pool(510_100).province());
    let wallet_id = family.beneficiary.wallet.clone();
    let freeze = F {
        request_id: id(),
        wallet_id: wallet_id.clone(),
        reason: "a check".to_owned(),
        ..Default::default()
    };
    let faults = [
        texts("request_id", |r: &mut F, value| r.request_id = value, &IDS),
        texts("wallet_id", |r, value| r.wallet_id = value, &IDS),
        texts("reason", |r, value| r.reason = value, &[""]),
        too_long("reason", |r, value| r.reason = value, 257),
        too_long("case_reference", |r, value| r.case_reference = value, 65),
    ];
    let ask = async |request| {
        WalletServiceClient::new(scene.channel("wallet-51")).freeze_wallet(under(&by, request)).await
    };
    refuses("FreezeWallet", &freeze, &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await?;
    let thaw = U { request_id: id(), wallet_id, reason: "a check".to_owned(), ..Default::default() };
    let faults = [
        texts("request_id", |r: &mut U, value| r.request_id = value, &IDS),
        texts("wallet_id", |r, value| r.wallet_id = value, &IDS),
        texts("reason", |r, value| r.reason = value, &[""]),
    ];
    let ask = async |request| {
        WalletServiceClient::new(scene.channel("wallet-51")).unfreeze_wallet(under(&by, request)).await
    };
    refuses("UnfreezeWallet", &thaw, &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await
}
