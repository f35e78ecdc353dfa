//! 异地就医备案: where else a person may be treated, from when to when, and in which institutions. It
//! says nothing about payments there.

use chassis::batch::Moment;
use standards::FilingId;

use crate::{
    change::{self, Done},
    command::{By, NewFiling},
    error::Refused,
    person::{EventKind, PartId},
    state::State,
};

/// Decides a filing.
pub(crate) fn file(state: &mut State, new: &NewFiling, by: &By, moment: Moment) -> Done {
    change::living(state, new.person, by)?;
    let part = PartId::Filing(new.filing.id);
    // Its id is the request's, so a known one is known with this content.
    if state.owner(part).is_some() {
        return Ok((new.person, None));
    }
    let event = state.change_part(new.person, part, (EventKind::RemoteCareFiled, moment.at), |known| {
        known.standing.filings.push(new.filing.clone());
    });
    Ok((new.person, event))
}

/// Decides its withdrawal; one that was withdrawn stays so.
pub(crate) fn withdraw(state: &mut State, filing: FilingId, by: &By, moment: Moment) -> Done {
    let part = PartId::Filing(filing);
    let person = state.owner(part).ok_or(Refused::FilingUnknown)?;
    let known = change::living(state, person, by)?;
    if known.standing.filings.iter().any(|one| one.id == filing && one.withdrawn) {
        return Ok((person, None));
    }
    let event = state.change_part(person, part, (EventKind::RemoteCareWithdrawn, moment.at), |known| {
        known.standing.filings.iter_mut().filter(|one| one.id == filing).for_each(|one| one.withdrawn = true);
    });
    Ok((person, event))
}
