//! 转账: decides a transfer in one fold: tombstones, counts, rules; then the slot, the pair and everything that
//! later commands contain are stored together, or the refusal is remembered.
//!
//! The facts about persons and bond were fetched before. Balances are the book's to judge.

use chassis::{
    batch::{Moment, Verdict},
    status::Refusal,
};
use money::Yuan;
use policy::{
    Decision, Parameter, Programme, Reason, Rules, Ruling, Side, TransferContext, TransferFacts, Value,
    decide_transfer, strictest, transfer_deadlines,
};
use saga::State;
use serde::Deserialize;
use standards::{PersonId, Pool, civil};
use time::{Date, OffsetDateTime};

use crate::{
    command::{Accept, Facts, Outcome},
    error,
    keeper::{Ended, Keeper, Rows},
    kept::Kept,
    transfer::{Pinned, Source, Transfer},
};

/// Decides a transfer that somebody asks for.
pub(crate) fn decide(keeper: &Keeper, rows: &mut Rows, accept: &Accept, moment: Moment) -> Verdict<Outcome> {
    let Some(facts) = &accept.facts else { return Verdict::Answer(Outcome::NeedsFacts) };
    if facts.bond.is_none() {
        return refused(accept, error::bond_unknown());
    }
    if accept.source == Source::OwnWallet {
        return refused(accept, error::by_reason(Reason::NotForThisProgramme, "R-105"));
    }
    let day = civil::day(moment.at);
    let judged = judged(rows, accept, facts, day);
    let decision = decide_transfer(&judged, &keeper.rules, moment.at);
    match decision.ruling() {
        Ruling::Refused(verdict) => refused(accept, error::by_verdict(verdict, &decision)),
        Ruling::Undecided(verdict) => undecided(error::by_verdict(verdict, &decision)),
        Ruling::Allowed => allowed(keeper, rows, accept, &judged, moment),
    }
}

/// What surrounds a transfer out of a personal account; its balance is the book's to judge.
pub(crate) const fn context(online: bool) -> TransferContext {
    TransferContext { online, from_own_wallet: false, account: None }
}

fn refused(accept: &Accept, refusal: Refusal) -> Verdict<Outcome> {
    Verdict::Record(Outcome::Refused { sharer: accept.sharer, refusal })
}

fn undecided(refusal: Refusal) -> Verdict<Outcome> {
    Verdict::Answer(Outcome::Undecided { refusal })
}

/// The facts as of the locked head: what has ended since they were fetched has ended, and the counts are true.
fn judged(rows: &Rows, accept: &Accept, facts: &Facts, day: Date) -> TransferFacts {
    let mut judged = TransferFacts {
        programme: accept.programme,
        bond: facts.bond.clone(),
        amount: accept.amount,
        sharer: facts.sharer.clone(),
        beneficiary: facts.beneficiary.clone(),
        sent_today: Some(rows.slots.get(&(accept.sharer, day)).map_or(0, |slot| slot.in_use())),
        unclaimed: Some(
            rows.pairs
                .get(&(accept.sharer, accept.beneficiary))
                .map_or(0, |pair| u32::from(pair.now.is_some())),
        ),
        context: Some(context(accept.online)),
    };
    if let Some(bond) = judged.bond.as_mut()
        && rows.tombstones.contains_key(&Ended::Bond(accept.bond))
    {
        bond.active = false;
    }
    for person in [&mut judged.sharer, &mut judged.beneficiary] {
        if rows.tombstones.contains_key(&Ended::Person(person.person)) {
            person.deceased = Some(true);
        }
    }
    judged
}

