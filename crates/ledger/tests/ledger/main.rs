//! The book under test: the closing check, every command by table, and random histories of two books.
//!
//! Every command runs through a store that loads exactly what `touch` names, as a service would, and is
//! followed by a full audit.

mod absolute;
mod closing;
mod command;
mod content;
mod draw_down;
mod key;
mod loading;
mod make;
mod notices;
mod payment;
mod refund;
mod serial;
mod store;
mod transfer;
mod wallet;
mod world;
mod year;
