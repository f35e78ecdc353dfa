//! Brings work to the lane of the book that must do it: the next step of a transfer, or a report about a lot.
//!
//! What is handed over has been stored before. Losing all of it only delays: the sweep finds it in the rows.

mod claimed;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chassis::status::Refusal;
use saga::{DrawDue, State, Step};
use standards::{BookId, TransferId};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use self::claimed::Claimed;
use crate::{
    command::LotItem,
    error,
    history::History,
    transfer::{Lot, Pinned, Transfer},
};

/// The most things that may wait for one book; beyond it no new transfer that needs the book is accepted. A silent
/// book can fill neither the memory nor the others' room.
pub const MOST_UNDER_WAY: usize = 25_000;

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

impl Work {
    /// The step, or `draw_down` for a report, as crash points name it.
    #[cfg(debug_assertions)]
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Step(errand) => saga::next(&errand.state).map_or("", Step::name),
            Self::Report(_) => "draw_down",
        }
    }
}

/// What this process has in hand. The sweep leaves it alone.
#[derive(Debug, Default)]
struct Held(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    transfers: HashMap<TransferId, usize>,
    /// By the book that the work waits for.
    books: HashMap<BookId, usize>,
}

impl Held {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        // Nothing panics while the counts are held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn leave(&mut self, book: BookId) {
        if let Some(count) = self.books.get_mut(&book) {
            *count = count.saturating_sub(1);
        }
    }
}

/// Says that a transfer is in hand, and for which book, until it is dropped.
#[derive(Debug)]
pub struct Ticket {
    held: Arc<Held>,
    transfer: TransferId,
    book: BookId,
}

impl Ticket {
    /// The work goes on at another book.
    fn turn_to(&mut self, book: BookId) {
        let mut counts = self.held.lock();
        counts.leave(self.book);
        *counts.books.entry(book).or_default() += 1;
        drop(counts);
        self.book = book;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut counts = self.held.lock();
        counts.leave(self.book);
        if let Some(count) = counts.transfers.get_mut(&self.transfer) {
            *count -= 1;
            if *count == 0 {
                counts.transfers.remove(&self.transfer);
            }
        }
    }
}

/// Where work for a book waits.
pub type Inbox = UnboundedReceiver<Work>;

/// The way to a book.
#[derive(Debug)]
struct Way {
    lane: UnboundedSender<Work>,
    history: History,
}

/// Hands out work. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Driver {
    ways: Arc<BTreeMap<BookId, Way>>,
    held: Arc<Held>,
    claimed: Arc<Claimed>,
}

impl Driver {
    /// A driver for these books, and the inbox of each.
    pub fn new(books: impl IntoIterator<Item = BookId>) -> (Self, Vec<(BookId, Inbox)>) {
        let mut ways = BTreeMap::new();
        let mut inboxes = Vec::new();
        for book in books {
            let (lane, inbox) = unbounded_channel();
            ways.insert(book, Way { lane, history: History::new(book) });
            inboxes.push((book, inbox));
        }
        (Self { ways: Arc::new(ways), held: Arc::default(), claimed: Arc::default() }, inboxes)
    }

    /// The books that can be reached.
    pub fn books(&self) -> BTreeSet<BookId> {
        self.ways.keys().copied().collect()
    }

    /// What is known of a book's history; none of a book that cannot be reached from here.
    pub fn history(&self, book: BookId) -> Option<History> {
        self.ways.get(&book).map(|way| way.history.clone())
    }

    /// Whether all of these books have the history that was followed, as far as anybody knows.
    ///
    /// # Errors
    /// FEED_BEHIND, naming the book that has another one.
    pub fn trusts(&self, books: impl IntoIterator<Item = BookId>) -> Result<(), Refusal> {
        let forked = |book: &BookId| self.ways.get(book).is_some_and(|way| way.history.has_forked());
        books.into_iter().find(forked).map_or(Ok(()), |book| Err(error::book_forked(book)))
    }

    /// Whether there is room for one more transfer between these books, and sense in one.
    ///
    /// # Errors
    /// QUEUE_FULL if too much waits for one of them; otherwise as [`Self::trusts`].
    pub fn admits(&self, books: impl IntoIterator<Item = BookId> + Clone) -> Result<(), Refusal> {
        self.trusts(books.clone())?;
        let counts = self.held.lock();
        let waiting = |book| counts.books.get(&book).copied().unwrap_or_default();
        if books.into_iter().any(|book| waiting(book) >= MOST_UNDER_WAY) {
            return Err(Refusal::queue_full());
        }
        Ok(())
    }

    /// Whether something of this transfer is in hand.
    pub fn holds(&self, transfer: TransferId) -> bool {
        self.held.lock().transfers.contains_key(&transfer)
    }

    fn ticket(&self, transfer: TransferId, book: BookId) -> Ticket {
        let mut counts = self.held.lock();
        *counts.transfers.entry(transfer).or_default() += 1;
        *counts.books.entry(book).or_default() += 1;
        Ticket { held: Arc::clone(&self.held), transfer, book }
    }

    /// Whether all that this says of a lot was stored a moment ago, as the answer to a step.
    pub fn knows(&self, lot: &LotItem) -> bool {
        lot.is_untouched() && self.claimed.take(lot.transfer, lot.report.hop)
    }

