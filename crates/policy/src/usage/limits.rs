//! Limits of one use and of a month, by category.
//!
//! The uses of the month are the caller's count.

use money::Yuan;

use crate::{
    facts::MonthSoFar,
    judge::{Draft, Judge, actual},
    parameter::{Parameter, Value},
    reason::Reason,
    rules::Setting,
    words::{Category, Side},
};

/// where the patient has an exception: lifted altogether, or another limit.
pub(super) fn per_use(judge: &mut Judge<'_>, category: Category, amount: Yuan, excepted: Option<bool>) {
    let Some((side, setting)) = judge.strictest(Parameter::PerUseLimit) else { return };
    let Some(plain) = limit(&setting, category) else {
        let draft = Draft::new("R-076", Parameter::PerUseLimit.name(), side).under(&setting.origin);
        return judge.not_applicable(draft.actual(amount));
    };
    let lifted = judge.strictest(Parameter::LiftedPerUseLimit).filter(
        |(_, lifted)| matches!(&lifted.value, Some(Value::Words(words)) if words.contains(category.name())),
    );
    let raised = judge.strictest(Parameter::RaisedPerUseLimit);
    let raised = raised.and_then(|(side, raised)| limit(&raised, category).map(|most| (side, raised, most)));
    let other = lifted.is_some() || raised.is_some();
    if let (Some((side, lifted)), Some(true)) = (&lifted, excepted) {
        let draft = Draft::new("R-077", Parameter::LiftedPerUseLimit.name(), *side).under(&lifted.origin);
        return judge.judge(draft.actual(amount), Some(true), Reason::PerUseLimit);
    }
    if let (Some((side, raised, most)), Some(true)) = (&raised, excepted) {
        let draft = Draft::new("R-077", Parameter::RaisedPerUseLimit.name(), *side).under(&raised.origin);
        return judge.judge(draft.limit(most).actual(amount), Some(amount <= *most), Reason::PerUseLimit);
    }
    let draft = Draft::new("R-076", Parameter::PerUseLimit.name(), side).under(&setting.origin);
    // Within the plain limit an exception does not matter, and need not be known.
    let holds = match (amount <= plain, other, excepted) {
        (true, ..) => Some(true),
        (false, true, None) => None,
        (false, ..) => Some(false),
    };
    judge.judge(draft.limit(plain).actual(amount), holds, Reason::PerUseLimit);
}

/// how many uses and how much in a civil month.
pub(super) fn per_month(judge: &mut Judge<'_>, category: Category, amount: Yuan, so_far: Option<MonthSoFar>) {
    let found = judge.strictest(Parameter::MonthlyCount);
    if let Some((side, setting)) = found
        && let Some(Value::Counts(table)) = &setting.value
        && let Some(most) = table.get(category.name())
    {
        let count = so_far.map(|month| month.count);
        let draft = draft(Parameter::MonthlyCount, side, &setting).limit(most).actual(actual(count));
        judge.judge(draft, count.map(|count| count < *most), Reason::PeriodCap);
    }
    if let Some((side, setting)) = judge.strictest(Parameter::MonthlyAmount)
        && let Some(most) = limit(&setting, category)
    {
        let total = so_far.and_then(|month| month.amount.plus(amount).ok());
        let draft = draft(Parameter::MonthlyAmount, side, &setting).limit(most).actual(actual(total));
        judge.judge(draft, total.map(|total| total <= most), Reason::PeriodCap);
    }
}

fn draft(parameter: Parameter, side: Side, setting: &Setting) -> Draft {
    Draft::new("R-080", parameter.name(), side).under(&setting.origin)
}

fn limit(setting: &Setting, category: Category) -> Option<Yuan> {
    match &setting.value {
        Some(Value::Amounts(table)) => table.get(category.name()).copied(),
        _ => None,
    }
}
