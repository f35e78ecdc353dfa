//! 登记参保关系: the first call with an enrolment id creates it, later ones change its status or end (R-022, R-023,
//! Person, scheme, pooling area and first day never change: a wrong one is ended and a new one begun.
//!
//! Two enrolments of one 险种类型 never hold on the same day, wherever they are. After a death enrolments are only ended.

use chassis::{batch::Verdict, digest::Content};
use standards::civil;

use crate::{
    command::{Enrolling, Outcome},
    error::{Fixed, Refused},
    person::{Enrolment, PartId, insutype},
    state::{Known, State},
};

/// The canonical content of a request; the expected revision is not part of it.
pub fn content(enrolling: &Enrolling) -> [u8; 32] {
    let enrolment = &enrolling.enrolment;
    Content::of("identity.enrol.1")
        .text("enrolment_id", enrolment.id)
        .text("person_id", enrolment.person)
        .text("scheme", enrolment.scheme)
        .text("pooling_area", enrolment.pool)
        .text("status", enrolment.status)
        .text("valid_from", civil::day_text(enrolment.valid_from))
        .maybe("valid_to", enrolment.valid_to.map(civil::day_text))
        .text("business_time", enrolling.business_time.unix_timestamp_nanos() / 1_000)
        .finish()
}

/// Decides an enrolment.
pub fn fold(state: &mut State, enrolling: &Enrolling) -> Verdict<Outcome> {
    let wanted = &enrolling.enrolment;
    let Some(known) = state.person(wanted.person) else { return Refused::PersonUnknown.verdict() };
    if state.owner(PartId::Enrolment(wanted.id)).is_some_and(|owner| owner != wanted.person) {
        return Refused::FixedField(Fixed::Person).verdict();
    }
    let present = known.standing.enrolments.iter().find(|enrolment| enrolment.id == wanted.id);
    let revision = present.map_or(0, |enrolment| enrolment.revision);
    if let Some(expected) = enrolling.expected_revision.filter(|expected| *expected != revision) {
        return Refused::RevisionChanged { expected, actual: revision }.verdict();
    }
    if let Some(field) = present.and_then(|present| differs(present, wanted)) {
        return Refused::FixedField(field).verdict();
    }
    let unchanged = present.is_some_and(|p| (p.status, p.valid_to) == (wanted.status, wanted.valid_to));
    if unchanged {
        return Verdict::Record(Outcome::Enrolled { enrolment: wanted.id, event: None });
    }
    // What goes on after a death is ended; nothing new begins.
    if known.standing.deceased_on.is_some() && (present.is_none() || wanted.valid_to.is_none()) {
        return Refused::Deceased.verdict();
    }
    if overlapping(known, wanted) {
        return Refused::PeriodOverlaps.verdict();
    }
    let event = state.record(Enrolment { revision: revision + 1, ..wanted.clone() }, enrolling.business_time);
    Verdict::Record(Outcome::Enrolled { enrolment: wanted.id, event })
}

/// The first field that a later call may not change, and does.
fn differs(present: &Enrolment, wanted: &Enrolment) -> Option<Fixed> {
    if present.scheme != wanted.scheme {
        Some(Fixed::Scheme)
    } else if present.pool != wanted.pool {
        Some(Fixed::PoolingArea)
    } else if present.valid_from != wanted.valid_from {
        Some(Fixed::ValidFrom)
    } else {
        None
    }
}

fn overlapping(known: &Known, wanted: &Enrolment) -> bool {
    let same_type =
        |other: &&Enrolment| other.id != wanted.id && insutype(other.scheme) == insutype(wanted.scheme);
    known.standing.enrolments.iter().filter(same_type).any(|other| other.overlaps(wanted))
}
