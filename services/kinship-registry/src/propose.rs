//! 申请共济关系: the sharer invites a relative.
//!
//! Facts about the invitee are not judged here and not even told to the decision.

use bond::{Bond, Channel, Commitment, Proposal, Relation};
use chassis::{
    batch::{Key, Moment, Verdict},
    digest::Content,
    status::Refusal,
};
use policy::{BondFacts, BondStage, Decision, Programme, Rules, Side, decide_bond};
use serde::Serialize;
use standards::{BondId, PersonId};
use time::Duration;

use crate::{
    error,
    limits::Candidate,
    outcome::{Outcome, Refused, Stop, recorded, ruled},
    persons::{Pair, blank},
    registered::{Evidence, Registered, Registry},
};

/// What the sharer asks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Wish {
    /// Chosen by the caller.
    pub(crate) bond_id: BondId,
    /// 共济方式.
    pub(crate) programme: Programme,
    /// 共济人.
    pub(crate) sharer: PersonId,
    /// 被共济人.
    pub(crate) beneficiary: PersonId,
    /// What the beneficiary is to the sharer.
    pub(crate) relation: Relation,
    /// 承诺书, if the sharer accepted one.
    pub(crate) commitment: Option<Commitment>,
    /// 证明材料.
    pub(crate) evidence: Vec<Evidence>,
    /// 办理渠道.
    pub(crate) channel: Channel,
    /// 经办人, at the counter.
    pub(crate) operator: Option<String>,
}

impl Wish {
    /// The bond's id is the id of the request; channel and operator are no part of its content.
    pub(crate) fn key(&self) -> Key {
        let content = Content::of("kinship.propose.1")
            .text("programme", self.programme)
            .text("sharer", self.sharer)
            .text("beneficiary", self.beneficiary)
            .text("relation", self.relation);
        let content = with_commitment(content, self.commitment.as_ref());
        let content = self.evidence.iter().fold(content, |content, evidence| {
            content.text("kind", &evidence.kind).text("reference", &evidence.reference)
        });
        Key { id: self.bond_id.uuid(), content: content.finish() }
    }
}

/// Adds an accepted text, if there is one.
pub(crate) fn with_commitment(content: Content, commitment: Option<&Commitment>) -> Content {
    let Some(commitment) = commitment else { return content };
    content
        .text("text_version", &commitment.text_version)
        .bytes("text_sha256", &commitment.text_sha256)
        .text("accepted_at", commitment.accepted_at.unix_timestamp_nanos() / 1_000)
}

/// A wish with the facts it is judged by.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Propose {
    /// What is asked.
    pub(crate) wish: Wish,
    /// Who the two are; of the beneficiary only whether somebody has that id.
    pub(crate) pair: Pair,
}

impl Propose {
    /// Decides; `answer_within` is how long the invitation stays open.
    pub(crate) fn decide(
        &self,
        registry: &mut Registry,
        rules: &Rules,
        answer_within: Duration,
        moment: Moment,
    ) -> Verdict<Outcome> {
        if registry.get(self.wish.bond_id).is_some() {
            // The bond outlived the memory of its own request.
            let told = Refusal::request_id_reused();
            return Verdict::Answer(Outcome::Refused(Box::new(Refused {
                told,
                to_others: None,
                decision: None,
            })));
        }
        let made = self.make(registry, rules, answer_within, moment);
        if let Ok(registered) = &made {
            registry.put(registered.clone());
        }
        recorded(made)
    }

    fn make(
        &self,
        registry: &Registry,
        rules: &Rules,
        answer_within: Duration,
        moment: Moment,
    ) -> Result<Registered, Stop> {
        if !self.pair.is_for(moment.at) {
            return Err(Stop::Undecided);
        }
        let sharer = self.pair.sharer.facts.as_ref().ok_or_else(|| error::person_unknown(Side::Sharer))?;
        let beneficiary = self.pair.beneficiary.facts.as_ref();
        let beneficiary = beneficiary.ok_or_else(|| error::person_unknown(Side::Beneficiary))?;
        let facts = BondFacts {
            programme: self.wish.programme,
            stage: BondStage::Propose,
            relation: in_policy(self.wish.relation),
            commitment: self.wish.commitment.is_some(),
            sharer: sharer.clone(),
            beneficiary: blank(beneficiary.person),
            context: None,
        };
        let decision = decide_bond(&facts, rules, moment.at);
        ruled(&decision)?;
        let bond = self.propose(answer_within, moment).map_err(|stop| stop.after(&decision))?;
        let candidate = Candidate {
            bond: &bond,
            programme: self.wish.programme,
            stage: BondStage::Propose,
            sharer,
            beneficiary,
        };
        candidate.check(registry, rules, moment.at).map_err(|stop| stop.after(&decision))?;
        Ok(self.registered(bond, decision, moment))
    }

    fn propose(&self, answer_within: Duration, moment: Moment) -> Result<Bond, Stop> {
        let wish = &self.wish;
        let answer_until = moment.at + answer_within;
        let proposal = Proposal {
            id: wish.bond_id,
            programme: in_bonds(wish.programme),
            sharer: wish.sharer,
            beneficiary: wish.beneficiary,
            relation: wish.relation,
            channel: wish.channel,
            operator: wish.operator.clone(),
            // No region may do without it: a bond states what its sharer agreed to.
            commitment: wish.commitment.clone().ok_or_else(error::commitment_missing)?,
        };
        let proposed = Bond::propose(proposal, moment.at, answer_until);
        Ok(proposed
            .map_err(|refusal| error::of_life(refusal, bond::BondState::PendingConsent, answer_until))?)
    }

    fn registered(&self, bond: Bond, decision: Decision, moment: Moment) -> Registered {
        Registered {
            programme: self.wish.programme,
            evidence: self.wish.evidence.clone(),
            proposed_seq: moment.sequence,
            changed_seq: moment.sequence,
            decision,
            judged_id: bond.id.uuid(),
            bond,
        }
    }
}

/// The same programme in the words of bonds.
pub(crate) const fn in_bonds(programme: Programme) -> bond::Programme {
    match programme {
        Programme::LocalRealtime => bond::Programme::LocalRealtime,
        Programme::LocalAllocation => bond::Programme::LocalAllocation,
        Programme::Wallet => bond::Programme::Wallet,
        Programme::Premium => bond::Programme::Premium,
    }
}

/// The same relation in the words of the rules.
pub(crate) const fn in_policy(relation: Relation) -> policy::Relation {
    match relation {
        Relation::Spouse => policy::Relation::Spouse,
        Relation::Parent => policy::Relation::Parent,
        Relation::Child => policy::Relation::Child,
        Relation::Sibling => policy::Relation::Sibling,
        Relation::PaternalGrandparent => policy::Relation::PaternalGrandparent,
        Relation::MaternalGrandparent => policy::Relation::MaternalGrandparent,
        Relation::ChildOfSon => policy::Relation::ChildOfSon,
        Relation::ChildOfDaughter => policy::Relation::ChildOfDaughter,
        Relation::ParentInLaw => policy::Relation::ParentInLaw,
        Relation::OtherRelative => policy::Relation::OtherRelative,
    }
}
