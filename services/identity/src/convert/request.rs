//! Requests into commands and questions.

use border::fields::Fields;
use chassis::{
    access::{Caller, Scope},
    feed::Cursor,
};
use policy::EnrolmentStatus;
use proto::identity as wire;
use standards::{CitizenId, EnrolmentId, PersonId, RequestId, WalletId};
use time::{Date, OffsetDateTime};
use tonic::Status;

use super::fields;
use crate::{
    assign,
    command::{Asker, Assignment, By, Enrolling},
    enrol, error,
    person::Enrolment,
    register::Form,
};

/// The most persons in one question.
const MAX_PERSONS: usize = 512;
/// The most characters of an address and of a national person number.
pub(super) const MAX_ADDRESS: usize = 256;
const MAX_PSN_NO: usize = 30;

/// A question about standings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// In the order asked; the same person may stand twice.
    pub(crate) persons: Vec<PersonId>,
    /// The day for which enrolments are wanted.
    pub(crate) day: Date,
}

/// Who asks for a change, and as whom; whether that one agreed to it is looked at elsewhere.
///
/// # Errors
/// OUT_OF_SCOPE for a credential that speaks for neither a person nor an area.
pub(crate) fn by(caller: &Caller) -> Result<By, Status> {
    Ok(By { asker: asker(caller)?, credential: credential(caller), agreed: None })
}

/// The credential as one word, so that another person can be told from the same.
pub(crate) fn credential(caller: &Caller) -> String {
    caller.token().trim_start_matches("dev:").to_owned()
}

/// On whose behalf somebody is registered.
///
/// # Errors
/// OUT_OF_SCOPE for a credential that speaks for neither a person nor an area.
pub(crate) fn asker(caller: &Caller) -> Result<Asker, Status> {
    match &caller.scope {
        Scope::Person(own) => match PersonId::parse(&own.to_string()) {
            Ok(own) => Ok(Asker::Citizen(own)),
            Err(_) => Err(error::not_yours().into()),
        },
        Scope::Pool(area) | Scope::Province(area) => Ok(Asker::Desk(area.clone())),
        Scope::Institutions(_) | Scope::Book(_) | Scope::Country => Err(error::not_yours().into()),
    }
}

/// A registration; `today` bounds the day of birth.
///
/// # Errors
/// All violations together.
pub(crate) fn registration(request: wire::RegisterPersonRequest, today: Date) -> Result<Form, Status> {
    let wire::RegisterPersonRequest { request_id, id_number, name, mobile, address, psn_no } = request;
    let mut fields = Fields::new();
    let request = fields.take("request_id", RequestId::parse(&request_id));
    let id_number = fields.take("id_number", CitizenId::parse(&id_number, today));
    let name = fields.take("name", name.parse());
    let mobile = fields.take("mobile", mobile.parse());
    let address =
        fields::private(&mut fields, "address", address, MAX_ADDRESS, |letter| !letter.is_control());
    let psn_no =
        fields::private(&mut fields, "psn_no", psn_no, MAX_PSN_NO, |letter| letter.is_ascii_alphanumeric());
    let form = (|| {
        Some(Form { request: request?, id_number: id_number?, name: name?, mobile: mobile?, address, psn_no })
    })();
    fields.finish(form)
}

/// The person of a GetPerson request.
///
/// # Errors
/// All violations together.
pub(crate) fn person_id(request: &wire::GetPersonRequest) -> Result<PersonId, Status> {
    let mut fields = Fields::new();
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    fields.finish(person)
}

