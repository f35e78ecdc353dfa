//! Recomputes B1–B8 from the rows of a book, by another way than they were made.
//!
//! It takes all rows of a book and shares no code with `apply`: it sums postings, legs and refunds anew in
//! 128-bit integers. That records are gap-free and hashes recompute is for the chain's owner to check.

mod balances;
mod payments;
mod transfers;

use std::{collections::BTreeMap, fmt::Display};

use serde::{Deserialize, Serialize};
use standards::BookId;

use crate::{
    key::{AccountKey, AccountNo},
    rows::Rows,
};

/// A rule of the book that its rows do not keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `B1` … `B8`.
    pub invariant: String,
    /// The account, folio, lot, payment … it was found at.
    pub subject: String,
    /// What should stand there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

/// Checks all rows of a book; no findings means that B1–B8 hold.
pub fn check(book: BookId, rows: &Rows) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    let held = held(rows);
    balances::check(rows, &mut findings);
    transfers::check(rows, &held, &mut findings);
    payments::check(book, rows, &held, &mut findings);
    findings.0
}

/// Net credits per account, from the postings alone.
pub(crate) type Held = BTreeMap<AccountKey, i128>;

fn held(rows: &Rows) -> Held {
    let keys: BTreeMap<AccountNo, AccountKey> = rows.accounts.iter().map(|row| (row.no, row.key)).collect();
    let mut held = Held::new();
    for posting in &rows.postings {
        let amount = i128::from(posting.amount.fen());
        if let Some(key) = keys.get(&posting.debit.account) {
            *held.entry(*key).or_default() -= amount;
        }
        if let Some(key) = keys.get(&posting.credit.account) {
            *held.entry(*key).or_default() += amount;
        }
    }
    held
}

pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    /// A finding unless both are the same.
    pub(crate) fn same<T: PartialEq + Display>(
        &mut self,
        invariant: &str,
        subject: impl Display,
        expected: T,
        found: T,
    ) {
        if expected != found {
            self.push(invariant, subject, expected, found);
        }
    }

    /// A finding unless it holds.
    pub(crate) fn holds(&mut self, invariant: &str, subject: impl Display, rule: &str, holds: bool) {
        if !holds {
            self.push(invariant, subject, rule, "broken");
        }
    }

    fn push(&mut self, invariant: &str, subject: impl Display, expected: impl Display, found: impl Display) {
        self.0.push(Finding {
            invariant: invariant.to_owned(),
            subject: subject.to_string(),
            expected: expected.to_string(),
            found: found.to_string(),
        });
    }
}
