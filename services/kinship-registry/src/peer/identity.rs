//! Asks identity how persons stand. Every failure means the same: identity is away, and nothing is decided.
//!
//! It keeps nothing: facts are asked for before each decision, so that none is older than the request.

use std::time::Duration;

use chassis::client::{Peer, with_deadline, within};
use policy::{Enrolment, EnrolmentStatus, PersonFacts, Scheme};
use proto::identity::{
    BatchGetStandingRequest, Enrolment as WireEnrolment, EnrolmentStatus as WireStatus, Scheme as WireScheme,
    Standing, identity_service_client::IdentityServiceClient,
};
use standards::{PersonId, Pool, civil};
use time::Date;

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

    /// How persons stand on a civil day, in the order asked; `None` for a person nobody knows.
    pub(crate) async fn standings(
        &self,
        persons: &[PersonId],
        day: Date,
        limit: Duration,
    ) -> Result<Vec<Option<PersonFacts>>, Away> {
        let message = BatchGetStandingRequest {
            person_ids: persons.iter().map(PersonId::to_string).collect(),
            on_day: civil::day_text(day),
        };
        let (limit, mut client) = (limit.min(PATIENCE), self.client.clone());
        let asked = within(limit, client.batch_get_standing(with_deadline(message, limit)));
        let reply = asked.await.map_err(|status| {
            tracing::warn!(code = ?status.code(), message = status.message(), "identity did not answer");
            Away
        })?;
        let standings = reply.into_inner().standings;
        let read: Option<Vec<_>> =
            standings.iter().zip(persons).map(|(found, asked)| facts(found, *asked, day)).collect();
        read.filter(|read| read.len() == persons.len()).ok_or_else(|| {
            tracing::error!(asked = persons.len(), got = standings.len(), "identity's answer cannot be read");
            Away
        })
    }
}

/// The outer `None` for a standing that cannot be read, the inner one for an unknown person.
fn facts(standing: &Standing, asked: PersonId, day: Date) -> Option<Option<PersonFacts>> {
    if standing.person_id != asked.to_string() {
        return None;
    }
    if !standing.known {
        return Some(None);
    }
    let deceased = match standing.deceased_day.as_str() {
        "" => false,
        text => civil::parse_day(text)? <= day,
    };
    let place_of_use = match standing.place_of_use.as_str() {
        "" => None,
        text => Some(text.parse::<Pool>().ok()?),
    };
    Some(Some(PersonFacts {
        person: asked,
        deceased: Some(deceased),
        enrolments: Some(standing.enrolments.iter().map(enrolment).collect::<Option<Vec<_>>>()?),
        place_of_use,
        wallet: None,
        standing: None,
    }))
}

fn enrolment(wire: &WireEnrolment) -> Option<Enrolment> {
    Some(Enrolment {
        scheme: scheme(wire.scheme())?,
        has_personal_account: wire.has_personal_account,
        pool: wire.pooling_area.parse().ok()?,
        status: status(wire.status())?,
        valid_from: civil::parse_day(&wire.valid_from)?,
        valid_to: match wire.valid_to.as_str() {
            "" => None,
            text => Some(civil::parse_day(text)?),
        },
    })
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
            ..Standing::default()
        }
    }

    fn read(standing: &Standing) -> Option<Option<PersonFacts>> {
        facts(standing, PersonId::parse(ASKED).unwrap(), DAY)
    }

    #[test]
    fn a_standing_becomes_facts() {
        let facts = read(&standing()).unwrap().unwrap();
        assert_eq!(facts.deceased, Some(false));
        assert_eq!(facts.account_enrolment(DAY).unwrap().pool.to_string(), "320100");
        assert_eq!(facts.wallet, None);
    }

    #[test]
    fn an_unknown_person_is_no_error() {
        let unknown = Standing { person_id: ASKED.into(), ..Standing::default() };
        assert_eq!(read(&unknown), Some(None));
    }

    #[test]
    fn what_cannot_be_read_is_never_guessed() {
        let spoilt: [fn(&mut Standing); 7] = [
            |s| s.person_id = "01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7f".into(),
            |s| s.deceased_day = "yesterday".into(),
            |s| s.place_of_use = "320000".into(),
            |s| s.enrolments[0].scheme = 99,
            |s| s.enrolments[0].status = WireStatus::Unspecified.into(),
            |s| s.enrolments[0].pooling_area.clear(),
            |s| s.enrolments[0].valid_from.clear(),
        ];
        for spoil in spoilt {
            let mut standing = standing();
            spoil(&mut standing);
            assert_eq!(read(&standing), None, "{standing:?}");
        }
    }

    #[test]
    fn who_dies_later_is_alive_today() {
        for (day, deceased) in [("2026-01-15", true), ("2026-01-16", false)] {
            let facts = read(&Standing { deceased_day: day.into(), ..standing() }).unwrap().unwrap();
            assert_eq!(facts.deceased, Some(deceased), "{day}");
        }
    }
}
