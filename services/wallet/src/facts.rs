//! What other services have told about persons and institutions, and what follows from it for a payment or a
//! credit. Pure; kept in this book's own database, so that a decision reads it under the head lock.
//!
//! Facts may be late. A request is allowed on facts that are as old as the rules permit, but it is refused only
//! on facts that are newer than the request: otherwise somebody who was registered a moment ago would be
//! refused for ever.

use std::collections::BTreeMap;

use ledger::command::{Credit, SharedWanted};
use policy::EnrolmentStatus;
use serde::{Deserialize, Serialize};
use standards::{InstitutionCode, PersonId, Pool, Province, WalletId, civil};
use time::{Date, OffsetDateTime};

use crate::{command::Pay, outcome::Refused};

/// A feed that decisions build on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedName {
    /// Persons, from identity.
    Identity,
    /// Institutions, from settlement.
    Institutions,
}

impl FeedName {
    /// The name under which its cursor is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Institutions => "institutions",
        }
    }
}

/// How fresh the facts behind a request are; recorded with it as a list of its fields, times in microseconds since
/// 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(i64, i64, i64, u32)", try_from = "(i64, i64, i64, u32)")]
pub struct Known {
    /// When the request came.
    pub arrived: OffsetDateTime,
    /// Everything that identity had told by then is known.
    pub identity: OffsetDateTime,
    /// Everything that settlement had told of institutions by then is known.
    pub institutions: OffsetDateTime,
    /// How old facts may be for a decision, in seconds.
    pub limit_seconds: u32,
}

impl From<Known> for (i64, i64, i64, u32) {
    fn from(known: Known) -> Self {
        let micros = |at: OffsetDateTime| {
            i64::try_from(at.unix_timestamp_nanos() / 1_000)
                .expect("years of four digits fit in 64 bits of microseconds")
        };
        (micros(known.arrived), micros(known.identity), micros(known.institutions), known.limit_seconds)
    }
}

impl TryFrom<(i64, i64, i64, u32)> for Known {
    type Error = time::error::ComponentRange;

    fn try_from(
        (arrived, identity, institutions, limit_seconds): (i64, i64, i64, u32),
    ) -> Result<Self, Self::Error> {
        let time = |micros| OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000);
        let (arrived, identity, institutions) = (time(arrived)?, time(identity)?, time(institutions)?);
        Ok(Self { arrived, identity, institutions, limit_seconds })
    }
}

impl Known {
    fn through(&self, feed: FeedName) -> OffsetDateTime {
        match feed {
            FeedName::Identity => self.identity,
            FeedName::Institutions => self.institutions,
        }
    }

    /// The first of these feeds that is too late to allow something at `now`.
    pub fn too_old(&self, now: OffsetDateTime, feeds: &[FeedName]) -> Option<FeedName> {
        let limit = time::Duration::seconds(i64::from(self.limit_seconds));
        feeds.iter().copied().find(|feed| self.through(*feed) + limit < now)
    }

    /// The first of these feeds that is too late to refuse something for ever.
    pub fn too_early(&self, feeds: &[FeedName]) -> Option<FeedName> {
        feeds.iter().copied().find(|feed| self.through(*feed) < self.arrived)
    }
}

/// 参保关系 as far as a book needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownEnrolment {
    /// 统筹区.
    pub pool: Pool,
    /// Whether a personal account belongs to it.
    pub personal_account: bool,
    /// 参保状态.
    pub status: EnrolmentStatus,
    /// First civil day.
    pub from: Date,
    /// Last civil day, included; none while it goes on.
    pub to: Option<Date>,
}

impl KnownEnrolment {
    /// Whether it holds on some day of a span.
    pub fn meets(&self, from: Date, to: Date) -> bool {
        self.from <= to && self.to.is_none_or(|end| from <= end)
    }
}

/// A person as identity has told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPerson {
    /// Who it is.
    pub person: PersonId,
    /// 死亡日.
    pub deceased_day: Option<Date>,
    /// 使用地.
    pub place_of_use: Option<Pool>,
    /// The wallet that has the place of use.
    pub wallet: Option<WalletId>,
    /// All enrolments, ended ones too.
    pub enrolments: Vec<KnownEnrolment>,
}

