//! What happens to people, and what follows for their bonds.
//!
//! [`Situation`] is what is known about a person; [`changes`] finds what changed between two of them, and
//! [`follow`] says what a change does to one bond. The same change told twice does nothing the second time,
//! and nothing is said about a bond that has ended. Which changes end a bond at a place, and on whose side, is
//! for the policy to say; without insurance a bond is suspended at least.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use standards::{PersonId, Pool};

use crate::{
    life::Event,
    relation::Relation,
    standing::{Bond, BondState, DissolveReason},
    suspension::{SuspendReason, Suspension},
    terms::{Programme, Side, named},
};

named! {
    /// 自动解除情形: what may end a bond when it happens to one of the two, where the policy says so.
    LifeEvent {
        /// 医保关系终止: leaves the insurance that the side needs.
        EnrolmentEnded = "ENROLMENT_ENDED",
        /// 跨统筹区转移: insured in another pooling area now.
        PoolTransfer = "POOL_TRANSFER",
        /// 认定门诊慢特病待遇.
        ChronicEntitlement = "CHRONIC_ENTITLEMENT",
        /// 变更为离休待遇.
        RetiredCadre = "RETIRED_CADRE",
        /// 变更为一级至六级残疾军人待遇.
        DisabledSoldier = "DISABLED_SOLDIER_1_6",
        /// 死亡.
        Death = "DEATH",
        /// 离婚: of the two as spouses.
        Divorce = "DIVORCE",
        /// 亲属关系证明被撤销.
        ProofRevoked = "PROOF_REVOKED",
        /// 欺诈骗保.
        Fraud = "FRAUD",
    }
}

impl LifeEvent {
    /// The reason under which a bond ends by it.
    pub const fn dissolve_reason(self, side: Side) -> DissolveReason {
        match (self, side) {
            (Self::EnrolmentEnded, _) => DissolveReason::EnrolmentEnded,
            (Self::PoolTransfer, _) => DissolveReason::PoolTransfer,
            (Self::ChronicEntitlement, _) => DissolveReason::ChronicEntitlement,
            (Self::RetiredCadre, _) => DissolveReason::RetiredCadre,
            (Self::DisabledSoldier, _) => DissolveReason::DisabledSoldier,
            (Self::Death, Side::Sharer) => DissolveReason::DeathSharer,
            (Self::Death, Side::Beneficiary) => DissolveReason::DeathBeneficiary,
            (Self::Divorce, _) => DissolveReason::Divorce,
            (Self::ProofRevoked, _) => DissolveReason::ProofRevoked,
            (Self::Fraud, _) => DissolveReason::Fraud,
        }
    }
}

named! {
    /// 待遇 that matter to bonds.
    Benefit {
        /// 门诊慢特病.
        ChronicEntitlement = "CHRONIC_ENTITLEMENT",
        /// 离休.
        RetiredCadre = "RETIRED_CADRE",
        /// 一级至六级残疾军人.
        DisabledSoldier = "DISABLED_SOLDIER_1_6",
    }
}

impl Benefit {
    const fn event(self) -> LifeEvent {
        match self {
            Self::ChronicEntitlement => LifeEvent::ChronicEntitlement,
            Self::RetiredCadre => LifeEvent::RetiredCadre,
            Self::DisabledSoldier => LifeEvent::DisabledSoldier,
        }
    }
}

/// What the policy in force makes of changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consequences {
    /// What ends a bond, and on whose side.
    pub dissolve_on: BTreeSet<(Side, LifeEvent)>,
    /// Whether a sanction suspends a bond.
    pub sanction_suspends: bool,
    /// Whether overdue contact data suspend a bond.
    pub overdue_contact_suspends: bool,
}

/// One enrolment as far as bonds care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Where it is.
    pub pool: Pool,
    /// Whether it is in normal state: not suspended, in arrears or frozen.
    pub normal: bool,
}

