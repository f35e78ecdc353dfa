//! The bond as it stands: the row of the registry, and how a new one is made.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use standards::{BondId, DocumentReference, PersonId};
use time::OffsetDateTime;

use crate::{
    life::Refusal,
    relation::{Relation, Tie},
    suspension::Suspension,
    terms::{Channel, Commitment, Programme, SharingMode, Side, named},
};

named! {
    /// 共济关系状态.
    BondState {
        /// 待确认: the beneficiary has not answered.
        PendingConsent = "PENDING_CONSENT",
        /// 生效: it can be used.
        Active = "ACTIVE",
        /// 暂停: it cannot be used until every reason is gone.
        Suspended = "SUSPENDED",
        /// 解除: it ended.
        Dissolved = "DISSOLVED",
        /// 拒绝: the beneficiary said no.
        Rejected = "REJECTED",
        /// 邀请过期: nobody answered in time.
        Expired = "EXPIRED",
        /// 撤回: the sharer took the invitation back.
        Withdrawn = "WITHDRAWN",
    }
}

impl BondState {
    /// Whether it can never change again.
    pub const fn is_end(self) -> bool {
        match self {
            Self::Dissolved | Self::Rejected | Self::Expired | Self::Withdrawn => true,
            Self::PendingConsent | Self::Active | Self::Suspended => false,
        }
    }
}

named! {
    /// 解除原因: why a bond was dissolved.
    DissolveReason {
        /// The sharer wanted it.
        VoluntarySharer = "VOLUNTARY_SHARER",
        /// The beneficiary wanted it.
        VoluntaryBeneficiary = "VOLUNTARY_BENEFICIARY",
        /// An enrolment ended.
        EnrolmentEnded = "ENROLMENT_ENDED",
        /// An enrolment moved to another pooling area.
        PoolTransfer = "POOL_TRANSFER",
        /// The sharer is entitled to 门诊慢特病.
        ChronicEntitlement = "CHRONIC_ENTITLEMENT",
        /// 离休.
        RetiredCadre = "RETIRED_CADRE",
        /// 一级至六级残疾军人.
        DisabledSoldier = "DISABLED_SOLDIER_1_6",
        /// The sharer died.
        DeathSharer = "DEATH_SHARER",
        /// The beneficiary died.
        DeathBeneficiary = "DEATH_BENEFICIARY",
        /// The spouses were divorced.
        Divorce = "DIVORCE",
        /// Money was misused, or the relation was made up.
        Fraud = "FRAUD",
        /// What proved the relation does not hold.
        ProofRevoked = "PROOF_REVOKED",
        /// The programme ended.
        PolicyEnd = "POLICY_END",
    }
}

impl DissolveReason {
    /// Whether one of the two chose it; everything else happened to them.
    pub const fn is_voluntary(self) -> bool {
        matches!(self, Self::VoluntarySharer | Self::VoluntaryBeneficiary)
    }
}

/// What it takes to make a bond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Chosen by the client.
    pub id: BondId,
    /// For which programme it is.
    pub programme: Programme,
    /// Who shares.
    pub sharer: PersonId,
    /// Who may use it.
    pub beneficiary: PersonId,
    /// What the beneficiary is to the sharer.
    pub relation: Relation,
    /// By which way it was asked for.
    pub channel: Channel,
    /// Who served at the counter; required there.
    pub operator: Option<String>,
    /// What the sharer agreed to.
    pub commitment: Commitment,
}

/// What both brought to the counter to have a bond at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// What the sharer asks; its channel is the counter, and it names the operator.
    pub proposal: Proposal,
    /// What the beneficiary agreed to, where that is asked for.
    pub consent: Option<Commitment>,
    /// Whether the sharer and the beneficiary, or the beneficiary's guardian, stand at the counter.
    pub both_present: bool,
    /// 家庭共济关系登记表: the number of the form that they signed.
    pub form: Option<DocumentReference>,
}

