//! The registry and a real identity on real databases, spoken to over gRPC.

#![expect(clippy::unwrap_used, reason = "what a test cannot unwrap has failed it")]

mod agreeing;
mod asking;
mod bad_input;
mod bad_writes;
mod changing;
mod counter;
mod endings;
mod facts;
mod guardians;
mod happenings;
mod harness;
mod life;
mod limits;
mod reading;
mod refusals;
mod repeats;
mod requests;
mod scope;
mod sql;
mod stream;
mod town;
