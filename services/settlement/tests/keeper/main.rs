//! The keeper through a running writer on a real database: acceptance and its limits, versions, tombstones,
//! draw-downs, obligations, ownership. The peers' answers are given.

mod bench;
mod follow;
mod life;
mod limits;
mod owners;
mod standing;

use bench::{Pair, accept, bench, on, pair, person, yuan};
use chassis::batch::{Answer, Lane};
use saga::{ReturnCause, State};
use settlement::command::{BondItem, Command, Items, Outcome, PersonItem};

fn to_others(of: Pair) -> Pair {
    Pair { bond: pair().bond, beneficiary: person(), ..of }
}

#[tokio::test]
async fn r_078_of_64_transfers_at_once_exactly_3_are_accepted() {
    let (first, family) = (bench().await, pair());
    // Two processes decide at the same time; the table itself counts.
    let second = on(first.url.clone(), first.clock.clone()).await;
    let commands =
        || (0..32).map(|_| Command::Accept(Box::new(accept(to_others(family))))).collect::<Vec<_>>();
    let (left, right) = tokio::join!(
        first.writer.submit_all(Lane::Interactive, commands()),
        second.writer.submit_all(Lane::Interactive, commands()),
    );
    let answers = left.expect("there is room").into_iter().chain(right.expect("there is room"));
    let (mut accepted, mut refused) = (0, 0);
    for answer in answers {
        match answer.expect("decided").into_outcome().expect("a new id") {
            Outcome::Accepted { .. } => accepted += 1,
            Outcome::Refused { refusal, .. } => {
                assert_eq!(
                    (refusal.reason.as_str(), refusal.rule.as_str()),
                    ("DAILY_TRANSFER_COUNT", "R-078")
                );
                assert_eq!((refusal.limit.as_str(), refusal.actual.as_str()), ("3", "3"));
                assert!(refusal.possible_again.is_some() && !refusal.source.is_empty());
                refused += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((accepted, refused), (3, 61));
    assert_eq!(first.count("SELECT count(*) FROM transfer").await, 3);
    assert_eq!(first.count("SELECT n::bigint FROM day_slot").await, 3);
}

#[tokio::test]
async fn r_103_a_pair_has_one_unclaimed_transfer_at_a_time() {
    let (bench, family) = (bench().await, pair());
    let id = bench.pending(family).await;
    assert_eq!(bench.refused(family).await, "PENDING_TRANSFER_EXISTS");
    bench.outcome(Command::Claim(bench::ask(id))).await;
    assert_eq!(bench.refused(family).await, "PENDING_TRANSFER_EXISTS");
    bench.step(id, &[bench::done(11, "0")]).await;
    bench.accepted(family).await;
}

#[tokio::test]
async fn r_079_at_22_00_nothing_is_accepted_and_nothing_counted() {
    let (bench, family) = (bench().await, pair());
    bench.clock.shift_to(time::macros::datetime!(2026-01-15 22:00 +8)).expect("forwards");
    assert_eq!(bench.refused(family).await, "OUTSIDE_TRANSFER_WINDOW");
    assert_eq!(bench.count("SELECT count(*) FROM day_slot").await, 0);
}

#[tokio::test]
async fn a_known_id_is_answered_without_facts_and_never_decided_again() {
    let (bench, family) = (bench().await, pair());
    let asked = accept(family);
    let command = |facts| Command::Accept(Box::new(settlement::command::Accept { facts, ..asked.clone() }));
    let first = bench.answer(command(asked.facts.clone())).await;
    let known = Some(policy::Rules::built_in().recorded_through());
    let outcome = Outcome::Accepted { sharer: family.sharer, sent_today: 0, known };
    assert!(
        matches!(&first, Answer::Fresh { sequence: Some(1), outcome: now, .. } if *now == outcome),
        "{first:?}"
    );
    bench.clock.shift_to(time::macros::datetime!(2026-01-15 23:00 +8)).expect("forwards");
    assert_eq!(bench.answer(command(None)).await, Answer::Repeated { sequence: 1, outcome });
    let mut other = asked.clone();
    other.amount = yuan("100.01");
    assert_eq!(bench.answer(Command::Accept(Box::new(other))).await, Answer::IdReused);
    let mut unknown = accept(family);
    unknown.facts = None;
    let answer = bench.answer(Command::Accept(Box::new(unknown))).await;
    assert!(
        matches!(answer, Answer::Fresh { sequence: None, outcome: Outcome::NeedsFacts, .. }),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_refusal_is_remembered_although_it_would_be_accepted_later() {
    let (bench, family) = (bench().await, pair());
    let mut asked = accept(family);
    if let Some(bond) = asked.facts.as_mut().and_then(|facts| facts.bond.as_mut()) {
        bond.active = false;
    }
    let reason = |outcome| match outcome {
        Outcome::Refused { refusal, .. } => refusal.reason.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(bench.outcome(Command::Accept(Box::new(asked.clone()))).await), "BOND_NOT_ACTIVE");
    asked.facts = accept(family).facts;
    assert_eq!(reason(bench.outcome(Command::Accept(Box::new(asked.clone()))).await), "BOND_NOT_ACTIVE");
    let mut unknown = accept(family);
    if let Some(facts) = unknown.facts.as_mut() {
        facts.bond = None;
    }
    assert_eq!(reason(bench.outcome(Command::Accept(Box::new(unknown))).await), "BOND_UNKNOWN");
    assert_eq!(bench.count("SELECT count(*) FROM transfer").await, 0);
}

#[tokio::test]
async fn a_bond_that_ended_before_acceptance_refuses_whatever_older_facts_say() {
    let (bench, family) = (bench().await, pair());
    let ended = dissolved(family);
    assert_eq!(bench.follow("kinship", 0, 4, Items::Kinship(vec![ended])).await, Outcome::Stored);
    assert_eq!(bench.refused(family).await, "BOND_NOT_ACTIVE");
}

#[tokio::test]
async fn a_bond_that_ends_after_acceptance_turns_its_transfers_back() {
    let (bench, family) = (bench().await, pair());
    let (early, other) = (bench.accepted(family).await, pair());
    let elsewhere = bench.claimed(other).await;
    let ended = dissolved(family);
    assert_eq!(bench.follow("kinship", 0, 4, Items::Kinship(vec![ended])).await, Outcome::Stored);
    let state = bench.state(early).await.1;
    assert!(matches!(state, State::Closing { cause: ReturnCause::BondDissolved, .. }), "{state:?}");
    assert!(matches!(bench.state(elsewhere).await.1, State::Claimed { .. }));
    // A claim that comes now is refused with the reason.
    match bench.outcome(Command::Claim(bench::ask(early))).await {
        Outcome::NotAsked { refusal } => assert_eq!(refusal.reason, "BOND_NOT_ACTIVE"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn r_064_a_death_turns_claimed_transfers_back_and_stops_new_ones() {
    let (bench, family) = (bench().await, pair());
    let id = bench.claimed(family).await;
    let died = PersonItem { position: 3, person: family.sharer, deceased: true };
    assert_eq!(bench.follow("identity", 0, 3, Items::Identity(vec![died])).await, Outcome::Stored);
    let state = bench.state(id).await.1;
    assert!(matches!(state, State::Closing { cause: ReturnCause::Death, .. }), "{state:?}");
    assert_eq!(bench.refused(family).await, "DECEASED");
}

fn dissolved(of: Pair) -> BondItem {
    BondItem {
        position: 4,
        bond: of.bond,
        sharer: of.sharer,
        beneficiary: of.beneficiary,
        revision: 3,
        ended: Some(ReturnCause::BondDissolved),
    }
}
