//! Judges a transfer: bond, persons (R-020… ), regions (R-006…R-008), wallets (R-091,
//! R-101), amount and count, window, one unclaimed per pair.
//!
//! The counts are the caller's, taken under the lock that guards them. Balances are judged here only where the
//! caller brings them (R-070…R-075); the book judges them in any case.

use mistakes::{Mistake, made};
use money::Yuan;
use standards::civil;
use time::{Duration, OffsetDateTime, Time};

use crate::{
    account::{amounts, exception},
    decision::Decision,
    facts::{PersonFacts, TransferContext, TransferFacts},
    judge::{Draft, Judge, actual, beneficiary_pool, sharer_pool},
    parameter::{Parameter, Value, value::clock_text},
    reason::Reason,
    rules::Rules,
    when::When,
    words::{Side, WalletState},
};

/// Judges a transfer at the instant at which it is accepted.
pub fn decide_transfer(facts: &TransferFacts, rules: &Rules, when: impl Into<When>) -> Decision {
    let when = when.into();
    let mut judge = Judge::between(rules, facts.programme, &facts.sharer, &facts.beneficiary, when);
    let (sharer, beneficiary) = (&facts.sharer, &facts.beneficiary);
    bond(&mut judge, facts);
    judge.alive(Side::Sharer, sharer);
    judge.alive(Side::Beneficiary, beneficiary);
    judge.insured(Side::Sharer, sharer);
    judge.insured(Side::Beneficiary, beneficiary);
    let (from, to) = (sharer_pool(sharer, judge.day), beneficiary_pool(beneficiary, judge.day));
    judge.region_open(Side::Sharer, from, sharer.enrolments.is_some());
    judge.region_open(Side::Beneficiary, to, beneficiary.enrolments.is_some());
    judge.territory(sharer, beneficiary);
    judge.standing(Side::Sharer, sharer);
    judge.standing(Side::Beneficiary, beneficiary);
    wallet(&mut judge, Side::Sharer, sharer);
    wallet(&mut judge, Side::Beneficiary, beneficiary);
    let draft = Draft::new("R-100", "amount", Side::Sharer).under_base(&judge.sharer);
    let draft = draft.limit("> 0.00").actual(facts.amount);
    judge.judge(draft, Some(facts.amount.is_positive()), Reason::FieldInvalid);
    window(&mut judge);
    single_limit(&mut judge, facts.amount);
    let again = next_day_opening(&judge);
    count(&mut judge, Parameter::DailyCount, facts.sent_today, again);
    count(&mut judge, Parameter::UnclaimedPerPair, facts.unclaimed, again);
    if let Some(context) = &facts.context {
        in_context(&mut judge, facts, context);
    }
    judge.close()
}

/// and, where the balance is known here, R-070 to R-075.
fn in_context(judge: &mut Judge<'_>, facts: &TransferFacts, context: &TransferContext) {
    judge.activated(Side::Sharer, &facts.sharer, context.online);
    if context.from_own_wallet {
        let found = judge.strictest(Parameter::OnwardTransfer);
        judge.by("R-105", Parameter::OnwardTransfer, found, |value, draft| {
            let holds = *value == Value::Flag(true);
            (draft.actual("OWN_WALLET"), Some(holds), Reason::NotForThisProgramme)
        });
    }
    if let Some(account) = &context.account {
        let exception = exception(judge, &facts.beneficiary);
        amounts(judge, facts.amount, account, exception);
    }
}

/// the bond is in force and was made for this programme.
fn bond(judge: &mut Judge<'_>, facts: &TransferFacts) {
    let draft = Draft::new("R-057", "bond_state", Side::Sharer).under_base(&judge.sharer).limit("ACTIVE");
    let state = facts.bond.as_ref().map(|bond| if bond.active { "ACTIVE" } else { "NOT_ACTIVE" });
    let active = facts.bond.as_ref().map(|bond| bond.active);
    judge.judge(draft.actual(actual(state)), active, Reason::BondNotActive);
    let draft = Draft::new("R-005", "bond_programme", Side::Sharer).under_base(&judge.sharer);
    let draft = draft.limit(facts.programme).actual(actual(facts.bond.as_ref().map(|bond| bond.programme)));
    let same = facts.bond.as_ref().map(|bond| bond.programme == facts.programme);
    judge.judge(draft, same, Reason::NotForThisProgramme);
}

