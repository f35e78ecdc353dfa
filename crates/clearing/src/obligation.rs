//! One leg that one pool owes another.
//!
//! An obligation never changes: a refund is another one, with a negative amount, in the period that is open
//! when it is recorded.

use std::{fmt, str::FromStr};

use money::Yuan;
use serde::{Deserialize, Serialize};
use standards::{BookId, PaymentId, Pool, RefundId};
use time::Date;

use crate::period::Period;

/// What made the leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Source {
    /// 结算: owed to the institution's pool.
    Payment(PaymentId),
    /// 退费: owed back.
    Refund(RefundId),
    /// 冲正: everything that was left of the payment, owed back. There is one reversal to a payment.
    Reversal(PaymentId),
}

/// A leg in the whole country: recorded once, in exactly one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LegId {
    /// The book that recorded it. Institutions choose the ids of payments and refunds, and two books may know one id.
    pub book: BookId,
    /// What made the leg.
    pub source: Source,
    /// Its number in the funding order of the source.
    pub number: u16,
}

impl fmt::Display for LegId {
    /// `51-01:P:<uuid>:3`, with `R` for a refund and `V` for a reversal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { book, source, number } = self;
        match source {
            Source::Payment(id) => write!(f, "{book}:P:{id}:{number}"),
            Source::Refund(id) => write!(f, "{book}:R:{id}:{number}"),
            Source::Reversal(id) => write!(f, "{book}:V:{id}:{number}"),
        }
    }
}

/// Names the categories once: variant and name on the wire cannot part.
macro_rules! categories {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),* $(,)?) => {
        /// 费用类别: what was paid for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Category {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Category {
            /// Every category.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name on the wire and in the database.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

categories! {
    /// 住院.
    Inpatient = "INPATIENT",
    /// 普通门诊.
    Outpatient = "OUTPATIENT",
    /// 门诊慢特病.
    SpecialOutpatient = "SPECIAL_OUTPATIENT",
    /// 生育.
    Maternity = "MATERNITY",
    /// 药店购药.
    Pharmacy = "PHARMACY",
    /// 疫苗接种.
    Vaccination = "VACCINATION",
    /// 体检.
    CheckUp = "CHECK_UP",
    /// 挂号.
    Registration = "REGISTRATION",
    /// 商业健康保险.
    CommercialInsurance = "COMMERCIAL_INSURANCE",
    /// 城乡居民医保缴费.
    ResidentPremium = "RESIDENT_PREMIUM",
    /// 长期护理保险缴费.
    LtcPremium = "LTC_PREMIUM",
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text names no category.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a category of payments")]
pub struct NoSuchCategory;

impl FromStr for Category {
    type Err = NoSuchCategory;

    fn from_str(text: &str) -> Result<Self, NoSuchCategory> {
        Self::ALL.iter().copied().find(|category| category.name() == text).ok_or(NoSuchCategory)
    }
}

/// Why a leg is not an obligation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOwed {
    /// Payer and institution are of one pool: nothing crosses.
    #[error("a pool owes itself nothing")]
    SamePool,
    /// A payment that is not positive, or a refund or reversal that is not negative.
    #[error("a payment is owed with a positive amount, a refund or reversal with a negative one")]
    WrongSign,
    /// A book numbers its records from 1.
    #[error("a record's sequence is at least 1")]
    NoSequence,
}

/// 清算明细: one leg whose payer's pool is not the institution's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obligation {
    /// The leg; recorded once.
    pub leg: LegId,
    /// The pool whose member's account pays in the end.
    pub debtor: Pool,
    /// The institution's pool; for premiums the pool of the insured's enrolment.
    pub creditor: Pool,
    /// What is owed; negative for refunds and reversals.
    pub amount: Yuan,
    /// What was paid for.
    pub category: Category,
    /// The record of the leg's book.
    pub sequence: i64,
    /// The civil day of the record.
    pub day: Date,
    /// The period that was open when settlement took the leg in; not always the month of the day.
    pub period: Period,
}

impl Obligation {
    /// The obligation if it is one.
    pub fn checked(self) -> Result<Self, NotOwed> {
        let sign_fits = match self.leg.source {
            Source::Payment(_) => self.amount.is_positive(),
            Source::Refund(_) | Source::Reversal(_) => self.amount.fen() < 0,
        };
        if self.debtor == self.creditor {
            Err(NotOwed::SamePool)
        } else if !sign_fits {
            Err(NotOwed::WrongSign)
        } else if self.sequence < 1 {
            Err(NotOwed::NoSequence)
        } else {
            Ok(self)
        }
    }
}
