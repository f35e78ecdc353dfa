//! Questions by number into commands. Number and name are taken apart here and dropped.

use border::fields::Fields;
use chassis::access::{Caller, Role, Scope};
use proto::identity as wire;
use standards::{CitizenId, PersonName};
use time::Date;
use tonic::Status;
use uuid::Uuid;

use super::{fields, request::credential};
use crate::{inquire::Inquiry, keys::Keys, vault::Column};

/// The most characters of a purpose in the caller's words.
const MAX_PURPOSE: usize = 256;

/// 按姓名和证件号码查询, with the name that was given, for the reply.
///
/// # Errors
/// All violations together.
pub(crate) fn resolution(
    request: &wire::ResolvePersonRequest,
    caller: &Caller,
    keys: &Keys,
    (attempt, today): (Uuid, Date),
) -> Result<(Inquiry, PersonName), Status> {
    let mut fields = Fields::new();
    let number = fields.take("id_number", CitizenId::parse(&request.id_number, today));
    let name = fields.take("name", request.name.parse::<PersonName>());
    let purpose = fields.choice("purpose", request.purpose, |purpose| match purpose {
        wire::ResolvePurpose::Unspecified => None,
        named => Some(named),
    });
    let whole = (|| {
        let (number, name, purpose) = (number?, name?, purpose?);
        let inquiry = Inquiry {
            id: attempt,
            asked_by: asked_by(caller),
            id_index: keys.id_index(&number),
            name_check: Some(keys.name_check(&number, &name)),
            allowed: may_ask(caller.role, purpose),
            area: None,
            purpose: purpose.as_str_name().trim_start_matches("RESOLVE_PURPOSE_").to_owned(),
            reason: None,
        };
        Some((inquiry, name))
    })();
    fields.finish(whole)
}

/// 按证件号码查找.
///
/// # Errors
/// All violations together.
pub(crate) fn finding(
    request: wire::FindPersonRequest,
    caller: &Caller,
    keys: &Keys,
    (attempt, today): (Uuid, Date),
) -> Result<Inquiry, Status> {
    let mut fields = Fields::new();
    let number = fields.take("id_number", CitizenId::parse(&request.id_number, today));
    let reason = fields::words(&mut fields, "purpose_text", request.purpose_text, MAX_PURPOSE);
    let area = match &caller.scope {
        Scope::Province(area) | Scope::Pool(area) => Some(area.clone()),
        _ => None,
    };
    let inquiry = number.zip(reason).map(|(number, reason)| Inquiry {
        id: attempt,
        asked_by: asked_by(caller),
        id_index: keys.id_index(&number),
        name_check: None,
        allowed: true,
        area,
        purpose: "FIND".to_owned(),
        reason: Some(keys.seal_in(Column::Reason, attempt, &reason)),
    });
    fields.finish(inquiry)
}

/// For what each kind of caller may ask by name and number.
const fn may_ask(role: Role, purpose: wire::ResolvePurpose) -> bool {
    use wire::ResolvePurpose::{Agent, Counter, Patient, Relative};
    match role {
        Role::Citizen => matches!(purpose, Relative),
        Role::Institution => matches!(purpose, Patient | Agent),
        Role::Operator => matches!(purpose, Relative | Agent | Counter),
        _ => false,
    }
}

/// The acting person, whatever the app's credential is called; else the credential.
fn asked_by(caller: &Caller) -> String {
    match caller.person() {
        Some(person) => format!("citizen:{person}"),
        None => credential(caller),
    }
}
