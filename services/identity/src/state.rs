//! The persons that a batch touches, as loaded and then changed by the folds. Remembers what has to be written.

use std::collections::{BTreeSet, HashMap};

use standards::{EnrolmentId, PersonId, WalletId};
use time::OffsetDateTime;

use crate::{
    command::Registration,
    person::{Enrolment, Event, EventKind, Place, Standing},
    vault::Tag,
    verification::desk::Desk,
};

/// A person as a batch sees it; nothing in it names anybody.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who.
    pub person: PersonId,
    /// By which the number is found.
    pub id_index: Tag,
    /// By which a name is compared.
    pub name_check: Tag,
    /// Number of the last event.
    pub events: i64,
    /// 使用地.
    pub place: Option<Place>,
    /// All enrolments, ended ones too, in order of first day and id.
    pub enrolments: Vec<Enrolment>,
}

/// What a batch loaded and changed.
#[derive(Debug, Default)]
pub struct State {
    persons: HashMap<PersonId, Known>,
    by_index: HashMap<Tag, PersonId>,
    by_wallet: HashMap<WalletId, PersonId>,
    owners: HashMap<EnrolmentId, PersonId>,
    new: Vec<(Registration, OffsetDateTime)>,
    changed: BTreeSet<PersonId>,
    changed_enrolments: BTreeSet<(PersonId, EnrolmentId)>,
    /// Verifications and passwords.
    pub verification: Desk,
}

/// What a batch writes.
#[derive(Debug, Default)]
pub struct Changes {
    /// Persons that were not known before, as they are at the end of the batch, with their sealed profile and the
    /// time of registration.
    pub new: Vec<(Known, Registration, OffsetDateTime)>,
    /// Other persons whose place or events changed.
    pub persons: Vec<Known>,
    /// Enrolments, ended ones first, so that one may end and the next begin in one batch.
    pub enrolments: Vec<Enrolment>,
}

impl Known {
    /// What others may know.
    pub fn standing(&self) -> Standing {
        Standing { person: self.person, enrolments: self.enrolments.clone(), place: self.place }
    }

    /// The next event about the person, with what holds now.
    pub fn tell(&mut self, kind: EventKind, business_time: OffsetDateTime) -> Event {
        self.events += 1;
        Event { kind, sequence: self.events, business_time, standing: self.standing() }
    }

    fn sort(&mut self) {
        self.enrolments.sort_by_key(|enrolment| (enrolment.valid_from, enrolment.id));
    }
}

impl State {
    /// From what was loaded. An enrolment whose person was not loaded only keeps its id taken.
    pub fn of(persons: Vec<Known>, enrolments: Vec<Enrolment>) -> Self {
        let mut state = Self::default();
        for known in persons {
            state.index(&known);
            state.persons.insert(known.person, known);
        }
        for enrolment in enrolments {
            state.owners.insert(enrolment.id, enrolment.person);
            if let Some(known) = state.persons.get_mut(&enrolment.person) {
                known.enrolments.push(enrolment);
            }
        }
        state.persons.values_mut().for_each(Known::sort);
        state
    }

    fn index(&mut self, known: &Known) {
        self.by_index.insert(known.id_index, known.person);
        if let Some(place) = known.place {
            self.by_wallet.insert(place.wallet, known.person);
        }
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

    /// Whose enrolment this is.
    pub fn enrolment_owner(&self, enrolment: EnrolmentId) -> Option<PersonId> {
        self.owners.get(&enrolment).copied()
    }

    /// Adds a person with its first event.
    pub fn add(&mut self, registration: &Registration, at: OffsetDateTime) -> Event {
        let mut known = Known {
            person: registration.person,
            id_index: registration.id_index,
            name_check: registration.name_check,
            events: 0,
            place: None,
            enrolments: Vec::new(),
        };
        let event = known.tell(EventKind::Registered, at);
        self.index(&known);
        self.persons.insert(known.person, known);
        self.new.push((registration.clone(), at));
        event
    }

    /// Stores an enrolment as it is now; `None` if its person is not loaded.
    pub fn record(&mut self, enrolment: Enrolment, business_time: OffsetDateTime) -> Option<Event> {
        let (person, id) = (enrolment.person, enrolment.id);
        let known = self.persons.get_mut(&person)?;
        known.enrolments.retain(|old| old.id != id);
        known.enrolments.push(enrolment);
        known.sort();
        self.owners.insert(id, person);
        self.changed.insert(person);
        self.changed_enrolments.insert((person, id));
        Some(known.tell(EventKind::EnrolmentRecorded, business_time))
    }

    /// Gives a person's wallet its place; `None` if the person is not loaded.
    pub fn assign(&mut self, person: PersonId, place: Place, at: OffsetDateTime) -> Option<Event> {
        let known = self.persons.get_mut(&person)?;
        known.place = Some(place);
        self.by_wallet.insert(place.wallet, person);
        self.changed.insert(person);
        Some(known.tell(EventKind::PlaceOfUseAssigned, at))
    }

    /// What has to be written.
    pub fn into_changes(mut self) -> Changes {
        let mut enrolments: Vec<Enrolment> = Vec::with_capacity(self.changed_enrolments.len());
        for (person, id) in &self.changed_enrolments {
            let known = self.persons.get(person);
            enrolments
                .extend(known.iter().flat_map(|known| &known.enrolments).filter(|e| e.id == *id).cloned());
        }
        enrolments.sort_by_key(|enrolment| enrolment.valid_to.is_none());
        let mut new = Vec::with_capacity(self.new.len());
        for (registration, at) in std::mem::take(&mut self.new) {
            self.changed.remove(&registration.person);
            new.extend(self.persons.remove(&registration.person).map(|known| (known, registration, at)));
        }
        let persons = self.changed.iter().filter_map(|person| self.persons.remove(person)).collect();
        Changes { new, persons, enrolments }
    }
}

#[cfg(test)]
mod tests {
    use policy::{EnrolmentStatus, Scheme};
    use time::{Date, macros::date};
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
        let known =
            Known { person, id_index: tag, name_check: tag, events: 4, place: None, enrolments: vec![] };
        let open = enrolment(person, date!(2020 - 07 - 01), None);
        let mut state = State::of(vec![known], vec![open.clone()]);
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
