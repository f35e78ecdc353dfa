//! Requests about verifications into questions, and answers into replies. A password is moved out of its request and
//! never copied.

use border::{fields::Fields, keyring, wire as common};
use chassis::{
    stepup::{Claims, Method, Operation, READ},
    token::PublicKey,
};
use money::Yuan;
use proto::{
    common::Operation as WireOperation,
    identity::{self as wire, VerificationMethod, complete_verification_request::Proof as WireProof},
};
use standards::{
    DocumentKind, DocumentReference, InstitutionCode, PersonId, Pool, RequestId, VerificationId, civil,
};
use time::{Date, OffsetDateTime};
use tonic::Status;
use uuid::Uuid;

use crate::verification::{password::Password, wording};

/// The most bytes of a token that is looked at.
const MAX_TOKEN: usize = 2_048;
/// What an operator may have seen of somebody who stands at the counter.
const DOCUMENTS: [DocumentKind; 6] = [
    DocumentKind::IdCard,
    DocumentKind::SocialSecurityCard,
    DocumentKind::HouseholdRegister,
    DocumentKind::BirthCertificate,
    DocumentKind::CourtRecord,
    DocumentKind::AuthorityRecord,
];

/// A verification to begin.
#[derive(Clone, Debug)]
pub(crate) struct Beginning {
    pub(crate) id: VerificationId,
    pub(crate) person: PersonId,
    pub(crate) operation: Operation,
    pub(crate) method: Method,
}

/// A proof that was handed in.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    Password(Password),
    Face(String),
    Document(DocumentKind, DocumentReference),
}

/// A password to set.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) request: RequestId,
    pub(crate) person: PersonId,
    pub(crate) password: Password,
    pub(crate) assertion: String,
}

/// A code to show.
#[derive(Clone, Debug)]
pub(crate) struct Showing {
    pub(crate) request: RequestId,
    pub(crate) person: PersonId,
    pub(crate) shown_by: Option<PersonId>,
    pub(crate) assertion: String,
}

impl Given {
    /// Of which method it is.
    pub(crate) const fn method(&self) -> Method {
        match self {
            Self::Password(_) => Method::Password,
            Self::Face(_) => Method::Face,
            Self::Document(..) => Method::Counter,
        }
    }
}

/// A verification to begin on civil day `today`.
///
/// # Errors
/// All violations together.
pub(crate) fn beginning(request: &wire::BeginVerificationRequest, today: Date) -> Result<Beginning, Status> {
    let mut fields = Fields::new();
    let id = fields.take("verification_id", VerificationId::parse(&request.verification_id));
    let person = fields.take("subject_person_id", PersonId::parse(&request.subject_person_id));
    let method = fields.choice("method", request.method, |method| match method {
        VerificationMethod::Unspecified => None,
        VerificationMethod::Face => Some(Method::Face),
        VerificationMethod::Password => Some(Method::Password),
        VerificationMethod::Counter => Some(Method::Counter),
    });
    let operation = match &request.operation {
        Some(asked) => operation(&mut fields, asked, today),
        None => {
            fields.refuse("operation", "MISSING", "an operation is required", "请填写操作");
            None
        }
    };
    let other = operation.as_ref().zip(person).is_some_and(|(asked, person)| asked.actor != person.uuid());
    if other {
        let english = "whoever acts is verified, and nobody else";
        fields.refuse("subject_person_id", "NOT_THE_ACTOR", english, "被核验人应为操作人");
    }
    let whole = (|| Some(Beginning { id: id?, person: person?, operation: operation?, method: method? }))();
    fields.finish(whole)
}

