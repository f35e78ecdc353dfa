//! The wallet service against a real PostgreSQL, a real identity in this process, and real gRPC. Institutions
//! come over settlement's stream contract from a small directory of the test's own.

#[path = "wallet/audit.rs"]
mod audit;
#[path = "wallet/bad_input.rs"]
mod bad_input;
#[path = "wallet/batch.rs"]
mod batch;
#[path = "wallet/batch_faults.rs"]
mod batch_faults;
#[path = "wallet/bench.rs"]
mod bench;
#[path = "wallet/book.rs"]
mod book;
#[path = "wallet/catalogues.rs"]
mod catalogues;
#[path = "wallet/credentials.rs"]
mod credentials;
#[path = "wallet/directory.rs"]
mod directory;
#[path = "wallet/facts.rs"]
mod facts;
#[path = "wallet/opening.rs"]
mod opening;
#[path = "wallet/payments.rs"]
mod payments;
#[path = "wallet/people.rs"]
mod people;
#[path = "wallet/requests.rs"]
mod requests;
#[path = "wallet/wallets.rs"]
mod wallets;
#[path = "wallet/writer.rs"]
mod writer;
