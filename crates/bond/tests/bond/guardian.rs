//! Who answers for a minor, by which right, and by which way.

use bond::{Answerer, Answering, Bond, Channel, Evidence, Fact, FactKind, Family, Member, NoRight, Right};
use standards::{DocumentKind, FactId};
use time::{Date, macros::date};
use uuid::Uuid;

use crate::maker::{fact, person, proposed};

const TODAY: Date = date!(2026 - 01 - 15);
const ADULT_AT: u32 = 16;
const SHARER: Answerer = Answerer::Guardian(person(1));
const MOTHER: Answerer = Answerer::Guardian(person(3));

fn born(day: Date) -> Member {
    Member { born: Some(day), ..Member::default() }
}

/// The sharer is person 1, the beneficiary person 2, a minor unless said otherwise.
fn family(beneficiary: Member, facts: Vec<Fact>) -> Family {
    let members = [
        (person(1), born(date!(1985 - 01 - 01))),
        (person(2), beneficiary),
        (person(4), born(date!(2012 - 01 - 01))),
    ];
    Family::on(TODAY, facts, members)
}

fn child() -> Member {
    born(date!(2016 - 01 - 01))
}

fn parent(of: u128) -> Fact {
    fact(81, FactKind::ParentChild, person(of), person(2), date!(2016 - 01 - 01))
}

fn guardian(of: u128) -> Fact {
    fact(82, FactKind::Guardian, person(of), person(2), date!(2020 - 01 - 01))
}

fn paper(kind: DocumentKind) -> Evidence {
    Evidence { kind, reference: "J 17".parse().unwrap() }
}

fn right(family: &Family, channel: Channel, papers: &[Evidence], who: Answerer) -> Result<Right, NoRight> {
    let bond: Bond = proposed();
    Answering { bond: &bond, family, channel, papers, adult_at: ADULT_AT }.right_of(who)
}

fn fact_id(number: u128) -> FactId {
    FactId::new(Uuid::from_u128(number))
}

#[test]
fn adults_answer_for_themselves_and_nobody_for_them() {
    let app = Channel::NationalApp;
    for (member, own, guardians) in [
        // Sixteen today, and sixteen tomorrow.
        (born(date!(2010 - 01 - 15)), Ok(Right::Own), NoRight::NotAMinor { adult_at: 16 }),
        (Member::default(), Ok(Right::Own), NoRight::AgeNotKnown),
    ] {
        let family = family(member, vec![parent(3), guardian(1)]);
        assert_eq!(right(&family, app, &[], Answerer::Beneficiary), own);
        assert_eq!(right(&family, app, &[], MOTHER), Err(guardians));
        assert_eq!(right(&family, Channel::Counter, &[], SHARER), Err(guardians));
    }
    let tomorrow = family(born(date!(2010 - 01 - 16)), vec![parent(3)]);
    let needed = Err(NoRight::GuardianNeeded { adult_at: 16 });
    assert_eq!(right(&tomorrow, app, &[], Answerer::Beneficiary), needed);
    assert_eq!(
        right(&tomorrow, app, &[], Answerer::Guardian(person(2))),
        needed,
        "named as the own guardian"
    );
}

#[test]
fn a_recorded_parent_or_guardian_answers_for_a_minor_by_any_way() {
    for &channel in Channel::ALL {
        let by_birth = family(child(), vec![parent(3)]);
        assert_eq!(right(&by_birth, channel, &[], MOTHER), Ok(Right::Parenthood(fact_id(81))));
        let by_court = family(child(), vec![parent(3), guardian(3)]);
        assert_eq!(right(&by_court, channel, &[], MOTHER), Ok(Right::Guardianship(fact_id(82))));
    }
}

#[test]
fn a_sharer_who_is_the_guardian_confirms_at_the_counter_or_by_a_recorded_guardianship() {
    for &channel in Channel::ALL {
        let counter = channel == Channel::Counter;
        let by_birth = family(child(), vec![parent(1)]);
        let expected =
            if counter { Ok(Right::Parenthood(fact_id(81))) } else { Err(NoRight::SharerOwnProposal) };
        assert_eq!(right(&by_birth, channel, &[], SHARER), expected, "{channel}");
        let by_court = family(child(), vec![guardian(1)]);
        assert_eq!(right(&by_court, channel, &[], SHARER), Ok(Right::Guardianship(fact_id(82))), "{channel}");
    }
}

#[test]
fn papers_count_where_an_operator_sees_them() {
    let family = family(child(), vec![]);
    for &kind in DocumentKind::ALL {
        let tells = matches!(
            kind,
            DocumentKind::HouseholdRegister
                | DocumentKind::BirthCertificate
                | DocumentKind::CourtRecord
                | DocumentKind::AuthorityRecord
        );
        for who in [SHARER, MOTHER] {
            let at_counter = right(&family, Channel::Counter, &[paper(kind)], who);
            assert_eq!(
                at_counter,
                if tells { Ok(Right::SeenAtCounter) } else { Err(NoRight::NotKnownAsGuardian) }
            );
            let sent = right(&family, Channel::LocalApp, &[paper(kind)], who);
            assert_eq!(sent, Err(NoRight::NotKnownAsGuardian), "nobody saw them");
        }
    }
}

#[test]
fn strangers_minors_and_former_guardians_do_not_answer() {
    let app = Channel::MiniProgram;
    let of_another = fact(83, FactKind::ParentChild, person(3), person(9), date!(2010 - 01 - 01));
    let turned = fact(84, FactKind::ParentChild, person(2), person(3), date!(2010 - 01 - 01));
    let wed = fact(85, FactKind::Marriage, person(3), person(1), date!(2010 - 01 - 01));
    let strangers = family(child(), vec![of_another, turned, wed]);
    assert_eq!(right(&strangers, app, &[], MOTHER), Err(NoRight::NotKnownAsGuardian));
    let young = family(child(), vec![guardian(4)]);
    assert_eq!(right(&young, app, &[], Answerer::Guardian(person(4))), Err(NoRight::GuardianIsMinor));
    let revoked = Fact { id: fact_id(90), kind: FactKind::ProofRevoked, on_day: TODAY, ..guardian(3) };
    let former = family(child(), vec![guardian(3), revoked]);
    assert_eq!(right(&former, app, &[], MOTHER), Err(NoRight::NotKnownAsGuardian));
    let later = Fact { on_day: date!(2026 - 01 - 16), ..guardian(3) };
    assert_eq!(right(&family(child(), vec![later]), app, &[], MOTHER), Err(NoRight::NotKnownAsGuardian));
}

#[test]
fn the_age_is_what_it_is_told() {
    let family = family(born(date!(2010 - 01 - 01)), vec![parent(3)]);
    let bond = proposed();
    for (adult_at, expected) in [(16, Ok(Right::Own)), (18, Err(NoRight::GuardianNeeded { adult_at: 18 }))] {
        let answering =
            Answering { bond: &bond, family: &family, channel: Channel::NationalApp, papers: &[], adult_at };
        assert_eq!(answering.right_of(Answerer::Beneficiary), expected);
    }
}
