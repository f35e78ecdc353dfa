//! 指定使用地: the one place in the country where a person's wallet is kept, by compare-and-set.
//!
//! Whoever opens a wallet comes here first, so that two provinces cannot both open one. How far the place may lie from
//! an enrolment in normal state is a rule. Whether the programme is open there is for the wallet service to judge.

use chassis::{
    batch::{Moment, Verdict},
    digest::Content,
};
use policy::{EnrolmentStatus, Parameter, PlaceScope, Programme, Region, Rules, reaches};
use standards::{Pool, civil};

use crate::{
    command::{Assignment, Outcome},
    error::Refused,
    person::Place,
    state::{Known, State},
};

/// The canonical content of a request.
pub fn content(assignment: &Assignment) -> [u8; 32] {
    Content::of("identity.assign.1")
        .text("person_id", assignment.person)
        .text("wallet_id", assignment.wallet)
        .text("place_of_use", assignment.place)
        .maybe("expected_place_of_use", assignment.expected)
        .finish()
}

/// Decides a place of use.
pub fn fold(state: &mut State, assignment: &Assignment, rules: &Rules, moment: Moment) -> Verdict<Outcome> {
    let Some(known) = state.person(assignment.person) else { return Refused::PersonUnknown.verdict() };
    if state.wallet_owner(assignment.wallet).is_some_and(|owner| owner != assignment.person) {
        return Refused::WalletOfAnother.verdict();
    }
    if let Some(place) = known.standing.place {
        if place.wallet != assignment.wallet {
            return Refused::WalletAlreadyOpen.verdict();
        }
        // The same wallet asks for what it has, perhaps under a new request id after a lost answer.
        if place.pool == assignment.place {
            return Verdict::Record(Outcome::Assigned { place, event: None });
        }
    }
    if known.standing.deceased_on.is_some() {
        return Refused::Deceased.verdict();
    }
    let actual = known.standing.place.map(|place| place.pool);
    if actual != assignment.expected {
        return Refused::PlaceChanged { expected: assignment.expected, actual }.verdict();
    }
    if let Err(refused) = is_within_reach(known, assignment.place, rules, moment) {
        return refused.verdict();
    }
    let place = Place { pool: assignment.place, wallet: assignment.wallet, position: moment.sequence };
    let event = state.assign(assignment.person, place, moment.at);
    Verdict::Record(Outcome::Assigned { place, event })
}

/// Refuses a place that is too far from where the person is enrolled in normal state on that day.
fn is_within_reach(known: &Known, place: Pool, rules: &Rules, moment: Moment) -> Result<(), Refused> {
    let today = civil::day(moment.at);
    let normal = known
        .standing
        .enrolments
        .iter()
        .filter(|enrolment| enrolment.status == EnrolmentStatus::Normal && enrolment.holds_on(today));
    let mut insured: Vec<Pool> = normal.map(|enrolment| enrolment.pool).collect();
    insured.sort_unstable();
    insured.dedup();
    let resolved = rules.resolve_region(Programme::Wallet, Region::from(place), moment.at);
    let scope = resolved.word(Parameter::PlaceOfUseScope).and_then(PlaceScope::parse);
    if reaches(scope, &insured, place) {
        return Ok(());
    }
    let origin = resolved.setting(Parameter::PlaceOfUseScope).map(|setting| &setting.origin);
    let [version, source] = origin.map_or_else(Default::default, |origin| {
        [origin.policy_version.to_string(), origin.source.to_string()]
    });
    Err(Refused::PlaceNotAllowed { place, insured, scope, version, source })
}
