//! Ending a bond by choice: who may state which reason, and what a rule about changing one's mind
//! asks of a bond: since when it holds, and how many changes of a year it is.
//!
//! How soon and how often people may change their minds is for the policy to say. What happens to people
//! without their choice is judged elsewhere and waits for nothing.

use standards::civil;
use time::{Date, OffsetDateTime};

use crate::{
    standing::{Bond, DissolveReason},
    terms::named,
};

named! {
    /// Who asks for the end of a bond.
    By {
        /// 共济人.
        Sharer = "SHARER",
        /// 被共济人, or the guardian.
        Beneficiary = "BENEFICIARY",
        /// 经办人 of an agency.
        Operator = "OPERATOR",
    }
}

/// A reason that is not theirs to state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{by} cannot end a bond as {reason}")]
pub struct ReasonNotTheirs {
    /// Who asked.
    pub by: By,
    /// What was stated.
    pub reason: DissolveReason,
}

/// Whether somebody may state a reason: each of the two only the own wish, an operator anything else and, for
/// somebody who came to the counter, their wish too.
pub const fn check_reason(by: By, reason: DissolveReason) -> Result<(), ReasonNotTheirs> {
    match (by, reason) {
        (By::Operator, _)
        | (By::Sharer, DissolveReason::VoluntarySharer)
        | (By::Beneficiary, DissolveReason::VoluntaryBeneficiary) => Ok(()),
        (By::Sharer | By::Beneficiary, _) => Err(ReasonNotTheirs { by, reason }),
    }
}

impl Bond {
    /// The civil day from which it has been in force, for a rule about how long it must have been.
    pub fn active_from(&self) -> Option<Date> {
        self.active_at.map(civil::day)
    }

    /// How many changes of a civil year it is: one if it came into force in it, and one if somebody chose in it
    /// to end it. Together over a sharer's bonds of a programme, for a rule about changes per year.
    pub fn changes_in(&self, year: i32) -> u32 {
        let in_year = |at: Option<OffsetDateTime>| at.is_some_and(|at| civil::day(at).year() == year);
        let chosen = self.dissolve_reason.is_some_and(DissolveReason::is_voluntary);
        u32::from(in_year(self.active_at)) + u32::from(chosen && in_year(self.ended_at))
    }
}
