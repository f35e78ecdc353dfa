//! What the writer is asked to decide, and what it answers: both go into the record of the chain as JSON.
//!
//! A command therefore holds sealed values and keyed hashes only, never a number, a name or a mobile number. The
//! forms are stored for good: fields are added, never renamed.

use serde::{Deserialize, Serialize};
use standards::{EnrolmentId, PersonId, Pool, RequestId, WalletId};
use time::OffsetDateTime;

use crate::{
    error::Refused,
    person::{Enrolment, Event, Place},
    vault::{Sealed, Tag},
    verification,
};

/// One decision to make.
#[derive(Clone, Debug, Serialize)]
pub enum Command {
    /// 登记参保人.
    Register(Registration),
    /// 登记参保关系.
    Enrol(Enrolling),
    /// 指定使用地.
    Assign(Assignment),
    /// 身份核验, 设置密码.
    Verification(verification::Ask),
}

/// A request to register somebody.
#[derive(Clone, Debug, Serialize)]
pub struct Registration {
    /// The client's id.
    pub request: RequestId,
    /// Keyed hash of what was asked.
    #[serde(skip)]
    pub content: [u8; 32],
    /// Who asks: decides who may be told that a number is known.
    pub asker: Asker,
    /// The id that the person gets if the number is new.
    pub person: PersonId,
    /// By which the number is found.
    pub id_index: Tag,
    /// By which the name is compared.
    pub name_check: Tag,
    /// What is stored if the number is new, sealed for the row of `person`.
    pub profile: Profile,
}

/// What names a person, sealed column by column.
#[derive(Clone, Debug, Serialize)]
pub struct Profile {
    /// 公民身份号码.
    pub id_number: Sealed,
    /// 姓名.
    pub name: Sealed,
    /// 手机号码.
    pub mobile: Sealed,
    /// 联系地址.
    pub address: Option<Sealed>,
    /// 人员编号 of the national interface.
    pub psn_no: Option<Sealed>,
}

/// On whose behalf somebody is registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Asker {
    /// A citizens' app, for the person that its credential names.
    Citizen(PersonId),
    /// A counter (pooling area, six digits) or agency (province, two digits).
    Desk(String),
}

/// A request to record an enrolment as it is now.
#[derive(Clone, Debug, Serialize)]
pub struct Enrolling {
    /// The client's id.
    pub request: RequestId,
    /// Hash of what was asked.
    #[serde(skip)]
    pub content: [u8; 32],
    /// The enrolment as it shall be; its revision is set by the fold.
    pub enrolment: Enrolment,
    /// When it happened outside.
    #[serde(with = "time::serde::rfc3339")]
    pub business_time: OffsetDateTime,
    /// Revision the caller has seen; `None` for any.
    pub expected_revision: Option<i64>,
}

/// A request to give a wallet its place of use.
#[derive(Clone, Debug, Serialize)]
pub struct Assignment {
    /// The client's id.
    pub request: RequestId,
    /// Hash of what was asked.
    #[serde(skip)]
    pub content: [u8; 32],
    /// Whose wallet it is.
    pub person: PersonId,
    /// The wallet that asks.
    pub wallet: WalletId,
    /// 使用地 wanted.
    pub place: Pool,
    /// 使用地 that must hold now; `None` for none yet.
    pub expected: Option<Pool>,
}

/// What was decided.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Outcome {
    /// The person is known now.
    Registered {
        /// The person's id.
        person: PersonId,
        /// Known before this request.
        existed: bool,
        /// What others are told; none if the person was known.
        event: Option<Event>,
    },
    /// The enrolment stands as asked.
    Enrolled {
        /// The enrolment's id.
        enrolment: EnrolmentId,
        /// What others are told; none if nothing changed.
        event: Option<Event>,
    },
    /// The wallet has the place.
    Assigned {
        /// The place.
        place: Place,
        /// What others are told; none if nothing changed.
        event: Option<Event>,
    },
    /// What became of a verification or a password.
    Verification(verification::Answer),
    /// Refused.
    Refused(Refused),
}

impl Outcome {
    /// What others are told.
    pub fn event(&self) -> Option<&Event> {
        match self {
            Self::Registered { event, .. } | Self::Enrolled { event, .. } | Self::Assigned { event, .. } => {
                event.as_ref()
            }
            Self::Verification(_) | Self::Refused(_) => None,
        }
    }
}
