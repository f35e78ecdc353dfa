//! What is on its way: commands to books and answers from them, lost, repeated, late and out of order; pages of the
//! streams; and what each process does again and again.

use chassis::feed::Cursor;
use ledger::Command as BookCommand;
use settlement::command::{Command, Followed, Items, Outcome};
use time::Duration;

use super::{
    sim::{Flight, Reply, World},
    wire,
};

/// A process that was not heard of for so long is taken for dead.
const LEASE: Duration = Duration::seconds(15);

impl World {
    /// A process sends work to a book.
    pub(crate) fn fly(&mut self, process: usize, book: usize, most: usize) {
        let works = self.processes[process].take(self.names[book], most);
        if !works.is_empty() {
            let commands = works.iter().map(wire::command).collect();
            self.flights.push(Flight { process, book, works, commands });
        }
    }

    /// Any of the flights meets its fate.
    pub(crate) fn arrive(&mut self) {
        if self.flights.is_empty() {
            return;
        }
        let flight = self.flights.swap_remove(self.dice.below(self.flights.len()));
        match self.dice.below(12) {
            0 => {
                self.count("command lost");
                self.back(flight);
            }
            1 => {
                self.count("answer of a book lost");
                self.at_book(flight.book, &flight.commands);
                self.back(flight);
            }
            2 => {
                self.count("command late");
                self.ghosts.push((flight.book, flight.commands.clone()));
                self.back(flight);
            }
            3 => {
                self.count("command repeated");
                self.ghosts.push((flight.book, flight.commands.clone()));
                self.meet(flight);
            }
            _ => self.meet(flight),
        }
    }

    fn back(&mut self, flight: Flight) {
        let book = self.names[flight.book];
        self.processes[flight.process].again(book, flight.works);
    }

    /// The book decides, and its answers set out.
    pub(crate) fn meet(&mut self, flight: Flight) {
        let Flight { process, book, works, commands } = flight;
        let told = self.at_book(book, &commands);
        let answered = works.into_iter().zip(told).map(|(work, told)| {
            let outcome = wire::answered(&work, told);
            (work, outcome)
        });
        let reply = Reply { process, book, landed: answered.collect() };
        if self.faults && self.dice.one_in(3) {
            self.replies.push(reply);
        } else {
            self.land(reply);
        }
    }

    pub(crate) fn land_any(&mut self) {
        let running = |reply: &Reply| !self.processes[reply.process].paused;
        let ready: Vec<usize> =
            (0..self.replies.len()).filter(|number| running(&self.replies[*number])).collect();
        if !ready.is_empty() {
            let reply = self.replies.swap_remove(*self.dice.pick(&ready));
            self.land(reply);
        }
    }

    /// Answers reach a process; one that stands still hears them when it goes on.
    pub(crate) fn land(&mut self, reply: Reply) {
        if self.processes[reply.process].paused {
            return self.replies.push(reply);
        }
        let book = self.names[reply.book];
        let results = self.processes[reply.process].land(book, reply.landed);
        if self.faults && self.dice.one_in(30) {
            self.count("result dropped");
            return;
        }
        if !results.commands.is_empty() {
            self.submit(reply.process, &results.commands);
        }
    }

    /// A copy that nobody waits for arrives, perhaps not for the last time.
    pub(crate) fn haunt(&mut self) {
        if !self.ghosts.is_empty() {
            let number = self.dice.below(self.ghosts.len());
            let (book, commands) = if self.faults && self.dice.one_in(3) {
                self.ghosts[number].clone()
            } else {
                self.ghosts.swap_remove(number)
            };
            self.at_book(book, &commands);
        }
    }

    /// A book dies and comes back: what was on its way to it was decided, or was not.
    pub(crate) fn book_dies(&mut self) {
        let book = self.dice.below(self.books.len());
        let (there, kept) = std::mem::take(&mut self.flights).into_iter().partition(|f| f.book == book);
        self.flights = kept;
        let there: Vec<Flight> = there;
        for flight in there {
            self.count("crash of a book");
            if self.dice.one_in(2) {
                self.at_book(book, &flight.commands);
            }
            self.back(flight);
        }
    }

    /// A process reads a page of a stream: the books', then the registry's, then identity's.
    pub(crate) fn follow(&mut self, process: usize, feed: usize, most: usize) {
        if let Some(page) = self.page(feed, most) {
            if self.faults && self.dice.one_in(5) {
                self.pages.push((process, page));
            } else {
                self.submit(process, &[page]);
            }
        }
    }

