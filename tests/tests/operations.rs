//! Random operations of every kind by 64 clients in four provinces, while services are killed, calls are lost and
//! doubled, books go out of reach and nights pass; looked at all the time, and judged against what every client
//! was told.
//!
//! `GONGJI_OPERATIONS` says how many, `GONGJI_TEST_SEED` repeats the choices of a run. Its history and its JSON stay
//! in `target/faults`.

#[path = "operations/client.rs"]
mod client;
#[path = "operations/fate.rs"]
mod fate;
#[path = "operations/town.rs"]
mod town;

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use checker::{
    Hits, Observer, Plan, Run,
    history::{self, Call, Operation, Outcome, Recorder},
};
use e2e::{Dice, Order, Scene, Witness, reason, report, seed, time_of, wanted};
use indicatif::{ProgressBar, ProgressStyle};
use standards::civil;
use testkit::desk::Desk;
use tokio::task::JoinSet;
use uuid::Uuid;

use self::{
    client::{Client, is_open},
    fate::{Fate, edges},
    town::{PROVINCES, Town},
};

const CLIENTS: usize = 64;
const DAY: &str = "2026-03-10";
/// How long all may take to come to rest, and an answer to become certain.
const REST: Duration = Duration::from_secs(120);
/// How long books may disagree while one fault follows the other: longer than after the last of them.
const WHILE_MUCH_FAILS: Duration = Duration::from_secs(90);
/// The refusals that a run must have seen.
const REFUSALS: [&str; 10] = [
    "DAILY_TRANSFER_COUNT",
    "PENDING_TRANSFER_EXISTS",
    "OUTSIDE_TRANSFER_WINDOW",
    "OVER_SINGLE_TRANSFER_LIMIT",
    "INSUFFICIENT_BALANCE",
    "TRANSFER_NOT_PENDING",
    "TRANSFER_UNKNOWN",
    "OUT_OF_SCOPE",
    "REFUND_EXCEEDS_PAYMENT",
    "UNDONE_BEFORE",
];

#[tokio::test(flavor = "multi_thread")]
async fn whatever_many_ask_for_while_much_fails_is_done_once_and_told_truly() -> Result<()> {
    let (seed, operations) = (seed()?, wanted("GONGJI_OPERATIONS", 2_000)?);
    eprintln!("GONGJI_TEST_SEED={seed} GONGJI_OPERATIONS={operations}");
    let at = time_of(DAY, 10, 0, 0);
    let provinces = PROVINCES.map(|(province, ..)| province);
    let mut scene = Scene::start_in("operations", at, &provinces, &edges()).await?;
    let town = Arc::new(Town::settle(&scene, CLIENTS, operations).await?);
    let file = report::file(&format!("operations-{seed}.jsonl"))?;
    let recorder = Recorder::create(&file)?;
    let sources = scene.sources()?;
    let (began, mut observer) = (Instant::now(), Observer::new(WHILE_MUCH_FAILS));
    // A look reads every row there is.
    let pause = Duration::from_millis(u64::try_from(operations / 10)?);

    let clients = clients(&scene, &town, &recorder, seed)?;
    let mut fate = Fate::of(&mut scene, &town, seed, civil::day(at))?;
    let work = fate.during(all(clients, &town));
    let open = observer.during(&sources, pause, work).await?;
    let mut faults = fate.end().await?;
    eprintln!("{operations} operations in {:?}, looked at {} times", began.elapsed(), observer.looks());
    ensure!(observer.looks() > 0 && observer.missed() == 0, "missed {} looks", observer.missed());

    let last = witness(&scene, &recorder, 0)?;
    ask_again(&last, &recorder, &file, open).await?;
    checker::settled(&sources, REST).await?;
    everybody_can_go_on(&last, &town).await?;
    checker::settled(&sources, REST).await?;
    recorder.flush()?;
    let calls = history::read(&file)?;
    let mut verdict = checker::check_with(&sources, &calls).await?;
    verdict.add(observer.verdict().clone());
    faults.extend(REFUSALS.map(|reason| (format!("refused: {reason}"), refusals(&calls, reason))));
    let run = Run::of(verdict, &calls, faults, &plan(operations));
    let run = run.about("seed", seed).about("operations", operations).about("clients", CLIENTS);
    report::keep(&format!("operations-{seed}"), &run)?;
    eprintln!("{:?}\n{:?}", run.traffic, run.faults);
    run.assert_passed();
    scene.close()
}

