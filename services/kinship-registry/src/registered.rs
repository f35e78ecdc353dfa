//! A bond as the registry keeps it: the bond itself, and what the registry knows beside it. And all standing
//! bonds that one batch looks at.
//!
//! It decides nothing; the verbs do.

use std::collections::{BTreeSet, HashMap};

use bond::{Bond, Tie};
use policy::{Decision, Programme};
use serde::{Deserialize, Serialize};
use standards::{BondId, PersonId};
use uuid::Uuid;

/// 证明材料: names a document, never holds one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Evidence {
    /// What kind of document it is.
    pub(crate) kind: String,
    /// Where it is kept.
    pub(crate) reference: String,
}

/// One bond of the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Registered {
    /// The bond and its state.
    pub(crate) bond: Bond,
    /// 共济方式.
    pub(crate) programme: Programme,
    /// 证明材料 of the proposal.
    pub(crate) evidence: Vec<Evidence>,
    /// The record that made it; later bonds have a greater one.
    pub(crate) proposed_seq: i64,
    /// The record that changed it last.
    pub(crate) changed_seq: i64,
    /// 核验决定 of the latest step that was judged.
    pub(crate) decision: Decision,
    /// The operation that was judged: the bond's id for the proposal, the request's id for an answer.
    pub(crate) judged_id: Uuid,
}

impl Registered {
    /// Whether a person is one of the two.
    pub(crate) fn concerns(&self, person: PersonId) -> bool {
        self.bond.sharer == person || self.bond.beneficiary == person
    }
}

/// The bonds that a batch needs: those named by id, and all standing ones of the persons concerned.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    bonds: HashMap<BondId, Registered>,
    /// Made or changed by this batch.
    changed: BTreeSet<BondId>,
}

impl Registry {
    /// What was loaded.
    pub(crate) fn of(loaded: Vec<Registered>) -> Self {
        let bonds = loaded.into_iter().map(|registered| (registered.bond.id, registered)).collect();
        Self { bonds, changed: BTreeSet::new() }
    }

    /// The bond with this id, if there is one.
    pub(crate) fn get(&self, id: BondId) -> Option<&Registered> {
        self.bonds.get(&id)
    }

    /// Keeps a bond that was made or changed.
    pub(crate) fn put(&mut self, registered: Registered) {
        self.changed.insert(registered.bond.id);
        self.bonds.insert(registered.bond.id, registered);
    }

    /// The bonds that stand (proposed or made, not ended), except one.
    pub(crate) fn standing(&self, except: BondId) -> impl Iterator<Item = &Registered> {
        self.bonds.values().filter(move |registered| registered.bond.stands() && registered.bond.id != except)
    }

    /// What the standing bonds declare, except one.
    pub(crate) fn ties(&self, except: BondId) -> impl Iterator<Item = Tie> {
        self.standing(except).map(|registered| registered.bond.tie())
    }

    /// The bonds that must be written.
    pub(crate) fn into_changed(mut self) -> Vec<Registered> {
        self.changed.iter().filter_map(|id| self.bonds.remove(id)).collect()
    }
}
