//! relations, how many bonds, and what a bond needs. for the wallet have
//! tables of their own in `bond`.

use policy::{
    BondContext, BondCounts, BondFacts, BondStage, Decision, Programme, Reason, Relation, Ruling, Scheme,
    Side, UnbindFacts, VerdictResult, decide_bond, decide_premium, decide_unbind, decide_use,
};

use crate::support::*;

const NOON: &str = "2026-01-15 12:00";

fn qinghai(when: &str, change: impl FnOnce(&mut BondFacts)) -> Decision {
    let mut facts = local_bond(Programme::LocalAllocation, "630100", "630100");
    change(&mut facts);
    decide_bond(&facts, &rules(), at(when))
}

fn counts(facts: &mut BondFacts) -> &mut BondCounts {
    facts.context.as_mut().unwrap().counts.as_mut().unwrap()
}

fn context(facts: &mut BondFacts) -> &mut BondContext {
    facts.context.as_mut().unwrap()
}

#[test]
fn r_041_qinghai_knew_three_relations_until_the_end_of_2024_11() {
    for relation in Relation::ALL.iter().copied() {
        let before = qinghai("2024-11-30 23:59:59", |facts| facts.relation = relation);
        let three = matches!(relation, Relation::Spouse | Relation::Parent | Relation::Child);
        assert_eq!(before.allowed, three, "{relation}");
        if !three && relation != Relation::ParentInLaw {
            let verdict = refused(&before);
            assert_eq!(verdict.reason, Some(Reason::RelationNotInScope));
            assert_eq!(verdict.limit, "CHILD,PARENT,SPOUSE");
            assert_eq!(verdict.policy_version, "QH-ALLOCATION-1");
        }
    }
}

#[test]
fn r_042_parents_in_law_are_in_no_scope_of_the_built_in_rules_or_the_samples() {
    for rules in [rules(), with_samples()] {
        for version in rules.versions() {
            for (_, setting) in version.settings() {
                let text = setting.value.as_ref().map(ToString::to_string).unwrap_or_default();
                assert!(!text.contains("PARENT_IN_LAW"), "{}", version.origin.policy_version);
            }
        }
    }
    assert_eq!(
        why(&qinghai(NOON, |facts| facts.relation = Relation::ParentInLaw)),
        Some((Reason::InLawExcluded, "R-042", Side::Sharer))
    );
}

#[test]
fn r_043_qinghai_knows_eight_relations_from_2024_12_01() {
    for relation in Relation::ALL.iter().copied() {
        let after = qinghai("2024-12-01 00:00", |facts| facts.relation = relation);
        let near = !matches!(relation, Relation::ParentInLaw | Relation::OtherRelative);
        assert_eq!(after.allowed, near, "{relation}");
    }
}

#[test]
fn r_044_the_wallet_binds_many_to_many_and_mutually() {
    let mut facts = local_bond(Programme::Wallet, "320100", "510100");
    *counts(&mut facts) = BondCounts {
        sharer_shares: 20,
        sharer_uses: 20,
        beneficiary_shares: 20,
        beneficiary_uses: 20,
        ..BondCounts::default()
    };
    assert!(decide_bond(&facts, &rules(), at(NOON)).allowed);
    counts(&mut facts).same_pair = 1;
    assert_eq!(
        why(&decide_bond(&facts, &rules(), at(NOON))),
        Some((Reason::AlreadyBound, "R-045", Side::Sharer))
    );
}

#[test]
fn r_045_in_qinghai_a_person_has_one_role_and_is_bound_once() {
    let bound = |side| Some((Reason::AlreadyBound, "R-045", side));
    // A creator may have several members, but nobody's funds to use.
    assert_eq!(why(&qinghai(NOON, |facts| counts(facts).sharer_shares = 4)), None);
    assert_eq!(why(&qinghai(NOON, |facts| counts(facts).sharer_uses = 1)), bound(Side::Sharer));
    assert_eq!(why(&qinghai(NOON, |facts| counts(facts).beneficiary_uses = 1)), bound(Side::Beneficiary));
    assert_eq!(why(&qinghai(NOON, |facts| counts(facts).beneficiary_shares = 1)), bound(Side::Beneficiary));
}

#[test]
fn r_045_a_proposal_does_not_tell_of_the_invitees_other_bonds() {
    let propose = |uses: u32| {
        qinghai(NOON, |facts| {
            facts.stage = BondStage::Propose;
            counts(facts).beneficiary_uses = uses;
            counts(facts).beneficiary_shares = uses;
        })
    };
    assert_eq!(propose(0), propose(1));
    assert!(propose(1).allowed);
    let accepted = qinghai(NOON, |facts| counts(facts).beneficiary_uses = 1).for_sharer();
    assert_eq!(refused(&accepted).reason, Some(Reason::InviteeNotEligible));
}

