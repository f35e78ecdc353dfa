//! Days of many families in a country whose services die: family after family as long as a point of the day is left,
//! then the night in which goes back what nobody claimed.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use checker::history::Recorder;
use e2e::{Scene, Witness, report, time_of};
use futures::{FutureExt as _, StreamExt as _, future::LocalBoxFuture, stream::FuturesUnordered};
use standards::civil;
use time::Date;

use super::{
    client::Client,
    life::Lived,
    table::Point,
    warden::{Sentence, Warden},
};

/// Families that live at the same time.
const AT_ONCE: usize = 6;
/// Families of one day at most: if they do not reach a point, none will.
const AT_MOST: usize = 60;
/// Nights at most: what is due in a night is done in one batch, so that each shows what few points see.
const NIGHTS: usize = 6;
/// How long the deaths of a loop go on, at least and at most.
const LOOP: Duration = Duration::from_secs(6);
const LONG_LOOP: Duration = Duration::from_secs(60);
const A_WHILE: Duration = Duration::from_millis(200);

type Lives = FuturesUnordered<LocalBoxFuture<'static, Result<Lived>>>;
type Deaths = Vec<(&'static str, Point)>;

/// The country, its day, and everybody who lives in it.
pub(crate) struct Country<'a> {
    pub(crate) warden: Warden<'a>,
    recorder: Recorder,
    history: PathBuf,
    day: Date,
    families: u32,
    lived: Vec<Lived>,
}

impl<'a> Country<'a> {
    /// From this day on; it is about 08:00.
    pub(crate) fn of(scene: &'a mut Scene, day: &str, name: &str) -> Result<Self> {
        let history = report::file(&format!("{name}.jsonl"))?;
        let recorder = Recorder::create(&history)?;
        let day = civil::parse_day(day).context("a day that exists")?;
        Ok(Self { warden: Warden::of(scene), recorder, history, day, families: 0, lived: Vec::new() })
    }

    /// How many families have lived.
    pub(crate) const fn families(&self) -> u32 {
        self.families
    }

    /// The file of what they were told.
    pub(crate) fn history(&self) -> Result<&PathBuf> {
        self.recorder.flush()?;
        Ok(&self.history)
    }

    /// One more family lives.
    fn begin(&mut self, lives: &mut Lives) {
        self.families += 1;
        let scene = self.warden.scene();
        let witness = self.recorder.process(self.families);
        let witness = Witness::new(witness, scene.channel("settlement"), scene.desk.clone());
        let mut bill = scene.bill(&format!("H510104{:05}", self.families), "1.00");
        bill.at -= time::Duration::minutes(1);
        let month = civil::day_text(self.day)[..7].to_owned();
        let number = self.families;
        let client = Client::of(scene, witness);
        let life = async move { client.live(month, bill).await.with_context(|| format!("family {number}")) };
        lives.push(life.boxed_local());
    }

    /// A day in which at least so many families live, and as many more as the points of the day need.
    async fn day(&mut self, at_least: usize) -> Result<()> {
        let (mut lives, mut born, mut lived) = (Lives::new(), 0, Vec::new());
        loop {
            while lives.len() < AT_ONCE
                && (born < at_least || (born < AT_MOST && self.warden.waits_for_day()))
            {
                self.begin(&mut lives);
                born += 1;
            }
            let next = async { Ok(lives.next().await) };
            let Some(life) = self.warden.during(next).await? else { break };
            lived.push(life?);
        }
        self.night(lived).await
    }

    /// The night after it: what nobody claimed goes back. Then a day of rest, on which the invitations end that nobody
    /// answered.
    async fn night(&mut self, lived: Vec<Lived>) -> Result<()> {
        self.day = self.day.next_day().context("a next day")?;
        let day = civil::day_text(self.day);
        self.warden.pass_to(time_of(&day, 6, 0, 30)).await?;
        let scene = self.warden.scene();
        let witness = Witness::new(self.recorder.process(0), scene.channel("settlement"), scene.desk.clone());
        let client = Client::of(scene, witness);
        let ends = futures::future::try_join_all(lived.iter().map(|lived| client.sees_the_end(lived)));
        self.warden.during(ends).await?;
        self.day = self.day.next_day().context("a day after the next")?;
        self.warden.pass_to(time_of(&civil::day_text(self.day), 8, 0, 0)).await?;
        let ends = lived.iter().map(|lived| client.sees_the_invitation_end(lived));
        self.warden.during(futures::future::try_join_all(ends)).await?;
        self.lived.extend(lived);
        Ok(())
    }

    /// Lives on until every point that is armed was reached; gives them.
    pub(crate) async fn until_all_died(&mut self) -> Result<Deaths> {
        for night in 0..NIGHTS {
            self.day(if night == 0 { AT_ONCE } else { 2 }).await?;
            if self.warden.left().is_empty() {
                return self.warden.pardon().await;
            }
        }
        // Whoever asked sees in the deaths which are missing.
        eprintln!("never reached: {}", self.warden.left().join(", "));
        self.warden.pardon().await
    }

    /// Services that die again and again for a while, each at least so often, and then no more: whoever lives
    /// meanwhile lives to the end.
    pub(crate) async fn dies_in_a_loop(
        &mut self,
        doomed: &[(&'static str, Point)],
        least: usize,
    ) -> Result<Deaths> {
        for (service, at) in doomed {
            self.warden.condemn(service, Sentence::Always(at.clone()))?;
        }
        let (mut lives, mut lived, began) = (Lives::new(), Vec::new(), Instant::now());
        let often =
            |warden: &Warden<'_>| doomed.iter().all(|(service, _)| warden.deaths_of(service) >= least);
        while began.elapsed() < LOOP || (began.elapsed() < LONG_LOOP && !often(&self.warden)) {
            while lives.len() < AT_ONCE {
                self.begin(&mut lives);
            }
            // A life may last longer than the loop.
            let next = async { Ok(tokio::time::timeout(A_WHILE, lives.next()).await.ok().flatten()) };
            lived.extend(self.warden.during(next).await?.transpose()?);
        }
        let deaths = self.warden.pardon().await?;
        while let Some(life) = lives.next().await {
            lived.push(life?);
        }
        self.night(lived).await?;
        Ok(deaths)
    }

    /// All is quiet, and everybody has what was left for them.
    pub(crate) async fn is_whole(&self) -> Result<()> {
        ensure!(self.lived.len() == usize::try_from(self.families)?, "everybody has lived to the end");
        let scene = self.warden.scene();
        let sources = scene.sources()?;
        checker::settled(&sources, Duration::from_secs(60)).await?;
        let witness = Witness::new(self.recorder.process(0), scene.channel("settlement"), scene.desk.clone());
        let client = Client::of(scene, witness);
        for lived in &self.lived {
            client.sees_the_end(lived).await?;
        }
        Ok(())
    }
}
