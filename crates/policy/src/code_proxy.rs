//! Judges the linking of a relative's code (亲情账户, R-031). It lets somebody show the code of a relative, who pays
//! with the relative's own insurance; it never shares money.
//!
//! It says nothing about kinship: whoever links says with documents or by face that it is wanted.

use crate::{
    decision::Decision,
    facts::CodeProxyFacts,
    judge::{Draft, Judge, actual},
    parameter::{Parameter, Value},
    reason::Reason,
    rules::Rules,
    when::When,
    words::{Programme, Side},
};

/// Judges a link; the shower stands on the sharer's side, the owner of the code on the beneficiary's. Which
/// programme is asked does not matter, since its rules are written for all of them.
pub fn decide_code_proxy(facts: &CodeProxyFacts, rules: &Rules, when: impl Into<When>) -> Decision {
    let (shower, owner) = (&facts.shower, &facts.owner);
    let mut judge = Judge::between(rules, Programme::LocalRealtime, shower, owner, when.into());
    let draft = Draft::new("R-031", "person", Side::Sharer).under_base(&judge.sharer);
    judge.judge(draft, Some(shower.person != owner.person), Reason::SelfBond);
    judge.alive(Side::Sharer, shower);
    judge.alive(Side::Beneficiary, owner);
    judge.not_suspended(Side::Sharer, shower);
    judge.not_suspended(Side::Beneficiary, owner);
    let found = judge.of_side(Side::Sharer, Parameter::CodeProxyMembers);
    judge.by("R-031", Parameter::CodeProxyMembers, found, |value, draft| {
        let Value::Count(limit) = value else { return (draft, None, Reason::MemberCapReached) };
        let members = facts.linked.map(|linked| linked.saturating_add(1));
        (draft.actual(actual(members)), members.map(|members| members <= *limit), Reason::MemberCapReached)
    });
    let age = owner.standing.as_ref().and_then(|standing| standing.age_on(judge.day));
    let found = judge.of_side(Side::Beneficiary, Parameter::CodeProxyMinorAge);
    judge.by("R-031", Parameter::CodeProxyMinorAge, found, |value, draft| {
        let Value::Count(limit) = value else { return (draft, None, Reason::KinshipNotProven) };
        let minor = age.map(|age| age <= *limit);
        let reason = if minor == Some(true) { Reason::KinshipNotProven } else { Reason::AuthFailed };
        let holds = minor.map(|minor| if minor { facts.documents } else { facts.face });
        (draft.actual(actual(age)), holds, reason)
    });
    judge.close()
}