#[test]
fn r_045_shandong_lets_one_sharer_be_for_each_beneficiary() {
    let judged = |change: fn(&mut BondCounts)| {
        let mut facts = local_bond(Programme::LocalRealtime, "370100", "370100");
        change(counts(&mut facts));
        decide_bond(&facts, &rules(), at(NOON))
    };
    assert!(judged(|counts| counts.sharer_uses = 1).allowed);
    assert!(judged(|counts| counts.beneficiary_shares = 3).allowed);
    let decision = judged(|counts| counts.beneficiary_uses = 1);
    assert_eq!(why(&decision), Some((Reason::AlreadyBound, "R-045", Side::Beneficiary)));
    let verdict = refused(&decision);
    assert!(verdict.message_zh.starts_with("按当地规定(每名被共济人只能有一名共济人),被共济人已有共济关系"));
    assert!(verdict.message_en.contains("ONE_SHARER_PER_BENEFICIARY"));
}

#[test]
fn r_046_seven_with_the_sharer_are_six_others() {
    let judged = |others: u32| {
        let mut facts = local_bond(Programme::LocalRealtime, "649900", "649900");
        counts(&mut facts).sharer_shares = others;
        decide_bond(&facts, &with_samples(), at(NOON))
    };
    assert!(judged(5).allowed);
    let decision = judged(6);
    assert_eq!(why(&decision), Some((Reason::MemberCapReached, "R-046", Side::Sharer)));
    assert_eq!((refused(&decision).limit.as_str(), refused(&decision).actual.as_str()), ("7", "8"));
}

#[test]
fn r_047_qinghai_has_five_others() {
    assert!(qinghai(NOON, |facts| counts(facts).sharer_shares = 4).allowed);
    let decision = qinghai(NOON, |facts| counts(facts).sharer_shares = 5);
    assert_eq!(why(&decision), Some((Reason::MemberCapReached, "R-047", Side::Sharer)));
    assert_eq!((refused(&decision).limit.as_str(), refused(&decision).actual.as_str()), ("5", "6"));
    assert_eq!(refused(&decision).policy_version, "QH-ALLOCATION-2");
}

#[test]
fn r_049_a_guardian_agrees_for_somebody_under_sixteen() {
    let child = |born: &str, guardian: bool| {
        qinghai(NOON, |facts| {
            facts.relation = Relation::Child;
            facts.beneficiary.standing.as_mut().unwrap().birth_day = Some(day(born));
            context(facts).guardian_acts = guardian;
        })
    };
    // Sixteen on the day itself.
    assert!(child("2010-01-15", false).allowed);
    let decision = child("2010-01-16", false);
    assert_eq!(why(&decision), Some((Reason::GuardianRequired, "R-049", Side::Beneficiary)));
    assert_eq!((refused(&decision).limit.as_str(), refused(&decision).actual.as_str()), ("16", "15"));
    assert!(child("2010-01-16", true).allowed);
}

#[test]
fn r_051_proof_of_kinship_that_is_not_known_leaves_it_undecided_where_it_is_needed() {
    let mut facts = local_bond(Programme::LocalRealtime, "460100", "460100");
    context(&mut facts).kinship_proven = None;
    assert!(matches!(decide_bond(&facts, &rules(), at(NOON)).ruling(), Ruling::Undecided(_)));
    let mut facts = local_bond(Programme::LocalRealtime, "320100", "320100");
    context(&mut facts).kinship_proven = None;
    assert!(decide_bond(&facts, &rules(), at(NOON)).allowed);
}

#[test]
fn r_053_qinghai_wants_the_commitment_agreed_to() {
    let decision = qinghai(NOON, |facts| facts.commitment = false);
    assert_eq!(why(&decision), Some((Reason::CommitmentMissing, "R-053", Side::Sharer)));
}

#[test]
fn r_054_the_direction_of_the_relation_is_part_of_the_rule() {
    // What the beneficiary is to the sharer: a parent may be a beneficiary, and so may a child.
    for relation in [Relation::Parent, Relation::Child] {
        let decision = qinghai("2024-11-30 12:00", |facts| facts.relation = relation);
        assert_eq!(by_parameter(&decision, "relation_scope").actual, relation.name());
    }
}

fn unbind(programme: Programme, area: &str, from: &str, changes: Option<u32>, when: &str) -> Decision {
    let facts = UnbindFacts {
        programme,
        sharer: insured(SHARER, Scheme::Employee, area),
        beneficiary: insured(MOTHER, Scheme::Resident, area),
        active_from: day(from),
        changes_this_year: changes,
    };
    decide_unbind(&facts, &with_samples(), at(when))
}

#[test]
fn r_055_qinghai_lets_a_bond_end_at_any_time() {
    let decision = unbind(Programme::LocalAllocation, "630100", "2026-01-15", Some(99), NOON);
    assert!(decision.allowed && decision.verdicts.is_empty());
}

