//! The words of bonds in the words of the rules, and back. Each pair of lists says the same; nothing is decided here.

use std::collections::BTreeSet;

use bond::{Consequences, LifeEvent, Relation, Side};
use policy::{BenefitKind, BondConsequences, Programme};

/// The same programme in the words of bonds.
pub(crate) const fn in_bonds(programme: Programme) -> bond::Programme {
    match programme {
        Programme::LocalRealtime => bond::Programme::LocalRealtime,
        Programme::LocalAllocation => bond::Programme::LocalAllocation,
        Programme::Wallet => bond::Programme::Wallet,
        Programme::Premium => bond::Programme::Premium,
    }
}

/// The same programme in the words of the rules.
pub(crate) const fn in_rules(programme: bond::Programme) -> Programme {
    match programme {
        bond::Programme::LocalRealtime => Programme::LocalRealtime,
        bond::Programme::LocalAllocation => Programme::LocalAllocation,
        bond::Programme::Wallet => Programme::Wallet,
        bond::Programme::Premium => Programme::Premium,
    }
}

/// The same relation in the words of the rules.
pub(crate) const fn relation(relation: Relation) -> policy::Relation {
    match relation {
        Relation::Spouse => policy::Relation::Spouse,
        Relation::Parent => policy::Relation::Parent,
        Relation::Child => policy::Relation::Child,
        Relation::Sibling => policy::Relation::Sibling,
        Relation::PaternalGrandparent => policy::Relation::PaternalGrandparent,
        Relation::MaternalGrandparent => policy::Relation::MaternalGrandparent,
        Relation::ChildOfSon => policy::Relation::ChildOfSon,
        Relation::ChildOfDaughter => policy::Relation::ChildOfDaughter,
        Relation::ParentInLaw => policy::Relation::ParentInLaw,
        Relation::OtherRelative => policy::Relation::OtherRelative,
    }
}

/// The same side in the words of the rules.
pub(crate) const fn side(side: Side) -> policy::Side {
    match side {
        Side::Sharer => policy::Side::Sharer,
        Side::Beneficiary => policy::Side::Beneficiary,
    }
}

/// What a benefit is to bonds; most are nothing to them.
pub(crate) const fn benefit(kind: BenefitKind) -> Option<bond::Benefit> {
    match kind {
        BenefitKind::ChronicOutpatient | BenefitKind::SpecialOutpatient => {
            Some(bond::Benefit::ChronicEntitlement)
        }
        BenefitKind::RetiredCadre => Some(bond::Benefit::RetiredCadre),
        BenefitKind::DisabledSoldier => Some(bond::Benefit::DisabledSoldier),
        BenefitKind::MedicalAssistance
        | BenefitKind::Destitute
        | BenefitKind::Orphan
        | BenefitKind::LowIncome => None,
    }
}

/// What the rules make of changes, in the words of bonds.
pub(crate) fn consequences(stated: BondConsequences) -> Consequences {
    let dissolve_on: BTreeSet<(Side, LifeEvent)> = stated
        .dissolve_on
        .into_iter()
        .filter_map(|(on, event)| {
            let side = match on {
                policy::Side::Sharer => Side::Sharer,
                policy::Side::Beneficiary => Side::Beneficiary,
                policy::Side::TreatmentPlace => return None,
            };
            Some((side, life_event(event)))
        })
        .collect();
    Consequences {
        dissolve_on,
        sanction_suspends: stated.sanction_suspends,
        overdue_contact_suspends: stated.overdue_contact_suspends,
    }
}

const fn life_event(event: policy::LifeEvent) -> LifeEvent {
    match event {
        policy::LifeEvent::EnrolmentEnded => LifeEvent::EnrolmentEnded,
        policy::LifeEvent::PoolTransfer => LifeEvent::PoolTransfer,
        policy::LifeEvent::ChronicEntitlement => LifeEvent::ChronicEntitlement,
        policy::LifeEvent::RetiredCadre => LifeEvent::RetiredCadre,
        policy::LifeEvent::DisabledSoldier => LifeEvent::DisabledSoldier,
        policy::LifeEvent::Death => LifeEvent::Death,
        policy::LifeEvent::Divorce => LifeEvent::Divorce,
        policy::LifeEvent::ProofRevoked => LifeEvent::ProofRevoked,
        policy::LifeEvent::Fraud => LifeEvent::Fraud,
    }
}
