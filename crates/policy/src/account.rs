//! Rules about the sharer's account: balance, minimum, what must be left, smallest allocation
//! yearly quota with its exception; and the same as numbers for a book.
//!
//! The balance is the caller's fact; whoever holds the lock on the account enforces it.

use money::{
    Yuan,
    ratio::{Rounding, share},
};
use standards::Pool;

use crate::{
    facts::{AccountFacts, PersonFacts},
    judge::{Draft, Judge, actual},
    parameter::{Parameter, Value},
    reason::Reason,
    resolve::{Resolved, strictest},
    rules::{Rules, Setting},
    standing::names,
    when::When,
    words::{Programme, Side},
};

/// Judges an amount that is to leave the sharer's account; `exception` tells whether R-077 raises the quota.
pub(crate) fn amounts(judge: &mut Judge<'_>, amount: Yuan, account: &AccountFacts, exception: Option<bool>) {
    let balance = account.balance;
    let draft = Draft::new("R-071", "balance", Side::Sharer).under_base(&judge.sharer);
    let draft = draft.limit("> 0.00").actual(actual(balance));
    judge.judge(draft, balance.map(Yuan::is_positive), Reason::BalanceZero);
    let draft = Draft::new("R-070", "balance", Side::Sharer).under_base(&judge.sharer);
    let draft = draft.limit(amount).actual(actual(balance));
    judge.judge(draft, balance.map(|balance| amount <= balance), Reason::InsufficientBalance);
    let least = |judge: &mut Judge<'_>, rule, parameter, found: Option<Yuan>, reason| {
        let stated = judge.strictest(parameter);
        judge.if_stated(rule, parameter, stated, |value, draft| {
            let limit = if let Value::Amount(limit) = value { Some(*limit) } else { None };
            let holds = limit.zip(found).map(|(limit, found)| found >= limit);
            (draft.actual(actual(found)), holds, reason)
        });
    };
    let below = Reason::BalanceBelowMinimum;
    least(judge, "R-072", Parameter::MinSourceBalance, balance, below);
    let left = balance.and_then(|balance| balance.minus(amount).ok());
    least(judge, "R-070", Parameter::MinLeft, left, below);
    least(judge, "R-073", Parameter::MinAllocation, Some(amount), Reason::BelowMinAllocation);
    quota(judge, amount, account, exception);
}

/// what is shared in a year stays within a share of the balance at its start.
fn quota(judge: &mut Judge<'_>, amount: Yuan, account: &AccountFacts, exception: Option<bool>) {
    let raised = judge.strictest(Parameter::RaisedAnnualRatio).filter(|_| exception == Some(true));
    let (rule, parameter, found) = match raised {
        Some(raised) => ("R-077", Parameter::RaisedAnnualRatio, Some(raised)),
        None => ("R-075", Parameter::AnnualRatio, judge.strictest(Parameter::AnnualRatio)),
    };
    let total = account.shared_this_year.and_then(|shared| shared.plus(amount).ok());
    judge.if_stated(rule, parameter, found, |value, draft| {
        let Value::Ratio(ratio) = value else { return (draft, None, Reason::AnnualQuotaExceeded) };
        // A quota never grows by rounding.
        let most = account.year_start_balance.and_then(|basis| share(basis, *ratio, Rounding::Down).ok());
        let draft = draft.limit(actual(most)).actual(actual(total));
        (draft, most.zip(total).map(|(most, total)| total <= most), Reason::AnnualQuotaExceeded)
    });
}

/// whether the beneficiary has a benefit for which other limits hold; `None` if that is not known.
pub(crate) fn exception(judge: &Judge<'_>, beneficiary: &PersonFacts) -> Option<bool> {
    let Some((_, setting)) = judge.strictest(Parameter::ExceptionBenefits) else { return Some(false) };
    let Some(value) = &setting.value else { return Some(false) };
    let standing = beneficiary.standing.as_ref()?;
    standing.benefit_on(judge.day, |kind| names(value, kind)).map(|found| found.is_some())
}

/// The limits on money that the sharer's book enforces; `None` where no rule states one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountLimits {
    /// What must be there before anything is taken.
    pub min_balance: Option<Yuan>,
    /// What must be there afterwards.
    pub min_left: Option<Yuan>,
    /// What may be taken in this civil year altogether.
    pub year_total: Option<Yuan>,
}

impl AccountLimits {
    /// What must be left in the account after `amount` was taken, so that both minimums are kept; `None` where no
    /// rule states one. To hold so much before is the same as to be left with so much less the amount.
    pub fn left_after(&self, amount: Yuan) -> Option<Yuan> {
        let less = |before: Yuan| before.minus(amount).unwrap_or(Yuan::ZERO).max(Yuan::ZERO);
        self.min_balance.map(less).max(self.min_left)
    }
}

/// The part of the balance at the start of the year that a rule of either side lets a sharer share in the year
/// with its origin; `None` where no rule states one. Whoever does not know that balance cannot keep it.
pub fn annual_ratio(
    programme: Programme,
    pools: [Pool; 2],
    rules: &Rules,
    when: impl Into<When>,
) -> Option<Setting> {
    let when = when.into();
    let [sharer, beneficiary] = pools.map(|pool| rules.resolve(programme, pool, when));
    let sides = [(Side::Sharer, &sharer), (Side::Beneficiary, &beneficiary)];
    let (_, setting) = strictest(Parameter::AnnualRatio, &sides)?;
    setting.value.is_some().then_some(setting)
}

/// The limits of both sides, the strictest of each.
pub fn account_limits(
    programme: Programme,
    [sharer, beneficiary]: [Pool; 2],
    year_start_balance: Option<Yuan>,
    rules: &Rules,
    when: impl Into<When>,
) -> AccountLimits {
    let when = when.into();
    let [sharer, beneficiary] = [sharer, beneficiary].map(|pool| rules.resolve(programme, pool, when));
    let sides: [(Side, &Resolved); 2] = [(Side::Sharer, &sharer), (Side::Beneficiary, &beneficiary)];
    let value = |parameter| strictest(parameter, &sides).and_then(|(_, setting)| setting.value);
    let amount = |parameter| match value(parameter) {
        Some(Value::Amount(amount)) => Some(amount),
        _ => None,
    };
    let year_total = match (value(Parameter::AnnualRatio), year_start_balance) {
        (Some(Value::Ratio(ratio)), Some(basis)) => share(basis, ratio, Rounding::Down).ok(),
        _ => None,
    };
    let (min_balance, min_left) = (amount(Parameter::MinSourceBalance), amount(Parameter::MinLeft));
    AccountLimits { min_balance, min_left, year_total }
}
