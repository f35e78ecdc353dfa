//! 确认、拒绝、撤回: what becomes of an invitation. Acceptance judges every rule again, now with the invitee's facts; a
//! refused acceptance leaves the bond as it is, so that the invitee can mend the cause and accept again.

use bond::{Answerer, Answering, Bond, Channel, Commitment, Event, Evidence, Side, apply};
use chassis::{
    batch::{Key, Moment, Verdict},
    digest::Content,
};
use policy::{BondStage, Parameter, Rules};
use serde::Serialize;
use standards::{BondId, PersonId, RequestId, civil};

use crate::{
    error, follow,
    judge::Candidate,
    outcome::{Outcome, Stop, recorded},
    persons::Pair,
    propose::{with_commitment, with_evidence},
    registered::{Registered, Seen},
    registry::Registry,
    words,
};

/// What an answer names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Reply {
    /// Chosen by the caller.
    pub(crate) request_id: RequestId,
    /// Which invitation.
    pub(crate) bond_id: BondId,
    /// 监护人 who acts for a minor.
    pub(crate) guardian: Option<PersonId>,
    /// 承诺书 of the beneficiary, where one was accepted.
    pub(crate) consent: Option<Commitment>,
    /// 证明材料 that the operator saw.
    pub(crate) evidence: Vec<Evidence>,
    /// 经办人, at the counter.
    pub(crate) operator: Option<String>,
}

impl Reply {
    /// The request's id and content; the operator is no part of it.
    pub(crate) fn key(&self, purpose: &str) -> Key {
        let content = Content::of(purpose).text("bond", self.bond_id).maybe("guardian", self.guardian);
        let content = with_evidence(with_commitment(content, self.consent.as_ref()), &self.evidence);
        Key { id: self.request_id.uuid(), content: content.finish() }
    }

    /// Who answers, and the sharer.
    pub(crate) fn parties(&self, bond: &Bond) -> (PersonId, PersonId) {
        (self.guardian.unwrap_or(bond.beneficiary), bond.sharer)
    }

    /// Refuses whoever may not answer for the invitee; `pair` where identity was asked.
    fn check_right(
        &self,
        registry: &Registry,
        bond: &Bond,
        pair: Option<&Pair>,
        (rules, moment): (&Rules, Moment),
    ) -> Result<(), Stop> {
        let channel = if self.operator.is_some() { Channel::Counter } else { Channel::NationalApp };
        let answering = Consent { guardian: self.guardian, channel, papers: &self.evidence };
        answering.check(registry, bond, pair, (rules, moment))
    }
}

/// Who consents for the invitee, and by which way.
pub(crate) struct Consent<'a> {
    /// 监护人; the invitee if none.
    pub(crate) guardian: Option<PersonId>,
    /// By which way the answer came.
    pub(crate) channel: Channel,
    /// What the operator saw.
    pub(crate) papers: &'a [Evidence],
}

impl Consent<'_> {
    /// Refuses whoever may not consent.
    pub(crate) fn check(
        &self,
        registry: &Registry,
        bond: &Bond,
        pair: Option<&Pair>,
        (rules, moment): (&Rules, Moment),
    ) -> Result<(), Stop> {
        let day = civil::day(moment.at);
        let asked = pair.and_then(|pair| pair.beneficiary.stand.as_ref());
        let stand = asked.or_else(|| registry.known(bond.beneficiary).map(|known| &known.stand));
        let region = stand.map_or(policy::Region::Nation, |stand| stand.region(Side::Beneficiary, day));
        let programme = words::in_rules(bond.programme);
        let resolved = rules.resolve_region(programme, region, moment.at);
        let members: Vec<_> = pair.map(|pair| pair.members().to_vec()).unwrap_or_default();
        let answering = Answering {
            bond,
            family: &registry.family(day, &members),
            channel: self.channel,
            papers: self.papers,
            adult_at: resolved.count(Parameter::GuardianAge).unwrap_or(0),
        };
        let who = self.guardian.map_or(Answerer::Beneficiary, Answerer::Guardian);
        match answering.right_of(who) {
            Ok(_) => Ok(()),
            Err(why) => Err(Stop::Denied(error::no_right(why, resolved.setting(Parameter::GuardianAge)))),
        }
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

/// 撤回.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Withdraw {
    /// Chosen by the caller.
    pub(crate) request_id: RequestId,
    /// Which invitation.
    pub(crate) bond_id: BondId,
    /// 经办人, at the counter.
    pub(crate) operator: Option<String>,
    /// Whether there was such a bond when the request came, so that its sharer could be compared.
    pub(crate) found: bool,
}

