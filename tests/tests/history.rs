//! What callers were answered is judged: a true history passes, and each lie in a reply and each row that vanishes
//! behind one is found. A run that proves nothing is void.

use std::{
    collections::BTreeMap,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use checker::{
    Ending, Hits, Observer, Plan, Run, Sources,
    history::{self, Call, Operation, Outcome, Recorder},
};
use e2e::{Altered, Family, Order, Scene, Witness, pool, time_of};
use futures::poll;
use testkit::desk::Bill;
use tokio::task::JoinSet;
use tonic::{Code, Status};
use uuid::Uuid;

const HOSPITAL: &str = "H51010400123";

/// What turns a true call into a lie.
type Lie = fn(&mut Call);

/// Of which operation the first ok call is altered, and how.
const LIES: &[(Operation, &str, Lie)] = &[
    (Operation::Transfer, "another amount", |call| reply(call).amount = Some(1)),
    (Operation::Transfer, "another id", |call| reply(call).id = Uuid::nil()),
    (Operation::Transfer, "an end that did not come", |call| reply(call).state = "REFUSED".to_owned()),
    (Operation::Transfer, "another amount was asked for", |call| call.asked.amount = Some(1)),
    (Operation::Transfer, "refused", refused),
    (Operation::Transfer, "a transfer that is nowhere", |call| call.key = Uuid::nil()),
    (Operation::Claim, "another amount", |call| reply(call).amount = Some(1)),
    (Operation::Claim, "another transfer", |call| call.asked.about = Some(Uuid::nil())),
    (Operation::Claim, "refused", refused),
    (Operation::Claim, "a claim that is nowhere", |call| call.key = Uuid::nil()),
    (Operation::Decline, "refused", refused),
    (Operation::Decline, "a wish that is nowhere", |call| call.key = Uuid::nil()),
    (Operation::Payment, "another amount", |call| reply(call).amount = Some(1)),
    (Operation::Payment, "another record", |call| reply(call).sequence = Some(1)),
    (Operation::Payment, "paid from the own account", |call| reply(call).own = Some(1)),
    (Operation::Payment, "less shared quota", |call| reply(call).shared = Some(1)),
    (Operation::Payment, "cash", |call| reply(call).cash = Some(1)),
    (Operation::Payment, "another balance", |call| reply(call).available = Some(1)),
    (Operation::Payment, "a refund that never was", |call| reply(call).refunded = Some(1)),
    (Operation::Payment, "refunded already", |call| reply(call).state = "REFUNDED".to_owned()),
    (Operation::Payment, "another patient", |call| call.asked.about = Some(Uuid::nil())),
    (Operation::Payment, "refused", refused),
    (Operation::Payment, "a payment that is nowhere", |call| call.key = Uuid::nil()),
    (Operation::Payment, "no content", |call| call.reply = None),
    (Operation::Refund, "another amount", |call| reply(call).amount = Some(1)),
    (Operation::Refund, "all of it", |call| reply(call).state = "REFUNDED".to_owned()),
    (Operation::Refund, "another payment", |call| call.asked.about = Some(Uuid::nil())),
    (Operation::Refund, "refused", refused),
    (Operation::Refund, "a refund that is nowhere", |call| call.key = Uuid::nil()),
    (Operation::Reversal, "not reversed", |call| reply(call).state = "PAID".to_owned()),
    (Operation::Reversal, "refused", refused),
    (Operation::Reversal, "another payment", |call| call.asked.about = Some(Uuid::nil())),
    (Operation::Credit, "another balance", |call| reply(call).available = Some(1)),
    (Operation::Credit, "another amount", |call| call.asked.amount = Some(1)),
    (Operation::Credit, "refused", refused),
    (Operation::Credit, "a credit that is nowhere", |call| call.key = Uuid::nil()),
    (Operation::Refund, "done before all that stands before it", |call| {
        (call.invoked.micros, call.ended.micros) = (0, 0);
    }),
];

/// A row that an ok stands on, and the statement that takes it away.
const VANISHED: &[(Operation, &str, &str)] = &[
    (Operation::Transfer, "settlement", "DELETE FROM transfer"),
    (Operation::Claim, "settlement", "DELETE FROM claim"),
    (Operation::Claim, "settlement", "UPDATE progress SET claimed_at = NULL"),
    (Operation::Decline, "settlement", "DELETE FROM record WHERE label = 'decline'"),
    (Operation::Payment, "51", "DELETE FROM payment"),
    (Operation::Payment, "51", "UPDATE leg SET amount = amount + 1, refunded = 0 WHERE kind = 'LOT'"),
    (Operation::Refund, "51", "DELETE FROM refund WHERE kind <> 'REVERSAL'"),
    (Operation::Reversal, "51", "UPDATE payment SET state = 'PAID' WHERE state = 'REVERSED'"),
    (Operation::Credit, "32", "DELETE FROM record WHERE label = 'credit'"),
    (Operation::Credit, "32", "DELETE FROM posting"),
];

fn reply(call: &mut Call) -> &mut history::Reply {
    call.reply.as_mut().expect("what was answered ok has a reply")
}

fn refused(call: &mut Call) {
    (call.outcome, call.code, call.reply) = (Outcome::Fail, Code::FailedPrecondition.into(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_callers_were_told_is_true_and_every_lie_is_found() -> Result<()> {
    let scene = Scene::start("history", time_of("2026-03-10", 10, 0, 0)).await?;
    let home = tempfile::tempdir()?;
    let file = home.path().join("history.jsonl");
    let recorder = Recorder::create(&file)?;
    let witness = Witness::new(recorder.process(1), scene.channel("settlement"), scene.desk.clone());
    a_life(&scene, &witness).await?;
    recorder.flush()?;
    let calls = history::read(&file)?;
    let sources = scene.sources()?;
    scene.finish().await?;

    the_truth(&sources, &calls).await?;
    let mut missed = lies(&sources, &calls).await?;
    missed.extend(vanished(&sources, &calls).await?);
    assert!(missed.is_empty(), "{} were missed:\n{}", missed.len(), missed.join("\n"));
    Ok(())
}

/// Every operation, done and refused, repeated, and given up on the way.
async fn a_life(scene: &Scene, witness: &Witness) -> Result<()> {
    scene.institution(HOSPITAL, pool(510_100)).await?;
    let family = scene.family(320_100, "100.00", 510_100, false).await?;
    let Family { sharer, beneficiary, .. } = &family;
    let credit = Order::credit(sharer, "20.00", "2026-03");
    told(witness, &credit).await?;
    told(witness, &credit).await?;
    told(witness, &Order::credit(beneficiary, "20.00", "2026-03"))
        .await
        .expect_err("a resident has no account");

    let first = Order::transfer(&family, "64.00");
    told(witness, &first).await?;
    told(witness, &Order::transfer(&family, "1.00")).await.expect_err("one is waiting");
    let claim = Order::claim(first.key, beneficiary);
    told(witness, &claim).await?;
    told(witness, &claim).await?;
    told(witness, &Order::claim(first.key, beneficiary)).await.expect_err("it is claimed");
    let unwanted = Order::transfer(&family, "3.00");
    told(witness, &unwanted).await?;
    let decline = Order::decline(unwanted.key, beneficiary);
    told(witness, &decline).await?;
    told(witness, &decline).await?;
    told(witness, &unwanted).await?;
    given_up(witness, &Order::transfer(&family, "2.00")).await;

    // The book has heard of everybody once the first is paid.
    scene.pay(beneficiary, HOSPITAL, "1.00").await?;
    let bill = |amount: &str| scene.bill(HOSPITAL, amount);
    let paid = Order::payment(beneficiary, &bill("48.00"));
    told(witness, &paid).await?;
    let refund = Order::refund(&paid.bought(), "8.00");
    told(witness, &refund).await?;
    told(witness, &refund).await?;
    told(witness, &paid).await?;
    told(witness, &Order::refund(&paid.bought(), "41.00")).await.expect_err("40.00 are left");
    let wrong = Order::payment(beneficiary, &bill("2.00"));
    told(witness, &wrong).await?;
    let reversal = Order::reversal(&wrong.bought());
    told(witness, &reversal).await?;
    told(witness, &reversal).await?;
    let lost = Order::payment(beneficiary, &bill("4.00"));
    told(witness, &Order::reversal(&lost.bought())).await?;
    told(witness, &lost).await.expect_err("it was reversed before it came");
    Ok(())
}

/// Asks until it is certain.
async fn told(witness: &Witness, order: &Order) -> Result<history::Reply, Status> {
    loop {
        match witness.ask(order).await {
            Err(status) if e2e::is_uncertain(&status) => tokio::time::sleep(Duration::from_millis(20)).await,
            answer => return answer,
        }
    }
}

/// Begins to ask, and does not wait for the answer.
async fn given_up(witness: &Witness, order: &Order) {
    let mut asking = pin!(witness.ask(order));
    assert!(poll!(asking.as_mut()).is_pending(), "nobody answers at once");
}

/// The history as it is, and as it would be if no answer had come.
async fn the_truth(sources: &Sources, calls: &[Call]) -> Result<()> {
    let verdict = checker::check_with(sources, calls).await?;
    verdict.assert_clean();
    assert!(verdict.looked_at("I6") > 60, "{} comparisons are too few", verdict.looked_at("I6"));
    assert!(verdict.looked_at("I3") > 0, "repeats were judged");
    assert_eq!(history::open(calls).len(), 1, "one call was given up and never asked again");
    let mut silent = calls.to_vec();
    silent.iter_mut().for_each(|call| (call.outcome, call.reply) = (Outcome::Unknown, None));
    checker::check_with(sources, &silent).await?.assert_clean();

    let all =
        [Operation::Transfer, Operation::Claim, Operation::Payment, Operation::Refund, Operation::Credit];
    let plan = Plan { successes: all.into_iter().map(|it| (it, 1)).collect(), unknowns: 1 };
    let fired = |fired| BTreeMap::from([("reply-lost".to_owned(), Hits { planned: 1, fired })]);
    let run = Run::of(verdict.clone(), calls, fired(1), &plan).about("seed", 7);
    run.assert_passed();
    assert!(run.json()?.contains("\"ending\": \"passed\""), "{}", run.json()?);
    let idle = Run::of(verdict, calls, fired(0), &plan);
    assert_eq!((idle.ending, idle.void.len()), (Ending::Void, 1), "{idle}");
    Ok(())
}

async fn lies(sources: &Sources, calls: &[Call]) -> Result<Vec<String>> {
    let mut missed = Vec::new();
    for (operation, what, lie) in LIES {
        let mut told = calls.to_vec();
        let is_it = |call: &&mut Call| call.operation == *operation && call.outcome == Outcome::Ok;
        let key = told.iter_mut().find(is_it).with_context(|| format!("no {operation:?}"))?.key;
        // A repeat would tell the truth.
        let mut once = false;
        told.retain(|call| call.key != key || !std::mem::replace(&mut once, true));
        lie(told.iter_mut().find(|call| call.key == key).context("the call")?);
        let verdict = checker::check_with(sources, &told).await?;
        if !verdict.broken("I6") {
            missed.push(format!("{operation:?} that says {what}; found:\n{verdict}"));
        }
    }
    let mut other = calls.to_vec();
    let repeat = other.iter_mut().rfind(|call| call.operation == Operation::Refund && call.reply.is_some());
    repeat.context("a repeat")?.content = "another".to_owned();
    if !checker::check_with(sources, &other).await?.broken("I3") {
        missed.push("one id with two contents".to_owned());
    }
    Ok(missed)
}

async fn vanished(sources: &Sources, calls: &[Call]) -> Result<Vec<String>> {
    let mut missed = Vec::new();
    for (operation, name, statement) in VANISHED {
        let altered = Altered::make(sources, name, statement).await.with_context(|| *statement)?;
        let told: Vec<Call> = calls.iter().filter(|call| call.operation == *operation).cloned().collect();
        let verdict = checker::check_with(&altered.sources, &told).await;
        altered.forget().await?;
        let verdict = verdict.with_context(|| *statement)?;
        if !verdict.broken("I6") {
            missed.push(format!("{operation:?} after {statement:?} in {name}; found:\n{verdict}"));
        }
    }
    Ok(missed)
}

/// Families that call at a time, and what each of them does so often.
const FAMILIES: u32 = 6;
const ROUNDS: usize = 2;
const PAYMENTS: usize = 10;
/// Between two deaths so many calls are answered.
const LIFETIME: usize = 25;
const MORTALS: [&str; 3] = ["wallet-51", "settlement", "wallet-32"];

#[tokio::test(flavor = "multi_thread")]
async fn services_that_are_killed_leave_calls_open_and_no_lie() -> Result<()> {
    let mut scene = Scene::start("killed", time_of("2026-03-10", 10, 0, 0)).await?;
    scene.institution(HOSPITAL, pool(510_100)).await?;
    let home = tempfile::tempdir()?;
    let file = home.path().join("history.jsonl");
    let (recorder, answered) = (Recorder::create(&file)?, Arc::new(AtomicUsize::new(0)));
    let mut lives = JoinSet::new();
    for number in 1..=FAMILIES {
        let family = scene.family(320_100, "100.00", 510_100, false).await?;
        let process = recorder.process(number);
        let witness = Witness::new(process, scene.channel("settlement"), scene.desk.clone());
        let life = Life { witness, family, bill: scene.bill(HOSPITAL, "0.50"), answered: answered.clone() };
        lives.spawn(life.live());
    }
    let sources = scene.sources()?;
    let mut observer = Observer::default();
    let mut deaths = 0;
    let work = async {
        while !lives.is_empty() {
            let alive = answered.load(Ordering::Relaxed);
            while answered.load(Ordering::Relaxed) < alive + LIFETIME && !lives.is_empty() {
                while let Some(ended) = lives.try_join_next() {
                    ended.context("a life panicked")??;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let name = MORTALS[deaths % MORTALS.len()];
            scene.cluster.process_mut(name)?.kill()?;
            scene.cluster.restart(name, &[]).await?;
            deaths += 1;
        }
        anyhow::Ok(())
    };
    observer.during(&sources, Duration::from_millis(100), work).await?;
    recorder.flush()?;
    scene.finish().await?;

    assert!(observer.looks() > 0 && observer.missed() == 0, "{observer:?}");
    let mut verdict = observer.verdict().clone();
    let calls = history::read(&file)?;
    verdict.add(checker::check_with(&sources, &calls).await?);
    let families = usize::try_from(FAMILIES)?;
    let (transfers, payments) = (families * ROUNDS, families * ROUNDS * PAYMENTS);
    let successes = [
        (Operation::Transfer, transfers),
        (Operation::Claim, transfers),
        (Operation::Payment, payments),
        (Operation::Refund, payments),
    ];
    let plan = Plan { successes: successes.into(), unknowns: 1 };
    let fired = u64::try_from(deaths)?;
    let kills = BTreeMap::from([("kill".to_owned(), Hits { planned: 3, fired })]);
    Run::of(verdict, &calls, kills, &plan).assert_passed();
    Ok(())
}

/// A family that calls on, whoever is dead.
struct Life {
    witness: Witness,
    family: Family,
    bill: Bill,
    answered: Arc<AtomicUsize>,
}

impl Life {
    async fn live(self) -> Result<()> {
        let beneficiary = &self.family.beneficiary;
        for _ in 0..ROUNDS {
            let transfer = Order::transfer(&self.family, "6.00");
            let sent = self.until(&transfer, "PENDING_CLAIM").await?;
            self.until(&Order::claim(sent.id, beneficiary), "CLAIMED").await?;
            for _ in 0..PAYMENTS {
                let payment = Order::payment(beneficiary, &self.bill);
                self.until(&payment, "").await?;
                self.until(&Order::refund(&payment.bought(), "0.20"), "").await?;
            }
        }
        Ok(())
    }

    /// Repeats an order until its answer is certain, and says this state, if one is named.
    async fn until(&self, order: &Order, state: &str) -> Result<history::Reply> {
        loop {
            let reply = told(&self.witness, order).await.with_context(|| format!("{order:?}"))?;
            if state.is_empty() || reply.state == state {
                self.answered.fetch_add(1, Ordering::Relaxed);
                return Ok(reply);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
