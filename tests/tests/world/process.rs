//! One process of settlement: the service's own driver and keeper, and what it has in hand. A crash drops it whole.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use chassis::clock::Clock;
use policy::Rules;
use saga::{Sent, State};
use settlement::{
    command::{Command, Drawn, StepDone},
    driver::{Driver, Errand, Inbox, Work},
    hub::Hub,
    keeper::{Changed, Keeper},
};
use standards::BookId;
use uuid::Uuid;

pub(crate) struct Process {
    /// Its name; a new process of the same name is another one.
    pub(crate) name: String,
    pub(crate) keeper: Keeper,
    /// It stands still and knows nothing of it.
    pub(crate) paused: bool,
    /// How wrong its clock is, in seconds.
    pub(crate) offset: i64,
    inboxes: Vec<(BookId, Inbox)>,
    queues: BTreeMap<BookId, VecDeque<Work>>,
}

/// What answers lead to: commands for the writer, each with the work that stays in hand until it is stored.
#[derive(Default)]
pub(crate) struct Results {
    pub(crate) commands: Vec<Command>,
    pub(crate) works: Vec<Work>,
}

impl Process {
    pub(crate) fn new(id: Uuid, name: &str, rules: &Arc<Rules>, books: &[BookId]) -> Self {
        let (driver, inboxes) = Driver::new(books.iter().copied());
        let keeper = Keeper::new(id, Arc::clone(rules), Clock::system(), Arc::new(Hub::default()), driver);
        let queues = books.iter().map(|book| (*book, VecDeque::new())).collect();
        Self { name: name.to_owned(), keeper, paused: false, offset: 0, inboxes, queues }
    }

    /// After a commit: hands what changed to the driver.
    pub(crate) fn committed(&self, changed: &Changed) {
        changed.transfers.iter().for_each(|transfer| self.keeper.driver.take_step(transfer));
        changed.lots.iter().for_each(|(lot, pinned)| self.keeper.driver.take_report(lot, pinned));
    }

    /// Work that waits for a book.
    pub(crate) fn queue(&mut self, book: BookId) -> &mut VecDeque<Work> {
        let queue = self.queues.get_mut(&book).expect("every book has a queue");
        for (of, inbox) in &mut self.inboxes {
            while *of == book
                && let Ok(work) = inbox.try_recv()
            {
                queue.push_back(work);
            }
        }
        queue
    }

    /// Takes at most so much of it.
    pub(crate) fn take(&mut self, book: BookId, most: usize) -> Vec<Work> {
        let queue = self.queue(book);
        let most = most.min(queue.len());
        queue.drain(..most).collect()
    }

    /// Nobody knows what became of it: it is sent again.
    pub(crate) fn again(&mut self, book: BookId, works: Vec<Work>) {
        let queue = self.queue(book);
        works.into_iter().rev().for_each(|work| queue.push_front(work));
    }

    /// What the answers of a book lead to, as its lane decides it.
    pub(crate) fn land(&mut self, book: BookId, landed: Vec<(Work, saga::Outcome)>) -> Results {
        let mut results = Results::default();
        for (work, outcome) in landed {
            match work {
                Work::Step(errand) => self.land_step(book, *errand, outcome, &mut results),
                Work::Report(report) => {
                    let drawn = Drawn { transfer: report.pinned.id, report: report.due };
                    match report.due.answered(&outcome) {
                        Sent::Known => results.commands.push(Command::DrawnDown(drawn)),
                        Sent::Again => {
                            self.queue(book).push_back(Work::Report(report));
                            continue;
                        }
                        Sent::Park => results.commands.push(Command::Stuck(drawn, format!("{outcome:?}"))),
                    }
                    results.works.push(Work::Report(report));
                }
            }
        }
        results
    }

    fn land_step(&mut self, book: BookId, errand: Errand, outcome: saga::Outcome, results: &mut Results) {
        let step = saga::next(&errand.state).expect("an errand asks for a step");
        let to = saga::apply(errand.state.clone(), step, outcome.clone()).expect("the step was asked for");
        if to == errand.state {
            self.queue(book).push_back(Work::Step(Box::new(errand)));
        } else if matches!(to, State::Earmarked { .. }) {
            self.keeper.driver.pass_on(Errand { state: to, ..errand });
        } else {
            let (transfer, version) = (errand.pinned.id, errand.version);
            let done = StepDone { transfer, version, step, outcome, to };
            results.commands.push(Command::StepDone(Box::new(done)));
            results.works.push(Work::Step(Box::new(errand)));
        }
    }

    /// Whether nothing waits.
    pub(crate) fn is_idle(&mut self, books: &[BookId]) -> bool {
        books.iter().all(|book| self.queue(*book).is_empty())
    }
}
