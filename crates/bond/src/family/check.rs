//! A declared relation against the record: what it contradicts, and which facts say so.
//!
//! Whatever the record does not state is possible: a third parent by a later marriage, a divorce that nobody
//! reported. Only what the record excludes is contradicted. It does not decide who may be told.

use standards::{FactId, PersonId, Sex};

use super::{Ages, Family};
use crate::{
    relation::{Relation, Tie},
    terms::Side,
};

/// A declared relation that cannot be true.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("declared as {declared}, but {why}")]
pub struct Contradicted {
    /// What was declared.
    pub declared: Relation,
    /// What says otherwise.
    pub why: Why,
    /// The recorded facts that say so; empty where days of birth or other declarations do.
    pub facts: Vec<FactId>,
}

/// What contradicts a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Days of birth: the elder is not older by so many years.
    #[error(
        "by the days of birth neither of the two is the elder by enough (years: {years}; 0: born earlier)"
    )]
    TooClose {
        /// How many it takes; 0 where being born earlier is enough.
        years: u32,
    },
    /// One of them is too young to be married.
    #[error("the {side} is younger than {years}")]
    TooYoung {
        /// Who.
        side: Side,
        /// From which age on it is possible.
        years: u32,
    },
    /// Somebody would be their own ancestor.
    #[error("somebody would be their own ancestor")]
    OwnAncestor,
    /// The record makes the two something else to each other.
    #[error("the record says {0}")]
    RecordedAs(Relation),
    /// They parted and did not marry again.
    #[error("the two are divorced")]
    Divorced,
    /// One of them is married to somebody else.
    #[error("the {0} is married to somebody else")]
    MarriedToAnother(Side),
    /// The parents on that side are recorded, and they are others.
    #[error("other parents are recorded on the side of the {0}")]
    OtherParents(Side),
}

/// Whose circumstances a contradiction tells of, and so who may hear it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Both know it, or ought to.
    Both,
    /// It tells something of one of them.
    One(Side),
}

impl Why {
    /// The same in Chinese.
    pub fn zh(self) -> String {
        match self {
            Self::TooClose { years: 0 } => "双方出生日期不符合所填亲属关系".to_owned(),
            Self::TooClose { years } => format!("双方年龄差不足{years}岁，不符合所填亲属关系"),
            Self::TooYoung { side: Side::Sharer, years } => format!("共济人未满{years}岁，未达婚龄"),
            Self::TooYoung { side: Side::Beneficiary, years } => format!("被共济人未满{years}岁，未达婚龄"),
            Self::OwnAncestor => "所填关系将使某人成为自己的长辈".to_owned(),
            Self::RecordedAs(relation) => format!("登记的亲属关系为 {relation}"),
            Self::Divorced => "双方已登记离婚".to_owned(),
            Self::MarriedToAnother(Side::Sharer) => "共济人登记的配偶为他人".to_owned(),
            Self::MarriedToAnother(Side::Beneficiary) => "被共济人登记的配偶为他人".to_owned(),
            Self::OtherParents(Side::Sharer) => "共济人一方登记的父母为他人".to_owned(),
            Self::OtherParents(Side::Beneficiary) => "被共济人一方登记的父母为他人".to_owned(),
        }
    }

    /// Whose circumstances it tells of.
    pub const fn about(self) -> About {
        match self {
            Self::TooClose { .. } | Self::OwnAncestor | Self::RecordedAs(_) | Self::Divorced => About::Both,
            Self::TooYoung { side, .. } | Self::MarriedToAnother(side) | Self::OtherParents(side) => {
                About::One(side)
            }
        }
    }
}

impl Family {
    /// Checks a declared relation against what is recorded on the family's day. `standing` are the relations
    /// that bonds of others declare, as far as they are known: they count only against somebody becoming their
    /// own ancestor. Two declarations about one pair are compared by [`crate::check_tie`].
    pub fn check(&self, declared: &Tie, ages: Ages, standing: &[Tie]) -> Result<(), Contradicted> {
        let Tie { sharer, beneficiary, relation } = *declared;
        let recorded = self.recorded(sharer, beneficiary);
        if !relation.is_near_relative() || recorded.iter().any(|kin| kin.relation == relation) {
            // What an authority recorded is true; a relation that nobody may declare is refused by name.
            return Ok(());
        }
        let contradicted = |why, facts| Err(Contradicted { declared: relation, why, facts });
        if let Some((why, facts)) = self.against_generations(declared, ages, standing) {
            return contradicted(why, facts);
        }
        if relation == Relation::Spouse {
            for (side, person) in [(Side::Sharer, sharer), (Side::Beneficiary, beneficiary)] {
                if let Some(years) = self.is_too_young(person, ages) {
                    return contradicted(Why::TooYoung { side, years }, Vec::new());
                }
            }
            if let Some((why, fact)) = self.against_marriage(sharer, beneficiary) {
                return contradicted(why, vec![fact]);
            }
        }
        // One may marry a former relative by marriage, so only descent speaks against a marriage.
        if let Some(kin) = recorded.into_iter().find(|kin| kin.by_blood || relation != Relation::Spouse) {
            return contradicted(Why::RecordedAs(kin.relation), kin.facts);
        }
        match self.against_parents(declared) {
            Some((side, facts)) => contradicted(Why::OtherParents(side), facts),
            None => Ok(()),
        }
    }