/// A client with connections of its own.
fn witness(scene: &Scene, recorder: &Recorder, number: u32) -> Result<Witness> {
    Ok(Witness::new(recorder.process(number), scene.channel("settlement"), Desk::of(&scene.cluster)?))
}

/// Everybody begins to ask.
fn clients(scene: &Scene, town: &Arc<Town>, recorder: &Recorder, seed: u64) -> Result<JoinSet<Vec<Order>>> {
    let mut clients = JoinSet::new();
    for (number, process) in (0..CLIENTS).zip(1..) {
        let witness = witness(scene, recorder, process)?;
        let dice = Dice::of(seed, u64::from(process));
        let client = Client { number, town: Arc::clone(town), witness, dice, open: Vec::new() };
        clients.spawn(client.work());
    }
    Ok(clients)
}

/// Waits until nobody asks any more; gives what is open.
async fn all(mut clients: JoinSet<Vec<Order>>, town: &Town) -> Result<Vec<Order>> {
    let bar = ProgressBar::new(u64::try_from(town.operations)?);
    if let Ok(style) = ProgressStyle::with_template("[{bar:40}] {pos}/{len} {elapsed} of about {duration}") {
        bar.set_style(style);
    }
    let mut open = Vec::new();
    loop {
        tokio::select! {
            ended = clients.join_next() => match ended {
                Some(ended) => open.extend(ended.context("a client panicked")?),
                None => break,
            },
            () = tokio::time::sleep(Duration::from_millis(200)) => {
                bar.set_position(u64::try_from(town.ended())?);
            }
        }
    }
    bar.finish_and_clear();
    Ok(open)
}

/// Every call that nobody answered for certain is made once more, until somebody does.
async fn ask_again(witness: &Witness, recorder: &Recorder, file: &Path, open: Vec<Order>) -> Result<()> {
    recorder.flush()?;
    let calls = history::read(file)?;
    let orders: HashMap<Uuid, Order> = open.into_iter().map(|order| (order.key, order)).collect();
    let unknown = history::open(&calls);
    eprintln!("{} of {} calls were open at the end", unknown.len(), calls.len());
    let deadline = Instant::now() + REST;
    for call in unknown {
        let order = orders.get(&call.key).with_context(|| format!("{call:?} was forgotten"))?;
        loop {
            let answer = witness.ask(order).await;
            if !is_open(&answer) {
                break;
            }
            if Instant::now() >= deadline {
                bail!("{order:?}: still {answer:?}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    Ok(())
}

/// After all that, in each province a contribution is credited and a bill paid at once; and whoever has sent three
/// times today may not send again.
async fn everybody_can_go_on(witness: &Witness, town: &Town) -> Result<()> {
    for (province, ..) in PROVINCES {
        let lives_there = |home: &&town::Home| home.family.sharer.pool.province().code() == province;
        let home = town.homes.iter().find(lives_there).context("somebody lives in each province")?;
        let sharer = &home.family.sharer;
        let credit = Order::credit(sharer, "10.00", &town.month());
        witness.ask(&credit).await.with_context(|| format!("crediting in {province}"))?;
        let payment = Order::payment(sharer, &town.bill(sharer, 1));
        witness.ask(&payment).await.with_context(|| format!("paying in {province}"))?;
    }
    // The first family claims by itself, and has been credited just now.
    let family = &town.homes[0].family;
    for sent in 0..4 {
        match witness.ask(&Order::transfer(family, "0.01")).await {
            Err(status) if reason(&status) == "DAILY_TRANSFER_COUNT" => return Ok(()),
            answer => answer.with_context(|| format!("after {sent} transfers"))?,
        };
    }
    bail!("four transfers of one day were accepted")
}

fn refusals(calls: &[Call], reason: &str) -> Hits {
    let refused = calls.iter().filter(|call| call.outcome == Outcome::Fail && call.reason == reason);
    Hits { planned: 1, fired: refused.count().try_into().unwrap_or(u64::MAX) }
}

/// Of every kind of operation this share of all must have been answered ok.
fn plan(operations: usize) -> Plan {
    let shares = [
        (Operation::Transfer, 40),
        (Operation::Claim, 200),
        (Operation::Decline, 1_000),
        (Operation::Payment, 6),
        (Operation::Refund, 40),
        (Operation::Reversal, 40),
        (Operation::Credit, 25),
    ];
    let successes: BTreeMap<Operation, usize> =
        shares.into_iter().map(|(operation, share)| (operation, operations / share)).collect();
    Plan { successes, unknowns: 1 }
}
