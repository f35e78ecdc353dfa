//! Kinship-registry: whether bonds are active, who stands on which side, and which have ended.

use chassis::{
    batch::Writer,
    client::{Peer, with_deadline, within},
    feed::{Cursor, Progress, Source, Watermark},
};
use futures::{Stream, StreamExt as _};
use policy::{BondStanding, Programme};
use prost::Message as _;
use proto::kinship::{
    BatchCheckBondsRequest, BondCheck, BondEvent, BondState, StreamEventsRequest,
    kinship_service_client::KinshipServiceClient,
};
use saga::ReturnCause;
use standards::{BondId, PersonId};
use tonic::Status;

use super::{LOOK_UP, MAX_PAGE, malformed, sift, store, words};
use crate::{
    command::{BondItem, Followed, Items, Unreadable},
    keeper::Keeper,
};

/// The name of the cursor.
pub const FEED: &str = "kinship";

/// A question about a bond.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    pub bond: BondId,
    pub sharer: PersonId,
    pub beneficiary: PersonId,
    pub programme: Programme,
}

/// Asks whether bonds are active now between these persons in this programme, or only suspended, in order. `None`:
/// nobody knows it.
pub async fn check(peer: &Peer, questions: &[Question]) -> Result<Vec<Option<BondStanding>>, Status> {
    let checks = questions
        .iter()
        .map(|question| BondCheck {
            bond_id: question.bond.to_string(),
            sharer_person_id: question.sharer.to_string(),
            beneficiary_person_id: question.beneficiary.to_string(),
            programme: border::wire::programme(question.programme).into(),
            at_time: None,
        })
        .collect();
    let mut client = KinshipServiceClient::new(peer.clone());
    let request = with_deadline(BatchCheckBondsRequest { checks }, LOOK_UP);
    let reply = within(LOOK_UP, client.batch_check_bonds(request)).await?.into_inner();
    if reply.results.len() != questions.len() {
        return Err(malformed("check"));
    }
    let standing = |(question, result): (&Question, &proto::kinship::BondCheckResult)| {
        let known = result.bond_revision > 0;
        // What alone suspends a bond is a fact about one of the two, which is judged from identity's own answer, by
        // its own rule and as of now: the registry hears of it a moment later.
        let active = result.active || !result.suspended_reason.is_empty();
        known.then_some(BondStanding { active, programme: question.programme })
    };
    Ok(questions.iter().zip(&reply.results).map(standing).collect())
}

/// The registry's stream.
pub struct BondSource {
    pub peer: Peer,
    pub writer: Writer<Keeper>,
}

/// An event, or why it cannot be read.
pub type Item = Result<BondItem, Unreadable>;

impl Source for BondSource {
    type Item = Item;

    async fn open(
        &self,
        cursor: Cursor,
    ) -> Result<impl Stream<Item = Result<(Vec<Item>, Watermark), Status>> + Send + Unpin, Status> {
        let mut client = KinshipServiceClient::new(self.peer.clone()).max_decoding_message_size(MAX_PAGE);
        let request = StreamEventsRequest { after_position: cursor.sequence, after_hash: cursor.hash_text() };
        let stream = client.stream_events(request).await?.into_inner();
        Ok(stream.map(|page| {
            let page = page?;
            let watermark = words::watermark(page.position, &page.hash, page.complete_through.as_ref())?;
            Ok((page.items.iter().map(item).collect(), watermark))
        }))
    }

    async fn take(&self, items: Vec<Item>, from: Cursor, to: Watermark) -> Result<Progress, Status> {
        let (read, unreadable) = sift(FEED, items);
        let items = Items::Kinship(read);
        let page = Followed { feed: FEED.to_owned(), from, to: to.cursor, items, unreadable };
        store(&self.writer, page).await
    }
}

fn item(event: &BondEvent) -> Item {
    read(event).map_err(|error| Unreadable {
        position: event.position,
        bytes: hex::encode(event.encode_to_vec()),
        error: error.to_string(),
    })
}

fn read(event: &BondEvent) -> Result<BondItem, words::Unreadable> {
    let bond = event.bond.as_ref().ok_or(words::Unreadable("bond"))?;
    Ok(BondItem {
        position: event.position,
        bond: words::read("bond_id", &bond.bond_id)?,
        sharer: words::read("sharer_person_id", &bond.sharer_person_id)?,
        beneficiary: words::read("beneficiary_person_id", &bond.beneficiary_person_id)?,
        revision: bond.revision,
        ended: ended(bond.state(), bond.dissolve_reason()),
    })
}

const fn ended(state: BondState, reason: proto::kinship::DissolveReason) -> Option<ReturnCause> {
    match state {
        BondState::Dissolved => Some(words::cause(reason)),
        // Never active, so nothing was shared under it; it cannot be from now on either.
        BondState::Rejected | BondState::Expired | BondState::Withdrawn => Some(ReturnCause::BondDissolved),
        BondState::Unspecified | BondState::PendingConsent | BondState::Active | BondState::Suspended => None,
    }
}