/// An enrolment to record; `now` bounds the business time.
///
/// # Errors
/// All violations together.
pub(crate) fn enrolling(
    request: &wire::RecordEnrolmentRequest,
    now: OffsetDateTime,
) -> Result<Enrolling, Status> {
    let mut fields = Fields::new();
    let request_id = fields.take("request_id", RequestId::parse(&request.request_id));
    let id = fields.take("enrolment_id", EnrolmentId::parse(&request.enrolment_id));
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    let scheme = fields::scheme(&mut fields, "scheme", request.scheme);
    let pool = fields.take("pooling_area", request.pooling_area.parse());
    let status = fields::status(&mut fields, "status", request.status);
    let days = [request.valid_from.as_str(), request.valid_to.as_str()];
    let (valid_from, valid_to) = fields::period(&mut fields, ["valid_from", "valid_to"], days);
    if status == Some(EnrolmentStatus::Terminated) && request.valid_to.is_empty() {
        fields.refuse("valid_to", "MISSING", "a terminated enrolment has a last day", "终止参保须填写终止日");
    }
    let business_time = fields::past(&mut fields, "business_time", request.business_time, now);
    let expected_revision = fields::revision(&mut fields, "expected_revision", request.expected_revision);
    let enrolling = (|| {
        let (id, person, scheme, pool) = (id?, person?, scheme?, pool?);
        let (status, valid_from) = (status?, valid_from?);
        let enrolment = Enrolment { id, person, scheme, pool, status, valid_from, valid_to, revision: 0 };
        let (request, business_time) = (request_id?, business_time?);
        let mut whole = Enrolling { request, content: [0; 32], enrolment, business_time, expected_revision };
        whole.content = enrol::content(&whole);
        Some(whole)
    })();
    fields.finish(enrolling)
}

/// A place of use to assign.
///
/// # Errors
/// All violations together.
pub(crate) fn assignment(request: &wire::AssignPlaceOfUseRequest) -> Result<Assignment, Status> {
    let mut fields = Fields::new();
    let request_id = fields.take("request_id", RequestId::parse(&request.request_id));
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    let wallet = fields.take("wallet_id", WalletId::parse(&request.wallet_id));
    let place = fields.take("place_of_use", request.place_of_use.parse());
    let expected = match request.expected_place_of_use.as_str() {
        "" => None,
        text => fields.take("expected_place_of_use", text.parse()),
    };
    let assignment = (|| {
        let (request, person, wallet, place) = (request_id?, person?, wallet?, place?);
        let mut whole = Assignment { request, content: [0; 32], person, wallet, place, expected };
        whole.content = assign::content(&whole);
        Some(whole)
    })();
    fields.finish(assignment)
}

/// A question about standings; an empty day is today.
///
/// # Errors
/// All violations together.
pub(crate) fn question(request: &wire::BatchGetStandingRequest, today: Date) -> Result<Question, Status> {
    let mut fields = Fields::new();
    let count = request.person_ids.len();
    if count == 0 {
        fields.refuse("person_ids", "MISSING", "at least one person is required", "请至少填写一个人员编号");
    }
    if count > MAX_PERSONS {
        fields.refuse("person_ids", "TOO_MANY", "at most 512 persons at a time", "每次最多查询512人");
    }
    let mut persons = Vec::with_capacity(count.min(MAX_PERSONS));
    for (at, text) in request.person_ids.iter().take(MAX_PERSONS).enumerate() {
        persons.extend(fields.take(&format!("person_ids[{at}]"), PersonId::parse(text)));
    }
    let day = if request.on_day.is_empty() {
        Some(today)
    } else {
        fields::day(&mut fields, "on_day", &request.on_day)
    };
    fields.finish(day.map(|day| Question { persons, day }))
}

/// Where a stream begins.
///
/// # Errors
/// All violations together.
pub(crate) fn cursor(request: &wire::StreamEventsRequest) -> Result<Cursor, Status> {
    let mut fields = Fields::new();
    let cursor = Cursor::parse(request.after_position, &request.after_hash);
    if request.after_position < 0 {
        fields.refuse("after_position", "NEGATIVE", "a position is 0 (the start) or more", "位置不能为负数");
    } else if cursor.is_none() {
        fields.refuse(
            "after_hash",
            "MALFORMED",
            "the hash received with that position, 64 hex digits; empty with position 0",
            "应为该位置返回的链值(64位十六进制);位置为0时留空",
        );
    }
    fields.finish(cursor)
}
