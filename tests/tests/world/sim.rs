//! The world: books, settlement's rows, processes, people, and everything that is on its way between them. One seed
//! is one history: chance alone says what happens next, and how long that takes.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use e2e::Dice;
use policy::Rules;
use settlement::{
    command::{Accept, Alive, BondItem, Command, Outcome, PersonItem},
    driver::Work,
};
use standards::{BookId, Pool, TransferId};
use time::{Duration, OffsetDateTime, macros::datetime};

use super::{
    base::Base,
    book::Store,
    judge,
    limits::Limits,
    people::{self, Bond, Ids, Person},
    process::Process,
};

/// How often things happened, by name.
pub(crate) type Tally = BTreeMap<&'static str, u64>;

/// Commands on their way to a book, and the work they bring.
pub(crate) struct Flight {
    pub(crate) process: usize,
    pub(crate) book: usize,
    pub(crate) works: Vec<Work>,
    pub(crate) commands: Vec<ledger::Command>,
}

/// Answers on their way back.
pub(crate) struct Reply {
    pub(crate) process: usize,
    pub(crate) book: usize,
    pub(crate) landed: Vec<(Work, saga::Outcome)>,
}

pub(crate) struct World {
    pub(crate) dice: Dice,
    pub(crate) ids: Ids,
    pub(crate) now: OffsetDateTime,
    /// Whether things still go wrong.
    pub(crate) faults: bool,
    pub(crate) names: Vec<BookId>,
    pub(crate) pools: Vec<Pool>,
    pub(crate) books: Vec<Store>,
    /// How wrong the clock of each book is, in seconds.
    pub(crate) offsets: Vec<i64>,
    pub(crate) base: Base,
    pub(crate) processes: Vec<Process>,
    pub(crate) persons: Vec<Person>,
    pub(crate) bonds: Vec<Bond>,
    pub(crate) kinship: Vec<BondItem>,
    pub(crate) identity: Vec<PersonItem>,
    pub(crate) flights: Vec<Flight>,
    pub(crate) replies: Vec<Reply>,
    /// Copies that nobody waits for any more.
    pub(crate) ghosts: Vec<(usize, Vec<ledger::Command>)>,
    /// Pages that a process has read and not stored yet.
    pub(crate) pages: Vec<(usize, Command)>,
    /// Transfers asked for, and those of them whose facts grow old meanwhile.
    pub(crate) accepts: Vec<Accept>,
    pub(crate) waiting: Vec<Accept>,
    pub(crate) payments: Vec<(usize, ledger::command::Pay)>,
    /// What clients sent to books, to be sent again.
    pub(crate) sent: Vec<(usize, ledger::Command)>,
    pub(crate) limits: Limits,
    /// The newest record that a sharer's book has heard of each transfer's lot.
    pub(crate) heard: BTreeMap<TransferId, i64>,
    pub(crate) tally: Tally,
}

static RULES: LazyLock<Arc<Rules>> = LazyLock::new(|| Arc::new(Rules::built_in()));

