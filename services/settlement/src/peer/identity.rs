//! Identity: the standing of persons, and who has died.

use chassis::{
    batch::Writer,
    client::{Peer, with_deadline, within},
    feed::{Cursor, Progress, Source, Watermark},
};
use futures::{Stream, StreamExt as _};
use policy::{
    Benefit, BenefitKind, Enrolment, EnrolmentStatus, PersonFacts, PersonStanding, Scheme, WalletState,
};
use prost::Message as _;
use proto::identity::{
    BatchGetStandingRequest, PersonEvent, Standing, StreamEventsRequest,
    identity_service_client::IdentityServiceClient,
};
use standards::{PersonId, civil};
use time::Date;
use tonic::Status;

use super::{LOOK_UP, MAX_PAGE, malformed, sift, store, words};
use crate::{
    command::{Followed, Items, PersonItem, Unreadable},
    keeper::Keeper,
};

/// The name of the cursor.
pub const FEED: &str = "identity";

/// Looks up what identity says about persons, in the order asked.
pub async fn standings(peer: &Peer, persons: &[PersonId], day: Date) -> Result<Vec<PersonFacts>, Status> {
    let request = BatchGetStandingRequest {
        person_ids: persons.iter().map(ToString::to_string).collect(),
        on_day: civil::day_text(day),
    };
    let mut client = IdentityServiceClient::new(peer.clone()).max_decoding_message_size(MAX_PAGE);
    let reply =
        within(LOOK_UP, client.batch_get_standing(with_deadline(request, LOOK_UP))).await?.into_inner();
    if reply.standings.len() != persons.len() {
        return Err(malformed("standing"));
    }
    let facts = persons.iter().zip(&reply.standings).map(|(person, standing)| facts(*person, standing));
    facts.collect::<Result<_, _>>().map_err(|error| Status::data_loss(error.to_string()))
}

fn facts(person: PersonId, standing: &Standing) -> Result<PersonFacts, words::Unreadable> {
    if standing.person_id != person.to_string() {
        return Err(words::Unreadable("person_id"));
    }
    let place_of_use = match standing.place_of_use.as_str() {
        "" => None,
        place => Some(words::read("place_of_use", place)?),
    };
    // Whether a wallet is frozen is its book's to say, when it is granted a lot.
    let wallet = if standing.wallet_id.is_empty() { WalletState::NotOpened } else { WalletState::Active };
    Ok(PersonFacts {
        person,
        deceased: Some(!standing.deceased_day.is_empty()),
        enrolments: Some(standing.enrolments.iter().map(enrolment).collect::<Result<_, _>>()?),
        place_of_use,
        wallet: Some(wallet),
        standing: if standing.known { Some(with_the_authority(standing)?) } else { None },
    })
}

/// Benefits and suspensions are those of the day that was asked for.
fn with_the_authority(standing: &Standing) -> Result<PersonStanding, words::Unreadable> {
    let birth_day = civil::parse_day(&standing.birth_day).ok_or(words::Unreadable("birth_day"))?;
    Ok(PersonStanding {
        birth_day: Some(birth_day),
        benefits: Some(standing.benefits.iter().map(benefit).collect::<Result<_, _>>()?),
        settlement_suspended: Some(!standing.suspensions.is_empty()),
        contact_overdue: Some(standing.contact_overdue),
        medical_code_activated: Some(standing.medical_code_activated),
    })
}

fn benefit(wire: &proto::identity::Benefit) -> Result<Benefit, words::Unreadable> {
    let kind = words::bare(wire.kind().as_str_name(), "BENEFIT_KIND_");
    Ok(Benefit {
        kind: BenefitKind::parse(kind).ok_or(words::Unreadable("kind"))?,
        valid_from: civil::parse_day(&wire.valid_from).ok_or(words::Unreadable("valid_from"))?,
        valid_to: last_day(&wire.valid_to)?,
    })
}

fn last_day(text: &str) -> Result<Option<Date>, words::Unreadable> {
    match text {
        "" => Ok(None),
        day => civil::parse_day(day).map(Some).ok_or(words::Unreadable("valid_to")),
    }
}

