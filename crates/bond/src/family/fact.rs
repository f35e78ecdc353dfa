//! 亲属事实: one recorded fact about two persons, and whether it can be recorded beside the others.
//!
//! An authority states facts; they are refused only where they cannot be true at all. What a fact means for
//! bonds is judged elsewhere.

use serde::{Deserialize, Serialize};
use standards::{DocumentReference, FactId, PersonId, Sex, civil, stored};
use time::Date;

use super::Family;
use crate::{changes::Change, relation::Relation, terms::named};

named! {
    /// What a fact states.
    FactKind {
        /// 结婚: the two married.
        Marriage = "MARRIAGE",
        /// 离婚: the two parted.
        Divorce = "DIVORCE",
        /// 父母子女: the first is a parent of the second, by birth or adoption.
        ParentChild = "PARENT_CHILD",
        /// 监护: the first is the guardian of the second.
        Guardian = "GUARDIAN",
        /// 证明撤销: what was recorded about the two under this reference does not hold.
        ProofRevoked = "PROOF_REVOKED",
    }
}

/// 亲属事实.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Chosen by whoever records it.
    pub id: FactId,
    /// What it states.
    pub kind: FactKind,
    /// The parent or guardian; else either of the two.
    pub a: PersonId,
    /// The child or ward; else the other one.
    pub b: PersonId,
    /// The civil day from which it holds.
    #[serde(with = "stored::day")]
    pub on_day: Date,
    /// Who stated it.
    pub authority: String,
    /// The document of the authority; for PROOF_REVOKED the one that is revoked.
    pub reference: DocumentReference,
}

/// What is known about a person apart from relatives. `None` is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The day of birth.
    #[serde(with = "stored::day_or_none", default)]
    pub born: Option<Date>,
    /// The sex.
    #[serde(default)]
    pub sex: Option<Sex>,
    /// The day of death; also `None` for the living.
    #[serde(with = "stored::day_or_none", default)]
    pub died: Option<Date>,
}

/// How old people are at least for what they are called, in completed years, as the rules of a place say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ages {
    /// By how much a parent is older than a child; with 0 only born earlier.
    pub parent: u32,
    /// By how much a grandparent is older than a grandchild; with 0 only born earlier.
    pub grandparent: u32,
    /// How old a husband is.
    pub husband: u32,
    /// How old a wife is.
    pub wife: u32,
}

/// Why a fact cannot be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactRefused {
    /// Both are one person.
    #[error("a fact is about two persons")]
    OnePerson,
    /// It begins after today.
    #[error("the day of the fact has not come yet")]
    InTheFuture,
    /// Nobody stated it.
    #[error("a fact names the authority that stated it")]
    AuthorityMissing,
    /// The parent is not older by so many years.
    #[error("by the days of birth the parent is not the elder by enough (years: {years}; 0: born earlier)")]
    TooClose {
        /// How many it takes; 0 where being born earlier is enough.
        years: u32,
    },
    /// Somebody would be their own ancestor.
    #[error("somebody would be their own ancestor")]
    OwnAncestor,
    /// The two are recorded as relatives who cannot marry, or as a couple who cannot be parent and child.
    #[error("the two are recorded as {0}")]
    RecordedAs(Relation),
}

impl Fact {
    /// The other one of the two, if `person` is one of them.
    pub fn other(&self, person: PersonId) -> Option<PersonId> {
        if person == self.a {
            return Some(self.b);
        }
        (person == self.b).then_some(self.a)
    }

    /// Whether another fact is about the same two persons, in whichever order.
    pub fn is_of_same_two(&self, other: &Self) -> bool {
        (self.a, self.b) == (other.a, other.b) || (self.a, self.b) == (other.b, other.a)
    }
}

impl Family {
    /// Whether a fact can be recorded beside those of the family, which stands as of today.
    pub fn check_fact(&self, fact: &Fact, ages: Ages) -> Result<(), FactRefused> {
        if fact.a == fact.b {
            return Err(FactRefused::OnePerson);
        }
        if fact.on_day > self.day() {
            return Err(FactRefused::InTheFuture);
        }
        if fact.authority.trim().is_empty() {
            return Err(FactRefused::AuthorityMissing);
        }
        match fact.kind {
            FactKind::ParentChild => self.check_parent(fact, ages.parent),
            FactKind::Marriage => {
                let found = self.recorded(fact.a, fact.b).into_iter().find(|kin| kin.by_blood);
                found.map_or(Ok(()), |kin| Err(FactRefused::RecordedAs(kin.relation)))
            }
            FactKind::Divorce | FactKind::Guardian | FactKind::ProofRevoked => Ok(()),
        }
    }

    fn check_parent(&self, fact: &Fact, years: u32) -> Result<(), FactRefused> {
        let (parent, child) = (fact.a, fact.b);
        if self.is_too_close(parent, child, years) {
            return Err(FactRefused::TooClose { years });
        }
        if self.ancestry(parent, child, &[]).is_some() {
            return Err(FactRefused::OwnAncestor);
        }
        let mut couple = self.ever_married(parent);
        if couple.any(|(spouse, _)| spouse == child) {
            return Err(FactRefused::RecordedAs(Relation::Spouse));
        }
        Ok(())
    }

    /// Whether `elder` is not older than `younger` by so many completed years; not if a day of birth is unknown.
    pub(super) fn is_too_close(&self, elder: PersonId, younger: PersonId, years: u32) -> bool {
        let born = self.member(elder).born.zip(self.member(younger).born);
        born.is_some_and(|(elder, younger)| younger <= elder || younger < civil::birthday(elder, years))
    }

    /// From which age on this person may be married, if the person is younger.
    pub(super) fn is_too_young(&self, person: PersonId, ages: Ages) -> Option<u32> {
        let member = self.member(person);
        let years = match member.sex {
            Some(Sex::Male) => ages.husband,
            Some(Sex::Female) => ages.wife,
            None => ages.husband.min(ages.wife),
        };
        member.born.is_some_and(|born| self.day() < civil::birthday(born, years)).then_some(years)
    }

    /// What a fact that was just recorded, and stands in the family, changes for bonds: for whom, and what. The
    /// change names the other one of the two. A divorce changes nothing if they have married again since.
    pub fn change_by(&self, fact: &Fact) -> Option<(PersonId, Change)> {
        match fact.kind {
            FactKind::Divorce => {
                self.divorce(fact.a, fact.b).map(|_| (fact.a, Change::Divorced { from: fact.b }))
            }
            FactKind::ProofRevoked => {
                (fact.on_day <= self.day()).then_some((fact.a, Change::ProofRevoked { with: fact.b }))
            }
            FactKind::Marriage | FactKind::ParentChild | FactKind::Guardian => None,
        }
    }
}
