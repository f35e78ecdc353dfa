//! Settlement's stream of institutions, kept as what this book must know of them.

use std::sync::Arc;

use chassis::{
    batch::Lane,
    client::Peer,
    feed::{Cursor, Progress, Source, Watermark},
};
use futures::{Stream, StreamExt as _};
use proto::settlement::{
    InstitutionEvent, StreamEventsRequest, institution_service_client::InstitutionServiceClient,
};
use standards::civil;
use tonic::Status;

use crate::{command::Command, facts::KnownInstitution, shared::Shared};

/// The stream, and the writer that keeps it.
pub(crate) struct Institutions {
    client: InstitutionServiceClient<Peer>,
    shared: Arc<Shared>,
}

impl Institutions {
    pub(crate) fn new(channel: Peer, shared: Arc<Shared>) -> Self {
        Self { client: InstitutionServiceClient::new(channel), shared }
    }
}

impl Source for Institutions {
    type Item = InstitutionEvent;

    async fn open(
        &self,
        cursor: Cursor,
    ) -> Result<impl Stream<Item = Result<(Vec<InstitutionEvent>, Watermark), Status>> + Send + Unpin, Status>
    {
        let request = StreamEventsRequest { after_position: cursor.sequence, after_hash: cursor.hash_text() };
        let pages = self.client.clone().stream_events(request).await?.into_inner();
        Ok(pages.map(|page| {
            let page = page?;
            let watermark = super::watermark(page.position, &page.hash, page.complete_through.as_ref())?;
            Ok((page.items, watermark))
        }))
    }

    async fn take(
        &self,
        events: Vec<InstitutionEvent>,
        from: Cursor,
        to: Watermark,
    ) -> Result<Progress, Status> {
        let now = self.shared.clock.now();
        let page = super::page((from, to), now, events, |event| event.position, known);
        super::progress(self.shared.decide(Lane::Bulk, Command::Institutions(page)).await?.outcome)
    }
}

/// An institution as settlement tells; or what of it cannot be read.
fn known(event: &InstitutionEvent) -> Result<KnownInstitution, &'static str> {
    let institution = event.institution.as_ref().ok_or("an event has no institution")?;
    let day = |text: &str| civil::parse_day(text).ok_or("a day is malformed");
    Ok(KnownInstitution {
        code: institution.institution_code.parse().map_err(|_| "an institution's code is malformed")?,
        pool: institution.pooling_area.parse().map_err(|_| "an institution's pooling area is unknown")?,
        wallet_supported: institution.wallet_supported,
        designated_from: day(&institution.designated_from)?,
        designated_to: match institution.designated_to.as_str() {
            "" => None,
            text => Some(day(text)?),
        },
        suspended: institution.suspended,
        special_outpatient: institution.remote_special_outpatient,
    })
}
