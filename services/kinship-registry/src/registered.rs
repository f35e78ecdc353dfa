//! A bond as the registry keeps it: the bond itself, and what the registry knows beside it.
//!
//! It decides nothing; the verbs do.

use bond::{Bond, Evidence, Side};
use policy::{Decision, Programme};
use serde::{Deserialize, Serialize};
use standards::PersonId;
use uuid::Uuid;

use crate::{persons::Pair, words};

/// Up to which position of identity's stream the facts were judged under which the bond stands, on each side. What
/// happened up to there ends or suspends nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// 共济人.
    pub(crate) sharer: i64,
    /// 被共济人.
    pub(crate) beneficiary: i64,
}

impl Seen {
    /// What was judged of both.
    pub(crate) const fn of(pair: &Pair) -> Self {
        Self { sharer: pair.sharer.seen, beneficiary: pair.beneficiary.seen }
    }

    /// On one side.
    pub(crate) const fn on(self, side: Side) -> i64 {
        match side {
            Side::Sharer => self.sharer,
            Side::Beneficiary => self.beneficiary,
        }
    }
}

/// One bond of the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Registered {
    /// The bond and its state.
    pub(crate) bond: Bond,
    /// 证明材料 of the proposal.
    pub(crate) evidence: Vec<Evidence>,
    /// 监护人 who consented for a minor.
    pub(crate) guardian: Option<PersonId>,
    /// The record that made it; later bonds have a greater one.
    pub(crate) proposed_seq: i64,
    /// The record that changed it last.
    pub(crate) changed_seq: i64,
    /// 核验决定 of the latest step that was judged.
    pub(crate) decision: Decision,
    /// The operation that was judged: the bond's id for the proposal, the request's id for an answer.
    pub(crate) judged_id: Uuid,
    /// Up to where the facts were judged.
    pub(crate) seen: Seen,
}

impl Registered {
    /// Whether a person is one of the two.
    pub(crate) fn concerns(&self, person: PersonId) -> bool {
        self.bond.side_of(person).is_some()
    }

    /// The person on a side, and the other one.
    pub(crate) const fn parties(&self, side: Side) -> (PersonId, PersonId) {
        match side {
            Side::Sharer => (self.bond.sharer, self.bond.beneficiary),
            Side::Beneficiary => (self.bond.beneficiary, self.bond.sharer),
        }
    }

    /// 共济方式 in the words of the rules.
    pub(crate) const fn programme(&self) -> Programme {
        words::in_rules(self.bond.programme)
    }
}
