//! An independent reading of the rules: it reads every database for itself, recomputes what must be true of
//! them, and says what is not.
//!
//! It shares no line with the services or the nouns: its own statements, its own arithmetic on whole fen, its
//! own civil time and its own chain. One read-only snapshot per database is enough for a book; what must hold
//! between databases holds once they are [`settled`]. It changes nothing and mends nothing.

mod across;
mod balances;
mod chain;
mod ends;
mod limits;
mod lots;
mod payments;
mod quiet;
mod read;
mod rows;
mod verdict;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use standards::Province;

pub use self::{
    quiet::settled,
    verdict::{Finding, Verdict},
};
use self::{rows::World, verdict::Judge};
use crate::cluster::Cluster;

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
    /// The databases of a cluster.
    pub fn of(cluster: &Cluster) -> Result<Self> {
        let at = |name: &str| cluster.database(name).map(str::to_owned);
        let mut books = BTreeMap::new();
        for name in cluster.names() {
            if let Some(province) = name.strip_prefix("wallet-") {
                let province: Province = province.parse().context("a wallet is named after its province")?;
                books.insert(province.to_string(), at(name)?);
            }
        }
        Ok(Self {
            identity: at("identity")?,
            kinship: at("kinship-registry")?,
            settlement: at("settlement")?,
            books,
        })
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
pub async fn check_each(sources: &Sources) -> Result<Verdict> {
    let world = read::world(sources).await?;
    let mut judge = Judge::default();
    each(&world, &mut judge);
    Ok(judge.verdict())
}

/// Judges everything; the databases must be [`settled`].
pub async fn check(sources: &Sources) -> Result<Verdict> {
    let world = read::world(sources).await?;
    let mut judge = Judge::default();
    each(&world, &mut judge);
    across::check(&world, &mut judge);
    limits::check(&world, &mut judge);
    ends::check(&world, &mut judge);
    Ok(judge.verdict())
}

fn each(world: &World, judge: &mut Judge) {
    for (province, book) in &world.books {
        judge.enter(&format!("book {province}"));
        balances::check(book, judge);
        lots::check(book, judge);
        payments::check(province, book, judge);
        chain::check(&book.chain, |seq| chain::evidence(book, seq), judge);
    }
    let others = [
        ("identity", &world.identity.chain),
        ("kinship", &world.kinship),
        ("settlement", &world.settlement.chain),
    ];
    for (name, chain) in others {
        judge.enter(name);
        chain::check(chain, |_| Vec::new(), judge);
    }
}