/// 共济关系.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bond {
    /// Chosen by the client.
    pub id: BondId,
    /// For which programme it is.
    pub programme: Programme,
    /// Who shares.
    pub sharer: PersonId,
    /// Who may use it.
    pub beneficiary: PersonId,
    /// What the beneficiary is to the sharer.
    pub relation: Relation,
    /// Where it stands.
    pub state: BondState,
    /// Why it is suspended, and by whose doing; empty unless it is.
    pub suspended_by: BTreeSet<Suspension>,
    /// How much is shared.
    pub sharing: SharingMode,
    /// By which way it was made.
    pub channel: Channel,
    /// Who served at the counter.
    pub operator: Option<String>,
    /// The form that was signed at the counter; `None` for a bond that was proposed.
    pub form: Option<DocumentReference>,
    /// What the sharer agreed to.
    pub commitment: Commitment,
    /// What the beneficiary agreed to, where that is asked for.
    pub consent: Option<Commitment>,
    /// When it was proposed.
    pub created_at: OffsetDateTime,
    /// Until when the beneficiary may answer; the instant itself is too late.
    pub answer_until: OffsetDateTime,
    /// When it became active.
    pub active_at: Option<OffsetDateTime>,
    /// When it ended, in whichever way.
    pub ended_at: Option<OffsetDateTime>,
    /// Why it was dissolved.
    pub dissolve_reason: Option<DissolveReason>,
    /// Starts at 1 and grows by one with every change.
    pub revision: i64,
}

impl Bond {
    /// Makes a bond that waits for the beneficiary's consent.
    pub fn propose(
        proposal: Proposal,
        at: OffsetDateTime,
        answer_until: OffsetDateTime,
    ) -> Result<Self, Refusal> {
        if answer_until <= at {
            return Err(Refusal::InvitationExpired);
        }
        Self::make(proposal, BondState::PendingConsent, at, answer_until)
    }

    /// Makes a bond that is active at once: both are present at the counter and signed the form.
    pub fn register(registration: Registration, at: OffsetDateTime) -> Result<Self, Refusal> {
        let Registration { proposal, consent, both_present, form } = registration;
        if proposal.channel != Channel::Counter {
            return Err(Refusal::CounterOnly);
        }
        if !both_present {
            return Err(Refusal::NotBothPresent);
        }
        if form.is_none() {
            return Err(Refusal::FormMissing);
        }
        let bond = Self::make(proposal, BondState::Active, at, at)?;
        Ok(Self { active_at: Some(at), consent, form, ..bond })
    }

    fn make(
        proposal: Proposal,
        state: BondState,
        at: OffsetDateTime,
        answer_until: OffsetDateTime,
    ) -> Result<Self, Refusal> {
        let Proposal { id, programme, sharer, beneficiary, relation, channel, operator, commitment } =
            proposal;
        if sharer == beneficiary {
            return Err(Refusal::SelfBond);
        }
        if !relation.is_near_relative() {
            return Err(Refusal::RelationExcluded(relation));
        }
        if channel == Channel::Counter && operator.as_deref().is_none_or(str::is_empty) {
            return Err(Refusal::OperatorMissing);
        }
        Ok(Self {
            id,
            programme,
            sharer,
            beneficiary,
            relation,
            state,
            suspended_by: BTreeSet::new(),
            sharing: SharingMode::All,
            channel,
            operator,
            form: None,
            commitment,
            consent: None,
            created_at: at,
            answer_until,
            active_at: None,
            ended_at: None,
            dissolve_reason: None,
            revision: 1,
        })
    }

    /// What it declares.
    pub const fn tie(&self) -> Tie {
        Tie { sharer: self.sharer, beneficiary: self.beneficiary, relation: self.relation }
    }

    /// Which of the two a person is, if one of them.
    pub fn side_of(&self, person: PersonId) -> Option<Side> {
        if person == self.sharer {
            return Some(Side::Sharer);
        }
        (person == self.beneficiary).then_some(Side::Beneficiary)
    }

    /// The person on a side.
    pub const fn person_on(&self, side: Side) -> PersonId {
        match side {
            Side::Sharer => self.sharer,
            Side::Beneficiary => self.beneficiary,
        }
    }

    /// Whether it can be used now.
    pub fn is_active(&self) -> bool {
        self.state == BondState::Active
    }

    /// Whether it counts against limits and contradicts others: proposed or made, and not ended.
    pub const fn stands(&self) -> bool {
        !self.state.is_end()
    }
}
