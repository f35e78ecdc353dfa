//! What the places owe each other (清算): obligations, and the positions they add up to.
//!
//! An [`Obligation`] is one leg of a payment, refund or reversal whose payer's pool is not the institution's.
//! Folded into [`Positions`] by period, debtor and creditor it is the only stored figure; what each pool and
//! each province gains or owes is derived from it, so the levels cannot disagree and everything sums to zero.
//!
//! Nothing here finds out whether a leg was recorded before: whoever stores obligations keeps each leg once.

mod obligation;
mod period;
mod position;

pub use crate::{
    obligation::{Category, LegId, NoSuchCategory, NotOwed, Obligation, Source},
    period::{Period, PeriodError},
    position::{Impossible, Pair, Position, Positions},
};
