//! What identity said about the two persons of a bond, and for which civil day it said so.
//!
//! The facts travel inside the command, so that the record shows on what a decision stands.

use policy::PersonFacts;
use serde::Serialize;
use standards::{PersonId, Pool, civil};
use time::OffsetDateTime;

/// One person; `facts` is `None` for somebody identity does not know.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Person {
    /// Who.
    pub(crate) id: PersonId,
    /// How the person stands.
    pub(crate) facts: Option<PersonFacts>,
}

impl Person {
    /// A person of whom nothing but the existence is told.
    pub(crate) fn unseen(self) -> Self {
        let facts = self.facts.map(|facts| blank(facts.person));
        Self { facts, ..self }
    }

    /// The pooling areas whose counters serve the person.
    pub(crate) fn pools(&self) -> impl Iterator<Item = Pool> {
        let enrolled =
            self.facts.iter().flat_map(|facts| facts.enrolments.iter().flatten()).map(|one| one.pool);
        enrolled.chain(self.facts.iter().filter_map(|facts| facts.place_of_use))
    }
}

/// Facts of which none is known.
pub(crate) const fn blank(person: PersonId) -> PersonFacts {
    PersonFacts { person, deceased: None, enrolments: None, place_of_use: None, wallet: None, standing: None }
}

/// Both persons of a bond.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Pair {
    /// The civil day for which identity was asked, `YYYY-MM-DD`.
    pub(crate) day: String,
    /// 共济人.
    pub(crate) sharer: Person,
    /// 被共济人.
    pub(crate) beneficiary: Person,
}

impl Pair {
    /// Whether the facts hold for the civil day of a decision; midnight may have passed since they were asked
    /// for.
    pub(crate) fn is_for(&self, at: OffsetDateTime) -> bool {
        self.day == civil::day_text(civil::day(at))
    }
}
