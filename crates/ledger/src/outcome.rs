//! What a book answers: done, refused, or one of the few words a coordinator needs.
//!
//! Outcomes are stored in the record as JSON and read by followers of the stream, so they carry all that
//! a follower must know: every leg with its pools, every lot as it is afterwards.

use money::Yuan;
use serde::{Deserialize, Serialize};
use standards::{BondId, PaymentId, PersonId, Pool, TransferId, WalletId};

use crate::codes::{Category, LegKind, LotState, PaymentState, WalletState};

/// The answer to a command, and whether it becomes a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// What to tell the caller.
    pub outcome: Outcome,
    /// Whether this is a record of the book. If not, nothing was changed and no sequence is used.
    pub recorded: bool,
}

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is so now, or has been before.
    Done(Done),
    /// It may not be.
    Refused(Refusal),
    /// It was undone before it arrived.
    Undone,
    /// What it undoes was refused when it arrived, and why: nothing was. Never recorded.
    WasRefused(Refusal),
    /// A return met a claimed lot.
    AlreadyClaimed,
    /// Something it builds on has not arrived; to be repeated, burns nothing.
    NotYet,
    /// This book does not know the command yet; to be repeated, burns nothing.
    Unsupported,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// The wallet as it is now.
    Wallet(WalletNow),
    /// The personal account after a credit.
    Credited(Credited),
    /// The earmark after it was made or drawn down.
    Earmark(EarmarkNow),
    /// The lot after a grant, claim, decline, return or revocation.
    Lot(LotNow),
    /// A payment.
    Payment(Movement),
    /// A refund or a reversal; amounts are negative.
    Refund(Movement),
}

/// A wallet as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletNow {
    /// Which wallet.
    pub wallet: WalletId,
    /// Whose it is.
    pub person: PersonId,
    /// 使用地
    pub place_of_use: Pool,
    /// Its state.
    pub state: WalletState,
    /// Whether grants open at once.
    pub auto_claim: bool,
    /// Grows with each change.
    pub revision: i64,
}

/// A personal account after a credit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credited {
    /// 历年结余
    pub prior: Yuan,
    /// 当年计入
    pub current: Yuan,
}

/// An earmark after a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarmarkNow {
    /// The transfer.
    pub transfer: TransferId,
    /// What is still set aside.
    pub earmarked: Yuan,
    /// What its lots have consumed as far as this book knows.
    pub consumed: Yuan,
    /// What has come back to the account.
    pub returned: Yuan,
}

/// A lot after a command. A follower reports it to the sharer's book as it stands here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotNow {
    /// The transfer.
    pub transfer: TransferId,
    /// Which lot of it.
    pub hop: u16,
    /// Its state.
    pub state: LotState,
    /// What was granted; 0 for a lot that never was.
    pub granted: Yuan,
    /// What was spent, refunds taken off.
    pub consumed: Yuan,
    /// The record that brought it to this.
    pub at_sequence: i64,
}

/// Money moved by a payment, or back by a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// The payment.
    pub payment: PaymentId,
    /// The patient; none if the payment was reversed before it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patient: Option<PersonId>,
    /// What was paid for; none if the payment was reversed before it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<Category>,
    /// The payment's state afterwards.
    pub state: PaymentState,
    /// The legs that moved, in the order they moved. A refund's first leg is the payment's last.
    pub legs: Vec<LegMoved>,
}

/// One leg that moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegMoved {
    /// Its number in the payment, from 1 in funding order.
    pub leg: u16,
    /// Who funds it.
    pub kind: LegKind,
    /// Whose money or quota: the sharer of a lot, else the patient.
    pub owner: PersonId,
    /// How much; negative in a refund.
    pub amount: Yuan,
    /// The pool that owes; none for cash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debtor: Option<Pool>,
    /// The institution's pool.
    pub creditor: Pool,
    /// The lot of a lot leg, as it is afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<LotNow>,
    /// The bond behind a lot leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bond: Option<BondId>,
}

