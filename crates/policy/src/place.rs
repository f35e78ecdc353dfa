//! Judges where a wallet may be kept: insured, programme open there, place within reach of an
//! enrolment.
//!
//! It does not decide that a person has only one place: identity's compare-and-set does.

use standards::civil;
use time::OffsetDateTime;

use crate::{
    decision::Decision,
    facts::PlaceFacts,
    judge::Judge,
    parameter::{Parameter, Value},
    reason::Reason,
    rules::Rules,
    words::{PlaceScope, Side},
};

/// Judges the opening of a wallet at a place of use; all verdicts are on the beneficiary's side.
pub fn decide_place_of_use(facts: &PlaceFacts, rules: &Rules, at: OffsetDateTime) -> Decision {
    let day = civil::day(at);
    let person = crate::facts::PersonFacts { place_of_use: Some(facts.place), ..facts.person.clone() };
    let mut judge = Judge::between(rules, facts.programme, &person, &person, at);
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
        let holds = pools.map(|pools| match scope {
            Some(PlaceScope::Anywhere) => true,
            Some(PlaceScope::InsuredProvince) => {
                pools.iter().any(|pool| pool.province() == facts.place.province())
            }
            Some(PlaceScope::InsuredPool) | None => pools.contains(&facts.place),
        });
        (draft.actual(facts.place), holds, Reason::PlaceOfUseNotAllowed)
    });
    judge.close()
}
