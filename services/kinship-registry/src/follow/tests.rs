//! What is told before, while and after a bond is judged: each thing counts once, in whichever order it arrives.

use bond::{Bond, BondState, Channel, Commitment, DissolveReason, Event, Insured, Proposal, Relation};
use policy::{BondFacts, BondStage, Enrolment, EnrolmentStatus, Programme, Scheme, decide_bond};
use standards::BondId;
use time::macros::{date, datetime};
use uuid::Uuid;

use super::*;
use crate::{
    persons::{Person, blank},
    registered::Seen,
    registry::Loaded,
};

const AT: OffsetDateTime = datetime!(2026-01-15 10:00 +8);

const fn person(number: u128) -> PersonId {
    PersonId::new(Uuid::from_u128(number))
}

fn moment() -> Moment {
    Moment { sequence: 7, at: AT }
}

fn stand(pool: &str) -> Stand {
    let enrolment = Enrolment {
        scheme: Scheme::Employee,
        has_personal_account: true,
        pool: pool.parse().unwrap(),
        status: EnrolmentStatus::Normal,
        valid_from: date!(2020 - 07 - 01),
        valid_to: None,
    };
    Stand { enrolments: vec![enrolment], ..Stand::default() }
}

fn pair(seen: i64) -> Pair {
    let one = |number| Person { id: person(number), stand: Some(stand("320100")), seen };
    Pair::on(civil::day(AT), one(1), one(2))
}

/// A bond of the wallet between 1 and 2 that was judged up to a position.
fn registered(seen: i64) -> Registered {
    let commitment = Commitment { text_version: "1".to_owned(), text_sha256: [1; 32], accepted_at: AT };
    let proposal = Proposal {
        id: BondId::new(Uuid::from_u128(9)),
        programme: bond::Programme::Wallet,
        sharer: person(1),
        beneficiary: person(2),
        relation: Relation::Sibling,
        channel: Channel::NationalApp,
        operator: None,
        commitment,
    };
    let bond = Bond::propose(proposal, AT, AT + time::Duration::DAY).unwrap();
    let bond = apply(bond, Event::Accept { consent: None }, AT).unwrap();
    let facts = BondFacts {
        programme: Programme::Wallet,
        stage: BondStage::Accept,
        relation: policy::Relation::Sibling,
        commitment: true,
        sharer: blank(person(1)),
        beneficiary: blank(person(2)),
        context: None,
    };
    let decision = decide_bond(&facts, &Rules::built_in(), AT);
    let (evidence, judged_id) = (Vec::new(), bond.id.uuid());
    let seen = Seen { sharer: seen, beneficiary: seen };
    Registered { bond, evidence, guardian: None, proposed_seq: 1, changed_seq: 1, decision, judged_id, seen }
}

fn known(position: i64, stand: Stand) -> Known {
    let situation = stand.situation(civil::day(AT), Insured::default());
    Known { position, stand, situation, review_day: None }
}

fn registry(seen: i64) -> Registry {
    let persons = [1, 2].map(|number| (person(number), known(1, stand("320100"))));
    let loaded = Loaded {
        bonds: vec![registered(seen)],
        persons: persons.to_vec(),
        cursor: Some(Cursor::START),
        ..Loaded::default()
    };
    Registry::of(loaded)
}

fn page(items: Vec<PersonItem>) -> Followed {
    let to = Cursor { sequence: 99, hash: [9; 32] };
    Followed { from: Cursor::START, to, items, unreadable: Vec::new() }
}

fn item(position: i64, number: u128, stand: Stand) -> PersonItem {
    PersonItem { position, person: person(number), stand, happened: None }
}

fn bond_of(registry: &Registry) -> Bond {
    registry.get(BondId::new(Uuid::from_u128(9))).unwrap().bond.clone()
}

#[test]
fn an_event_that_the_judgement_knew_of_does_nothing_and_a_later_one_does() {
    let rules = Rules::built_in();
    for (position, state) in [(5, BondState::Active), (6, BondState::Dissolved)] {
        let mut registry = registry(5);
        let verdict = page(vec![item(position, 1, stand("320500"))]).decide(&mut registry, &rules, moment());
        assert_eq!(bond_of(&registry).state, state, "{position}");
        assert_eq!(matches!(verdict, Verdict::Record(_)), state == BondState::Dissolved);
    }
}

#[test]
fn what_the_stream_told_between_the_question_and_the_acceptance_is_caught_up() {
    let rules = Rules::built_in();
    for (position, state) in [(5, BondState::Active), (6, BondState::Dissolved)] {
        let mut registry = registry(5);
        registry.know(person(2), known(position, stand("510100")));
        let accepted = catch_up(&registry, &rules, registered(5), &pair(5), moment());
        assert_eq!(accepted.bond.state, state, "{position}");
    }
    let mut registry = registry(5);
    let sanctioned = crate::stand::Term { from: date!(2026 - 01 - 15), to: None };
    registry.know(person(1), known(6, Stand { suspensions: vec![sanctioned], ..stand("320100") }));
    let accepted = catch_up(&registry, &rules, registered(5), &pair(5), moment());
    assert_eq!((accepted.bond.state, accepted.bond.revision), (BondState::Suspended, 3));
}

#[test]
fn a_page_is_taken_once_and_the_more_telling_reason_wins() {
    let rules = Rules::built_in();
    let mut registry = registry(5);
    let died = Stand { deceased: Some(date!(2026 - 01 - 14)), ..Stand::default() };
    let told = page(vec![item(6, 2, stand("320100")), item(7, 2, died.clone()), item(8, 2, died)]);
    let Verdict::Record(outcome) = told.decide(&mut registry, &rules, moment()) else {
        panic!("a bond was changed");
    };
    let [ended] = outcome.bonds() else { panic!("once: {outcome:?}") };
    assert_eq!(ended.bond.dissolve_reason, Some(DissolveReason::DeathBeneficiary));
    assert_eq!(ended.bond.revision, 3);
    assert!(matches!(told.decide(&mut registry, &rules, moment()), Verdict::Answer(Outcome::Elsewhere)));
}

#[test]
fn a_day_that_passes_concerns_bonds_that_were_judged_before_it() {
    let rules = Rules::built_in();
    for (due, state) in
        [(date!(2026 - 01 - 15), BondState::Active), (date!(2026 - 01 - 16), BondState::Dissolved)]
    {
        let mut registry = registry(5);
        let mut ends = stand("320100");
        ends.enrolments[0].valid_to = due.previous_day();
        let before = known(1, stand("320100"));
        let stored = Known { stand: ends, review_day: Some(due), ..before };
        registry.know(person(1), stored);
        let at = Moment { sequence: 8, at: AT + time::Duration::DAY };
        Review { persons: vec![person(1)] }.decide(&mut registry, &rules, at);
        assert_eq!(bond_of(&registry).state, state, "{due}");
        assert_eq!(registry.known(person(1)).unwrap().review_day, None);
    }
}
