//! What waits in a lane: steps in order, reports of which only the newest per lot is kept, and work that waits
//! for its time.

use std::collections::{BTreeMap, HashMap, VecDeque};

use standards::TransferId;
use tokio::time::Instant;

use crate::driver::{Errand, Report, Work};

/// Of a full batch, so much is kept for reports while steps wait as well.
const REPORTS_SHARE: usize = 8;

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

    /// Takes up to `most` things to send.
    pub(super) fn take(&mut self, most: usize) -> Vec<Work> {
        let kept = self.order.len().min(most / REPORTS_SHARE);
        let steps = self.steps.len().min(most - kept);
        let mut batch: Vec<Work> = self.steps.drain(..steps).map(Work::Step).collect();
        while batch.len() < most
            && let Some(key) = self.order.pop_front()
        {
            batch.extend(self.reports.remove(&key).map(Work::Report));
        }
        batch
    }
}
