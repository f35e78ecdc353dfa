//! A change of what is known about one person: what every kind of it has in common. Who may ask, what makes a repeat a
//! repeat, and which verb decides.
//!
//! A counter (pooling area) or agency (province) may ask about whom it is responsible for, a citizens' app only about
//! the person whom its credential names.

use chassis::{
    batch::{Moment, Verdict},
    digest::Content,
    stepup::Operation,
};
use policy::Rules;
use standards::{PersonId, civil};
use uuid::Uuid;

use crate::{
    activate, benefit, code_proxy,
    command::{Asker, By, Change, Document, Outcome, What},
    contact, death,
    error::Refused,
    person::{Event, PartId},
    purchase, remote_care, sanction,
    state::{Known, State},
};

/// About whom it was, and what others are told.
pub(crate) type Done = Result<(PersonId, Option<Event>), Refused>;

impl Change {
    /// A change under the client's id.
    pub fn new(id: Uuid, by: By, what: What) -> Self {
        let content = Content::of("identity.change.1").text("by", said(&by.asker)).text("what", what.label());
        let content = fields(content, &what).finish();
        Self { id, content, by, what }
    }

    /// What a citizen agrees to who asks for this; none for what only agencies do.
    pub fn operation(&self, actor: Uuid) -> Option<Operation> {
        let plain = |kind| Operation::of(kind, self.id, actor);
        let operation = match &self.what {
            What::Activate(..) => plain("ActivateMedicalCode"),
            What::Contact(_) => plain("UpdateContact"),
            What::ConfirmContact(_) => plain("ConfirmContact"),
            What::File(new) => plain("FileRemoteCare").at(new.filing.pool),
            What::Withdraw(_) => plain("WithdrawRemoteCare"),
            What::Switch(..) => plain("SetPurchaseSwitch"),
            What::Link(new) => {
                let other = [new.proxy.shower.uuid(), new.owner.uuid()].into_iter().find(|one| *one != actor);
                Operation { counterparty: other, ..plain("LinkCodeProxy") }
            }
            What::Unlink(_) => plain("UnlinkCodeProxy"),
            What::Benefit(..) | What::Death(_) | What::Sanction(..) | What::Lift(_) => return None,
        };
        Some(operation)
    }
}

impl What {
    /// The label of its record.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Benefit(..) => "benefit",
            Self::Death(_) => "death",
            Self::Contact(_) => "contact",
            Self::ConfirmContact(_) => "confirm",
            Self::Sanction(..) => "sanction",
            Self::Lift(_) => "lift",
            Self::Activate(..) => "activate",
            Self::File(_) => "file",
            Self::Withdraw(_) => "withdraw",
            Self::Switch(..) => "switch",
            Self::Link(_) => "link",
            Self::Unlink(_) => "unlink",
        }
    }

    /// The person it names, if it names one and not only a part.
    pub const fn person(&self) -> Option<PersonId> {
        match self {
            Self::Benefit(person, _)
            | Self::ConfirmContact(person)
            | Self::Sanction(person, _)
            | Self::Activate(person, _)
            | Self::Switch(person, _) => Some(*person),
            Self::Death(death) => Some(death.person),
            Self::Contact(contact) => Some(contact.person),
            Self::File(new) => Some(new.person),
            Self::Link(new) => Some(new.owner),
            Self::Lift(_) | Self::Withdraw(_) | Self::Unlink(_) => None,
        }
    }

    /// The part that it makes, changes or ends.
    pub const fn part(&self) -> Option<PartId> {
        match self {
            Self::Benefit(_, benefit) => Some(PartId::Benefit(benefit.id)),
            Self::Sanction(_, sanction) => Some(PartId::Sanction(sanction.id)),
            Self::Lift(lift) => Some(PartId::Sanction(lift.sanction)),
            Self::File(new) => Some(PartId::Filing(new.filing.id)),
            Self::Withdraw(filing) => Some(PartId::Filing(*filing)),
            Self::Link(new) => Some(PartId::CodeProxy(new.proxy.id)),
            Self::Unlink(proxy) => Some(PartId::CodeProxy(*proxy)),
            Self::Death(_)
            | Self::Contact(_)
            | Self::ConfirmContact(_)
            | Self::Activate(..)
            | Self::Switch(..) => None,
        }
    }
}

/// An id belongs to who asks: under it nobody else is told anything.
fn said(asker: &Asker) -> String {
    match asker {
        Asker::Citizen(person) => format!("citizen:{person}"),
        Asker::Desk(area) => format!("desk:{area}"),
    }
}

