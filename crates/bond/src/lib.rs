//! 共济关系: a bond from a sharer to a beneficiary, and its life.
//!
//! [`Bond::propose`] and [`Bond::register`] make one, [`apply`] moves it by what people do and what happens
//! to them, [`check_tie`] finds declared relations that cannot both be true. A bond that ended is never
//! opened again; a new one is made.
//!
//! Nothing here knows which relations or members a place allows, who may ask, or what the time is.

mod life;
mod relation;
mod standing;
mod terms;

pub use crate::{
    life::{Event, Refusal, apply},
    relation::{Contradiction, Relation, Tie, check_tie},
    standing::{Bond, BondState, DissolveReason, Proposal, SuspendReason},
    terms::{Channel, Commitment, NoSuchName, SharingMode},
};
