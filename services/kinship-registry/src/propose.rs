//! 申请共济关系: the sharer invites a relative.
//!
//! Facts about the invitee are not judged here and not even told to the decision.

use bond::{Bond, BondState, Channel, Commitment, Evidence, Proposal, Relation, Side, Tie};
use chassis::{
    batch::{Key, Moment, Verdict},
    digest::Content,
    status::Refusal,
    stepup::Method,
};
use policy::{BondStage, Parameter, Programme, Region, Rules};
use serde::Serialize;
use standards::{BondId, PersonId, civil};
use time::{Duration, OffsetDateTime};

use crate::{
    error,
    judge::Candidate,
    outcome::{Outcome, Stop, answered, recorded},
    persons::{Pair, blank},
    registered::{Registered, Seen},
    registry::Registry,
    words,
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
        Key { id: self.bond_id.uuid(), content: self.content("kinship.propose.1").finish() }
    }

    /// What is asked, for a content hash.
    pub(crate) fn content(&self, purpose: &str) -> Content {
        let content = Content::of(purpose)
            .text("programme", self.programme)
            .text("sharer", self.sharer)
            .text("beneficiary", self.beneficiary)
            .text("relation", self.relation);
        with_evidence(with_commitment(content, self.commitment.as_ref()), &self.evidence)
    }

    /// Who, and what they are to each other.
    pub(crate) const fn tie(&self) -> Tie {
        Tie { sharer: self.sharer, beneficiary: self.beneficiary, relation: self.relation }
    }

    /// What it takes to make the bond.
    pub(crate) fn proposal(&self) -> Result<Proposal, Refusal> {
        Ok(Proposal {
            id: self.bond_id,
            programme: words::in_bonds(self.programme),
            sharer: self.sharer,
            beneficiary: self.beneficiary,
            relation: self.relation,
            channel: self.channel,
            operator: self.operator.clone(),
            // No region may do without it: a bond states what its sharer agreed to.
            commitment: self.commitment.clone().ok_or_else(error::commitment_missing)?,
        })
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

/// Adds the documents that were shown.
pub(crate) fn with_evidence(content: Content, evidence: &[Evidence]) -> Content {
    evidence
        .iter()
        .fold(content, |content, one| content.text("kind", one.kind).text("reference", &one.reference))
}

/// Whether people come this way without standing before a machine or a person of the authority.
pub(crate) const fn is_online(channel: Channel) -> bool {
    match channel {
        Channel::NationalApp | Channel::LocalApp | Channel::MiniProgram | Channel::Website => true,
        Channel::Terminal | Channel::Counter | Channel::Phone => false,
    }
}

/// A wish with the facts it is judged by.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Propose {
    /// What is asked.
    pub(crate) wish: Wish,
    /// Who the two are; of the beneficiary only whether somebody has that id, and born when.
    pub(crate) pair: Pair,
    /// By what the sharer was recognised.
    pub(crate) by: Method,
}

impl Propose {
    /// Decides.
    pub(crate) fn decide(&self, registry: &mut Registry, rules: &Rules, moment: Moment) -> Verdict<Outcome> {
        if registry.get(self.wish.bond_id).is_some() {
            // The bond outlived the memory of its own request.
            return answered(Refusal::request_id_reused());
        }
        let made = self.make(registry, rules, moment);
        if let Ok(registered) = &made {
            registry.put(registered.clone());
        }
        recorded(made.map(|registered| Outcome::Done(Box::new(registered))))
    }

    fn make(&self, registry: &Registry, rules: &Rules, moment: Moment) -> Result<Registered, Stop> {
        if !self.pair.is_for(moment.at) {
            return Err(Stop::Undecided);
        }
        let (wish, pair) = (&self.wish, &self.pair);
        let day = civil::day(moment.at);
        let sharer = pair.facts(Side::Sharer, day)?;
        let beneficiary = blank(pair.facts(Side::Beneficiary, day)?.person);
        let region = sharer.account_enrolment(day).map_or(Region::Nation, |one| Region::from(one.pool));
        let candidate = Candidate {
            id: None,
            programme: wish.programme,
            tie: wish.tie(),
            stage: BondStage::Propose,
            commitment: wish.commitment.is_some(),
            sharer,
            beneficiary,
            members: pair.members(),
            online: is_online(wish.channel),
            guardian_acts: false,
            evidence: &wish.evidence,
            face: Some(self.by == Method::Face),
            code_linked: pair.code_linked,
        };
        let decision = candidate.decide(registry, rules, moment.at)?;
        let answer_until = answer_until(rules, wish.programme, region, moment.at)
            .ok_or_else(|| Stop::from(error::no_rule()).after(&decision))?;
        let proposal = wish.proposal().map_err(|told| Stop::from(told).after(&decision))?;
        let bond = Bond::propose(proposal, moment.at, answer_until)
            .map_err(|refused| error::of_answer(refused, BondState::PendingConsent, answer_until))
            .map_err(|told| Stop::from(told).after(&decision))?;
        Ok(Registered {
            evidence: wish.evidence.clone(),
            guardian: None,
            proposed_seq: moment.sequence,
            changed_seq: moment.sequence,
            decision,
            judged_id: bond.id.uuid(),
            seen: Seen::of(pair),
            bond,
        })
    }
}

/// Until when an invitation may be answered, by the rule of the sharer's region.
fn answer_until(
    rules: &Rules,
    programme: Programme,
    region: Region,
    at: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let days = rules.resolve_region(programme, region, at).count(Parameter::InvitationDays)?;
    Some(at + Duration::days(days.into()))
}