fn operation(fields: &mut Fields, asked: &WireOperation, today: Date) -> Option<Operation> {
    let kind = match asked.kind.as_str() {
        "" => {
            fields.refuse("operation.kind", "MISSING", "the name of an RPC is required", "请填写操作名称");
            None
        }
        kind if wording::is_known(kind) => Some(kind),
        _ => {
            let english = "no agreement can be given to an operation of this name";
            fields.refuse("operation.kind", "UNKNOWN_VALUE", english, "没有此操作");
            None
        }
    };
    let actor = fields.take("operation.actor_person_id", PersonId::parse(&asked.actor_person_id));
    let other =
        fields.maybe("operation.counterparty_person_id", &asked.counterparty_person_id, PersonId::parse);
    let amount = fields.maybe("operation.amount", &asked.amount, Yuan::parse_positive);
    let place = place(fields, &asked.place);
    if !asked.civil_day.is_empty() && asked.civil_day != civil::day_text(today) {
        let english = "an agreement is given for today, written as 2026-01-15";
        fields.refuse("operation.civil_day", "NOT_TODAY", english, "核验日期应为当日");
    }
    let read = kind == Some(READ);
    let id = if read {
        let rest = [&asked.operation_id, &asked.counterparty_person_id, &asked.amount, &asked.place];
        if rest.into_iter().any(|text| !text.is_empty()) {
            let english = "reading has an actor and a day, and nothing else";
            fields.refuse("operation", "TOO_MUCH", english, "查询操作仅填写操作人与日期");
        }
        Some(String::new())
    } else {
        let id = fields.take("operation.operation_id", RequestId::parse(&asked.operation_id));
        id.map(|id| id.to_string())
    };
    let mut operation = Operation::of(kind?, id?, actor?.uuid());
    operation.counterparty = other?.map(PersonId::uuid);
    operation.amount = amount?.map(|amount| amount.to_string());
    operation.place = place?;
    Some(operation)
}

/// A pooling area or an institution code.
fn place(fields: &mut Fields, text: &str) -> Option<Option<String>> {
    if text.starts_with(['H', 'P']) {
        let code = fields.take("operation.place", text.parse::<InstitutionCode>())?;
        return Some(Some(code.to_string()));
    }
    let pool = fields.maybe("operation.place", text, str::parse::<Pool>)?;
    Some(pool.map(|pool| pool.to_string()))
}

/// A proof.
///
/// # Errors
/// All violations together.
pub(crate) fn completing(
    request: wire::CompleteVerificationRequest,
) -> Result<(VerificationId, Given), Status> {
    let mut fields = Fields::new();
    let id = fields.take("verification_id", VerificationId::parse(&request.verification_id));
    let given = match request.proof {
        None => {
            fields.refuse("proof", "MISSING", "a proof is required", "请提供核验证明");
            None
        }
        Some(WireProof::Password(text)) => Some(Given::Password(Password::shown(text))),
        Some(WireProof::FaceResultToken(text)) => {
            token(&mut fields, "face_result_token", text).map(Given::Face)
        }
        Some(WireProof::CounterDocument(document)) => {
            let kind = fields.take("counter_document.kind", document.kind.parse::<DocumentKind>());
            let reference =
                fields.take("counter_document.reference", document.reference.parse::<DocumentReference>());
            if kind.is_some_and(|kind| !DOCUMENTS.contains(&kind)) {
                let english = "this kind of document does not say who somebody is";
                fields.refuse("counter_document.kind", "NOT_FOR_THIS", english, "该材料不能证明身份");
            }
            kind.zip(reference).map(|(kind, reference)| Given::Document(kind, reference))
        }
    };
    fields.finish(id.zip(given))
}

fn token(fields: &mut Fields, field: &str, text: String) -> Option<String> {
    let shaped = !text.is_empty() && text.len() <= MAX_TOKEN && text.split('.').count() == 3;
    if !shaped {
        let english = "a token has the form kid.payload.signature";
        fields.refuse(field, "MALFORMED", english, "令牌格式不正确");
    }
    shaped.then_some(text)
}

/// A password to set.
///
/// # Errors
/// All violations together.
pub(crate) fn setting(request: wire::SetPasswordRequest) -> Result<Setting, Status> {
    let mut fields = Fields::new();
    let request_id = fields.take("request_id", RequestId::parse(&request.request_id));
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    let password = fields.take("password", Password::wanted(request.password));
    let whole = (|| {
        let (request_id, person, password) = (request_id?, person?, password?);
        Some(Setting { request: request_id, person, password, assertion: request.assertion })
    })();
    fields.finish(whole)
}

