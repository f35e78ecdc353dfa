//! One household with its record: what contradicts what, by which facts, and what stays possible.

use bond::{About, Ages, Contradicted, Fact, FactKind, Family, Member, Relation, Side, Why};
use standards::{FactId, Sex};
use time::{Date, Duration, macros::date};

use crate::{
    maker::{AGES, NEAR, fact, person, tie},
    tree::TODAY,
};

/// 1 is the person, 2 the father, 3 the mother, 4 and 5 the father's parents, 6 the spouse, 7 and 8 the spouse's
/// parents, 9 somebody unrelated.
pub(crate) fn household() -> Vec<Fact> {
    let child =
        |number, parent, child, day| fact(number, FactKind::ParentChild, person(parent), person(child), day);
    let wed = |number, one, other, day| fact(number, FactKind::Marriage, person(one), person(other), day);
    vec![
        child(21, 2, 1, date!(1985 - 03 - 01)),
        child(22, 3, 1, date!(1985 - 03 - 01)),
        child(23, 4, 2, date!(1960 - 01 - 01)),
        child(24, 5, 2, date!(1960 - 01 - 01)),
        child(25, 7, 6, date!(1986 - 01 - 01)),
        child(26, 8, 6, date!(1986 - 01 - 01)),
        wed(31, 1, 6, date!(2012 - 05 - 20)),
        wed(32, 2, 3, date!(1984 - 01 - 01)),
    ]
}

pub(crate) fn known(born: Date, sex: Sex) -> Member {
    Member { born: Some(born), sex: Some(sex), died: None }
}

pub(crate) fn at_home(facts: Vec<Fact>, day: Date) -> Family {
    let members = [
        (person(1), known(date!(1985 - 03 - 01), Sex::Male)),
        (person(2), known(date!(1960 - 01 - 01), Sex::Male)),
        (person(3), known(date!(1961 - 01 - 01), Sex::Female)),
        (person(4), known(date!(1935 - 01 - 01), Sex::Male)),
        (person(6), known(date!(1986 - 01 - 01), Sex::Female)),
        (person(7), known(date!(1958 - 01 - 01), Sex::Male)),
    ];
    Family::on(day, facts, members)
}

pub(crate) fn ids(numbers: &[u128]) -> Vec<FactId> {
    numbers.iter().map(|number| FactId::new(uuid::Uuid::from_u128(*number))).collect()
}

#[test]
fn what_is_contradicted_says_by_which_facts_and_whom_it_tells_of() {
    let family = at_home(household(), TODAY);
    let both = About::Both;
    for (tie, why, facts, about) in [
        (tie(1, 7, Relation::Parent), Why::RecordedAs(Relation::ParentInLaw), ids(&[31, 25]), both),
        (tie(7, 1, Relation::Child), Why::RecordedAs(Relation::OtherRelative), ids(&[25, 31]), both),
        (tie(1, 2, Relation::Sibling), Why::RecordedAs(Relation::Parent), ids(&[21]), both),
        (
            tie(1, 4, Relation::MaternalGrandparent),
            Why::RecordedAs(Relation::PaternalGrandparent),
            ids(&[21, 23]),
            both,
        ),
        (tie(1, 2, Relation::Child), Why::TooClose { years: 16 }, vec![], both),
        (tie(1, 2, Relation::PaternalGrandparent), Why::TooClose { years: 32 }, vec![], both),
        (tie(5, 1, Relation::Parent), Why::OwnAncestor, ids(&[21, 24]), both),
        (
            tie(1, 9, Relation::Spouse),
            Why::MarriedToAnother(Side::Sharer),
            ids(&[31]),
            About::One(Side::Sharer),
        ),
        (
            tie(9, 6, Relation::Spouse),
            Why::MarriedToAnother(Side::Beneficiary),
            ids(&[31]),
            About::One(Side::Beneficiary),
        ),
        (
            tie(1, 9, Relation::Parent),
            Why::OtherParents(Side::Sharer),
            ids(&[21, 22]),
            About::One(Side::Sharer),
        ),
        (
            tie(1, 9, Relation::PaternalGrandparent),
            Why::OtherParents(Side::Sharer),
            ids(&[21, 22, 23, 24]),
            About::One(Side::Sharer),
        ),
        (tie(2, 6, Relation::Sibling), Why::RecordedAs(Relation::OtherRelative), ids(&[21, 31]), both),
    ] {
        let contradicted = Contradicted { declared: tie.relation, why, facts };
        assert_eq!(family.check(&tie, AGES, &[]), Err(contradicted.clone()), "{tie:?}");
        assert_eq!(why.about(), about);
        assert!(!contradicted.to_string().is_empty() && !why.zh().is_empty());
    }
}

