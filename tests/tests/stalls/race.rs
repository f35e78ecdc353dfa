//! The claim and the return meet at the end of the claim: settlement's clock is set so that its timer fires within
//! milliseconds of it, and claims come from shortly before to shortly after it. Each transfer has one end, and both books and
//! every answer agree with it.
//!
//! `GONGJI_RACES` says how many transfers race, `GONGJI_TEST_SEED` repeats the choice of the instants.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, ensure};
use chassis::clock::Clock;
use checker::history::{self, Recorder};
use e2e::{Dice, Order, Witness, reason, seed, wanted};
use futures::future::join_all;
use proto::{
    dev::{GetClockRequest, SetClockRequest, clock_service_client::ClockServiceClient},
    settlement::{Transfer, TransferState},
    wallet::LotState,
};
use testkit::{
    desk::under,
    faults::{Calls, Fault, Rule},
};
use time::OffsetDateTime;

use crate::stage::{APPLY, REST, Sent, Stage};

const SETTLEMENT: &str = "settlement";
/// Half of the claims come so close to the end, the others within [`WIDE`] of it, in microseconds.
const CLOSE: i64 = 5_000;
const WIDE: i64 = 60_000;
/// From one look of settlement to the next.
const PERIOD: time::Duration = time::Duration::milliseconds(1_002);
/// The end comes so many microseconds before settlement looks: from some to more.
const BEFORE: [i64; 2] = [10_000, 60_000];
/// How long a claim takes to settlement, about.
const WAY: time::Duration = time::Duration::milliseconds(12);
/// Some calls to the book take longer, so that claim and return overtake each other.
const SLOW: Duration = Duration::from_millis(150);

/// What the races came to.
#[derive(Debug, Default)]
struct Ends {
    claimed: usize,
    returned: usize,
    /// Claim and return were both under way, and the book decided.
    crossed: [i64; 2],
}

pub(crate) async fn a_claim_and_the_return_at_its_end_have_one_end(stage: &mut Stage) -> Result<()> {
    let seed = seed()?;
    eprintln!("GONGJI_TEST_SEED={seed}");
    let mut dice = Dice::new(seed);
    let file = tempfile::NamedTempFile::new()?;
    let recorder = Recorder::create(file.path())?;
    let witness = |number| {
        let process = recorder.process(u32::try_from(number).unwrap_or_default());
        Witness::new(process, stage.scene.channel(SETTLEMENT), stage.scene.desk.clone())
    };
    let witnesses: Vec<Witness> = (1..=stage.families.len()).map(witness).collect();
    let slow = Calls::Share { per_mille: 500, seed };
    let slow = stage.way("wallet-51")?.inflict(Rule::on(APPLY, slow, Fault::Delay(SLOW)));
    let mut pulse = calibrate(stage).await?;
    let (races, mut done, mut ends) = (wanted("GONGJI_RACES", 100)?, 0, Ends::default());
    // A run in which nothing crossed proves little: a few more are tried.
    while done < races || (ends.crossed.iter().sum::<i64>() == 0 && done < 3 * races) {
        let sent = stage.send(&stage.families, "1.00").await?;
        race(stage, &witnesses, &mut dice, &sent, &mut pulse).await?;
        count(stage, &sent, &mut ends).await?;
        done += sent.len();
        stage.morning().await?;
    }
    slow.retire();
    eprintln!("{done} races: {ends:?}");
    ensure!(ends.claimed > 0 && ends.returned > 0, "seed {seed}: only one of the ends was seen: {ends:?}");
    ensure!(ends.crossed.iter().sum::<i64>() > 0, "seed {seed}: no claim met a return: {ends:?}");
    recorder.flush()?;
    let calls = history::read(file.path())?;
    checker::check_with(&stage.scene.sources()?, &calls).await?.assert_clean();
    Ok(())
}

/// When settlement looked for what is over, by the machine's clock. It looks a second after it has done what it found.
struct Pulse(OffsetDateTime);

impl Pulse {
    /// A look that is still a second or more away, to within the time that looks take.
    fn next(&self, now: OffsetDateTime) -> OffsetDateTime {
        let looks = (now - self.0).whole_microseconds() / PERIOD.whole_microseconds();
        self.0 + PERIOD * (i32::try_from(looks).unwrap_or_default() + 2)
    }
}

/// Lets a few transfers go back, and sees when settlement looked.
async fn calibrate(stage: &mut Stage) -> Result<Pulse> {
    stage.morning().await?;
    let sent = stage.send(&stage.families[..2], "1.00").await?;
    let over = of(stage, &sent[0]).await?;
    stage.scene.cluster.set_clock(over - time::Duration::milliseconds(300)).await?;
    for sent in &sent {
        stage.ends(&sent.transfer, &sent.family, TransferState::Returned).await?;
    }
    let pulse = Pulse(looked(stage, over).await?);
    stage.morning().await?;
    Ok(pulse)
}

/// Until when a transfer can be claimed.
async fn of(stage: &Stage, sent: &Sent) -> Result<OffsetDateTime> {
    let shown = stage.scene.desk.transfer(&sent.transfer, &sent.family.sharer).await?;
    let until = shown.claim_until.context("a transfer can be claimed until some time")?;
    Ok(OffsetDateTime::from_unix_timestamp(until.seconds)?)
}

/// The machine's time at which settlement first turned something back after `over`.
async fn looked(stage: &Stage, over: OffsetDateTime) -> Result<OffsetDateTime> {
    let since = over.unix_timestamp();
    let first = format!(
        "SELECT (extract(epoch FROM min(at)) * 1000000)::bigint FROM record
        WHERE label = 'timeout' AND at >= to_timestamp({since})"
    );
    let micros = stage.number(SETTLEMENT, &first).await?;
    let civil = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)?;
    Ok(civil - shift(stage).await?)
}

