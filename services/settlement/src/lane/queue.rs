//! What waits in a lane: steps in order, reports of which only the newest per lot is kept, and work that waits
//! for its time. It never puts more into a batch than a book reads.

use std::collections::{BTreeMap, HashMap, VecDeque};

use chassis::serve::MAX_BATCH_MESSAGE;
use saga::Step;
use standards::TransferId;
use tokio::time::Instant;

use crate::driver::{Errand, Report, Work};

/// Of a full batch, so much is kept for reports while steps wait as well.
const REPORTS_SHARE: usize = 8;
/// Bytes of commands in one batch: a book refuses to read more than twice as many.
const MOST_BYTES: usize = MAX_BATCH_MESSAGE / 2;
/// No command is longer than so many bytes and its assertion: the longest is an earmark, with four ids, two pools,
/// a place, a day and three amounts.
const PLAIN: usize = 512;

type LotKey = (TransferId, u16);

/// A lane's waiting work.
#[derive(Default)]
pub(super) struct Queue {
    steps: VecDeque<Box<Errand>>,
    reports: HashMap<LotKey, Report>,
    order: VecDeque<LotKey>,
    later: BTreeMap<(Instant, u64), Work>,
    number: u64,
}

impl Queue {
    /// Whether nothing can be sent now.
    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.order.is_empty()
    }

    /// Puts work at the end.
    pub(super) fn push(&mut self, work: Work) {
        match work {
            Work::Step(errand) => self.steps.push_back(errand),
            Work::Report(report) => self.push_report(report, false),
        }
    }

    /// Puts work that comes back where it was.
    pub(super) fn push_first(&mut self, work: Work) {
        match work {
            Work::Step(errand) => self.steps.push_front(errand),
            Work::Report(report) => self.push_report(report, true),
        }
    }

    /// Keeps work until its time has come.
    pub(super) fn push_later(&mut self, work: Work, at: Instant) {
        self.number += 1;
        self.later.insert((at, self.number), work);
    }

    fn push_report(&mut self, report: Report, first: bool) {
        let key = (report.pinned.id, report.due.hop);
        if let Some(waiting) = self.reports.get_mut(&key) {
            if report.due.at_sequence > waiting.due.at_sequence {
                *waiting = report;
            }
            return;
        }
        self.reports.insert(key, report);
        if first { self.order.push_front(key) } else { self.order.push_back(key) }
    }

    /// Moves work whose time has come to the end; returns when the next one comes.
    pub(super) fn ripen(&mut self, now: Instant) -> Option<Instant> {
        while let Some(entry) = self.later.first_entry() {
            if entry.key().0 > now {
                return Some(entry.key().0);
            }
            let work = entry.remove();
            self.push(work);
        }
        None
    }

    /// Takes up to `most` things to send, and no more bytes than a book reads; at least one if there is any.
    pub(super) fn take(&mut self, most: usize) -> Vec<Work> {
        let kept = self.order.len().min(most / REPORTS_SHARE);
        let mut bytes = kept * PLAIN;
        let mut batch = Vec::new();
        while batch.len() < most - kept
            && let Some(errand) =
                self.steps.pop_front_if(|errand| batch.is_empty() || bytes + size(errand) <= MOST_BYTES)
        {
            bytes += size(&errand);
            batch.push(Work::Step(errand));
        }
        bytes -= kept * PLAIN;
        while batch.len() < most
            && bytes + PLAIN <= MOST_BYTES
            && let Some(key) = self.order.pop_front()
        {
            bytes += PLAIN;
            batch.extend(self.reports.remove(&key).map(Work::Report));
        }
        batch
    }
}

/// Bytes that a step's command takes at most.
fn size(errand: &Errand) -> usize {
    let assertion = match saga::next(&errand.state) {
        Some(Step::Earmark) => errand.pinned.assertion.len(),
        Some(Step::Claim { .. }) => errand.claim_assertion.len(),
        _ => 0,
    };
    PLAIN + assertion
}

#[cfg(test)]
mod tests {
    use money::Yuan;
    use saga::{DrawDue, LotState};

    use super::*;
    use crate::{driver::Driver, sample, transfer::Lot};

    /// A queue of so many earmarks with assertions of so many bytes, and so many reports.
    fn queue(steps: usize, assertion: usize, reports: usize) -> Queue {
        let (driver, mut inboxes) = Driver::new(["32-01".parse().expect("a book")]);
        (0..steps).for_each(|_| driver.take_step(&sample::transfer(assertion)));
        for _ in 0..reports {
            let transfer = sample::transfer(0);
            let seen = DrawDue { hop: 0, at_sequence: 9, consumed: Yuan::from_fen(1), lot: LotState::Open };
            let lot = Lot { due: true, ..Lot::first(transfer.pinned.id, seen) };
            driver.take_report(&lot, &transfer.pinned);
        }
        let mut queue = Queue::default();
        while let Ok(work) = inboxes[0].1.try_recv() {
            queue.push(work);
        }
        queue
    }

    #[test]
    fn a_batch_is_bounded_by_what_a_book_reads_and_nothing_is_lost() {
        for (assertion, reports) in [(0, 0), (1_000, 0), (4_096, 0), (4_096, 600), (0, 600)] {
            let mut queue = queue(600, assertion, reports);
            let mut seen = 0;
            while !queue.is_empty() {
                let batch = queue.take(512);
                assert!((1..=512).contains(&batch.len()));
                assert!(crate::peer::book::encoded_len(&batch) <= MAX_BATCH_MESSAGE / 2);
                seen += batch.len();
            }
            assert_eq!(seen, 600 + reports);
        }
    }

    #[test]
    fn a_step_that_is_too_long_for_any_batch_is_sent_alone() {
        let mut queue = queue(2, 2 * MOST_BYTES, 0);
        assert_eq!(queue.take(512).len(), 1);
        assert_eq!(queue.take(512).len(), 1);
        assert!(queue.is_empty());
    }
}
