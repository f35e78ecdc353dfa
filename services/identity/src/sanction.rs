//! 暂停联网结算: imposed in a case, lifted by another operator than the one who imposed it. The two are told
//! apart by their credentials, never by what a request says.

use chassis::batch::Moment;
use standards::PersonId;

use crate::{
    change::{self, Done},
    command::{By, Lift},
    error::Refused,
    person::{EventKind, PartId, Sanction},
    state::State,
};

/// Decides a sanction.
pub(crate) fn impose(
    state: &mut State,
    person: PersonId,
    sanction: &Sanction,
    by: &By,
    moment: Moment,
) -> Done {
    change::subject(state, person, by)?;
    let part = PartId::Sanction(sanction.id);
    // Its id is the request's, so a known one is known with this content.
    if state.owner(part).is_some() {
        return Ok((person, None));
    }
    let event = state.change_part(person, part, (EventKind::SanctionImposed, moment.at), |known| {
        known.standing.sanctions.push(sanction.clone());
    });
    Ok((person, event))
}

/// Decides its end.
pub(crate) fn lift(state: &mut State, lift: &Lift, by: &By, moment: Moment) -> Done {
    let part = PartId::Sanction(lift.sanction);
    let person = state.owner(part).ok_or(Refused::SanctionUnknown)?;
    let known = change::subject(state, person, by)?;
    let sanction = known.standing.sanctions.iter().find(|sanction| sanction.id == lift.sanction);
    let sanction = sanction.ok_or(Refused::SanctionUnknown)?;
    if sanction.lifted {
        return Err(Refused::SanctionLifted);
    }
    if sanction.imposed_by == by.credential {
        return Err(Refused::SecondPersonRequired);
    }
    let event = state.change_part(person, part, (EventKind::SanctionLifted, moment.at), |known| {
        for sanction in known.standing.sanctions.iter_mut().filter(|one| one.id == lift.sanction) {
            sanction.lifted = true;
            sanction.lifted_by = Some(by.credential.clone());
        }
    });
    Ok((person, event))
}
