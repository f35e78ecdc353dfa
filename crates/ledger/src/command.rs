//! What a book can be told to do, as parsed values.
//!
//! A command holds facts that were decided before; it never looks anything up and never reads a clock.
//! Texts are bounded by whoever parses them; a book only keeps them.

use money::Yuan;
use serde::{Deserialize, Serialize};
use standards::{
    BondId, BookId, PaymentId, PersonId, Pool, Province, RefundId, RequestId, TransferId, WalletId,
    institution::InstitutionCode,
};
use time::OffsetDateTime;

use crate::{
    codes::{Category, CreditKind, HopState, RefundKind, RevokeCause},
    digest::Digest,
};

/// One command to a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// 开通医保钱包
    OpenWallet(OpenWallet),
    /// 冻结钱包
    FreezeWallet(FreezeWallet),
    /// 解冻钱包
    UnfreezeWallet(FreezeWallet),
    /// 自动接收
    SetAutoClaim(SetAutoClaim),
    /// 个人账户划入
    CreditPersonalAccount(Credit),
    /// Sets a transfer's amount aside in the sharer's personal account.
    Earmark(Earmark),
    /// Tells the sharer's book what a lot has consumed, absolutely.
    DrawDown(DrawDown),
    /// Opens a lot in the beneficiary's wallet.
    Grant(Grant),
    /// 接收: makes a pending lot spendable.
    Claim(Claim),
    /// The beneficiary does not want the lot.
    Decline(Claim),
    /// Closes a lot that was not claimed.
    Return(Return),
    /// Closes a lot in whatever state it is.
    Revoke(Revoke),
    /// 结算
    Pay(Pay),
    /// 退费
    Refund(Refund),
    /// 冲正
    ReversePayment(ReversePayment),
}

/// Opens a person's wallet at the place of use that identity assigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenWallet {
    /// The new wallet.
    pub wallet: WalletId,
    /// Whose it is.
    pub person: PersonId,
    /// 使用地
    pub place_of_use: Pool,
    /// Grants open at once.
    pub auto_claim: bool,
    /// The mobile number as it may be shown, `138****0000`.
    pub mobile_masked: String,
    /// Who opened it for the person, if somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_by: Option<PersonId>,
    /// The version of the terms that were agreed to.
    pub terms_version: String,
}

/// Freezes or thaws a wallet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeWallet {
    /// The caller's request.
    pub request: RequestId,
    /// Which wallet.
    pub wallet: WalletId,
    /// Why, in words.
    pub reason: String,
    /// The file it belongs to.
    pub case_reference: String,
}

/// Switches automatic claims on or off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAutoClaim {
    /// The caller's request.
    pub request: RequestId,
    /// Which wallet.
    pub wallet: WalletId,
    /// The new value.
    pub auto_claim: bool,
}

/// Credits a personal account from the fund of its pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// The credit's own id.
    pub credit: RequestId,
    /// Whose account.
    pub person: PersonId,
    /// In which pool.
    pub pool: Pool,
    /// The month it belongs to, `2026-01`.
    pub month: String,
    /// How much, > 0.
    pub amount: Yuan,
    /// What it is.
    pub kind: CreditKind,
    /// The payer's reference.
    pub reference: String,
}

/// Sets aside `amount` for a transfer. Limits on money come as numbers and are enforced here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earmark {
    /// The transfer.
    pub transfer: TransferId,
    /// 共济人
    pub sharer: PersonId,
    /// The pool of the sharer's personal account, in this book.
    pub pool: Pool,
    /// 被共济人
    pub beneficiary: PersonId,
    /// The bond that carries the transfer.
    pub bond: BondId,
    /// The province whose book will hold the lot.
    pub to: Province,
    /// How much, > 0.
    pub amount: Yuan,
    /// What must be left in the account afterwards.
    pub min_left: Yuan,
    /// The most that may be shared in a civil year, returns of the same year not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year_total: Option<Yuan>,
}

/// The state of a lot as of record `at_sequence` of the book that keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrawDown {
    /// The transfer.
    pub transfer: TransferId,
    /// Which lot of it.
    pub hop: u16,
    /// The record of the lot's book that this reports.
    pub at_sequence: i64,
    /// All that the lot has consumed, refunds taken off.
    pub consumed: Yuan,
    /// What has become of the lot.
    pub state: HopState,
}

