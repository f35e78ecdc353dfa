//! Follows identity's stream: every change of how a person stands, in order. It hands pages to the writer, which stores
//! them together with the cursor; an event that cannot be read is set aside with its bytes.

use border::wire::instant;
use chassis::{
    batch::{Lane, Writer},
    client::Peer,
    failure,
    feed::{Cursor, Progress, ReadPage, Source, Watermark},
    telemetry::metrics,
};
use futures::{Stream, StreamExt as _};
use prost::Message as _;
use proto::identity::{
    PersonEvent, StreamEventsRequest, StreamEventsResponse, identity_service_client::IdentityServiceClient,
};
use standards::PersonId;
use time::OffsetDateTime;
use tonic::Status;

use super::identity::stand;
use crate::{
    follow::{Followed, PersonItem},
    keeper::{Command, Keeper},
    outcome::Outcome,
    registry::Unreadable,
};

/// The name of the cursor.
pub(crate) const FEED: &str = "identity";
/// A page of the stream may be large.
const MAX_PAGE: usize = 32 * 1024 * 1024;

/// Identity's stream.
pub(crate) struct PersonSource {
    /// Where it comes from.
    pub(crate) peer: Peer,
    /// Where it goes to.
    pub(crate) writer: Writer<Keeper>,
}

/// An event, or why it cannot be read.
type Item = Result<PersonItem, Unreadable>;

impl Source for PersonSource {
    type Item = Item;

    async fn open(
        &self,
        cursor: Cursor,
    ) -> Result<impl Stream<Item = ReadPage<Item>> + Send + Unpin, Status> {
        let mut client = IdentityServiceClient::new(self.peer.clone()).max_decoding_message_size(MAX_PAGE);
        let request = StreamEventsRequest { after_position: cursor.sequence, after_hash: cursor.hash_text() };
        let stream = client.stream_events(request).await?.into_inner();
        Ok(stream.map(|page| {
            let page = page?;
            Ok((page.items.iter().map(item).collect(), watermark(&page)?))
        }))
    }

    async fn take(&self, items: Vec<Item>, from: Cursor, to: Watermark) -> Result<Progress, Status> {
        let mut page = Followed { from, to: to.cursor, items: Vec::new(), unreadable: Vec::new() };
        for item in items {
            match item {
                Ok(item) => page.items.push(item),
                Err(aside) => {
                    let (position, error) = (aside.position, aside.error.as_str());
                    tracing::error!(feed = FEED, position, error, "an event is set aside");
                    page.unreadable.push(aside);
                }
            }
        }
        if !page.unreadable.is_empty() {
            metrics::set_aside(FEED, page.unreadable.len());
        }
        let answer = self.writer.submit(Lane::Bulk, Command::Followed(Box::new(page))).await;
        match answer.map_err(failure::submit)?.into_outcome() {
            Ok(Outcome::Stored | Outcome::Followed { .. }) => Ok(Progress::Advanced),
            _ => Ok(Progress::Elsewhere),
        }
    }
}

fn item(event: &PersonEvent) -> Item {
    let unreadable = |error: &str| Unreadable {
        position: event.position,
        bytes: hex::encode(event.encode_to_vec()),
        error: error.to_owned(),
    };
    let person = PersonId::parse(&event.person_id).map_err(|_| unreadable("no person"))?;
    let standing = event.standing.as_ref().ok_or_else(|| unreadable("no standing"))?;
    Ok(PersonItem {
        position: event.position,
        person,
        stand: stand(standing).ok_or_else(|| unreadable("the standing cannot be read"))?,
        happened: event.business_time.and_then(instant),
    })
}

fn watermark(page: &StreamEventsResponse) -> Result<Watermark, Status> {
    // A source without any record stands at the start, whatever hash it names.
    let cursor =
        if page.position == 0 { Some(Cursor::START) } else { Cursor::parse(page.position, &page.hash) };
    let cursor = cursor.ok_or_else(|| Status::data_loss("the stream sent a malformed position"))?;
    let through = page.complete_through.and_then(instant).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    Ok(Watermark { cursor, through })
}
