//! Enumerations that are stored and sent by a fixed upper-case word.
//!
//! One macro makes the enum, its word, its parser and its serde form from one list, so that a database
//! column, a record and the content hash can never spell a state differently.

/// A stored word that names none of the values of its column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is not a {kind}")]
pub struct UnknownCode {
    /// The type that was asked for.
    pub kind: &'static str,
    /// What stood there.
    pub word: String,
}

macro_rules! coded {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant),*
        }

        impl $name {
            /// The word that is stored and sent.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::codes::UnknownCode;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(crate::codes::UnknownCode { kind: stringify!($name), word: word.to_owned() }),
                }
            }
        }
    )*};
}

coded! {
    /// The two ledgers of a book. No posting crosses them: a wallet holds quota, never money.
    Ledger {
        /// Real money: funds, personal accounts, earmarks, payables, receivables, institutions.
        Money = "MONEY",
        /// Spendable quota: lots against the quota account of their origin.
        Quota = "QUOTA",
    }

    /// 钱包状态: the state of a wallet.
    WalletState {
        /// Receives, claims and pays.
        Active = "ACTIVE",
        /// Neither receives nor claims nor pays with lots; what it holds stays.
        Frozen = "FROZEN",
    }

    /// The state of a sharer's earmark.
    EarmarkState {
        /// Guarantees a lot that has not been closed.
        Open = "OPEN",
        /// All hops are closed and nothing is earmarked.
        Closed = "CLOSED",
        /// Refused when it was asked for; the transfer's id is burnt here.
        Refused = "REFUSED",
        /// Undone before it arrived; a late earmark answers `Undone`.
        Undone = "UNDONE",
    }

    /// What the sharer's book knows of one hop.
    HopState {
        /// The lot may still be spent.
        Open = "OPEN",
        /// The lot is closed; only refunds may still lower what was consumed.
        Closed = "CLOSED",
        /// The lot has moved on to the next hop.
        Moved = "MOVED",
    }

    /// The state of a lot in the beneficiary's wallet.
    LotState {
        /// Granted and not claimed yet.
        Pending = "PENDING",
        /// Claimed: may be spent (and may be fully spent).
        Open = "OPEN",
        /// Returned, declined or revoked.
        Closed = "CLOSED",
        /// Moved to another book with the wallet.
        Moved = "MOVED",
        /// Refused when it was asked for; the transfer's id is burnt here.
        Refused = "REFUSED",
        /// Undone before it arrived; a late grant answers `Undone`.
        Undone = "UNDONE",
    }

    /// Which command closed a lot.
    ClosedBy {
        /// Unclaimed in time, or called back before the claim.
        Return = "RETURN",
        /// The beneficiary declined.
        Decline = "DECLINE",
        /// Dissolution, death, closing or sanction.
        Revoke = "REVOKE",
    }

    /// Why a lot is revoked in whatever state it is.
    RevokeCause {
        /// 共济关系解除
        BondDissolved = "BOND_DISSOLVED",
        /// An enrolment ended or changed.
        EnrolmentChanged = "ENROLMENT_CHANGED",
        /// A party died.
        Death = "DEATH",
        /// The wallet is being closed.
        WalletClosed = "WALLET_CLOSED",
        /// A sanction was imposed.
        Sanction = "SANCTION",
    }

    /// What a credit to a personal account is.
    CreditKind {
        /// 缴费划入
        Contribution = "CONTRIBUTION",
        /// 利息
        Interest = "INTEREST",
        /// Balance taken over from another pooling area.
        PoolTransferIn = "POOL_TRANSFER_IN",
    }

    /// 结算状态: the state of a payment.
    PaymentState {
        /// Nothing refunded.
        Paid = "PAID",
        /// Part of the personal amount refunded.
        PartlyRefunded = "PARTLY_REFUNDED",
        /// All of the personal amount refunded.
        Refunded = "REFUNDED",
        /// 冲正: taken back by the institution because its answer was lost.
        Reversed = "REVERSED",
        /// Reversed before it arrived; a late payment is refused.
        Undone = "UNDONE",
    }

    /// Who funds a leg of a payment, in funding order.
    LegKind {
        /// The patient's own prior-year pot.
        OwnPriorYear = "OWN_PRIOR_YEAR",
        /// The patient's own current-year pot.
        OwnCurrentYear = "OWN_CURRENT_YEAR",
        /// A lot in the patient's wallet.
        Lot = "LOT",
        /// Cash at the counter: recorded, never posted.
        Cash = "CASH",
    }

    /// Why a payment is refunded.
    RefundKind {
        /// 退货
        GoodsReturned = "GOODS_RETURNED",
        /// 取消结算
        SettlementCancelled = "SETTLEMENT_CANCELLED",
        /// 手工报销
        ManualReimbursement = "MANUAL_REIMBURSEMENT",
        /// 冲正: the refund of all that was left by a reversal.
        Reversal = "REVERSAL",
    }

    /// What a payment was for.
    Category {
        /// 住院
        Inpatient = "INPATIENT",
        /// 普通门诊
        Outpatient = "OUTPATIENT",
        /// 门诊慢特病
        SpecialOutpatient = "SPECIAL_OUTPATIENT",
        /// 生育
        Maternity = "MATERNITY",
        /// 药店
        Pharmacy = "PHARMACY",
        /// 疫苗接种
        Vaccination = "VACCINATION",
        /// 体检
        CheckUp = "CHECK_UP",
        /// 挂号
        Registration = "REGISTRATION",
        /// 商业健康保险
        CommercialInsurance = "COMMERCIAL_INSURANCE",
    }
}
