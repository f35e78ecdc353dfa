//! 确认、拒绝: the invitee's answer. Acceptance judges every rule again, now with the invitee's facts; a
//! refused acceptance leaves the bond as it is, so that the invitee can mend the cause and accept again.

use bond::{Bond, Commitment, Event, apply};
use chassis::{
    batch::{Key, Moment, Verdict},
    digest::Content,
};
use policy::{BondFacts, BondStage, Decision, Rules, Side, decide_bond};
use serde::Serialize;
use standards::{BondId, PersonId, RequestId};

use crate::{
    error,
    limits::Candidate,
    outcome::{Outcome, Stop, recorded, ruled},
    persons::Pair,
    propose::{in_policy, with_commitment},
    registered::{Registered, Registry},
};

/// What an answer names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Reply {
    /// Chosen by the caller.
    pub(crate) request_id: RequestId,
    /// Which invitation.
    pub(crate) bond_id: BondId,
    /// 监护人 who acted for a minor, at the counter.
    pub(crate) guardian: Option<PersonId>,
    /// 承诺书 of the beneficiary, where one was accepted.
    pub(crate) consent: Option<Commitment>,
    /// 经办人, at the counter.
    pub(crate) operator: Option<String>,
}

impl Reply {
    /// The request's id and content; the operator is no part of it.
    pub(crate) fn key(&self, purpose: &str) -> Key {
        let content = Content::of(purpose).text("bond", self.bond_id).maybe("guardian", self.guardian);
        let content = with_commitment(content, self.consent.as_ref());
        Key { id: self.request_id.uuid(), content: content.finish() }
    }
}

/// 确认.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Accept {
    /// What is answered.
    pub(crate) reply: Reply,
    /// Who the two are; `None` if there was no such bond when the request came.
    pub(crate) pair: Option<Pair>,
}

/// 拒绝.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Reject {
    /// What is answered.
    pub(crate) reply: Reply,
    /// Whether there was such a bond when the request came, so that its invitee could be compared.
    pub(crate) found: bool,
}

impl Accept {
    /// Decides.
    pub(crate) fn decide(&self, registry: &mut Registry, rules: &Rules, moment: Moment) -> Verdict<Outcome> {
        let made = self.make(registry, rules, moment);
        if let Ok(registered) = &made {
            registry.put(registered.clone());
        }
        recorded(made)
    }

    fn make(&self, registry: &Registry, rules: &Rules, moment: Moment) -> Result<Registered, Stop> {
        let known = registry.get(self.reply.bond_id).ok_or_else(error::bond_unknown)?;
        let pair = self.pair.as_ref().filter(|pair| pair.is_for(moment.at)).ok_or(Stop::Undecided)?;
        let event = Event::Accept { consent: self.reply.consent.clone() };
        let bond = step(&known.bond, event, moment)?;
        let decision = self.judge(known, &bond, pair, rules, moment)?;
        let (sharer, beneficiary) = pair_facts(pair)?;
        let candidate = Candidate {
            bond: &bond,
            programme: known.programme,
            stage: BondStage::Accept,
            sharer,
            beneficiary,
        };
        candidate.check(registry, rules, moment.at).map_err(|stop| stop.after(&decision))?;
        Ok(Registered {
            bond,
            decision,
            judged_id: self.reply.request_id.uuid(),
            changed_seq: moment.sequence,
            ..known.clone()
        })
    }

    fn judge(
        &self,
        known: &Registered,
        bond: &Bond,
        pair: &Pair,
        rules: &Rules,
        moment: Moment,
    ) -> Result<Decision, Stop> {
        let (sharer, beneficiary) = pair_facts(pair)?;
        let facts = BondFacts {
            programme: known.programme,
            stage: BondStage::Accept,
            relation: in_policy(bond.relation),
            commitment: true,
            sharer: sharer.clone(),
            beneficiary: beneficiary.clone(),
            context: None,
        };
        let decision = decide_bond(&facts, rules, moment.at);
        ruled(&decision)?;
        Ok(decision)
    }
}

impl Reject {
    /// Decides.
    pub(crate) fn decide(&self, registry: &mut Registry, moment: Moment) -> Verdict<Outcome> {
        let made = self.make(registry, moment);
        if let Ok(registered) = &made {
            registry.put(registered.clone());
        }
        recorded(made)
    }

    fn make(&self, registry: &Registry, moment: Moment) -> Result<Registered, Stop> {
        let known = registry.get(self.reply.bond_id).ok_or_else(error::bond_unknown)?;
        if !self.found {
            return Err(Stop::Undecided);
        }
        let bond = step(&known.bond, Event::Reject, moment)?;
        Ok(Registered { bond, changed_seq: moment.sequence, ..known.clone() })
    }
}

fn pair_facts(pair: &Pair) -> Result<(&policy::PersonFacts, &policy::PersonFacts), Stop> {
    let sharer = pair.sharer.facts.as_ref().ok_or_else(|| error::person_unknown(Side::Sharer))?;
    let beneficiary = pair.beneficiary.facts.as_ref();
    Ok((sharer, beneficiary.ok_or_else(|| error::person_unknown(Side::Beneficiary))?))
}

fn step(bond: &Bond, event: Event, moment: Moment) -> Result<Bond, Stop> {
    let moved = apply(bond.clone(), event, moment.at);
    Ok(moved.map_err(|refusal| error::of_life(refusal, bond.state, bond.answer_until))?)
}
