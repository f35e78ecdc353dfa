//! Calls that are given up at any moment, by a deadline or by a reset stream, and a look at every session of the
//! databases meanwhile: no transaction is left open, whatever was said is true, and nothing is done twice.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use checker::history::Operation;
use e2e::{Order, is_uncertain, wanted};
use futures::future::try_join_all;
use sqlx::{Connection, PgConnection};
use testkit::desk::Desk;
use tokio::{task::JoinSet, time::timeout};

use crate::{caller::Caller, resting::Watch, stage::Stage};

/// Who calls at the same time, and for how long unless `GONGJI_STORM_SECONDS` says otherwise.
const CALLERS: usize = 8;
const SECONDS: usize = 10;
/// The shortest and the longest patience, in microseconds.
const SHORTEST: usize = 100;
const LONGEST: usize = 20_000;
/// One call in so many waits.
const PATIENT: u64 = 10;
/// How much one may not know before it is asked again rather than something new.
const UNKNOWN: usize = 60;
/// A reader pool and a writer.
const SESSIONS: i64 = 9;

/// How often something was given up.
#[derive(Clone, Copy, Debug, Default)]
struct Given {
    /// By a deadline that the service knows.
    late: u64,
    /// By resetting the stream.
    reset: u64,
    /// Looks that nobody waited for.
    looks: u64,
    /// Not given up: done, or refused for certain, in time.
    answered: u64,
}

/// A caller after the storm, with what it does not know.
struct Shaken {
    caller: Caller,
    open: Vec<Order>,
    given: Given,
}

pub(crate) async fn calls_given_up_at_any_moment_tear_no_transaction(stage: &mut Stage) -> Result<()> {
    let seconds = wanted("GONGJI_STORM_SECONDS", SECONDS)?;
    let mut storm = JoinSet::new();
    let mut callers = stage.callers(CALLERS).await?;
    // So that there is something to refund.
    try_join_all(callers.iter_mut().map(Caller::ordinary)).await?;
    let end = Instant::now() + Duration::from_secs(u64::try_from(seconds)?);
    for caller in callers {
        storm.spawn(shake(caller, end));
    }
    let mut watch = Watch::over(stage).await?;
    let mut shaken = Vec::new();
    while !storm.is_empty() {
        watch.look().await?;
        while let Some(ended) = storm.try_join_next() {
            shaken.push(ended.context("a caller panicked")??);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let heads = heads(stage).await?;
    let given = shaken.iter().fold(Given::default(), |sum, it| Given {
        late: sum.late + it.given.late,
        reset: sum.reset + it.given.reset,
        looks: sum.looks + it.given.looks,
        answered: sum.answered + it.given.answered,
    });
    let least = u64::try_from(seconds)? * 10;
    stage.fired("calls that ran out of time", least, given.late);
    stage.fired("calls whose stream was reset", least, given.reset);
    stage.fired("reads that nobody waited for", least, given.looks);
    stage.fired("calls that were answered all the same", least / 2, given.answered);
    stage.fired("looks at the sessions", u64::try_from(seconds)? * 4, watch.looks());
    let settled = try_join_all(shaken.into_iter().map(|it| ask_again(it, heads))).await?;
    let done_unheard = settled.iter().map(|(_, done)| done).sum();
    stage.fired("payments that were made although nobody heard of it", 1, done_unheard);
    watch.at_most(SESSIONS).await?;
    try_join_all(settled.into_iter().map(async |(mut caller, _)| caller.ordinary().await)).await?;
    Ok(())
}

/// Calls without patience until the end.
async fn shake(mut caller: Caller, end: Instant) -> Result<Shaken> {
    let (mut open, mut given): (Vec<Order>, _) = (Vec::new(), Given::default());
    while Instant::now() < end {
        let micros = SHORTEST + caller.dice.below(LONGEST - SHORTEST + 1);
        // Some wait as anybody would: what they are told must hold as well.
        let patience = match caller.dice.one_in(PATIENT) {
            true => Duration::from_secs(2),
            false => Duration::from_micros(u64::try_from(micros)?),
        };
        if caller.dice.one_in(4) {
            let look = timeout(patience, look(&mut caller)).await;
            given.looks += u64::from(look.is_err());
            continue;
        }
        // Some of what is not known is asked again in the storm itself.
        let order = match open.len() {
            known @ 1.. if known > UNKNOWN || caller.dice.one_in(4) => {
                open.swap_remove(caller.dice.below(known))
            }
            _ => caller.next(),
        };
        let answer = if caller.dice.one_in(2) {
            let Ok(answer) = timeout(patience, caller.witness.ask(&order)).await else {
                given.reset += 1;
                open.push(order);
                continue;
            };
            answer
        } else {
            caller.witness.ask_within(&order, patience).await
        };
        if answer.as_ref().is_err_and(is_uncertain) {
            given.late += 1;
            open.push(order);
        } else {
            given.answered += 1;
            caller.learn(&order, &answer);
        }
    }
    Ok(Shaken { caller, open, given })
}

/// Reads something, and does not care what.
async fn look(caller: &mut Caller) {
    let which = caller.dice.below(4);
    let (desk, family): (&Desk, _) = (&caller.desk, &caller.family);
    let transfer = caller.sent.last().map(ToString::to_string).unwrap_or_default();
    // Whatever it says, nothing is made of it.
    match which {
        0 => drop(desk.wallet_of(&family.sharer).await),
        1 => drop(desk.lots_of(&family.beneficiary).await),
        2 => drop(desk.transfer(&transfer, &family.sharer).await),
        _ => {
            let watch = desk.until(&transfer, &family.sharer, Duration::from_secs(1), |_| false);
            drop(watch.await);
        }
    }
}

/// Asks everything again that is not known. Gives how many payments of it had been made by then: their records stand
/// before the heads that the books had after the storm.
async fn ask_again(shaken: Shaken, heads: [i64; 2]) -> Result<(Caller, u64)> {
    let Shaken { mut caller, open, .. } = shaken;
    let mut done = 0;
    for order in open {
        let (answer, _) = caller.certain(&order).await?;
        if let Ok(reply) = answer
            && order.operation() == Operation::Payment
        {
            let head = heads[usize::from(order.bought().pool == caller.family.sharer.pool)];
            done += u64::from(reply.sequence.is_some_and(|sequence| sequence <= head));
        }
    }
    Ok((caller, done))
}

/// Where the books of beneficiaries and of sharers stand.
async fn heads(stage: &Stage) -> Result<[i64; 2]> {
    let mut heads = [0; 2];
    for (head, book) in heads.iter_mut().zip(["wallet-51", "wallet-32"]) {
        let mut conn = PgConnection::connect(stage.scene.cluster.database(book)?).await?;
        *head = sqlx::query_scalar("SELECT seq FROM head").fetch_one(&mut conn).await?;
        conn.close().await?;
    }
    Ok(heads)
}
