//! Everything that running a service needs and no service should write twice: configuration, telemetry,
//! serving, calling, access, refusals, the clock, the database, the batch writer and the feeds.
//!
//! It knows no noun of the insurance.

/// For every program that is built on this: under load the system's allocator takes a tenth of the processor.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod access;
pub mod backoff;
pub mod batch;
pub mod chain;
pub mod client;
pub mod clock;
pub mod config;
pub mod crash;
pub mod db;
pub mod digest;
pub mod failure;
pub mod feed;
pub mod rpc;
pub mod run;
pub mod serve;
pub mod service;
pub mod shutdown;
mod sql;
pub mod status;
pub mod stepup;
pub mod telemetry;
pub mod token;
