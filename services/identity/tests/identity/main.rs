//! Identity on a real database, spoken to over gRPC.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise, in its helpers too")]

mod bad_input;
mod canary;
mod enrolment;
mod harness;
mod person;
mod place;
mod sql;
mod stream;
mod verification;
