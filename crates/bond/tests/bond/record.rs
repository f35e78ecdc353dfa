//! Which facts can be recorded beside others, and what a recorded fact changes for bonds.

use bond::{Ages, Change, Fact, FactKind, FactRefused, Family, Relation};
use standards::Sex;
use time::macros::date;

use crate::{
    household::{at_home, household, known},
    maker::{AGES, fact, person},
    tree::TODAY,
};

fn checked(fact: &Fact) -> Result<(), FactRefused> {
    at_home(household(), TODAY).check_fact(fact, AGES)
}

#[test]
fn facts_that_cannot_be_true_are_not_recorded() {
    let day = date!(2025 - 06 - 01);
    let of = |kind, a, b| fact(60, kind, person(a), person(b), day);
    let good = of(FactKind::Guardian, 9, 1);
    assert_eq!(checked(&good), Ok(()));
    for (wrong, refused) in [
        (of(FactKind::Marriage, 1, 1), FactRefused::OnePerson),
        (Fact { on_day: date!(2026 - 01 - 16), ..good.clone() }, FactRefused::InTheFuture),
        (Fact { authority: " ".to_owned(), ..good }, FactRefused::AuthorityMissing),
        (of(FactKind::ParentChild, 1, 6), FactRefused::TooClose { years: 16 }),
        (of(FactKind::ParentChild, 1, 2), FactRefused::TooClose { years: 16 }),
        // Born when, nobody knows; but the son's child is no parent of the grandmother.
        (of(FactKind::ParentChild, 1, 5), FactRefused::OwnAncestor),
        // What the second is to the first.
        (of(FactKind::Marriage, 2, 1), FactRefused::RecordedAs(Relation::Child)),
        (of(FactKind::Marriage, 1, 5), FactRefused::RecordedAs(Relation::PaternalGrandparent)),
    ] {
        assert_eq!(checked(&wrong), Err(refused), "{wrong:?}");
    }
}

#[test]
fn a_couple_is_not_parent_and_child_and_siblings_do_not_marry() {
    let wed = fact(61, FactKind::Marriage, person(10), person(11), date!(2000 - 01 - 01));
    let family = Family::on(TODAY, [wed], []);
    let parent = fact(62, FactKind::ParentChild, person(10), person(11), date!(2001 - 01 - 01));
    assert_eq!(family.check_fact(&parent, AGES), Err(FactRefused::RecordedAs(Relation::Spouse)));
    let born = [63, 64].map(|number| {
        fact(number, FactKind::ParentChild, person(12), person(number - 50), date!(2000 - 01 - 01))
    });
    let family = Family::on(TODAY, born, []);
    let wed = fact(65, FactKind::Marriage, person(13), person(14), date!(2025 - 01 - 01));
    assert_eq!(family.check_fact(&wed, AGES), Err(FactRefused::RecordedAs(Relation::Sibling)));
}

#[test]
fn r_066_a_recorded_divorce_ends_marriages_and_says_so_once() {
    let divorce = fact(70, FactKind::Divorce, person(6), person(1), date!(2025 - 01 - 01));
    let with = |more: Vec<Fact>| at_home(household().into_iter().chain(more).collect(), TODAY);
    let change = with(vec![divorce.clone()]).change_by(&divorce);
    assert_eq!(change, Some((person(6), Change::Divorced { from: person(1) })));
    // A divorce of long ago that is reported after they married again changes nothing.
    let again = fact(71, FactKind::Marriage, person(1), person(6), date!(2025 - 09 - 01));
    assert_eq!(with(vec![divorce.clone(), again]).change_by(&divorce), None);
    let revoked = Fact { kind: FactKind::ProofRevoked, ..divorce };
    let change = with(vec![revoked.clone()]).change_by(&revoked);
    assert_eq!(change, Some((person(6), Change::ProofRevoked { with: person(1) })));
    for fact in household() {
        assert_eq!(with(vec![]).change_by(&fact), None);
    }
}

#[test]
fn a_fact_is_stored_and_read_back_with_its_day_as_text() {
    for fact in household() {
        let text = serde_json::to_string(&fact).unwrap();
        assert!(
            text.contains(&format!("\"on_day\":\"{}\"", standards::civil::day_text(fact.on_day))),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Fact>(&text).unwrap(), fact);
    }
    let member = known(date!(1985 - 03 - 01), Sex::Male);
    let text = serde_json::to_string(&member).unwrap();
    assert_eq!(text, r#"{"born":"1985-03-01","sex":"MALE","died":null}"#);
    assert_eq!(serde_json::from_str::<bond::Member>(&text).unwrap(), member);
    assert_eq!(serde_json::from_str::<bond::Member>("{}").unwrap(), bond::Member::default());
    assert!(FactKind::ALL.iter().all(|kind| kind.name().parse() == Ok(*kind)));
}

#[test]
fn without_a_number_of_years_only_the_order_of_births_counts() {
    let young = [
        (person(1), known(date!(2000 - 01 - 01), Sex::Male)),
        (person(2), known(date!(1999 - 12 - 31), Sex::Male)),
    ];
    let family = Family::on(TODAY, [], young);
    let ages = Ages::default();
    let parent = |a, b| fact(80, FactKind::ParentChild, person(a), person(b), date!(2010 - 01 - 01));
    assert_eq!(family.check_fact(&parent(2, 1), ages), Ok(()));
    assert_eq!(family.check_fact(&parent(1, 2), ages), Err(FactRefused::TooClose { years: 0 }));
}
