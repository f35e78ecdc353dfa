//! The parts of a standing that come and go: benefits, sanctions, filings for care elsewhere, links to show a code.
//!
//! What was lifted, withdrawn or unlinked is kept, and told to nobody but those who may look at it.

use policy::BenefitKind;
use serde::{Deserialize, Serialize};
use standards::{
    BenefitId, CodeProxyId, EnrolmentId, FilingId, InstitutionCode, PersonId, Pool, SanctionId,
    stored::{day, day_or_none},
};
use time::Date;
use uuid::Uuid;

/// The id of a part, by its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartId {
    /// 参保关系.
    Enrolment(EnrolmentId),
    /// 待遇.
    Benefit(BenefitId),
    /// 处罚.
    Sanction(SanctionId),
    /// 异地就医备案.
    Filing(FilingId),
    /// 亲情账户.
    CodeProxy(CodeProxyId),
}

/// 待遇: a benefit for some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Benefit {
    /// Chosen by the recording agency.
    pub id: BenefitId,
    /// Which.
    pub kind: BenefitKind,
    /// 统筹区 that granted it.
    pub pool: Pool,
    /// Number of the document that states it.
    pub reference: String,
    /// First civil day.
    #[serde(with = "day")]
    pub valid_from: Date,
    /// Last civil day, inclusive; `None` while it goes on.
    #[serde(with = "day_or_none")]
    pub valid_to: Option<Date>,
}

/// 暂停联网结算: imposed in a case, by one credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sanction {
    /// Chosen by the agency.
    pub id: SanctionId,
    /// 案件编号.
    pub case_reference: String,
    /// First civil day.
    #[serde(with = "day")]
    pub from: Date,
    /// Last civil day, inclusive; `None` until it is lifted.
    #[serde(with = "day_or_none")]
    pub to: Option<Date>,
    /// The credential that imposed it.
    pub imposed_by: String,
    /// Whether it was lifted.
    #[serde(default)]
    pub lifted: bool,
    /// The credential that lifted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifted_by: Option<String>,
}

/// Why somebody is treated elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilingKind {
    /// 长期居住.
    LongTerm,
    /// 临时外出.
    Temporary,
}

/// 异地就医备案.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// Chosen by whoever files it.
    pub id: FilingId,
    /// Which kind.
    pub kind: FilingKind,
    /// 就医地统筹区.
    pub pool: Pool,
    /// The institutions that were chosen, at most three; none means any.
    pub institutions: Vec<InstitutionCode>,
    /// First civil day.
    #[serde(with = "day")]
    pub valid_from: Date,
    /// Last civil day, inclusive; `None` if none was named.
    #[serde(with = "day_or_none")]
    pub valid_to: Option<Date>,
    /// Whether it was withdrawn.
    #[serde(default)]
    pub withdrawn: bool,
}

/// 亲情账户: somebody may show the code of the person in whose standing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeProxy {
    /// Chosen by whoever links.
    pub id: CodeProxyId,
    /// Who may show the code.
    pub shower: PersonId,
    /// Whether it was unlinked.
    #[serde(default)]
    pub unlinked: bool,
}

impl PartId {
    /// For the database.
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::Enrolment(id) => id.uuid(),
            Self::Benefit(id) => id.uuid(),
            Self::Sanction(id) => id.uuid(),
            Self::Filing(id) => id.uuid(),
            Self::CodeProxy(id) => id.uuid(),
        }
    }
}

impl FilingKind {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LongTerm => "LONG_TERM",
            Self::Temporary => "TEMPORARY",
        }
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::LongTerm, Self::Temporary].into_iter().find(|kind| kind.name() == name)
    }
}

/// Whether a period of civil days, the last included, has this day.
pub fn holds(from: Date, to: Option<Date>, day: Date) -> bool {
    from <= day && to.is_none_or(|end| day <= end)
}