/// The canonical content of what is asked; channels are not part of it.
fn fields(content: Content, what: &What) -> Content {
    let content = content.maybe("person_id", what.person());
    let content = content.maybe("part_id", what.part().map(PartId::uuid));
    match what {
        What::Benefit(_, benefit) => content
            .text("kind", benefit.kind)
            .text("pooling_area", benefit.pool)
            .text("valid_from", civil::day_text(benefit.valid_from))
            .maybe("valid_to", benefit.valid_to.map(civil::day_text))
            .text("reference", &benefit.reference),
        What::Death(death) => {
            content.text("death_day", civil::day_text(death.day)).text("reference", &death.reference)
        }
        What::Contact(contact) => {
            let content = content.text("changed_day", civil::day_text(contact.changed_on));
            ["mobile", "address"].into_iter().zip(&contact.tags).fold(content, |content, (name, tag)| {
                match tag {
                    Some(tag) => content.bytes(name, tag.bytes()),
                    None => content,
                }
            })
        }
        What::Sanction(_, sanction) => content
            .text("case_reference", &sanction.case_reference)
            .text("from_day", civil::day_text(sanction.from))
            .maybe("to_day", sanction.to.map(civil::day_text)),
        What::Lift(lift) => content.text("reason", &lift.reason),
        What::File(new) => {
            let filing = &new.filing;
            let content = content
                .text("kind", filing.kind.name())
                .text("treatment_pooling_area", filing.pool)
                .text("valid_from", civil::day_text(filing.valid_from))
                .maybe("valid_to", filing.valid_to.map(civil::day_text));
            let content =
                filing.institutions.iter().fold(content, |c, code| c.text("institution_code", code));
            documents(content, &new.documents)
        }
        What::Switch(_, on) => content.text("out_of_province", on),
        What::Link(new) => documents(content.text("shower_person_id", new.proxy.shower), &new.documents),
        What::ConfirmContact(_) | What::Activate(..) | What::Withdraw(_) | What::Unlink(_) => content,
    }
}

fn documents(content: Content, documents: &[Document]) -> Content {
    documents.iter().fold(content, |content, document| {
        content.text("document_kind", document.kind).text("document_reference", &document.reference)
    })
}

/// Decides a change.
pub(crate) fn fold(state: &mut State, change: &Change, rules: &Rules, moment: Moment) -> Verdict<Outcome> {
    let by = &change.by;
    let done = match &change.what {
        What::Benefit(person, benefit) => benefit::record(state, *person, benefit, moment),
        What::Death(death) => death::report(state, death, by),
        What::Contact(contact) => contact::update(state, contact, by, rules, moment),
        What::ConfirmContact(person) => contact::confirm(state, *person, by, moment),
        What::Sanction(person, sanction) => sanction::impose(state, *person, sanction, by, moment),
        What::Lift(lift) => sanction::lift(state, lift, by, moment),
        What::Activate(person, _) => activate::activate(state, *person, by, moment),
        What::File(new) => remote_care::file(state, new, by, rules, moment),
        What::Withdraw(filing) => remote_care::withdraw(state, *filing, by, moment),
        What::Switch(person, on) => purchase::switch(state, *person, *on, by, moment),
        What::Link(new) => code_proxy::link(state, new, by, rules, moment),
        What::Unlink(proxy) => code_proxy::unlink(state, *proxy, by, moment),
    };
    match done {
        Ok((person, event)) => Verdict::Record(Outcome::Changed { person, event }),
        Err(refused) => refused.verdict(),
    }
}

/// The person, if this one may ask about the person.
pub(crate) fn subject<'a>(state: &'a State, person: PersonId, by: &By) -> Result<&'a Known, Refused> {
    let known = match &by.asker {
        // A citizen learns of nobody else, not even whether there is such a person.
        Asker::Citizen(own) if *own != person => return Err(Refused::OutOfReach),
        Asker::Citizen(_) | Asker::Desk(_) => state.person(person).ok_or(Refused::PersonUnknown)?,
    };
    match &by.asker {
        Asker::Desk(area) if !known.standing.within(area) => Err(Refused::OutOfReach),
        Asker::Desk(_) | Asker::Citizen(_) => Ok(known),
    }
}

/// The same, if the person is alive.
pub(crate) fn living<'a>(state: &'a State, person: PersonId, by: &By) -> Result<&'a Known, Refused> {
    let known = subject(state, person, by)?;
    if known.standing.deceased_on.is_some() { Err(Refused::Deceased) } else { Ok(known) }
}