/// The enrolments by which somebody may be in bonds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insured {
    /// Employee insurance with a personal account: what a sharer needs.
    pub account: Option<Seat>,
    /// Basic insurance of either type: what a beneficiary needs.
    pub basic: Option<Seat>,
}

impl Insured {
    /// The one that counts on a side.
    pub const fn seat(&self, side: Side) -> Option<Seat> {
        match side {
            Side::Sharer => self.account,
            Side::Beneficiary => self.basic,
        }
    }
}

/// What is known about a person at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Situation {
    /// Enrolments.
    pub insured: Insured,
    /// Benefits in force.
    pub benefits: BTreeSet<Benefit>,
    /// At least one sanction is in force.
    pub sanctioned: bool,
    /// Contact data are overdue.
    pub contact_overdue: bool,
    /// Not alive.
    pub died: bool,
}

impl Situation {
    /// Nobody is insured after death, whatever the enrolments still say.
    fn counting(&self) -> Insured {
        if self.died { Insured::default() } else { self.insured }
    }
}

/// Something that changed about a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// 死亡.
    Died,
    /// A benefit was granted.
    Granted(Benefit),
    /// Enrolments began, ended, moved, or changed their state.
    Insurance {
        /// As they were.
        before: Insured,
        /// As they are.
        after: Insured,
    },
    /// Fraud was established.
    FraudFound,
    /// A sanction is in force.
    SanctionImposed,
    /// The last sanction is lifted.
    SanctionLifted,
    /// Contact data became overdue.
    ContactOverdue,
    /// Contact data are confirmed.
    ContactConfirmed,
    /// 离婚.
    Divorced {
        /// The former spouse.
        from: PersonId,
    },
    /// What proved a relation does not hold.
    ProofRevoked {
        /// The supposed relative.
        with: PersonId,
    },
    /// A programme ended where the person is insured.
    ProgrammeEnded(Programme),
}

/// What changed about a person, that which ends a bond with the more telling reason first.
pub fn changes(before: &Situation, after: &Situation) -> Vec<Change> {
    let mut changes = Vec::new();
    if after.died && !before.died {
        changes.push(Change::Died);
    }
    changes.extend(after.benefits.difference(&before.benefits).map(|&benefit| Change::Granted(benefit)));
    match (before.sanctioned, after.sanctioned) {
        (false, true) => changes.push(Change::SanctionImposed),
        (true, false) => changes.push(Change::SanctionLifted),
        (false, false) | (true, true) => {}
    }
    let (had, has) = (before.counting(), after.counting());
    if had != has {
        changes.push(Change::Insurance { before: had, after: has });
    }
    match (before.contact_overdue, after.contact_overdue) {
        (false, true) => changes.push(Change::ContactOverdue),
        (true, false) => changes.push(Change::ContactConfirmed),
        (false, false) | (true, true) => {}
    }
    changes
}

/// What a change about the person on `side` does to a bond; `None` where nothing follows, nothing would
/// change, or the bond has ended. Never an event that [`crate::apply`] refuses.
///
/// An invitation tells its sharer nothing about the invitee: what changed there is judged at the acceptance.
pub fn follow(bond: &Bond, side: Side, change: &Change, policy: &Consequences) -> Option<Event> {
    let of_the_pair = matches!(change, Change::Divorced { .. } | Change::ProofRevoked { .. });
    if bond.state == BondState::PendingConsent && side == Side::Beneficiary && !of_the_pair {
        return None;
    }
    let event = consequence(bond, side, change, policy)?;
    changes_something(bond, &event).then_some(event)
}

