//! Why quota goes back, and why a book said no.
//!
//! A cause decides how the lot is closed: a weak one only takes back what was never claimed, a strong one
//! takes back whatever is unspent. A reason is opaque here; no decision depends on its text.

use std::fmt;

use serde::{Deserialize, Serialize};

/// 退回原因: why quota goes back to its origin. Ordered from the weakest to the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReturnCause {
    /// Nobody claimed it in time.
    Unclaimed,
    /// The beneficiary said no.
    Declined,
    /// The sharer took it back before the claim.
    Cancelled,
    /// The bond ended.
    BondDissolved,
    /// An enrolment of either side ended or moved.
    EnrolmentChanged,
    /// The beneficiary's wallet is being closed.
    WalletClosed,
    /// The sharer or the beneficiary died.
    Death,
    /// The agency stopped it.
    Sanction,
}

impl ReturnCause {
    /// Every cause, weakest first.
    pub const ALL: [Self; 8] = [
        Self::Unclaimed,
        Self::Declined,
        Self::Cancelled,
        Self::BondDissolved,
        Self::EnrolmentChanged,
        Self::WalletClosed,
        Self::Death,
        Self::Sanction,
    ];

    /// How much it overrules. The three weak causes are equal: the first one asked for stays.
    pub const fn strength(self) -> u8 {
        match self {
            Self::Unclaimed | Self::Declined | Self::Cancelled => 0,
            Self::BondDissolved => 1,
            Self::EnrolmentChanged => 2,
            Self::WalletClosed => 3,
            Self::Death => 4,
            Self::Sanction => 5,
        }
    }

    /// Whether it takes back a claimed lot as well.
    pub const fn revokes(self) -> bool {
        self.strength() > 0
    }

    /// Whether a person asks for it and waits for the answer; the others are found out by the system and
    /// must never be lost.
    pub const fn asked_by_person(self) -> bool {
        matches!(self, Self::Declined | Self::Cancelled)
    }

    /// The name on the wire and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unclaimed => "UNCLAIMED",
            Self::Declined => "DECLINED",
            Self::Cancelled => "CANCELLED",
            Self::BondDissolved => "BOND_DISSOLVED",
            Self::EnrolmentChanged => "ENROLMENT_CHANGED",
            Self::WalletClosed => "WALLET_CLOSED",
            Self::Death => "DEATH",
            Self::Sanction => "SANCTION",
        }
    }
}

impl fmt::Display for ReturnCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a book gave as its refusal, carried unread: a wire reason, or a whole refusal as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reason(String);

impl Reason {
    /// Keeps the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
