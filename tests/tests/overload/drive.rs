//! Callers who wait for each answer, and callers who do not wait for anything.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use futures::future::join_all;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tonic::{Code, Status};

use crate::work::Work;

/// How often the callers who do not wait come, each time as many as are due.
const TICK: Duration = Duration::from_millis(4);
/// How often it is looked how large a process is.
const LOOK: Duration = Duration::from_millis(200);

/// What came of the calls of a phase.
#[derive(Debug, Default)]
pub(crate) struct Driven {
    /// Done, or decided for good.
    pub(crate) done: usize,
    /// Refused because there is too much, with what to do and when.
    pub(crate) shed: usize,
    /// Answered too late or not at all.
    pub(crate) unknown: usize,
    /// Refused for want of room without a word on when to come again, or for another reason.
    pub(crate) unexplained: Vec<Status>,
    /// How long calls were made.
    pub(crate) took: Duration,
    /// The largest that the process was.
    pub(crate) largest: u64,
}

impl fmt::Display for Driven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { done, shed, unknown, took, .. } = self;
        let rate = self.rate();
        write!(f, "{rate} a minute ({done} done, {shed} shed, {unknown} unknown in {took:.1?})")
    }
}

impl Driven {
    /// What was done in a minute.
    pub(crate) fn rate(&self) -> usize {
        self.a_minute(self.done)
    }

    /// What was asked for in a minute.
    pub(crate) fn offered(&self) -> usize {
        self.a_minute(self.done + self.shed + self.unknown)
    }

    fn a_minute(&self, calls: usize) -> usize {
        calls * 60_000 / millis(self.took).max(1)
    }

    fn take(&mut self, answer: Result<(), Status>) {
        match answer {
            Ok(()) => self.done += 1,
            Err(status) if status.code() == Code::ResourceExhausted => {
                let parsed = chassis::status::read(&status);
                let worded = parsed.as_ref().is_some_and(|parsed| {
                    parsed.retry_after().is_some() && !parsed.refusal.what_to_do_zh.is_empty()
                });
                self.shed += 1;
                if !worded {
                    self.unexplained.push(status);
                }
            }
            Err(status) if e2e::is_uncertain(&status) => self.unknown += 1,
            Err(status) => self.unexplained.push(status),
        }
    }
}

fn millis(span: Duration) -> usize {
    usize::try_from(span.as_millis()).unwrap_or(usize::MAX)
}

/// So many callers, each with one call at a time.
pub(crate) async fn closed<W: Work>(work: &Arc<W>, callers: usize, span: Duration) -> Driven {
    let began = Instant::now();
    let caller = |_| {
        let work = Arc::clone(work);
        tokio::spawn(async move {
            let mut driven = Driven::default();
            while began.elapsed() < span {
                driven.take(work.ask().await);
            }
            driven
        })
    };
    let mut all = Driven::default();
    for ended in join_all((0..callers).map(caller)).await {
        // A caller's panic is a failed test, told by its missing calls.
        let Ok(driven) = ended else { continue };
        all.done += driven.done;
        all.shed += driven.shed;
        all.unknown += driven.unknown;
        all.unexplained.extend(driven.unexplained);
    }
    all.took = began.elapsed();
    all
}

/// So many calls a minute, whatever becomes of them. What is done counts until the last call was made.
pub(crate) async fn open<W: Work>(
    work: &Arc<W>,
    rate: usize,
    span: Duration,
    size: impl Fn() -> Result<u64>,
) -> Result<Driven> {
    let (began, mut made) = (Instant::now(), 0_usize);
    let (mut tick, mut look) = (interval(TICK), interval(LOOK));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut calls = JoinSet::new();
    let (mut driven, in_time) = (Driven::default(), Arc::new(AtomicUsize::new(0)));
    while began.elapsed() < span {
        tokio::select! {
            _ = tick.tick() => {
                let due = millis(began.elapsed()) * rate / 60_000;
                for _ in made..due {
                    let (work, in_time) = (Arc::clone(work), Arc::clone(&in_time));
                    calls.spawn(async move {
                        let answer = work.ask().await;
                        if answer.is_ok() && began.elapsed() < span {
                            in_time.fetch_add(1, Ordering::Relaxed);
                        }
                        answer
                    });
                }
                made = made.max(due);
            }
            Some(ended) = calls.join_next() => driven.take(ended?),
            _ = look.tick() => driven.largest = driven.largest.max(size()?),
        }
    }
    driven.took = began.elapsed();
    while let Some(ended) = calls.join_next().await {
        driven.take(ended?);
    }
    // What was taken before the end and answered after it is acknowledged, and no goodput.
    let late = driven.done - in_time.load(Ordering::Relaxed);
    driven.done -= late;
    driven.unknown += late;
    Ok(driven)
}