/// A code to show.
///
/// # Errors
/// All violations together.
pub(crate) fn showing(request: wire::IssueMedicalCodeRequest) -> Result<Showing, Status> {
    let mut fields = Fields::new();
    let request_id = fields.take("request_id", RequestId::parse(&request.request_id));
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    let shown_by = fields.maybe("shown_by_person_id", &request.shown_by_person_id, PersonId::parse);
    let whole = (|| {
        let (request_id, person) = (request_id?, person?);
        // Naming oneself is naming nobody.
        let shown_by = shown_by?.filter(|shower| *shower != person);
        Some(Showing { request: request_id, person, shown_by, assertion: request.assertion })
    })();
    fields.finish(whole)
}

/// A code that was read from a screen.
///
/// # Errors
/// All violations together.
pub(crate) fn shown(request: wire::InspectMedicalCodeRequest) -> Result<String, Status> {
    let mut fields = Fields::new();
    let token = token(&mut fields, "token", request.token);
    fields.finish(token)
}

/// The refusal of a code that identity did not sign.
pub(crate) fn not_genuine() -> Status {
    let mut fields = Fields::new();
    let english = "identity did not sign this code";
    fields.refuse("token", "NOT_GENUINE", english, "该医保码不是有效签发的医保码");
    fields.finish::<()>(None).err().unwrap_or_else(|| Status::internal("a refusal has a violation"))
}

/// The refusal of a proof that is of another method than the one that was begun.
pub(crate) fn other_method(begun: Method) -> Status {
    let mut fields = Fields::new();
    let english = format!("the verification was begun by {}", begun.name());
    fields.refuse("proof", "OTHER_METHOD", &english, "证明与发起的核验方式不一致");
    fields.finish::<()>(None).err().unwrap_or_else(|| Status::internal("a refusal has a violation"))
}

/// The reply of BeginVerification.
pub(crate) fn begun(
    digest: String,
    (text_zh, text_en): (String, String),
    nonce: String,
    until: OffsetDateTime,
    alternatives: &[Method],
) -> wire::BeginVerificationResponse {
    wire::BeginVerificationResponse {
        digest,
        text_zh,
        text_en,
        nonce,
        expire_time: Some(common::timestamp(until)),
        alternatives: alternatives.iter().map(|method| render(*method).into()).collect(),
    }
}

const fn render(method: Method) -> VerificationMethod {
    match method {
        Method::Face => VerificationMethod::Face,
        Method::Password => VerificationMethod::Password,
        Method::Counter => VerificationMethod::Counter,
    }
}

/// The reply of CompleteVerification.
pub(crate) fn agreed(assertion: String, claims: &Claims) -> wire::CompleteVerificationResponse {
    let expire_time = Some(prost_types::Timestamp { seconds: claims.expires, nanos: 0 });
    wire::CompleteVerificationResponse { assertion, expire_time }
}

/// The reply of IssueMedicalCode.
pub(crate) fn code(token: String, expires: i64) -> wire::IssueMedicalCodeResponse {
    let expire_time = Some(prost_types::Timestamp { seconds: expires, nanos: 0 });
    wire::IssueMedicalCodeResponse { token, expire_time }
}

/// The reply of InspectMedicalCode.
pub(crate) fn inspected(
    person: PersonId,
    masked_name: String,
    place: Option<Pool>,
    insured: Option<Pool>,
    shown_by: Option<Uuid>,
) -> wire::InspectMedicalCodeResponse {
    let text = |pool: Option<Pool>| pool.map(|pool| pool.to_string()).unwrap_or_default();
    wire::InspectMedicalCodeResponse {
        person_id: person.to_string(),
        masked_name,
        place_of_use: text(place),
        insured_pooling_area: text(insured),
        shown_by_person_id: shown_by.map(|person| person.to_string()).unwrap_or_default(),
    }
}

/// The reply of GetKeys.
pub(crate) fn keys(keys: &[PublicKey]) -> wire::GetKeysResponse {
    wire::GetKeysResponse { keys: keys.iter().filter_map(keyring::published).collect() }
}
