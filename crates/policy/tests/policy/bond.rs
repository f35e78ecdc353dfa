//! Bonds: every rule with what it allows and what it refuses, at proposal and at acceptance.

use policy::{
    BondStage, Decision, EnrolmentStatus, Reason, Relation, Ruling, Scheme, Side, VerdictResult, decide_bond,
};

use crate::support::*;

const NOON: &str = "2026-01-15 12:00";

fn accept(change: impl FnOnce(&mut policy::BondFacts)) -> Decision {
    let mut facts = bond(BondStage::Accept);
    change(&mut facts);
    decide_bond(&facts, &rules(), at(NOON))
}

fn propose(change: impl FnOnce(&mut policy::BondFacts)) -> Decision {
    let mut facts = bond(BondStage::Propose);
    change(&mut facts);
    decide_bond(&facts, &rules(), at(NOON))
}

#[test]
fn a_bond_with_the_mother_in_another_province_is_allowed() {
    for decision in [propose(|_| ()), accept(|_| ())] {
        assert_eq!(decision.ruling(), Ruling::Allowed);
        assert!(decision.allowed);
        assert_eq!(
            decision.verdicts.iter().find(|verdict| verdict.policy_version != "NAT-WALLET-2026-1"),
            None
        );
    }
}

#[test]
fn r_040_all_eight_near_relatives_are_in_scope() {
    let near = [
        Relation::Spouse,
        Relation::Parent,
        Relation::Child,
        Relation::Sibling,
        Relation::PaternalGrandparent,
        Relation::MaternalGrandparent,
        Relation::ChildOfSon,
        Relation::ChildOfDaughter,
    ];
    for relation in near {
        assert!(accept(|facts| facts.relation = relation).allowed, "{relation}");
    }
    let decision = propose(|facts| facts.relation = Relation::OtherRelative);
    let verdict = refused(&decision);
    assert_eq!((verdict.reason, verdict.rule.as_ref()), (Some(Reason::RelationNotInScope), "R-040"));
    assert_eq!(verdict.actual, "OTHER_RELATIVE");
}

#[test]
fn r_042_a_parent_in_law_is_refused_with_a_reason_of_its_own() {
    let decision = propose(|facts| facts.relation = Relation::ParentInLaw);
    let verdict = refused(&decision);
    assert_eq!((verdict.reason, verdict.rule.as_ref()), (Some(Reason::InLawExcluded), "R-042"));
    assert_eq!(verdict.policy_version, "NAT-WALLET-2026-1");
    assert!(verdict.source.contains("跨省共济工作的通知"));
    assert!(verdict.limit.contains("SPOUSE") && !verdict.limit.contains("IN_LAW"));
    assert!(!verdict.message_zh.is_empty() && !verdict.what_to_do_en.is_empty());
}

#[test]
fn nobody_is_bound_to_himself() {
    let decision = propose(|facts| facts.beneficiary.person = facts.sharer.person);
    assert_eq!(reason(&decision), Some(Reason::SelfBond));
}

#[test]
fn r_053_a_bond_needs_the_commitment() {
    assert_eq!(reason(&propose(|facts| facts.commitment = false)), Some(Reason::CommitmentMissing));
}

#[test]
fn r_020_the_sharer_needs_employee_insurance_with_a_personal_account() {
    let table = [
        (Scheme::Employee, true, None),
        (Scheme::FlexibleEmployee, true, None),
        (Scheme::Employee, false, Some(Reason::SharerNotEmployeeInsured)),
        (Scheme::FlexibleEmployee, false, Some(Reason::SharerNotEmployeeInsured)),
        (Scheme::Resident, false, Some(Reason::SharerNotEmployeeInsured)),
        (Scheme::Resident, true, Some(Reason::SharerNotEmployeeInsured)),
        (Scheme::RetiredCadre, true, Some(Reason::SharerNotEmployeeInsured)),
    ];
    for (scheme, account, expected) in table {
        let mut one = enrolment(scheme, "320100");
        one.has_personal_account = account;
        let decision = propose(|facts| facts.sharer.enrolments = Some(vec![one]));
        assert_eq!(reason(&decision), expected, "{scheme} {account}");
    }
}

#[test]
fn r_020_an_enrolment_counts_from_its_first_to_its_last_day() {
    let table = [("2026-01-14", false), ("2026-01-15", true), ("2026-01-16", true)];
    for (last, allowed) in table {
        let mut one = enrolment(Scheme::Employee, "320100");
        one.valid_to = Some(day(last));
        assert_eq!(propose(|facts| facts.sharer.enrolments = Some(vec![one])).allowed, allowed, "{last}");
    }
    let mut later = enrolment(Scheme::Employee, "320100");
    later.valid_from = day("2026-01-16");
    assert!(!propose(|facts| facts.sharer.enrolments = Some(vec![later])).allowed);
}

#[test]
fn r_021_the_beneficiary_needs_basic_insurance_of_either_type() {
    for scheme in [Scheme::Employee, Scheme::FlexibleEmployee, Scheme::Resident] {
        assert!(accept(|f| f.beneficiary.enrolments = Some(vec![enrolment(scheme, "510100")])).allowed);
    }
    for enrolments in [vec![], vec![enrolment(Scheme::RetiredCadre, "510100")]] {
        let decision = accept(|facts| facts.beneficiary.enrolments = Some(enrolments));
        assert_eq!(refused(&decision).reason, Some(Reason::BeneficiaryNotInsured));
    }
}

