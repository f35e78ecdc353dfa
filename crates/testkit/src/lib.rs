//! What tests stand on: a private PostgreSQL, fresh databases, a cluster of the real services, a family
//! generator, and a checker that reads every database and recomputes the invariants for itself.
//!
//! It mocks nothing: peers are the real services, databases are PostgreSQL.

pub mod checker;
pub mod cluster;
pub mod database;
pub mod desk;
pub mod people;
pub mod pgproxy;
pub mod postgres;
pub mod process;
mod sql;
