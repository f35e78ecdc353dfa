//! The requests about persons, their wallets and their bonds. As all of the desk's, they are the same to the byte for
//! the same ids.

use proto::{
    common::{Channel as Way, Programme},
    identity::{
        ActivateMedicalCodeRequest, EnrolmentStatus, RecordEnrolmentRequest, RegisterPersonRequest, Scheme,
    },
    kinship::{AcceptBondRequest, Commitment, ProposeBondRequest, RejectBondRequest, Relation},
    wallet::{FreezeWalletRequest, OpenWalletRequest, Terms, UnfreezeWalletRequest},
};
use standards::Pool;

use crate::{
    desk::{Party, long_ago},
    people::Newcomer,
};

/// 参保人登记.
pub fn registration(request_id: &str, newcomer: &Newcomer) -> RegisterPersonRequest {
    RegisterPersonRequest {
        request_id: request_id.to_owned(),
        id_number: newcomer.id_number.clone(),
        name: newcomer.name.clone(),
        mobile: newcomer.mobile.clone(),
        ..Default::default()
    }
}

/// 医保码激活 at a counter.
pub fn activation(request_id: &str, person: &str) -> ActivateMedicalCodeRequest {
    ActivateMedicalCodeRequest {
        request_id: request_id.to_owned(),
        person_id: person.to_owned(),
        channel: Way::Counter.into(),
        ..Default::default()
    }
}

/// 参保登记 from a civil day on, under the request's and the enrolment's ids.
pub fn enrolment(
    [request_id, enrolment_id]: [&str; 2],
    person: &str,
    scheme: Scheme,
    pool: Pool,
    from: &str,
) -> RecordEnrolmentRequest {
    RecordEnrolmentRequest {
        request_id: request_id.to_owned(),
        enrolment_id: enrolment_id.to_owned(),
        person_id: person.to_owned(),
        scheme: scheme.into(),
        pooling_area: pool.to_string(),
        status: EnrolmentStatus::Normal.into(),
        valid_from: from.to_owned(),
        business_time: Some(long_ago()),
        ..Default::default()
    }
}

/// 开通医保钱包 where the person is insured, under the wallet's id.
pub fn wallet(party: &Party, mobile: &str, auto_claim: bool) -> OpenWalletRequest {
    OpenWalletRequest {
        wallet_id: party.wallet.clone(),
        person_id: party.person.clone(),
        place_of_use: party.pool.to_string(),
        mobile: mobile.to_owned(),
        terms: Some(Terms { text_version: "2026-01".to_owned(), text_sha256: "ab".repeat(32) }),
        auto_claim,
        channel: Way::NationalApp.into(),
        ..Default::default()
    }
}

/// 冻结.
pub fn freeze(request_id: &str, wallet: &str) -> FreezeWalletRequest {
    FreezeWalletRequest {
        request_id: request_id.to_owned(),
        wallet_id: wallet.to_owned(),
        reason: "a check".to_owned(),
        case_reference: "CASE-1".to_owned(),
    }
}

/// 解冻.
pub fn unfreeze(request_id: &str, wallet: &str) -> UnfreezeWalletRequest {
    UnfreezeWalletRequest {
        request_id: request_id.to_owned(),
        wallet_id: wallet.to_owned(),
        reason: "the check is over".to_owned(),
        case_reference: "CASE-1".to_owned(),
    }
}

fn commitment() -> Option<Commitment> {
    Some(Commitment {
        text_version: "2026-01".to_owned(),
        text_sha256: "cd".repeat(32),
        accept_time: Some(long_ago()),
    })
}

/// 共济关系: proposed by the sharer; `relation` is what the beneficiary is to the sharer.
pub fn proposal(
    bond_id: &str,
    sharer: &Party,
    beneficiary: &Party,
    relation: Relation,
) -> ProposeBondRequest {
    ProposeBondRequest {
        bond_id: bond_id.to_owned(),
        programme: Programme::Wallet.into(),
        sharer_person_id: sharer.person.clone(),
        beneficiary_person_id: beneficiary.person.clone(),
        relation: relation.into(),
        commitment: commitment(),
        channel: Way::NationalApp.into(),
        ..Default::default()
    }
}

/// Accepted by the beneficiary.
pub fn acceptance(request_id: &str, bond: &str) -> AcceptBondRequest {
    let (request_id, bond_id) = (request_id.to_owned(), bond.to_owned());
    AcceptBondRequest { request_id, bond_id, commitment: commitment(), ..Default::default() }
}

/// Rejected by the beneficiary.
pub fn rejection(request_id: &str, bond: &str) -> RejectBondRequest {
    let (request_id, bond_id) = (request_id.to_owned(), bond.to_owned());
    RejectBondRequest { request_id, bond_id, ..Default::default() }
}
