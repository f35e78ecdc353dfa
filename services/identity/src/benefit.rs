//! 登记待遇: the first call with a benefit id creates it, later ones change its last day. Everything else of it stays: a
//! wrong one is ended and a new one begun. After a death benefits are only ended.

use chassis::batch::Moment;
use standards::PersonId;

use crate::{
    change::Done,
    error::{Fixed, Refused},
    person::{Benefit, EventKind, PartId},
    state::State,
};

/// Decides a benefit.
pub(crate) fn record(state: &mut State, person: PersonId, wanted: &Benefit, moment: Moment) -> Done {
    let known = state.person(person).ok_or(Refused::PersonUnknown)?;
    let part = PartId::Benefit(wanted.id);
    if state.owner(part).is_some_and(|owner| owner != person) {
        return Err(Refused::FixedField(Fixed::Person));
    }
    let present = known.standing.benefits.iter().find(|benefit| benefit.id == wanted.id);
    if let Some(field) = present.and_then(|present| differs(present, wanted)) {
        return Err(Refused::FixedField(field));
    }
    if present == Some(wanted) {
        return Ok((person, None));
    }
    if known.standing.deceased_on.is_some() && (present.is_none() || wanted.valid_to.is_none()) {
        return Err(Refused::Deceased);
    }
    let event = state.change_part(person, part, (EventKind::BenefitRecorded, moment.at), |known| {
        let benefits = &mut known.standing.benefits;
        benefits.retain(|benefit| benefit.id != wanted.id);
        benefits.push(wanted.clone());
    });
    Ok((person, event))
}

/// The first field that a later call may not change, and does.
fn differs(present: &Benefit, wanted: &Benefit) -> Option<Fixed> {
    if present.kind != wanted.kind {
        Some(Fixed::Kind)
    } else if present.pool != wanted.pool {
        Some(Fixed::PoolingArea)
    } else if present.valid_from != wanted.valid_from {
        Some(Fixed::ValidFrom)
    } else if present.reference != wanted.reference {
        Some(Fixed::Reference)
    } else {
        None
    }
}
