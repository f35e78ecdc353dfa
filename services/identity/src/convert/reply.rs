//! Nouns into replies. Whoever is named is named by a mask.

use proto::identity as wire;
use standards::{PersonId, Sex, civil};

use super::part;
use crate::{
    person::{Enrolment, Place, Standing},
    read::{Portrait, Standings},
};

/// A person, masked.
pub(crate) fn person(portrait: Portrait) -> wire::Person {
    wire::Person {
        person_id: portrait.person.to_string(),
        masked_name: portrait.masked_name,
        masked_id_number: portrait.masked_id_number,
        birth_day: civil::day_text(portrait.birth_day),
        sex: match portrait.sex {
            Sex::Male => wire::Sex::Male,
            Sex::Female => wire::Sex::Female,
        }
        .into(),
        mobile_masked: portrait.masked_mobile,
        psn_no: portrait.psn_no.unwrap_or_default(),
        state: match portrait.deceased {
            false => wire::PersonState::Alive,
            true => wire::PersonState::Deceased,
        }
        .into(),
        revision: portrait.revision,
        medical_code_activated: portrait.code_active,
    }
}

/// The reply of RegisterPerson.
pub(crate) fn registered(portrait: Portrait, existed: bool) -> wire::RegisterPersonResponse {
    wire::RegisterPersonResponse { person: Some(person(portrait)), existed }
}

/// The reply of RecordEnrolment.
pub(crate) fn enrolled(enrolment: &Enrolment) -> wire::RecordEnrolmentResponse {
    wire::RecordEnrolmentResponse { enrolment: Some(part::enrolment(enrolment)) }
}

/// The reply of AssignPlaceOfUse.
pub(crate) fn assigned(place: Place) -> wire::AssignPlaceOfUseResponse {
    wire::AssignPlaceOfUseResponse {
        place_of_use: place.pool.to_string(),
        wallet_id: place.wallet.to_string(),
        position: place.position,
    }
}

/// The reply of BatchGetStanding, in the order asked.
pub(crate) fn standings(asked: &[PersonId], found: &Standings) -> wire::BatchGetStandingResponse {
    let one = |person: &PersonId| match found.get(person) {
        Some((known, position)) => standing(known, *position),
        None => wire::Standing { person_id: person.to_string(), ..wire::Standing::default() },
    };
    wire::BatchGetStandingResponse { standings: asked.iter().map(one).collect() }
}

/// What holds about a known person up to `position`.
pub(super) fn standing(standing: &Standing, position: i64) -> wire::Standing {
    let place = standing.place;
    wire::Standing {
        person_id: standing.person.to_string(),
        known: true,
        enrolments: standing.enrolments.iter().map(part::enrolment).collect(),
        place_of_use: place.map(|place| place.pool.to_string()).unwrap_or_default(),
        wallet_id: place.map(|place| place.wallet.to_string()).unwrap_or_default(),
        deceased_day: standing.deceased_on.map(civil::day_text).unwrap_or_default(),
        as_of_position: position,
        birth_day: civil::day_text(standing.birth_day),
        benefits: standing.benefits.iter().map(part::benefit).collect(),
        suspensions: standing.sanctions.iter().map(part::suspension).collect(),
        contact_overdue: standing.contact_overdue,
        medical_code_activated: standing.code_active,
        code_proxy_person_ids: standing.code_proxies.iter().map(|proxy| proxy.shower.to_string()).collect(),
        remote_care_filings: standing.filings.iter().map(|f| part::filing(standing.person, f)).collect(),
        out_of_province_purchase: standing.out_of_province.unwrap_or_default(),
    }
}

/// Contact data, masked.
pub(crate) fn contact(portrait: Portrait) -> wire::Contact {
    wire::Contact {
        person_id: portrait.person.to_string(),
        mobile_masked: portrait.masked_mobile,
        address_masked: portrait.contact.masked_address.unwrap_or_default(),
        changed_day: portrait.contact.changed_on.map(civil::day_text).unwrap_or_default(),
    }
}
