//! Nouns into replies.

use bond::{
    Bond, BondState, Channel, Commitment, DissolveReason, Fact, FactKind, Relation, SharingMode, Side,
};
use border::wire::{decision, programme, refusal, timestamp};
use proto::{common, kinship as wire};
use standards::{BondId, civil};
use uuid::Uuid;

use crate::{certify::Issued, check::Finding, eligibility::Answer, registered::Registered};

/// How much of a bond is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// Without its decision.
    Basic,
    /// With its decision.
    Full,
    /// With its decision, and of the invitee only whether the bond is possible.
    Veiled,
}

/// A bond.
pub(crate) fn bond(registered: &Registered, view: View) -> wire::Bond {
    let Registered { bond, .. } = registered;
    let judged = match view {
        View::Basic => None,
        View::Full => Some(registered.decision.clone()),
        View::Veiled => Some(registered.decision.for_sharer()),
    };
    let evidence = registered.evidence.iter().map(|evidence| wire::Evidence {
        kind: evidence.kind.to_string(),
        reference: evidence.reference.to_string(),
    });
    wire::Bond {
        bond_id: bond.id.to_string(),
        programme: programme(registered.programme()).into(),
        sharer_person_id: bond.sharer.to_string(),
        beneficiary_person_id: bond.beneficiary.to_string(),
        relation: relation(bond.relation).into(),
        state: state(bond.state).into(),
        channel: channel(bond.channel).into(),
        operator_id: bond.operator.clone().unwrap_or_default(),
        commitment: Some(commitment(&bond.commitment)),
        beneficiary_commitment: bond.consent.as_ref().map(commitment),
        evidence: evidence.collect(),
        create_time: Some(timestamp(bond.created_at)),
        active_time: bond.active_at.map(timestamp),
        end_time: bond.ended_at.map(timestamp),
        dissolve_reason: dissolve_reason(bond).into(),
        revision: bond.revision,
        decision: judged.map(|judged| decision(registered.judged_id.to_string(), &judged)),
        sharing_mode: match bond.sharing {
            SharingMode::All => wire::SharingMode::All,
            SharingMode::Fixed(_) => wire::SharingMode::Fixed,
        }
        .into(),
        sharing_amount: bond.sharing.amount().map(|amount| amount.to_string()).unwrap_or_default(),
        suspended_by: bond.suspended_by.iter().map(ToString::to_string).collect(),
        form_reference: bond.form.as_ref().map(ToString::to_string).unwrap_or_default(),
        guardian_person_id: registered.guardian.map(|guardian| guardian.to_string()).unwrap_or_default(),
    }
}

/// A fact about a family.
pub(crate) fn fact(fact: &Fact) -> wire::FamilyFact {
    let kind = match fact.kind {
        FactKind::Marriage => wire::FamilyFactKind::Marriage,
        FactKind::Divorce => wire::FamilyFactKind::Divorce,
        FactKind::ParentChild => wire::FamilyFactKind::ParentChild,
        FactKind::Guardian => wire::FamilyFactKind::Guardian,
        FactKind::ProofRevoked => wire::FamilyFactKind::ProofRevoked,
    };
    wire::FamilyFact {
        fact_id: fact.id.to_string(),
        kind: kind.into(),
        person_a: fact.a.to_string(),
        person_b: fact.b.to_string(),
        on_day: civil::day_text(fact.on_day),
        authority: fact.authority.clone(),
        reference: fact.reference.to_string(),
    }
}

/// A bond as it is told to a citizen: of the other one not why, but that there is something.
pub(crate) fn told(mut bond: wire::Bond, person: Option<Uuid>) -> wire::Bond {
    let Some(person) = person.map(|person| person.to_string()) else { return bond };
    for suspension in &mut bond.suspended_by {
        let Some((side, _)) = suspension.split_once(':') else { continue };
        let whose =
            if side == Side::Sharer.name() { &bond.sharer_person_id } else { &bond.beneficiary_person_id };
        if *whose != person {
            *suspension = side.to_owned();
        }
    }
    bond.suspended_by.dedup();
    bond
}

/// What a dry run says.
pub(crate) fn eligibility(answer: &Answer) -> wire::CheckEligibilityResponse {
    wire::CheckEligibilityResponse {
        decision: Some(decision(String::new(), &answer.decision)),
        contradiction: answer.contradiction.as_ref().map(refusal),
    }
}

