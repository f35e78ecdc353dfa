//! 指定使用地: the one place in the country where a person's wallet is kept, by compare-and-set.
//!
//! Whoever opens a wallet comes here first, so that two provinces cannot both open one. The place lies in the
//! province of an enrolment in normal state today, so that the person's own account and the wallet are in one book.
//! Whether the programme is open there is for the wallet service to judge.

use chassis::{
    batch::{Moment, Verdict},
    digest::Content,
};
use policy::EnrolmentStatus;
use standards::{Province, civil};

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
pub fn fold(state: &mut State, assignment: &Assignment, moment: Moment) -> Verdict<Outcome> {
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
    let insured = insured_in(known, moment);
    if !insured.contains(&assignment.place.province()) {
        return Refused::PlaceNotAllowed { place: assignment.place, insured }.verdict();
    }
    let place = Place { pool: assignment.place, wallet: assignment.wallet, position: moment.sequence };
    let event = state.assign(assignment.person, place, moment.at);
    Verdict::Record(Outcome::Assigned { place, event })
}

/// The provinces in which the person is enrolled in normal state on that day.
fn insured_in(known: &Known, moment: Moment) -> Vec<Province> {
    let today = civil::day(moment.at);
    let normal = known
        .standing
        .enrolments
        .iter()
        .filter(|enrolment| enrolment.status == EnrolmentStatus::Normal && enrolment.holds_on(today));
    let mut provinces: Vec<Province> = normal.map(|enrolment| enrolment.pool.province()).collect();
    provinces.sort_unstable();
    provinces.dedup();
    provinces
}
