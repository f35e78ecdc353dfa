//! What one batch looks at: bonds, how their people stand, what is recorded about their families, and how far
//! identity's stream was read. It remembers what was changed, so that only that is written.
//!
//! It decides nothing; the verbs do.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bond::{Fact, Family, Member, Situation, Tie};
use chassis::feed::Cursor;
use serde::Serialize;
use standards::{BondId, FactId, PersonId};
use time::{Date, OffsetDateTime};

use crate::{registered::Registered, stand::Stand};

/// A person as the stream told last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// The event that told it.
    pub(crate) position: i64,
    /// What it said.
    pub(crate) stand: Stand,
    /// What was last made of it for bonds.
    pub(crate) situation: Situation,
    /// The day on which time alone may change that.
    pub(crate) review_day: Option<Date>,
}

/// An event that could not be read, with its bytes in hex.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Unreadable {
    /// Where it stands in the stream.
    pub(crate) position: i64,
    /// The event.
    pub(crate) bytes: String,
    /// Why not.
    pub(crate) error: String,
}

/// A recorded fact with its record.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// The fact.
    pub(crate) fact: Fact,
    /// The record that holds it.
    pub(crate) sequence: i64,
}

/// The rows that a batch needs.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    bonds: HashMap<BondId, Registered>,
    changed: BTreeSet<BondId>,
    persons: HashMap<PersonId, Known>,
    told: BTreeSet<PersonId>,
    facts: BTreeMap<FactId, Fact>,
    new_facts: Vec<Recorded>,
    members: HashMap<PersonId, Member>,
    new_members: BTreeMap<PersonId, Member>,
    cursor: Option<Cursor>,
    moved_from: Option<Cursor>,
    unreadable: Vec<(Unreadable, OffsetDateTime)>,
}

/// What a batch has changed.
#[derive(Debug)]
pub(crate) struct Changed {
    /// Bonds that were made or moved.
    pub(crate) bonds: Vec<Registered>,
    /// Persons of whom the stream told.
    pub(crate) persons: Vec<(PersonId, Known)>,
    /// New facts.
    pub(crate) facts: Vec<Recorded>,
    /// What is known of their people.
    pub(crate) members: Vec<(PersonId, Member)>,
    /// From where to where identity's stream was read.
    pub(crate) cursor: Option<(Cursor, Cursor)>,
    /// What could not be read.
    pub(crate) unreadable: Vec<(Unreadable, OffsetDateTime)>,
}

/// What was loaded.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// Bonds named by id, and those of the persons concerned.
    pub(crate) bonds: Vec<Registered>,
    /// How the people of all these stand.
    pub(crate) persons: Vec<(PersonId, Known)>,
    /// Facts about the families concerned.
    pub(crate) facts: Vec<Fact>,
    /// Their people.
    pub(crate) members: Vec<(PersonId, Member)>,
    /// Where identity's stream was read up to, if that matters.
    pub(crate) cursor: Option<Cursor>,
}

impl Registry {
    /// What was loaded, nothing of it changed.
    pub(crate) fn of(loaded: Loaded) -> Self {
        let Loaded { bonds, persons, facts, members, cursor } = loaded;
        Self {
            bonds: bonds.into_iter().map(|registered| (registered.bond.id, registered)).collect(),
            persons: persons.into_iter().collect(),
            facts: facts.into_iter().map(|fact| (fact.id, fact)).collect(),
            members: members.into_iter().collect(),
            cursor,
            ..Self::default()
        }
    }

    /// The bond with this id, if there is one.
    pub(crate) fn get(&self, id: BondId) -> Option<&Registered> {
        self.bonds.get(&id)
    }

    /// Keeps a bond that was made or changed.
    pub(crate) fn put(&mut self, registered: Registered) {
        self.changed.insert(registered.bond.id);
        self.bonds.insert(registered.bond.id, registered);
    }

    /// The bonds that stand (proposed or made, not ended), except one.
    pub(crate) fn standing(&self, except: Option<BondId>) -> impl Iterator<Item = &Registered> {
        self.bonds
            .values()
            .filter(move |registered| registered.bond.stands() && Some(registered.bond.id) != except)
    }

    /// Every bond that was loaded, ended ones too.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Registered> {
        self.bonds.values()
    }

    /// The standing bonds of a person, the oldest first.
    pub(crate) fn standing_of(&self, person: PersonId) -> Vec<Registered> {
        let of_person = self.standing(None).filter(|registered| registered.concerns(person));
        let mut found: Vec<Registered> = of_person.cloned().collect();
        found.sort_by_key(|registered| registered.proposed_seq);
        found
    }

    /// What the standing bonds declare, except one.
    pub(crate) fn ties(&self, except: Option<BondId>) -> Vec<Tie> {
        self.standing(except).map(|registered| registered.bond.tie()).collect()
    }

    /// What the stream told of a person.
    pub(crate) fn known(&self, person: PersonId) -> Option<&Known> {
        self.persons.get(&person)
    }

    /// Keeps what the stream told.
    pub(crate) fn know(&mut self, person: PersonId, known: Known) {
        self.told.insert(person);
        self.persons.insert(person, known);
    }

    /// Whether a fact with this id is recorded.
    pub(crate) fn has_fact(&self, id: FactId) -> bool {
        self.facts.contains_key(&id)
    }

    /// Keeps a new fact, and what is known of its people.
    pub(crate) fn record(&mut self, recorded: Recorded, members: [(PersonId, Member); 2]) {
        for (person, member) in members {
            self.members.insert(person, member);
            self.new_members.insert(person, member);
        }
        self.facts.insert(recorded.fact.id, recorded.fact.clone());
        self.new_facts.push(recorded);
    }

    /// The family as of a day; of `more` people counts what is known about them now.
    pub(crate) fn family(&self, day: Date, more: &[(PersonId, Member)]) -> Family {
        let mut members: BTreeMap<PersonId, Member> = BTreeMap::new();
        let told = self.persons.iter().map(|(person, known)| (*person, known.stand.member()));
        let recorded = self.members.iter().map(|(person, member)| (*person, *member));
        for (person, member) in told.chain(recorded).chain(more.iter().copied()) {
            let known = members.entry(person).or_default();
            known.born = member.born.or(known.born);
            known.sex = member.sex.or(known.sex);
            known.died = member.died.or(known.died);
        }
        Family::on(day, self.facts.values().cloned(), members)
    }

    /// Moves the cursor of identity's stream, if it stands at `from`.
    pub(crate) fn advance(&mut self, from: Cursor, to: Cursor) -> bool {
        if self.cursor != Some(from) {
            return false;
        }
        self.moved_from.get_or_insert(from);
        self.cursor = Some(to);
        true
    }

    /// Keeps an event that could not be read.
    pub(crate) fn set_aside(&mut self, item: Unreadable, at: OffsetDateTime) {
        self.unreadable.push((item, at));
    }

    /// What must be written.
    pub(crate) fn into_changed(mut self) -> Changed {
        Changed {
            bonds: self.changed.iter().filter_map(|id| self.bonds.remove(id)).collect(),
            persons: self
                .told
                .iter()
                .filter_map(|person| Some((*person, self.persons.remove(person)?)))
                .collect(),
            facts: self.new_facts,
            members: self.new_members.into_iter().collect(),
            cursor: self.moved_from.zip(self.cursor),
            unreadable: self.unreadable,
        }
    }
}
