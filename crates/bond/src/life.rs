//! The life of a bond as one function.
//!
//! An event that changes nothing gives the same bond with the same revision, so that a follower may report
//! the same fact twice; an event that the state forbids is refused and changes nothing.

use time::OffsetDateTime;

use crate::{
    relation::Relation,
    standing::{Bond, BondState, DissolveReason},
    suspension::Suspension,
    terms::{Commitment, Programme, SharingMode},
};

/// What happens to a bond.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The beneficiary, or a guardian, agrees.
    Accept {
        /// What they agreed to, where that is asked for.
        consent: Option<Commitment>,
    },
    /// The beneficiary says no.
    Reject,
    /// The sharer takes the invitation back.
    Withdraw,
    /// The time to answer is over.
    Expire,
    /// It must not be used for now. There may be several reasons at once, also one on both sides.
    Suspend(Suspension),
    /// That reason is gone.
    Resume(Suspension),
    /// The sharer sets how much is shared.
    SetSharing(SharingMode),
    /// It ends.
    Dissolve(DissolveReason),
}

/// Why a bond is not made or not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Sharer and beneficiary are one person.
    #[error("nobody shares with themselves")]
    SelfBond,
    /// Not a near relative.
    #[error("{0} is not a near relative")]
    RelationExcluded(Relation),
    /// Made at the counter by nobody.
    #[error("a bond made at the counter names its operator")]
    OperatorMissing,
    /// Registered at once by another way than the counter.
    #[error("only the counter makes a bond active at once")]
    CounterOnly,
    /// Registered at once without the other one.
    #[error("a bond is made at once only when both stand at the counter")]
    NotBothPresent,
    /// Registered at once without a signed form.
    #[error("a bond made at once needs the signed form")]
    FormMissing,
    /// The answer came too late, or could only come too late.
    #[error("the invitation has expired")]
    InvitationExpired,
    /// The invitation is to expire before its time.
    #[error("the invitation can still be answered")]
    InvitationOpen,
    /// It was answered already.
    #[error("the bond does not wait for an answer")]
    NotPending,
    /// It was not accepted yet.
    #[error("the bond is not active")]
    NotActive,
    /// A sharing amount where every transfer says how much.
    #[error("bonds of the programme {0} have no sharing amount")]
    NotForThisProgramme(Programme),
    /// A fixed amount that is not greater than zero.
    #[error("a fixed sharing amount must be greater than 0.00")]
    SharingAmount,
    /// It is over, and stays so.
    #[error("the bond has ended as {0}")]
    Ended(BondState),
}

/// Moves a bond on by an event that happened at `at`.
pub fn apply(bond: Bond, event: Event, at: OffsetDateTime) -> Result<Bond, Refusal> {
    let changed = match bond.state {
        BondState::PendingConsent => pending(bond.clone(), event, at)?,
        BondState::Active | BondState::Suspended => made(bond.clone(), event, at)?,
        ended @ (BondState::Dissolved | BondState::Rejected | BondState::Expired | BondState::Withdrawn) => {
            return Err(Refusal::Ended(ended));
        }
    };
    let revision = if changed == bond { bond.revision } else { bond.revision + 1 };
    Ok(Bond { revision, ..changed })
}

fn pending(bond: Bond, event: Event, at: OffsetDateTime) -> Result<Bond, Refusal> {
    let late = at >= bond.answer_until;
    match event {
        Event::Accept { .. } | Event::Reject if late => Err(Refusal::InvitationExpired),
        Event::Accept { consent } => {
            Ok(Bond { state: BondState::Active, active_at: Some(at), consent, ..bond })
        }
        Event::Reject => Ok(ended(bond, BondState::Rejected, at)),
        Event::Withdraw => Ok(ended(bond, BondState::Withdrawn, at)),
        Event::Expire if late => Ok(ended(bond, BondState::Expired, at)),
        Event::Expire => Err(Refusal::InvitationOpen),
        // Whoever does not want an invitation rejects or withdraws it.
        Event::Dissolve(reason) if reason.is_voluntary() => Err(Refusal::NotActive),
        // The ground is gone before the answer came: nobody may accept it any more.
        Event::Dissolve(reason) => Ok(dissolved(bond, reason, at)),
        Event::Suspend(_) | Event::Resume(_) | Event::SetSharing(_) => Err(Refusal::NotActive),
    }
}

fn made(mut bond: Bond, event: Event, at: OffsetDateTime) -> Result<Bond, Refusal> {
    match event {
        Event::Accept { .. } | Event::Reject | Event::Withdraw | Event::Expire => Err(Refusal::NotPending),
        Event::Suspend(reason) => {
            bond.suspended_by.insert(reason);
            Ok(Bond { state: BondState::Suspended, ..bond })
        }
        Event::Resume(reason) => {
            bond.suspended_by.remove(&reason);
            let state = if bond.suspended_by.is_empty() { BondState::Active } else { BondState::Suspended };
            Ok(Bond { state, ..bond })
        }
        Event::SetSharing(_) if !bond.programme.has_sharing() => {
            Err(Refusal::NotForThisProgramme(bond.programme))
        }
        Event::SetSharing(SharingMode::Fixed(amount)) if !amount.is_positive() => Err(Refusal::SharingAmount),
        Event::SetSharing(sharing) => Ok(Bond { sharing, ..bond }),
        Event::Dissolve(reason) => Ok(dissolved(bond, reason, at)),
    }
}

fn dissolved(bond: Bond, reason: DissolveReason, at: OffsetDateTime) -> Bond {
    Bond { dissolve_reason: Some(reason), ..ended(bond, BondState::Dissolved, at) }
}

fn ended(mut bond: Bond, state: BondState, at: OffsetDateTime) -> Bond {
    bond.suspended_by.clear();
    Bond { state, ended_at: Some(at), ..bond }
}
