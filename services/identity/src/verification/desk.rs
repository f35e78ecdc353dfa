//! The verifications, counts and passwords that a batch touches, as loaded and then changed by the folds.

use std::collections::{BTreeSet, HashMap};

use chassis::stepup::Method;
use standards::{PersonId, VerificationId};
use time::OffsetDateTime;

use super::{Verification, password::PasswordHash, tries::Tries};

/// Whose wrong proofs of which method are counted together: `person:<id>` or a caller's party.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor {
    /// Whose.
    pub subject: String,
    /// Of which method.
    pub method: Method,
}

/// What a batch loaded and changed.
#[derive(Debug, Default)]
pub struct Desk {
    begun: HashMap<VerificationId, Verification>,
    tries: HashMap<Factor, Tries>,
    passwords: HashMap<PersonId, i64>,
    changed: BTreeSet<VerificationId>,
    counted: BTreeSet<Factor>,
    set: Vec<NewPassword>,
}

/// A password as it is stored from now on.
#[derive(Clone, Debug)]
pub struct NewPassword {
    /// Whose.
    pub person: PersonId,
    /// From 1.
    pub revision: i64,
    /// What is stored of it.
    pub hash: PasswordHash,
    /// When it was set.
    pub at: OffsetDateTime,
}

/// What a batch writes.
#[derive(Debug, Default)]
pub struct Changes {
    /// Verifications that were begun or completed.
    pub verifications: Vec<Verification>,
    /// Counts that changed.
    pub tries: Vec<(Factor, Tries)>,
    /// New passwords; of two for one person the last one.
    pub passwords: Vec<NewPassword>,
}

impl Factor {
    /// Of a person.
    pub fn of_person(person: PersonId, method: Method) -> Self {
        Self { subject: format!("person:{person}"), method }
    }

    /// Of a caller.
    pub fn of_caller(party: &str, method: Method) -> Self {
        Self { subject: party.to_owned(), method }
    }
}

impl Desk {
    /// From what was loaded.
    pub fn of(
        verifications: Vec<Verification>,
        tries: Vec<(Factor, Tries)>,
        passwords: Vec<(PersonId, i64)>,
    ) -> Self {
        Self {
            begun: verifications.into_iter().map(|verification| (verification.id, verification)).collect(),
            tries: tries.into_iter().collect(),
            passwords: passwords.into_iter().collect(),
            ..Self::default()
        }
    }

    /// A verification.
    pub fn verification(&self, id: VerificationId) -> Option<&Verification> {
        self.begun.get(&id)
    }

    /// Stores a verification as it is now.
    pub fn put(&mut self, verification: Verification) {
        self.changed.insert(verification.id);
        self.begun.insert(verification.id, verification);
    }

    /// What went wrong so far.
    pub fn tries(&self, factor: &Factor) -> Tries {
        self.tries.get(factor).copied().unwrap_or_default()
    }

    /// Stores a count.
    pub fn count(&mut self, factor: Factor, tries: Tries) {
        self.counted.insert(factor.clone());
        self.tries.insert(factor, tries);
    }

    /// Revision of a person's password; none without one.
    pub fn password(&self, person: PersonId) -> Option<i64> {
        self.passwords.get(&person).copied()
    }

    /// Stores a password; its revision.
    pub fn set_password(&mut self, person: PersonId, hash: PasswordHash, at: OffsetDateTime) -> i64 {
        let revision = self.password(person).unwrap_or(0) + 1;
        self.passwords.insert(person, revision);
        self.set.retain(|earlier| earlier.person != person);
        self.set.push(NewPassword { person, revision, hash, at });
        revision
    }

    /// What has to be written.
    pub fn into_changes(mut self) -> Changes {
        let verifications = self.changed.iter().filter_map(|id| self.begun.remove(id)).collect();
        let tries = self.counted.iter().filter_map(|factor| self.tries.remove_entry(factor)).collect();
        Changes { verifications, tries, passwords: self.set }
    }
}
