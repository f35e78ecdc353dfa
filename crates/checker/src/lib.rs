//! An independent reading of the rules: it reads every database for itself, recomputes what must be true of
//! them, and says what is not.
//!
//! It shares no line with the services or the nouns: its own statements, its own arithmetic on whole fen, its
//! own civil time and its own chain. [`check`] judges databases that are [`settled`], [`Observer`] those that work,
//! [`history`] keeps what callers were answered, and a [`Run`] says whether all of it proves anything. It changes
//! nothing and mends nothing.

mod across;
mod balances;
mod chain;
mod ends;
pub mod history;
mod limits;
mod lots;
mod online;
mod payments;
mod quiet;
mod read;
mod replies;
mod rows;
mod run;
mod verdict;

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use self::{history::Call, rows::World, verdict::Judge};
pub use self::{
    online::{Observer, PATIENCE},
    quiet::settled,
    run::{Ending, Hits, Plan, Run, Tally},
    verdict::{Finding, Verdict},
};

/// Where the databases are.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Persons and their places of use.
    pub identity: String,
    /// Bonds.
    pub kinship: String,
    /// Transfers and what pools owe each other.
    pub settlement: String,
    /// The book of each province, under its two digits.
    pub books: BTreeMap<String, String>,
}

impl Sources {
    /// The databases of these services: `identity`, `kinship-registry`, `settlement`, and `wallet-` with the two
    /// digits of each province.
    ///
    /// # Errors
    /// If one of the three that there must be is missing.
    pub fn named(databases: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let (mut books, mut others) = (BTreeMap::new(), BTreeMap::new());
        for (name, url) in databases {
            match name.strip_prefix("wallet-") {
                Some(province) => books.insert(province.to_owned(), url),
                None => others.insert(name, url),
            };
        }
        let mut at = |name: &str| others.remove(name).with_context(|| format!("no database of {name}"));
        let (identity, kinship) = (at("identity")?, at("kinship-registry")?);
        Ok(Self { identity, kinship, settlement: at("settlement")?, books })
    }

    /// Name and address of each database.
    pub fn all(&self) -> Vec<(String, &str)> {
        let books = self.books.iter().map(|(province, url)| (format!("book {province}"), url.as_str()));
        let others = [
            ("identity".to_owned(), self.identity.as_str()),
            ("kinship".to_owned(), self.kinship.as_str()),
            ("settlement".to_owned(), self.settlement.as_str()),
        ];
        others.into_iter().chain(books).collect()
    }
}

/// Judges each database by itself. Holds at any time, also while services run and fail.
///
/// # Errors
/// If a database cannot be read.
pub async fn check_each(sources: &Sources) -> Result<Verdict> {
    let world = read::world(sources).await?;
    let mut judge = Judge::default();
    each(&world, &mut judge);
    Ok(judge.verdict())
}

/// Judges everything; the databases must be [`settled`].
///
/// # Errors
/// If a database cannot be read.
pub async fn check(sources: &Sources) -> Result<Verdict> {
    check_with(sources, &[]).await
}

/// Judges everything, and whether what callers were answered is true (I6); the databases must be [`settled`].
///
/// # Errors
/// If a database cannot be read.
pub async fn check_with(sources: &Sources, calls: &[Call]) -> Result<Verdict> {
    let world = read::world(sources).await?;
    let mut judge = Judge::default();
    each(&world, &mut judge);
    across::check(&world, &mut judge);
    limits::check(&world, &mut judge);
    ends::check(&world, &mut judge);
    replies::check(&world, calls, &mut judge);
    Ok(judge.verdict())
}

fn each(world: &World, judge: &mut Judge) {
    for (province, book) in &world.books {
        judge.enter(&format!("book {province}"));
        balances::check(book, judge);
        lots::check(book, judge);
        payments::check(province, book, judge);
        chain::check(&book.chain, |seq| chain::evidence(book, seq), judge);
        chain::remembered(&book.chain, chain::BOOK, judge);
    }
    let others = [
        ("identity", &world.identity.chain, chain::IDENTITY),
        ("kinship", &world.kinship, chain::KINSHIP),
        ("settlement", &world.settlement.chain, chain::SETTLEMENT),
    ];
    for (name, chain, asked) in others {
        judge.enter(name);
        chain::check(chain, |_| Vec::new(), judge);
        chain::remembered(chain, asked, judge);
    }
}
