//! Requests that change something about a person into commands: benefits, deaths, contact data, sanctions, codes. What a
//! person has signed them with is looked at elsewhere.

use border::fields::Fields;
use proto::identity as wire;
use standards::{BenefitId, DocumentReference, Mobile, PersonId, RequestId, SanctionId};
use time::Date;
use tonic::Status;

use super::{fields, request::MAX_ADDRESS};
use crate::{
    command::{By, Change, Death, Lift, What},
    contact::Form,
    person::{Benefit, Sanction},
    register::Private,
};

/// The most characters of a reason.
const MAX_REASON: usize = 256;

/// 待遇登记.
///
/// # Errors
/// All violations together.
pub(crate) fn benefit(request: wire::RecordBenefitRequest, by: By) -> Result<Change, Status> {
    let mut fields = Fields::new();
    let id = fields.take("request_id", RequestId::parse(&request.request_id));
    let benefit = fields.take("benefit_id", BenefitId::parse(&request.benefit_id));
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    let kind = fields::benefit_kind(&mut fields, "kind", request.kind);
    let pool = fields.take("pooling_area", request.pooling_area.parse());
    let days = [request.valid_from.as_str(), request.valid_to.as_str()];
    let (valid_from, valid_to) = fields::period(&mut fields, ["valid_from", "valid_to"], days);
    let reference = fields.take("reference", request.reference.parse::<DocumentReference>());
    let change = (|| {
        let (id, benefit, person) = (id?, benefit?, person?);
        let (kind, pool, valid_from, reference) = (kind?, pool?, valid_from?, reference?);
        let reference = reference.to_string();
        let benefit = Benefit { id: benefit, kind, pool, reference, valid_from, valid_to };
        Some(Change::new(id.uuid(), by, What::Benefit(person, benefit)))
    })();
    fields.finish(change)
}

/// 死亡登记.
///
/// # Errors
/// All violations together.
pub(crate) fn death(request: &wire::ReportDeathRequest, by: By, today: Date) -> Result<Change, Status> {
    let mut fields = Fields::new();
    let id = fields.take("request_id", RequestId::parse(&request.request_id));
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    let day = fields::past_day(&mut fields, "death_day", &request.death_day, today);
    let reference = fields.take("reference", request.reference.parse::<DocumentReference>());
    let change = (|| {
        let (id, person, day, reference) = (id?, person?, day?, reference?.to_string());
        Some(Change::new(id.uuid(), by, What::Death(Death { person, day, reference })))
    })();
    fields.finish(change)
}

/// 联系方式变更, in clear.
///
/// # Errors
/// All violations together.
pub(crate) fn contact(request: wire::UpdateContactRequest, today: Date) -> Result<(RequestId, Form), Status> {
    let mut fields = Fields::new();
    let id = fields.take("request_id", RequestId::parse(&request.request_id));
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    if request.mobile.is_empty() && request.address.is_empty() {
        fields.refuse(
            "mobile",
            "MISSING",
            "a mobile number or an address is required",
            "手机号码和联系地址至少填写一项",
        );
    }
    let mobile = fields.maybe("mobile", &request.mobile, str::parse::<Mobile>);
    let address =
        fields::private(&mut fields, "address", request.address, MAX_ADDRESS, |letter| !letter.is_control());
    let changed_on = fields::past_day(&mut fields, "changed_day", &request.changed_day, today);
    let form = (|| {
        let mobile = mobile?.map(|mobile| Private(mobile.number().to_owned()));
        Some((id?, Form { person: person?, mobile, address, changed_on: changed_on? }))
    })();
    fields.finish(form)
}

/// 联系方式确认.
///
/// # Errors
/// All violations together.
pub(crate) fn confirmation(request: &wire::ConfirmContactRequest, by: By) -> Result<Change, Status> {
    let mut fields = Fields::new();
    let id = fields.take("request_id", RequestId::parse(&request.request_id));
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    let change = id.zip(person).map(|(id, person)| Change::new(id.uuid(), by, What::ConfirmContact(person)));
    fields.finish(change)
}

/// 医保码激活.
///
/// # Errors
/// All violations together.
pub(crate) fn activation(request: &wire::ActivateMedicalCodeRequest, by: By) -> Result<Change, Status> {
    let mut fields = Fields::new();
    let id = fields.take("request_id", RequestId::parse(&request.request_id));
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    let channel = fields::channel(&mut fields, "channel", request.channel);
    let change = (|| Some(Change::new(id?.uuid(), by, What::Activate(person?, channel?))))();
    fields.finish(change)
}

/// 暂停联网结算.
///
/// # Errors
/// All violations together.
pub(crate) fn sanction(request: &wire::ImposeSanctionRequest, by: By) -> Result<Change, Status> {
    let mut fields = Fields::new();
    let id = fields.take("sanction_id", SanctionId::parse(&request.sanction_id));
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    let kind = fields.choice("kind", request.kind, |kind| match kind {
        wire::SanctionKind::Unspecified => None,
        wire::SanctionKind::SettlementSuspended => Some(()),
    });
    let case = fields.take("case_reference", request.case_reference.parse::<DocumentReference>());
    let days = [request.from_day.as_str(), request.to_day.as_str()];
    let (from, to) = fields::period(&mut fields, ["from_day", "to_day"], days);
    let change = (|| {
        let (id, person, ()) = (id?, person?, kind?);
        let (case_reference, imposed_by) = (case?.to_string(), by.credential.clone());
        let sanction =
            Sanction { id, case_reference, from: from?, to, imposed_by, lifted: false, lifted_by: None };
        Some(Change::new(id.uuid(), by, What::Sanction(person, sanction)))
    })();
    fields.finish(change)
}

/// 恢复联网结算.
///
/// # Errors
/// All violations together.
pub(crate) fn lift(request: wire::LiftSanctionRequest, by: By) -> Result<Change, Status> {
    let mut fields = Fields::new();
    let id = fields.take("request_id", RequestId::parse(&request.request_id));
    let sanction = fields.take("sanction_id", SanctionId::parse(&request.sanction_id));
    let reason = fields::words(&mut fields, "reason", request.reason, MAX_REASON);
    let change = (|| {
        let lift = Lift { sanction: sanction?, reason: reason? };
        Some(Change::new(id?.uuid(), by, What::Lift(lift)))
    })();
    fields.finish(change)
}