/// What it takes for a bond to agree with how the person on `side` stands now: for a bond that was just
/// accepted, while the person's circumstances may have changed unseen. In the order to apply.
pub fn agree(bond: &Bond, side: Side, now: &Situation, policy: &Consequences) -> Vec<Event> {
    let sanction = if now.sanctioned { Change::SanctionImposed } else { Change::SanctionLifted };
    let contact = if now.contact_overdue { Change::ContactOverdue } else { Change::ContactConfirmed };
    let insurance = Change::Insurance { before: now.counting(), after: now.counting() };
    let died = now.died.then_some(Change::Died);
    let mut events = Vec::new();
    for change in died.into_iter().chain([sanction, insurance, contact]) {
        let event = follow(bond, side, &change, policy);
        let ends = matches!(event, Some(Event::Dissolve(_)));
        events.extend(event);
        if ends {
            break;
        }
    }
    events
}

fn consequence(bond: &Bond, side: Side, change: &Change, policy: &Consequences) -> Option<Event> {
    let ends = |event: LifeEvent| {
        let stated = policy.dissolve_on.contains(&(side, event));
        stated.then(|| Event::Dissolve(event.dissolve_reason(side)))
    };
    let suspension = |why| Suspension { side, why };
    let other = match side {
        Side::Sharer => bond.beneficiary,
        Side::Beneficiary => bond.sharer,
    };
    match *change {
        Change::Died => ends(LifeEvent::Death),
        Change::Granted(benefit) => ends(benefit.event()),
        Change::FraudFound => ends(LifeEvent::Fraud),
        Change::Divorced { from } if bond.relation == Relation::Spouse && from == other => {
            ends(LifeEvent::Divorce)
        }
        Change::ProofRevoked { with } if with == other => ends(LifeEvent::ProofRevoked),
        Change::Divorced { .. } | Change::ProofRevoked { .. } => None,
        Change::Insurance { before, after } => {
            let event = insurance_event(before.seat(side), after.seat(side)).and_then(ends);
            let normal = after.seat(side).is_some_and(|seat| seat.normal);
            event.or(Some(stopped(!normal, suspension(SuspendReason::EnrolmentSuspended))))
        }
        Change::SanctionImposed if !policy.sanction_suspends => None,
        Change::SanctionImposed => Some(Event::Suspend(suspension(SuspendReason::Sanction))),
        Change::SanctionLifted => Some(Event::Resume(suspension(SuspendReason::Sanction))),
        Change::ContactOverdue if !policy.overdue_contact_suspends => None,
        Change::ContactOverdue => Some(Event::Suspend(suspension(SuspendReason::ContactOverdue))),
        Change::ContactConfirmed => Some(Event::Resume(suspension(SuspendReason::ContactOverdue))),
        Change::ProgrammeEnded(programme) => {
            (programme == bond.programme).then_some(Event::Dissolve(DissolveReason::PolicyEnd))
        }
    }
}

/// What happened to the enrolment that a side needs, if more than a change of its state.
fn insurance_event(before: Option<Seat>, after: Option<Seat>) -> Option<LifeEvent> {
    match (before, after) {
        (_, None) => Some(LifeEvent::EnrolmentEnded),
        (Some(before), Some(after)) if before.pool != after.pool => Some(LifeEvent::PoolTransfer),
        (_, Some(_)) => None,
    }
}

/// Nobody shares or uses without insurance in normal state: where its end does not end the bond, it
/// suspends it.
const fn stopped(stopped: bool, suspension: Suspension) -> Event {
    if stopped { Event::Suspend(suspension) } else { Event::Resume(suspension) }
}

fn changes_something(bond: &Bond, event: &Event) -> bool {
    match event {
        Event::Suspend(reason) => is_made(bond) && !bond.suspended_by.contains(reason),
        Event::Resume(reason) => bond.suspended_by.contains(reason),
        Event::Dissolve(_) => bond.stands(),
        Event::Accept { .. } | Event::Reject | Event::Withdraw | Event::Expire | Event::SetSharing(_) => {
            false
        }
    }
}

/// An invitation is judged anew when it is accepted, and needs no suspension.
const fn is_made(bond: &Bond) -> bool {
    matches!(bond.state, BondState::Active | BondState::Suspended)
}
