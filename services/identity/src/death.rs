//! 登记死亡. The balance stays where it is; what follows for bonds, transfers and the wallet is for those who follow the
//! events. A day that was recorded is not changed here.

use standards::civil;
use time::Time;

use crate::{
    change::{self, Done},
    command::{By, Death},
    error::{Fixed, Refused},
    person::EventKind,
    state::State,
};

/// Decides a report of a death.
pub(crate) fn report(state: &mut State, death: &Death, by: &By) -> Done {
    let known = change::subject(state, death.person, by)?;
    match known.standing.deceased_on {
        Some(day) if day == death.day => return Ok((death.person, None)),
        Some(_) => return Err(Refused::FixedField(Fixed::DeathDay)),
        None => {}
    }
    if death.day < known.standing.birth_day {
        return Err(Refused::BeforeBirth);
    }
    let told = (EventKind::Died, civil::instant(death.day, Time::MIDNIGHT));
    let event = state.change(death.person, told, |known| {
        known.standing.deceased_on = Some(death.day);
        known.revision += 1;
    });
    Ok((death.person, event))
}
