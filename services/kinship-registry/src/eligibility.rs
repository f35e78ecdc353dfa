//! 核对资格: what the rules would say about a bond, without making one. It changes nothing and remembers nothing.
//!
//! Who asks learns about the own facts: of the other one nothing is judged but what the two share.

use bond::{About, Relation, Side, Tie};
use chassis::status::Refusal;
use policy::{BondStage, Decision, Programme, Rules};
use standards::{PersonId, civil};
use time::OffsetDateTime;

use crate::{
    judge::Candidate,
    outcome::Stop,
    persons::{Pair, blank},
    registry::Registry,
};

/// A question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// 共济人.
    pub(crate) sharer: PersonId,
    /// 被共济人.
    pub(crate) beneficiary: PersonId,
    /// What the beneficiary is to the sharer.
    pub(crate) relation: Relation,
    /// 共济方式.
    pub(crate) programme: Programme,
    /// For which instant.
    pub(crate) at: OffsetDateTime,
}

/// Whose facts may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Those of one of the two.
    Of(Side),
    /// All: to an auditor.
    Both,
}

/// The answer.
pub(crate) struct Answer {
    /// What the rules say.
    pub(crate) decision: Decision,
    /// What the family record and other bonds say against the relation.
    pub(crate) contradiction: Option<Refusal>,
}

impl Question {
    /// Answers.
    pub(crate) fn answer(
        &self,
        told: Told,
        pair: &Pair,
        registry: &Registry,
        rules: &Rules,
    ) -> Result<Answer, Refusal> {
        let day = civil::day(self.at);
        let facts = |side| pair.facts(side, day).map_err(told_of);
        let (mut sharer, mut beneficiary) = (facts(Side::Sharer)?, facts(Side::Beneficiary)?);
        let stage = if told == Told::Of(Side::Sharer) { BondStage::Propose } else { BondStage::Accept };
        match told {
            Told::Of(Side::Sharer) => beneficiary = blank(beneficiary.person),
            Told::Of(Side::Beneficiary) => sharer = blank(sharer.person),
            Told::Both => {}
        }
        let candidate = Candidate {
            id: None,
            programme: self.programme,
            tie: Tie { sharer: self.sharer, beneficiary: self.beneficiary, relation: self.relation },
            stage,
            // The text is accepted, and a face shown, when the bond is asked for.
            commitment: true,
            face: Some(true),
            sharer,
            beneficiary,
            members: pair.members(),
            online: true,
            guardian_acts: false,
            evidence: &[],
            code_linked: pair.code_linked,
        };
        let judged = candidate.judge(registry, rules, self.at);
        let decision = match told {
            Told::Of(Side::Sharer) => judged.for_sharer(),
            Told::Of(Side::Beneficiary) => judged.for_beneficiary(),
            Told::Both => judged,
        };
        let may_know = |about| match (told, about) {
            (Told::Of(asker), About::One(side)) => asker == side,
            (Told::Both, _) | (_, About::Both) => true,
        };
        let contradiction =
            candidate.contradiction(registry, rules, self.at).filter(|(about, _)| may_know(*about));
        let contradiction = contradiction.map(|(_, refusal)| refusal);
        Ok(Answer { decision, contradiction })
    }
}

fn told_of(stop: Stop) -> Refusal {
    match stop {
        Stop::Refused(refused) => refused.told,
        Stop::Denied(told) => told,
        Stop::Undecided => Refusal::feed_behind("identity"),
    }
}
