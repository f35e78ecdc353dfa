//! 联系方式: a change is reported in time or late, as the rule in force where the person is insured says; a late
//! one is overdue until the person or a counter confirms the data. What follows from that is not decided here.

use chassis::batch::Moment;
use policy::{Programme, Region, Rules, contact_state};
use standards::{PersonId, civil};
use time::{Date, Time};

use crate::{
    change::{self, Done},
    command::{By, NewContact},
    keys::Keys,
    person::{EventKind, Standing},
    register::Private,
    state::State,
    vault::Column,
};

/// New contact data in clear; they do not leave the handler.
#[derive(Debug)]
pub struct Form {
    /// Whose.
    pub person: PersonId,
    /// 手机号码, if it changed.
    pub mobile: Option<Private>,
    /// 联系地址, if it changed.
    pub address: Option<Private>,
    /// When.
    pub changed_on: Date,
}

/// Seals a form for the person's row.
pub fn seal(form: &Form, keys: &Keys) -> NewContact {
    let sealed =
        |column, text: &Option<Private>| text.as_ref().map(|text| keys.seal(column, form.person, &text.0));
    let tag = |field, text: &Option<Private>| text.as_ref().map(|text| keys.content_tag(field, &text.0));
    NewContact {
        person: form.person,
        mobile: sealed(Column::Mobile, &form.mobile),
        address: sealed(Column::Address, &form.address),
        tags: [tag("mobile", &form.mobile), tag("address", &form.address)],
        changed_on: form.changed_on,
    }
}

/// Decides a change of contact data.
pub(crate) fn update(
    state: &mut State,
    contact: &NewContact,
    by: &By,
    rules: &Rules,
    moment: Moment,
) -> Done {
    let known = change::living(state, contact.person, by)?;
    let day = civil::day(moment.at);
    let place = (Programme::Wallet, region(&known.standing, day));
    let judged = contact_state(place, (contact.changed_on, Some(day)), rules, moment.at);
    // A further change in time does not confirm an earlier one.
    let overdue = known.standing.contact_overdue || judged.is_some_and(|judged| judged.overdue);
    state.contact(contact);
    let told = (EventKind::ContactUpdated, civil::instant(contact.changed_on, Time::MIDNIGHT));
    let event = state.change(contact.person, told, |known| {
        known.contact_changed_on = Some(contact.changed_on);
        known.standing.contact_overdue = overdue;
        known.revision += 1;
    });
    Ok((contact.person, event))
}

/// Decides a confirmation.
pub(crate) fn confirm(state: &mut State, person: PersonId, by: &By, moment: Moment) -> Done {
    let known = change::living(state, person, by)?;
    if !known.standing.contact_overdue {
        return Ok((person, None));
    }
    let event = state.change(person, (EventKind::ContactConfirmed, moment.at), |known| {
        known.standing.contact_overdue = false;
    });
    Ok((person, event))
}

/// Whose rule holds for the person: the place of use, else where the person is insured, else the nation.
fn region(standing: &Standing, day: Date) -> Region {
    let facts = standing.facts(day);
    let insured = facts.basic_enrolment(day).map(|enrolment| enrolment.pool);
    facts.place_of_use.or(insured).map_or(Region::Nation, Region::from)
}
