//! What the outside sees of a transfer: fewer states than inside, and where its money is.

use std::{fmt, str::FromStr};

use money::Yuan;
use serde::{Deserialize, Serialize};

use crate::state::{Since, State};

/// 转账状态: the state of a transfer as people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TransferState {
    /// 已提交: decided, on its way to the beneficiary.
    Accepted,
    /// 待接收: waits for the beneficiary.
    PendingClaim,
    /// 已接收: the beneficiary can spend it.
    Claimed,
    /// 退回中: on its way back.
    Closing,
    /// 已退回: back.
    Returned,
    /// 未成立: a book said no.
    Refused,
}

impl TransferState {
    /// Every state in the order of a transfer's life.
    pub const ALL: [Self; 6] =
        [Self::Accepted, Self::PendingClaim, Self::Claimed, Self::Closing, Self::Returned, Self::Refused];

    /// The name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::PendingClaim => "PENDING_CLAIM",
            Self::Claimed => "CLAIMED",
            Self::Closing => "CLOSING",
            Self::Returned => "RETURNED",
            Self::Refused => "REFUSED",
        }
    }
}

impl fmt::Display for TransferState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text is no state of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a state of a transfer")]
pub struct NoSuchState;

impl FromStr for TransferState {
    type Err = NoSuchState;

    fn from_str(text: &str) -> Result<Self, NoSuchState> {
        Self::ALL.into_iter().find(|state| state.name() == text).ok_or(NoSuchState)
    }
}

/// Where the amount of a transfer is, as far as settlement knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MoneyPlace {
    /// In the sharer's personal account, never earmarked or refused.
    SharerAccount,
    /// Kept aside in the sharer's book, with no usable lot.
    Earmarked,
    /// In the beneficiary's wallet, waiting to be claimed.
    WalletPending,
    /// In the beneficiary's wallet.
    Wallet,
    /// With the institutions.
    Spent,
    /// Unspent and back in the sharer's account.
    Returned,
}

impl State {
    /// The state as people are told.
    pub fn view(&self) -> TransferState {
        match self {
            Self::Accepted { .. } | Self::Earmarked { .. } => TransferState::Accepted,
            Self::PendingClaim { .. } | Self::Claiming { .. } => TransferState::PendingClaim,
            Self::Claimed { .. } => TransferState::Claimed,
            Self::Closing { .. } | Self::Releasing { .. } => TransferState::Closing,
            Self::Returned { .. } => TransferState::Returned,
            Self::Refused { .. } => TransferState::Refused,
            Self::Parked { from, .. } => from.view(),
        }
    }

    /// Whether a person looks at it.
    pub const fn under_review(&self) -> bool {
        matches!(self, Self::Parked { .. })
    }

    /// Where the money is, given what of the transfer is neither spent nor back.
    pub fn money_place(&self, remaining: Yuan) -> MoneyPlace {
        match self {
            Self::Accepted { .. } | Self::Refused { .. } => MoneyPlace::SharerAccount,
            Self::Earmarked { .. } | Self::Releasing { .. } => MoneyPlace::Earmarked,
            Self::PendingClaim { .. } | Self::Claiming { .. } => MoneyPlace::WalletPending,
            Self::Claimed { .. } if remaining.is_zero() => MoneyPlace::Spent,
            Self::Claimed { .. } => MoneyPlace::Wallet,
            Self::Closing { since, .. } => match since {
                Since::Accepted => MoneyPlace::SharerAccount,
                Since::Earmarked => MoneyPlace::Earmarked,
                Since::Pending => MoneyPlace::WalletPending,
                Since::Claimed => MoneyPlace::Wallet,
            },
            Self::Returned { .. } => MoneyPlace::Returned,
            Self::Parked { from, .. } => from.money_place(remaining),
        }
    }
}
