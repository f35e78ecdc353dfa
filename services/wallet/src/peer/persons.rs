//! Identity's stream of persons, kept as what this book must know of them.

use std::sync::Arc;

use chassis::{
    batch::Lane,
    client::Peer,
    feed::{Cursor, Progress, Source, Watermark},
};
use futures::{Stream, StreamExt as _};
use policy::EnrolmentStatus;
use proto::identity::{
    EnrolmentStatus as WireStatus, PersonEvent, Standing, StreamEventsRequest,
    identity_service_client::IdentityServiceClient,
};
use standards::{PersonId, WalletId, civil};
use tonic::Status;

use crate::{
    command::Command,
    facts::{KnownEnrolment, KnownPerson},
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
    let day = |text: &str| match text {
        "" => Ok(None),
        text => civil::parse_day(text).map(Some).ok_or("a day is malformed"),
    };
    let enrolments = standing.enrolments.iter().map(|enrolment| {
        Ok(KnownEnrolment {
            pool: enrolment.pooling_area.parse().map_err(|_| "an enrolment's pooling area is unknown")?,
            personal_account: enrolment.has_personal_account,
            status: match enrolment.status() {
                WireStatus::Normal => EnrolmentStatus::Normal,
                WireStatus::Suspended => EnrolmentStatus::Suspended,
                WireStatus::InArrears => EnrolmentStatus::InArrears,
                WireStatus::Frozen => EnrolmentStatus::Frozen,
                WireStatus::Terminated => EnrolmentStatus::Terminated,
                WireStatus::Unspecified => return Err("an enrolment's status is unknown"),
            },
            from: day(&enrolment.valid_from)?.ok_or("an enrolment has no first day")?,
            to: day(&enrolment.valid_to)?,
        })
    });
    Ok(KnownPerson {
        person: PersonId::parse(&standing.person_id).map_err(|_| "a person's id is malformed")?,
        deceased_day: day(&standing.deceased_day)?,
        place_of_use: match standing.place_of_use.as_str() {
            "" => None,
            place => Some(place.parse().map_err(|_| "a place of use is unknown")?),
        },
        wallet: match standing.wallet_id.as_str() {
            "" => None,
            wallet => Some(WalletId::parse(wallet).map_err(|_| "a wallet's id is malformed")?),
        },
        enrolments: enrolments.collect::<Result<_, _>>()?,
    })
}