    /// Whether the record itself says that the declared relation is true.
    pub fn proves(&self, declared: &Tie) -> bool {
        let recorded = self.recorded(declared.sharer, declared.beneficiary);
        let mut same = recorded.iter().filter(|kin| kin.relation == declared.relation);
        // With a sex unknown two relations follow, of which only one is true.
        same.next().is_some() && recorded.iter().all(|kin| kin.relation == declared.relation)
    }

    fn against_generations(
        &self,
        declared: &Tie,
        ages: Ages,
        standing: &[Tie],
    ) -> Option<(Why, Vec<FactId>)> {
        let (elder, younger) = declared.generations()?;
        let years = match declared.relation {
            Relation::Parent | Relation::Child => ages.parent,
            _ => ages.grandparent,
        };
        if self.is_too_close(elder, younger, years) {
            return Some((Why::TooClose { years }, Vec::new()));
        }
        self.ancestry(elder, younger, standing).map(|facts| (Why::OwnAncestor, facts))
    }

    fn against_marriage(&self, sharer: PersonId, beneficiary: PersonId) -> Option<(Why, FactId)> {
        if let Some(divorce) = self.divorce(sharer, beneficiary) {
            return Some((Why::Divorced, divorce.id));
        }
        let another = |side, person, other| {
            let (_, marriage) = self.spouse(person).filter(|(spouse, _)| *spouse != other)?;
            Some((Why::MarriedToAnother(side), marriage.id))
        };
        let sharers = another(Side::Sharer, sharer, beneficiary);
        sharers.or_else(|| another(Side::Beneficiary, beneficiary, sharer))
    }

    /// On whose side the recorded parents leave no room for the declared relation.
    fn against_parents(&self, declared: &Tie) -> Option<(Side, Vec<FactId>)> {
        let Tie { sharer, beneficiary, relation } = *declared;
        match relation {
            Relation::Parent => Some((Side::Sharer, self.no_parent(sharer, beneficiary)?)),
            Relation::Child => Some((Side::Beneficiary, self.no_parent(beneficiary, sharer)?)),
            Relation::PaternalGrandparent => {
                Some((Side::Sharer, self.no_grandparent(sharer, beneficiary, Sex::Male)?))
            }
            Relation::MaternalGrandparent => {
                Some((Side::Sharer, self.no_grandparent(sharer, beneficiary, Sex::Female)?))
            }
            Relation::ChildOfSon => {
                Some((Side::Beneficiary, self.no_grandparent(beneficiary, sharer, Sex::Male)?))
            }
            Relation::ChildOfDaughter => {
                Some((Side::Beneficiary, self.no_grandparent(beneficiary, sharer, Sex::Female)?))
            }
            Relation::Sibling => Some((Side::Beneficiary, self.no_siblings(sharer, beneficiary)?)),
            Relation::Spouse | Relation::ParentInLaw | Relation::OtherRelative => None,
        }
    }

    /// Both parents are recorded.
    fn parents_known(&self, child: PersonId) -> bool {
        let mut parents = self.parents(child).map(|(parent, _)| parent);
        let first = parents.next();
        parents.any(|parent| Some(parent) != first)
    }

    /// The facts that leave no room for `other` as a parent of `child`: two others are the parents, and neither
    /// of them was ever married to `other`, who so is no step-parent.
    fn no_parent(&self, child: PersonId, other: PersonId) -> Option<Vec<FactId>> {
        let step = || self.parents(child).any(|(parent, _)| self.was_married(parent, other));
        if !self.parents_known(child) || self.parents(child).any(|(parent, _)| parent == other) || step() {
            return None;
        }
        Some(self.parents(child).map(|(_, fact)| fact.id).collect())
    }

    /// The facts that leave no room for `other` as a grandparent through the parent of that sex: whoever may be
    /// that parent has other parents.
    fn no_grandparent(&self, child: PersonId, other: PersonId, sex: Sex) -> Option<Vec<FactId>> {
        let fits = |person: PersonId| self.member(person).sex.is_none_or(|known| known == sex);
        let of_sex = |person: PersonId| self.member(person).sex == Some(sex);
        let parents = || self.parents(child).map(|(parent, _)| parent);
        if !parents().any(of_sex) && !self.parents_known(child) {
            return None;
        }
        // A parent's spouse may stand in for the parent.
        let step = parents().flat_map(|parent| self.ever_married(parent).map(|(spouse, _)| spouse));
        let mut through = parents().chain(step).filter(|person| fits(*person)).peekable();
        through.peek()?;
        let mut facts: Vec<FactId> = self.parents(child).map(|(_, fact)| fact.id).collect();
        for parent in through {
            facts.extend(self.no_parent(parent, other)?);
        }
        facts.sort_unstable();
        facts.dedup();
        Some(facts)
    }

    /// The facts that leave no room for two persons as siblings: both have both parents recorded, none in common,
    /// and no parent of one was ever married to a parent of the other.
    fn no_siblings(&self, one: PersonId, other: PersonId) -> Option<Vec<FactId>> {
        if !self.parents_known(one) || !self.parents_known(other) {
            return None;
        }
        let related = |(mine, _)| {
            self.parents(other).any(|(theirs, _)| mine == theirs || self.was_married(mine, theirs))
        };
        if self.parents(one).any(related) {
            return None;
        }
        Some(self.parents(one).chain(self.parents(other)).map(|(_, fact)| fact.id).collect())
    }

    fn was_married(&self, one: PersonId, other: PersonId) -> bool {
        self.ever_married(one).any(|(spouse, _)| spouse == other)
    }
}
