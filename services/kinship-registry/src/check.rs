//! 核对: whether a bond was in force at an instant, between these two and in this programme.
//!
//! It reads a bond and decides nothing about anybody; transfers are the business of others.

use bond::{BondState, Relation, SuspendReason};
use policy::Programme;
use standards::{BondId, PersonId};
use time::OffsetDateTime;

/// What a check needs to know about a bond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Which bond.
    pub(crate) bond_id: BondId,
    /// 共济方式.
    pub(crate) programme: Programme,
    /// 共济人.
    pub(crate) sharer: PersonId,
    /// 被共济人.
    pub(crate) beneficiary: PersonId,
    /// What the beneficiary is to the sharer.
    pub(crate) relation: Relation,
    /// As it is now.
    pub(crate) state: BondState,
    /// Why it is suspended now.
    pub(crate) suspended_by: Option<SuspendReason>,
    /// Since when it has been in force.
    pub(crate) active_at: Option<OffsetDateTime>,
    /// Since when it has not.
    pub(crate) ended_at: Option<OffsetDateTime>,
    /// Of the bond as it is now.
    pub(crate) revision: i64,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// Which bond.
    pub(crate) bond_id: BondId,
    /// 共济人 it must have.
    pub(crate) sharer: PersonId,
    /// 被共济人 it must have.
    pub(crate) beneficiary: PersonId,
    /// 共济方式 it must have.
    pub(crate) programme: Programme,
    /// For which instant.
    pub(crate) at: OffsetDateTime,
}

/// One answer about a bond that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// In force at that instant, between these two, in this programme.
    pub(crate) active: bool,
    /// Of the bond as it is now.
    pub(crate) revision: i64,
    /// What the beneficiary is to the sharer.
    pub(crate) relation: Relation,
    /// As it is now.
    pub(crate) state: BondState,
    /// Name of a reason; empty unless a suspension alone keeps it from being in force.
    pub(crate) suspended_reason: &'static str,
}

impl Check {
    /// Answers from the bond as it is now. Since when and until when it was in force is part of it; since when
    /// it is suspended is not, so that a suspended bond counts as never in force.
    pub(crate) fn of(&self, found: &Standing) -> Finding {
        let asked = (self.sharer, self.beneficiary, self.programme);
        let began = found.active_at.is_some_and(|active| active <= self.at);
        let goes_on = found.ended_at.is_none_or(|ended| self.at < ended);
        let stands = (found.sharer, found.beneficiary, found.programme) == asked && began && goes_on;
        Finding {
            active: stands && found.state != BondState::Suspended,
            revision: found.revision,
            relation: found.relation,
            state: found.state,
            suspended_reason: found.suspended_by.filter(|_| stands).map_or("", reason),
        }
    }
}

const fn reason(reason: SuspendReason) -> &'static str {
    match reason {
        SuspendReason::EnrolmentSuspended => "ENROLMENT_NOT_NORMAL",
        SuspendReason::ContactOverdue => "CONTACT_UPDATE_OVERDUE",
        SuspendReason::Sanction => "SETTLEMENT_SUSPENDED",
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::datetime};
    use uuid::Uuid;

    use super::*;

    const SINCE: OffsetDateTime = datetime!(2026-01-15 10:00 +8);

    fn person(number: u128) -> PersonId {
        PersonId::new(Uuid::from_u128(number))
    }

    fn active() -> Standing {
        Standing {
            bond_id: BondId::new(Uuid::from_u128(9)),
            programme: Programme::Wallet,
            sharer: person(1),
            beneficiary: person(2),
            relation: Relation::Parent,
            state: BondState::Active,
            suspended_by: None,
            active_at: Some(SINCE),
            ended_at: None,
            revision: 2,
        }
    }

    fn asking(found: &Standing, at: OffsetDateTime) -> Check {
        let (bond_id, programme) = (found.bond_id, found.programme);
        Check { bond_id, sharer: found.sharer, beneficiary: found.beneficiary, programme, at }
    }

    fn at(found: &Standing, at: OffsetDateTime) -> Finding {
        asking(found, at).of(found)
    }

    #[test]
    fn r_057_a_bond_is_in_force_from_its_acceptance_until_its_end() {
        let until = SINCE + Duration::days(1);
        let ended = Standing { state: BondState::Dissolved, ended_at: Some(until), ..active() };
        let instant = Duration::microseconds(1);
        for (found, when, expected) in [
            (active(), SINCE - instant, false),
            (active(), SINCE, true),
            (active(), until, true),
            (ended.clone(), until - instant, true),
            (ended, until, false),
        ] {
            assert_eq!(at(&found, when).active, expected, "{when}");
        }
    }

    #[test]
    fn a_suspended_bond_is_not_in_force_and_says_why() {
        for (why, name) in [
            (SuspendReason::EnrolmentSuspended, "ENROLMENT_NOT_NORMAL"),
            (SuspendReason::ContactOverdue, "CONTACT_UPDATE_OVERDUE"),
            (SuspendReason::Sanction, "SETTLEMENT_SUSPENDED"),
        ] {
            let suspended = Standing { state: BondState::Suspended, suspended_by: Some(why), ..active() };
            let finding = at(&suspended, SINCE);
            assert_eq!((finding.active, finding.suspended_reason), (false, name));
            // A reason is named only where nothing else is in the way.
            for other in [
                at(&suspended, SINCE - Duration::microseconds(1)),
                at(&Standing { ended_at: Some(SINCE), ..suspended.clone() }, SINCE),
                Check { beneficiary: person(3), ..asking(&suspended, SINCE) }.of(&suspended),
            ] {
                assert_eq!((other.active, other.suspended_reason), (false, ""));
            }
        }
    }
}
