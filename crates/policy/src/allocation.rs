//! Judges an allocation (划拨) of a sharer into the own shared account: person, region
//! (R-006…R-008), amount and balance (R-070…R-075), how often a year.
//!
//! Nobody else takes part: for whom the account is used is judged at use.

use crate::{
    account::amounts,
    decision::Decision,
    facts::AllocationFacts,
    judge::{Draft, Judge, actual, sharer_pool},
    parameter::{Parameter, Value},
    reason::Reason,
    rules::Rules,
    when::When,
    words::{Programme, Side},
};

/// Judges an allocation; all verdicts are on the sharer's side.
pub fn decide_allocation(facts: &AllocationFacts, rules: &Rules, when: impl Into<When>) -> Decision {
    let sharer = &facts.sharer;
    let mut judge = Judge::between(rules, Programme::LocalAllocation, sharer, sharer, when.into());
    // Where the account is decides alone, also for somebody whose wallet is elsewhere.
    judge.beneficiary = judge.sharer.clone();
    if judge.sharer.base.is_none() {
        judge.no_rule(Draft::new("R-106", "programme", Side::Sharer).actual(Programme::LocalAllocation));
    }
    judge.alive(Side::Sharer, sharer);
    judge.insured(Side::Sharer, sharer);
    judge.not_barred(sharer);
    judge.standing(Side::Sharer, sharer);
    let pool = sharer_pool(sharer, judge.day);
    judge.region_open(Side::Sharer, pool, sharer.enrolments.is_some());
    let draft = Draft::new("R-106", "amount", Side::Sharer).under_base(&judge.sharer);
    let draft = draft.limit("> 0.00").actual(facts.amount);
    judge.judge(draft, Some(facts.amount.is_positive()), Reason::FieldInvalid);
    amounts(&mut judge, facts.amount, &facts.account, Some(false));
    let found = judge.strictest(Parameter::AllocationsPerYear);
    let so_far = facts.allocations_this_year;
    judge.if_stated("R-074", Parameter::AllocationsPerYear, found, |value, draft| {
        let Value::Count(limit) = value else { return (draft, None, Reason::PeriodCap) };
        (draft.actual(actual(so_far)), so_far.map(|so_far| so_far < *limit), Reason::PeriodCap)
    });
    judge.close()
}
