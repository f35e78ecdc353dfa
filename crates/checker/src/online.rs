//! The check while services run and fail: one snapshot per database at a time, and a memory of what did not fit.
//!
//! What holds within one database holds at every instant and is a finding at once. What holds between databases
//! holds only once each has heard of the other: it becomes a finding when the very same disagreement is seen for
//! longer than that may take. Time is the observer's own, so a civil clock that jumps ages nothing.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::Result;

use crate::{
    Sources, across, each, limits, read,
    rows::World,
    verdict::{Example, Judge, Verdict},
};

/// How long a disagreement between databases may last where nobody says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Looks at the databases again and again.
#[derive(Debug)]
pub struct Observer {
    patience: Duration,
    /// Disagreements between databases, and since when they have been seen without a break.
    waiting: BTreeMap<Example, Instant>,
    verdict: Verdict,
    looks: usize,
    missed: usize,
}

impl Default for Observer {
    fn default() -> Self {
        Self::new(PATIENCE)
    }
}

impl Observer {
    /// An observer for whom databases must agree on whatever is older than `patience`.
    pub fn new(patience: Duration) -> Self {
        Self { patience, waiting: BTreeMap::new(), verdict: Verdict::default(), looks: 0, missed: 0 }
    }

    /// Looks once; gives what this look found, and keeps it.
    ///
    /// # Errors
    /// If a database cannot be read, which is no finding while databases are made to fail.
    pub async fn look(&mut self, sources: &Sources) -> Result<Verdict> {
        let world = match read::world(sources).await {
            Ok(world) => world,
            Err(error) => {
                self.missed += 1;
                return Err(error);
            }
        };
        let verdict = self.judge(&world, Instant::now());
        self.looks += 1;
        self.verdict.add(verdict.clone());
        Ok(verdict)
    }

    /// Looks, with a pause between two looks, as long as `work` goes on, and gives its result.
    pub async fn during<T>(
        &mut self,
        sources: &Sources,
        pause: Duration,
        work: impl Future<Output = T>,
    ) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            // A database that cannot be read is counted as missed; the next look is another one.
            let look = async {
                let _ = self.look(sources).await;
                tokio::time::sleep(pause).await;
            };
            tokio::select! {
                result = &mut work => return result,
                () = look => {}
            }
        }
    }

    fn judge(&mut self, world: &World, now: Instant) -> Verdict {
        let mut judge = Judge::default();
        each(world, &mut judge);
        limits::check(world, &mut judge);
        let mut between = Judge::default();
        across::check(world, &mut between);
        across::untold(world, &mut between);
        let seen = between.take();
        let since = |example: &Example| self.waiting.get(example).copied().unwrap_or(now);
        let waiting: BTreeMap<Example, Instant> =
            seen.into_iter().map(|example| (since(&example), example)).map(|(at, it)| (it, at)).collect();
        let late = waiting.iter().filter(|(_, at)| now.duration_since(**at) >= self.patience);
        judge.put(late.map(|(example, _)| example.clone()));
        self.waiting = waiting;
        let mut verdict = judge.verdict();
        verdict.add(between.verdict());
        verdict
    }

    /// What all looks found.
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// How often it looked.
    pub const fn looks(&self) -> usize {
        self.looks
    }

    /// How often a database could not be read.
    pub const fn missed(&self) -> usize {
        self.missed
    }

    /// Disagreements between databases that may still end by themselves.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}
