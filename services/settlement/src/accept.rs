//! 转账: decides a transfer in one fold: tombstones, counts, rules; then the slot, the pair and everything that
//! later commands contain are stored together, or the refusal is remembered.
//!
//! The facts about persons and bond were fetched before. Balances are the book's to judge. A decision is not stored: it
//! is judged again from the facts in its record, with the rules that were known when it was made.

use border::verdict;
use chassis::{
    batch::{Moment, Verdict},
    status::Refusal,
};
use money::Yuan;
use policy::{
    Decision, Parameter, Programme, Reason, Rules, Ruling, Side, TransferContext, TransferFacts, Value, When,
    account_limits, annual_ratio, decide_transfer, strictest, transfer_deadlines,
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
    let day = civil::day(moment.at);
    let judged = judged(rows, accept, facts, day);
    let decision = decide_transfer(&judged, &keeper.rules, moment.at);
    match decision.ruling() {
        Ruling::Refused(verdict) => refused(accept, verdict::refusal(verdict, decision.refusing())),
        Ruling::Undecided(verdict) => undecided(verdict::refusal(verdict, decision.refusing())),
        Ruling::Allowed => match unsupported(&judged, &decision, &keeper.rules, moment.at) {
            Some(refusal) => refused(accept, refusal),
            None => allowed(keeper, rows, accept, &judged, moment),
        },
    }
}

/// What surrounds a transfer; the balance of a personal account is the book's to judge.
pub(crate) const fn context(online: bool, source: Source) -> TransferContext {
    TransferContext { online, from_own_wallet: matches!(source, Source::OwnWallet), account: None }
}

/// What the rules ask for or allow and this release cannot do; it is refused, never done without the rule. Quota of the
/// own wallet (R-105) is held by no earmark, and a quota of the year (R-075) is a part of a balance that no book tells.
pub(crate) fn unsupported(
    facts: &TransferFacts,
    decision: &Decision,
    rules: &Rules,
    at: OffsetDateTime,
) -> Option<Refusal> {
    if facts.context.as_ref().is_some_and(|context| context.from_own_wallet) {
        let onward = Parameter::OnwardTransfer.name();
        let rule = decision.verdicts.iter().find(|verdict| verdict.parameter == onward);
        return Some(error::own_wallet_not_supported(rule));
    }
    let from = facts.sharer.account_enrolment(civil::day(at)).map(|enrolment| enrolment.pool);
    let (from, to) = from.zip(facts.beneficiary.place_of_use)?;
    let ratio = annual_ratio(facts.programme, [from, to], rules, at)?;
    Some(error::annual_quota_not_supported(&ratio))
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
        context: Some(context(accept.online, accept.source)),
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
    let pools = [sharer_pool, place_of_use];
    let limits = account_limits(accept.programme, pools, None, &keeper.rules, at);
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
        min_left: limits.left_after(accept.amount),
        year_total: limits.year_total,
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
    let limit = day_limit(&keeper.rules, accept.programme, pools, at);
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
    Verdict::Record(Outcome::Accepted { sharer: accept.sharer, sent_today, known: Some(keeper.known) })
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
    source: Source,
    sharer: PersonId,
    beneficiary: PersonId,
    /// Not in records from before it was asked for.
    #[serde(default)]
    online: Option<bool>,
    facts: Kept,
}

/// The decision of a transfer that was accepted at `at`, judged again from the facts in its record with the rules that
/// were known then: what is recorded later does not change it, whatever its first day.
///
/// # Errors
/// If the body is not that of an acceptance.
pub(crate) fn decision_of(
    body: &str,
    rules: &Rules,
    at: OffsetDateTime,
) -> Result<Decision, serde_json::Error> {
    let Recorded { command: Asked::Accept(basis), outcome } = serde_json::from_str(body)?;
    let Outcome::Accepted { sent_today, known, .. } = outcome else {
        return Err(serde::de::Error::custom("the record does not accept a transfer"));
    };
    let Basis { programme, amount, source, .. } = basis;
    let Facts { bond, sharer, beneficiary } = basis.facts.facts(basis.sharer, basis.beneficiary)?;
    let (sent_today, unclaimed) = (Some(sent_today), Some(0));
    let context = basis.online.map(|online| context(online, source));
    let judged =
        TransferFacts { programme, bond, amount, sharer, beneficiary, sent_today, unclaimed, context };
    let when = known.map_or_else(|| When::at(at), |known| When::known_at(at, known));
    Ok(decide_transfer(&judged, rules, when))
}

