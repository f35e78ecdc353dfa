//! What the writer is asked to decide, and what it answers: both go into the record of the chain as JSON.
//!
//! A command therefore holds sealed values and keyed hashes only, never a number, a name or a mobile number. The
//! forms are stored for good: fields are added, never renamed.

use chassis::stepup::Method;
use serde::{Deserialize, Serialize};
use standards::{
    CodeProxyId, DocumentKind, DocumentReference, EnrolmentId, FilingId, PersonId, Pool, RequestId,
    SanctionId, WalletId, stored,
};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{
    error::Refused,
    inquire::{Found, Inquiry},
    person::{Benefit, CodeProxy, Enrolment, Event, Filing, Place, Sanction},
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
    /// Something else about one person.
    Change(Change),
    /// 查询: somebody is looked up by number.
    Inquire(Inquiry),
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
    /// From the number.
    #[serde(with = "stored::day")]
    pub birth_day: Date,
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

/// Who asks for a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct By {
    /// For which person or area.
    pub asker: Asker,
    /// The credential as one word: another person's is another word.
    pub credential: String,
    /// By what the citizen was recognised who agreed to it; none where documents were seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed: Option<Method>,
}

/// A request to change something about one person.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// The client's id: of the request, or of what is made.
    pub id: Uuid,
    /// Hash of what was asked, and by whom.
    #[serde(skip)]
    pub content: [u8; 32],
    /// Who asks.
    pub by: By,
    /// What shall be.
    pub what: What,
}

/// What shall be.
#[derive(Clone, Debug, Serialize)]
pub enum What {
    /// 待遇.
    Benefit(PersonId, Benefit),
    /// 死亡.
    Death(Death),
    /// 联系方式变更.
    Contact(NewContact),
    /// 联系方式确认.
    ConfirmContact(PersonId),
    /// 暂停联网结算.
    Sanction(PersonId, Sanction),
    /// 恢复联网结算.
    Lift(Lift),
    /// 医保码激活, with the channel.
    Activate(PersonId, String),
    /// 异地就医备案.
    File(NewFiling),
    /// 撤销异地就医备案.
    Withdraw(FilingId),
    /// 省外购药开关.
    Switch(PersonId, bool),
    /// 亲情账户绑定.
    Link(NewLink),
    /// 亲情账户解绑.
    Unlink(CodeProxyId),
}

/// 死亡.
#[derive(Clone, Debug, Serialize)]
pub struct Death {
    /// Who died.
    pub person: PersonId,
    /// When.
    #[serde(with = "stored::day")]
    pub day: Date,
    /// Number of the document that states it.
    pub reference: String,
}

/// Contact data as they are now, sealed for the row of `person`.
#[derive(Clone, Debug, Serialize)]
pub struct NewContact {
    /// Whose.
    pub person: PersonId,
    /// 手机号码, if it changed.
    pub mobile: Option<Sealed>,
    /// 联系地址, if it changed.
    pub address: Option<Sealed>,
    /// Keyed hashes of both, to tell a repeat from another request.
    #[serde(skip)]
    pub tags: [Option<Tag>; 2],
    /// The civil day on which they changed.
    #[serde(with = "stored::day")]
    pub changed_on: Date,
}

/// The end of a sanction.
#[derive(Clone, Debug, Serialize)]
pub struct Lift {
    /// Which.
    pub sanction: SanctionId,
    /// Why.
    pub reason: String,
}

/// A filing for care elsewhere, and how it was filed.
#[derive(Clone, Debug, Serialize)]
pub struct NewFiling {
    /// Whose.
    pub person: PersonId,
    /// The filing.
    pub filing: Filing,
    /// 办理渠道.
    pub channel: String,
    /// 证明材料.
    pub documents: Vec<Document>,
}

/// A link to show a code, and what stands for it.
#[derive(Clone, Debug, Serialize)]
pub struct NewLink {
    /// Whose code it is.
    pub owner: PersonId,
    /// Who may show it.
    pub proxy: CodeProxy,
    /// 证明材料 that were seen.
    pub documents: Vec<Document>,
}

/// A document that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Document {
    /// 材料类型.
    pub kind: DocumentKind,
    /// 材料编号.
    pub reference: DocumentReference,
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
    /// Everything is as asked.
    Changed {
        /// About whom.
        person: PersonId,
        /// What others are told; none if nothing changed.
        event: Option<Event>,
    },
    /// Somebody was looked up.
    Answered(Found),
    /// What became of a verification or a password.
    Verification(verification::Answer),
    /// Refused.
    Refused(Refused),
}

impl Outcome {
    /// What others are told.
    pub fn event(&self) -> Option<&Event> {
        match self {
            Self::Registered { event, .. }
            | Self::Enrolled { event, .. }
            | Self::Assigned { event, .. }
            | Self::Changed { event, .. } => event.as_ref(),
            Self::Answered(_) | Self::Verification(_) | Self::Refused(_) => None,
        }
    }
}
