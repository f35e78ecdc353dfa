//! The writer's two lanes: bounded queues that hand out batches. A full lane refuses before anything
//! happened; a command whose caller has gone is dropped when the batch is taken.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, oneshot};

use super::{Answer, Busy, Key, Lane, MAX_COMMANDS, MAX_WEIGHT, SubmitError};

/// The part of a batch that is kept for the bulk lane when both lanes are full: one of so many.
const BULK_SHARE: usize = 8;

/// The sending half of a waiting caller.
pub(super) type Reply<O> = oneshot::Sender<Result<Answer<O>, SubmitError>>;

/// A command that waits, with its caller.
pub(super) struct Job<C, O> {
    pub(super) command: C,
    /// Hashed by the caller: callers are many, and the writer is one.
    pub(super) key: Option<Key>,
    pub(super) weight: usize,
    pub(super) reply: Reply<O>,
}

struct Lanes<C, O> {
    interactive: VecDeque<Job<C, O>>,
    bulk: VecDeque<Job<C, O>>,
    closed: bool,
    /// Why nothing is taken for the time being.
    refusing: Option<Busy>,
}

/// Both lanes of one writer.
pub(super) struct Queue<C, O> {
    lanes: Mutex<Lanes<C, O>>,
    wake: Notify,
    capacity: usize,
    /// The most commands in a batch.
    batch: usize,
}

impl<C, O> Queue<C, O> {
    /// Lanes that hold `capacity` commands each, and hand out at most `batch` at once.
    pub(super) fn new(capacity: usize, batch: usize) -> Self {
        let lanes =
            Lanes { interactive: VecDeque::new(), bulk: VecDeque::new(), closed: false, refusing: None };
        Self { lanes: Mutex::new(lanes), wake: Notify::new(), capacity, batch: batch.clamp(1, MAX_COMMANDS) }
    }

    fn lock(&self) -> MutexGuard<'_, Lanes<C, O>> {
        // Nothing panics while the lanes are held, so a poisoned lock holds whole lanes.
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes all of `jobs`, or none.
    pub(super) fn push(&self, lane: Lane, jobs: Vec<Job<C, O>>) -> Result<(), Busy> {
        let mut lanes = self.lock();
        if lanes.closed {
            return Err(Busy::Stopped);
        }
        if let Some(why) = lanes.refusing {
            return Err(why);
        }
        let queue = match lane {
            Lane::Interactive => &mut lanes.interactive,
            Lane::Bulk => &mut lanes.bulk,
        };
        if queue.len() + jobs.len() > self.capacity {
            return Err(Busy::Full);
        }
        queue.extend(jobs);
        drop(lanes);
        self.wake.notify_one();
        Ok(())
    }

    /// Waits for work and takes a batch; `None` once the queue is closed and empty.
    pub(super) async fn take(&self) -> Option<Vec<Job<C, O>>> {
        loop {
            let woken = self.wake.notified();
            {
                let mut lanes = self.lock();
                let batch = lanes.batch(self.batch);
                if !batch.is_empty() {
                    return Some(batch);
                }
                if lanes.closed && lanes.len() == 0 {
                    return None;
                }
            }
            woken.await;
        }
    }

    /// No more commands are taken; those that wait are still carried out.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_one();
    }

    /// Closes and forgets what waits: its callers learn that nothing is known.
    pub(super) fn abandon(&self) {
        let mut lanes = self.lock();
        lanes.closed = true;
        lanes.interactive.clear();
        lanes.bulk.clear();
        drop(lanes);
        self.wake.notify_one();
    }

    /// Refuses all commands until told otherwise, those that wait among them.
    pub(super) fn refuse(&self, why: Busy) {
        let mut lanes = self.lock();
        lanes.refusing = Some(why);
        let waiting = [std::mem::take(&mut lanes.interactive), std::mem::take(&mut lanes.bulk)];
        drop(lanes);
        for job in waiting.into_iter().flatten() {
            // A caller that has gone needs no answer.
            let _ = job.reply.send(Err(why.into()));
        }
    }

    /// Takes commands again.
    pub(super) fn admit(&self) {
        self.lock().refusing = None;
    }

    /// Whether no more commands will come.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// How many commands wait.
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }
}

/// Abandons the queue when it is dropped: whoever took from it has ended, also by a panic, and nobody waits for ever.
pub(super) struct Abandoned<C, O>(pub(super) Arc<Queue<C, O>>);

impl<C, O> Drop for Abandoned<C, O> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl<C, O> Lanes<C, O> {
    fn len(&self) -> usize {
        self.interactive.len() + self.bulk.len()
    }

