//! 监护人: who answers an invitation for a minor.
//!
//! A guardian is one by a recorded fact, or by papers that an operator saw. A sharer who is the guardian as
//! well would confirm the own proposal: that takes the counter, or a guardianship that was recorded (not
//! only parenthood). Until which age somebody is a minor is for the policy to say.

use standards::{FactId, PersonId, civil};
use time::Date;

use crate::{
    family::{FactKind, Family},
    standing::Bond,
    terms::{Channel, Evidence},
};

/// Who gives the beneficiary's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answerer {
    /// The beneficiary.
    Beneficiary,
    /// Somebody else for the beneficiary.
    Guardian(PersonId),
}

/// By which right somebody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// For themselves.
    Own,
    /// By this recorded GUARDIAN fact.
    Guardianship(FactId),
    /// By this recorded PARENT_CHILD fact.
    Parenthood(FactId),
    /// By papers that the operator saw.
    SeenAtCounter,
}

/// Why somebody may not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRight {
    /// A minor answered alone.
    #[error("the beneficiary is younger than {adult_at}: a guardian answers")]
    GuardianNeeded {
        /// The age from which people answer for themselves.
        adult_at: u32,
    },
    /// Adults answer for themselves.
    #[error("the beneficiary is {adult_at} or older and answers without a guardian")]
    NotAMinor {
        /// The age from which people answer for themselves.
        adult_at: u32,
    },
    /// Nobody knows how old the beneficiary is.
    #[error("the beneficiary's day of birth is not known")]
    AgeNotKnown,
    /// The one who answers is a minor too.
    #[error("whoever answers for a minor is of age")]
    GuardianIsMinor,
    /// Nothing recorded and nothing seen tells of it.
    #[error("nothing recorded tells that this is the guardian")]
    NotKnownAsGuardian,
    /// The sharer would confirm the own proposal.
    #[error("a sharer who is the guardian confirms at the counter, or by a recorded guardianship")]
    SharerOwnProposal,
}

/// An answer to a bond that waits for it.
#[derive(Clone, Copy, Debug)]
pub struct Answering<'a> {
    /// The invitation.
    pub bond: &'a Bond,
    /// What is recorded about the persons, as of the day of the answer; with their days of birth.
    pub family: &'a Family,
    /// By which way the answer came.
    pub channel: Channel,
    /// What the operator saw; counts at the counter only.
    pub papers: &'a [Evidence],
    /// The age in completed years from which people answer for themselves.
    pub adult_at: u32,
}

impl Answering<'_> {
    /// By which right `who` answers, if by any.
    pub fn right_of(&self, who: Answerer) -> Result<Right, NoRight> {
        let adult_at = self.adult_at;
        let beneficiary = self.bond.beneficiary;
        match (self.is_minor(beneficiary), who) {
            // Whose age is unknown answers like everybody: what is not known never refuses.
            (None | Some(false), Answerer::Beneficiary) => Ok(Right::Own),
            (Some(true), Answerer::Beneficiary) => Err(NoRight::GuardianNeeded { adult_at }),
            // Naming oneself as the guardian is answering for oneself.
            (_, Answerer::Guardian(guardian)) if guardian == beneficiary => {
                self.right_of(Answerer::Beneficiary)
            }
            (None, Answerer::Guardian(_)) => Err(NoRight::AgeNotKnown),
            (Some(false), Answerer::Guardian(_)) => Err(NoRight::NotAMinor { adult_at }),
            (Some(true), Answerer::Guardian(guardian)) => self.right_for_minor(guardian),
        }
    }

    fn right_for_minor(&self, guardian: PersonId) -> Result<Right, NoRight> {
        if self.is_minor(guardian) == Some(true) {
            return Err(NoRight::GuardianIsMinor);
        }
        let at_counter = self.channel == Channel::Counter;
        if let Some(fact) = self.recorded(FactKind::Guardian, guardian) {
            return Ok(Right::Guardianship(fact));
        }
        let right = match self.recorded(FactKind::ParentChild, guardian) {
            Some(fact) => Right::Parenthood(fact),
            None if at_counter && self.papers.iter().any(Evidence::tells_guardian) => Right::SeenAtCounter,
            None => return Err(NoRight::NotKnownAsGuardian),
        };
        if guardian == self.bond.sharer && !at_counter { Err(NoRight::SharerOwnProposal) } else { Ok(right) }
    }

    fn is_minor(&self, person: PersonId) -> Option<bool> {
        let born = self.family.member(person).born?;
        let day: Date = self.family.day();
        // Nobody is born after the day; if the record says so, the person is a minor.
        Some(civil::age(born, day).is_none_or(|years| years < self.adult_at))
    }

    fn recorded(&self, kind: FactKind, guardian: PersonId) -> Option<FactId> {
        let ward = self.bond.beneficiary;
        let found =
            self.family.facts().find(|fact| fact.kind == kind && (fact.a, fact.b) == (guardian, ward));
        found.map(|fact| fact.id)
    }
}
