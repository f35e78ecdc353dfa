//! 共济关系: a bond from a sharer to a beneficiary, and its life.
//!
//! [`Bond::propose`] and [`Bond::register`] make one, [`apply`] moves it. [`Family`] and [`check_tie`] find
//! declared relations that cannot be true, [`Answering`] who answers for a minor, [`follow`] what happens to a
//! bond when something happens to its people, [`Certificate`] what is certified. A bond that ended is never
//! opened again; a new one is made.
//!
//! Nothing here knows which relations or members a place allows, who may ask, or what the time is.

mod certificate;
mod changes;
mod choice;
mod family;
mod guardian;
mod life;
mod relation;
mod standing;
mod suspension;
mod terms;

pub use crate::{
    certificate::{Certificate, MaskedPerson, NoCertificate, Particulars},
    changes::{Benefit, Change, Consequences, Insured, LifeEvent, Seat, Situation, agree, changes, follow},
    choice::{By, ReasonNotTheirs, check_reason},
    family::{About, Ages, Contradicted, Fact, FactKind, FactRefused, Family, Member, Why},
    guardian::{Answerer, Answering, NoRight, Right},
    life::{Event, Refusal, apply},
    relation::{Contradiction, Relation, Tie, check_tie},
    standing::{Bond, BondState, DissolveReason, Proposal, Registration},
    suspension::{SuspendReason, Suspension},
    terms::{Channel, Commitment, Evidence, NoSuchName, Programme, SharingMode, Side},
};
