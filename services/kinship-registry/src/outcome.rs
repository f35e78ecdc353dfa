//! What becomes of a command, as it is stored and given again to whoever repeats it.

use bond::Fact;
use border::verdict;
use chassis::{batch::Verdict, status::Refusal};
use policy::{Decision, Reason, Ruling, Side};
use serde::{Deserialize, Serialize};
use standards::BondId;
use time::OffsetDateTime;

use crate::{error, registered::Registered};

/// The answer to a command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// The bond after the step.
    Done(Box<Registered>),
    /// Refused. Under a record for ever; as an answer without one until the cause is mended.
    Refused(Box<Refused>),
    /// A fact was missing or too old; nothing was decided and nothing is remembered.
    Undecided,
    /// A fact about a family, and the bonds that it changed.
    Fact {
        /// What was recorded.
        fact: Fact,
        /// The bonds after it.
        changed: Vec<Registered>,
    },
    /// What happened to people changed these bonds, in this order.
    Followed {
        /// The bonds after it.
        changed: Vec<Registered>,
    },
    /// A page of identity's stream was taken that changed no bond.
    Stored,
    /// The stream was read by somebody else in the meantime.
    Elsewhere,
    /// A bond as it was certified.
    Certified {
        /// The bond then.
        registered: Box<Registered>,
        /// When.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
    },
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
    /// Refused until the caller mends it; the id stays usable.
    Denied(Refusal),
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

    /// Keeps the decision that was made before something else refused.
    pub(crate) fn after(self, decision: &Decision) -> Self {
        match self {
            Self::Refused(refused) => {
                Self::Refused(Box::new(Refused { decision: Some(decision.clone()), ..*refused }))
            }
            Self::Denied(_) | Self::Undecided => self,
        }
    }
}

/// Lets a decision that refuses nothing pass.
pub(crate) fn ruled(decision: &Decision) -> Result<(), Stop> {
    let told = match decision.ruling() {
        Ruling::Allowed => return Ok(()),
        Ruling::Undecided(_) => return Err(Stop::Undecided),
        Ruling::Refused(verdict)
            if matches!(verdict.reason, Some(Reason::GuardianRequired | Reason::AuthFailed)) =>
        {
            return Err(Stop::Denied(verdict::denied(verdict)));
        }
        Ruling::Refused(verdict) => verdict::refusal(verdict, decision.refusing()),
    };
    let veiled = decision.for_sharer();
    let to_others = match veiled.ruling() {
        Ruling::Refused(verdict) => {
            Some(verdict::refusal(verdict, veiled.refusing())).filter(|other| *other != told)
        }
        Ruling::Allowed | Ruling::Undecided(_) => None,
    };
    Err(Stop::Refused(Box::new(Refused { told, to_others, decision: Some(decision.clone()) })))
}

/// Records what was done or refused, and only answers what was not decided.
pub(crate) fn recorded(result: Result<Outcome, Stop>) -> Verdict<Outcome> {
    match result {
        Ok(outcome) => Verdict::Record(outcome),
        Err(Stop::Refused(refused)) => Verdict::Record(Outcome::Refused(refused)),
        Err(Stop::Denied(told)) => answered(told),
        Err(Stop::Undecided) => Verdict::Answer(Outcome::Undecided),
    }
}

/// A refusal that is not remembered.
pub(crate) fn answered(told: Refusal) -> Verdict<Outcome> {
    Verdict::Answer(Outcome::Refused(Box::new(Refused { told, to_others: None, decision: None })))
}

impl Outcome {
    /// The bonds that a record changed, in order.
    pub(crate) fn bonds(&self) -> &[Registered] {
        match self {
            Self::Done(registered) => std::slice::from_ref(registered),
            Self::Fact { changed, .. } | Self::Followed { changed } => changed,
            Self::Refused(_) | Self::Undecided | Self::Stored | Self::Elsewhere | Self::Certified { .. } => {
                &[]
            }
        }
    }

    /// The bonds that ended with it.
    pub(crate) fn ended(&self) -> impl Iterator<Item = BondId> {
        self.bonds().iter().filter(|one| !one.bond.stands()).map(|one| one.bond.id)
    }
}
