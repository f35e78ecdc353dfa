//! 激活医保码: whoever has been through real-name authentication may act online from then on.

use chassis::batch::Moment;
use standards::PersonId;

use crate::{
    change::{self, Done},
    command::By,
    person::EventKind,
    state::State,
};

/// Decides an activation; a code that is active stays so.
pub(crate) fn activate(state: &mut State, person: PersonId, by: &By, moment: Moment) -> Done {
    if change::living(state, person, by)?.standing.code_active {
        return Ok((person, None));
    }
    let event = state.change(person, (EventKind::MedicalCodeActivated, moment.at), |known| {
        known.standing.code_active = true;
        known.revision += 1;
    });
    Ok((person, event))
}
