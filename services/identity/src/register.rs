//! 登记参保人: a number is registered once in the country; whoever comes again learns the first person's id, if
//! that caller may know it.
//!
//! A citizen's app speaks for the person that its credential names: a first registration gets that id, a later one
//! is answered only for that person, and everything else is refused in one and the same way, so that the answer
//! does not tell whether somebody else's number is known. A counter or agency is answered when the person is
//! enrolled in its area, is enrolled nowhere yet, or was named by the registered name, as on a document shown.

use chassis::{
    batch::{Moment, Verdict},
    digest::Content,
};
use standards::{CitizenId, Mobile, PersonId, PersonName, RequestId};

use crate::{
    command::{Asker, Outcome, Profile, Registration},
    error::Refused,
    keys::Keys,
    state::{Known, State},
    vault::Column,
};

/// A registration as parsed; holds the person in clear and does not leave the handler. `Debug` shows masks.
#[derive(Debug)]
pub struct Form {
    /// The client's id.
    pub request: RequestId,
    /// 公民身份号码.
    pub id_number: CitizenId,
    /// 姓名.
    pub name: PersonName,
    /// 手机号码.
    pub mobile: Mobile,
    /// 联系地址.
    pub address: Option<Private>,
    /// 人员编号 of the national interface.
    pub psn_no: Option<Private>,
}

/// A text about a person that has no form of its own. Never prints itself.
pub struct Private(pub String);

impl std::fmt::Debug for Private {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Private(..)")
    }
}

/// Seals a form into a command. `fresh` is the id that a person gets whom no credential names.
pub fn seal(form: &Form, asker: Asker, keys: &Keys, fresh: PersonId) -> Registration {
    let person = match asker {
        Asker::Citizen(own) => own,
        Asker::Desk(_) => fresh,
    };
    let sealed =
        |column, text: &Option<Private>| text.as_ref().map(|text| keys.seal(column, person, &text.0));
    Registration {
        request: form.request,
        content: content(form, keys),
        asker,
        person,
        id_index: keys.id_index(&form.id_number),
        name_check: keys.name_check(&form.id_number, &form.name),
        birth_day: form.id_number.birth_day(),
        profile: Profile {
            id_number: keys.seal(Column::IdNumber, person, form.id_number.number()),
            name: keys.seal(Column::Name, person, form.name.full()),
            mobile: keys.seal(Column::Mobile, person, form.mobile.number()),
            address: sealed(Column::Address, &form.address),
            psn_no: sealed(Column::PsnNo, &form.psn_no),
        },
    }
}

/// Every field goes in as a keyed hash: from a plain one, numbers could be found by trying all of them.
fn content(form: &Form, keys: &Keys) -> [u8; 32] {
    let mut content = Content::of("identity.register.1");
    let fields = [
        ("id_number", Some(form.id_number.number())),
        ("name", Some(form.name.full())),
        ("mobile", Some(form.mobile.number())),
        ("address", form.address.as_ref().map(|text| text.0.as_str())),
        ("psn_no", form.psn_no.as_ref().map(|text| text.0.as_str())),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            content = content.bytes(name, keys.content_tag(name, value).bytes());
        }
    }
    content.finish()
}

/// Decides a registration.
pub fn fold(state: &mut State, registration: &Registration, moment: Moment) -> Verdict<Outcome> {
    if let Some(known) = state.with_index(registration.id_index) {
        if !may_know(registration, known) {
            return Refused::NotYours.verdict();
        }
        let person = known.standing.person;
        return Verdict::Record(Outcome::Registered { person, existed: true, event: None });
    }
    // The credential's person is known under another number.
    if state.person(registration.person).is_some() {
        return Refused::NotYours.verdict();
    }
    let event = state.add(registration, moment.at);
    Verdict::Record(Outcome::Registered { person: registration.person, existed: false, event: Some(event) })
}

fn may_know(registration: &Registration, known: &Known) -> bool {
    match &registration.asker {
        Asker::Citizen(own) => *own == known.standing.person,
        Asker::Desk(area) => known.standing.within(area) || registration.name_check == known.name_check,
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;
    use uuid::Uuid;

    use super::*;
    use crate::keys;

    #[test]
    fn neither_a_form_nor_its_command_prints_the_person() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.toml");
        keys::generate(&path).unwrap();
        let keys = keys::load(path.to_str().unwrap()).unwrap();
        let form = Form {
            request: RequestId::new(Uuid::now_v7()),
            id_number: CitizenId::compose(320_102, date!(1980 - 02 - 03), 12).unwrap(),
            name: "张桂芳".parse().unwrap(),
            mobile: "13812345678".parse().unwrap(),
            address: Some(Private("北京东路41号".to_owned())),
            psn_no: Some(Private("3200CANARY".to_owned())),
        };
        let sealed = seal(&form, Asker::Desk("320100".to_owned()), &keys, PersonId::new(Uuid::now_v7()));
        let json = serde_json::to_string(&sealed).unwrap();
        for text in [format!("{form:?}"), format!("{sealed:?}"), json] {
            for secret in [form.id_number.number(), "张桂芳", "13812345678", "北京东路", "CANARY"] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }
}
