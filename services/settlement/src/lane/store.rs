//! Offers results to the writer until it has answered each. A full queue is no failure: it is waited for, in smaller
//! parts. A result that was stored already changes nothing.

use std::time::Duration;

use chassis::{
    backoff::{self, Curve},
    batch::{Busy, Lane as WriterLane, MAX_COMMANDS},
    crash_point,
};
use tokio::time::sleep;

use super::Lane;
use crate::{command::Command, driver::Work};

/// Pauses before results are offered to the writer again.
const PAUSES: Curve = Curve { first: Duration::from_millis(20), cap: Duration::from_secs(1) };
/// So often results may come back without an answer; then they are dropped, and as the rows still ask for the work,
/// the sweep takes it up again.
const OFFERS: u32 = 8;

/// A result to store. The work stays in hand until it is.
pub(super) struct Kept {
    command: Command,
    _work: Work,
}

impl Kept {
    /// The result of this work.
    pub(super) fn new(command: Command, work: Work) -> Self {
        Self { command, _work: work }
    }

    /// The step, or the kind of result, as crash points name it.
    #[cfg(debug_assertions)]
    fn label(&self) -> &'static str {
        match &self.command {
            Command::StepDone(done) => done.step.name(),
            other => other.label(),
        }
    }
}

/// How the offers went so far.
struct Offers {
    /// The most results in the next one.
    size: usize,
    /// How many came back without an answer to each.
    failed: u32,
    /// How often in a row the writer took nothing.
    turned_away: u32,
}

impl Offers {
    const NONE: Self = Self { size: MAX_COMMANDS, failed: 0, turned_away: 0 };

    /// The writer took an offer of the full size.
    fn taken(&mut self, is_answered: bool) {
        self.size = MAX_COMMANDS;
        self.turned_away = 0;
        self.failed += u32::from(!is_answered);
    }

    /// The writer took nothing: it is full, or must not decide now. A smaller part may fit in before others do.
    fn turned_away(&mut self) {
        self.size = (self.size / 2).max(1);
        self.turned_away = self.turned_away.saturating_add(1);
    }

    const fn are_over(&self) -> bool {
        self.failed >= OFFERS
    }

    fn pause(&self) -> Duration {
        PAUSES.delay(self.failed.max(self.turned_away), backoff::random())
    }
}

/// Stores results; returns when each is stored or dropped, or the writer has stopped.
pub(super) async fn store(lane: &Lane, writer_lane: WriterLane, mut left: Vec<Kept>) {
    let mut offers = Offers::NONE;
    while !left.is_empty() {
        if offers.are_over() {
            tracing::error!(book = %lane.book, results = left.len(), "results could not be stored and are dropped");
            return;
        }
        let pause = offers.pause();
        // Even a sleep of nothing waits for the timer's next millisecond.
        if !pause.is_zero() {
            sleep(pause).await;
        }
        crash_point!("settlement.before_store", left.iter().take(offers.size).map(Kept::label));
        let part = left.iter().take(offers.size).map(|kept| kept.command.clone()).collect();
        match lane.writer.submit_all(writer_lane, part).await {
            Ok(answers) => {
                crash_point!("settlement.after_store", left.iter().take(offers.size).map(Kept::label));
                offers.taken(answers.iter().all(Result::is_ok));
                let mut answers = answers.into_iter();
                left.retain(|_| answers.next().is_none_or(|answer| answer.is_err()));
            }
            Err(Busy::Stopped) => return,
            Err(_) => offers.turned_away(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_is_waited_for_however_long_and_lost_answers_are_not() {
        let mut offers = Offers::NONE;
        assert!(offers.pause().is_zero(), "the first offer waits for nothing");
        for _ in 0..1_000 {
            offers.turned_away();
        }
        assert!(!offers.are_over());
        assert_eq!(offers.size, 1, "one result always finds a place in the end");
        assert!(offers.pause() <= PAUSES.cap && offers.pause() >= PAUSES.cap / 2);
        for _ in 1..OFFERS {
            offers.taken(false);
            offers.taken(true);
        }
        assert_eq!(offers.size, MAX_COMMANDS);
        assert!(!offers.are_over());
        offers.taken(false);
        assert!(offers.are_over());
    }
}
