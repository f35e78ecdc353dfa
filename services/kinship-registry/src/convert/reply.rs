//! Nouns into replies.

use bond::{Bond, BondState, Channel, Commitment, DissolveReason, Relation};
use policy::{Programme, Side, Verdict, VerdictResult};
use prost_types::Timestamp;
use proto::{common, kinship as wire};
use standards::BondId;
use time::OffsetDateTime;

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
    let decision = match view {
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
        decision: decision.map(|decision| common::Decision {
            decision_id: registered.judged_id.to_string(),
            allowed: decision.allowed,
            judged_for_time: Some(timestamp(decision.judged_for)),
            verdicts: decision.verdicts.into_iter().map(verdict).collect(),
        }),
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

pub(super) fn timestamp(at: OffsetDateTime) -> Timestamp {
    // Nanoseconds within a second fit any 32-bit number.
    Timestamp { seconds: at.unix_timestamp(), nanos: i32::try_from(at.nanosecond()).unwrap_or_default() }
}

fn verdict(verdict: Verdict) -> common::Verdict {
    common::Verdict {
        rule: verdict.rule.into_owned(),
        parameter: verdict.parameter.into_owned(),
        result: match verdict.result {
            VerdictResult::Pass => common::VerdictResult::Pass,
            VerdictResult::Fail => common::VerdictResult::Fail,
            VerdictResult::NotApplicable => common::VerdictResult::NotApplicable,
            VerdictResult::NotKnown => common::VerdictResult::NotKnown,
        }
        .into(),
        side: match verdict.side {
            Side::Sharer => common::Side::Sharer,
            Side::Beneficiary => common::Side::Beneficiary,
            Side::TreatmentPlace => common::Side::TreatmentPlace,
        }
        .into(),
        limit: verdict.limit,
        actual: verdict.actual,
        policy_version: verdict.policy_version,
        source: verdict.source,
        confidence: verdict.confidence.map(|confidence| confidence.name().to_owned()).unwrap_or_default(),
        reason: verdict.reason.map(|reason| reason.name().to_owned()).unwrap_or_default(),
        message_zh: verdict.message_zh,
        message_en: verdict.message_en,
    }
}

fn commitment(commitment: &Commitment) -> wire::Commitment {
    wire::Commitment {
        text_version: commitment.text_version.clone(),
        text_sha256: hex::encode(commitment.text_sha256),
        accept_time: Some(timestamp(commitment.accepted_at)),
    }
}

const fn programme(programme: Programme) -> common::Programme {
    match programme {
        Programme::LocalRealtime => common::Programme::LocalRealtime,
        Programme::LocalAllocation => common::Programme::LocalAllocation,
        Programme::Wallet => common::Programme::Wallet,
        Programme::Premium => common::Programme::Premium,
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