/// the wallet is open, in programmes that need one.
fn wallet(judge: &mut Judge<'_>, side: Side, person: &PersonFacts) {
    let rule = if side == Side::Sharer { "R-091" } else { "R-101" };
    let parameter = Parameter::BothWalletsOpen;
    let Some((_, setting)) = judge.strictest(parameter) else {
        return judge.no_rule(Draft::new(rule, parameter.name(), side));
    };
    let draft = Draft::new(rule, parameter.name(), side).under(&setting.origin);
    if setting.value != Some(Value::Flag(true)) {
        return judge.not_applicable(draft);
    }
    let reason = match person.wallet {
        Some(WalletState::Frozen) => Reason::WalletFrozen,
        Some(WalletState::PendingActivation) => Reason::WalletPendingActivation,
        _ => Reason::WalletNotOpen,
    };
    let holds = person.wallet.map(|state| state == WalletState::Active);
    judge.judge(draft.limit(WalletState::Active).actual(actual(person.wallet)), holds, reason);
}

/// the civil clock is inside the window; the opening minute is in, the closing minute is out.
fn window(judge: &mut Judge<'_>) {
    let (open, close) = (judge.strictest(Parameter::WindowOpen), judge.strictest(Parameter::WindowClose));
    let (Some((opens, open)), Some((closes, close))) = (open, close) else {
        return judge.no_rule(Draft::new("R-079", "transfer_window", Side::Sharer));
    };
    let origin = if opens == Side::Sharer { &close.origin } else { &open.origin };
    let side = if opens == Side::Sharer { closes } else { opens };
    let draft = Draft::new("R-079", "transfer_window", side).under(origin);
    let (Some(Value::Clock(open)), Some(Value::Clock(close))) = (open.value, close.value) else {
        return judge.not_applicable(draft);
    };
    let now = civil::clock(judge.at);
    let again = (open < close).then(|| opening_at_or_after(open, close, judge.at));
    let draft = draft.limit(format!("{}-{}", clock_text(open), clock_text(close)));
    let draft = draft.actual(clock_text(now)).again(again);
    let before = now < close || made(Mistake::WindowClosesLate) && now == close;
    judge.judge(draft, Some(open <= now && before), Reason::OutsideTransferWindow);
}

/// The first instant inside the window that is not before `at`.
pub(crate) fn opening_at_or_after(open: Time, close: Time, at: OffsetDateTime) -> OffsetDateTime {
    let (day, now) = (civil::day(at), civil::clock(at));
    if now < open {
        civil::instant(day, open)
    } else if now < close {
        at
    } else {
        civil::instant(day.saturating_add(Duration::DAY), open)
    }
}

/// When the next civil day's window opens: then the day's count and the pair's unclaimed transfer are gone.
fn next_day_opening(judge: &Judge<'_>) -> Option<OffsetDateTime> {
    let (_, open) = judge.strictest(Parameter::WindowOpen)?;
    let Some(Value::Clock(open)) = open.value else { return None };
    Some(civil::instant(judge.day.saturating_add(Duration::DAY), open))
}

/// the amount is within the limit of one transfer.
fn single_limit(judge: &mut Judge<'_>, amount: Yuan) {
    let found = judge.strictest(Parameter::SingleLimit);
    judge.by("R-078", Parameter::SingleLimit, found, |value, draft| {
        let holds = if let Value::Amount(limit) = value { Some(amount <= *limit) } else { None };
        (draft.actual(amount), holds, Reason::OverSingleTransferLimit)
    });
}

/// there is room for one more.
fn count(judge: &mut Judge<'_>, parameter: Parameter, so_far: Option<u32>, again: Option<OffsetDateTime>) {
    let (rule, reason) = match parameter {
        Parameter::DailyCount => ("R-078", Reason::DailyTransferCount),
        _ => ("R-103", Reason::PendingTransferExists),
    };
    let found = judge.strictest(parameter);
    judge.by(rule, parameter, found, |value, draft| {
        let Value::Count(limit) = value else { return (draft, None, reason) };
        (draft.actual(actual(so_far)).again(again), so_far.map(|so_far| so_far < *limit), reason)
    });
}
