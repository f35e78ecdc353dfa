//! Money as the insurance counts it: [`Yuan`], a whole number of fen.
//!
//! Every sum is checked; nothing here rounds silently, and no float ever appears. Shares and ratios
//! (`rust_decimal`) are the business of [`ratio`].

pub mod ratio;
mod yuan;

pub use crate::yuan::{AmountError, Overflow, Yuan};
