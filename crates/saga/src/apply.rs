//! What an answer means for a transfer.
//!
//! Every step names every outcome; adding one of either does not compile until its meaning is decided.
//! An answer that cannot be right parks the transfer and never loses what it was.

use mistakes::{Mistake, made};
use money::Yuan;

use crate::{
    cause::Reason,
    state::{End, NEVER_GRANTED, Since, State},
    step::{Outcome, Step, next},
};

/// A step was answered that the state does not ask for: a late answer, or our own mistake. The transfer
/// stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a transfer that asks for {asked:?} was given the outcome of {step:?}")]
pub struct IllegalStep {
    /// What the state asks for.
    pub asked: Option<Step>,
    /// What was given.
    pub step: Step,
}

/// What an outcome leads to.
enum Turn {
    /// The transfer moves on.
    To(State),
    /// The same step again, under the same id.
    Again,
    /// It cannot be right.
    Park,
}

/// Moves a transfer on by a book's answer to `step`, which must be the one [`next`] asked for.
pub fn apply(state: State, step: Step, outcome: Outcome) -> Result<State, IllegalStep> {
    let asked = next(&state);
    if asked != Some(step) {
        return Err(IllegalStep { asked, step });
    }
    let turn = match step {
        Step::Earmark => earmark(&state, &outcome),
        Step::Grant { hop, auto_claim, .. } => grant(hop, auto_claim, &outcome),
        Step::Claim { hop, .. } => claim(hop, &outcome),
        Step::Return { hop, .. } => close(hop, &state, &outcome),
        Step::Revoke { hop, .. } => close(hop, &state, &outcome),
        Step::DrawDownClosed { consumed, .. } => release(consumed, &state, &outcome),
    };
    Ok(match turn {
        Turn::To(state) => state,
        Turn::Again => state,
        Turn::Park => State::Parked { from: Box::new(state), step, outcome },
    })
}

fn earmark(state: &State, outcome: &Outcome) -> Turn {
    match outcome {
        Outcome::Done { sequence, .. } => {
            let auto_claim = matches!(state, State::Accepted { auto_claim: true });
            Turn::To(State::Earmarked { earmark_sequence: *sequence, auto_claim })
        }
        Outcome::Refused(reason) => Turn::To(State::Refused { reason: reason.clone() }),
        // An undo is only sent after the turn is stored, and then the earmark is not asked for any more.
        Outcome::Undone | Outcome::WasRefused(_) | Outcome::AlreadyClaimed => Turn::Park,
        Outcome::NotYet | Outcome::Unknown => Turn::Again,
    }
}

fn grant(hop: u16, auto_claim: bool, outcome: &Outcome) -> Turn {
    match outcome {
        Outcome::Done { .. } if auto_claim => Turn::To(State::Claimed { hop }),
        Outcome::Done { .. } => Turn::To(State::PendingClaim { hop }),
        Outcome::AlreadyClaimed => Turn::To(State::Claimed { hop }),
        Outcome::Refused(reason) => Turn::To(refused_grant(hop, Since::Earmarked, reason)),
        Outcome::Undone | Outcome::WasRefused(_) => Turn::Park,
        Outcome::NotYet | Outcome::Unknown => Turn::Again,
    }
}

/// The earmark stands and there will be no lot: it is released, and the day's slot with it.
fn refused_grant(hop: u16, since: Since, reason: &Reason) -> State {
    State::Releasing {
        hop,
        since,
        at_sequence: NEVER_GRANTED,
        consumed: Yuan::ZERO,
        end: End::Refuse(reason.clone()),
    }
}

fn claim(hop: u16, outcome: &Outcome) -> Turn {
    match outcome {
        Outcome::Done { .. } | Outcome::AlreadyClaimed => Turn::To(State::Claimed { hop }),
        // The beneficiary hears the reason and may ask again, for instance after a thaw.
        Outcome::Refused(_) => Turn::To(State::PendingClaim { hop }),
        Outcome::Undone | Outcome::WasRefused(_) => Turn::Park,
        Outcome::NotYet | Outcome::Unknown => Turn::Again,
    }
}

fn close(hop: u16, state: &State, outcome: &Outcome) -> Turn {
    let State::Closing { since, cause, .. } = *state else { return Turn::Park };
    let releasing = |at_sequence, consumed| {
        Turn::To(State::Releasing { hop, since, at_sequence, consumed, end: End::Return(cause) })
    };
    match outcome {
        Outcome::Done { consumed, .. } if consumed.fen() < 0 => Turn::Park,
        // Only an unclaimed lot is returned, and nothing was ever spent from one.
        Outcome::Done { consumed, .. } if !cause.revokes() && !consumed.is_zero() => Turn::Park,
        Outcome::Done { sequence, consumed } => releasing(*sequence, *consumed),
        Outcome::AlreadyClaimed if cause.revokes() => Turn::Park,
        Outcome::AlreadyClaimed if made(Mistake::ReleaseDespiteClaim) => releasing(NEVER_GRANTED, Yuan::ZERO),
        Outcome::AlreadyClaimed => Turn::To(State::Claimed { hop }),
        Outcome::Undone => match since {
            Since::Accepted | Since::Earmarked => releasing(NEVER_GRANTED, Yuan::ZERO),
            // The book has lost a lot that it once reported.
            Since::Pending | Since::Claimed => Turn::Park,
        },
        Outcome::WasRefused(reason) => match since {
            // Nobody had heard of it: it ends as if the refusal had arrived in time.
            Since::Accepted | Since::Earmarked => Turn::To(refused_grant(hop, since, reason)),
            Since::Pending | Since::Claimed => Turn::Park,
        },
        Outcome::Refused(_) => Turn::Park,
        Outcome::NotYet | Outcome::Unknown => Turn::Again,
    }
}

fn release(consumed: Yuan, state: &State, outcome: &Outcome) -> Turn {
    let State::Releasing { since, at_sequence, end, .. } = state else { return Turn::Park };
    let over = || {
        Turn::To(match end {
            End::Return(cause) => State::Returned { cause: *cause },
            End::Refuse(reason) => State::Refused { reason: reason.clone() },
        })
    };
    match outcome {
        Outcome::Done { .. } => over(),
        // The earmark never came and now never will.
        Outcome::Undone if consumed.is_zero() => over(),
        // Spent from an earmark that its book does not know: the book has lost data.
        Outcome::Undone => Turn::Park,
        Outcome::WasRefused(reason) => match (since, end) {
            // Nobody had heard of it, and there was never a lot either: nothing was set aside, nothing goes back.
            (Since::Accepted, End::Return(_)) if *at_sequence == NEVER_GRANTED && consumed.is_zero() => {
                Turn::To(State::Refused { reason: reason.clone() })
            }
            // The earmark was shown to the beneficiary's book, or to us: the sharer's book has lost it.
            (Since::Accepted | Since::Earmarked | Since::Pending | Since::Claimed, _) => Turn::Park,
        },
        Outcome::Refused(_) | Outcome::AlreadyClaimed => Turn::Park,
        Outcome::NotYet | Outcome::Unknown => Turn::Again,
    }
}