#[test]
fn what_is_not_recorded_refuses_nothing() {
    let family = at_home(household(), TODAY);
    for tie in [
        // The mother's parents are not recorded.
        tie(1, 9, Relation::MaternalGrandparent),
        tie(9, 1, Relation::ChildOfDaughter),
        // A half-brother: his parents are not recorded.
        tie(1, 9, Relation::Sibling),
        tie(3, 9, Relation::Parent),
        // Nobody recorded whom the spouse's mother married.
        tie(8, 9, Relation::Spouse),
    ] {
        assert_eq!(family.check(&tie, AGES, &[]), Ok(()), "{tie:?}");
    }
    let nothing = Family::on(TODAY, [], []);
    for relation in NEAR {
        assert_eq!(nothing.check(&tie(1, 2, relation), AGES, &[]), Ok(()));
    }
}

#[test]
fn siblings_and_spouses_share_or_have_their_own_parents() {
    let family = at_home(household(), TODAY);
    // Without the marriage the two are strangers with parents of their own.
    let apart: Vec<Fact> = household().into_iter().filter(|fact| fact.kind != FactKind::Marriage).collect();
    let apart = at_home(apart, TODAY);
    let lie = apart.check(&tie(1, 6, Relation::Sibling), AGES, &[]).unwrap_err();
    assert_eq!((lie.why, lie.facts), (Why::OtherParents(Side::Beneficiary), ids(&[21, 22, 25, 26])));
    assert_eq!(family.check(&tie(1, 6, Relation::Spouse), AGES, &[]), Ok(()));
    // Step-siblings: the father of one married the mother of the other.
    let mut patched = household();
    patched.retain(|fact| fact.kind != FactKind::Marriage);
    patched.push(fact(40, FactKind::Marriage, person(2), person(8), date!(1990 - 01 - 01)));
    assert_eq!(at_home(patched, TODAY).check(&tie(1, 6, Relation::Sibling), AGES, &[]), Ok(()));
}

#[test]
fn a_step_parent_may_be_declared_a_parent_and_theirs_a_grandparent() {
    let mut facts = household();
    facts.push(fact(41, FactKind::Divorce, person(2), person(3), date!(1995 - 01 - 01)));
    facts.push(fact(42, FactKind::Marriage, person(3), person(9), date!(1996 - 01 - 01)));
    let family = at_home(facts.clone(), TODAY);
    assert_eq!(family.check(&tie(1, 9, Relation::Parent), AGES, &[]), Ok(()));
    assert_eq!(family.check(&tie(9, 1, Relation::Child), AGES, &[]), Ok(()));
    // Whose parents the step-father's are, nobody recorded; the father's parents are others.
    assert_eq!(family.check(&tie(1, 10, Relation::PaternalGrandparent), AGES, &[]), Ok(()));
    facts.push(fact(43, FactKind::ParentChild, person(11), person(9), date!(1960 - 01 - 01)));
    facts.push(fact(44, FactKind::ParentChild, person(12), person(9), date!(1960 - 01 - 01)));
    let family = at_home(facts, TODAY);
    assert_eq!(family.check(&tie(1, 11, Relation::PaternalGrandparent), AGES, &[]), Ok(()));
    let lie = family.check(&tie(1, 10, Relation::PaternalGrandparent), AGES, &[]).unwrap_err();
    assert_eq!((lie.why, lie.facts), (Why::OtherParents(Side::Sharer), ids(&[21, 22, 23, 24, 43, 44])));
}

