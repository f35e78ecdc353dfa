//! The parts of a standing into messages.

use policy::{BenefitKind, EnrolmentStatus, Scheme};
use proto::identity as wire;
use standards::{PersonId, civil};

use crate::person::{
    Benefit, CodeProxy, Enrolment, Filing, FilingKind, Sanction, has_personal_account, insutype,
};

/// An enrolment.
pub(crate) fn enrolment(enrolment: &Enrolment) -> wire::Enrolment {
    wire::Enrolment {
        enrolment_id: enrolment.id.to_string(),
        person_id: enrolment.person.to_string(),
        scheme: match enrolment.scheme {
            Scheme::Employee => wire::Scheme::Employee,
            Scheme::FlexibleEmployee => wire::Scheme::FlexibleEmployee,
            Scheme::Resident => wire::Scheme::Resident,
            Scheme::RetiredCadre => wire::Scheme::RetiredCadre,
        }
        .into(),
        insutype: insutype(enrolment.scheme).to_owned(),
        has_personal_account: has_personal_account(enrolment.scheme),
        pooling_area: enrolment.pool.to_string(),
        province: enrolment.pool.province().to_string(),
        status: match enrolment.status {
            EnrolmentStatus::Normal => wire::EnrolmentStatus::Normal,
            EnrolmentStatus::Suspended => wire::EnrolmentStatus::Suspended,
            EnrolmentStatus::InArrears => wire::EnrolmentStatus::InArrears,
            EnrolmentStatus::Frozen => wire::EnrolmentStatus::Frozen,
            EnrolmentStatus::Terminated => wire::EnrolmentStatus::Terminated,
        }
        .into(),
        valid_from: civil::day_text(enrolment.valid_from),
        valid_to: enrolment.valid_to.map(civil::day_text).unwrap_or_default(),
        revision: enrolment.revision,
    }
}

/// A benefit.
pub(crate) fn benefit(benefit: &Benefit) -> wire::Benefit {
    wire::Benefit {
        benefit_id: benefit.id.to_string(),
        kind: match benefit.kind {
            BenefitKind::ChronicOutpatient => wire::BenefitKind::ChronicOutpatient,
            BenefitKind::SpecialOutpatient => wire::BenefitKind::SpecialOutpatient,
            BenefitKind::RetiredCadre => wire::BenefitKind::RetiredCadre,
            BenefitKind::DisabledSoldier => wire::BenefitKind::DisabledSoldier16,
            BenefitKind::MedicalAssistance => wire::BenefitKind::MedicalAssistance,
            BenefitKind::Destitute => wire::BenefitKind::Destitute,
            BenefitKind::Orphan => wire::BenefitKind::Orphan,
            BenefitKind::LowIncome => wire::BenefitKind::LowIncome,
        }
        .into(),
        pooling_area: benefit.pool.to_string(),
        valid_from: civil::day_text(benefit.valid_from),
        valid_to: benefit.valid_to.map(civil::day_text).unwrap_or_default(),
    }
}

/// Of a sanction what everybody who decides needs to know.
pub(super) fn suspension(sanction: &Sanction) -> wire::Suspension {
    wire::Suspension {
        sanction_id: sanction.id.to_string(),
        from_day: civil::day_text(sanction.from),
        to_day: sanction.to.map(civil::day_text).unwrap_or_default(),
    }
}

/// The whole sanction, for the agency.
pub(crate) fn sanction(person: PersonId, sanction: &Sanction) -> wire::Sanction {
    wire::Sanction {
        sanction_id: sanction.id.to_string(),
        person_id: person.to_string(),
        kind: wire::SanctionKind::SettlementSuspended.into(),
        case_reference: sanction.case_reference.clone(),
        from_day: civil::day_text(sanction.from),
        to_day: sanction.to.map(civil::day_text).unwrap_or_default(),
        lifted: sanction.lifted,
    }
}

/// A filing for care elsewhere.
pub(crate) fn filing(person: PersonId, filing: &Filing) -> wire::RemoteCareFiling {
    wire::RemoteCareFiling {
        filing_id: filing.id.to_string(),
        person_id: person.to_string(),
        kind: match filing.kind {
            FilingKind::LongTerm => wire::RemoteCareKind::LongTerm,
            FilingKind::Temporary => wire::RemoteCareKind::Temporary,
        }
        .into(),
        treatment_pooling_area: filing.pool.to_string(),
        institution_codes: filing.institutions.iter().map(ToString::to_string).collect(),
        valid_from: civil::day_text(filing.valid_from),
        valid_to: filing.valid_to.map(civil::day_text).unwrap_or_default(),
        withdrawn: filing.withdrawn,
    }
}

/// A link to show the code of `owner`.
pub(crate) fn code_proxy(owner: PersonId, proxy: &CodeProxy) -> wire::CodeProxy {
    wire::CodeProxy {
        code_proxy_id: proxy.id.to_string(),
        shower_person_id: proxy.shower.to_string(),
        owner_person_id: owner.to_string(),
        unlinked: proxy.unlinked,
    }
}
