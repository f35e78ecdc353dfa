//! Callers at work on tasks of their own until they are told to stop, with a count of what was answered.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tokio::task::JoinSet;

use crate::caller::Caller;

/// How long the callers may stand still before that is a finding.
const PATIENCE: Duration = Duration::from_secs(40);

/// Callers at work.
pub(crate) struct Work {
    callers: JoinSet<Result<Caller>>,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicUsize>,
    again: Arc<AtomicUsize>,
}

/// What they did.
pub(crate) struct Done {
    pub(crate) callers: Vec<Caller>,
    /// Requests that were answered for certain.
    pub(crate) answered: usize,
    /// Answers that left it open, so that the request was sent again.
    pub(crate) again: usize,
}

impl Work {
    pub(crate) fn of(callers: Vec<Caller>) -> Self {
        let mut work = Self {
            callers: JoinSet::new(),
            stop: Arc::default(),
            answered: Arc::default(),
            again: Arc::default(),
        };
        for mut caller in callers {
            let (stop, answered, again) = (work.stop.clone(), work.answered.clone(), work.again.clone());
            work.callers.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let order = caller.next();
                    let (_, times) = caller.certain(&order).await?;
                    answered.fetch_add(1, Ordering::Relaxed);
                    again.fetch_add(times, Ordering::Relaxed);
                }
                Ok(caller)
            });
        }
        work
    }

    /// Waits until so many more requests are answered.
    pub(crate) async fn goes_on(&self, more: usize) -> Result<()> {
        let (before, deadline) = (self.answered.load(Ordering::Relaxed), Instant::now() + PATIENCE);
        while self.answered.load(Ordering::Relaxed) < before + more {
            ensure!(Instant::now() < deadline, "no {more} answers in {PATIENCE:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Lets each finish what it is about.
    pub(crate) async fn stop(mut self) -> Result<Done> {
        self.stop.store(true, Ordering::Relaxed);
        let mut callers = Vec::new();
        while let Some(ended) = self.callers.join_next().await {
            callers.push(ended.context("a caller panicked")??);
        }
        let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
        Ok(Done { callers, answered: count(&self.answered), again: count(&self.again) })
    }
}
