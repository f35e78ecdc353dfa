//! The book writer in this process: the wallet's keeper on a real database, without services and gRPC.
//!
//! The command nearest to a movement between two accounts is 划入: one posting from the fund of a pool to a
//! personal account, without a row of its own beside it. The funds of a province's pools are busy in any case;
//! the hot account is one personal account beside them. Every row is written by the writer, also the first ones.

mod commands;

use std::{cell::Cell, sync::Arc};

use anyhow::{Context, Result, bail};
use chassis::{
    batch::{Answer, Lane, MAX_COMMANDS, Settings, Writer},
    clock::Clock,
    db::Database,
    feed::Cursor,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use ledger::Outcome as BookOutcome;
use secrecy::ExposeSecret;
use standards::{BookId, Province};
use testkit::chance;
use tokio_util::sync::CancellationToken;
use wallet::{
    command::{Command, Followed},
    keeper::Keeping,
    outcome::{Outcome, Told},
};

use self::commands::Maker;
use crate::{
    load,
    machine::{Machine, PREFIX},
    meter::Phase,
    settings::{Operation, Part, Phased},
    sql,
};

/// How many commands may wait: more than ever do.
const QUEUE: usize = 8_192;
/// How many persons are brought at a time, and how many times at once.
const PAGE: u32 = 1_024;
const PAGES: usize = 4;

/// A book with persons who have an account in it.
pub(crate) struct Book {
    url: String,
    database: Database,
    writer: Writer<Keeping>,
    /// Takes one command in each transaction.
    naive: Writer<Keeping>,
    maker: Maker,
    persons: Cell<u32>,
    chance: Cell<u64>,
}

impl Book {
    /// Makes an empty book in a database of its own.
    pub(crate) async fn open(machine: &Machine, name: &'static str) -> Result<Self> {
        let url = testkit::database::on_server(&machine.server(), &format!("{PREFIX}{name}")).await?;
        let database = Database::connect(&url, name).await?;
        database.migrate(&wallet::MIGRATOR).await?;
        let province = Province::from_code(32).context("32 is a province")?;
        let rules = Arc::new(policy::Rules::built_in());
        let keeping = Keeping { book: BookId::first_of(province), rules };
        let writer = start(&database, keeping.clone(), name, MAX_COMMANDS).await?;
        let naive = start(&database, keeping, name, 1).await?;
        let maker = Maker::new(province)?;
        let (persons, chance) = (Cell::new(0), Cell::new(0));
        let book =
            Self { url: url.expose_secret().to_owned(), database, writer, naive, maker, persons, chance };
        let page = Followed {
            from: Cursor::START,
            to: Cursor { sequence: 1, hash: [1; 32] },
            items: vec![book.maker.hospital()],
            unreadable: vec![],
        };
        decided(book.writer.submit(Lane::Bulk, Command::Institutions(page)).await?)?;
        Ok(book)
    }

    /// Where it is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Lets so many persons live in it, each with one credit, and has the planner look at them.
    pub(crate) async fn fill(&self, persons: u32) -> Result<()> {
        let starts = (self.persons.get()..persons).step_by(usize::try_from(PAGE)?);
        let pages = starts.map(|first| self.bring(first, persons.min(first + PAGE)));
        // Begun in their order, so that each page of the feed continues the one before.
        stream::iter(pages).buffered(PAGES).try_collect::<()>().await?;
        self.persons.set(persons);
        Ok(sql::analyze(&self.url).await?)
    }

    async fn bring(&self, first: u32, end: u32) -> Result<()> {
        let cursor = |told: u32| match told {
            0 => Cursor::START,
            told => Cursor { sequence: i64::from(told), hash: [1; 32] },
        };
        let items = (first..end).map(|n| self.maker.known(n)).collect();
        let page = Followed { from: cursor(first), to: cursor(end), items, unreadable: vec![] };
        decided(self.writer.submit(Lane::Bulk, Command::Persons(page)).await?)?;
        // A batch knows of persons what was stored before it, so their credits come after the answer.
        let credits = (first..end).map(|n| self.maker.first_credit(n)).collect();
        for answer in self.writer.submit_all(Lane::Bulk, credits).await? {
            decided(answer?)?;
        }
        Ok(())
    }

    /// Some person, each as likely as the other, the same sequence in each run.
    fn anybody(&self) -> u32 {
        let count = self.chance.get() + 1;
        self.chance.set(count);
        let mixed = chance::nth(0, count) % u64::from(self.persons.get().max(1));
        u32::try_from(mixed).unwrap_or_default()
    }

    async fn submit(&self, part: Part, command: Command) -> Result<()> {
        match part {
            Part::Naive => decided(self.naive.submit(Lane::Interactive, command).await?),
            _ => decided(self.writer.submit(Lane::Interactive, command).await?),
        }
    }

    fn command(&self, operation: Operation) -> Result<Command> {
        match operation {
            Operation::Credit => Ok(self.maker.credit(self.anybody())),
            Operation::HotCredit => Ok(self.maker.credit(0)),
            Operation::WriterPayment => Ok(self.maker.payment(self.anybody())),
            _ => {
                bail!("the writer alone knows no gRPC")
            }
        }
    }

    async fn drive(&self, phased: &Phased, operations: usize) -> Result<Vec<u64>> {
        let operate = |()| async { self.submit(phased.part, self.command(phased.operation)?).await };
        load::drive(vec![(); operations], phased.in_flight, operate).await
    }

    /// Warms a phase up.
    pub(crate) async fn warm(&self, phased: &Phased) -> Result<()> {
        self.drive(phased, phased.warm).await.map(|_| ())
    }

    /// Measures a phase. Callers and writer share this program's time.
    pub(crate) async fn measure(&self, machine: &Machine, phased: &Phased) -> Result<Phase> {
        let nudge = || async { self.drive(phased, 1).await.map(|_| ()) };
        Phase::of(machine, &[], self.drive(phased, phased.operations), nudge).await
    }

    /// Ends both writers.
    pub(crate) async fn close(self) {
        self.writer.close();
        self.naive.close();
        self.writer.drained().await;
        self.naive.drained().await;
        self.database.close().await;
    }
}

/// A writer that takes at most `batch` commands in a transaction.
async fn start(database: &Database, keeper: Keeping, name: &str, batch: usize) -> Result<Writer<Keeping>> {
    let settings =
        Settings { name: name.to_owned(), queue: QUEUE, batch, stop_service: CancellationToken::new() };
    Ok(Writer::start(database.clone(), Arc::new(keeper), Clock::system(), settings).await?)
}

/// Fails unless the book did it, now.
fn decided(answer: Answer<Outcome>) -> Result<()> {
    match answer {
        Answer::Fresh {
            outcome: Outcome::Book(Told { outcome: BookOutcome::Done(_), .. }) | Outcome::Followed(true),
            ..
        } => Ok(()),
        other => bail!("the writer answered {other:?}"),
    }
}

#[test]
fn chance_reaches_every_tenth_about_as_often() {
    let mut tenths = [0_u32; 10];
    for count in 0..10_000 {
        tenths[usize::try_from(chance::nth(0, count) % 10).unwrap()] += 1;
    }
    assert!(tenths.iter().all(|n| (900..1_100).contains(n)), "{tenths:?}");
}
