//! Whether the cost of an operation stays flat while a book grows: the same phases at each of its sizes.
//!
//! The rows are written by the writer itself, one credit for each person, so a book of ten million persons has as
//! many records and postings. It is too big for the checker, which reads everything; it is added up instead.

use anyhow::{Result, bail};
use serde::Serialize;
use sqlx::{Connection, PgConnection};

use crate::{
    book::Book,
    machine::Machine,
    meter::Phase,
    progress::Progress,
    rounds::{self, Stand},
    settings::{Operation, Part, Phased},
    sql,
};

/// What is measured at each size.
const MEASURED: [(Operation, usize); 2] = [(Operation::Credit, 1_000), (Operation::WriterPayment, 1_000)];
/// Persons that are brought between two looks at the clock.
const STRIDE: u32 = 500_000;

/// A book at one size.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Grown {
    pub(crate) persons: u32,
    /// Bytes of its database.
    size: i64,
    pub(crate) stand: Stand,
    pub(crate) phases: Vec<(Phased, Phase)>,
}

/// How many steps it shows.
pub(crate) fn steps(sizes: &[u32]) -> u64 {
    let strides = sizes.iter().map(|persons| u64::from(persons.div_ceil(STRIDE))).sum::<u64>();
    strides + (1 + MEASURED.len() as u64) * sizes.len() as u64
}

/// Measures one book at each of `sizes`, smallest first.
pub(crate) async fn all(
    machine: &Machine,
    sizes: &[u32],
    commands: u32,
    progress: &Progress,
) -> Result<Vec<Grown>> {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    let book = Book::open(machine, "growth").await?;
    let mut grown = Vec::new();
    let mut there = 0;
    for persons in sizes {
        while there < persons {
            there = persons.min(there + STRIDE);
            progress.step(&format!("growth: {there} persons"));
            book.fill(there).await?;
        }
        progress.step(&format!("growth: {persons} persons, pgbench"));
        sql::checkpoint(&mut machine.control().await?).await?;
        let stand = rounds::stand(machine).await?;
        let mut phases = Vec::new();
        for (operation, in_flight) in MEASURED {
            let phased = Phased::new(Part::Writer, operation, in_flight, commands);
            progress.step(&format!("growth: {persons} persons, {}", phased.said()));
            book.warm(&phased).await?;
            let phase = book.measure(machine, &phased).await?;
            phases.push((phased, phase));
        }
        let mut conn = PgConnection::connect(book.url()).await?;
        let size = sql::size(&mut conn).await?;
        conn.close().await?;
        grown.push(Grown { persons, size, stand, phases });
    }
    add_up(&book).await?;
    book.close().await;
    Ok(grown)
}

async fn add_up(book: &Book) -> Result<()> {
    let mut conn = PgConnection::connect(book.url()).await?;
    let sums = sql::sums(&mut conn).await?;
    conn.close().await?;
    // A payment in another pool than the patient's has more than one posting, no record has none.
    if sums.balance != 0 || sums.records != sums.head || sums.postings < sums.records {
        bail!("the grown book does not add up: {sums:?}");
    }
    Ok(())
}
