//! What the facts make two persons to each other.
//!
//! Only what follows from records is found; of two relations that follow while a sex is unknown, both. It
//! judges no declaration.

use std::collections::BTreeMap;

use standards::{FactId, PersonId, Sex};

use super::{Fact, Family};
use crate::relation::{Relation, Tie};

/// What somebody is to somebody else by the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kin {
    /// The relation, read like that of a bond.
    pub(super) relation: Relation,
    /// By descent, and not only by a marriage.
    pub(super) by_blood: bool,
    /// The facts it follows from.
    pub(super) facts: Vec<FactId>,
}

/// How many generations up are ancestors with names of their own.
const NAMED_GENERATIONS: usize = 2;

impl Family {
    /// Everything that `other` is to `person` by the record.
    pub(super) fn recorded(&self, person: PersonId, other: PersonId) -> Vec<Kin> {
        let mut found = self.near_by_descent(person, other);
        if let Some((spouse, marriage)) = self.spouse(person)
            && spouse == other
        {
            found.push(Kin { relation: Relation::Spouse, by_blood: false, facts: vec![marriage.id] });
        }
        found.extend(self.far_by_descent(person, other));
        found.extend(self.by_marriage(person, other));
        found
    }

    fn near_by_descent(&self, person: PersonId, other: PersonId) -> Vec<Kin> {
        let mut found = Vec::new();
        let mut add = |relation, facts| found.push(Kin { relation, by_blood: true, facts });
        for (parent, born) in self.parents(person) {
            if parent == other {
                add(Relation::Parent, vec![born.id]);
            }
            for (_, before) in self.parents(parent).filter(|(grandparent, _)| *grandparent == other) {
                for relation in
                    self.line(parent, Relation::PaternalGrandparent, Relation::MaternalGrandparent)
                {
                    add(relation, vec![born.id, before.id]);
                }
            }
            for (_, theirs) in self.parents(other).filter(|(theirs, _)| *theirs == parent) {
                add(Relation::Sibling, vec![born.id, theirs.id]);
            }
        }
        for (child, born) in self.children(person) {
            if child == other {
                add(Relation::Child, vec![born.id]);
            }
            for (_, after) in self.children(child).filter(|(grandchild, _)| *grandchild == other) {
                for relation in self.line(child, Relation::ChildOfSon, Relation::ChildOfDaughter) {
                    add(relation, vec![born.id, after.id]);
                }
            }
        }
        found
    }

    /// The relation through a man, through a woman, or either through somebody of unknown sex.
    fn line(&self, through: PersonId, man: Relation, woman: Relation) -> Vec<Relation> {
        match self.member(through).sex {
            Some(Sex::Male) => vec![man],
            Some(Sex::Female) => vec![woman],
            None => vec![man, woman],
        }
    }

    /// Great-grandparents, great-grandchildren and beyond: related, but by none of the eight.
    fn far_by_descent(&self, person: PersonId, other: PersonId) -> Option<Kin> {
        let path = self.ancestry(person, other, &[]).or_else(|| self.ancestry(other, person, &[]))?;
        let far = path.len() > NAMED_GENERATIONS;
        far.then_some(Kin { relation: Relation::OtherRelative, by_blood: true, facts: path })
    }

    /// Relatives of a spouse, and spouses of relatives; a divorce does not make them relatives by descent.
    fn by_marriage(&self, person: PersonId, other: PersonId) -> Vec<Kin> {
        let mut found = Vec::new();
        let mut add = |relation, one: &Fact, two: &Fact| {
            found.push(Kin { relation, by_blood: false, facts: vec![one.id, two.id] })
        };
        for (spouse, marriage) in self.ever_married(person) {
            for (_, born) in self.parents(spouse).filter(|(parent, _)| *parent == other) {
                add(Relation::ParentInLaw, marriage, born);
            }
        }
        for (spouse, marriage) in self.ever_married(other) {
            for (_, born) in self.parents(spouse).filter(|(parent, _)| *parent == person) {
                add(Relation::OtherRelative, born, marriage);
            }
        }
        found
    }

    /// The facts that lead from somebody up to an ancestor, the shortest way; `ties` are declared relations that
    /// count as well and add no fact.
    pub(super) fn ancestry(
        &self,
        descendant: PersonId,
        ancestor: PersonId,
        ties: &[Tie],
    ) -> Option<Vec<FactId>> {
        let mut ways: BTreeMap<PersonId, Vec<FactId>> = BTreeMap::from([(descendant, Vec::new())]);
        let mut last = vec![descendant];
        while !last.is_empty() {
            let mut next = Vec::new();
            for person in last {
                let way = ways.get(&person).cloned().unwrap_or_default();
                let recorded = self.parents(person).map(|(parent, fact)| (parent, Some(fact.id)));
                let declared = ties.iter().filter_map(|tie| Some((tie.elder_of(person)?, None)));
                for (elder, fact) in recorded.chain(declared) {
                    if elder != descendant && !ways.contains_key(&elder) {
                        ways.insert(elder, way.iter().copied().chain(fact).collect());
                        next.push(elder);
                    }
                }
            }
            if ancestor != descendant
                && let Some(way) = ways.remove(&ancestor)
            {
                return Some(way);
            }
            last = next;
        }
        None
    }
}

impl Tie {
    /// The ancestor whom the tie gives to a person, if it gives one.
    fn elder_of(&self, person: PersonId) -> Option<PersonId> {
        let (elder, younger) = self.generations()?;
        (younger == person).then_some(elder)
    }

    /// Ancestor and descendant, where the relation makes one of them the other's.
    pub(super) const fn generations(&self) -> Option<(PersonId, PersonId)> {
        match self.relation {
            Relation::Parent | Relation::PaternalGrandparent | Relation::MaternalGrandparent => {
                Some((self.beneficiary, self.sharer))
            }
            Relation::Child | Relation::ChildOfSon | Relation::ChildOfDaughter => {
                Some((self.sharer, self.beneficiary))
            }
            Relation::Spouse | Relation::Sibling | Relation::ParentInLaw | Relation::OtherRelative => None,
        }
    }
}
