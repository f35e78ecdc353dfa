//! The persons that a batch touches, as loaded and then changed by the folds. Remembers what has to be written.

use std::collections::{BTreeSet, HashMap, HashSet};

use standards::{PersonId, WalletId};
use time::{Date, OffsetDateTime};

use crate::{
    command::{NewContact, Registration},
    inquire::{Asked, Attempt},
    person::{Benefit, CodeProxy, Enrolment, Event, EventKind, Filing, PartId, Place, Sanction, Standing},
    vault::Tag,
    verification::desk::Desk,
};

/// A person as a batch sees it; nothing in it names anybody.
#[derive(Clone, Debug)]
pub struct Known {
    /// By which the number is found.
    pub id_index: Tag,
    /// By which a name is compared.
    pub name_check: Tag,
    /// Number of the last event.
    pub events: i64,
    /// Revision of what is shown of the person.
    pub revision: i64,
    /// When contact data changed last.
    pub contact_changed_on: Option<Date>,
    /// Everything that belongs to the person, ended parts too.
    pub standing: Standing,
}

/// What a batch loaded and changed.
#[derive(Debug, Default)]
pub struct State {
    persons: HashMap<PersonId, Known>,
    by_index: HashMap<Tag, PersonId>,
    by_wallet: HashMap<WalletId, PersonId>,
    owners: HashMap<PartId, PersonId>,
    linked: HashMap<PersonId, u32>,
    asked: HashMap<String, Asked>,
    new: Vec<(Registration, OffsetDateTime)>,
    changed: BTreeSet<PersonId>,
    changed_parts: BTreeSet<(PersonId, PartId)>,
    contacts: Vec<NewContact>,
    attempts: Vec<Attempt>,
    changed_counts: HashSet<String>,
    /// Verifications and passwords.
    pub verification: Desk,
}

/// What a batch loads.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Persons with all their parts.
    pub persons: Vec<Known>,
    /// Whose parts these are, of persons that may be missing above.
    pub owners: Vec<(PartId, PersonId)>,
    /// How many relatives' codes somebody may show.
    pub linked: Vec<(PersonId, u32)>,
    /// How often somebody has asked on the last day on which that one asked.
    pub asked: Vec<(String, Asked)>,
}

/// What a batch writes.
#[derive(Debug, Default)]
pub struct Changes {
    /// Persons that were not known before, with their sealed profile and the time of registration.
    pub new: Vec<(Known, Registration, OffsetDateTime)>,
    /// Persons of whom something changed after they were registered.
    pub persons: Vec<Known>,
    /// New contact data, in order.
    pub contacts: Vec<NewContact>,
    /// Enrolments, ended ones first, so that one may end and the next begin in one batch.
    pub enrolments: Vec<Enrolment>,
    /// Benefits with their persons.
    pub benefits: Vec<(PersonId, Benefit)>,
    /// Sanctions with their persons.
    pub sanctions: Vec<(PersonId, Sanction)>,
    /// Filings with their persons.
    pub filings: Vec<(PersonId, Filing)>,
    /// Links with the owners of the codes, unlinked ones first.
    pub proxies: Vec<(PersonId, CodeProxy)>,
    /// Who looked somebody up.
    pub attempts: Vec<Attempt>,
    /// How often.
    pub counts: Vec<(String, Asked)>,
}

impl Known {
    /// The next event about the person, with what holds now.
    fn tell(&mut self, kind: EventKind, business_time: OffsetDateTime) -> Event {
        self.events += 1;
        Event { kind, sequence: self.events, business_time, standing: self.standing.clone().open() }
    }
}

impl State {
    /// From what was loaded. A part whose person was not loaded only keeps its id taken.
    pub fn of(loaded: Loaded) -> Self {
        let mut state = Self {
            owners: loaded.owners.into_iter().collect(),
            linked: loaded.linked.into_iter().collect(),
            asked: loaded.asked.into_iter().collect(),
            ..Self::default()
        };
        for mut known in loaded.persons {
            known.standing.sort();
            state.index(&known);
            state.persons.insert(known.standing.person, known);
        }
        state
    }

    fn index(&mut self, known: &Known) {
        let standing = &known.standing;
        self.by_index.insert(known.id_index, standing.person);
        if let Some(place) = standing.place {
            self.by_wallet.insert(place.wallet, standing.person);
        }
        let parts = parts_of(standing).map(|part| (part, standing.person));
        self.owners.extend(parts);
    }

