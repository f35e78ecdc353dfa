//! What the checker found: per invariant and database how often it was broken, with the first, the worst and the
//! last example.
//!
//! It also counts what was looked at, so that a clean verdict over nothing cannot pass for a proof.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
};

use serde::Serialize;

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `B1` to `B8`, `X1` to `X7`, `I3` and `I6`, a requirement such as `R-078`, or `ENDS`, `PARKED`, `QUARANTINE`,
    /// `UNREADABLE`.
    pub invariant: &'static str,
    /// The database in which it shows, or `all`.
    pub place: String,
    /// How many times it is broken there.
    pub count: usize,
    /// The first example.
    pub first: String,
    /// The example that is furthest off, the first of equals.
    pub worst: String,
    /// How far off that is: fen between two amounts, 1 where there is no distance.
    pub off: u64,
    /// The last example.
    pub last: String,
}

/// The outcome of a check.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verdict {
    /// What is broken; empty if all is well.
    pub findings: Vec<Finding>,
    looked_at: BTreeMap<&'static str, usize>,
}

impl Verdict {
    /// How many comparisons were made for an invariant.
    pub fn looked_at(&self, invariant: &str) -> usize {
        self.looked_at.get(invariant).copied().unwrap_or_default()
    }

    /// Whether an invariant is broken anywhere.
    pub fn broken(&self, invariant: &str) -> bool {
        self.findings.iter().any(|finding| finding.invariant == invariant)
    }

    /// The verdict without findings that the test provoked.
    ///
    /// # Panics
    /// If there is no such finding: then the test did not do what it says.
    #[must_use]
    pub fn expecting(mut self, invariant: &str) -> Self {
        assert!(self.broken(invariant), "{invariant} was expected to be broken, found only:\n{self}");
        self.findings.retain(|finding| finding.invariant != invariant);
        self
    }

    /// Adds what a later check found.
    pub fn add(&mut self, later: Self) {
        for (invariant, count) in later.looked_at {
            *self.looked_at.entry(invariant).or_default() += count;
        }
        for new in later.findings {
            let same = |old: &&mut Finding| (old.invariant, &old.place) == (new.invariant, &new.place);
            let Some(old) = self.findings.iter_mut().find(same) else {
                self.findings.push(new);
                continue;
            };
            old.count += new.count;
            old.last = new.last;
            if new.off > old.off {
                (old.off, old.worst) = (new.off, new.worst);
            }
        }
    }

    /// Invariants without which nothing was judged, and that were not looked at.
    pub fn unseen(&self) -> impl Iterator<Item = &'static str> {
        ["B1", "B2", "B8"].into_iter().filter(|invariant| self.looked_at(invariant) == 0)
    }

    /// # Panics
    /// If anything is broken, or if there was nothing to look at.
    pub fn assert_clean(&self) {
        assert!(self.findings.is_empty(), "the databases contradict the rules:\n{self}");
        if let Some(invariant) = self.unseen().next() {
            panic!("{invariant} was judged over nothing");
        }
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { invariant, place, first, worst, last, count, .. } in &self.findings {
            writeln!(f, "{invariant} in {place}, {count} times; first: {first}")?;
            if worst != first {
                writeln!(f, "    worst: {worst}")?;
            }
            if last != first && last != worst {
                writeln!(f, "    last: {last}")?;
            }
        }
        Ok(())
    }
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Example {
    pub(crate) invariant: &'static str,
    pub(crate) place: String,
    pub(crate) text: String,
    pub(crate) off: u64,
}

/// Collects findings while the checks run.
#[derive(Default)]
pub(crate) struct Judge {
    place: String,
    found: Vec<Example>,
    looked_at: BTreeMap<&'static str, usize>,
}

impl Judge {
    /// What follows is said of this database.
    pub(crate) fn enter(&mut self, place: &str) {
        place.clone_into(&mut self.place);
    }

    /// A statement that must hold.
    pub(crate) fn holds(&mut self, invariant: &'static str, subject: impl Display, what: &str, so: bool) {
        self.look(invariant);
        if !so {
            self.find(invariant, 1, format!("{subject}: not so: {what}"));
        }
    }

    /// Two values that must be the same: what follows from the rules, and what stands there.
    pub(crate) fn same<T: PartialEq + fmt::Debug>(
        &mut self,
        invariant: &'static str,
        subject: impl Display,
        expected: T,
        found: T,
    ) {
        self.look(invariant);
        if expected != found {
            self.find(invariant, 1, format!("{subject}: expected {expected:?}, found {found:?}"));
        }
    }

    /// Two amounts in fen that must be the same; how far they are apart says which example is the worst.
    pub(crate) fn amount(
        &mut self,
        invariant: &'static str,
        subject: impl Display,
        expected: i64,
        found: i64,
    ) {
        self.look(invariant);
        if expected != found {
            let off = expected.abs_diff(found);
            self.find(invariant, off, format!("{subject}: expected {expected}, found {found}"));
        }
    }

    fn look(&mut self, invariant: &'static str) {
        *self.looked_at.entry(invariant).or_default() += 1;
    }

    fn find(&mut self, invariant: &'static str, off: u64, text: String) {
        self.found.push(Example { invariant, place: self.place.clone(), text, off });
    }

    /// Takes what has been found so far out of the verdict.
    pub(crate) fn take(&mut self) -> Vec<Example> {
        std::mem::take(&mut self.found)
    }

    /// Puts examples into the verdict.
    pub(crate) fn put(&mut self, examples: impl IntoIterator<Item = Example>) {
        self.found.extend(examples);
    }

    pub(crate) fn verdict(self) -> Verdict {
        let mut findings: BTreeMap<(&str, String), Finding> = BTreeMap::new();
        for Example { invariant, place, text, off } in self.found {
            let found = findings.entry((invariant, place.clone())).or_insert_with(|| Finding {
                invariant,
                place,
                count: 0,
                first: text.clone(),
                worst: text.clone(),
                off,
                last: String::new(),
            });
            found.count += 1;
            if off > found.off {
                (found.off, found.worst) = (off, text.clone());
            }
            found.last = text;
        }
        Verdict { findings: findings.into_values().collect(), looked_at: self.looked_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(amounts: &[i64]) -> Verdict {
        let mut judge = Judge::default();
        judge.enter("book 32");
        amounts.iter().for_each(|amount| judge.amount("B1", format!("sum {amount}"), 0, *amount));
        judge.verdict()
    }

    #[test]
    fn the_first_the_worst_and_the_last_example_are_kept() {
        let verdict = of(&[0, 3, -900, 5, 900, 1]);
        let [found] = &verdict.findings[..] else { panic!("one finding: {verdict}") };
        assert_eq!((found.count, found.off, verdict.looked_at("B1")), (5, 900, 6));
        for (example, begins) in
            [(&found.first, "sum 3:"), (&found.worst, "sum -900:"), (&found.last, "sum 1:")]
        {
            assert!(example.starts_with(begins), "{example}");
        }
    }

    #[test]
    fn later_findings_are_added_to_those_of_the_same_place() {
        let mut verdict = of(&[3, 1]);
        verdict.add(of(&[0]));
        verdict.add(of(&[7, 2]));
        let [found] = &verdict.findings[..] else { panic!("one finding: {verdict}") };
        assert_eq!((found.count, found.off, verdict.looked_at("B1")), (4, 7, 5));
        assert!(found.first.starts_with("sum 3:") && found.worst.starts_with("sum 7:"), "{verdict}");
        assert!(found.last.starts_with("sum 2:"), "{verdict}");
    }
}
