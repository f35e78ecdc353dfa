//! What tests stand on: a private PostgreSQL, fresh databases, a cluster of the real services, and a family
//! generator.
//!
//! It mocks nothing: peers are the real services, databases are PostgreSQL.

pub mod agree;
pub mod chance;
pub mod cluster;
pub mod database;
pub mod desk;
pub mod faults;
pub mod people;
pub mod pgproxy;
pub mod ports;
pub mod postgres;
pub mod process;
mod sql;
