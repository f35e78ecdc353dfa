//! Nouns into replies. Whoever is named is named by a mask.

use policy::{EnrolmentStatus, Scheme};
use proto::identity as wire;
use standards::{PersonId, Sex, civil};

use crate::{
    person::{Enrolment, Place, Standing, has_personal_account, insutype},
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
        state: wire::PersonState::Alive.into(),
        revision: portrait.revision,
    }
}

/// The reply of RegisterPerson.
pub(crate) fn registered(portrait: Portrait, existed: bool) -> wire::RegisterPersonResponse {
    wire::RegisterPersonResponse { person: Some(person(portrait)), existed }
}

/// The reply of RecordEnrolment.
pub(crate) fn enrolled(enrolment: &Enrolment) -> wire::RecordEnrolmentResponse {
    wire::RecordEnrolmentResponse { enrolment: Some(render(enrolment)) }
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
        enrolments: standing.enrolments.iter().map(render).collect(),
        place_of_use: place.map(|place| place.pool.to_string()).unwrap_or_default(),
        wallet_id: place.map(|place| place.wallet.to_string()).unwrap_or_default(),
        deceased_day: String::new(),
        as_of_position: position,
        ..wire::Standing::default()
    }
}

fn render(enrolment: &Enrolment) -> wire::Enrolment {
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