/// What settlement adds to the machine's time.
async fn shift(stage: &Stage) -> Result<time::Duration> {
    let mut clock = ClockServiceClient::new(stage.scene.channel(SETTLEMENT));
    let reply = clock.get_clock(under("centre", GetClockRequest {})).await?.into_inner();
    let instant = |at: Option<prost_types::Timestamp>| {
        let at = at.context("a clock shows a time")?;
        anyhow::Ok(
            OffsetDateTime::from_unix_timestamp(at.seconds)? + time::Duration::nanoseconds(at.nanos.into()),
        )
    };
    Ok(instant(reply.civil_time)? - instant(reply.wall_time)?)
}

/// The machine's time.
fn wall() -> OffsetDateTime {
    Clock::system().wall()
}

/// Sets settlement's clock so that it shows `over` at `end` of the machine's time; gives what it adds from then on.
async fn aim(stage: &mut Stage, over: OffsetDateTime, end: OffsetDateTime) -> Result<time::Duration> {
    stage.scene.cluster.set_clock(over - (end - wall())).await?;
    // The others were set before; what that took is made up for.
    let mut clock = ClockServiceClient::new(stage.scene.channel(SETTLEMENT));
    let at = over - (end - wall());
    let nanos = i32::try_from(at.nanosecond())?;
    let civil_time = Some(prost_types::Timestamp { seconds: at.unix_timestamp(), nanos });
    let set = clock.set_clock(under("centre", SetClockRequest { civil_time })).await;
    // It never runs backwards: when it took no time, or the request took long, it shows that already.
    if let Err(status) = set.map(drop) {
        ensure!(reason(&status) == "FIELD_INVALID", "{status:?}");
    }
    shift(stage).await
}

/// Claims all of it around the end, with which a look of settlement coincides.
async fn race(
    stage: &mut Stage,
    witnesses: &[Witness],
    dice: &mut Dice,
    sent: &[Sent],
    pulse: &mut Pulse,
) -> Result<()> {
    let over = of(stage, &sent[0]).await?;
    let end = pulse.next(wall()) - time::Duration::microseconds(BEFORE[0] + dice.fen(BEFORE[1] - BEFORE[0]));
    let shift = aim(stage, over, end).await?;
    let claims = sent.iter().zip(witnesses).enumerate().map(|(number, (sent, witness))| {
        let spread = if number.is_multiple_of(2) { CLOSE } else { WIDE };
        let offset = time::Duration::microseconds(dice.fen(2 * spread) - spread);
        let wait = over - shift + offset - WAY - wall();
        async move {
            tokio::time::sleep(wait.try_into().unwrap_or_default()).await;
            witness.ask(&Order::claim(sent.transfer.parse()?, &sent.family.beneficiary)).await?;
            anyhow::Ok(())
        }
    });
    let answers = join_all(claims).await;
    checker::settled(&stage.scene.sources()?, REST).await?;
    for (sent, answer) in sent.iter().zip(answers) {
        let shown = stage.scene.desk.transfer(&sent.transfer, &sent.family.sharer).await?;
        agrees(&shown, answer)?;
    }
    let looked = looked(stage, over).await?;
    eprintln!("settlement looked {} after the end", looked - (over - shift));
    pulse.0 = looked;
    Ok(())
}

/// The answer to the claim against how it ended.
fn agrees(shown: &Transfer, answer: Result<()>) -> Result<()> {
    let claimed = shown.state() == TransferState::Claimed;
    ensure!(claimed || shown.state() == TransferState::Returned, "{shown:?}");
    match answer {
        Ok(()) => ensure!(claimed, "the claim was granted, and the transfer returned: {shown:?}"),
        Err(error) => {
            let status = error.downcast_ref::<tonic::Status>().context("a refusal")?;
            let late = reason(status) == "TRANSFER_NOT_PENDING";
            ensure!(late || e2e::is_uncertain(status), "{status:?}");
            ensure!(!(late && claimed), "the claim was refused and done: {shown:?}");
        }
    }
    Ok(())
}

/// Counts the ends of a round, by both books.
async fn count(stage: &Stage, sent: &[Sent], ends: &mut Ends) -> Result<()> {
    for sent in sent {
        let lots = stage.scene.desk.lots_of(&sent.family.beneficiary).await?;
        let lot =
            lots.iter().find(|lot| lot.transfer_id == sent.transfer).context("a lot of the transfer")?;
        let shown = stage.scene.desk.transfer(&sent.transfer, &sent.family.sharer).await?;
        let open = lot.state() == LotState::Open;
        ensure!(open == (shown.state() == TransferState::Claimed), "{lot:?} and {shown:?}");
        *(if open { &mut ends.claimed } else { &mut ends.returned }) += 1;
    }
    let found = stage
        .texts(
            SETTLEMENT,
            "SELECT state_name || ' ' || count(*) FROM claim
            JOIN progress ON progress.transfer = claim.transfer_id
            JOIN record ON label = 'timeout' AND position(transfer_id::text IN body) > 0
            WHERE refusal IS NULL AND state_name IN ('CLAIMED', 'RETURNED') GROUP BY state_name",
        )
        .await?;
    let found: BTreeMap<&str, i64> = found
        .iter()
        .filter_map(|line| line.split_once(' '))
        .map(|(state, count)| (state, count.parse().unwrap_or_default()))
        .collect();
    ends.crossed = ["CLAIMED", "RETURNED"].map(|state| found.get(state).copied().unwrap_or_default());
    Ok(())
}
