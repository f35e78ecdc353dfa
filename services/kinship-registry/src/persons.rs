//! What identity said about the two persons of a bond, and for which civil day it said so.
//!
//! The facts travel inside the command, so that the record shows on what a decision stands.

use bond::{Member, Side};
use policy::PersonFacts;
use serde::Serialize;
use standards::{PersonId, Pool, civil};
use time::{Date, OffsetDateTime};

use crate::{error, outcome::Stop, stand::Stand};

/// One person; `stand` is `None` for somebody identity does not know.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Person {
    /// Who.
    pub(crate) id: PersonId,
    /// How the person stands.
    pub(crate) stand: Option<Stand>,
    /// The position of identity's stream up to which that holds.
    pub(crate) seen: i64,
}

impl Person {
    /// A person of whom nothing but the existence and the day of birth is told.
    pub(crate) fn unseen(self) -> Self {
        let stand = self.stand.map(|stand| Stand { born: stand.born, ..Stand::default() });
        Self { stand, seen: 0, ..self }
    }

    /// The pooling areas whose counters serve the person.
    pub(crate) fn pools(&self) -> impl Iterator<Item = Pool> {
        self.stand.iter().flat_map(Stand::pools)
    }

    /// The person as a member of a family.
    pub(crate) fn member(&self) -> (PersonId, Member) {
        (self.id, self.stand.as_ref().map(Stand::member).unwrap_or_default())
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
    /// Whether the sharer may show the beneficiary's code (亲情账户).
    pub(crate) code_linked: bool,
}

impl Pair {
    /// Both as identity told them for a day.
    pub(crate) fn on(day: Date, sharer: Person, beneficiary: Person) -> Self {
        let shown_by = beneficiary.stand.iter().flat_map(|stand| &stand.code_shown_by);
        let code_linked = shown_by.into_iter().any(|shower| *shower == sharer.id);
        Self { day: civil::day_text(day), sharer, beneficiary, code_linked }
    }

    /// As it may be known at the proposal: nothing of the invitee but what the two share.
    pub(crate) fn before_consent(self) -> Self {
        Self { beneficiary: self.beneficiary.unseen(), ..self }
    }

    /// Whether the facts hold for the civil day of a decision; midnight may have passed since they were asked
    /// for.
    pub(crate) fn is_for(&self, at: OffsetDateTime) -> bool {
        self.day == civil::day_text(civil::day(at))
    }

    /// The person on a side.
    pub(crate) const fn on_side(&self, side: Side) -> &Person {
        match side {
            Side::Sharer => &self.sharer,
            Side::Beneficiary => &self.beneficiary,
        }
    }

    /// Facts of the person on a side; nobody decides about somebody whom identity does not know.
    pub(crate) fn facts(&self, side: Side, day: Date) -> Result<PersonFacts, Stop> {
        let person = self.on_side(side);
        let stand = person.stand.as_ref().ok_or_else(|| error::person_unknown(side))?;
        Ok(stand.facts(person.id, day))
    }

    /// Both as members of a family.
    pub(crate) fn members(&self) -> [(PersonId, Member); 2] {
        [self.sharer.member(), self.beneficiary.member()]
    }
}
