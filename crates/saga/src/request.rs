//! What people, clocks and events ask of a transfer between two steps.
//!
//! Whether the asker may, and whether it is early enough, has been decided before; here only the transfer's
//! own state speaks. A change of direction is stored before its first command is sent.

use standards::RequestId;

use crate::{
    cause::ReturnCause,
    state::{Since, State},
};

/// What is asked of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// The beneficiary wants it, by this request.
    Claim(RequestId),
    /// It shall go back: nobody claimed it in time, a person said no, or an event ended its ground.
    Close(ReturnCause),
    /// An operator has looked at a parked transfer: go on from where it was.
    Resume,
}

/// Why a request cannot change the transfer; nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    /// There is no lot to claim or decline yet.
    #[error("the transfer has not reached the beneficiary yet")]
    NotYetPending,
    /// Another claim is on its way to the book.
    #[error("a claim is being decided")]
    ClaimInProgress,
    /// It belongs to the beneficiary; a person can no longer call it back.
    #[error("the transfer is claimed")]
    AlreadyClaimed,
    /// It is on its way back.
    #[error("the transfer is being returned")]
    Closing,
    /// It is back.
    #[error("the transfer was returned")]
    Returned,
    /// It never came to be.
    #[error("the transfer was refused")]
    Refused,
    /// It is parked; events still count, people must wait.
    #[error("the transfer is under review")]
    UnderReview,
    /// There is nothing to resume.
    #[error("the transfer is not parked")]
    NotParked,
}

/// Moves a transfer by a request. An unchanged state means: as asked, already so.
pub fn request(state: State, request: Request) -> Result<State, NotNow> {
    match request {
        Request::Claim(request) => claim(state, request),
        Request::Close(cause) => close(state, cause),
        Request::Resume => match state {
            State::Parked { from, .. } => Ok(*from),
            State::Accepted { .. }
            | State::Earmarked { .. }
            | State::PendingClaim { .. }
            | State::Claiming { .. }
            | State::Claimed { .. }
            | State::Closing { .. }
            | State::Releasing { .. }
            | State::Returned { .. }
            | State::Refused { .. } => Err(NotNow::NotParked),
        },
    }
}

fn claim(state: State, request: RequestId) -> Result<State, NotNow> {
    match state {
        State::PendingClaim { hop } => Ok(State::Claiming { hop, request }),
        State::Claiming { request: earlier, .. } if earlier == request => Ok(state),
        State::Claiming { .. } => Err(NotNow::ClaimInProgress),
        State::Accepted { .. } | State::Earmarked { .. } => Err(NotNow::NotYetPending),
        State::Claimed { .. } => Err(NotNow::AlreadyClaimed),
        State::Closing { .. } | State::Releasing { .. } => Err(NotNow::Closing),
        State::Returned { .. } => Err(NotNow::Returned),
        State::Refused { .. } => Err(NotNow::Refused),
        State::Parked { .. } => Err(NotNow::UnderReview),
    }
}

fn close(state: State, cause: ReturnCause) -> Result<State, NotNow> {
    let closing = |hop, since| Ok(State::Closing { hop, since, cause });
    match state {
        State::Accepted { .. } | State::Earmarked { .. } if cause == ReturnCause::Declined => {
            Err(NotNow::NotYetPending)
        }
        State::Accepted { .. } => closing(crate::FIRST_HOP, Since::Accepted),
        State::Earmarked { .. } => closing(crate::FIRST_HOP, Since::Earmarked),
        State::PendingClaim { hop } => closing(hop, Since::Pending),
        // The claim came first; whoever asks by hand waits for it. A deadline does not wait: the book's own
        // order decides between the two.
        State::Claiming { .. } if cause.asked_by_person() => Err(NotNow::ClaimInProgress),
        State::Claiming { hop, .. } => closing(hop, Since::Pending),
        State::Claimed { .. } if !cause.revokes() => Err(NotNow::AlreadyClaimed),
        State::Claimed { hop } => closing(hop, Since::Claimed),
        State::Closing { .. } | State::Releasing { .. } if cause.asked_by_person() => Err(NotNow::Closing),
        State::Closing { hop, since, cause: earlier } if earlier.strength() < cause.strength() => {
            closing(hop, since)
        }
        // Weaker or equal, or the lot is closed already: what closed it stays the cause.
        State::Closing { .. } | State::Releasing { .. } => Ok(state),
        State::Returned { .. } => Err(NotNow::Returned),
        State::Refused { .. } => Err(NotNow::Refused),
        State::Parked { .. } if cause.asked_by_person() => Err(NotNow::UnderReview),
        // An event that comes while a person looks must hold when the transfer goes on.
        State::Parked { from, step, outcome } => {
            close(*from, cause).map(|from| State::Parked { from: Box::new(from), step, outcome })
        }
    }
}