/// The limit that the table repeats as a check (R-078); the largest number where no rule states one.
fn day_limit(rules: &Rules, programme: Programme, pools: [Pool; 2], at: OffsetDateTime) -> i32 {
    let [sharer, beneficiary] = pools.map(|pool| rules.resolve(programme, pool, at));
    let sides = [(Side::Sharer, &sharer), (Side::Beneficiary, &beneficiary)];
    let found = strictest(Parameter::DailyCount, &sides).and_then(|(_, setting)| setting.value);
    match found {
        Some(Value::Count(count)) => i32::try_from(count).unwrap_or(i32::MAX),
        _ => i32::MAX,
    }
}

#[cfg(test)]
mod tests {
    use policy::{BondStanding, Enrolment, EnrolmentStatus, PersonFacts, Scheme, VerdictResult, WalletState};
    use standards::{BondId, TransferId};
    use time::macros::{date, datetime};
    use uuid::Uuid;

    use super::*;
    use crate::command::Command;

    /// A correction of the national limits, recorded a year later with a day before the transfer.
    const LATER: &str = r#"
        [[version]]
        id = "LATER"
        supersedes = "NAT-WALLET-2026-1"
        programme = "WALLET"
        region = "000000"
        valid_from = "2026-01-09"
        recorded_at = "2027-01-01T00:00:00+08:00"
        source = "更正"
        confidence = "SAMPLE"
        last_verified_day = "2027-01-01"

        [version.parameters]
        single_limit = "1.00"
    "#;

    fn person(person: PersonId, scheme: Scheme, pool: &str) -> PersonFacts {
        let pool = pool.parse().expect("a pool");
        let enrolment = Enrolment {
            scheme,
            has_personal_account: scheme.is_employee(),
            pool,
            status: EnrolmentStatus::Normal,
            valid_from: date!(2020 - 01 - 01),
            valid_to: None,
        };
        PersonFacts {
            person,
            deceased: Some(false),
            enrolments: Some(vec![enrolment]),
            place_of_use: Some(pool),
            wallet: Some(WalletState::Active),
            standing: None,
        }
    }

    /// The record of an acceptance.
    fn recorded(known: Option<OffsetDateTime>) -> String {
        let [sharer, beneficiary] = [1, 2].map(|n| PersonId::new(Uuid::from_u128(n)));
        let accept = Accept {
            transfer: TransferId::new(Uuid::from_u128(3)),
            programme: Programme::Wallet,
            bond: BondId::new(Uuid::from_u128(4)),
            amount: Yuan::from_fen(10_000),
            source: Source::PersonalAccount,
            beneficiary,
            sharer,
            online: true,
            assertion: String::new(),
            trace: None,
            facts: Some(Facts {
                bond: Some(BondStanding { active: true, programme: Programme::Wallet }),
                sharer: person(sharer, Scheme::Employee, "320100"),
                beneficiary: person(beneficiary, Scheme::Resident, "510100"),
            }),
        };
        let outcome = Outcome::Accepted { sharer, sent_today: 0, known };
        serde_json::json!({ "command": Command::Accept(Box::new(accept)), "outcome": outcome }).to_string()
    }

    #[test]
    fn a_version_recorded_later_with_an_earlier_day_does_not_change_what_was_decided() {
        let at = datetime!(2026-01-15 10:00 +8);
        let (old, new) = (Rules::built_in(), Rules::built_in_with(&[("later.toml", LATER)]).expect("rules"));
        let body = recorded(Some(old.recorded_through()));
        let decided = decision_of(&body, &old, at).expect("a record");
        assert!(decided.allowed, "{decided:?}");
        assert_eq!(decision_of(&body, &new, at).expect("a record"), decided);
        // Whoever knew it decided by it.
        let knew = recorded(Some(new.recorded_through()));
        assert!(!decision_of(&knew, &new, at).expect("a record").allowed);
    }

    #[test]
    fn a_record_from_before_knowledge_was_kept_is_judged_with_every_rule() {
        let at = datetime!(2026-01-15 10:00 +8);
        let body = recorded(None);
        assert!(!body.contains("known"), "{body}");
        let decided = decision_of(&body, &Rules::built_in(), at).expect("a record");
        assert!(decided.allowed && decided.known_at.is_none(), "{decided:?}");
        assert!(decided.verdicts.iter().any(|verdict| verdict.result == VerdictResult::Pass));
    }
}
