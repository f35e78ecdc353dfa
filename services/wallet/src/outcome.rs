//! What the writer answers: the book's own outcome, or why the facts around it did not allow it to be asked.
//!
//! Outcomes are stored in the record as JSON and given again to whoever repeats the request.

use ledger::Outcome as BookOutcome;
use money::Yuan;
use policy::{Decision, Reason, Verdict};
use serde::{Deserialize, Serialize};
use standards::{Pool, WalletId};
use time::Date;

use crate::facts::FeedName;

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The book has answered.
    Book(Told),
    /// The book was not asked.
    Refused(Refused),
    /// The feed is too late to decide; nothing was recorded.
    Behind(FeedName),
    /// Nothing is remembered under the id of an opening, and nothing was recorded.
    Unheard,
    /// A page of a feed was stored, or another process had done so.
    Followed(bool),
}

/// The book's answer, with what only the writer knew at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The answer.
    pub outcome: BookOutcome,
    /// The record that made it so, where the answer itself is no record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// What the lot had consumed, where the answer does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumed: Option<Yuan>,
    /// What a patient's own accounts held right after the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_after: Option<Yuan>,
}

/// Why the book was not asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// Nobody has this id.
    PersonUnknown,
    /// 人员已故.
    Deceased,
    /// The directory does not know the institution.
    InstitutionUnknown,
    /// Not designated, or suspended, on the day of service.
    InstitutionNotDesignated {
        /// The day of service.
        day: Date,
    },
    /// The institution does not take the wallet.
    NoWalletSupport,
    /// The category is paid by another call.
    CategoryNotAllowed,
    /// The lines do not make the total, or a line does not add up.
    LinesDoNotAddUp,
    /// The person or the pool is kept elsewhere.
    WrongBook {
        /// Where.
        kept_in: Option<Pool>,
    },
    /// No enrolment with a personal account in that pool and month.
    NotYetEnrolledThen {
        /// The pool.
        pool: Pool,
    },
    /// The wallet has not been opened to the area.
    RegionNotOpen {
        /// The area.
        pool: Pool,
        /// The text that says so; may be empty.
        source: String,
    },
    /// 未参保.
    BeneficiaryNotInsured,
    /// 参保状态不正常.
    EnrolmentNotNormal,
    /// No enrolment lies in the province of the place.
    PlaceOfUseNotAllowed,
    /// The person has a wallet somewhere, and no more is known or may be told.
    WalletAlreadyOpen,
    /// Identity keeps the person's place of use for another wallet id, or for this one at another place.
    WalletHeld {
        /// The id that has the place.
        wallet: WalletId,
        /// The place.
        place: Pool,
        /// What became of it.
        stands: Stands,
    },
    /// Who froze the wallet may not thaw it; nothing is recorded.
    SecondPersonRequired,
    /// The payment belongs to another institution or serial; nothing is recorded.
    OtherInstitution,
    /// Rules about the patient, the credential or the place: those that failed, the first of them is the answer.
    Rules(Vec<Verdict>),
}

/// How far a wallet is whose place of use is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// It is open in this book.
    Open,
    /// It belongs to this book, which has not opened it: an opening was interrupted.
    Unfinished,
    /// It belongs to another book, which knows.
    Elsewhere,
}

impl Outcome {
    /// What is left in the account after a payment, where that was told.
    pub fn available_after(&self) -> Option<Yuan> {
        match self {
            Self::Book(told) => told.available_after,
            _ => None,
        }
    }

    /// The book's answer without more.
    pub const fn book(outcome: BookOutcome) -> Self {
        Self::Book(Told { outcome, since: None, consumed: None, available_after: None })
    }
}

impl Refused {
    /// Whether the refusal is remembered under the request's id.
    pub fn burns(&self) -> bool {
        match self {
            Self::SecondPersonRequired | Self::OtherInstitution => false,
            // Whose credential it was can be mended at once.
            Self::Rules(failed) => {
                failed.first().and_then(|verdict| verdict.reason) != Some(Reason::NotOwnCredential)
            }
            _ => true,
        }
    }

    /// What a decision refuses; what was not known stands in no refusal.
    pub fn by(decision: Decision) -> Self {
        let refuses = |verdict: &Verdict| verdict.reason.is_some_and(|reason| reason != Reason::FeedBehind);
        Self::Rules(decision.verdicts.into_iter().filter(refuses).collect())
    }
}
