//! Asks identity how persons stand. Every failure means the same: identity is away, and nothing is decided.
//!
//! It keeps nothing: facts are asked for before each decision, so that none is older than the request.

use std::time::Duration;

use bond::{MaskedPerson, Member};
use chassis::client::{Peer, with_deadline, within};
use policy::{Benefit, BenefitKind, Enrolment, EnrolmentStatus, Scheme};
use proto::identity::{
    BatchGetStandingRequest, Benefit as WireBenefit, Enrolment as WireEnrolment,
    EnrolmentStatus as WireStatus, GetPersonRequest, Person as WirePerson, Scheme as WireScheme,
    Sex as WireSex, Standing, Suspension as WireSuspension, identity_service_client::IdentityServiceClient,
};
use standards::{PersonId, Pool, Sex, civil};
use time::Date;
use tonic::{Code, Status};

use crate::{
    persons::Person,
    stand::{Stand, Term},
};

/// The longest that a request waits for identity.
const PATIENCE: Duration = Duration::from_secs(2);

/// Identity gave no answer that can be used; the cause is logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("identity does not answer")]
pub(crate) struct Away;

/// A handle to identity. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Identity {
    client: IdentityServiceClient<Peer>,
}

impl Identity {
    /// Over a channel that may not be connected yet.
    pub(crate) fn new(peer: Peer) -> Self {
        Self { client: IdentityServiceClient::new(peer) }
    }

    /// How persons stand on a civil day, in the order asked.
    pub(crate) async fn standings(
        &self,
        persons: &[PersonId],
        day: Date,
        limit: Duration,
    ) -> Result<Vec<Person>, Away> {
        let message = BatchGetStandingRequest {
            person_ids: persons.iter().map(PersonId::to_string).collect(),
            on_day: civil::day_text(day),
        };
        let (limit, mut client) = (limit.min(PATIENCE), self.client.clone());
        let asked = within(limit, client.batch_get_standing(with_deadline(message, limit)));
        let standings = asked.await.map_err(|status| away(&status))?.into_inner().standings;
        let read: Option<Vec<_>> =
            standings.iter().zip(persons).map(|(found, asked)| person(found, *asked)).collect();
        read.filter(|read| read.len() == persons.len()).ok_or_else(|| {
            tracing::error!(asked = persons.len(), got = standings.len(), "identity's answer cannot be read");
            Away
        })
    }

    /// How somebody is called, masked, with sex and day of birth; `None` for a person nobody knows.
    pub(crate) async fn named(&self, asked: PersonId, limit: Duration) -> Result<Option<Named>, Away> {
        let message = GetPersonRequest { person_id: asked.to_string() };
        let (limit, mut client) = (limit.min(PATIENCE), self.client.clone());
        let found = match within(limit, client.get_person(with_deadline(message, limit))).await {
            Ok(reply) => reply.into_inner().person,
            Err(status) if status.code() == Code::NotFound => return Ok(None),
            Err(status) => return Err(away(&status)),
        };
        found.filter(|found| found.person_id == asked.to_string()).and_then(named).map(Some).ok_or_else(
            || {
                tracing::error!("identity's answer about a person cannot be read");
                Away
            },
        )
    }
}

fn away(status: &Status) -> Away {
    tracing::warn!(code = ?status.code(), message = status.message(), "identity did not answer");
    Away
}

/// What identity tells about somebody beside the standing.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// Name and id number as a certificate shows them.
    pub(crate) masked: MaskedPerson,
    /// For the family record.
    pub(crate) member: Member,
}

fn named(person: WirePerson) -> Option<Named> {
    let sex = match person.sex() {
        WireSex::Unspecified => None,
        WireSex::Male => Some(Sex::Male),
        WireSex::Female => Some(Sex::Female),
    };
    let member = Member { born: day_or_none(&person.birth_day)?, sex, died: None };
    let masked = MaskedPerson { name: person.masked_name, id_number: person.masked_id_number };
    Some(Named { masked, member })
}

/// How a standing reads. The outer `None` for one that cannot be read, the inner one for an unknown person.
fn person(standing: &Standing, asked: PersonId) -> Option<Person> {
    if standing.person_id != asked.to_string() {
        return None;
    }
    let stand = if standing.known { Some(stand(standing)?) } else { None };
    Some(Person { id: asked, stand, seen: standing.as_of_position })
}

/// What a standing says about somebody; `None` if it cannot be read.
pub(super) fn stand(standing: &Standing) -> Option<Stand> {
    let shown_by = standing.code_proxy_person_ids.iter().map(|id| PersonId::parse(id).ok());
    Some(Stand {
        enrolments: standing.enrolments.iter().map(enrolment).collect::<Option<_>>()?,
        place_of_use: match standing.place_of_use.as_str() {
            "" => None,
            text => Some(text.parse::<Pool>().ok()?),
        },
        deceased: day_or_none(&standing.deceased_day)?,
        born: day_or_none(&standing.birth_day)?,
        benefits: standing.benefits.iter().map(benefit).collect::<Option<_>>()?,
        suspensions: standing.suspensions.iter().map(term).collect::<Option<_>>()?,
        contact_overdue: standing.contact_overdue,
        medical_code_activated: standing.medical_code_activated,
        code_shown_by: shown_by.collect::<Option<_>>()?,
    })
}

