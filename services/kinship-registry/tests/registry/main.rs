//! The registry and a real identity on real databases, spoken to over gRPC.

#![expect(clippy::unwrap_used, reason = "what a test cannot unwrap has failed it")]

mod bad_input;
mod harness;
mod life;
mod reading;
mod refusals;
mod repeats;
mod scope;
mod sql;
mod stream;
