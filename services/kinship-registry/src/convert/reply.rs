//! Nouns into replies.

use bond::{Bond, BondState, Channel, Commitment, DissolveReason, Relation};
use border::wire::{decision, programme, timestamp};
use proto::{common, kinship as wire};
use standards::BondId;

use crate::{check::Finding, registered::Registered};

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
        kind: evidence.kind.clone(),
        reference: evidence.reference.clone(),
    });
    wire::Bond {
        bond_id: bond.id.to_string(),
        programme: programme(registered.programme).into(),
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
    }
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
    }
}
