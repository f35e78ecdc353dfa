//! What becomes of a command, as it is stored and given again to whoever repeats it.

use chassis::{batch::Verdict, status::Refusal};
use policy::{Decision, Ruling, Side};
use serde::{Deserialize, Serialize};

use crate::{error, registered::Registered};

/// The answer to a command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// The bond after the step.
    Done(Box<Registered>),
    /// Refused for ever under this id.
    Refused(Box<Refused>),
    /// A fact was missing or too old; nothing was decided and nothing is remembered.
    Undecided,
}

/// A refusal, and to whom it is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refused {
    /// What the invitee is told, and everybody where nothing else stands below.
    pub(crate) told: Refusal,
    /// What anybody else is told, where a fact of the invitee refused.
    pub(crate) to_others: Option<Refusal>,
    /// The decision behind it, where rules were judged.
    pub(crate) decision: Option<Decision>,
}

/// Why a verb goes no further.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Refused, to be remembered.
    Refused(Box<Refused>),
    /// Not decided, to be forgotten.
    Undecided,
}

impl From<Refusal> for Stop {
    fn from(told: Refusal) -> Self {
        Self::Refused(Box::new(Refused { told, to_others: None, decision: None }))
    }
}

impl Stop {
    /// A refusal for a reason that may name the invitee: the others are told only that it is not possible.
    pub(crate) fn about(side: Side, told: Refusal) -> Self {
        let to_others = (side == Side::Beneficiary).then(error::invitee_not_eligible);
        Self::Refused(Box::new(Refused { told, to_others, decision: None }))
    }

    /// Keeps the decision that was made before the registry's own rules refused.
    pub(crate) fn after(self, decision: &Decision) -> Self {
        match self {
            Self::Refused(refused) => {
                Self::Refused(Box::new(Refused { decision: Some(decision.clone()), ..*refused }))
            }
            Self::Undecided => Self::Undecided,
        }
    }
}

/// Lets a decision that refuses nothing pass.
pub(crate) fn ruled(decision: &Decision) -> Result<(), Stop> {
    let told = match decision.ruling() {
        Ruling::Allowed => return Ok(()),
        Ruling::Undecided(_) => return Err(Stop::Undecided),
        Ruling::Refused(verdict) => error::of_verdict(verdict, decision.refusing()),
    };
    let veiled = decision.for_sharer();
    let to_others = match veiled.ruling() {
        Ruling::Refused(verdict) => {
            Some(error::of_verdict(verdict, veiled.refusing())).filter(|other| *other != told)
        }
        Ruling::Allowed | Ruling::Undecided(_) => None,
    };
    Err(Stop::Refused(Box::new(Refused { told, to_others, decision: Some(decision.clone()) })))
}

/// Records what was done or refused, and only answers what was not decided.
pub(crate) fn recorded(result: Result<Registered, Stop>) -> Verdict<Outcome> {
    match result {
        Ok(registered) => Verdict::Record(Outcome::Done(Box::new(registered))),
        Err(Stop::Refused(refused)) => Verdict::Record(Outcome::Refused(refused)),
        Err(Stop::Undecided) => Verdict::Answer(Outcome::Undecided),
    }
}
