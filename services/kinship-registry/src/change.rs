//! 设置额度、解除: what the two may change about a bond that is in force.
//!
//! Whoever ends a bond by choice keeps to the cooling time and the changes per year of the sharer's region; what
//! happens to people waits for nothing.

use bond::{Bond, By, DissolveReason, Event, SharingMode, apply};
use chassis::{
    batch::{Key, Moment, Verdict},
    digest::Content,
    status::Refusal,
};
use money::Yuan;
use policy::{Decision, PersonFacts, Rules, UnbindFacts, decide_unbind};
use serde::Serialize;
use standards::{BondId, PersonId, RequestId, civil};

use crate::{
    answer::kept,
    error,
    judge::changes,
    outcome::{Outcome, Stop, answered, ruled},
    registered::Registered,
    registry::Registry,
};

/// 设置额度.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SetSharing {
    /// Chosen by the caller.
    pub(crate) request_id: RequestId,
    /// Which bond.
    pub(crate) bond_id: BondId,
    /// How much is shared.
    pub(crate) sharing: SharingMode,
    /// The revision that the caller has seen; 0 for any.
    pub(crate) expected_revision: i64,
    /// 经办人, at the counter.
    pub(crate) operator: Option<String>,
    /// Whether there was such a bond when the request came, so that its sharer could be compared.
    pub(crate) found: bool,
}

/// 解除.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Dissolve {
    /// Chosen by the caller.
    pub(crate) request_id: RequestId,
    /// Which bond.
    pub(crate) bond_id: BondId,
    /// Who asks.
    pub(crate) by: By,
    /// Why; it is theirs to state.
    pub(crate) reason: DissolveReason,
    /// 经办人, at the counter.
    pub(crate) operator: Option<String>,
    /// Whose other bonds count; `None` if there was no such bond when the request came.
    pub(crate) sharer: Option<PersonId>,
}

impl SetSharing {
    /// The request's id and content.
    pub(crate) fn key(&self) -> Key {
        let content = Content::of("kinship.sharing.1")
            .text("bond", self.bond_id)
            .text("mode", self.sharing)
            .maybe("amount", self.sharing.amount().map(Yuan::fen));
        Key { id: self.request_id.uuid(), content: content.finish() }
    }

    /// Decides.
    pub(crate) fn decide(&self, registry: &mut Registry, moment: Moment) -> Verdict<Outcome> {
        if let Some(known) = registry.get(self.bond_id)
            && self.found
            && self.expected_revision != 0
            && self.expected_revision != known.bond.revision
        {
            return answered(Refusal::revision_changed(self.expected_revision, known.bond.revision));
        }
        let made = self.make(registry, moment);
        kept(registry, made)
    }

    fn make(&self, registry: &Registry, moment: Moment) -> Result<Registered, Stop> {
        let known = registry.get(self.bond_id).ok_or_else(error::bond_unknown)?;
        if !self.found {
            return Err(Stop::Undecided);
        }
        let bond = step(&known.bond, Event::SetSharing(self.sharing), moment)?;
        Ok(Registered { bond, changed_seq: moment.sequence, ..known.clone() })
    }
}

impl Dissolve {
    /// The request's id and content.
    pub(crate) fn key(&self) -> Key {
        let content = Content::of("kinship.dissolve.1")
            .text("bond", self.bond_id)
            .text("by", self.by)
            .text("reason", self.reason);
        Key { id: self.request_id.uuid(), content: content.finish() }
    }

    /// Decides.
    pub(crate) fn decide(&self, registry: &mut Registry, rules: &Rules, moment: Moment) -> Verdict<Outcome> {
        let made = self.make(registry, rules, moment);
        kept(registry, made)
    }

    fn make(&self, registry: &Registry, rules: &Rules, moment: Moment) -> Result<Registered, Stop> {
        let known = registry.get(self.bond_id).ok_or_else(error::bond_unknown)?;
        if self.sharer.is_none() {
            return Err(Stop::Undecided);
        }
        let bond = step(&known.bond, Event::Dissolve(self.reason), moment)?;
        let dissolved = Registered { bond, changed_seq: moment.sequence, ..known.clone() };
        if !self.reason.is_voluntary() {
            return Ok(dissolved);
        }
        let decision = unbind(registry, known, rules, moment)?;
        ruled(&decision)?;
        Ok(Registered { decision, judged_id: self.request_id.uuid(), ..dissolved })
    }
}

/// Whether the rules let the two change their minds now.
fn unbind(registry: &Registry, known: &Registered, rules: &Rules, moment: Moment) -> Result<Decision, Stop> {
    let (day, bond) = (civil::day(moment.at), &known.bond);
    let facts = |person: PersonId| -> Result<PersonFacts, Stop> {
        let stand = registry.known(person).map(|told| told.stand.facts(person, day));
        stand.ok_or(Stop::Undecided)
    };
    let facts = UnbindFacts {
        programme: known.programme(),
        sharer: facts(bond.sharer)?,
        beneficiary: facts(bond.beneficiary)?,
        active_from: bond.active_from().ok_or(Stop::Undecided)?,
        changes_this_year: Some(changes(registry, bond.sharer, known.programme(), day.year())),
    };
    Ok(decide_unbind(&facts, rules, moment.at))
}

fn step(bond: &Bond, event: Event, moment: Moment) -> Result<Bond, Stop> {
    let moved = apply(bond.clone(), event, moment.at);
    Ok(moved.map_err(|refusal| error::of_change(refusal, bond))?)
}
