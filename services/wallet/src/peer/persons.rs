//! Identity's stream of persons, kept as what this book must know of them.

use std::sync::Arc;

use chassis::{
    batch::Lane,
    client::Peer,
    feed::{Cursor, Progress, Source, Watermark},
};
use futures::{Stream, StreamExt as _};
use policy::{Benefit, BenefitKind, Enrolment, EnrolmentStatus, Filing, Scheme};
use proto::identity::{
    Benefit as WireBenefit, Enrolment as WireEnrolment, PersonEvent, RemoteCareFiling, Standing,
    StreamEventsRequest, Suspension, identity_service_client::IdentityServiceClient,
};
use standards::{PersonId, WalletId, civil};
use time::Date;
use tonic::Status;

use crate::{
    command::Command,
    facts::{KnownPerson, Term},
    shared::Shared,
};

/// The stream, and the writer that keeps it.
pub(crate) struct Persons {
    client: IdentityServiceClient<Peer>,
    shared: Arc<Shared>,
}

impl Persons {
    pub(crate) fn new(channel: Peer, shared: Arc<Shared>) -> Self {
        Self { client: IdentityServiceClient::new(channel), shared }
    }
}

impl Source for Persons {
    type Item = PersonEvent;

    async fn open(
        &self,
        cursor: Cursor,
    ) -> Result<impl Stream<Item = Result<(Vec<PersonEvent>, Watermark), Status>> + Send + Unpin, Status>
    {
        let request = StreamEventsRequest { after_position: cursor.sequence, after_hash: cursor.hash_text() };
        let pages = self.client.clone().stream_events(request).await?.into_inner();
        Ok(pages.map(|page| {
            let page = page?;
            let watermark = super::watermark(page.position, &page.hash, page.complete_through.as_ref())?;
            Ok((page.items, watermark))
        }))
    }

    async fn take(&self, events: Vec<PersonEvent>, from: Cursor, to: Watermark) -> Result<Progress, Status> {
        let now = self.shared.clock.now();
        let page = super::page(
            (from, to),
            now,
            events,
            |event| event.position,
            |event| known(event.standing.as_ref().ok_or("an event has no standing")?),
        );
        super::progress(self.shared.decide(Lane::Bulk, Command::Persons(page)).await?.outcome)
    }
}

/// A person as identity tells; or what of it cannot be read.
pub(crate) fn known(standing: &Standing) -> Result<KnownPerson, &'static str> {
    let person = PersonId::parse(&standing.person_id).map_err(|_| "a person's id is malformed")?;
    let showers = standing.code_proxy_person_ids.iter();
    let showers =
        showers.map(|id| PersonId::parse(id).map_err(|_| "the id of who shows a code is malformed"));
    Ok(KnownPerson {
        deceased_day: day_or_none(&standing.deceased_day)?,
        place_of_use: match standing.place_of_use.as_str() {
            "" => None,
            place => Some(place.parse().map_err(|_| "a place of use is unknown")?),
        },
        wallet: match standing.wallet_id.as_str() {
            "" => None,
            wallet => Some(WalletId::parse(wallet).map_err(|_| "a wallet's id is malformed")?),
        },
        enrolments: standing.enrolments.iter().map(enrolment).collect::<Result<_, _>>()?,
        birth_day: day_or_none(&standing.birth_day)?,
        benefits: standing
            .benefits
            .iter()
            .filter_map(|wire| benefit(wire).transpose())
            .collect::<Result<_, _>>()?,
        suspensions: standing.suspensions.iter().map(suspension).collect::<Result<_, _>>()?,
        filings: standing.remote_care_filings.iter().map(filing).collect::<Result<_, _>>()?,
        purchase_elsewhere: standing.out_of_province_purchase,
        code_active: standing.medical_code_activated,
        contact_overdue: standing.contact_overdue,
        code_shown_by: showers.collect::<Result<_, _>>()?,
        ..KnownPerson::blank(person)
    })
}

fn enrolment(wire: &WireEnrolment) -> Result<Enrolment, &'static str> {
    let scheme = wire.scheme().as_str_name().strip_prefix("SCHEME_").and_then(Scheme::parse);
    let status =
        wire.status().as_str_name().strip_prefix("ENROLMENT_STATUS_").and_then(EnrolmentStatus::parse);
    Ok(Enrolment {
        scheme: scheme.ok_or("an enrolment's scheme is unknown")?,
        has_personal_account: wire.has_personal_account,
        pool: wire.pooling_area.parse().map_err(|_| "an enrolment's pooling area is unknown")?,
        status: status.ok_or("an enrolment's status is unknown")?,
        valid_from: day(&wire.valid_from)?,
        valid_to: day_or_none(&wire.valid_to)?,
    })
}

