//! What other services have told about persons and institutions, and what follows from it for a payment or a
//! credit. Pure; kept in this book's own database, so that a decision reads it under the head lock.
//!
//! Facts may be late. A request is allowed on facts that are as old as the rules permit, but it is refused only
//! on facts that are newer than the request: otherwise somebody who was registered a moment ago would be
//! refused for ever.

mod person;

use std::collections::BTreeMap;

use ledger::command::{Credit, SharedWanted};
use policy::{PaymentFacts, Presented, Programme, Rules, Ruling};
use serde::{Deserialize, Serialize};
use standards::{InstitutionCode, PersonId, Pool, Province, civil};
use time::{Date, OffsetDateTime};

pub use self::person::{KnownPerson, Term, meets};
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
    /// 支持异地门诊慢特病.
    pub special_outpatient: bool,
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

/// On what a payment is judged, beside what others told.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// The book's.
    pub province: Province,
    /// The rules.
    pub rules: &'a Rules,
    /// Whether the patient has a wallet here.
    pub has_wallet: bool,
    /// Whether quota would be taken, if it is wanted: there is some, and the own money does not do.
    pub takes_quota: bool,
    /// The book has an answer already, and no rule changes it.
    pub is_answered: bool,
    /// When it is paid.
    pub now: OffsetDateTime,
}

/// Why a payment does not come before the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It may not be.
    Refused(Refused),
    /// Something that a rule asks for has not been told.
    NotKnown(FeedName),
}

impl From<Refused> for Obstacle {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl Facts {
    /// The payment as the book takes it, if facts and rules allow it.
    ///
    /// # Errors
    /// Why they do not.
    pub fn pay(&self, pay: &Pay, grounds: Grounds<'_>) -> Result<ledger::Command, Obstacle> {
        let patient = self.persons.get(&pay.patient).ok_or(Refused::PersonUnknown)?;
        let (today, service_day) = (civil::day(grounds.now), civil::day(pay.service_time));
        // Own money stays where it is when an enrolment ends.
        match patient.home(today).or_else(|| patient.home(service_day)) {
            Some(home) if home.province() != grounds.province => {
                return Err(Refused::WrongBook { kept_in: Some(home) }.into());
            }
            None => return Err(Refused::BeneficiaryNotInsured.into()),
            Some(_) => {}
        }
        let institution = self.institutions.get(&pay.institution).ok_or(Refused::InstitutionUnknown)?;
        if !institution.is_designated_on(service_day) {
            return Err(Refused::InstitutionNotDesignated { day: service_day }.into());
        }
        let shares = grounds.has_wallet && pay.shared_wanted != SharedWanted::None;
        if shares && !institution.wallet_supported {
            return Err(Refused::NoWalletSupport.into());
        }
        let command = pay.resolved(institution.pool, patient.frozen(today))?;
        if grounds.is_answered || institution.pool.province() != grounds.province {
            // The book says that itself, and nothing that a rule asks for would help.
            return Ok(command);
        }
        let takes = shares && grounds.takes_quota;
        let facts = payment_facts((pay, patient, institution), takes, today)?;
        let Some(decision) = policy::refuse_payment(&facts, grounds.rules, (pay.service_time, grounds.now))
        else {
            return Ok(command);
        };
        match decision.ruling() {
            Ruling::Allowed => Ok(command),
            Ruling::Refused(_) => Err(Refused::by(decision).into()),
            Ruling::Undecided(_) => Err(Obstacle::NotKnown(FeedName::Identity)),
        }
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
            enrolment.has_personal_account
                && enrolment.pool == credit.pool
                && meets(enrolment, month.0, month.1)
        });
        if enrolled { Ok(()) } else { Err(Refused::NotYetEnrolledThen { pool: credit.pool }) }
    }
}

/// What the rules of a payment look at. Rules of the wallet are asked only where its quota is spent.
fn payment_facts(
    (pay, patient, institution): (&Pay, &KnownPerson, &KnownInstitution),
    takes_quota: bool,
    today: Date,
) -> Result<PaymentFacts, Refused> {
    let category = pay.category.and_then(|category| policy::Category::parse(category.code()));
    let shown_by = pay.identified.as_ref().and_then(|identified| identified.shown_by);
    let presented = Presented {
        credential_of: pay.patient,
        shown_by,
        shower_linked: shown_by.map(|by| patient.code_shown_by.contains(&by)),
        agent_documents: pay.agent.as_ref().map(|agent| !agent.documents.is_empty()),
        bond_proof: false,
        online: pay.is_online(),
    };
    Ok(PaymentFacts {
        patient: patient.facts(civil::day(pay.service_time), today),
        category: category.ok_or(Refused::CategoryNotAllowed)?,
        treatment: institution.pool,
        insured_in: Some(pay.insured_pool),
        catalogue: Some(pay.catalogue_version.clone()).filter(|named| !named.is_empty()),
        funds: takes_quota.then_some(Programme::Wallet),
        presented,
        remote: patient.remote(pay.institution, institution),
    })
}