impl KnownPerson {
    /// Where the person's book is on a day: the place of use, else the pool of the personal account, else of any
    /// enrolment.
    pub fn home(&self, day: Date) -> Option<Pool> {
        let on_day = || self.enrolments.iter().filter(|enrolment| enrolment.meets(day, day));
        let insured = || on_day().find(|enrolment| enrolment.personal_account).or_else(|| on_day().next());
        self.place_of_use.or_else(|| insured().map(|enrolment| enrolment.pool))
    }

    /// Whether the person may have a wallet on a day.
    ///
    /// # Errors
    /// Why not.
    pub fn may_have_wallet(&self, day: Date) -> Result<(), Refused> {
        if self.deceased_day.is_some() {
            return Err(Refused::Deceased);
        }
        let mut insured = self.enrolments.iter().filter(|enrolment| enrolment.meets(day, day)).peekable();
        if insured.peek().is_none() {
            return Err(Refused::BeneficiaryNotInsured);
        }
        let normal = insured.any(|enrolment| enrolment.status == EnrolmentStatus::Normal);
        if normal { Ok(()) } else { Err(Refused::EnrolmentNotNormal) }
    }

    /// The enrolment with a personal account in a province, one that holds on the day before others.
    pub fn account(&self, province: Province, day: Date) -> Option<&KnownEnrolment> {
        let here =
            |enrolment: &&KnownEnrolment| enrolment.personal_account && enrolment.pool.province() == province;
        let all = || self.enrolments.iter().filter(here);
        all().find(|enrolment| enrolment.meets(day, day)).or_else(|| all().next_back())
    }
}

/// An institution as settlement has told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownInstitution {
    /// 定点医药机构编码.
    pub code: InstitutionCode,
    /// 统筹区 of the agency that pays it.
    pub pool: Pool,
    /// 支持医保钱包.
    pub wallet_supported: bool,
    /// 定点起始日.
    pub designated_from: Date,
    /// 定点终止日, included.
    pub designated_to: Option<Date>,
    /// 暂停结算.
    pub suspended: bool,
}

impl KnownInstitution {
    fn is_designated_on(&self, day: Date) -> bool {
        !self.suspended && self.designated_from <= day && self.designated_to.is_none_or(|end| day <= end)
    }
}

/// What a batch knows.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Persons by id.
    pub persons: BTreeMap<PersonId, KnownPerson>,
    /// Institutions by code.
    pub institutions: BTreeMap<InstitutionCode, KnownInstitution>,
}

impl Facts {
    /// The payment as the book takes it, if the facts allow it on a day.
    ///
    /// # Errors
    /// Why they do not.
    pub fn pay(
        &self,
        province: Province,
        pay: &Pay,
        has_wallet: bool,
        day: Date,
    ) -> Result<ledger::Command, Refused> {
        let patient = self.persons.get(&pay.patient).ok_or(Refused::PersonUnknown)?;
        match patient.home(day) {
            Some(home) if home.province() != province => {
                return Err(Refused::WrongBook { kept_in: Some(home) });
            }
            None => return Err(Refused::BeneficiaryNotInsured),
            Some(_) => {}
        }
        let service_day = civil::day(pay.service_time);
        if patient.deceased_day.is_some_and(|died| died < service_day) {
            return Err(Refused::Deceased);
        }
        let institution = self.institutions.get(&pay.institution).ok_or(Refused::InstitutionUnknown)?;
        if !institution.is_designated_on(service_day) {
            return Err(Refused::InstitutionNotDesignated { day: service_day });
        }
        let shares = has_wallet && pay.shared_wanted != SharedWanted::None;
        if shares && !institution.wallet_supported {
            return Err(Refused::NoWalletSupport);
        }
        pay.resolved(institution.pool)
    }

    /// The credit, if the person had an account there in that month.
    ///
    /// # Errors
    /// Why not.
    pub fn credit(&self, province: Province, credit: &Credit, month: (Date, Date)) -> Result<(), Refused> {
        if credit.pool.province() != province {
            return Err(Refused::WrongBook { kept_in: Some(credit.pool) });
        }
        let person = self.persons.get(&credit.person).ok_or(Refused::PersonUnknown)?;
        let enrolled = person.enrolments.iter().any(|enrolment| {
            enrolment.personal_account && enrolment.pool == credit.pool && enrolment.meets(month.0, month.1)
        });
        if enrolled { Ok(()) } else { Err(Refused::NotYetEnrolledThen { pool: credit.pool }) }
    }
}
