//! The bond as it stands: the row of the registry, and how a new one is made.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use standards::{BondId, PersonId};
use time::OffsetDateTime;

use crate::{
    life::Refusal,
    relation::{Relation, Tie},
    terms::{Channel, Commitment, SharingMode, named},
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
        /// The relation was never true, or money was misused.
        Fraud = "FRAUD",
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

named! {
    /// 暂停原因: why a bond cannot be used for now. There may be several at once.
    SuspendReason {
        /// An enrolment is suspended, in arrears or frozen.
        EnrolmentSuspended = "ENROLMENT_SUSPENDED",
        /// Contact data were not brought up to date in time.
        ContactOverdue = "CONTACT_OVERDUE",
        /// The agency suspended one of the two.
        Sanction = "SANCTION",
    }
}

/// What it takes to make a bond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Chosen by the client.
    pub id: BondId,
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

/// 共济关系.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bond {
    /// Chosen by the client.
    pub id: BondId,
    /// Who shares.
    pub sharer: PersonId,
    /// Who may use it.
    pub beneficiary: PersonId,
    /// What the beneficiary is to the sharer.
    pub relation: Relation,
    /// Where it stands.
    pub state: BondState,
    /// Why it is suspended; empty unless it is.
    pub suspended_by: BTreeSet<SuspendReason>,
    /// How much is shared.
    pub sharing: SharingMode,
    /// By which way it was made.
    pub channel: Channel,
    /// Who served at the counter.
    pub operator: Option<String>,
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

    /// Makes a bond that is active at once: both are present at the counter.
    pub fn register(
        proposal: Proposal,
        consent: Option<Commitment>,
        at: OffsetDateTime,
    ) -> Result<Self, Refusal> {
        if proposal.channel != Channel::Counter {
            return Err(Refusal::CounterOnly);
        }
        let bond = Self::make(proposal, BondState::Active, at, at)?;
        Ok(Self { active_at: Some(at), consent, ..bond })
    }

    fn make(
        proposal: Proposal,
        state: BondState,
        at: OffsetDateTime,
        answer_until: OffsetDateTime,
    ) -> Result<Self, Refusal> {
        let Proposal { id, sharer, beneficiary, relation, channel, operator, commitment } = proposal;
        if sharer == beneficiary {
            return Err(Refusal::SelfBond);
        }
        if !relation.is_near_relative() {
            return Err(Refusal::RelationExcluded(relation));
        }
        if channel == Channel::Counter && operator.is_none() {
            return Err(Refusal::OperatorMissing);
        }
        Ok(Self {
            id,
            sharer,
            beneficiary,
            relation,
            state,
            suspended_by: BTreeSet::new(),
            sharing: SharingMode::All,
            channel,
            operator,
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

    /// Whether it can be used now.
    pub fn is_active(&self) -> bool {
        self.state == BondState::Active
    }

    /// Whether it counts against limits and contradicts others: proposed or made, and not ended.
    pub const fn stands(&self) -> bool {
        !self.state.is_end()
    }
}
