//! 身份核验: a person agrees to one operation, by password, face or documents, and it is remembered that and how.
//!
//! Decided by the batch writer, so that a thousand guesses at once are no more than one after the other. Proofs are
//! looked at before: a command says only what came of them. What is begun and what went wrong are rows; only an
//! agreement and a new password become records, and neither holds anything that proves anything.

pub mod desk;
mod fold;
pub mod password;
pub mod proxy;
mod refused;
pub mod signing;
pub mod tries;
pub mod wording;

use chassis::stepup::{self, Claims, Method};
use serde::{Deserialize, Serialize};
use standards::{DocumentKind, DocumentReference, PersonId, RequestId, VerificationId};
use time::{Duration, OffsetDateTime};

use self::{desk::Factor, password::PasswordHash};

pub use self::{
    fold::fold,
    refused::{Refused, not_for_this_caller},
};

/// How long a verification may be completed after it was begun.
pub const OPEN_FOR: Duration = Duration::minutes(5);

/// A verification that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Chosen by the caller.
    pub id: VerificationId,
    /// Hash of what was asked.
    #[serde(skip)]
    pub content: [u8; 32],
    /// Who agrees.
    pub person: PersonId,
    /// Role and scope of whoever began: nobody else completes.
    pub by: String,
    /// The operation's RPC.
    pub kind: String,
    /// The operation's digest, lower-case hex.
    pub digest: String,
    /// By what.
    pub method: Method,
    /// Goes into a matcher's result.
    #[serde(skip)]
    pub nonce: [u8; 16],
    /// Until when it may be completed; set by the fold.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    /// When it was completed.
    #[serde(with = "time::serde::rfc3339::option")]
    pub done: Option<OffsetDateTime>,
}

/// One decision to make.
#[derive(Clone, Debug, Serialize)]
pub enum Ask {
    /// 发起核验.
    Begin(Begin),
    /// 完成核验.
    Complete(Complete),
    /// 设置密码.
    SetPassword(SetPassword),
}

/// A request to verify somebody.
#[derive(Clone, Debug, Serialize)]
pub struct Begin {
    /// As it will be stored.
    pub verification: Verification,
    /// The methods that there are for this person and caller at all.
    pub offered: Vec<Method>,
}

/// A proof that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Complete {
    /// Of which verification.
    pub id: VerificationId,
    /// Whose it is.
    pub person: PersonId,
    /// Who completes.
    pub by: String,
    /// What came of it.
    pub proof: Proof,
    /// The methods that there are.
    pub offered: Vec<Method>,
}

/// What came of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Proof {
    /// It is right. For a password, its revision.
    Right {
        /// Revision of the password that it was compared with.
        password: Option<i64>,
        /// What an operator has seen.
        document: Option<(DocumentKind, DocumentReference)>,
    },
    /// It is wrong.
    Wrong,
    /// Nobody can say: it counts for nothing.
    Unsure,
}

/// A request to set a password.
#[derive(Clone, Debug, Serialize)]
pub struct SetPassword {
    /// The client's id.
    pub request: RequestId,
    /// Keyed hash of what was asked.
    #[serde(skip)]
    pub content: [u8; 32],
    /// Whose.
    pub person: PersonId,
    /// Who asks.
    pub by: String,
    /// What is stored of it, in its own table only.
    #[serde(skip)]
    pub hash: PasswordHash,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It may be completed.
    Begun {
        /// Goes into a matcher's result, lower-case hex.
        nonce: String,
        /// Until when.
        #[serde(with = "time::serde::rfc3339")]
        until: OffsetDateTime,
        /// What else there is now.
        alternatives: Vec<Method>,
    },
    /// The person has agreed.
    Agreed {
        /// What an assertion says.
        claims: Claims,
    },
    /// The password stands.
    PasswordSet {
        /// From 1.
        revision: i64,
    },
    /// No.
    Refused(Refused),
}

impl Verification {
    /// What an assertion says that is given at `at`.
    pub fn claims(&self, at: OffsetDateTime) -> Claims {
        let good_for = if self.kind == stepup::READ { stepup::READ_FOR } else { stepup::WRITE_FOR };
        Claims {
            person: self.person.uuid(),
            digest: self.digest.clone(),
            method: self.method,
            by: self.by.clone(),
            issued: at.unix_timestamp(),
            expires: (at + good_for).unix_timestamp(),
        }
    }

    /// By whom wrong proofs are counted: the person and the caller.
    pub fn factors(&self) -> [Factor; 2] {
        [Factor::of_person(self.person, self.method), Factor::of_caller(&self.by, self.method)]
    }
}

impl Ask {
    /// The label of its record.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Begin(_) | Self::Complete(_) => "verify",
            Self::SetPassword(_) => "password",
        }
    }

    /// Whom it is about.
    pub const fn person(&self) -> PersonId {
        match self {
            Self::Begin(begin) => begin.verification.person,
            Self::Complete(complete) => complete.person,
            Self::SetPassword(set) => set.person,
        }
    }

    /// Which verification it is about.
    pub const fn verification(&self) -> Option<VerificationId> {
        match self {
            Self::Begin(begin) => Some(begin.verification.id),
            Self::Complete(complete) => Some(complete.id),
            Self::SetPassword(_) => None,
        }
    }

    /// Who asks.
    pub fn by(&self) -> &str {
        match self {
            Self::Begin(begin) => &begin.verification.by,
            Self::Complete(complete) => &complete.by,
            Self::SetPassword(set) => &set.by,
        }
    }
}
