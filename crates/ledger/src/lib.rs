//! The book of one province: accounts, earmarks, lots, payments, and the postings between them.
//!
//! [`apply`] folds a [`Command`] into the loaded slice of a [`Book`] and answers with an outcome. It is pure:
//! time and the record's number arrive as a [`Moment`]; rows are loaded and written by a service.
//! Two ledgers, MONEY and QUOTA, are never crossed by a posting: a wallet holds quota, never money.
//! Asserted by [`apply`], recomputed by [`audit`]: B1 each ledger sums to 0 · B2 personal accounts, earmarks
//! and lots ≥ 0, quota ≤ 0 · B3 quota of an origin = −Σ its lots · B4 a lot holds granted − consumed while
//! pending or open, else 0 · B5 an earmark = what is left, consumed and returned of it · B6 a payment = Σ its
//! legs, refunded ≤ leg · B7 a receivable = −Σ (legs − refunds) · B8 balances, folios and their links follow
//! from the postings.

pub mod audit;
pub mod codes;
pub mod command;
pub mod content;
pub mod digest;
pub mod key;
#[cfg(feature = "memory")]
pub mod memory;
pub mod outcome;
pub mod rows;
pub mod touch;

mod book;
mod claim;
mod lot;
mod pay;
mod personal;
mod post;
mod pots;
mod refund;
mod reverse;
mod sum;
mod table;
mod transfer;
mod wallet;

pub use crate::{
    book::{Book, BookChanges, MOST_LEGS, MOST_LOTS, Moment, apply},
    command::Command,
    outcome::{Applied, Done, Outcome, Refusal},
    table::Changes,
};