fn allowed(
    keeper: &Keeper,
    rows: &mut Rows,
    accept: &Accept,
    judged: &TransferFacts,
    moment: Moment,
) -> Verdict<Outcome> {
    let at = moment.at;
    let day = civil::day(at);
    let sharer_pool = judged.sharer.account_enrolment(day).map(|enrolment| enrolment.pool);
    let (Some(sharer_pool), Some(place_of_use)) = (sharer_pool, judged.beneficiary.place_of_use) else {
        return undecided(Refusal::feed_behind("identity"));
    };
    let Some(deadlines) = transfer_deadlines(accept.programme, sharer_pool, place_of_use, &keeper.rules, at)
    else {
        return refused(accept, error::by_reason(Reason::NotForThisProgramme, "R-103"));
    };
    let side = keeper.rules.resolve(accept.programme, sharer_pool, at);
    let pinned = Pinned {
        id: accept.transfer,
        definition: saga::DEFINITION,
        programme: accept.programme,
        source: accept.source,
        bond: accept.bond,
        sharer: accept.sharer,
        beneficiary: accept.beneficiary,
        sharer_pool,
        place_of_use,
        amount: accept.amount,
        min_left: side.amount(Parameter::MinSourceBalance),
        year_total: None,
        civil_day: day,
        assertion: accept.assertion.clone(),
        trace: accept.trace.clone(),
        accepted_at: at,
        claim_until: deadlines.claim_until,
        return_by: deadlines.return_by,
    };
    for book in [pinned.sharer_book(), pinned.beneficiary_book()] {
        if !keeper.books.contains(&book) {
            return undecided(error::no_book(book));
        }
    }
    let limit = day_limit(&keeper.rules, accept.programme, [sharer_pool, place_of_use], at);
    // The wallet itself opens the lot at once where its owner wants that; the book's record tells.
    let state = State::accepted(false);
    let transfer = Transfer {
        pinned: std::sync::Arc::new(pinned),
        version: 1,
        state,
        claim_assertion: String::new(),
        claimed_at: None,
        ended_at: None,
        park: None,
    };
    rows.insert(transfer, moment.sequence, limit);
    let sent_today = judged.sent_today.unwrap_or_default();
    Verdict::Record(Outcome::Accepted { sharer: accept.sharer, sent_today })
}

/// What the record of an acceptance says, as far as the decision needs it.
#[derive(Deserialize)]
struct Recorded {
    command: Asked,
    outcome: Outcome,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Asked {
    Accept(Basis),
}

#[derive(Deserialize)]
struct Basis {
    programme: Programme,
    amount: Yuan,
    sharer: PersonId,
    beneficiary: PersonId,
    /// Not in records from before it was asked for.
    #[serde(default)]
    online: Option<bool>,
    facts: Kept,
}

/// The decision of a transfer that was accepted at `at`, judged again from the facts in its record.
///
/// # Errors
/// If the body is not that of an acceptance.
pub(crate) fn decision_of(
    body: &str,
    rules: &Rules,
    at: OffsetDateTime,
) -> Result<Decision, serde_json::Error> {
    let Recorded { command: Asked::Accept(basis), outcome } = serde_json::from_str(body)?;
    let Outcome::Accepted { sent_today, .. } = outcome else {
        return Err(serde::de::Error::custom("the record does not accept a transfer"));
    };
    let Basis { programme, amount, .. } = basis;
    let Facts { bond, sharer, beneficiary } = basis.facts.facts(basis.sharer, basis.beneficiary)?;
    let (sent_today, unclaimed) = (Some(sent_today), Some(0));
    let context = basis.online.map(context);
    let judged =
        TransferFacts { programme, bond, amount, sharer, beneficiary, sent_today, unclaimed, context };
    Ok(decide_transfer(&judged, rules, at))
}

/// The limit that the table repeats as a check; the largest number where no rule states one.
fn day_limit(rules: &Rules, programme: Programme, pools: [Pool; 2], at: OffsetDateTime) -> i32 {
    let [sharer, beneficiary] = pools.map(|pool| rules.resolve(programme, pool, at));
    let sides = [(Side::Sharer, &sharer), (Side::Beneficiary, &beneficiary)];
    let found = strictest(Parameter::DailyCount, &sides).and_then(|(_, setting)| setting.value);
    match found {
        Some(Value::Count(count)) => i32::try_from(count).unwrap_or(i32::MAX),
        _ => i32::MAX,
    }
}
