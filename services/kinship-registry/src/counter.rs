//! 窗口登记: both stand at the counter with a signed form, and the bond is active at once.
//!
//! Every rule is judged as at an acceptance; the operator is told what refuses, for both are there.

use bond::{Bond, BondState, Channel, Commitment, Registration, Side};
use chassis::{
    batch::{Key, Moment, Verdict},
    status::Refusal,
};
use policy::{BondStage, Rules};
use serde::Serialize;
use standards::{DocumentReference, PersonId, civil};

use crate::{
    answer::{Consent, kept},
    error, follow,
    judge::Candidate,
    outcome::{Outcome, Stop, answered},
    persons::Pair,
    propose::{Wish, with_commitment},
    registered::{Registered, Seen},
    registry::Registry,
};

/// What both brought to the counter.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Register {
    /// What the sharer asks.
    pub(crate) wish: Wish,
    /// 承诺书 of the beneficiary, where one was accepted.
    pub(crate) consent: Option<Commitment>,
    /// 登记表.
    pub(crate) form: DocumentReference,
    /// 监护人 who signs for a minor.
    pub(crate) guardian: Option<PersonId>,
    /// Who the two are.
    pub(crate) pair: Pair,
}

impl Register {
    /// The bond's id is the id of the request; the operator is no part of its content.
    pub(crate) fn key(&self) -> Key {
        let content = self.wish.content("kinship.register.1");
        let content = with_commitment(content, self.consent.as_ref());
        let content = content.text("form", &self.form).maybe("guardian", self.guardian);
        Key { id: self.wish.bond_id.uuid(), content: content.finish() }
    }

    /// Decides.
    pub(crate) fn decide(&self, registry: &mut Registry, rules: &Rules, moment: Moment) -> Verdict<Outcome> {
        if registry.get(self.wish.bond_id).is_some() {
            return answered(Refusal::request_id_reused());
        }
        let made = self.make(registry, rules, moment);
        kept(registry, made)
    }

    fn make(&self, registry: &Registry, rules: &Rules, moment: Moment) -> Result<Registered, Stop> {
        if !self.pair.is_for(moment.at) {
            return Err(Stop::Undecided);
        }
        let (wish, pair, day) = (&self.wish, &self.pair, civil::day(moment.at));
        let candidate = Candidate {
            id: None,
            programme: wish.programme,
            tie: wish.tie(),
            stage: BondStage::Accept,
            commitment: wish.commitment.is_some(),
            sharer: pair.facts(Side::Sharer, day)?,
            beneficiary: pair.facts(Side::Beneficiary, day)?,
            members: pair.members(),
            online: false,
            guardian_acts: self.guardian.is_some(),
            evidence: &wish.evidence,
            face: None,
            code_linked: pair.code_linked,
        };
        let decision = candidate.decide(registry, rules, moment.at)?;
        let registration = Registration {
            proposal: wish.proposal().map_err(|told| Stop::from(told).after(&decision))?,
            consent: self.consent.clone(),
            both_present: true,
            form: Some(self.form.clone()),
        };
        let bond = Bond::register(registration, moment.at)
            .map_err(|refused| error::of_answer(refused, BondState::PendingConsent, moment.at))
            .map_err(|told| Stop::from(told).after(&decision))?;
        let consent = Consent { guardian: self.guardian, channel: Channel::Counter, papers: &wish.evidence };
        consent.check(registry, &bond, Some(pair), (rules, moment))?;
        let registered = Registered {
            evidence: wish.evidence.clone(),
            guardian: self.guardian,
            proposed_seq: moment.sequence,
            changed_seq: moment.sequence,
            decision,
            judged_id: bond.id.uuid(),
            seen: Seen::of(pair),
            bond,
        };
        Ok(follow::catch_up(registry, rules, registered, pair, moment))
    }
}
