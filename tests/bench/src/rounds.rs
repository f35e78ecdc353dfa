//! The rounds: in each, every phase stands between two runs of pgbench, so that both see the same machine.

use anyhow::{Result, bail};
use serde::Serialize;

use crate::{Arguments, load, meter::Phase, place::Place, progress::Progress, sql};

/// How many steps a round shows.
pub(crate) const STEPS: u64 = 8;
/// Callers at the same time in the busy phases.
const BUSY: usize = 64;
/// How many transfers and payments warm a round up.
const WARM: usize = 200;
/// transfers a wallet may send in a day.
const DAILY: usize = 3;

/// What one round found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Round {
    /// pgbench before, between and after the phases, in transactions a second.
    pub(crate) pgbench: Vec<u64>,
    pub(crate) transfers_alone: Phase,
    pub(crate) transfers_busy: Phase,
    pub(crate) payments_busy: Phase,
}

/// All rounds, each on a civil day of its own.
pub(crate) async fn all(place: &mut Place, arguments: &Arguments, progress: &Progress) -> Result<Vec<Round>> {
    let mut rounds = Vec::new();
    for number in 0..arguments.rounds {
        rounds.push(one(place, arguments, progress, number).await?);
    }
    Ok(rounds)
}

async fn one(place: &mut Place, arguments: &Arguments, progress: &Progress, number: u8) -> Result<Round> {
    let say = |what: &str| progress.step(&format!("round {} of {}: {what}", number + 1, arguments.rounds));
    say("a new day, warming up");
    place.day_of(number).await?;
    let place = &*place;
    let mut today = (0..DAILY).flat_map(|_| &place.families);
    let alone = usize::try_from(arguments.alone)?;
    if WARM + alone >= DAILY * place.families.len() {
        bail!(
            "{} families may not send {alone} transfers one by one and some more at once",
            place.families.len()
        );
    }
    let warm = today.by_ref().take(WARM).collect();
    load::drive(warm, BUSY, |family| place.first_transfer(family)).await?;
    let patients = || place.families.iter().map(|family| &family.sharer).cycle();
    load::drive(patients().take(WARM).collect(), BUSY, |patient| place.first_payment(patient)).await?;
    let mut conn = place.control().await?;
    sql::checkpoint(&mut conn).await?;

    let mut pgbench = Vec::new();
    say("pgbench");
    pgbench.push(place.pgbench.rate(arguments.pgbench_seconds).await?);
    say("transfers, 1 in flight");
    let senders = today.by_ref().take(alone).collect();
    let work = load::drive(senders, 1, |family| place.transfer(family));
    let transfers_alone = Phase::of(place, work).await?;
    say("pgbench");
    pgbench.push(place.pgbench.rate(arguments.pgbench_seconds).await?);
    say("transfers, 64 in flight");
    let work = load::drive(today.collect(), BUSY, |family| place.transfer(family));
    let transfers_busy = Phase::of(place, work).await?;
    say("pgbench");
    pgbench.push(place.pgbench.rate(arguments.pgbench_seconds).await?);
    say("payments, 64 in flight");
    let payers = patients().take(usize::try_from(arguments.payments)?).collect();
    let work = load::drive(payers, BUSY, |patient| place.payment(patient));
    let payments_busy = Phase::of(place, work).await?;
    say("pgbench");
    pgbench.push(place.pgbench.rate(arguments.pgbench_seconds).await?);
    Ok(Round { pgbench, transfers_alone, transfers_busy, payments_busy })
}
