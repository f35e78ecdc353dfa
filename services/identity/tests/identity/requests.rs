//! Well-formed requests about one person, to vary.

use proto::{
    common::Channel,
    identity::{
        ActivateMedicalCodeRequest, BenefitKind, ConfirmContactRequest, Document, FileRemoteCareRequest,
        FindPersonRequest, ImposeSanctionRequest, LiftSanctionRequest, LinkCodeProxyRequest,
        RecordBenefitRequest, RemoteCareKind, ReportDeathRequest, ResolvePersonRequest, ResolvePurpose,
        SanctionKind, SetPurchaseSwitchRequest, UnlinkCodeProxyRequest, UpdateContactRequest,
        WithdrawRemoteCareRequest,
    },
};

use crate::harness::id;

/// The token of a person's own app.
pub(crate) fn citizen(person: &str) -> String {
    format!("dev:citizen:{person}")
}

/// 门诊慢性病 since 2025.
pub(crate) fn benefit(person: &str) -> RecordBenefitRequest {
    RecordBenefitRequest {
        request_id: id(),
        benefit_id: id(),
        person_id: person.to_owned(),
        kind: BenefitKind::ChronicOutpatient.into(),
        pooling_area: "320100".to_owned(),
        valid_from: "2025-03-01".to_owned(),
        valid_to: String::new(),
        reference: "慢病认定 2025-17".to_owned(),
    }
}

pub(crate) fn death(person: &str) -> ReportDeathRequest {
    ReportDeathRequest {
        request_id: id(),
        person_id: person.to_owned(),
        death_day: "2026-01-10".to_owned(),
        reference: "(2026)证字第12号".to_owned(),
    }
}

/// Reported in time.
pub(crate) fn contact(person: &str) -> UpdateContactRequest {
    UpdateContactRequest {
        request_id: id(),
        person_id: person.to_owned(),
        mobile: "13998765432".to_owned(),
        address: "苏州市姑苏区平江路8号".to_owned(),
        changed_day: "2026-01-02".to_owned(),
        assertion: String::new(),
    }
}

pub(crate) fn confirmation(person: &str) -> ConfirmContactRequest {
    ConfirmContactRequest { request_id: id(), person_id: person.to_owned(), assertion: String::new() }
}

/// From today on.
pub(crate) fn sanction(person: &str) -> ImposeSanctionRequest {
    ImposeSanctionRequest {
        sanction_id: id(),
        person_id: person.to_owned(),
        kind: SanctionKind::SettlementSuspended.into(),
        case_reference: "CASE-2026-7".to_owned(),
        from_day: "2026-01-15".to_owned(),
        to_day: String::new(),
    }
}

pub(crate) fn lift(sanction: &str) -> LiftSanctionRequest {
    LiftSanctionRequest {
        request_id: id(),
        sanction_id: sanction.to_owned(),
        reason: "the case is closed".to_owned(),
    }
}

pub(crate) fn activation(person: &str) -> ActivateMedicalCodeRequest {
    ActivateMedicalCodeRequest {
        request_id: id(),
        person_id: person.to_owned(),
        channel: Channel::NationalApp.into(),
        assertion: String::new(),
    }
}

/// Two hospitals of Chengdu for this year.
pub(crate) fn filing(person: &str) -> FileRemoteCareRequest {
    FileRemoteCareRequest {
        filing_id: id(),
        person_id: person.to_owned(),
        kind: RemoteCareKind::LongTerm.into(),
        treatment_pooling_area: "510100".to_owned(),
        institution_codes: vec!["H51010400001".to_owned(), "H51010400002".to_owned()],
        valid_from: "2026-01-01".to_owned(),
        valid_to: "2026-12-31".to_owned(),
        channel: Channel::LocalApp.into(),
        documents: vec![document("authority_record", "居住证 2025-9")],
        assertion: String::new(),
    }
}

pub(crate) fn withdrawal(filing: &str) -> WithdrawRemoteCareRequest {
    WithdrawRemoteCareRequest { request_id: id(), filing_id: filing.to_owned(), assertion: String::new() }
}

pub(crate) fn switch(person: &str, on: bool) -> SetPurchaseSwitchRequest {
    SetPurchaseSwitchRequest {
        request_id: id(),
        person_id: person.to_owned(),
        out_of_province: on,
        assertion: String::new(),
    }
}

pub(crate) fn link(shower: &str, owner: &str) -> LinkCodeProxyRequest {
    LinkCodeProxyRequest {
        code_proxy_id: id(),
        shower_person_id: shower.to_owned(),
        owner_person_id: owner.to_owned(),
        documents: Vec::new(),
        assertion: String::new(),
    }
}

pub(crate) fn unlinking(code_proxy: &str) -> UnlinkCodeProxyRequest {
    UnlinkCodeProxyRequest {
        request_id: id(),
        code_proxy_id: code_proxy.to_owned(),
        assertion: String::new(),
    }
}

pub(crate) fn document(kind: &str, reference: &str) -> Document {
    Document { kind: kind.to_owned(), reference: reference.to_owned() }
}

pub(crate) fn resolution(id_number: &str, name: &str) -> ResolvePersonRequest {
    ResolvePersonRequest {
        id_number: id_number.to_owned(),
        name: name.to_owned(),
        purpose: ResolvePurpose::Relative.into(),
    }
}

pub(crate) fn finding(id_number: &str) -> FindPersonRequest {
    FindPersonRequest { id_number: id_number.to_owned(), purpose_text: "核查重复参保".to_owned() }
}