    /// A person.
    pub fn person(&self, person: PersonId) -> Option<&Known> {
        self.persons.get(&person)
    }

    /// The person with this number.
    pub fn with_index(&self, index: Tag) -> Option<&Known> {
        self.by_index.get(&index).and_then(|person| self.persons.get(person))
    }

    /// Whose wallet this is, if it has a place of use.
    pub fn wallet_owner(&self, wallet: WalletId) -> Option<PersonId> {
        self.by_wallet.get(&wallet).copied()
    }

    /// Whose part this is.
    pub fn owner(&self, part: PartId) -> Option<PersonId> {
        self.owners.get(&part).copied()
    }

    /// How many relatives' codes somebody may show.
    pub fn linked(&self, shower: PersonId) -> u32 {
        self.linked.get(&shower).copied().unwrap_or_default()
    }

    /// Counts one link more or less for who shows.
    pub fn link(&mut self, shower: PersonId, more: bool) {
        let linked = self.linked.entry(shower).or_default();
        *linked = if more { linked.saturating_add(1) } else { linked.saturating_sub(1) };
    }

    /// How often somebody has asked on a civil day.
    pub fn asked(&self, asker: &str, day: Date) -> Asked {
        self.asked.get(asker).filter(|asked| asked.day == day).copied().unwrap_or(Asked::none(day))
    }

    /// Keeps how often somebody has asked.
    pub fn count(&mut self, asker: &str, asked: Asked) {
        self.asked.insert(asker.to_owned(), asked);
        self.changed_counts.insert(asker.to_owned());
    }

    /// Keeps who looked somebody up.
    pub fn attempted(&mut self, attempt: Attempt) {
        self.attempts.push(attempt);
    }

    /// Adds a person with its first event.
    pub fn add(&mut self, registration: &Registration, at: OffsetDateTime) -> Event {
        let mut known = Known {
            id_index: registration.id_index,
            name_check: registration.name_check,
            events: 0,
            revision: 1,
            contact_changed_on: None,
            standing: Standing::newborn(registration.person, registration.birth_day),
        };
        let event = known.tell(EventKind::Registered, at);
        self.index(&known);
        self.persons.insert(known.standing.person, known);
        self.new.push((registration.clone(), at));
        event
    }

    /// Stores an enrolment as it is now; `None` if its person is not loaded.
    pub fn record(&mut self, enrolment: Enrolment, business_time: OffsetDateTime) -> Option<Event> {
        let (person, id) = (enrolment.person, enrolment.id);
        let told = (EventKind::EnrolmentRecorded, business_time);
        self.change_part(person, PartId::Enrolment(id), told, |known| {
            known.standing.enrolments.retain(|old| old.id != id);
            known.standing.enrolments.push(enrolment);
        })
    }

    /// Gives a person's wallet its place; `None` if the person is not loaded.
    pub fn assign(&mut self, person: PersonId, place: Place, at: OffsetDateTime) -> Option<Event> {
        self.by_wallet.insert(place.wallet, person);
        self.change(person, (EventKind::PlaceOfUseAssigned, at), |known| known.standing.place = Some(place))
    }

    /// Keeps new contact data for the person that they name.
    pub fn contact(&mut self, contact: &NewContact) {
        self.contacts.push(contact.clone());
    }

    /// Changes a person and tells it; `None` if the person is not loaded.
    pub fn change(
        &mut self,
        person: PersonId,
        (kind, business_time): (EventKind, OffsetDateTime),
        change: impl FnOnce(&mut Known),
    ) -> Option<Event> {
        let known = self.persons.get_mut(&person)?;
        change(known);
        known.standing.sort();
        self.changed.insert(person);
        Some(known.tell(kind, business_time))
    }

    /// As [`Self::change`], for one part of the person's standing.
    pub fn change_part(
        &mut self,
        person: PersonId,
        part: PartId,
        told: (EventKind, OffsetDateTime),
        change: impl FnOnce(&mut Known),
    ) -> Option<Event> {
        let event = self.change(person, told, change)?;
        self.owners.insert(part, person);
        self.changed_parts.insert((person, part));
        Some(event)
    }

