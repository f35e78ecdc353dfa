//! True families never contradict themselves, and every lie about them is found.

use std::collections::BTreeSet;

use bond::{Fact, FactKind, Family, Relation, Tie, Why};
use proptest::prelude::*;

use crate::{
    maker::{AGES, NEAR, tie},
    tree::{TODAY, Tree, id},
};

fn whole(tree: &Tree) -> Family {
    Family::on(TODAY, tree.facts(), tree.members())
}

fn declared(one: usize, other: usize, relation: Relation) -> Tie {
    Tie { sharer: id(one), beneficiary: id(other), relation }
}

fn pairs(tree: &Tree) -> impl Iterator<Item = (usize, usize)> {
    let everybody = tree.everybody();
    everybody
        .clone()
        .flat_map(move |one| everybody.clone().map(move |other| (one, other)))
        .filter(|(a, b)| a != b)
}

/// Every true declaration there is.
fn truths(tree: &Tree) -> Vec<Tie> {
    let truth = |(one, other)| Some(declared(one, other, tree.truth(one, other)?));
    pairs(tree).filter_map(truth).collect()
}

/// Only the facts and members that the dice leave; marriages stay, or a remarriage would look like a divorce.
fn with_gaps(tree: &Tree, forgotten: &[bool]) -> Family {
    let mut dice = forgotten.iter().copied().cycle();
    let mut forget = move || dice.next().unwrap_or(false);
    let mut facts = tree.facts();
    facts.retain(|fact| fact.kind != FactKind::ParentChild || !forget());
    let mut members = tree.members();
    for (_, member) in &mut members {
        member.sex = member.sex.filter(|_| !forget());
        member.born = member.born.filter(|_| !forget());
        member.died = member.died.filter(|_| !forget());
    }
    Family::on(TODAY, facts, members)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn r_054_a_true_family_never_contradicts_itself_whatever_is_not_recorded(
        seed in any::<u64>(), forgotten in prop::collection::vec(any::<bool>(), 1..97),
    ) {
        let tree = Tree::grown(seed);
        let truths = truths(&tree);
        for family in [whole(&tree), with_gaps(&tree, &forgotten)] {
            for tie in &truths {
                prop_assert_eq!(family.check(tie, AGES, &truths), Ok(()), "{:?}", tie);
            }
        }
    }

    #[test]
    fn the_facts_of_a_true_family_can_be_recorded_one_after_the_other(seed in any::<u64>()) {
        let tree = Tree::grown(seed);
        let mut known: Vec<Fact> = Vec::new();
        for fact in tree.facts() {
            let family = Family::on(TODAY, known.clone(), tree.members());
            prop_assert_eq!(family.check_fact(&fact, AGES), Ok(()), "{:?}", fact);
            known.push(fact);
        }
    }

    #[test]
    fn r_054_every_other_relation_of_recorded_relatives_is_found(seed in any::<u64>()) {
        let tree = Tree::grown(seed);
        let family = whole(&tree);
        for (one, other) in pairs(&tree) {
            let Some(truth) = tree.truth(one, other) else { continue };
            for relation in NEAR.into_iter().filter(|relation| *relation != truth) {
                let lie = family.check(&declared(one, other, relation), AGES, &[]);
                prop_assert!(lie.is_err(), "{relation} for {truth}: {one} and {other}");
            }
        }
    }

    #[test]
    fn r_054_a_stranger_is_no_parent_of_somebody_whose_parents_are_recorded(seed in any::<u64>()) {
        let tree = Tree::grown(seed);
        let family = whole(&tree);
        let married = |one: usize, other: usize| {
            tree.unions.iter().any(|union| (union.man, union.woman) == (one, other) || (union.woman, union.man) == (one, other))
        };
        for (one, other) in pairs(&tree) {
            let Some((father, mother)) = tree.souls[one].parents else { continue };
            if other == father || other == mother || married(other, father) || married(other, mother) {
                continue;
            }
            prop_assert!(family.check(&declared(one, other, Relation::Parent), AGES, &[]).is_err());
            prop_assert!(family.check(&declared(other, one, Relation::Child), AGES, &[]).is_err());
        }
    }

    #[test]
    fn r_054_a_spouse_of_somebody_else_and_a_divorced_one_are_found(seed in any::<u64>()) {
        let tree = Tree::grown(seed);
        let family = whole(&tree);
        for (one, other) in pairs(&tree) {
            let theirs = tree.spouse(other);
            if theirs.is_some_and(|spouse| spouse != one) {
                let lie = family.check(&declared(one, other, Relation::Spouse), AGES, &[]);
                prop_assert!(lie.is_err(), "{one} and {other}, who is married to {theirs:?}");
            }
        }
        for union in tree.unions.iter().filter(|union| union.until.is_some()) {
            if tree.spouse(union.man) != Some(union.woman) && tree.souls[union.man].died.is_none()
                && tree.souls[union.woman].died.is_none()
            {
                let lie = family.check(&declared(union.man, union.woman, Relation::Spouse), AGES, &[]);
                prop_assert_eq!(lie.map_err(|lie| lie.why), Err(Why::Divorced));
            }
        }
    }

    #[test]
    fn r_042_parents_of_a_spouse_are_found_through_the_recorded_marriage(seed in any::<u64>()) {
        let tree = Tree::grown(seed);
        let family = whole(&tree);
        for union in &tree.unions {
            for (one, spouse) in [(union.man, union.woman), (union.woman, union.man)] {
                let Some((father, mother)) = tree.souls[spouse].parents else { continue };
                for parent in [father, mother] {
                    let lie = family.check(&declared(one, parent, Relation::Parent), AGES, &[]);
                    let lie = lie.expect_err("a parent of the spouse");
                    let closer = matches!(lie.why, Why::TooClose { .. });
                    prop_assert!(closer || lie.why == Why::RecordedAs(Relation::ParentInLaw), "{:?}", lie);
                    prop_assert_eq!(lie.facts.len(), if closer { 0 } else { 2 });
                }
            }
        }
    }

    #[test]
    fn a_chain_of_declared_parents_never_closes(length in 2_u128..9) {
        let family = Family::on(TODAY, [], []);
        let ties: Vec<Tie> = (1..length).map(|child| tie(child, child + 1, Relation::Parent)).collect();
        for (at, tie) in ties.iter().enumerate() {
            prop_assert_eq!(family.check(tie, AGES, &ties[..at]), Ok(()));
        }
        for relation in [Relation::Parent, Relation::PaternalGrandparent, Relation::MaternalGrandparent] {
            let closing = family.check(&tie(length, 1, relation), AGES, &ties);
            prop_assert_eq!(closing.map_err(|lie| lie.why), Err(Why::OwnAncestor));
        }
        for relation in [Relation::Child, Relation::ChildOfSon, Relation::ChildOfDaughter] {
            let closing = family.check(&tie(1, length, relation), AGES, &ties);
            prop_assert_eq!(closing.map_err(|lie| lie.why), Err(Why::OwnAncestor));
        }
    }
}

#[test]
fn the_made_up_families_hold_what_the_properties_look_for() {
    let mut seen = BTreeSet::new();
    let (mut divorces, mut second) = (0, 0);
    for seed in 0..40 {
        let tree = Tree::grown(seed * 7_919 + 1);
        seen.extend(truths(&tree).iter().map(|tie| tie.relation));
        divorces += tree.unions.iter().filter(|union| union.until.is_some()).count();
        second += tree
            .everybody()
            .filter(|one| tree.unions.iter().filter(|union| union.man == *one).count() > 1)
            .count();
    }
    assert_eq!(seen.len(), NEAR.len(), "{seen:?}");
    assert!(divorces > 20 && second > 10, "{divorces} divorces, {second} married twice");
}