/// Where the money behind a grant is earmarked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarmarkReference {
    /// The sharer's book.
    pub book: BookId,
    /// Its record of the earmark.
    pub sequence: i64,
    /// The hash of its chain there.
    pub hash: Digest,
}

/// Opens a lot of quota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The transfer.
    pub transfer: TransferId,
    /// 0 at first; one more with each relocation of the wallet.
    pub hop: u16,
    /// 被共济人
    pub beneficiary: PersonId,
    /// 共济人
    pub sharer: PersonId,
    /// The bond that carries the transfer.
    pub bond: BondId,
    /// The sharer's pool: the debtor of all that is spent.
    pub origin: Pool,
    /// How much, > 0.
    pub amount: Yuan,
    /// Opens the lot at once. The wallet's own setting does the same.
    pub auto_claim: bool,
    /// The guarantee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earmark: Option<EarmarkReference>,
}

/// Claims or declines a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The transfer.
    pub transfer: TransferId,
    /// The client's request: a claim that was refused may be tried again under another.
    pub request: RequestId,
}

/// Takes back a lot that is still pending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// The transfer.
    pub transfer: TransferId,
}

/// Takes back what is left of a lot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoke {
    /// The transfer.
    pub transfer: TransferId,
    /// Why.
    pub cause: RevokeCause,
}

/// What a treatment cost and who bears it. total = fund + institution + personal; eligible ≤ personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// 医疗费总额
    pub total: Yuan,
    /// 基金支付
    pub fund: Yuan,
    /// 医院负担
    pub institution: Yuan,
    /// 个人负担
    pub personal: Yuan,
    /// The part of the personal amount that accounts and lots may fund.
    pub eligible: Yuan,
}

/// How much quota the patient wants to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SharedWanted {
    /// As much as there is.
    All,
    /// None: own account and cash.
    None,
    /// At most this.
    UpTo(Yuan),
}

/// A payment, resolved by the service: who the patient is, in which pool the institution lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pay {
    /// The payment.
    pub payment: PaymentId,
    /// 就诊人
    pub patient: PersonId,
    /// 定点医药机构
    pub institution: InstitutionCode,
    /// The institution's pooling area: the creditor.
    pub institution_pool: Pool,
    /// The institution's own number of the payment.
    pub serial: String,
    /// The visit it belongs to.
    pub visit: String,
    /// 医疗类别
    pub med_type: String,
    /// What was paid for.
    pub category: Category,
    /// When the service was given.
    #[serde(with = "time::serde::rfc3339")]
    pub service_time: OffsetDateTime,
    /// What it cost.
    pub cost: Cost,
    /// How much quota may be used.
    pub shared_wanted: SharedWanted,
    /// The most cash the patient agreed to; more is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cash: Option<Yuan>,
    /// Pools in which the patient's account is frozen: nothing is taken from it. No part of the content: it is
    /// what the book is told, not what the institution asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frozen: Vec<Pool>,
}

/// Gives back part of a payment's personal amount, last leg first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The refund.
    pub refund: RefundId,
    /// The payment.
    pub payment: PaymentId,
    /// Who refunds: only who was paid.
    pub institution: InstitutionCode,
    /// Why; never [`RefundKind::Reversal`], which is a command of its own.
    pub kind: RefundKind,
    /// How much of the personal amount, > 0.
    pub amount: Yuan,
    /// The cost that is taken back, where it is known; its personal amount equals `amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

/// Takes back a payment whose answer the institution never got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReversePayment {
    /// The institution's request.
    pub request: RequestId,
    /// The payment, known here or not.
    pub payment: PaymentId,
    /// Who reverses: only who was paid.
    pub institution: InstitutionCode,
    /// The institution's own number of the payment.
    pub serial: String,
}

impl Command {
    /// A short word for the record: streams filter by it.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::OpenWallet(_) => "open_wallet",
            Self::FreezeWallet(_) => "freeze_wallet",
            Self::UnfreezeWallet(_) => "unfreeze_wallet",
            Self::SetAutoClaim(_) => "set_auto_claim",
            Self::CreditPersonalAccount(_) => "credit",
            Self::Earmark(_) => "earmark",
            Self::DrawDown(_) => "draw_down",
            Self::Grant(_) => "grant",
            Self::Claim(_) => "claim",
            Self::Decline(_) => "decline",
            Self::Return(_) => "return",
            Self::Revoke(_) => "revoke",
            Self::Pay(_) => "pay",
            Self::Refund(_) => "refund",
            Self::ReversePayment(_) => "reverse_payment",
        }
    }
}
