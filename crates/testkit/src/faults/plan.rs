//! The rules of a proxy at work: which call is whose, and how often each fault took effect.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use anyhow::{Result, bail};
use tokio::sync::watch;

use super::{
    parcel::{Parcel, Upstream},
    rule::Rule,
};

/// Every rule there ever was, and how many calls of each method were answered so far.
#[derive(Default)]
pub(super) struct Plan {
    rules: Mutex<Vec<Arc<Active>>>,
    answered: watch::Sender<BTreeMap<String, u64>>,
}

/// A rule at work.
pub(super) struct Active {
    rule: Rule,
    seen: watch::Sender<u32>,
    retired: AtomicBool,
    hits: watch::Sender<u32>,
    carried_out: AtomicU32,
    held: Mutex<Vec<Parcel>>,
}

/// What a rule has done; cheap to clone.
#[derive(Clone)]
pub struct Hits {
    active: Arc<Active>,
    upstream: Upstream,
}

impl Plan {
    fn rules(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Active>>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, rule: Rule) -> Arc<Active> {
        let active = Arc::new(Active {
            rule,
            seen: watch::Sender::new(0),
            retired: AtomicBool::new(false),
            hits: watch::Sender::new(0),
            carried_out: AtomicU32::new(0),
            held: Mutex::default(),
        });
        self.rules().push(Arc::clone(&active));
        active
    }

    /// The rule that has this call; every rule that sees the method counts it.
    pub(super) fn pick(&self, path: &str) -> Option<Arc<Active>> {
        let mut picked = None;
        for active in self.rules().iter().filter(|active| active.sees(path)) {
            let mut number = 0;
            active.seen.send_modify(|seen| {
                *seen += 1;
                number = *seen;
            });
            if picked.is_none() && active.rule.picks(number) {
                picked = Some(Arc::clone(active));
            }
        }
        picked
    }

    pub(super) fn retire_all(&self) {
        self.rules().iter().for_each(|active| active.retired.store(true, Ordering::SeqCst));
    }

    pub(super) fn silent(&self) -> Vec<String> {
        let rules = self.rules();
        rules.iter().filter(|active| active.count() == 0).map(|active| active.rule.to_string()).collect()
    }

    /// A call was answered by the service.
    pub(super) fn answered(&self, path: &str) {
        self.answered.send_modify(|paths| *paths.entry(path.to_owned()).or_default() += 1);
    }

    /// Waits until a call of a method that is answered from now on; false if none was in `patience`.
    pub(super) async fn overtaken(&self, by: &str, patience: Duration) -> bool {
        let mut answered = self.answered.subscribe();
        let before = answered.borrow().get(by).copied();
        let later = answered.wait_for(|paths| paths.get(by).copied() > before);
        matches!(tokio::time::timeout(patience, later).await, Ok(Ok(_)))
    }
}

impl Active {
    fn sees(&self, path: &str) -> bool {
        !self.retired.load(Ordering::SeqCst) && self.rule.sees(path)
    }

    pub(super) const fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The fault took effect.
    pub(super) fn hit(&self) {
        self.hits.send_modify(|hits| *hits += 1);
    }

    /// The fault took effect on a call to which the service said this.
    pub(super) fn hit_with(&self, status: Option<i32>) {
        if status == Some(0) {
            self.carried_out.fetch_add(1, Ordering::SeqCst);
        }
        self.hit();
    }

    pub(super) fn hold(&self, parcel: Parcel) {
        self.held().push(parcel);
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Vec<Parcel>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self) -> u32 {
        *self.hits.borrow()
    }
}

impl Hits {
    pub(super) const fn new(active: Arc<Active>, upstream: Upstream) -> Self {
        Self { active, upstream }
    }

    /// How often the fault took effect.
    pub fn count(&self) -> u32 {
        self.active.count()
    }

    /// How often it did on a call that the service had carried out, as far as it waited for the answer.
    pub fn carried_out(&self) -> u32 {
        self.active.carried_out.load(Ordering::SeqCst)
    }

    /// How many requests wait for [`Self::release`].
    pub fn held(&self) -> usize {
        self.active.held().len()
    }

    /// Waits until the fault has taken effect so often.
    pub async fn reach(&self, hits: u32, patience: Duration) -> Result<()> {
        self.counted(&self.active.hits, hits, patience).await
    }

    /// Waits until the rule has seen so many calls, those it did not pick among them.
    pub async fn sees(&self, calls: u32, patience: Duration) -> Result<()> {
        self.counted(&self.active.seen, calls, patience).await
    }

    async fn counted(&self, counter: &watch::Sender<u32>, least: u32, patience: Duration) -> Result<()> {
        let mut counter = counter.subscribe();
        let reached = tokio::time::timeout(patience, counter.wait_for(|count| *count >= least)).await;
        if reached.is_ok_and(|seen| seen.is_ok()) {
            return Ok(());
        }
        bail!("{}: {} instead of {least} in {patience:?}", self.active.rule, *counter.borrow())
    }

    /// Sends the requests that wait to the service, one after the other, and gives the gRPC status of each answer;
    /// `None` if there was none.
    pub async fn release(&self) -> Vec<Option<i32>> {
        let waiting = std::mem::take(&mut *self.active.held());
        let mut statuses = Vec::with_capacity(waiting.len());
        for parcel in waiting {
            let status = self.upstream.deliver(parcel).await;
            self.active.hit_with(status);
            statuses.push(status);
        }
        statuses
    }

    /// Ends the rule.
    pub fn retire(&self) {
        self.active.retired.store(true, Ordering::SeqCst);
    }
}
