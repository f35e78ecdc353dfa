//! Brings work to the lane of the book that must do it: the next step of a transfer, or a report about a lot.
//!
//! What is handed over has been stored before. Losing all of it only delays: the sweep finds it in the rows.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use saga::{DrawDue, State};
use standards::{BookId, TransferId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::transfer::{Lot, Pinned, Transfer};

/// The most transfers that may be under way; beyond it no new one is accepted, so that a silent book cannot fill
/// the memory.
pub const MOST_UNDER_WAY: usize = 200_000;

/// The step that a transfer asks for, and the version at which it asks.
#[derive(Debug)]
pub struct Errand {
    pub pinned: Arc<Pinned>,
    pub version: i64,
    pub state: State,
    pub claim_assertion: String,
    /// The hash that came with the earmark; empty unless the state is earmarked.
    pub earmark_hash: String,
    /// How often it was answered with nothing.
    pub tries: u32,
    pub ticket: Ticket,
}

/// A report that the sharer's book must get.
#[derive(Debug)]
pub struct Report {
    pub pinned: Arc<Pinned>,
    pub due: DrawDue,
    pub tries: u32,
    pub ticket: Ticket,
}

/// One thing for one book.
#[derive(Debug)]
pub enum Work {
    Step(Box<Errand>),
    Report(Report),
}

/// What this process has in hand. The sweep leaves it alone.
#[derive(Debug, Default)]
struct Held {
    counts: Mutex<HashMap<TransferId, usize>>,
}

impl Held {
    fn lock(&self) -> MutexGuard<'_, HashMap<TransferId, usize>> {
        // Nothing panics while the map is held.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that a transfer is in hand, until it is dropped.
#[derive(Debug)]
pub struct Ticket {
    held: Arc<Held>,
    transfer: TransferId,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut counts = self.held.lock();
        if let Some(count) = counts.get_mut(&self.transfer) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.transfer);
            }
        }
    }
}

/// Where work for a book waits.
pub type Inbox = UnboundedReceiver<Work>;

/// Hands out work. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Driver {
    lanes: Arc<BTreeMap<BookId, UnboundedSender<Work>>>,
    held: Arc<Held>,
}

impl Driver {
    /// A driver for these books, and the inbox of each.
    pub fn new(books: impl IntoIterator<Item = BookId>) -> (Self, Vec<(BookId, Inbox)>) {
        let mut lanes = BTreeMap::new();
        let mut inboxes = Vec::new();
        for book in books {
            let (lane, inbox) = unbounded_channel();
            lanes.insert(book, lane);
            inboxes.push((book, inbox));
        }
        (Self { lanes: Arc::new(lanes), held: Arc::default() }, inboxes)
    }

    /// The books that can be reached.
    pub fn books(&self) -> BTreeSet<BookId> {
        self.lanes.keys().copied().collect()
    }

    /// Whether there is room for one more transfer.
    pub fn has_room(&self) -> bool {
        self.held.lock().len() < MOST_UNDER_WAY
    }

    /// Whether something of this transfer is in hand.
    pub fn holds(&self, transfer: TransferId) -> bool {
        self.held.lock().contains_key(&transfer)
    }

    fn ticket(&self, transfer: TransferId) -> Ticket {
        *self.held.lock().entry(transfer).or_default() += 1;
        Ticket { held: Arc::clone(&self.held), transfer }
    }

    /// Takes on the next step of a transfer, if it asks for one.
    pub fn take_step(&self, transfer: &Transfer) {
        if !transfer.is_due() {
            return;
        }
        // The hash that belongs to a stored earmark is asked for again: the book answers as the first time.
        let state = match transfer.state {
            State::Earmarked { auto_claim, .. } => State::accepted(auto_claim),
            _ => transfer.state.clone(),
        };
        self.pass_on(Errand {
            pinned: Arc::clone(&transfer.pinned),
            version: transfer.version,
            state,
            claim_assertion: transfer.claim_assertion.clone(),
            earmark_hash: String::new(),
            tries: 0,
            ticket: self.ticket(transfer.pinned.id),
        });
    }

    /// Takes on a report, if it is due.
    pub fn take_report(&self, lot: &Lot, pinned: &Arc<Pinned>) {
        if lot.due {
            let report = Report {
                pinned: Arc::clone(pinned),
                due: lot.report(),
                tries: 0,
                ticket: self.ticket(lot.transfer),
            };
            self.send(pinned.sharer_book(), Work::Report(report));
        }
    }

    /// Brings an errand to the book that its state asks for.
    pub fn pass_on(&self, errand: Errand) {
        let Some(step) = saga::next(&errand.state) else { return };
        let book =
            if step.is_for_sharer() { errand.pinned.sharer_book() } else { errand.pinned.beneficiary_book() };
        self.send(book, Work::Step(Box::new(errand)));
    }

    fn send(&self, book: BookId, work: Work) {
        // A book that cannot be reached from here, or a lane that has ended: the rows keep the work.
        match self.lanes.get(&book).map(|lane| lane.send(work)) {
            Some(Ok(())) => {}
            Some(Err(_)) => tracing::debug!(%book, "the lane has ended; the rows keep the work"),
            None => tracing::error!(%book, "no address is configured for a book that has work"),
        }
    }
}
