//! Pages of records into batches of bond events. A record that changed no bond (a refusal) gives no item, but
//! the position moves over it.

use border::wire::timestamp;
use chassis::{
    failure,
    feed::{Page, Recorded},
};
use proto::kinship as wire;
use serde::Deserialize;
use standards::civil;
use tonic::Status;

use super::reply::{View, bond};
use crate::{outcome::Outcome, registered::Registered};

/// The part of a record that a stream needs.
#[derive(Deserialize)]
struct Body {
    outcome: Outcome,
}

/// One batch of the stream.
///
/// # Errors
/// INTERNAL if a record of ours cannot be read.
pub(crate) fn events(page: &Page) -> Result<wire::StreamEventsResponse, Status> {
    let mut items = Vec::with_capacity(page.records.len());
    for record in &page.records {
        let body: Body = serde_json::from_str(&record.body).map_err(|cause| {
            failure::broken(&format!("record {} is unreadable: {cause}", record.sequence))
        })?;
        items.extend(body.outcome.bonds().iter().map(|changed| item(changed, record)));
    }
    Ok(wire::StreamEventsResponse {
        items,
        position: page.watermark.cursor.sequence,
        hash: page.watermark.cursor.hash_text(),
        complete_through: Some(timestamp(page.watermark.through)),
        epoch: page.epoch,
    })
}

fn item(changed: &Registered, record: &Recorded) -> wire::BondEvent {
    wire::BondEvent {
        position: record.sequence,
        bond: Some(bond(changed, View::Basic)),
        civil_day: civil::day_text(civil::day(record.at)),
        time: Some(timestamp(record.at)),
    }
}
