//! which events end a bond, on which side, by whose rule.

use policy::{
    BondEvent, Ending, LifeEvent, Programme, Region, Relation, Side, bond_consequences, ending, endings,
};

use crate::support::*;

const NOON: &str = "2026-01-15 12:00";

fn region(text: &str) -> Region {
    text.parse().unwrap()
}

fn ends(programme: Programme, event: LifeEvent, side: Side) -> Ending {
    let area = if programme == Programme::LocalAllocation { "630100" } else { "320100" };
    let event = BondEvent {
        programme,
        event,
        side,
        relation: Relation::Parent,
        sharer_region: region(area),
        beneficiary_region: region(area),
    };
    ending(&event, &rules(), at(NOON))
}

/// In Qinghai's allocation an event of the creator ends a bond, the same event of a member does not.
fn only_of_the_creator(event: LifeEvent, rule: &str) {
    let found = ends(Programme::LocalAllocation, event, Side::Sharer);
    assert!(found.ends);
    assert_eq!((found.rule, found.origin.unwrap().policy_version.as_str()), (rule, "QH-ALLOCATION-2"));
    assert!(!ends(Programme::LocalAllocation, event, Side::Beneficiary).ends);
}

#[test]
fn r_060_chronic_outpatient_entitlement_of_the_creator() {
    only_of_the_creator(LifeEvent::ChronicEntitlement, "R-060");
    assert!(!ends(Programme::Wallet, LifeEvent::ChronicEntitlement, Side::Sharer).ends);
}

#[test]
fn r_061_leaving_the_employee_insurance() {
    let found = ends(Programme::LocalAllocation, LifeEvent::EnrolmentEnded, Side::Sharer);
    assert_eq!((found.ends, found.rule, found.dissolve_reason), (true, "R-061", "ENROLMENT_ENDED"));
    assert_eq!(found.origin.unwrap().policy_version, "QH-ALLOCATION-2");
}

#[test]
fn r_062_insured_in_another_pooling_area_of_the_province() {
    only_of_the_creator(LifeEvent::PoolTransfer, "R-062");
}

#[test]
fn r_063_retired_cadres_and_disabled_soldiers() {
    only_of_the_creator(LifeEvent::RetiredCadre, "R-063");
    only_of_the_creator(LifeEvent::DisabledSoldier, "R-063");
    assert!(!ends(Programme::Wallet, LifeEvent::RetiredCadre, Side::Sharer).ends);
}

#[test]
fn r_064_death_of_the_creator() {
    let found = ends(Programme::LocalAllocation, LifeEvent::Death, Side::Sharer);
    assert_eq!((found.ends, found.rule, found.dissolve_reason), (true, "R-064", "DEATH_SHARER"));
}

#[test]
fn r_065_for_the_wallet_events_of_either_side_count() {
    for event in [LifeEvent::EnrolmentEnded, LifeEvent::PoolTransfer] {
        for side in [Side::Sharer, Side::Beneficiary] {
            let found = ends(Programme::Wallet, event, side);
            assert!(found.ends, "{event} {side}");
            assert_eq!(found.origin.unwrap().policy_version, "NAT-WALLET-2026-1");
        }
    }
    // The pilot stated no such rule: then only what takes the ground away ends a bond.
    let event = BondEvent {
        programme: Programme::Wallet,
        event: LifeEvent::PoolTransfer,
        side: Side::Beneficiary,
        relation: Relation::Parent,
        sharer_region: region("320100"),
        beneficiary_region: region("510100"),
    };
    assert!(!ending(&event, &rules(), at("2026-01-08 23:59:59")).ends);
    assert!(ending(&event, &rules(), at("2026-01-09 00:00")).ends);
}

#[test]
fn r_066_death_of_either_divorce_revoked_proof_and_fraud() {
    for programme in [Programme::LocalRealtime, Programme::LocalAllocation, Programme::Wallet] {
        for event in [LifeEvent::Death, LifeEvent::ProofRevoked, LifeEvent::Fraud] {
            for side in [Side::Sharer, Side::Beneficiary] {
                assert!(ends(programme, event, side).ends, "{programme} {event} {side}");
            }
        }
        assert!(ends(programme, LifeEvent::EnrolmentEnded, Side::Beneficiary).ends, "{programme}");
    }
    let found = ends(Programme::Wallet, LifeEvent::Death, Side::Beneficiary);
    assert_eq!((found.rule, found.dissolve_reason), ("R-066", "DEATH_BENEFICIARY"));
}

#[test]
fn r_066_a_divorce_ends_only_the_bond_between_the_spouses() {
    for relation in Relation::ALL.iter().copied() {
        let event = BondEvent {
            programme: Programme::Wallet,
            event: LifeEvent::Divorce,
            side: Side::Sharer,
            relation,
            sharer_region: region("320100"),
            beneficiary_region: region("510100"),
        };
        assert_eq!(ending(&event, &rules(), at(NOON)).ends, relation == Relation::Spouse, "{relation}");
    }
}

#[test]
fn the_registry_can_ask_for_all_events_of_a_programme_at_once() {
    let qinghai = [region("630100"); 2];
    let found = endings(Programme::LocalAllocation, qinghai, &rules(), at(NOON));
    let of = |side| found.iter().filter(|(_, whose, _)| *whose == side).count();
    assert_eq!((of(Side::Sharer), of(Side::Beneficiary)), (9, 5));
    assert_eq!(endings(Programme::LocalAllocation, qinghai, &rules(), at("2021-03-31 12:00")), []);
    for (event, side, origin) in &found {
        let single = ends(Programme::LocalAllocation, *event, *side);
        if *event != LifeEvent::Divorce {
            assert_eq!(single.origin.as_ref(), Some(origin), "{event} {side}");
        }
    }
}

#[test]
fn what_follows_for_bonds_is_one_value() {
    let of = |programme, when: &str| bond_consequences(programme, [region("630100"); 2], &rules(), at(when));
    let qinghai = of(Programme::LocalAllocation, NOON);
    assert!(qinghai.sanction_suspends && qinghai.overdue_contact_suspends);
    assert!(qinghai.dissolve_on.contains(&(Side::Sharer, LifeEvent::ChronicEntitlement)));
    assert!(!qinghai.dissolve_on.contains(&(Side::Beneficiary, LifeEvent::PoolTransfer)));
    assert!(of(Programme::Wallet, NOON).dissolve_on.contains(&(Side::Beneficiary, LifeEvent::PoolTransfer)));
    let before = of(Programme::LocalAllocation, "2021-03-31 12:00");
    assert!(before.dissolve_on.is_empty() && !before.sanction_suspends && !before.overdue_contact_suspends);
}
