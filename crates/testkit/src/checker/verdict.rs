//! What the checker found: per invariant and database how often it was broken, and the first example.
//!
//! It also counts what was looked at, so that a clean verdict over nothing cannot pass for a proof.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
};

/// A broken invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// `B1` to `B8`, `X1` to `X7`, a requirement such as `R-078`, or `ENDS`, `PARKED`, `QUARANTINE`,
    /// `UNREADABLE`.
    pub invariant: &'static str,
    /// The database in which it shows, or `all`.
    pub place: String,
    /// The first example.
    pub first: String,
    /// How many times it is broken there.
    pub count: usize,
}

/// The outcome of a check.
#[derive(Clone, Debug, Default)]
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

    /// # Panics
    /// If anything is broken, or if there was nothing to look at.
    pub fn assert_clean(&self) {
        assert!(self.findings.is_empty(), "the databases contradict the rules:\n{self}");
        for invariant in ["B1", "B2", "B8"] {
            assert!(self.looked_at(invariant) > 0, "{invariant} was judged over nothing");
        }
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Finding { invariant, place, first, count } in &self.findings {
            writeln!(f, "{invariant} in {place}, {count} times; first: {first}")?;
        }
        Ok(())
    }
}

/// Collects findings while the checks run.
#[derive(Default)]
pub(super) struct Judge {
    place: String,
    found: BTreeMap<(&'static str, String), (usize, String)>,
    looked_at: BTreeMap<&'static str, usize>,
}

impl Judge {
    /// What follows is said of this database.
    pub(super) fn enter(&mut self, place: &str) {
        place.clone_into(&mut self.place);
    }

    /// A statement that must hold.
    pub(super) fn holds(&mut self, invariant: &'static str, subject: impl Display, what: &str, so: bool) {
        *self.looked_at.entry(invariant).or_default() += 1;
        if !so {
            self.find(invariant, format!("{subject}: not so: {what}"));
        }
    }

    /// Two values that must be the same: what follows from the rules, and what stands there.
    pub(super) fn same<T: PartialEq + fmt::Debug>(
        &mut self,
        invariant: &'static str,
        subject: impl Display,
        expected: T,
        found: T,
    ) {
        *self.looked_at.entry(invariant).or_default() += 1;
        if expected != found {
            self.find(invariant, format!("{subject}: expected {expected:?}, found {found:?}"));
        }
    }

    fn find(&mut self, invariant: &'static str, example: String) {
        let entry = self.found.entry((invariant, self.place.clone())).or_insert((0, example));
        entry.0 += 1;
    }

    pub(super) fn verdict(self) -> Verdict {
        let findings = self.found.into_iter().map(|((invariant, place), (count, first))| Finding {
            invariant,
            place,
            first,
            count,
        });
        Verdict { findings: findings.collect(), looked_at: self.looked_at }
    }
}
