//! What a person may do now and later: the largest amount, the next window, the deadlines of a transfer.
//!
//! Answers for a quote; nothing is promised by them, since facts may change before the transfer is sent.

use money::Yuan;
use standards::{Pool, civil};
use time::{Duration, OffsetDateTime, Time};

use crate::{
    decision::Verdict,
    facts::TransferFacts,
    judge::{beneficiary_pool, sharer_pool},
    parameter::{Parameter, Value},
    region::Region,
    resolve::{Resolved, strictest},
    rules::Rules,
    transfer::{decide_transfer, opening_at_or_after},
    when::When,
    words::{Programme, Side},
};

/// The deadlines of a transfer, resolved for both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferDeadlines {
    /// From this instant on it can no longer be claimed and goes back.
    pub claim_until: OffsetDateTime,
    /// By this instant it is back, or somebody is called.
    pub return_by: OffsetDateTime,
    /// Whether the sharer may take it back before it is claimed.
    pub sharer_may_cancel: bool,
}

/// Both sides of a transfer under the rules of their regions.
struct Sides {
    sharer: Resolved,
    beneficiary: Resolved,
}

impl Sides {
    fn new(rules: &Rules, programme: Programme, pools: [Option<Pool>; 2], when: When) -> Self {
        let [sharer, beneficiary] = pools.map(|pool| {
            let region = pool.map_or(Region::Nation, Region::from);
            rules.resolve_region(programme, region, when)
        });
        Self { sharer, beneficiary }
    }

    fn value(&self, parameter: Parameter) -> Option<Value> {
        let sides = [(Side::Sharer, &self.sharer), (Side::Beneficiary, &self.beneficiary)];
        strictest(parameter, &sides).and_then(|(_, setting)| setting.value)
    }

    fn clock(&self, parameter: Parameter) -> Option<Time> {
        if let Some(Value::Clock(clock)) = self.value(parameter) { Some(clock) } else { None }
    }
}

/// The largest amount that a transfer with these facts could have now: 0.00 if anything but the amount stands in
/// the way, else the single limit or what the sharer has, if that is less and known.
///
/// `None` if no rule limits one transfer and the balance is not known.
pub fn largest_amount_now(
    facts: &TransferFacts,
    available: Option<Yuan>,
    rules: &Rules,
    when: impl Into<When>,
) -> Option<Yuan> {
    let when = when.into();
    // One fen is inside every limit, so whatever still refuses is not about the amount.
    let smallest = TransferFacts { amount: Yuan::from_fen(1), ..facts.clone() };
    if decide_transfer(&smallest, rules, when).verdicts.iter().any(Verdict::refuses) {
        return Some(Yuan::ZERO);
    }
    let day = civil::day(when.at);
    let pools = [sharer_pool(&facts.sharer, day), beneficiary_pool(&facts.beneficiary, day)];
    let limit = match Sides::new(rules, facts.programme, pools, when).value(Parameter::SingleLimit) {
        Some(Value::Amount(limit)) => Some(limit),
        _ => None,
    };
    limit.into_iter().chain(available.map(|available| available.max(Yuan::ZERO))).min()
}

/// The first instant from `at` on at which the window of both sides is open: `at` itself inside the window.
///
/// `None` if no window is in force, or if the two windows never meet.
pub fn next_window_time(
    programme: Programme,
    sharer_pool: Pool,
    beneficiary_pool: Pool,
    rules: &Rules,
    when: impl Into<When>,
) -> Option<OffsetDateTime> {
    let when = when.into();
    let sides = Sides::new(rules, programme, [Some(sharer_pool), Some(beneficiary_pool)], when);
    let (open, close) = (sides.clock(Parameter::WindowOpen)?, sides.clock(Parameter::WindowClose)?);
    (open < close).then(|| opening_at_or_after(open, close, when.at))
}

/// The deadlines of a transfer that is accepted at `at`; they fall on the next civil day.
///
/// `None` if the programme has none there and then.
pub fn transfer_deadlines(
    programme: Programme,
    sharer_pool: Pool,
    beneficiary_pool: Pool,
    rules: &Rules,
    when: impl Into<When>,
) -> Option<TransferDeadlines> {
    let when = when.into();
    let sides = Sides::new(rules, programme, [Some(sharer_pool), Some(beneficiary_pool)], when);
    let next_day = civil::day(when.at).saturating_add(Duration::DAY);
    let return_by = sides.clock(Parameter::ReturnBy)?;
    let claim_until = sides.clock(Parameter::ClaimUntil)?.min(return_by);
    Some(TransferDeadlines {
        claim_until: civil::instant(next_day, claim_until),
        return_by: civil::instant(next_day, return_by),
        sharer_may_cancel: sides.value(Parameter::SharerMayCancel) == Some(Value::Flag(true)),
    })
}