/// Why a command may not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The person has a wallet in this book already.
    #[error("the person already has a wallet")]
    WalletAlreadyOpen,
    /// No such wallet.
    #[error("there is no such wallet")]
    WalletUnknown,
    /// The beneficiary has no wallet here.
    #[error("the beneficiary has no wallet")]
    WalletNotOpen,
    /// The wallet is frozen.
    #[error("the wallet is frozen")]
    WalletFrozen,
    /// The pool belongs to another province.
    #[error("the pool is not kept in this book")]
    WrongBook,
    /// The personal account is empty.
    #[error("the personal account is empty")]
    BalanceZero,
    /// The personal account holds less than was asked for.
    #[error("the personal account holds {available}")]
    InsufficientBalance {
        /// What it holds.
        available: Yuan,
    },
    /// Less than the minimum would be left.
    #[error("{left} would be left where {minimum} must stay")]
    BalanceBelowMinimum {
        /// What must stay.
        minimum: Yuan,
        /// What would be left.
        left: Yuan,
    },
    /// More than may be shared in a year.
    #[error("{used} of {limit} are used this year")]
    AnnualQuotaExceeded {
        /// The year's limit.
        limit: Yuan,
        /// What is used already.
        used: Yuan,
    },
    /// The wallet holds as many spendable lots as it may.
    #[error("the wallet holds too many lots")]
    TooManyLots,
    /// A claim or decline of a transfer that is over.
    #[error("the transfer is no longer pending")]
    TransferNotPending,
    /// The id is known with another content. Never recorded.
    #[error("the id was used with another content")]
    RequestIdReused,
    /// The payment was reversed before it arrived.
    #[error("the payment was reversed before it arrived")]
    UndoneBefore,
    /// The institution lies in another province.
    #[error("the institution is outside the place of use")]
    OutsidePlaceOfUse,
    /// The parts of a cost do not make its total.
    #[error("the amounts do not add up")]
    AmountsDoNotAddUp,
    /// More cash would be needed than was agreed.
    #[error("{cash} in cash would be needed where {max_cash} was agreed")]
    SplitChanged {
        /// What would be needed.
        cash: Yuan,
        /// What was agreed.
        max_cash: Yuan,
    },
    /// The institution's serial names another payment that was not reversed.
    #[error("the serial names payment {payment} already")]
    SerialReused {
        /// The payment it names.
        payment: PaymentId,
    },
    /// No such payment (or not under this serial).
    #[error("there is no such payment")]
    PaymentUnknown,
    /// Another institution was paid.
    #[error("another institution was paid")]
    OtherInstitution,
    /// More than is left to refund.
    #[error("{left} are left to refund")]
    RefundExceedsPayment {
        /// What is left.
        left: Yuan,
    },
    /// Quota was spent for which this book has no earmark: it has lost data. Parks.
    #[error("this book knows no earmark for what was spent")]
    EarmarkUnknown,
    /// A report contradicts an earlier one: more than granted, or a rise after the close. Parks.
    #[error("the report contradicts what this book knows")]
    Contradiction,
}

impl Refusal {
    /// The reason on the wire.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::WalletAlreadyOpen => "WALLET_ALREADY_OPEN",
            Self::WalletUnknown => "WALLET_UNKNOWN",
            Self::WalletNotOpen => "WALLET_NOT_OPEN",
            Self::WalletFrozen => "WALLET_FROZEN",
            Self::WrongBook => "WRONG_BOOK",
            Self::BalanceZero => "BALANCE_ZERO",
            Self::InsufficientBalance { .. } => "INSUFFICIENT_BALANCE",
            Self::BalanceBelowMinimum { .. } => "BALANCE_BELOW_MINIMUM",
            Self::AnnualQuotaExceeded { .. } => "ANNUAL_QUOTA_EXCEEDED",
            Self::TooManyLots => "TOO_MANY_LOTS",
            Self::TransferNotPending => "TRANSFER_NOT_PENDING",
            Self::RequestIdReused => "REQUEST_ID_REUSED",
            Self::UndoneBefore => "UNDONE_BEFORE",
            Self::OutsidePlaceOfUse => "OUTSIDE_PLACE_OF_USE",
            Self::AmountsDoNotAddUp => "AMOUNTS_DO_NOT_ADD_UP",
            Self::SplitChanged { .. } => "SPLIT_CHANGED",
            Self::SerialReused { .. } => "SERIAL_REUSED",
            Self::PaymentUnknown => "PAYMENT_UNKNOWN",
            Self::OtherInstitution => "OUT_OF_SCOPE",
            Self::RefundExceedsPayment { .. } => "REFUND_EXCEEDS_PAYMENT",
            Self::EarmarkUnknown => "EARMARK_UNKNOWN",
            Self::Contradiction => "CONTRADICTION",
        }
    }

    /// Whether two books disagree, so that a person must look.
    pub const fn parks(&self) -> bool {
        matches!(self, Self::EarmarkUnknown | Self::Contradiction)
    }
}

impl Applied {
    pub(crate) const fn done(done: Done) -> Self {
        Self { outcome: Outcome::Done(done), recorded: true }
    }

    pub(crate) const fn refused(refusal: Refusal) -> Self {
        Self { outcome: Outcome::Refused(refusal), recorded: true }
    }

    /// What was to be undone never came, and now never will.
    pub(crate) const fn undone() -> Self {
        Self { outcome: Outcome::Undone, recorded: true }
    }

    /// An answer that changes nothing and is no record.
    pub(crate) const fn only(outcome: Outcome) -> Self {
        Self { outcome, recorded: false }
    }
}