    /// Takes on the next step of a transfer that is stored, if it asks for one.
    pub fn take_step(&self, transfer: &Transfer) {
        // The hash that belongs to a stored earmark is asked for again: the book answers as the first time.
        let state = match transfer.state {
            State::Claimed { hop } => return self.claimed.note(transfer.pinned.id, hop),
            State::Earmarked { auto_claim, .. } => State::accepted(auto_claim),
            _ => transfer.state.clone(),
        };
        let Some(step) = saga::next(&state) else { return };
        let book = book_of(&transfer.pinned, step);
        let errand = Errand {
            pinned: Arc::clone(&transfer.pinned),
            version: transfer.version,
            state,
            claim_assertion: transfer.claim_assertion.clone(),
            earmark_hash: String::new(),
            tries: 0,
            ticket: self.ticket(transfer.pinned.id, book),
        };
        self.send(book, Work::Step(Box::new(errand)));
    }

    /// Takes on a report, if it is due.
    pub fn take_report(&self, lot: &Lot, pinned: &Arc<Pinned>) {
        if lot.due {
            let book = pinned.sharer_book();
            let report = Report {
                pinned: Arc::clone(pinned),
                due: lot.report(),
                tries: 0,
                ticket: self.ticket(lot.transfer, book),
            };
            self.send(book, Work::Report(report));
        }
    }

    /// Brings an errand to the book that its state asks for.
    pub fn pass_on(&self, mut errand: Errand) {
        let Some(step) = saga::next(&errand.state) else { return };
        let book = book_of(&errand.pinned, step);
        errand.ticket.turn_to(book);
        self.send(book, Work::Step(Box::new(errand)));
    }

    fn send(&self, book: BookId, work: Work) {
        // A book that cannot be reached from here, or a lane that has ended: the rows keep the work.
        match self.ways.get(&book).map(|way| way.lane.send(work)) {
            Some(Ok(())) => {}
            Some(Err(_)) => tracing::debug!(%book, "the lane has ended; the rows keep the work"),
            None => tracing::error!(%book, "no address is configured for a book that has work"),
        }
    }
}

fn book_of(pinned: &Pinned, step: Step) -> BookId {
    if step.is_for_sharer() { pinned.sharer_book() } else { pinned.beneficiary_book() }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;
    use crate::sample;

    fn books(names: [&str; 2]) -> [BookId; 2] {
        names.map(|name| name.parse().expect("a book"))
    }

    #[test]
    fn a_silent_book_fills_its_own_room_only_and_work_that_goes_on_makes_room() {
        let [jiangsu, sichuan] = books(["32-01", "51-01"]);
        let qinghai: BookId = "63-01".parse().expect("a book");
        let (driver, mut inboxes) = Driver::new([jiangsu, sichuan, qinghai]);
        for _ in 0..MOST_UNDER_WAY {
            assert!(driver.admits([jiangsu, sichuan]).is_ok());
            driver.take_step(&sample::transfer(0));
        }
        assert_eq!(driver.admits([jiangsu, sichuan]).expect_err("full").reason, "QUEUE_FULL");
        assert_eq!(driver.admits([qinghai, jiangsu]).expect_err("full").reason, "QUEUE_FULL");
        assert!(driver.admits([qinghai, sichuan]).is_ok());
        // One earmark is placed: it waits for the other book now.
        let Ok(Work::Step(errand)) = inboxes[0].1.try_recv() else { panic!("a step waits") };
        let state = State::Earmarked { earmark_sequence: 7, auto_claim: false };
        driver.pass_on(Errand { state, ..*errand });
        assert!(driver.admits([jiangsu, sichuan]).is_ok());
        assert!(matches!(inboxes[1].1.try_recv(), Ok(Work::Step(_))));
        inboxes.clear();
        assert!(driver.held.lock().transfers.is_empty());
        assert!(driver.held.lock().books.values().all(|count| *count == 0));
    }

    #[test]
    fn what_a_book_tells_of_a_lot_that_was_just_claimed_is_known_unless_something_was_spent() {
        let (driver, _inboxes) = Driver::new(books(["32-01", "51-01"]));
        let mut transfer = sample::transfer(0);
        let id = transfer.pinned.id;
        let told = |fen, lot| {
            let consumed = money::Yuan::from_fen(fen);
            LotItem { transfer: id, report: DrawDue { hop: 0, at_sequence: 9, consumed, lot } }
        };
        let open = told(0, saga::LotState::Open);
        driver.take_step(&transfer);
        assert!(!driver.knows(&open), "its grant is not answered yet");
        transfer.state = State::Claimed { hop: 0 };
        driver.take_step(&transfer);
        assert!(
            !driver.knows(&told(1, saga::LotState::Open)) && !driver.knows(&told(0, saga::LotState::Closed))
        );
        assert!(driver.knows(&open));
        assert!(!driver.knows(&open), "a book says it once");
    }

    #[test]
    fn what_needs_a_book_with_another_history_is_refused_for_now_in_words() {
        let [jiangsu, sichuan] = books(["32-01", "51-01"]);
        let (driver, _inboxes) = Driver::new([jiangsu, sichuan]);
        let forked = chassis::failure::feed(chassis::feed::FeedError::Forked).into();
        driver.history(sichuan).expect("it can be reached").failed(&forked);
        for refusal in [driver.admits([jiangsu, sichuan]), driver.trusts([sichuan])] {
            let refusal = refusal.expect_err("it forked");
            assert_eq!((refusal.code, refusal.reason.as_str()), (Code::Unavailable, "FEED_BEHIND"));
            assert!(refusal.message_en.contains("51-01") && refusal.message_zh.contains("51-01"));
        }
        assert!(driver.admits([jiangsu, jiangsu]).is_ok());
    }
}
