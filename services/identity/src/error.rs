//! Why identity refuses, and why it has no answer; and how both are said on the wire.
//!
//! A refusal by the state of things is recorded and burns the request's id; one that the caller mends by repeating
//! is not. A failure of ours says that the outcome is unknown, never that something was refused.

mod words;

use chassis::{
    batch::{IdRefused, SubmitError, Verdict},
    db::DbError,
    failure,
    feed::FeedError,
    status::Refusal,
};
use policy::PlaceScope;
use serde::{Deserialize, Serialize};
use standards::{CodeProxyId, Pool};
use tonic::{Code, Status};

pub use self::words::{no_match, not_yours, out_of_reach, person_unknown, too_often};

use crate::{command::Outcome, vault::OpenError};

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refused {
    /// No person has this id.
    PersonUnknown,
    /// The credential is not for the person with this number, or the number is not for this caller to ask about.
    NotYours,
    /// The enrolment has another revision.
    RevisionChanged {
        /// What the caller has seen.
        expected: i64,
        /// What holds; 0 if there is no such enrolment.
        actual: i64,
    },
    /// A later call names another value than the first.
    FixedField(Fixed),
    /// Another enrolment of the same 险种类型 holds on some of these days.
    PeriodOverlaps,
    /// Another place of use holds than expected.
    PlaceChanged {
        /// What the caller expects.
        expected: Option<Pool>,
        /// What holds.
        actual: Option<Pool>,
    },
    /// The place is too far from where the person is enrolled in normal state.
    PlaceNotAllowed {
        /// The place wanted.
        place: Pool,
        /// Where the person is enrolled in normal state.
        insured: Vec<Pool>,
        /// How far it may be.
        scope: Option<PlaceScope>,
        /// The version of the rule that says so.
        version: String,
        /// Where it is written.
        source: String,
    },
    /// Another wallet of the person has a place of use.
    WalletAlreadyOpen,
    /// The wallet id belongs to another person.
    WalletOfAnother,
    /// The person has died.
    Deceased,
    /// The credential is for another person or area.
    OutOfReach,
    /// The day of death lies before the day of birth.
    BeforeBirth,
    /// No sanction has this id.
    SanctionUnknown,
    /// The sanction was lifted before.
    SanctionLifted,
    /// The one who imposed may not lift.
    SecondPersonRequired,
    /// No filing has this id.
    FilingUnknown,
    /// No link has this id.
    CodeProxyUnknown,
    /// The two have a link already.
    LinkedAlready(CodeProxyId),
    /// A rule refuses.
    Rule(Refusal),
}

/// A field that only the first call about something sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fixed {
    /// Whose it is.
    Person,
    /// 险种.
    Scheme,
    /// 统筹区.
    PoolingArea,
    /// 起始日.
    ValidFrom,
    /// 待遇类型.
    Kind,
    /// 文书编号.
    Reference,
    /// 死亡日.
    DeathDay,
}

/// Why there is no answer from the register.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The writer did not decide.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// The request's id cannot be used.
    #[error(transparent)]
    Id(#[from] IdRefused),
    /// The command was refused.
    #[error("refused")]
    Refused(Refused),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
    /// A sealed value cannot be opened.
    #[error("a sealed value of a person cannot be opened")]
    Vault(#[from] OpenError),
    /// Our own data contradict themselves.
    #[error("{0}")]
    Broken(&'static str),
    /// A stream cannot go on.
    #[error(transparent)]
    Feed(#[from] FeedError),
}

impl Refused {
    /// Whether the refusal is remembered under the request's id.
    pub fn burns(&self) -> bool {
        match self {
            Self::PersonUnknown
            | Self::PlaceNotAllowed { .. }
            | Self::WalletAlreadyOpen
            | Self::Deceased
            | Self::SanctionUnknown
            | Self::SanctionLifted
            | Self::FilingUnknown
            | Self::CodeProxyUnknown
            | Self::LinkedAlready(_) => true,
            Self::Rule(refusal) => matches!(refusal.code, Code::FailedPrecondition | Code::NotFound),
            Self::NotYours
            | Self::OutOfReach
            | Self::BeforeBirth
            | Self::SecondPersonRequired
            | Self::RevisionChanged { .. }
            | Self::PlaceChanged { .. }
            | Self::FixedField(_)
            | Self::PeriodOverlaps
            | Self::WalletOfAnother => false,
        }
    }

    /// The refusal as the fold's verdict.
    pub fn verdict(self) -> Verdict<Outcome> {
        if self.burns() {
            Verdict::Record(Outcome::Refused(self))
        } else {
            Verdict::Answer(Outcome::Refused(self))
        }
    }

    /// What the caller reads.
    pub fn into_status(self) -> Status {
        words::of(self)
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refused) => refused.into_status(),
            Error::Submit(error) => failure::submit(error).into(),
            Error::Id(error) => failure::id(error).into(),
            Error::Feed(error) => failure::feed(error).into(),
            Error::Database(error) => failure::database(error).into(),
            Error::Vault(error) => failure::broken(&error.to_string()).into(),
            Error::Broken(what) => failure::broken(what).into(),
        }
    }
}