/// None for a kind of a later version: no rule of this one asks for it, and it must not hide a death.
fn benefit(wire: &WireBenefit) -> Result<Option<Benefit>, &'static str> {
    let kind = wire.kind().as_str_name().strip_prefix("BENEFIT_KIND_").and_then(BenefitKind::parse);
    let Some(kind) = kind else { return Ok(None) };
    let (valid_from, valid_to) = (day(&wire.valid_from)?, day_or_none(&wire.valid_to)?);
    Ok(Some(Benefit { kind, valid_from, valid_to }))
}

fn suspension(wire: &Suspension) -> Result<Term, &'static str> {
    Ok(Term { from: day(&wire.from_day)?, to: day_or_none(&wire.to_day)? })
}

fn filing(wire: &RemoteCareFiling) -> Result<Filing, &'static str> {
    Ok(Filing {
        place: wire.treatment_pooling_area.parse().map_err(|_| "a filing's place is unknown")?,
        institutions: wire.institution_codes.clone(),
        valid_from: day(&wire.valid_from)?,
        valid_to: day_or_none(&wire.valid_to)?,
    })
}

fn day(text: &str) -> Result<Date, &'static str> {
    civil::parse_day(text).ok_or("a day is malformed")
}

fn day_or_none(text: &str) -> Result<Option<Date>, &'static str> {
    if text.is_empty() { Ok(None) } else { day(text).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = "01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7e";

    fn standing() -> Standing {
        Standing {
            person_id: ASKED.to_owned(),
            known: true,
            enrolments: vec![WireEnrolment {
                scheme: proto::identity::Scheme::Employee.into(),
                has_personal_account: true,
                pooling_area: "320100".to_owned(),
                status: proto::identity::EnrolmentStatus::Frozen.into(),
                valid_from: "2020-07-01".to_owned(),
                ..WireEnrolment::default()
            }],
            benefits: vec![WireBenefit {
                kind: proto::identity::BenefitKind::SpecialOutpatient.into(),
                valid_from: "2025-01-01".to_owned(),
                ..WireBenefit::default()
            }],
            suspensions: vec![Suspension { from_day: "2026-01-05".to_owned(), ..Suspension::default() }],
            remote_care_filings: vec![RemoteCareFiling {
                treatment_pooling_area: "320500".to_owned(),
                institution_codes: vec!["H32050000001".to_owned()],
                valid_from: "2026-01-01".to_owned(),
                ..RemoteCareFiling::default()
            }],
            birth_day: "1957-05-06".to_owned(),
            code_proxy_person_ids: vec![ASKED.to_owned()],
            medical_code_activated: true,
            ..Standing::default()
        }
    }

    #[test]
    fn a_standing_becomes_what_is_kept() {
        let known = known(&standing()).expect("it can be read");
        assert_eq!(known.enrolments[0].status, EnrolmentStatus::Frozen);
        assert_eq!(known.benefits[0].kind, BenefitKind::SpecialOutpatient);
        assert_eq!(known.filings[0].institutions, ["H32050000001"]);
        assert_eq!((known.suspensions.len(), known.code_shown_by.len()), (1, 1));
        assert!(known.code_active && !known.purchase_elsewhere && !known.contact_overdue);
    }

    #[test]
    fn what_cannot_be_read_is_never_guessed() {
        let spoilt: [fn(&mut Standing); 8] = [
            |s| s.person_id.clear(),
            |s| s.deceased_day = "yesterday".to_owned(),
            |s| s.place_of_use = "320000".to_owned(),
            |s| s.enrolments[0].scheme = 99,
            |s| s.enrolments[0].status = 0,
            |s| s.suspensions[0].from_day.clear(),
            |s| s.remote_care_filings[0].treatment_pooling_area.clear(),
            |s| s.code_proxy_person_ids = vec!["somebody".to_owned()],
        ];
        for spoil in spoilt {
            let mut standing = standing();
            spoil(&mut standing);
            assert!(known(&standing).is_err(), "{standing:?}");
        }
    }

    #[test]
    fn a_benefit_of_a_later_version_hides_nothing_else() {
        let mut standing = standing();
        standing.benefits[0].kind = 99;
        standing.deceased_day = "2026-01-05".to_owned();
        let known = known(&standing).unwrap();
        assert!(known.benefits.is_empty() && known.deceased_day.is_some());
    }
}
