//! The founding story, played on the running services under the credentials of those who act.
//!
//! A daughter employed in 南京 shares 1,200.00 with her mother in 成都. Everything that is printed is read back
//! from the services; nothing is taken from what was sent.

mod bond;
mod cast;
mod ending;
mod reads;
mod refusals;
mod returned;
mod spending;
mod transfer;

use anyhow::Result;
use standards::civil;
use testkit::{cluster::Cluster, desk::Desk};
use time::{Date, Duration, OffsetDateTime, Time};

pub(crate) use self::cast::{Cast, HOSPITAL};
use self::reads::Reads;
use crate::{
    home::Home,
    say,
    timeline::{Event, Timeline},
};

/// How the story ended.
pub(crate) struct Ending {
    /// Every fact was as it should be.
    pub(crate) good: bool,
    /// Who played, for the commands that follow.
    pub(crate) cast: Cast,
}

/// Where the story is played.
struct Stage<'a> {
    home: &'a mut Home,
    cluster: &'a mut Cluster,
    desk: Desk,
    reads: Reads,
    timeline: Timeline,
    /// The civil day on which it begins.
    first: Date,
}

impl Stage<'_> {
    /// Moves the civil clock of every service on to an instant; one that has passed by itself is no matter.
    async fn move_to(&mut self, at: OffsetDateTime) -> Result<()> {
        if self.cluster.civil_now() < at {
            self.home.note(at)?;
            self.cluster.set_clock(at).await?;
        }
        Ok(())
    }

    /// Opens a chapter at a clock time of the story's first (0) or second (1) day.
    async fn chapter(&mut self, day: i64, clock: Time, title: &str) -> Result<()> {
        self.move_to(self.on(day, clock)).await?;
        self.headline(title);
        Ok(())
    }

    fn headline(&self, title: &str) {
        let now = civil::day(self.cluster.civil_now());
        let number = (now - self.first).whole_days() + 1;
        self.timeline.chapter(&format!("{} 第{number}天 day {number}", civil::day_text(now)), title);
    }

    fn on(&self, day: i64, clock: Time) -> OffsetDateTime {
        civil::instant(self.first.saturating_add(Duration::days(day)), clock)
    }

    fn tell(&mut self, event: &Event) {
        self.timeline.tell(event);
    }
}

/// Plays the story with new persons, from the cluster's present civil time on.
pub(crate) async fn play(home: &mut Home, cluster: &mut Cluster) -> Result<Ending> {
    let number = home.begin_play()?;
    let (desk, reads) = (Desk::of(cluster)?.verifying(), Reads::of(cluster)?);
    let first = civil::day(cluster.civil_now());
    let mut stage = Stage { home, cluster, desk, reads, timeline: Timeline::default(), first };
    say::gap();
    say::line(format!(
        "共济 · the founding story, play {number}: a daughter employed in 南京 shares with her mother in 成都"
    ));
    say::line(
        "✓ = read back from the services and as it should be; times are civil time (UTC+8), moved by the program",
    );
    let mut cast = cast::enter(&mut stage, number).await?;
    bond::propose_and_accept(&mut stage, &mut cast).await?;
    transfer::send_and_claim(&mut stage, &mut cast).await?;
    spending::pay_and_refund(&mut stage, &mut cast).await?;
    returned::leave_unclaimed(&mut stage, &mut cast).await?;
    refusals::both(&mut stage, &cast).await?;
    ending::sum_up(&mut stage, &cast).await?;
    let good = stage.timeline.close();
    Ok(Ending { good, cast })
}
