//! A row of the view `part`: one shape for everything that belongs to a standing.

use policy::{BenefitKind, EnrolmentStatus, Scheme};
use standards::{BenefitId, CodeProxyId, EnrolmentId, FilingId, InstitutionCode, PersonId, Pool, SanctionId};
use time::Date;
use uuid::Uuid;

use super::{pool, unreadable};
use crate::person::{Benefit, CodeProxy, Enrolment, Filing, FilingKind, PartId, Sanction, Standing};

/// A row of the view; which columns are filled depends on the kind.
pub(super) struct PartRow {
    pub(super) kind: Option<String>,
    pub(super) part_id: Option<Uuid>,
    pub(super) word: Option<String>,
    pub(super) area: Option<String>,
    pub(super) note: Option<String>,
    pub(super) valid_from: Option<Date>,
    pub(super) valid_to: Option<Date>,
    pub(super) number: Option<i64>,
    pub(super) other: Option<Uuid>,
    pub(super) list: Option<Vec<String>>,
    pub(super) open: Option<bool>,
}

/// The id of a part of this kind.
pub(super) fn id(kind: &str, part: Uuid) -> Result<PartId, sqlx::Error> {
    Ok(match kind {
        "ENROLMENT" => PartId::Enrolment(EnrolmentId::new(part)),
        "BENEFIT" => PartId::Benefit(BenefitId::new(part)),
        "SANCTION" => PartId::Sanction(SanctionId::new(part)),
        "FILING" => PartId::Filing(FilingId::new(part)),
        "CODE_PROXY" => PartId::CodeProxy(CodeProxyId::new(part)),
        _ => return Err(unreadable("part.kind")),
    })
}

impl PartRow {
    /// Puts the part into its person's standing; a row without a part changes nothing.
    pub(super) fn add_to(mut self, standing: &mut Standing) -> Result<(), sqlx::Error> {
        let (Some(kind), Some(part)) = (self.kind.take(), self.part_id) else { return Ok(()) };
        match id(&kind, part)? {
            PartId::Enrolment(id) => {
                let enrolment = self.enrolment(standing.person, id)?;
                standing.enrolments.push(enrolment);
            }
            PartId::Benefit(id) => standing.benefits.push(self.benefit(id)?),
            PartId::Sanction(id) => standing.sanctions.push(self.sanction(id)?),
            PartId::Filing(id) => standing.filings.push(self.filing(id)?),
            PartId::CodeProxy(id) => standing.code_proxies.push(self.proxy(id)?),
        }
        Ok(())
    }

    fn enrolment(self, person: PersonId, id: EnrolmentId) -> Result<Enrolment, sqlx::Error> {
        Ok(Enrolment {
            id,
            person,
            scheme: self
                .word
                .as_deref()
                .and_then(Scheme::parse)
                .ok_or_else(|| unreadable("enrolment.scheme"))?,
            pool: self.pool()?,
            status: self
                .note
                .as_deref()
                .and_then(EnrolmentStatus::parse)
                .ok_or_else(|| unreadable("enrolment.status"))?,
            valid_from: self.from()?,
            valid_to: self.valid_to,
            revision: self.number.ok_or_else(|| unreadable("enrolment.revision"))?,
        })
    }

    fn benefit(self, id: BenefitId) -> Result<Benefit, sqlx::Error> {
        let kind = self.word.as_deref().and_then(BenefitKind::parse);
        Ok(Benefit {
            id,
            kind: kind.ok_or_else(|| unreadable("benefit.kind"))?,
            pool: self.pool()?,
            valid_from: self.from()?,
            valid_to: self.valid_to,
            reference: self.note.ok_or_else(|| unreadable("benefit.reference"))?,
        })
    }

    fn sanction(self, id: SanctionId) -> Result<Sanction, sqlx::Error> {
        Ok(Sanction {
            id,
            from: self.from()?,
            to: self.valid_to,
            lifted: !self.is_open()?,
            lifted_by: None,
            case_reference: self.note.ok_or_else(|| unreadable("sanction.case_reference"))?,
            imposed_by: self.word.ok_or_else(|| unreadable("sanction.imposed_by"))?,
        })
    }

    fn filing(self, id: FilingId) -> Result<Filing, sqlx::Error> {
        let kind = self.word.as_deref().and_then(FilingKind::parse);
        let codes = self.list.as_deref().unwrap_or_default().iter().map(|code| code.parse());
        let institutions: Result<Vec<InstitutionCode>, _> = codes.collect();
        Ok(Filing {
            id,
            kind: kind.ok_or_else(|| unreadable("remote_care.kind"))?,
            pool: self.pool()?,
            institutions: institutions.map_err(|_| unreadable("remote_care.institutions"))?,
            valid_from: self.from()?,
            valid_to: self.valid_to,
            withdrawn: !self.is_open()?,
        })
    }

    fn proxy(self, id: CodeProxyId) -> Result<CodeProxy, sqlx::Error> {
        let shower = self.other.ok_or_else(|| unreadable("code_proxy.shower_id"))?;
        Ok(CodeProxy { id, shower: PersonId::new(shower), unlinked: !self.is_open()? })
    }

    fn pool(&self) -> Result<Pool, sqlx::Error> {
        pool(self.area.as_deref().unwrap_or_default(), "part.area")
    }

    fn from(&self) -> Result<Date, sqlx::Error> {
        self.valid_from.ok_or_else(|| unreadable("part.valid_from"))
    }

    fn is_open(&self) -> Result<bool, sqlx::Error> {
        self.open.ok_or_else(|| unreadable("part.open"))
    }
}
