//! Until when a transfer may be claimed and when it must be back: civil clock times of the day after
//! acceptance, in China Standard Time. The clock times are parameters; nothing here knows a rule or a clock.

use standards::civil;
use time::{OffsetDateTime, Time};

/// The two civil clock times of the day after acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    claim_until: Time,
    return_by: Time,
}

/// The instants of one transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// From here on no claim is accepted, and an unclaimed transfer is turned back.
    pub claim_until: OffsetDateTime,
    /// By then the money is back.
    pub return_by: OffsetDateTime,
}

/// Why there are no deadlines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimerError {
    /// The return must not be due before the claim ends.
    #[error("a transfer must be claimable no longer than until it is due back")]
    OutOfOrder,
    /// Acceptance on the last day that the calendar can express.
    #[error("the calendar ends before the next civil day")]
    CalendarEnds,
}

impl Timers {
    /// Two clock times of the same day, in order.
    pub fn new(claim_until: Time, return_by: Time) -> Result<Self, TimerError> {
        if claim_until > return_by {
            return Err(TimerError::OutOfOrder);
        }
        Ok(Self { claim_until, return_by })
    }

    /// The deadlines of a transfer accepted at this instant.
    pub fn deadlines(&self, accepted_at: OffsetDateTime) -> Result<Deadlines, TimerError> {
        let next_day = civil::day(accepted_at).next_day().ok_or(TimerError::CalendarEnds)?;
        Ok(Deadlines {
            claim_until: civil::instant(next_day, self.claim_until),
            return_by: civil::instant(next_day, self.return_by),
        })
    }
}

impl Deadlines {
    /// Whether a claim asked for now is in time. The end itself is too late.
    pub fn may_claim(&self, now: OffsetDateTime) -> bool {
        now < self.claim_until
    }

    /// Whether an unclaimed transfer must be turned back now.
    pub fn is_due_back(&self, now: OffsetDateTime) -> bool {
        !self.may_claim(now)
    }
}
