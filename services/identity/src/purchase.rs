//! 省外购药开关: whether the person lets pharmacies of other provinces sell. What holds where nobody set it is for
//! the rules to say.

use chassis::batch::Moment;
use standards::PersonId;

use crate::{
    change::{self, Done},
    command::By,
    person::EventKind,
    state::State,
};

/// Decides the switch; set as it stands, it tells nobody.
pub(crate) fn switch(state: &mut State, person: PersonId, on: bool, by: &By, moment: Moment) -> Done {
    if change::living(state, person, by)?.standing.out_of_province == Some(on) {
        return Ok((person, None));
    }
    let event = state.change(person, (EventKind::PurchaseSwitchSet, moment.at), |known| {
        known.standing.out_of_province = Some(on);
    });
    Ok((person, event))
}