fn enrolment(wire: &proto::identity::Enrolment) -> Result<Enrolment, words::Unreadable> {
    let scheme = words::bare(wire.scheme().as_str_name(), "SCHEME_");
    let status = words::bare(wire.status().as_str_name(), "ENROLMENT_STATUS_");
    Ok(Enrolment {
        scheme: Scheme::parse(scheme).ok_or(words::Unreadable("scheme"))?,
        has_personal_account: wire.has_personal_account,
        pool: words::read("pooling_area", &wire.pooling_area)?,
        status: EnrolmentStatus::parse(status).ok_or(words::Unreadable("status"))?,
        valid_from: civil::parse_day(&wire.valid_from).ok_or(words::Unreadable("valid_from"))?,
        valid_to: last_day(&wire.valid_to)?,
    })
}

/// Identity's stream.
pub struct PersonSource {
    pub peer: Peer,
    pub writer: Writer<Keeper>,
}

/// An event, or why it cannot be read.
pub type Item = Result<PersonItem, Unreadable>;

impl Source for PersonSource {
    type Item = Item;

    async fn open(
        &self,
        cursor: Cursor,
    ) -> Result<impl Stream<Item = Result<(Vec<Item>, Watermark), Status>> + Send + Unpin, Status> {
        let mut client = IdentityServiceClient::new(self.peer.clone()).max_decoding_message_size(MAX_PAGE);
        let request = StreamEventsRequest { after_position: cursor.sequence, after_hash: cursor.hash_text() };
        let stream = client.stream_events(request).await?.into_inner();
        Ok(stream.map(|page| {
            let page = page?;
            let watermark = words::watermark(page.position, &page.hash, page.complete_through.as_ref())?;
            Ok((page.items.iter().map(item).collect(), watermark))
        }))
    }

    async fn take(&self, items: Vec<Item>, from: Cursor, to: Watermark) -> Result<Progress, Status> {
        let (mut read, unreadable) = sift(FEED, items);
        // Only a death concerns settlement; everything else is asked when it is needed.
        read.retain(|item| item.deceased);
        let items = Items::Identity(read);
        let page = Followed { feed: FEED.to_owned(), from, to: to.cursor, items, unreadable };
        store(&self.writer, page).await
    }
}

fn item(event: &PersonEvent) -> Item {
    let person = words::read("person_id", &event.person_id).map_err(|error| Unreadable {
        position: event.position,
        bytes: hex::encode(event.encode_to_vec()),
        error: error.to_string(),
    })?;
    let deceased = event.standing.as_ref().is_some_and(|standing| !standing.deceased_day.is_empty());
    Ok(PersonItem { position: event.position, person, deceased })
}

#[cfg(test)]
mod tests {
    use proto::identity as wire;
    use time::macros::date;

    use super::*;

    const ASKED: &str = "01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7e";

    fn standing() -> Standing {
        Standing {
            person_id: ASKED.into(),
            known: true,
            birth_day: "1957-05-06".into(),
            benefits: vec![wire::Benefit {
                kind: wire::BenefitKind::DisabledSoldier16.into(),
                valid_from: "2025-01-01".into(),
                ..Default::default()
            }],
            suspensions: vec![wire::Suspension::default()],
            contact_overdue: true,
            medical_code_activated: true,
            ..Standing::default()
        }
    }

    fn read(standing: &Standing) -> Result<PersonFacts, words::Unreadable> {
        facts(PersonId::parse(ASKED).unwrap(), standing)
    }

    #[test]
    fn how_somebody_stands_becomes_facts_and_nobody_knows_how_a_stranger_does() {
        let read_back = read(&standing()).unwrap().standing.unwrap();
        let benefit =
            Benefit { kind: BenefitKind::DisabledSoldier, valid_from: date!(2025 - 01 - 01), valid_to: None };
        let expected = PersonStanding {
            birth_day: Some(date!(1957 - 05 - 06)),
            benefits: Some(vec![benefit]),
            settlement_suspended: Some(true),
            contact_overdue: Some(true),
            medical_code_activated: Some(true),
        };
        assert_eq!(read_back, expected);
        let stranger = Standing { person_id: ASKED.into(), ..Standing::default() };
        assert_eq!(read(&stranger).unwrap().standing, None);
    }

    #[test]
    fn what_cannot_be_read_is_never_guessed() {
        let spoilt: [fn(&mut Standing); 4] = [
            |s| s.birth_day.clear(),
            |s| s.benefits[0].kind = 99,
            |s| s.benefits[0].valid_from = "soon".into(),
            |s| s.benefits[0].valid_to = "later".into(),
        ];
        for spoil in spoilt {
            let mut standing = standing();
            spoil(&mut standing);
            assert!(read(&standing).is_err(), "{standing:?}");
        }
    }
}
