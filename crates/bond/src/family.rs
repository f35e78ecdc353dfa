//! What is recorded about a family as of one civil day: who married and parted, who is whose parent, guardian.
//!
//! A family holds the facts that are in force on its day, and what is known about its members. It answers
//! from them alone: what is not recorded is unknown, and unknown refuses nothing. It does not know which
//! facts exist elsewhere; whoever fills it brings the facts of both persons of a bond, and those of their
//! parents, children, spouses and of those people's parents.

mod check;
mod fact;
mod kin;

use std::collections::BTreeMap;

use standards::PersonId;
use time::Date;

pub use self::{
    check::{About, Contradicted, Why},
    fact::{Ages, Fact, FactKind, FactRefused, Member},
};

/// Recorded facts and members, as of one civil day.
#[derive(Clone, Debug)]
pub struct Family {
    day: Date,
    /// In force on the day: begun and not revoked, the oldest first.
    facts: Vec<Fact>,
    members: BTreeMap<PersonId, Member>,
}

impl Family {
    /// The family on `day`. Facts of later days are left out, and those whose proof was revoked by then: every
    /// fact of the same two persons under the reference that a PROOF_REVOKED names.
    pub fn on(
        day: Date,
        facts: impl IntoIterator<Item = Fact>,
        members: impl IntoIterator<Item = (PersonId, Member)>,
    ) -> Self {
        let (revoked, begun): (Vec<Fact>, Vec<Fact>) = facts
            .into_iter()
            .filter(|fact| fact.on_day <= day)
            .partition(|fact| fact.kind == FactKind::ProofRevoked);
        let holds = |fact: &Fact| {
            !revoked.iter().any(|proof| proof.is_of_same_two(fact) && proof.reference == fact.reference)
        };
        let mut facts: Vec<Fact> = begun.into_iter().filter(holds).collect();
        facts.sort_by_key(|fact| (fact.on_day, fact.id));
        Self { day, facts, members: members.into_iter().collect() }
    }

    /// The day as of which it stands.
    pub const fn day(&self) -> Date {
        self.day
    }

    /// The facts in force, the oldest first.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.facts.iter()
    }

    /// What is known about a person; nothing about a stranger.
    pub fn member(&self, person: PersonId) -> Member {
        self.members.get(&person).copied().unwrap_or_default()
    }

    /// Recorded parents, each with the fact.
    fn parents(&self, child: PersonId) -> impl Iterator<Item = (PersonId, &Fact)> {
        let records = self.of_kind(FactKind::ParentChild).filter(move |fact| fact.b == child);
        records.map(|fact| (fact.a, fact))
    }

    /// Recorded children, each with the fact.
    fn children(&self, parent: PersonId) -> impl Iterator<Item = (PersonId, &Fact)> {
        let records = self.of_kind(FactKind::ParentChild).filter(move |fact| fact.a == parent);
        records.map(|fact| (fact.b, fact))
    }

    /// Everybody to whom somebody is or was married, each with the fact.
    fn ever_married(&self, person: PersonId) -> impl Iterator<Item = (PersonId, &Fact)> {
        self.of_kind(FactKind::Marriage).filter_map(move |fact| Some((fact.other(person)?, fact)))
    }

    /// The spouse on the day, with the marriage. A later marriage tells that an earlier one had ended, even if
    /// nobody recorded how. Where the record is not clear, nobody.
    pub fn spouse(&self, person: PersonId) -> Option<(PersonId, &Fact)> {
        let (spouse, marriage) = self.ever_married(person).last()?;
        let mut rivals = self.ever_married(person);
        if rivals.any(|(other, rival)| other != spouse && rival.on_day == marriage.on_day) {
            return None;
        }
        // The other one may have married somebody else since.
        let (theirs, latest) = self.ever_married(spouse).last()?;
        if theirs != person && latest.on_day >= marriage.on_day {
            return None;
        }
        let mut parted = self.divorces(person, spouse).filter(|divorce| divorce.on_day >= marriage.on_day);
        let died = |who: PersonId| self.member(who).died.is_some_and(|died| died <= self.day);
        let over = parted.next().is_some() || died(person) || died(spouse);
        (!over).then_some((spouse, marriage))
    }

    /// The divorce of two persons who have not married each other again since.
    pub fn divorce(&self, one: PersonId, other: PersonId) -> Option<&Fact> {
        let divorce = self.divorces(one, other).last()?;
        let mut again = self.ever_married(one).filter(|(spouse, _)| *spouse == other);
        (!again.any(|(_, marriage)| marriage.on_day >= divorce.on_day)).then_some(divorce)
    }

    fn divorces(&self, one: PersonId, other: PersonId) -> impl Iterator<Item = &Fact> {
        self.of_kind(FactKind::Divorce).filter(move |fact| fact.other(one) == Some(other))
    }

    fn of_kind(&self, kind: FactKind) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(move |fact| fact.kind == kind)
    }
}
