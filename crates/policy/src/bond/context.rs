//! The rules about a bond that need more than the two persons: proof, a face, the relative's code, guardian
//! the other bonds of the two (R-044…R-047) and how often a year.
//!
//! Bonds are counted by the registry, per programme and under its lock; nothing of the invitee's is read while the
//! bond is only proposed.

use standards::civil;
use time::{Date, Month, OffsetDateTime, Time};

use crate::{
    facts::{BondContext, BondCounts, BondFacts},
    judge::{Draft, Judge, actual},
    parameter::{Parameter, Value},
    reason::Reason,
    words::{BondStage, Cardinality, Side},
};

/// Judges the context of a bond.
pub(super) fn judge(judge: &mut Judge<'_>, facts: &BondFacts, context: &BondContext) {
    let acts = if facts.stage == BondStage::Propose { Side::Sharer } else { Side::Beneficiary };
    let actor = if acts == Side::Sharer { &facts.sharer } else { &facts.beneficiary };
    judge.activated(acts, actor, context.online && !context.guardian_acts);
    flag(judge, "R-051", Parameter::KinshipProofRequired, context.kinship_proven, Reason::KinshipNotProven);
    if facts.stage == BondStage::Propose {
        // At a counter documents were seen.
        let face = if context.online { context.face } else { Some(true) };
        flag(judge, "R-036", Parameter::FaceRequired, face, Reason::AuthFailed);
    }
    flag(judge, "R-058", Parameter::CodeProxyFirst, context.code_proxy_linked, Reason::CodeProxyFirst);
    if facts.stage == BondStage::Accept {
        guardian(judge, facts, context);
    }
    others(judge, facts.stage, context.counts.as_ref());
}

/// A condition that only some places set.
fn flag(
    judge: &mut Judge<'_>,
    rule: &'static str,
    parameter: Parameter,
    given: Option<bool>,
    reason: Reason,
) {
    let found = judge.strictest(parameter);
    judge.if_stated(rule, parameter, found, |value, draft| {
        let required = *value == Value::Flag(true);
        let holds = if required { given } else { Some(true) };
        (draft.actual(actual(given)), holds, reason)
    });
}

/// a guardian agrees for somebody who is too young.
fn guardian(judge: &mut Judge<'_>, facts: &BondFacts, context: &BondContext) {
    let Some(standing) = &facts.beneficiary.standing else { return };
    let (parameter, age) = (Parameter::GuardianAge, standing.age_on(judge.day));
    let found = judge.of_side(Side::Beneficiary, parameter);
    judge.if_stated("R-049", parameter, found, |value, draft| {
        let Value::Count(limit) = value else { return (draft, None, Reason::GuardianRequired) };
        let holds = age.map(|age| age >= *limit || context.guardian_acts);
        (draft.actual(actual(age)), holds, Reason::GuardianRequired)
    });
}

fn others(judge: &mut Judge<'_>, stage: BondStage, counts: Option<&BondCounts>) {
    let draft =
        Draft::new("R-045", "same_pair", Side::Sharer).under_base(&judge.sharer).limit("ONE_PER_PAIR");
    let same = counts.map(|counts| counts.same_pair);
    judge.judge(draft.actual(actual(same)), same.map(|same| same == 0), Reason::AlreadyBound);
    cardinality(judge, Side::Sharer, counts);
    if stage == BondStage::Accept {
        cardinality(judge, Side::Beneficiary, counts);
    }
    members(judge, counts);
    changes(judge, counts.map(|counts| counts.changes_this_year));
}

/// a sharer who may have one role only does not use another's funds; a beneficiary who may be bound
/// once is bound by nobody else.
fn cardinality(judge: &mut Judge<'_>, side: Side, counts: Option<&BondCounts>) {
    let found = judge.strictest(Parameter::BondCardinality).map(|(_, setting)| (side, setting));
    judge.by("R-045", Parameter::BondCardinality, found, |value, draft| {
        let word = if let Value::Word(word) = value { Cardinality::parse(word) } else { None };
        let (shares, uses) = match side {
            Side::Sharer => (counts.map(|c| c.sharer_shares), counts.map(|c| c.sharer_uses)),
            _ => (counts.map(|c| c.beneficiary_shares), counts.map(|c| c.beneficiary_uses)),
        };
        let none = |count: Option<u32>| count.map(|count| count == 0);
        let both = |a: Option<bool>, b: Option<bool>| a.zip(b).map(|(a, b)| a && b);
        let holds = match (word, side) {
            (Some(Cardinality::Many), _) | (Some(Cardinality::OneSharerPerBeneficiary), Side::Sharer) => {
                Some(true)
            }
            (Some(Cardinality::OneSharerPerBeneficiary), _) => none(uses),
            (Some(Cardinality::OneRoleOnce), Side::Sharer) => none(uses),
            (Some(Cardinality::OneRoleOnce) | None, _) => both(none(shares), none(uses)),
        };
        let text = shares.zip(uses).map(|(shares, uses)| format!("SHARES={shares},USES={uses}"));
        (draft.actual(actual(text)), holds, Reason::AlreadyBound)
    });
}

/// with this bond the sharer has not more members than allowed.
fn members(judge: &mut Judge<'_>, counts: Option<&BondCounts>) {
    let includes = judge.strictest(Parameter::CapIncludesSelf);
    let includes = includes.is_some_and(|(_, setting)| setting.value == Some(Value::Flag(true)));
    let rule = if includes { "R-046" } else { "R-047" };
    let found = judge.strictest(Parameter::MaxMembers).map(|(_, setting)| (Side::Sharer, setting));
    let members = counts.map(|counts| counts.sharer_shares.saturating_add(1 + u32::from(includes)));
    judge.if_stated(rule, Parameter::MaxMembers, found, |value, draft| {
        let Value::Count(limit) = value else { return (draft, None, Reason::MemberCapReached) };
        (draft.actual(actual(members)), members.map(|members| members <= *limit), Reason::MemberCapReached)
    });
}

/// the year has room for another change.
pub(crate) fn changes(judge: &mut Judge<'_>, so_far: Option<u32>) {
    let parameter = Parameter::ChangesPerYear;
    let found = judge.of_side(Side::Sharer, parameter);
    let again = next_year(judge.day);
    judge.if_stated("R-055", parameter, found, |value, draft| {
        let Value::Count(limit) = value else { return (draft, None, Reason::BondChangeLocked) };
        let draft = draft.actual(actual(so_far)).again(again);
        (draft, so_far.map(|so_far| so_far < *limit), Reason::BondChangeLocked)
    });
}

/// The first instant of the next civil year.
fn next_year(day: Date) -> Option<OffsetDateTime> {
    let first = Date::from_calendar_date(day.year() + 1, Month::January, 1).ok()?;
    Some(civil::instant(first, Time::MIDNIGHT))
}
