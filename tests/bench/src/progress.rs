//! What is being done at the moment: a bar on a terminal, plain lines elsewhere. Always on standard error.

use std::{
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// Counts the steps of the run.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    since: Instant,
}

impl Progress {
    /// A run of so many steps.
    pub(crate) fn new(steps: u64) -> Self {
        let style = ProgressStyle::with_template("{spinner} [{bar:30}] {pos}/{len} {elapsed} {msg}");
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(steps);
            // A bar without its style still moves.
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(500));
            bar
        });
        Self { bar, since: Instant::now() }
    }

    /// The next step begins.
    pub(crate) fn step(&self, what: &str) {
        match &self.bar {
            Some(bar) => {
                bar.inc(1);
                bar.set_message(what.to_owned());
            }
            None => eprintln!("{:>4} s  {what}", self.since.elapsed().as_secs()),
        }
    }

    /// Nothing is left to do.
    pub(crate) fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
