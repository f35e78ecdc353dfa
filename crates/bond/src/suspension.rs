//! Why a bond cannot be used for now, and on whose side the reason lies.
//!
//! A reason that holds for both is two suspensions: when it is gone on one side, the other one stays. Who
//! finds such reasons, and when, is not known here.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::terms::{NoSuchName, Side, named};

named! {
    /// 暂停原因: why a bond cannot be used for now.
    SuspendReason {
        /// An enrolment is suspended, in arrears or frozen, or there is none.
        EnrolmentSuspended = "ENROLMENT_SUSPENDED",
        /// Contact data were not brought up to date in time.
        ContactOverdue = "CONTACT_OVERDUE",
        /// The agency suspended one of the two.
        Sanction = "SANCTION",
    }
}

/// A reason on one side. Its name is both with a colon between them: `SHARER:SANCTION`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Suspension {
    /// Whose circumstances they are.
    pub side: Side,
    /// What they are.
    pub why: SuspendReason,
}

impl Suspension {
    /// Every reason on either side.
    pub fn all() -> impl Iterator<Item = Self> {
        Side::ALL.iter().flat_map(|&side| SuspendReason::ALL.iter().map(move |&why| Self { side, why }))
    }
}

impl fmt::Display for Suspension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.side, self.why)
    }
}

impl FromStr for Suspension {
    type Err = NoSuchName;

    fn from_str(text: &str) -> Result<Self, NoSuchName> {
        let (side, why) = text.split_once(':').ok_or(NoSuchName)?;
        Ok(Self { side: side.parse()?, why: why.parse()? })
    }
}

impl From<Suspension> for String {
    fn from(suspension: Suspension) -> Self {
        suspension.to_string()
    }
}

impl TryFrom<String> for Suspension {
    type Error = NoSuchName;

    fn try_from(text: String) -> Result<Self, NoSuchName> {
        text.parse()
    }
}