#[test]
fn a_former_relative_by_marriage_may_be_married_and_a_great_grandparent_is_no_nearer_relative() {
    let mut facts = household();
    facts.push(fact(41, FactKind::Divorce, person(1), person(6), date!(2020 - 01 - 01)));
    facts.push(fact(42, FactKind::ParentChild, person(10), person(4), date!(1935 - 01 - 01)));
    let family = at_home(facts, TODAY);
    assert_eq!(family.check(&tie(1, 7, Relation::Spouse), AGES, &[]), Ok(()));
    let far = |tie| family.check(&tie, AGES, &[]).map_err(|lie| (lie.why, lie.facts));
    let expected = Err((Why::RecordedAs(Relation::OtherRelative), ids(&[21, 23, 42])));
    assert_eq!(far(tie(1, 10, Relation::Sibling)), expected);
    assert_eq!(far(tie(10, 1, Relation::ChildOfSon)), expected);
    assert_eq!(far(tie(1, 10, Relation::Spouse)), expected);
}

#[test]
fn the_gap_of_years_is_what_it_is_told_and_zero_asks_only_for_an_earlier_birth() {
    let members = [
        (person(1), known(date!(2000 - 02 - 29), Sex::Female)),
        (person(2), known(date!(1984 - 02 - 29), Sex::Male)),
        (person(3), known(date!(2000 - 02 - 28), Sex::Male)),
        (person(4), known(date!(2000 - 02 - 29), Sex::Male)),
    ];
    let family = Family::on(TODAY, [], members);
    let gap = |other, years| {
        let ages = Ages { parent: years, grandparent: years, ..Ages::default() };
        let parent = family.check(&tie(1, other, Relation::Parent), ages, &[]);
        let grandparent = family.check(&tie(1, other, Relation::MaternalGrandparent), ages, &[]);
        let child = family.check(&tie(other, 1, Relation::Child), ages, &[]);
        let grandchild = family.check(&tie(other, 1, Relation::ChildOfSon), ages, &[]);
        let all = [parent, grandparent, child, grandchild].map(|one| one.map_err(|lie| lie.why));
        assert!(all.iter().all(|one| *one == all[0]));
        all[0]
    };
    assert_eq!(gap(2, 16), Ok(()), "to the day");
    assert_eq!(gap(2, 17), Err(Why::TooClose { years: 17 }));
    assert_eq!(gap(3, 0), Ok(()), "a day earlier");
    assert_eq!(gap(4, 0), Err(Why::TooClose { years: 0 }), "twins");
}

#[test]
fn nobody_is_a_spouse_before_the_age_for_it_and_an_unknown_sex_takes_the_lower_one() {
    let day = date!(2026 - 01 - 15);
    let ages = Ages { husband: 20, wife: 18, ..Ages::default() };
    let of = |sex, born| Member { born: Some(born), sex, died: None };
    for (sex, last, years) in [
        (Some(Sex::Male), date!(2006 - 01 - 15), 20),
        (Some(Sex::Female), date!(2008 - 01 - 15), 18),
        (None, date!(2008 - 01 - 15), 18),
    ] {
        let elder = (person(1), of(Some(Sex::Male), date!(1990 - 01 - 01)));
        let declared = |born| {
            let family = Family::on(day, [], [elder, (person(2), of(sex, born))]);
            let why = |sharer, beneficiary| {
                let tie = tie(sharer, beneficiary, Relation::Spouse);
                family.check(&tie, ages, &[]).map_err(|lie| (lie.why, lie.why.about()))
            };
            (why(1, 2), why(2, 1))
        };
        assert_eq!(declared(last), (Ok(()), Ok(())), "{sex:?}");
        let young = |side| Err((Why::TooYoung { side, years }, About::One(side)));
        let found = declared(last.next_day().unwrap());
        assert_eq!(found, (young(Side::Beneficiary), young(Side::Sharer)), "{sex:?}");
    }
}

