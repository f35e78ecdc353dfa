//! A process that dies at any named point, as hard as by a power cut, loses and doubles nothing: once at each point,
//! again while it recovers, and again and again.
//!
//! A run in which a point that was armed did not kill proves nothing. `GONGJI_CRASH_SEEDS=20` goes through all of it
//! twenty times; `GONGJI_TEST_SEED` repeats a run.

#[path = "crash/client.rs"]
mod client;
#[path = "crash/country.rs"]
mod country;
#[path = "crash/life.rs"]
mod life;
#[path = "crash/table.rs"]
mod table;
#[path = "crash/warden.rs"]
mod warden;

use std::{collections::BTreeMap, fs, time::Instant};

use anyhow::{Result, ensure};
use checker::{
    Hits, Plan, Run,
    history::{self, Operation},
};
use e2e::{Dice, Scene, play, report, seed, time_of, wanted};
use policy::Rules;
use proto::{
    settlement::TransferState,
    wallet::{
        ApplyRequest, BookCommand, ClaimCommand, book_command::Command,
        book_service_client::BookServiceClient,
    },
};
use tempfile::TempDir;
use testkit::{desk::under, people::id};

use self::{
    country::Country,
    table::{Point, count, every, pairs},
    warden::Sentence,
};

/// So many deaths at least of each service that dies again and again.
const LEAST_IN_LOOP: usize = 3;

type Faults = BTreeMap<String, Hits>;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_dies_at_any_point_goes_on_where_it_was() -> Result<()> {
    let seed = seed()?;
    for round in 0..wanted("GONGJI_CRASH_SEEDS", 1)? {
        let (began, seed) = (Instant::now(), seed.wrapping_add(u64::try_from(round)?));
        eprintln!("GONGJI_TEST_SEED={seed}");
        let (run, scene) = die_everywhere(seed, round > 0).await?;
        report::keep(&format!("crash-{seed}"), &run)?;
        let deaths: u64 = run.faults.values().map(|hits| hits.fired).sum();
        eprintln!("round {round}: {} faults, {deaths} deaths, {:?}", run.faults.len(), began.elapsed());
        run.assert_passed();
        scene.close()?;
    }
    Ok(())
}

/// The built-in rules, but invitations end after a day.
fn short_invitations() -> Result<TempDir> {
    let directory = tempfile::tempdir()?;
    for (name, text) in Rules::built_in_files() {
        if name.ends_with("/national.toml") {
            let text = text.replace("invitation_days = { value = 7", "invitation_days = { value = 1");
            fs::write(directory.path().join("national.toml"), text)?;
        }
    }
    Ok(directory)
}

/// Every point once, pairs of points, and a loop. In a later round it may be a later hit of the point.
async fn die_everywhere(seed: u64, later: bool) -> Result<(Run, Scene)> {
    let rules = short_invitations()?;
    let environment = vec![("GONGJI_RULES".to_owned(), rules.path().display().to_string())];
    let mut scene = Scene::start_with("crash", time_of("2026-03-10", 8, 0, 0), environment).await?;
    let mut dice = Dice::new(seed);
    play!(scene; a_claim_that_only_the_book_knows_is_not_returned);
    scene.cluster.set_clock(time_of("2026-03-11", 8, 0, 0)).await?;
    let mut faults = Faults::new();
    let mut country = Country::of(&mut scene, "2026-03-11", &format!("crash-{seed}"))?;

    let points = every(|| if later && dice.one_in(3) { 2 } else { 1 });
    ensure!(count(&points) >= 100, "{} points", count(&points));
    for (service, at) in
        points.iter().flat_map(|(service, points)| points.iter().map(move |at| (service, at)))
    {
        faults.insert(format!("{service} at {at}"), Hits { planned: 1, fired: 0 });
    }
    country.warden.arm(points, Sentence::Each)?;
    for (service, at) in country.until_all_died().await? {
        faults.entry(format!("{service} at {at}")).or_default().fired += 1;
    }

    let pairs = pairs(&mut dice, if later { 4 } else { 2 });
    let planned = u64::try_from(count(&pairs))?;
    country.warden.arm(pairs, Sentence::InTurn)?;
    let fired = u64::try_from(country.until_all_died().await?.len())?;
    faults.insert("one after the other".to_owned(), Hits { planned, fired });

    let doomed = doomed(&mut dice);
    let deaths = country.dies_in_a_loop(&doomed, LEAST_IN_LOOP).await?;
    for (service, at) in doomed {
        let fired = deaths.iter().filter(|(died, _)| *died == service).count();
        let hits = Hits { planned: u64::try_from(LEAST_IN_LOOP)?, fired: u64::try_from(fired)? };
        faults.insert(format!("{service} in a loop at {at}"), hits);
    }

    country.is_whole().await?;
    let (calls, families) = (history::read(country.history()?)?, usize::try_from(country.families())?);
    let sources = scene.sources()?;
    let verdict = checker::check_with(&sources, &calls).await?;
    let successes = [
        (Operation::Credit, families),
        (Operation::Transfer, 3 * families),
        (Operation::Claim, families),
        (Operation::Decline, families),
        (Operation::Payment, 2 * families),
        (Operation::Refund, families),
        (Operation::Reversal, families),
    ];
    let plan = Plan { successes: successes.into(), unknowns: 1 };
    let run = Run::of(verdict, &calls, faults, &plan).about("seed", seed).about("later hits", later);
    Ok((run, scene))
}

/// Who dies again and again, and where: at each third commit, but not before the services have done something for
/// anybody, which they would never do then.
fn doomed(dice: &mut Dice) -> [(&'static str, Point); 3] {
    let (place, hit) = if dice.one_in(2) { ("batch.after_commit", 3) } else { ("batch.before_commit", 6) };
    let book = Point::any(place, hit);
    [("settlement", Point::at(place, "step", 3)), ("wallet-32", book.clone()), ("wallet-51", book)]
}

/// The book has opened the lot, settlement has not heard of it and is dead past 06:00: the return that it then asks
/// for meets a claimed lot.
async fn a_claim_that_only_the_book_knows_is_not_returned(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "100.00", 510_100, false).await?;
    let transfer = id();
    scene.send(&transfer, &family, "32.00").await?;
    scene.cluster.process_mut("settlement")?.kill()?;
    let command =
        ClaimCommand { transfer_id: transfer.clone(), hop: 0, request_id: id(), assertion: String::new() };
    let command = BookCommand { command_id: id(), command: Some(Command::Claim(command)) };
    let request = ApplyRequest { batch_id: id(), commands: vec![command] };
    let mut book = BookServiceClient::new(scene.desk.wallet(family.beneficiary.pool)?);
    book.apply(under("service:settlement", request)).await?;
    scene.cluster.pass_to(time_of("2026-03-11", 6, 0, 0));
    scene.cluster.restart("settlement", &[]).await?;
    scene.cluster.set_clock(time_of("2026-03-11", 6, 0, 30)).await?;
    let claimed = scene.desk.until_state(&transfer, &family.sharer, TransferState::Claimed).await?;
    ensure!(claimed.remaining_amount == "32.00", "{claimed:?}");
    Ok(())
}
