//! A decision: every rule that was judged, in order, each with limit, actual value, version and source.
//!
//! It is one value for a refusal, a quote and an audit. Its JSON is stable: what was stored is written again
//! byte for byte, whatever later versions of this crate would say about the same facts.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    parameter::Parameter,
    reason::Reason,
    when::When,
    words::{Confidence, Side, VerdictResult},
};

/// What was decided, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether no verdict refuses.
    pub allowed: bool,
    /// The instant for which it was judged.
    #[serde(with = "time::serde::rfc3339")]
    pub judged_for: OffsetDateTime,
    /// Up to when recorded rules were used; `None` for every rule that was known.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub known_at: Option<OffsetDateTime>,
    /// Every rule in the order of evaluation.
    pub verdicts: Vec<Verdict>,
}

/// One rule and what came of it. Empty texts are not stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The requirement: `R-079`.
    pub rule: Cow<'static, str>,
    /// The parameter or fact that was judged: `single_limit`.
    pub parameter: Cow<'static, str>,
    /// Pass, fail, not applicable, not known.
    pub result: VerdictResult,
    /// Whose rule or fact it is.
    pub side: Side,
    /// What the rule allows: `2000.00`, `06:00-22:00`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub limit: String,
    /// What was found: `2000.01`, `22:00`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub actual: String,
    /// The version that states the rule; empty if none is in force.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub policy_version: String,
    /// The text that states it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// How well it is founded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// Why it refuses; `None` if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// What happened, for people; only where it refuses, like the next three.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message_zh: String,
    /// The same in English.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message_en: String,
    /// What the person can do about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub what_to_do_zh: String,
    /// The same in English.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub what_to_do_en: String,
    /// When the same wish can succeed, if time alone mends it.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
    pub possible_again: Option<OffsetDateTime>,
}

/// What a caller does with a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling<'a> {
    /// Nothing refuses.
    Allowed,
    /// A rule refuses: this verdict is the answer, the others are details.
    Refused(&'a Verdict),
    /// No rule refuses, but a fact is missing: ask again later, store nothing.
    Undecided(&'a Verdict),
}

impl Verdict {
    /// Whether it stands in the way.
    pub fn refuses(&self) -> bool {
        self.reason.is_some()
    }
}

impl Decision {
    pub(crate) fn of(when: When, verdicts: Vec<Verdict>) -> Self {
        let allowed = !verdicts.iter().any(Verdict::refuses);
        Self { allowed, judged_for: when.at, known_at: when.known, verdicts }
    }

    /// The verdicts that refuse, in order.
    pub fn refusing(&self) -> impl Iterator<Item = &Verdict> {
        self.verdicts.iter().filter(|verdict| verdict.refuses())
    }

    /// Allowed, refused by its first failed rule, or undecided for want of a fact.
    pub fn ruling(&self) -> Ruling<'_> {
        let lacks_fact = |verdict: &&Verdict| verdict.reason == Some(Reason::FeedBehind);
        match self.refusing().find(|verdict| !lacks_fact(verdict)) {
            Some(verdict) => Ruling::Refused(verdict),
            None => self.refusing().next().map_or(Ruling::Allowed, Ruling::Undecided),
        }
    }

    /// The decision as the sharer of a bond may read it: of the invitee only whether the bond is possible.
    ///
    /// Every verdict about the beneficiary is replaced by one without limit, value or cause, so that a proposed
    /// bond cannot be used to learn about a stranger.
    #[must_use]
    pub fn for_sharer(&self) -> Self {
        let (about_invitee, mut verdicts): (Vec<_>, Vec<_>) =
            self.verdicts.iter().cloned().partition(|verdict| verdict.side == Side::Beneficiary);
        let refusing = about_invitee.iter().find(|verdict| verdict.refuses());
        if let Some(verdict) = refusing.or(about_invitee.first()) {
            let (refuses, judged) = (verdict.refuses(), verdict.result != VerdictResult::NotApplicable);
            let reason = refuses.then_some(match verdict.reason {
                Some(Reason::FeedBehind) => Reason::FeedBehind,
                _ => Reason::InviteeNotEligible,
            });
            verdicts.push(veiled(verdict, reason, judged));
        }
        Self::of(When { at: self.judged_for, known: self.known_at }, verdicts)
    }
}

/// What both of a bond know, whichever of them asks: these rules stay when the sharer's facts are left out.
const OF_THE_PAIR: [&str; 6] = [
    "person",
    "same_pair",
    Parameter::RelationScope.name(),
    Parameter::CommitmentRequired.name(),
    Parameter::KinshipProofRequired.name(),
    Parameter::CodeProxyFirst.name(),
];

impl Decision {
    /// The decision as the beneficiary of a bond may read it before there is one: rules that only facts of the sharer
    /// decide say nothing. It is judged without those facts, so that asking tells nothing about a stranger.
    #[must_use]
    pub fn for_beneficiary(&self) -> Self {
        let left_out = |verdict: Verdict| {
            let parameter = verdict.parameter.as_ref();
            // How far apart the two are insured stands on the beneficiary's side, and needs both.
            let needs_sharer =
                verdict.side == Side::Sharer || parameter == Parameter::TerritorialScope.name();
            if !needs_sharer || OF_THE_PAIR.contains(&parameter) {
                return verdict;
            }
            Verdict {
                result: VerdictResult::NotApplicable,
                actual: String::new(),
                reason: None,
                message_zh: String::new(),
                message_en: String::new(),
                what_to_do_zh: String::new(),
                what_to_do_en: String::new(),
                possible_again: None,
                ..verdict
            }
        };
        let verdicts = self.verdicts.iter().cloned().map(left_out).collect();
        Self::of(When { at: self.judged_for, known: self.known_at }, verdicts)
    }
}

/// A verdict about the invitee without anything that tells which fact it was.
fn veiled(verdict: &Verdict, reason: Option<Reason>, judged: bool) -> Verdict {
    let result = match (reason, judged) {
        (Some(Reason::FeedBehind), _) => VerdictResult::NotKnown,
        (Some(_), _) => VerdictResult::Fail,
        (None, true) => VerdictResult::Pass,
        (None, false) => VerdictResult::NotApplicable,
    };
    let mut veiled = Verdict {
        rule: "R-021".into(),
        parameter: "invitee".into(),
        result,
        side: Side::Beneficiary,
        limit: String::new(),
        actual: String::new(),
        policy_version: verdict.policy_version.clone(),
        source: String::new(),
        confidence: None,
        reason,
        message_zh: String::new(),
        message_en: String::new(),
        what_to_do_zh: String::new(),
        what_to_do_en: String::new(),
        possible_again: None,
    };
    veiled.explain();
    veiled
}
