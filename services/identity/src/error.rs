//! Why identity refuses, and why it has no answer; and how both are said on the wire.
//!
//! A refusal by the state of things is recorded and burns the request's id; one that the caller mends by repeating
//! is not. A failure of ours says that the outcome is unknown, never that something was refused.

use chassis::{
    batch::{IdRefused, SubmitError, Verdict},
    db::DbError,
    failure,
    feed::FeedError,
    status::{Refusal, Violations},
};
use serde::{Deserialize, Serialize};
use standards::{Pool, Province};
use tonic::{Code, Status};

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
    /// No enrolment in normal state lies in that province.
    PlaceNotAllowed {
        /// The place wanted.
        place: Pool,
        /// Where the person is enrolled in normal state.
        insured: Vec<Province>,
    },
    /// Another wallet of the person has a place of use.
    WalletAlreadyOpen,
    /// The wallet id belongs to another person.
    WalletOfAnother,
}

/// A field that only the first call with an enrolment id sets.
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
    pub const fn burns(&self) -> bool {
        matches!(self, Self::PersonUnknown | Self::PlaceNotAllowed { .. } | Self::WalletAlreadyOpen)
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
        match self {
            Self::PersonUnknown => person_unknown().into(),
            Self::NotYours => not_yours().into(),
            Self::RevisionChanged { expected, actual } => Refusal::revision_changed(expected, actual).into(),
            Self::PlaceChanged { expected, actual } => place_changed(expected, actual).into(),
            Self::PlaceNotAllowed { place, insured } => place_not_allowed(place, &insured).into(),
            Self::WalletAlreadyOpen => wallet_already_open().into(),
            Self::FixedField(field) => fixed(field),
            Self::PeriodOverlaps => one(
                "valid_from",
                "PERIOD_OVERLAPS",
                "another enrolment of this person in the same kind of insurance holds on some of these days; end it first",
                "该人员在此期间已有同一险种类型的参保关系,请先终止原参保关系",
            ),
            Self::WalletOfAnother => one(
                "wallet_id",
                "BELONGS_TO_ANOTHER",
                "this wallet id belongs to another person",
                "该医保钱包编号属于其他人员",
            ),
        }
    }
}

/// There is no such person.
pub fn person_unknown() -> Refusal {
    Refusal::not_found("PERSON_UNKNOWN", "no person has this id", "没有此编号的人员")
        .what_to_do("check the person id; register the person first", "请核对人员编号,或先办理登记")
}

/// The same words whether the number is known or not.
pub fn not_yours() -> Refusal {
    Refusal::denied(
        "OUT_OF_SCOPE",
        "this caller may not register or ask about the person with these particulars",
        "当前调用方无权办理或查询该人员的登记",
    )
    .what_to_do(
        "a citizen registers only himself or herself; a counter gives number and name as on the id card",
        "个人仅可为本人登记;窗口请按身份证件核对号码与姓名",
    )
}

fn place_changed(expected: Option<Pool>, actual: Option<Pool>) -> Refusal {
    let text = |pool: Option<Pool>| pool.map(|pool| pool.to_string()).unwrap_or_default();
    Refusal::new(
        Code::Aborted,
        "REVISION_CHANGED",
        "another place of use holds than the one expected",
        "使用地已变化,请重新查询后再操作",
    )
    .bound(text(expected), text(actual))
    .what_to_do(
        "read the standing again, then repeat with its place of use",
        "请重新查询参保资格,并按最新使用地提交",
    )
}

fn place_not_allowed(place: Pool, insured: &[Province]) -> Refusal {
    let codes: Vec<String> = insured.iter().map(Province::to_string).collect();
    let names: Vec<&str> = insured.iter().map(|province| province.name_zh()).collect();
    let (en, zh) = if insured.is_empty() {
        (
            "the person is enrolled nowhere in normal state today".to_owned(),
            "该人员目前没有正常状态的参保关系".to_owned(),
        )
    } else {
        (
            format!("choose a pooling area in a province of enrolment: {}", codes.join(", ")),
            format!("请选择参保省份内的统筹区:{}", names.join("、")),
        )
    };
    Refusal::state(
        "PLACE_OF_USE_NOT_ALLOWED",
        "the place of use lies in no province in which the person is enrolled in normal state",
        "使用地不在该人员正常参保的省份内",
    )
    .rule("R-092")
    .bound(codes.join(","), place.to_string())
    .what_to_do(en, zh)
}

fn wallet_already_open() -> Refusal {
    Refusal::state("WALLET_ALREADY_OPEN", "the person has a wallet already", "该人员已开通医保钱包")
        .rule("R-090")
        .what_to_do(
            "use the wallet that is open; its place of use can be changed",
            "请使用已开通的医保钱包;如需变更使用地,请办理使用地变更",
        )
}

fn fixed(field: Fixed) -> Status {
    let name = match field {
        Fixed::Person => "person_id",
        Fixed::Scheme => "scheme",
        Fixed::PoolingArea => "pooling_area",
        Fixed::ValidFrom => "valid_from",
    };
    one(
        name,
        "CANNOT_CHANGE",
        "this enrolment was recorded with another value; end it and record a new one",
        "与该参保关系首次登记的内容不一致,请终止后另行登记",
    )
}

fn one(field: &str, reason: &str, english: &str, chinese: &str) -> Status {
    let mut violations = Violations::new();
    violations.add(field, reason, english, chinese);
    violations.into_status()
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