/// Instants near which much can go wrong.
const BEGINNINGS: [OffsetDateTime; 6] = [
    datetime!(2026-02-10 10:00 +8),
    datetime!(2026-03-31 21:50 +8),
    datetime!(2026-12-30 15:00 +8),
    datetime!(2026-12-31 21:30 +8),
    datetime!(2027-01-01 05:20 +8),
    datetime!(2028-02-28 06:00 +8),
];

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let mut ids = Ids::default();
        let now = *dice.pick(&BEGINNINGS) + Duration::seconds(dice.fen(3_600));
        let provinces = 2 + dice.below(3);
        let names = people::books(provinces);
        let persons = people::persons(&mut dice, &mut ids, provinces);
        let bonds = people::bonds(&mut dice, &mut ids, persons.len());
        let mut world = Self {
            now,
            faults: true,
            pools: people::pools(provinces),
            books: names.iter().map(|name| Store::new(*name, now)).collect(),
            offsets: vec![0; provinces],
            base: Base::new(now),
            processes: Vec::new(),
            persons,
            bonds,
            kinship: Vec::new(),
            identity: Vec::new(),
            flights: Vec::new(),
            replies: Vec::new(),
            ghosts: Vec::new(),
            pages: Vec::new(),
            accepts: Vec::new(),
            waiting: Vec::new(),
            payments: Vec::new(),
            sent: Vec::new(),
            limits: Limits::default(),
            heard: BTreeMap::new(),
            tally: Tally::new(),
            dice,
            ids,
            names,
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        for number in 0..self.persons.len() {
            let auto_claim = self.dice.one_in(4);
            // Who has little spends what others share.
            let most = if number < 2 || self.dice.one_in(3) { 600_000 } else { 3_000 };
            let (mut commands, fen) = (Vec::new(), self.dice.fen(most));
            // Somebody's wallet is not open yet, whatever identity thinks.
            if !self.dice.one_in(8) {
                commands.push(people::open_wallet(&self.persons[number], auto_claim));
            }
            commands.push(people::credit(&mut self.ids, &self.persons[number], fen));
            let book = self.book_of(self.persons[number].place);
            self.books[book].decide(self.now, &commands);
        }
        for name in ["settlement-0", "settlement-1"] {
            let id = self.ids.fresh(9);
            self.processes.push(Process::new(id, name, &RULES, &self.names));
            self.register(self.processes.len() - 1);
        }
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    pub(crate) fn book_of(&self, pool: Pool) -> usize {
        let book = BookId::first_of(pool.province());
        self.names.iter().position(|name| *name == book).expect("every pool has a book")
    }

    /// What the clock of a process shows.
    pub(crate) fn clock(&self, process: usize) -> OffsetDateTime {
        self.now + Duration::seconds(self.processes[process].offset)
    }

    /// A sign of life of a process.
    pub(crate) fn alive(&self, process: usize) -> Alive {
        let of = &self.processes[process];
        Alive { process: of.keeper.process, instance: of.name.clone(), at: self.clock(process) }
    }

    fn register(&mut self, process: usize) {
        let alive = self.alive(process);
        self.submit_surely(process, &[Command::Register(alive)]);
    }

    /// A process dies, with all it had in memory; its next incarnation begins.
    pub(crate) fn crash(&mut self, process: usize) {
        self.count("crash of a process");
        let (kept, lost) = std::mem::take(&mut self.flights).into_iter().partition(|f| f.process != process);
        self.flights = kept;
        for flight in lost {
            if self.dice.one_in(2) {
                self.ghosts.push((flight.book, flight.commands));
            }
        }
        self.replies.retain(|reply| reply.process != process);
        self.pages.retain(|(of, _)| *of != process);
        let (id, offset) = (self.ids.fresh(9), self.processes[process].offset);
        let name = self.processes[process].name.clone();
        self.processes[process] = Process::new(id, &name, &RULES, &self.names);
        self.processes[process].offset = offset;
        self.register(process);
    }

    /// Has settlement's writer decide; nothing if the process died or the writer was away.
    pub(crate) fn submit(&mut self, process: usize, commands: &[Command]) -> Vec<Outcome> {
        if self.faults && self.dice.one_in(80) {
            self.count("settlement away");
            if self.dice.one_in(2) {
                self.crash(process);
            }
            return Vec::new();
        }
        if self.faults && self.dice.one_in(80) {
            self.count("settlement's answer lost");
            self.decide(process, commands);
            self.crash(process);
            return Vec::new();
        }
        self.submit_surely(process, commands)
    }

    pub(crate) fn submit_surely(&mut self, process: usize, commands: &[Command]) -> Vec<Outcome> {
        let (answers, changed) = self.decide(process, commands);
        self.processes[process].committed(&changed);
        answers
    }

    fn decide(
        &mut self,
        process: usize,
        commands: &[Command],
    ) -> (Vec<Outcome>, settlement::keeper::Changed) {
        let now = self.clock(process);
        let (answers, changed) = self.base.submit(&self.processes[process].keeper, now, commands);
        self.limits.check(&self.base, commands, &answers);
        self.limits.check_changed(&self.base, &changed);
        (answers, changed)
    }

    /// Has a book decide, and looks at the transfers that it touched.
    pub(crate) fn at_book(&mut self, book: usize, commands: &[ledger::Command]) -> Vec<super::book::Told> {
        let now = self.now + Duration::seconds(self.offsets[book]);
        let told = self.books[book].decide(now, commands);
        if self.faults && self.dice.one_in(150) {
            self.books[book].audit();
        }
        judge::across(self, commands);
        told
    }
}