/// A certificate.
pub(crate) fn issued(issued: Issued) -> wire::IssueCertificateResponse {
    wire::IssueCertificateResponse {
        certificate: issued.text,
        expire_time: Some(timestamp(issued.expires)),
        verify_url_payload: issued.token,
    }
}

/// A key by its id, as PEM.
pub(crate) fn key((kid, public_key_pem): (String, String)) -> wire::CertificateKey {
    wire::CertificateKey { kid, algorithm: "Ed25519".to_owned(), public_key_pem }
}

/// The answer to one question.
pub(crate) fn check(bond_id: BondId, finding: Option<&Finding>) -> wire::BondCheckResult {
    let Some(finding) = finding else {
        return wire::BondCheckResult { bond_id: bond_id.to_string(), ..wire::BondCheckResult::default() };
    };
    wire::BondCheckResult {
        bond_id: bond_id.to_string(),
        active: finding.active,
        bond_revision: finding.revision,
        relation: relation(finding.relation).into(),
        state: state(finding.state).into(),
        suspended_reason: finding.suspended_reason.to_owned(),
    }
}

fn commitment(commitment: &Commitment) -> wire::Commitment {
    wire::Commitment {
        text_version: commitment.text_version.clone(),
        text_sha256: hex::encode(commitment.text_sha256),
        accept_time: Some(timestamp(commitment.accepted_at)),
    }
}

const fn relation(relation: Relation) -> wire::Relation {
    match relation {
        Relation::Spouse => wire::Relation::Spouse,
        Relation::Parent => wire::Relation::Parent,
        Relation::Child => wire::Relation::Child,
        Relation::Sibling => wire::Relation::Sibling,
        Relation::PaternalGrandparent => wire::Relation::PaternalGrandparent,
        Relation::MaternalGrandparent => wire::Relation::MaternalGrandparent,
        Relation::ChildOfSon => wire::Relation::ChildOfSon,
        Relation::ChildOfDaughter => wire::Relation::ChildOfDaughter,
        Relation::ParentInLaw => wire::Relation::ParentInLaw,
        Relation::OtherRelative => wire::Relation::OtherRelative,
    }
}

const fn state(state: BondState) -> wire::BondState {
    match state {
        BondState::PendingConsent => wire::BondState::PendingConsent,
        BondState::Active => wire::BondState::Active,
        BondState::Suspended => wire::BondState::Suspended,
        BondState::Dissolved => wire::BondState::Dissolved,
        BondState::Rejected => wire::BondState::Rejected,
        BondState::Expired => wire::BondState::Expired,
        BondState::Withdrawn => wire::BondState::Withdrawn,
    }
}

const fn channel(channel: Channel) -> common::Channel {
    match channel {
        Channel::NationalApp => common::Channel::NationalApp,
        Channel::LocalApp => common::Channel::LocalApp,
        Channel::MiniProgram => common::Channel::MiniProgram,
        Channel::Website => common::Channel::Website,
        Channel::Terminal => common::Channel::Terminal,
        Channel::Counter => common::Channel::Counter,
        Channel::Phone => common::Channel::Phone,
    }
}

const fn dissolve_reason(bond: &Bond) -> wire::DissolveReason {
    match bond.dissolve_reason {
        None => wire::DissolveReason::Unspecified,
        Some(DissolveReason::VoluntarySharer) => wire::DissolveReason::VoluntarySharer,
        Some(DissolveReason::VoluntaryBeneficiary) => wire::DissolveReason::VoluntaryBeneficiary,
        Some(DissolveReason::EnrolmentEnded) => wire::DissolveReason::EnrolmentEnded,
        Some(DissolveReason::PoolTransfer) => wire::DissolveReason::PoolTransfer,
        Some(DissolveReason::ChronicEntitlement) => wire::DissolveReason::ChronicEntitlement,
        Some(DissolveReason::RetiredCadre) => wire::DissolveReason::RetiredCadre,
        Some(DissolveReason::DisabledSoldier) => wire::DissolveReason::DisabledSoldier16,
        Some(DissolveReason::DeathSharer) => wire::DissolveReason::DeathSharer,
        Some(DissolveReason::DeathBeneficiary) => wire::DissolveReason::DeathBeneficiary,
        Some(DissolveReason::Divorce) => wire::DissolveReason::Divorce,
        Some(DissolveReason::Fraud) => wire::DissolveReason::Fraud,
        Some(DissolveReason::PolicyEnd) => wire::DissolveReason::PolicyEnd,
        Some(DissolveReason::ProofRevoked) => wire::DissolveReason::ProofRevoked,
    }
}
