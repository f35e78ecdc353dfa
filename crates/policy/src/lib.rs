//! The rules of sharing as dated data, and decisions that explain themselves.
//!
//! [`Rules`] is parsed from TOML files: versions of a programme's parameters per region with source and
//! confidence, and where a programme is open. [`Rules::resolve`] finds what holds for a pooling area at an
//! instant; [`decide_bond`], [`decide_transfer`] and [`decide_place_of_use`] judge facts and return every rule
//! with its verdict.
//!
//! Nothing here reads a clock, a file or a database, and nothing here holds a lock: the caller brings the
//! facts and enforces limits where it counts them.

mod availability;
mod bond;
mod catalogue;
mod decision;
mod facts;
mod file;
mod judge;
mod parameter;
mod place;
mod quote;
mod reason;
mod region;
mod resolve;
mod rules;
mod transfer;
mod words;

/// How days are written in stored values: `YYYY-MM-DD`.
pub(crate) mod stored;

pub use crate::{
    availability::Availability,
    bond::decide_bond,
    catalogue::PolicyLine,
    decision::{Decision, Ruling, Verdict},
    facts::{BondFacts, BondStanding, Enrolment, PersonFacts, PlaceFacts, TransferFacts},
    file::RuleFileError,
    parameter::{Parameter, Value},
    place::decide_place_of_use,
    quote::{TransferDeadlines, largest_amount_now, next_window_time, transfer_deadlines},
    reason::{Reason, Texts},
    region::Region,
    resolve::{Resolved, strictest},
    rules::{Origin, Rules, Setting, Version},
    transfer::decide_transfer,
    words::{
        BondStage, Cardinality, Confidence, EnrolmentStatus, PlaceScope, Programme, Relation, Scheme, Side,
        Territory, VerdictResult, WalletState,
    },
};
