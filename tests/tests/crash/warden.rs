//! Tells services at which points to die, starts them again when they have, and writes down which point it was. A
//! service that dies in any other way is a failure.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use e2e::{Scene, meanwhile};
use time::OffsetDateTime;

use super::table::{Point, Table};

/// The variable that arms a service, which is also what it says last.
const VARIABLE: &str = "GONGJI_CRASH_AT";
/// The signal of a process that aborts.
const ABORT: i32 = 6;
/// How often the services are looked after.
const PAUSE: Duration = Duration::from_millis(10);
/// How long the clocks of all services may take to be set.
const PATIENCE: Duration = Duration::from_secs(60);
/// Of a log so much of the end is read.
const LAST_WORDS: u64 = 16 * 1024;

/// At what a service is to die.
#[derive(Clone, Debug)]
pub(crate) enum Sentence {
    /// At each of these once, whichever comes first.
    Each(Vec<Point>),
    /// At each of these, one after the other.
    InTurn(Vec<Point>),
    /// At this, again and again.
    Always(Point),
}

impl Sentence {
    fn armed(&self) -> &[Point] {
        match self {
            Self::Each(points) => points,
            Self::InTurn(points) => &points[..points.len().min(1)],
            Self::Always(point) => std::slice::from_ref(point),
        }
    }

    /// Served by this death; the point, or none if it was not armed.
    fn serve(&mut self, said: &str) -> Option<Point> {
        let at = self.armed().iter().position(|point| point.to_string() == said)?;
        match self {
            Self::Each(points) | Self::InTurn(points) => Some(points.remove(at)),
            Self::Always(point) => Some(point.clone()),
        }
    }

    fn text(&self) -> String {
        self.armed().iter().map(Point::to_string).collect::<Vec<_>>().join(",")
    }
}

/// Looks after the services of a scene.
pub(crate) struct Warden<'a> {
    scene: &'a mut Scene,
    sentences: Vec<(&'static str, Sentence)>,
    deaths: Vec<(&'static str, Point)>,
}

impl<'a> Warden<'a> {
    pub(crate) const fn of(scene: &'a mut Scene) -> Self {
        Self { scene, sentences: Vec::new(), deaths: Vec::new() }
    }

    pub(crate) const fn scene(&self) -> &Scene {
        self.scene
    }

    /// Arms services that are alive.
    pub(crate) fn arm(&mut self, table: Table, sentence: fn(Vec<Point>) -> Sentence) -> Result<()> {
        for (service, points) in table {
            self.condemn(service, sentence(points))?;
        }
        Ok(())
    }

    /// Arms a service that is alive.
    pub(crate) fn condemn(&mut self, service: &'static str, sentence: Sentence) -> Result<()> {
        self.scene.cluster.start_again(service, &[(VARIABLE, &sentence.text())])?;
        self.sentences.push((service, sentence));
        Ok(())
    }

    /// The points that were armed and not reached.
    pub(crate) fn left(&self) -> Vec<String> {
        let each = self.sentences.iter().filter(|(_, sentence)| !matches!(sentence, Sentence::Always(_)));
        each.flat_map(|(service, sentence)| match sentence {
            Sentence::Each(points) | Sentence::InTurn(points) => {
                points.iter().map(|point| format!("{service} at {point}")).collect::<Vec<_>>()
            }
            Sentence::Always(_) => Vec::new(),
        })
        .collect()
    }

    /// How often a service has died since the last pardon.
    pub(crate) fn deaths_of(&self, service: &str) -> usize {
        self.deaths.iter().filter(|(died, _)| *died == service).count()
    }

    /// Whether a point is left that is reached while people are awake.
    pub(crate) fn waits_for_day(&self) -> bool {
        self.sentences.iter().any(|(_, sentence)| match sentence {
            Sentence::Each(points) | Sentence::InTurn(points) => {
                points.iter().any(|point| !point.is_of_the_night())
            }
            Sentence::Always(_) => false,
        })
    }

    /// Ends all that is left: every service lives, and is not told to die.
    pub(crate) async fn pardon(&mut self) -> Result<Vec<(&'static str, Point)>> {
        for (service, sentence) in std::mem::take(&mut self.sentences) {
            let serves =
                sentence.text().is_empty() && self.scene.cluster.process_mut(service)?.ended()?.is_none();
            if serves {
                self.scene.cluster.process_mut(service)?.serving().await?;
            } else {
                self.scene.cluster.restart(service, &[]).await?;
            }
        }
        Ok(std::mem::take(&mut self.deaths))
    }

    /// Starts again what has died at a point.
    pub(crate) fn look(&mut self) -> Result<()> {
        for (service, sentence) in &mut self.sentences {
            let process = self.scene.cluster.process_mut(service)?;
            let Some(status) = process.ended()? else { continue };
            let said = last_words(process.log())?;
            ensure!(status.signal() == Some(ABORT), "{service} ended by itself with {status}: {said}");
            let named = said.lines().rev().find_map(|line| {
                line.strip_prefix(VARIABLE)?.strip_suffix("aborts").map(str::trim).map(str::to_owned)
            });
            let named = named.with_context(|| format!("{service} aborted at no point: {said}"))?;
            let point = sentence.serve(&named);
            let point = point.with_context(|| format!("{service} died at {named}, where it was not to"))?;
            self.deaths.push((service, point));
            let armed = sentence.text();
            let extra = [(VARIABLE, armed.as_str())];
            self.scene.cluster.start_again(service, if armed.is_empty() { &[] } else { &extra })?;
        }
        Ok(())
    }

    /// Looks after the services as long as something goes on.
    pub(crate) async fn during<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        meanwhile(work, PAUSE, async || self.look()).await
    }

    /// Lets civil time pass for all services, dead or alive.
    pub(crate) async fn pass_to(&mut self, at: OffsetDateTime) -> Result<()> {
        self.scene.cluster.pass_to(at);
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.look()?;
            let now = self.scene.cluster.civil_now();
            match self.scene.cluster.set_clock(now).await {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() >= deadline => bail!("the clocks could not be set: {error:?}"),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

/// The end of a log.
fn last_words(log: &Path) -> Result<String> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_WORDS)))?;
    let mut words = Vec::new();
    file.read_to_end(&mut words)?;
    Ok(String::from_utf8_lossy(&words).into_owned())
}