fn enrolment(wire: &WireEnrolment) -> Option<Enrolment> {
    Some(Enrolment {
        scheme: scheme(wire.scheme())?,
        has_personal_account: wire.has_personal_account,
        pool: wire.pooling_area.parse().ok()?,
        status: status(wire.status())?,
        valid_from: civil::parse_day(&wire.valid_from)?,
        valid_to: day_or_none(&wire.valid_to)?,
    })
}

fn benefit(wire: &WireBenefit) -> Option<Benefit> {
    let kind = wire.kind().as_str_name();
    Some(Benefit {
        kind: BenefitKind::parse(kind.strip_prefix("BENEFIT_KIND_")?)?,
        valid_from: civil::parse_day(&wire.valid_from)?,
        valid_to: day_or_none(&wire.valid_to)?,
    })
}

fn term(wire: &WireSuspension) -> Option<Term> {
    Some(Term { from: civil::parse_day(&wire.from_day)?, to: day_or_none(&wire.to_day)? })
}

/// The outer `None` for what is no day, the inner one where none was named.
fn day_or_none(text: &str) -> Option<Option<Date>> {
    if text.is_empty() { Some(None) } else { civil::parse_day(text).map(Some) }
}

const fn scheme(wire: WireScheme) -> Option<Scheme> {
    match wire {
        WireScheme::Unspecified => None,
        WireScheme::Employee => Some(Scheme::Employee),
        WireScheme::FlexibleEmployee => Some(Scheme::FlexibleEmployee),
        WireScheme::Resident => Some(Scheme::Resident),
        WireScheme::RetiredCadre => Some(Scheme::RetiredCadre),
    }
}

const fn status(wire: WireStatus) -> Option<EnrolmentStatus> {
    match wire {
        WireStatus::Unspecified => None,
        WireStatus::Normal => Some(EnrolmentStatus::Normal),
        WireStatus::Suspended => Some(EnrolmentStatus::Suspended),
        WireStatus::InArrears => Some(EnrolmentStatus::InArrears),
        WireStatus::Frozen => Some(EnrolmentStatus::Frozen),
        WireStatus::Terminated => Some(EnrolmentStatus::Terminated),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    const ASKED: &str = "01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7e";
    const DAY: Date = date!(2026 - 01 - 15);

    fn standing() -> Standing {
        Standing {
            person_id: ASKED.into(),
            known: true,
            enrolments: vec![WireEnrolment {
                scheme: WireScheme::Employee.into(),
                has_personal_account: true,
                pooling_area: "320100".into(),
                status: WireStatus::Normal.into(),
                valid_from: "2020-07-01".into(),
                ..WireEnrolment::default()
            }],
            place_of_use: "320100".into(),
            as_of_position: 7,
            ..Standing::default()
        }
    }

    fn read(standing: &Standing) -> Option<Person> {
        person(standing, PersonId::parse(ASKED).unwrap())
    }

    #[test]
    fn a_standing_becomes_facts() {
        let person = read(&standing()).unwrap();
        let facts = person.stand.unwrap().facts(person.id, DAY);
        assert_eq!((facts.deceased, person.seen), (Some(false), 7));
        assert_eq!(facts.account_enrolment(DAY).unwrap().pool.to_string(), "320100");
        assert_eq!((facts.wallet, facts.standing), (None, None));
    }

    #[test]
    fn with_a_birth_day_everything_else_is_a_fact_too() {
        let whole = Standing {
            birth_day: "1980-02-03".into(),
            benefits: vec![WireBenefit {
                kind: proto::identity::BenefitKind::ChronicOutpatient.into(),
                valid_from: "2026-01-01".into(),
                ..WireBenefit::default()
            }],
            suspensions: vec![WireSuspension { from_day: "2026-01-15".into(), ..WireSuspension::default() }],
            contact_overdue: true,
            ..standing()
        };
        let person = read(&whole).unwrap();
        let told = person.stand.unwrap().facts(person.id, DAY).standing.unwrap();
        assert_eq!((told.settlement_suspended, told.contact_overdue), (Some(true), Some(true)));
        assert_eq!(told.medical_code_activated, Some(false));
        assert_eq!(told.benefits.unwrap()[0].kind, BenefitKind::ChronicOutpatient);
    }

    #[test]
    fn an_unknown_person_is_no_error() {
        let unknown = Standing { person_id: ASKED.into(), ..Standing::default() };
        assert_eq!(read(&unknown).unwrap().stand, None);
    }

    #[test]
    fn what_cannot_be_read_is_never_guessed() {
        let spoilt: [fn(&mut Standing); 10] = [
            |s| s.person_id = "01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7f".into(),
            |s| s.deceased_day = "yesterday".into(),
            |s| s.place_of_use = "320000".into(),
            |s| s.enrolments[0].scheme = 99,
            |s| s.enrolments[0].status = WireStatus::Unspecified.into(),
            |s| s.enrolments[0].pooling_area.clear(),
            |s| s.enrolments[0].valid_from.clear(),
            |s| s.birth_day = "long ago".into(),
            |s| s.benefits = vec![WireBenefit::default()],
            |s| s.code_proxy_person_ids = vec!["somebody".into()],
        ];
        for spoil in spoilt {
            let mut standing = standing();
            spoil(&mut standing);
            assert!(read(&standing).is_none(), "{standing:?}");
        }
    }

    #[test]
    fn who_dies_later_is_alive_today() {
        for (day, deceased) in [("2026-01-15", true), ("2026-01-16", false)] {
            let person = read(&Standing { deceased_day: day.into(), ..standing() }).unwrap();
            assert_eq!(person.stand.unwrap().facts(person.id, DAY).deceased, Some(deceased), "{day}");
        }
    }
}