#[test]
fn r_023_both_must_be_insured_in_a_normal_state() {
    let states = EnrolmentStatus::ALL.iter().copied().filter(|status| *status != EnrolmentStatus::Normal);
    for status in states {
        for side in [Side::Sharer, Side::Beneficiary] {
            let decision = accept(|facts| {
                let person = if side == Side::Sharer { &mut facts.sharer } else { &mut facts.beneficiary };
                person.enrolments.as_mut().unwrap()[0].status = status;
            });
            let verdict = refused(&decision);
            assert_eq!((verdict.reason, verdict.side), (Some(Reason::EnrolmentNotNormal), side));
            assert_eq!((verdict.limit.as_str(), verdict.actual.as_str()), ("NORMAL", status.name()));
        }
    }
}

#[test]
fn r_023_a_normal_enrolment_counts_before_a_suspended_one() {
    let mut old = enrolment(Scheme::Employee, "630100");
    old.status = EnrolmentStatus::Suspended;
    let both = vec![old, enrolment(Scheme::Employee, "320100")];
    assert!(accept(|facts| facts.sharer.enrolments = Some(both)).allowed);
}

#[test]
fn r_066_the_dead_are_refused_on_their_side() {
    let decision = accept(|facts| facts.beneficiary.deceased = Some(true));
    assert_eq!(
        (refused(&decision).reason, refused(&decision).side),
        (Some(Reason::Deceased), Side::Beneficiary)
    );
    let decision = propose(|facts| facts.sharer.deceased = Some(true));
    assert_eq!((refused(&decision).reason, refused(&decision).side), (Some(Reason::Deceased), Side::Sharer));
}

#[test]
fn r_007_a_closed_region_is_named_with_its_side() {
    let mut facts = bond(BondStage::Accept);
    facts.beneficiary.enrolments = Some(vec![enrolment(Scheme::Resident, "440100")]);
    facts.beneficiary.place_of_use = None;
    let decision = decide_bond(&facts, &rules(), at("2026-01-09 12:00"));
    let verdict = refused(&decision);
    assert_eq!((verdict.reason, verdict.side), (Some(Reason::RegionNotOpen), Side::Beneficiary));
    assert_eq!(verdict.actual, "440100");
    assert!(decide_bond(&facts, &rules(), at("2026-01-10 00:00")).allowed);
}

#[test]
fn a_fact_that_is_not_known_leaves_the_bond_undecided() {
    let decision = accept(|facts| facts.beneficiary.enrolments = None);
    assert!(!decision.allowed);
    let Ruling::Undecided(verdict) = decision.ruling() else { panic!("{decision:?}") };
    assert_eq!((verdict.result, verdict.reason), (VerdictResult::NotKnown, Some(Reason::FeedBehind)));
    // A rule that fails anyway is the answer, whatever else is not known.
    let decision = accept(|facts| {
        facts.beneficiary.enrolments = None;
        facts.relation = Relation::ParentInLaw;
    });
    assert_eq!(refused(&decision).reason, Some(Reason::InLawExcluded));
}

#[test]
fn a_programme_without_rules_allows_nothing() {
    let mut facts = bond(BondStage::Accept);
    facts.programme = policy::Programme::Premium;
    let decision = decide_bond(&facts, &rules(), at(NOON));
    assert_eq!(refused(&decision).reason, Some(Reason::NotForThisProgramme));
    assert_eq!(refused(&decision).result, VerdictResult::NotKnown);
    let decision = decide_bond(&bond(BondStage::Accept), &rules(), at("2024-10-31 23:59:59"));
    assert_eq!(refused(&decision).reason, Some(Reason::NotForThisProgramme));
}

#[test]
fn a_proposal_learns_nothing_about_the_invitee() {
    let plain = propose(|_| ());
    let decision = propose(|facts| {
        facts.beneficiary.deceased = Some(true);
        facts.beneficiary.enrolments = Some(vec![]);
        facts.beneficiary.place_of_use = None;
    });
    assert_eq!(decision, plain);
    let about = plain.verdicts.iter().filter(|verdict| verdict.side == Side::Beneficiary);
    assert!(about.clone().count() == 5 && about.clone().all(|v| v.result == VerdictResult::NotApplicable));
}

#[test]
fn the_sharer_reads_only_that_the_invitee_is_not_eligible() {
    let mut views = Vec::new();
    for cause in 0..4 {
        let decision = accept(|facts| match cause {
            0 => facts.beneficiary.deceased = Some(true),
            1 => facts.beneficiary.enrolments = Some(vec![]),
            2 => facts.beneficiary.place_of_use = Some(pool("440100")),
            _ => facts.beneficiary.enrolments.as_mut().unwrap()[0].status = EnrolmentStatus::InArrears,
        });
        let view = decision.for_sharer();
        if decision.allowed {
            assert!(view.allowed);
            continue;
        }
        assert_eq!(refused(&view).reason, Some(Reason::InviteeNotEligible));
        let json = serde_json::to_string(&view).unwrap();
        assert!(!json.contains("510100") && !json.contains("IN_ARREARS"), "{json}");
        views.push(json);
    }
    views.dedup();
    assert_eq!(views.len(), 1, "the causes must look alike");
    assert!(accept(|_| ()).for_sharer().allowed);
}