    /// The next page of a stream from where settlement's cursor stands; `None` if there is nothing new.
    pub(crate) fn page(&self, feed: usize, most: usize) -> Option<Command> {
        let name = match feed {
            feed if feed < self.books.len() => format!("book-{}", self.names[feed]),
            feed if feed == self.books.len() => "kinship".to_owned(),
            _ => "identity".to_owned(),
        };
        let from = self.base.cursor(&name);
        let end = |last: Option<i64>| last.filter(|last| *last > from.sequence);
        let (items, to) = if let Some(book) = self.books.get(feed) {
            let to = end(book.ends.iter().copied().filter(|end| *end > from.sequence).take(most).last())?;
            let inside = |sequence: i64| from.sequence < sequence && sequence <= to;
            let records = book.records.iter().filter(|record| inside(record.sequence));
            (Items::Book(book.id, records.filter_map(wire::item).collect()), to)
        } else if feed == self.books.len() {
            let items = after(&self.kinship, from, most, |item| item.position);
            let to = end(items.last().map(|item| item.position))?;
            (Items::Kinship(items), to)
        } else {
            let items = after(&self.identity, from, most, |item| item.position);
            let to = end(items.last().map(|item| item.position))?;
            (Items::Identity(items), to)
        };
        let hash = [u8::try_from(to % 251).expect("less than 256"); 32];
        let to = Cursor { sequence: to, hash };
        Some(Command::Followed(Box::new(Followed { feed: name, from, to, items, unreadable: Vec::new() })))
    }

    pub(crate) fn feeds(&self) -> usize {
        self.books.len() + 2
    }

    /// A page that was read a while ago is stored, or another one was quicker.
    pub(crate) fn late_page(&mut self) {
        let running = |(process, _): &(usize, Command)| !self.processes[*process].paused;
        if let Some(number) = self.pages.iter().position(running) {
            let (process, page) = self.pages.swap_remove(number);
            self.submit(process, &[page]);
        }
    }

    /// One of the tasks that a process repeats.
    pub(crate) fn sweep(&mut self, process: usize, task: usize) {
        match task {
            0 => {
                let alive = self.alive(process);
                self.submit(process, &[Command::Heartbeat(alive)]);
            }
            1 => self.adopt(process),
            2 => self.recheck(process),
            _ => {
                let ids = self.base.overdue(self.clock(process));
                let commands: Vec<Command> = ids.into_iter().map(Command::Timeout).collect();
                if !commands.is_empty() {
                    self.submit(process, &commands);
                }
            }
        }
    }

    /// Takes over what silent processes have left.
    fn adopt(&mut self, process: usize) {
        let own = self.processes[process].keeper.process;
        let mut owners = self.base.silent_owners(self.clock(process) - LEASE);
        owners.retain(|owner| *owner != own);
        if !owners.is_empty() {
            let answers = self.submit(process, &[Command::Adopt { owners }]);
            if let [Outcome::Adopted { count: 1.. }] = answers[..] {
                self.count("adoption");
            }
        }
    }

    /// Takes up own work that fell out of hand.
    fn recheck(&mut self, process: usize) {
        let of = &self.processes[process];
        let owners = [of.keeper.process];
        let mut ids = self.base.due(&owners);
        ids.extend(self.base.lots_due(&owners).into_iter().map(|(id, _)| id));
        ids.sort();
        ids.dedup();
        for id in ids.into_iter().filter(|id| !of.keeper.driver.holds(*id)) {
            let (transfer, _) = &self.base.transfers[&id];
            of.keeper.driver.take_step(transfer);
            for (_, (lot, _)) in self.base.lots.range((id, 0)..=(id, u16::MAX)) {
                of.keeper.driver.take_report(lot, &transfer.pinned);
            }
        }
    }

    /// Commands that clients sent and heard nothing of are sent once more.
    pub(crate) fn clients_insist(&mut self) {
        for (book, command) in std::mem::take(&mut self.sent) {
            if !matches!(command, BookCommand::Refund(_)) {
                self.at_book(book, &[command]);
            }
        }
    }
}

/// What a stream says after a cursor, at most so much of it.
fn after<T: Clone>(told: &[T], from: Cursor, most: usize, position: impl Fn(&T) -> i64) -> Vec<T> {
    told.iter().filter(|item| position(item) > from.sequence).take(most).cloned().collect()
}
