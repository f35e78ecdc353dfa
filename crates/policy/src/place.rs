//! Judges where a wallet may be kept, and whether it may move: insured, programme open there, place within reach of an
//! enrolment.
//!
//! It does not decide that a person has only one place: identity's compare-and-set does.

use standards::{Pool, civil};

use crate::{
    decision::Decision,
    facts::{PersonFacts, PlaceFacts},
    judge::{Judge, actual},
    parameter::{Parameter, Value},
    reason::Reason,
    region::Region,
    rules::Rules,
    when::When,
    words::{PlaceScope, Side},
};

/// Judges the opening of a wallet at a place of use; all verdicts are on the beneficiary's side.
pub fn decide_place_of_use(facts: &PlaceFacts, rules: &Rules, when: impl Into<When>) -> Decision {
    let when = when.into();
    let day = civil::day(when.at);
    let person = PersonFacts { place_of_use: Some(facts.place), ..facts.person.clone() };
    let mut judge = Judge::between(rules, facts.programme, &person, &person, when);
    judge.alive(Side::Beneficiary, &person);
    judge.insured(Side::Beneficiary, &person);
    judge.region_open(Side::Beneficiary, Some(facts.place), true);
    let found = judge.beneficiary.setting(Parameter::PlaceOfUseScope).cloned();
    let found = found.map(|setting| (Side::Beneficiary, setting));
    judge.by("R-092", Parameter::PlaceOfUseScope, found, |value, draft| {
        let scope = if let Value::Word(word) = value { PlaceScope::parse(word) } else { None };
        let pools = person.enrolments.as_ref().map(|enrolments| {
            let holding = enrolments.iter().filter(|enrolment| enrolment.holds_on(day));
            holding.map(|enrolment| enrolment.pool).collect::<Vec<_>>()
        });
        let holds = pools.map(|pools| reaches(scope, &pools, facts.place));
        (draft.actual(facts.place), holds, Reason::PlaceOfUseNotAllowed)
    });
    judge.close()
}

/// Whether somebody who is insured in these pools may keep a wallet at a place; without a scope only where insured.
pub fn reaches(scope: Option<PlaceScope>, insured: &[Pool], place: Pool) -> bool {
    match scope {
        Some(PlaceScope::Anywhere) => true,
        Some(PlaceScope::InsuredProvince) => insured.iter().any(|pool| pool.province() == place.province()),
        Some(PlaceScope::InsuredPool) | None => insured.contains(&place),
    }
}

/// Judges the move of a wallet to another place of use: both the old and the new place let it move, and the
/// new one is a place where it may be kept.
pub fn decide_place_change(facts: &PlaceFacts, rules: &Rules, when: impl Into<When>) -> Decision {
    let when = when.into();
    let there = PersonFacts { place_of_use: Some(facts.place), ..facts.person.clone() };
    // The present place stands on the sharer's side, so that both have a say.
    let mut judge = Judge::between(rules, facts.programme, &facts.person, &there, when);
    let from = facts.person.place_of_use;
    let region = from.map_or(Region::Nation, Region::from);
    judge.sharer = rules.resolve_region(facts.programme, region, when);
    for side in [Side::Sharer, Side::Beneficiary] {
        let found = judge.of_side(side, Parameter::PlaceOfUseChange);
        judge.by("R-094", Parameter::PlaceOfUseChange, found, |value, draft| {
            let place = if side == Side::Sharer { from } else { Some(facts.place) };
            let holds = place.map(|_| *value == Value::Flag(true));
            (draft.actual(actual(place)), holds, Reason::PlaceOfUseNotAllowed)
        });
    }
    let mut kept = decide_place_of_use(facts, rules, when);
    kept.verdicts.splice(0..0, judge.close().verdicts);
    Decision::of(when, kept.verdicts)
}