#[test]
fn only_the_day_matters_on_which_it_is_looked_at() {
    let mut facts = household();
    let parted = date!(2020 - 07 - 01);
    facts.push(fact(41, FactKind::Divorce, person(6), person(1), parted));
    let spouse = tie(1, 6, Relation::Spouse);
    let before = at_home(facts.clone(), parted - Duration::days(1));
    assert_eq!(before.check(&spouse, AGES, &[]), Ok(()));
    assert_eq!(
        before.check(&tie(9, 6, Relation::Spouse), AGES, &[]).map_err(|lie| lie.why),
        Err(Why::MarriedToAnother(Side::Beneficiary))
    );
    let since = at_home(facts.clone(), parted);
    let lie = since.check(&spouse, AGES, &[]).unwrap_err();
    assert_eq!((lie.why, lie.facts), (Why::Divorced, ids(&[41])));
    assert_eq!(since.check(&tie(9, 6, Relation::Spouse), AGES, &[]), Ok(()), "free to marry");
    facts.push(fact(42, FactKind::Marriage, person(6), person(1), date!(2022 - 07 - 01)));
    assert_eq!(at_home(facts.clone(), TODAY).check(&spouse, AGES, &[]), Ok(()), "married again");
    assert!(at_home(facts, date!(2022 - 06 - 30)).check(&spouse, AGES, &[]).is_err());
}

#[test]
fn a_widow_is_free_and_a_later_marriage_outdates_an_earlier_one() {
    let mut members = vec![(person(6), known(date!(1986 - 01 - 01), Sex::Female))];
    members.push((person(1), Member { died: Some(date!(2021 - 01 - 01)), ..Member::default() }));
    let widow = Family::on(TODAY, household(), members);
    assert_eq!(widow.check(&tie(9, 6, Relation::Spouse), AGES, &[]), Ok(()));
    let mut facts = household();
    facts.push(fact(43, FactKind::Marriage, person(9), person(6), date!(2023 - 01 - 01)));
    let family = at_home(facts, TODAY);
    assert_eq!(family.check(&tie(6, 9, Relation::Spouse), AGES, &[]), Ok(()), "nobody recorded the divorce");
    assert!(family.check(&tie(1, 6, Relation::Spouse), AGES, &[]).is_err());
}

#[test]
fn r_066_a_revoked_proof_is_as_if_never_recorded() {
    let mut facts = household();
    let mut revoked = fact(50, FactKind::ProofRevoked, person(6), person(7), date!(2025 - 01 - 01));
    revoked.reference = "档案 25".parse().unwrap();
    facts.push(revoked.clone());
    let family = at_home(facts, TODAY);
    assert!(family.facts().all(|fact| fact.id != ids(&[25])[0]));
    assert_eq!(
        family.check(&tie(1, 7, Relation::Parent), AGES, &[]).map_err(|lie| lie.why),
        Err(Why::OtherParents(Side::Sharer))
    );
    // Another reference, and other persons, revoke nothing.
    for other in
        [Fact { reference: "档案 99".parse().unwrap(), ..revoked.clone() }, Fact { a: person(8), ..revoked }]
    {
        let family = at_home(household().into_iter().chain([other]).collect(), TODAY);
        assert_eq!(family.facts().count(), household().len());
    }
}

#[test]
fn r_051_a_record_proves_what_it_says_and_nothing_beside_it() {
    let family = at_home(household(), TODAY);
    for (declared, proven) in [
        (tie(1, 2, Relation::Parent), true),
        (tie(2, 1, Relation::Child), true),
        (tie(1, 6, Relation::Spouse), true),
        (tie(1, 4, Relation::PaternalGrandparent), true),
        (tie(1, 4, Relation::MaternalGrandparent), false),
        (tie(1, 7, Relation::Parent), false),
        (tie(1, 9, Relation::Sibling), false),
    ] {
        assert_eq!(family.proves(&declared), proven, "{declared:?}");
    }
    // Through somebody of unknown sex two relations follow, and neither is proven.
    let family = Family::on(TODAY, household(), []);
    assert!(!family.proves(&tie(1, 4, Relation::PaternalGrandparent)));
}