/// Keeps a bond that moved on, and answers with it.
pub(crate) fn kept(registry: &mut Registry, made: Result<Registered, Stop>) -> Verdict<Outcome> {
    if let Ok(registered) = &made {
        registry.put(registered.clone());
    }
    recorded(made.map(|registered| Outcome::Done(Box::new(registered))))
}

impl Accept {
    /// Decides.
    pub(crate) fn decide(&self, registry: &mut Registry, rules: &Rules, moment: Moment) -> Verdict<Outcome> {
        let made = self.make(registry, rules, moment);
        kept(registry, made)
    }

    fn make(&self, registry: &Registry, rules: &Rules, moment: Moment) -> Result<Registered, Stop> {
        let known = registry.get(self.reply.bond_id).ok_or_else(error::bond_unknown)?;
        let pair = self.pair.as_ref().filter(|pair| pair.is_for(moment.at)).ok_or(Stop::Undecided)?;
        // First of all: whoever may not answer learns nothing, not even where the bond stands.
        self.reply.check_right(registry, &known.bond, Some(pair), (rules, moment))?;
        let event = Event::Accept { consent: self.reply.consent.clone() };
        let bond = step(&known.bond, event, moment)?;
        let day = civil::day(moment.at);
        let (sharer, beneficiary) = (pair.facts(Side::Sharer, day)?, pair.facts(Side::Beneficiary, day)?);
        let evidence: Vec<Evidence> = known.evidence.iter().chain(&self.reply.evidence).cloned().collect();
        let candidate = Candidate {
            id: Some(bond.id),
            programme: known.programme(),
            tie: bond.tie(),
            stage: BondStage::Accept,
            commitment: true,
            sharer,
            beneficiary,
            members: pair.members(),
            online: self.reply.operator.is_none(),
            guardian_acts: self.reply.guardian.is_some(),
            evidence: &evidence,
            face: None,
            code_linked: pair.code_linked,
        };
        let decision = candidate.decide(registry, rules, moment.at)?;
        let accepted = Registered {
            bond,
            evidence,
            guardian: self.reply.guardian,
            decision,
            judged_id: self.reply.request_id.uuid(),
            changed_seq: moment.sequence,
            seen: Seen::of(pair),
            proposed_seq: known.proposed_seq,
        };
        Ok(follow::catch_up(registry, rules, accepted, pair, moment))
    }
}

impl Reject {
    /// Decides.
    pub(crate) fn decide(&self, registry: &mut Registry, rules: &Rules, moment: Moment) -> Verdict<Outcome> {
        let made = self.make(registry, rules, moment);
        kept(registry, made)
    }

    fn make(&self, registry: &Registry, rules: &Rules, moment: Moment) -> Result<Registered, Stop> {
        let known = registry.get(self.reply.bond_id).ok_or_else(error::bond_unknown)?;
        if !self.found {
            return Err(Stop::Undecided);
        }
        self.reply.check_right(registry, &known.bond, None, (rules, moment))?;
        let bond = step(&known.bond, Event::Reject, moment)?;
        Ok(Registered { bond, guardian: self.reply.guardian, changed_seq: moment.sequence, ..known.clone() })
    }
}

impl Withdraw {
    /// The request's id and content; the operator is no part of it.
    pub(crate) fn key(&self) -> Key {
        let content = Content::of("kinship.withdraw.1").text("bond", self.bond_id);
        Key { id: self.request_id.uuid(), content: content.finish() }
    }

    /// Decides.
    pub(crate) fn decide(&self, registry: &mut Registry, moment: Moment) -> Verdict<Outcome> {
        let made = self.make(registry, moment);
        kept(registry, made)
    }

    fn make(&self, registry: &Registry, moment: Moment) -> Result<Registered, Stop> {
        let known = registry.get(self.bond_id).ok_or_else(error::bond_unknown)?;
        if !self.found {
            return Err(Stop::Undecided);
        }
        let bond = step(&known.bond, Event::Withdraw, moment)?;
        Ok(Registered { bond, changed_seq: moment.sequence, ..known.clone() })
    }
}

fn step(bond: &Bond, event: Event, moment: Moment) -> Result<Bond, Stop> {
    let moved = apply(bond.clone(), event, moment.at);
    Ok(moved.map_err(|refusal| error::of_answer(refusal, bond.state, bond.answer_until))?)
}
