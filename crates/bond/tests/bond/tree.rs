//! Families made up from a seed, with what is true in them: who descends from whom, who married and parted.
//!
//! The truth is read from the tree itself and not by the code under test. Nobody marries a blood relative.

use std::collections::BTreeSet;

use bond::{Fact, FactKind, Member, Relation};
use standards::{PersonId, Sex};
use time::{Date, Duration, macros::date};

use crate::maker::{fact, person};

/// The day on which everything is looked at.
pub(crate) const TODAY: Date = date!(2026 - 01 - 15);

/// Somebody of a made-up family.
pub(crate) struct Soul {
    pub(crate) sex: Sex,
    pub(crate) born: Date,
    pub(crate) died: Option<Date>,
    /// Father and mother; nobody knows those of the eldest.
    pub(crate) parents: Option<(usize, usize)>,
}

/// A marriage, and the day on which it was divorced.
pub(crate) struct Union {
    pub(crate) man: usize,
    pub(crate) woman: usize,
    pub(crate) since: Date,
    pub(crate) until: Option<Date>,
}

/// Everybody and every marriage, by number.
pub(crate) struct Tree {
    pub(crate) souls: Vec<Soul>,
    pub(crate) unions: Vec<Union>,
    dice: u64,
}

impl Tree {
    /// Three couples of old, and three generations after them.
    pub(crate) fn grown(seed: u64) -> Self {
        let mut tree = Self { souls: Vec::new(), unions: Vec::new(), dice: seed | 1 };
        for _ in 0..3 {
            let man = tree.stranger(Sex::Male, date!(1925 - 05 - 01));
            let woman = tree.stranger(Sex::Female, date!(1926 - 09 - 01));
            tree.marry(man, woman);
        }
        for _ in 0..2 {
            tree.pair_off();
        }
        tree
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) % sides
    }

    fn add(&mut self, soul: Soul) -> usize {
        self.souls.push(soul);
        self.souls.len() - 1
    }

    fn stranger(&mut self, sex: Sex, about: Date) -> usize {
        let born = about + Duration::days(self.roll(1_000) as i64);
        let died = (self.roll(6) == 0).then(|| born + Duration::days(22_000)).filter(|died| *died <= TODAY);
        self.add(Soul { sex, born, died, parents: None })
    }

    /// Marries two, gives them children, and sometimes parts them and marries one of them again.
    fn marry(&mut self, man: usize, woman: usize) {
        let since = self.souls[man].born.max(self.souls[woman].born) + Duration::days(8_100);
        if since > TODAY {
            return;
        }
        self.unions.push(Union { man, woman, since, until: None });
        let union = self.unions.len() - 1;
        for number in 0..=self.roll(3) as i64 {
            let born = since + Duration::days(300 + number * 700);
            if born < TODAY {
                let sex = if self.roll(2) == 0 { Sex::Male } else { Sex::Female };
                self.add(Soul { sex, born, died: None, parents: Some((man, woman)) });
            }
        }
        let parted = since + Duration::days(4_000);
        if self.roll(4) != 0 || parted > TODAY {
            return;
        }
        self.unions[union].until = Some(parted);
        let again = parted + Duration::days(500);
        match self.roll(3) {
            0 if again <= TODAY => self.unions.push(Union { man, woman, since: again, until: None }),
            1 => {
                let born = self.souls[man].born;
                let second = self.stranger(Sex::Female, born);
                if again <= TODAY {
                    self.unions.push(Union { man, woman: second, since: again, until: None });
                    let born = again + Duration::days(400);
                    if born < TODAY {
                        self.add(Soul { sex: Sex::Male, born, died: None, parents: Some((man, second)) });
                    }
                }
            }
            _ => {}
        }
    }

    /// Marries those who never married, each to somebody of no common blood and like age.
    fn pair_off(&mut self) {
        let single =
            |tree: &Self, one: usize| !tree.unions.iter().any(|union| union.man == one || union.woman == one);
        let everybody = 0..self.souls.len();
        for man in everybody.clone().filter(|one| self.souls[*one].sex == Sex::Male).collect::<Vec<_>>() {
            let bride = everybody.clone().find(|woman| {
                let years = (self.souls[man].born - self.souls[*woman].born).whole_days().abs() / 365;
                self.souls[*woman].sex == Sex::Female
                    && single(self, *woman)
                    && years < 15
                    && self.blood(man).is_disjoint(&self.blood(*woman))
            });
            if let Some(bride) = bride
                && single(self, man)
                && self.souls[man].parents.is_some()
            {
                self.marry(man, bride);
            }
        }
    }

    /// Somebody and all ancestors.
    fn blood(&self, one: usize) -> BTreeSet<usize> {
        let mut blood = BTreeSet::from([one]);
        if let Some((father, mother)) = self.souls[one].parents {
            blood.extend(self.blood(father));
            blood.extend(self.blood(mother));
        }
        blood
    }

    fn is_child_of(&self, child: usize, parent: usize) -> bool {
        self.souls[child].parents.is_some_and(|(father, mother)| father == parent || mother == parent)
    }

    /// What `other` truly is to `one`; at most one of the eight.
    pub(crate) fn truth(&self, one: usize, other: usize) -> Option<Relation> {
        if self.spouse(one) == Some(other) {
            return Some(Relation::Spouse);
        }
        if self.is_child_of(one, other) {
            return Some(Relation::Parent);
        }
        if self.is_child_of(other, one) {
            return Some(Relation::Child);
        }
        if let Some((father, mother)) = self.souls[one].parents {
            if self.is_child_of(other, father) || self.is_child_of(other, mother) {
                return Some(Relation::Sibling);
            }
            if self.is_child_of(father, other) {
                return Some(Relation::PaternalGrandparent);
            }
            if self.is_child_of(mother, other) {
                return Some(Relation::MaternalGrandparent);
            }
        }
        match self.souls[other].parents {
            Some((father, _)) if self.is_child_of(father, one) => Some(Relation::ChildOfSon),
            Some((_, mother)) if self.is_child_of(mother, one) => Some(Relation::ChildOfDaughter),
            _ => None,
        }
    }

    /// The living spouse of somebody alive.
    pub(crate) fn spouse(&self, one: usize) -> Option<usize> {
        let last = self.unions.iter().rfind(|union| union.man == one || union.woman == one)?;
        let spouse = if last.man == one { last.woman } else { last.man };
        let theirs = self.unions.iter().rfind(|union| union.man == spouse || union.woman == spouse)?;
        let alive = self.souls[one].died.is_none() && self.souls[spouse].died.is_none();
        (alive && last.until.is_none() && std::ptr::eq(last, theirs)).then_some(spouse)
    }

    /// Everybody's number.
    pub(crate) fn everybody(&self) -> std::ops::Range<usize> {
        0..self.souls.len()
    }

    /// Every recorded fact: births in two records each, marriages, divorces.
    pub(crate) fn facts(&self) -> Vec<Fact> {
        let mut facts = Vec::new();
        for (child, soul) in self.souls.iter().enumerate() {
            for parent in soul.parents.into_iter().flat_map(|(father, mother)| [father, mother]) {
                facts.push((FactKind::ParentChild, parent, child, soul.born));
            }
        }
        for union in &self.unions {
            facts.push((FactKind::Marriage, union.man, union.woman, union.since));
            facts.extend(union.until.map(|until| (FactKind::Divorce, union.woman, union.man, until)));
        }
        let made = facts.into_iter().zip(1_000_u128..);
        made.map(|((kind, a, b, day), number)| fact(number, kind, id(a), id(b), day)).collect()
    }

    /// Everything about everybody.
    pub(crate) fn members(&self) -> Vec<(PersonId, Member)> {
        let member = |soul: &Soul| Member { born: Some(soul.born), sex: Some(soul.sex), died: soul.died };
        self.souls.iter().enumerate().map(|(number, soul)| (id(number), member(soul))).collect()
    }
}

/// The id of the somebody with this number.
pub(crate) const fn id(number: usize) -> PersonId {
    person(number as u128 + 1)
}
