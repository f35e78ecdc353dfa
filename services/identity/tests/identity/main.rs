//! Identity on a real database, spoken to over gRPC.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise, in its helpers too")]

mod agreed;
mod bad_input;
mod bad_input_changes;
mod bad_numbers;
mod benefit;
mod contact;
mod enrolment;
mod harness;
mod inquiry;
mod person;
mod place;
mod remote_care;
mod requests;
mod sql;
mod standing;
mod stream;
mod verification;
