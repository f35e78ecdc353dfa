//! Pages of records into batches of person events. A record that told nobody anything (a refusal, a repeat) gives
//! no item, but the position moves over it.

use border::wire::timestamp;
use chassis::feed::{Page, Recorded};
use proto::identity as wire;
use serde::Deserialize;
use standards::civil;

use super::reply;
use crate::{
    command::Outcome,
    error::Error,
    person::{Event, EventKind},
};

/// The part of a record that a stream needs.
#[derive(Deserialize)]
struct Body {
    outcome: Outcome,
}

/// One batch of the stream.
///
/// # Errors
/// If a record of ours cannot be read.
pub(crate) fn page(page: &Page) -> Result<wire::StreamEventsResponse, Error> {
    let mut items = Vec::with_capacity(page.records.len());
    for record in &page.records {
        let body: Body = serde_json::from_str(&record.body)
            .map_err(|_| Error::Broken("a record of the chain is unreadable"))?;
        items.extend(body.outcome.event().map(|event| item(event, record)));
    }
    Ok(wire::StreamEventsResponse {
        items,
        position: page.watermark.cursor.sequence,
        hash: page.watermark.cursor.hash_text(),
        complete_through: Some(timestamp(page.watermark.through)),
        epoch: page.epoch,
    })
}

fn item(event: &Event, record: &Recorded) -> wire::PersonEvent {
    wire::PersonEvent {
        position: record.sequence,
        person_id: event.standing.person.to_string(),
        sequence: event.sequence,
        kind: match event.kind {
            EventKind::Registered => wire::PersonEventKind::Registered,
            EventKind::EnrolmentRecorded => wire::PersonEventKind::EnrolmentRecorded,
            EventKind::PlaceOfUseAssigned => wire::PersonEventKind::PlaceOfUseAssigned,
            EventKind::BenefitRecorded => wire::PersonEventKind::BenefitRecorded,
            EventKind::Died => wire::PersonEventKind::Died,
            EventKind::ContactUpdated => wire::PersonEventKind::ContactUpdated,
            EventKind::ContactConfirmed => wire::PersonEventKind::ContactConfirmed,
            EventKind::SanctionImposed => wire::PersonEventKind::SanctionImposed,
            EventKind::SanctionLifted => wire::PersonEventKind::SanctionLifted,
            EventKind::RemoteCareFiled => wire::PersonEventKind::RemoteCareFiled,
            EventKind::RemoteCareWithdrawn => wire::PersonEventKind::RemoteCareWithdrawn,
            EventKind::PurchaseSwitchSet => wire::PersonEventKind::PurchaseSwitchSet,
            EventKind::CodeProxyLinked => wire::PersonEventKind::CodeProxyLinked,
            EventKind::CodeProxyUnlinked => wire::PersonEventKind::CodeProxyUnlinked,
            EventKind::MedicalCodeActivated => wire::PersonEventKind::MedicalCodeActivated,
        }
        .into(),
        civil_day: civil::day_text(civil::day(record.at)),
        business_time: Some(timestamp(event.business_time)),
        standing: Some(reply::standing(&event.standing, record.sequence)),
    }
}