#[test]
fn r_055_where_a_cooling_time_is_set_the_refusal_names_its_end() {
    let hubei = |from, when| unbind(Programme::LocalRealtime, "420100", from, Some(0), when);
    let decision = hubei("2025-11-30", "2026-02-27 23:59:59");
    assert_eq!(why(&decision), Some((Reason::BondChangeLocked, "R-055", Side::Sharer)));
    assert_eq!(refused(&decision).possible_again, Some(at("2026-02-28 00:00")));
    assert!(refused(&decision).what_to_do_zh.starts_with("2026-02-28 00:00 起"));
    assert!(hubei("2025-11-30", "2026-02-28 00:00").allowed);
}

#[test]
fn r_055_changes_are_counted_by_civil_year_where_a_rule_does() {
    let jinhua = |changes| unbind(Programme::LocalRealtime, "330700", "2025-01-01", changes, NOON);
    assert!(jinhua(Some(0)).allowed);
    let decision = jinhua(Some(1));
    assert_eq!(refused(&decision).possible_again, Some(at("2027-01-01 00:00")));
    assert!(matches!(jinhua(None).ruling(), Ruling::Undecided(_)));
    let mut facts = local_bond(Programme::LocalRealtime, "119900", "119900");
    counts(&mut facts).changes_this_year = 3;
    let decision = decide_bond(&facts, &with_samples(), at(NOON));
    assert_eq!(why(&decision), Some((Reason::BondChangeLocked, "R-055", Side::Sharer)));
    assert!(decide_bond(&facts, &rules(), at(NOON)).allowed, "the samples are not read by default");
}

#[test]
fn r_057_a_bond_made_after_the_care_began_does_not_pay_for_it() {
    let mut facts = use_of(Programme::Wallet, "320100", "510100");
    facts.bond_since = Some(at("2026-01-15 09:00"));
    assert_eq!(why(&decide_use(&facts, &rules(), at(NOON))), None);
    facts.bond_since = Some(at("2026-01-15 09:00:00.000001"));
    let decision = decide_use(&facts, &rules(), at(NOON));
    assert_eq!(why(&decision), Some((Reason::BondNotActive, "R-057", Side::Sharer)));
    facts.bond_since = None;
    assert!(matches!(decide_use(&facts, &rules(), at(NOON)).ruling(), Ruling::Undecided(_)));
}

#[test]
fn r_058_hainan_wants_the_code_linked_first() {
    let mut facts = local_bond(Programme::LocalRealtime, "460100", "460200");
    context(&mut facts).code_proxy_linked = Some(false);
    let decision = decide_bond(&facts, &rules(), at(NOON));
    assert_eq!(why(&decision), Some((Reason::CodeProxyFirst, "R-058", Side::Sharer)));
    let mut facts = local_bond(Programme::LocalRealtime, "320100", "320100");
    context(&mut facts).code_proxy_linked = Some(false);
    assert!(decide_bond(&facts, &rules(), at(NOON)).allowed);
}

#[test]
fn r_059_a_relatives_premium_needs_a_bond() {
    let mut facts = premium();
    assert_eq!(why(&decide_premium(&facts, &rules(), at("2024-12-20 12:00"))), None);
    facts.bond.as_mut().unwrap().active = false;
    let decision = decide_premium(&facts, &rules(), at("2024-12-20 12:00"));
    assert_eq!(why(&decision), Some((Reason::BondNotActive, "R-059", Side::Sharer)));
    facts.insured = facts.payer.clone();
    facts.insured.enrolments.as_mut().unwrap().push(enrolment(Scheme::Resident, "510100"));
    let decision = decide_premium(&facts, &rules(), at("2024-12-20 12:00"));
    assert_eq!(by_parameter(&decision, "premium_needs_bond").result, VerdictResult::NotApplicable);
}

#[test]
fn counts_that_are_not_known_leave_a_bond_undecided() {
    let decision = qinghai(NOON, |facts| context(facts).counts = None);
    assert!(matches!(decision.ruling(), Ruling::Undecided(_)));
    // Without a registry's view nothing of it is judged: the record is from before, or somebody else counts.
    let plain = qinghai(NOON, |facts| facts.context = None);
    assert!(plain.allowed && !plain.verdicts.iter().any(|verdict| verdict.parameter == "bond_cardinality"));
}

#[test]
fn every_refusal_about_bonds_has_words_with_the_values_filled_in() {
    let changes: [fn(&mut BondFacts); 6] = [
        |facts| counts(facts).same_pair = 1,
        |facts| counts(facts).sharer_uses = 1,
        |facts| counts(facts).sharer_shares = 9,
        |facts| facts.sharer.standing = Some(with_benefit(policy::BenefitKind::ChronicOutpatient)),
        |facts| facts.sharer.standing.as_mut().unwrap().settlement_suspended = Some(true),
        |facts| facts.beneficiary.standing.as_mut().unwrap().contact_overdue = Some(true),
    ];
    for change in changes {
        let decision = qinghai(NOON, change);
        let verdict = refused(&decision);
        for text in [&verdict.message_zh, &verdict.message_en, &verdict.what_to_do_zh, &verdict.what_to_do_en]
        {
            assert!(!text.is_empty() && !text.contains('{'), "{text}");
        }
        assert!(!verdict.policy_version.is_empty() && !verdict.source.is_empty());
    }
}