    /// What has to be written.
    pub fn into_changes(mut self) -> Changes {
        let mut changes = Changes {
            contacts: std::mem::take(&mut self.contacts),
            attempts: std::mem::take(&mut self.attempts),
            ..Changes::default()
        };
        for (person, part) in &self.changed_parts {
            if let Some(known) = self.persons.get(person) {
                changes.take(&known.standing, *part);
            }
        }
        changes.enrolments.sort_by_key(|enrolment| enrolment.valid_to.is_none());
        changes.proxies.sort_by_key(|(_, proxy)| !proxy.unlinked);
        for (registration, at) in std::mem::take(&mut self.new) {
            let known = self.persons.get(&registration.person).cloned();
            changes.new.extend(known.map(|known| (known, registration, at)));
        }
        changes.persons = self.changed.iter().filter_map(|person| self.persons.remove(person)).collect();
        let counted = self.asked.into_iter().filter(|(asker, _)| self.changed_counts.contains(asker));
        changes.counts = counted.collect();
        changes
    }
}

impl Changes {
    /// Takes one part out of a standing.
    fn take(&mut self, standing: &Standing, part: PartId) {
        let person = standing.person;
        match part {
            PartId::Enrolment(id) => {
                self.enrolments.extend(standing.enrolments.iter().filter(|e| e.id == id).cloned());
            }
            PartId::Benefit(id) => {
                let found = standing.benefits.iter().filter(|benefit| benefit.id == id);
                self.benefits.extend(found.map(|benefit| (person, benefit.clone())));
            }
            PartId::Sanction(id) => {
                let found = standing.sanctions.iter().filter(|sanction| sanction.id == id);
                self.sanctions.extend(found.map(|sanction| (person, sanction.clone())));
            }
            PartId::Filing(id) => {
                let found = standing.filings.iter().filter(|filing| filing.id == id);
                self.filings.extend(found.map(|filing| (person, filing.clone())));
            }
            PartId::CodeProxy(id) => {
                let found = standing.code_proxies.iter().filter(|proxy| proxy.id == id);
                self.proxies.extend(found.map(|proxy| (person, *proxy)));
            }
        }
    }
}

fn parts_of(standing: &Standing) -> impl Iterator<Item = PartId> {
    let enrolments = standing.enrolments.iter().map(|part| PartId::Enrolment(part.id));
    let benefits = standing.benefits.iter().map(|part| PartId::Benefit(part.id));
    let sanctions = standing.sanctions.iter().map(|part| PartId::Sanction(part.id));
    let filings = standing.filings.iter().map(|part| PartId::Filing(part.id));
    let proxies = standing.code_proxies.iter().map(|part| PartId::CodeProxy(part.id));
    enrolments.chain(benefits).chain(sanctions).chain(filings).chain(proxies)
}

#[cfg(test)]
mod tests {
    use policy::{EnrolmentStatus, Scheme};
    use standards::EnrolmentId;
    use time::macros::date;
    use uuid::Uuid;

    use super::*;

    fn enrolment(person: PersonId, valid_from: Date, valid_to: Option<Date>) -> Enrolment {
        Enrolment {
            id: EnrolmentId::new(Uuid::now_v7()),
            person,
            scheme: Scheme::Employee,
            pool: "320100".parse().unwrap(),
            status: EnrolmentStatus::Normal,
            valid_from,
            valid_to,
            revision: 1,
        }
    }

    #[test]
    fn an_enrolment_that_ends_is_written_before_the_one_that_follows() {
        let person = PersonId::new(Uuid::now_v7());
        let tag = Tag::stored(&[7; 32]).unwrap();
        let open = enrolment(person, date!(2020 - 07 - 01), None);
        let mut standing = Standing::newborn(person, date!(1980 - 02 - 03));
        standing.enrolments.push(open.clone());
        let known = Known {
            id_index: tag,
            name_check: tag,
            events: 4,
            revision: 1,
            contact_changed_on: None,
            standing,
        };
        let mut state = State::of(Loaded { persons: vec![known], ..Loaded::default() });
        // The later one has the smaller id, so that ids do not order them by chance.
        let next =
            Enrolment { id: EnrolmentId::new(Uuid::nil()), ..enrolment(person, date!(2026 - 01 - 01), None) };
        let ended = Enrolment { valid_to: Some(date!(2025 - 12 - 31)), revision: 2, ..open };
        state.record(ended.clone(), OffsetDateTime::UNIX_EPOCH).unwrap();
        let event = state.record(next.clone(), OffsetDateTime::UNIX_EPOCH).unwrap();
        assert_eq!((event.sequence, event.standing.enrolments.len()), (6, 2));
        let changes = state.into_changes();
        assert_eq!(changes.enrolments, [ended, next]);
        assert_eq!((changes.new.len(), changes.persons.len(), changes.persons[0].events), (0, 1, 6));
    }
}