    fn batch(&mut self, most: usize) -> Vec<Job<C, O>> {
        let kept = self.bulk.len().min(most / BULK_SHARE);
        // A heavy job at the front of the bulk lane gets all it needs: passed over once, it would be for ever.
        let first = self.bulk.front().map_or(0, |job| job.weight.clamp(MAX_WEIGHT / 8, MAX_WEIGHT));
        let open = MAX_WEIGHT - first;
        let mut batch = Vec::with_capacity(self.len().min(most));
        let mut weight = 0;
        if kept == 0 || self.interactive.front().is_some_and(|job| job.weight <= open) {
            fill(&mut batch, &mut weight, &mut self.interactive, most - kept, open);
        }
        fill(&mut batch, &mut weight, &mut self.bulk, most, MAX_WEIGHT);
        batch
    }
}

/// Moves jobs into the batch up to both bounds. A job heavier than the bound still goes, alone.
fn fill<C, O>(
    batch: &mut Vec<Job<C, O>>,
    weight: &mut usize,
    queue: &mut VecDeque<Job<C, O>>,
    most: usize,
    heaviest: usize,
) {
    while batch.len() < most {
        let Some(job) = queue.front() else { return };
        if job.reply.is_closed() {
            queue.pop_front();
            continue;
        }
        if *weight + job.weight > heaviest && !batch.is_empty() {
            return;
        }
        *weight += job.weight;
        batch.extend(queue.pop_front());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Waiting = (Job<u32, ()>, oneshot::Receiver<Result<Answer<()>, SubmitError>>);

    fn job(command: u32, weight: usize) -> Waiting {
        let (reply, answer) = oneshot::channel();
        (Job { command, key: None, weight, reply }, answer)
    }

    fn push(queue: &Queue<u32, ()>, lane: Lane, n: u32, weight: usize) -> Vec<Waiting> {
        let (jobs, kept): (Vec<_>, Vec<_>) = (0..n).map(|i| job(i, weight)).unzip();
        queue.push(lane, jobs).expect("there is room");
        kept.into_iter().map(|a| (job(0, 0).0, a)).collect()
    }

    #[tokio::test]
    async fn bulk_work_gets_an_eighth_of_a_batch_when_both_lanes_are_full() {
        let queue = Queue::new(2_000, MAX_COMMANDS);
        let _kept = (push(&queue, Lane::Interactive, 1_000, 1), push(&queue, Lane::Bulk, 1_000, 1));
        let batch = queue.take().await.expect("work waits");
        assert_eq!(batch.len(), MAX_COMMANDS);
        assert_eq!(queue.lock().bulk.len(), 1_000 - MAX_COMMANDS / BULK_SHARE);
    }

    #[tokio::test]
    async fn a_heavy_bulk_job_is_not_passed_over_for_ever() {
        let queue = Queue::new(2_000, MAX_COMMANDS);
        let _kept = (push(&queue, Lane::Interactive, 1_000, 18), push(&queue, Lane::Bulk, 1, 3_000));
        let batch = queue.take().await.expect("work waits");
        assert_eq!(batch.iter().filter(|job| job.weight == 3_000).count(), 1);
        assert!(batch.len() > 1, "people at the counter go with it");
    }

    #[tokio::test]
    async fn a_batch_holds_no_more_than_was_set() {
        let queue = Queue::new(10, 1);
        let _kept = (push(&queue, Lane::Interactive, 2, 1), push(&queue, Lane::Bulk, 2, 1));
        for _ in 0..4 {
            assert_eq!(queue.take().await.expect("work waits").len(), 1);
        }
    }

    #[tokio::test]
    async fn a_batch_is_bounded_by_the_rows_it_touches() {
        let queue = Queue::new(2_000, MAX_COMMANDS);
        let _kept = push(&queue, Lane::Interactive, 100, 1_000);
        assert_eq!(queue.take().await.expect("work waits").len(), 4);
    }

    #[tokio::test]
    async fn a_command_whose_caller_has_gone_is_dropped() {
        let queue = Queue::new(10, MAX_COMMANDS);
        let (gone, answer) = job(1, 1);
        let (waits, _kept) = job(2, 1);
        drop(answer);
        queue.push(Lane::Interactive, vec![gone, waits]).expect("there is room");
        let batch = queue.take().await.expect("work waits");
        assert_eq!(batch.iter().map(|job| job.command).collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn a_full_lane_takes_all_or_nothing() {
        let queue: Queue<u32, ()> = Queue::new(2, MAX_COMMANDS);
        let (a, _a) = job(1, 1);
        let (b, _b) = job(2, 1);
        let (c, _c) = job(3, 1);
        assert_eq!(queue.push(Lane::Bulk, vec![a, b, c]), Err(Busy::Full));
        assert_eq!(queue.len(), 0);
    }
}
