//! BookService: settlement's commands, the stream of records, the chain's head, and audits.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::ready,
    sync::Arc,
};

use chassis::{
    access,
    batch::{Answer, Lane, SubmitError},
    failure,
    feed::{Page, Recorded},
    serve,
    status::Refusal,
};
use futures::StreamExt as _;
use ledger::{Command as BookCommand, Outcome as BookOutcome};
use proto::wallet::{self as wire, book_service_server::BookService};
use tonic::{Request, Response, Status};

use super::{Replies, audit, read, wallet::cursor};
use crate::{
    command::{Command, LABELS},
    convert::{
        self,
        book::{Became, Sent},
        record, timestamp,
    },
    error,
    outcome::{Outcome, Told},
    shared::Shared,
    sql,
};

/// The service over one book.
pub(crate) struct Books(pub(crate) Arc<Shared>);

/// Somebody waits for these; what only tidies up goes behind.
fn is_waited_for(command: &BookCommand) -> bool {
    matches!(
        command,
        BookCommand::Earmark(_) | BookCommand::Grant(_) | BookCommand::Claim(_) | BookCommand::Decline(_)
    )
}

/// What a command became; none if nothing is known. The batch's hash is still missing where it was an earlier one.
fn told(answer: Result<Answer<Outcome>, SubmitError>) -> Option<Became> {
    let (sequence, hash, outcome) = match answer.ok()? {
        Answer::Fresh { sequence, hash, outcome, .. } => {
            (sequence, sequence.map(|_| hex::encode(hash)), outcome)
        }
        Answer::Repeated { sequence, outcome } => (Some(sequence), None, outcome),
        Answer::IdReused | Answer::IdOutOfWindow => {
            let outcome = BookOutcome::Refused(ledger::Refusal::RequestIdReused);
            return Some(Became { sequence: 0, hash: String::new(), consumed: None, outcome });
        }
    };
    let Outcome::Book(Told { outcome, since, consumed, .. }) = outcome else { return None };
    let sequence = sequence.or(since).unwrap_or(0);
    Some(Became { sequence, hash: hash.unwrap_or_default(), consumed, outcome })
}

impl Books {
    /// Has the known commands decided; one result for each that was sent, in order.
    async fn decide(&self, sent: &[Sent]) -> Result<Vec<Option<Became>>, Status> {
        let known: Vec<Command> =
            sent.iter().filter_map(|(_, command)| command.clone().map(Command::Book)).collect();
        let waited = sent.iter().filter_map(|(_, command)| command.as_ref()).any(is_waited_for);
        let lane = if waited { Lane::Interactive } else { Lane::Bulk };
        let answers = self.0.writer.submit_all(lane, known).await.map_err(failure::busy)?;
        let mut became: Vec<Option<Became>> = answers.into_iter().map(told).collect();
        let earlier = became.iter().flatten().filter(|became| became.sequence > 0 && became.hash.is_empty());
        let mut earlier: Vec<i64> = earlier.map(|became| became.sequence).collect();
        if earlier.is_empty() {
            return Ok(became);
        }
        earlier.sort_unstable();
        earlier.dedup();
        let held =
            read(&self.0, move |mut conn| async move { Ok(sql::chain::holding(&mut conn, &earlier).await?) });
        let hashes: BTreeMap<i64, String> =
            held.await?.into_iter().map(|held| (held.seq, hex::encode(held.hash))).collect();
        for became in became.iter_mut().flatten().filter(|became| became.hash.is_empty()) {
            became.hash = hashes.get(&became.sequence).cloned().unwrap_or_default();
        }
        Ok(became)
    }
}

/// The page with the records whose labels this version does not know, which no feed was asked for: a newer version
/// has written them, and whoever follows must hear that they are there.
async fn whole(shared: &Shared, after: i64, mut page: Page) -> Result<Page, Status> {
    let told: BTreeSet<i64> = page.records.iter().map(|record| record.sequence).collect();
    let strange = (after + 1..=page.watermark.cursor.sequence).filter(|sequence| !told.contains(sequence));
    let strange: Vec<i64> = strange.collect();
    if strange.is_empty() {
        return Ok(page);
    }
    let stored =
        read(shared, move |mut conn| async move { Ok(sql::chain::records_of(&mut conn, &strange).await?) });
    page.records.extend(stored.await?.into_iter().map(|stored| Recorded {
        sequence: stored.seq,
        label: stored.label,
        body: stored.body,
        at: stored.at,
    }));
    page.records.sort_by_key(|record| record.sequence);
    Ok(page)
}

#[tonic::async_trait]
impl BookService for Books {
    async fn apply(
        &self,
        request: Request<wire::ApplyRequest>,
    ) -> Result<Response<wire::ApplyResponse>, Status> {
        access::caller(&request)?;
        let sent = convert::book::commands(request.into_inner())?;
        let mut became = self.decide(&sent).await?.into_iter();
        let outcomes = sent.into_iter().map(|(id, command)| match command {
            Some(_) => convert::book::outcome(id, became.next().flatten()),
            None => convert::book::unsupported(id),
        });
        let outcomes = outcomes.collect();
        Ok(Response::new(wire::ApplyResponse { outcomes, book_id: self.0.book.to_string() }))
    }

    type StreamEntriesStream = Replies<wire::StreamEntriesResponse>;

    async fn stream_entries(
        &self,
        request: Request<wire::StreamEntriesRequest>,
    ) -> Result<Response<Self::StreamEntriesStream>, Status> {
        let cursor = cursor(request.get_ref().after_position, &request.get_ref().after_hash)?;
        let book = self.0.book;
        let pages = self.0.feed.clone().stream(cursor, LABELS);
        let pages = pages.scan(cursor.sequence, |reached, page| {
            let after = *reached;
            if let Ok(page) = &page {
                *reached = page.watermark.cursor.sequence;
            }
            ready(Some((after, page)))
        });
        let shared = Arc::clone(&self.0);
        let pages = pages.then(move |(after, page)| {
            let shared = Arc::clone(&shared);
            async move {
                let page = whole(&shared, after, page.map_err(failure::feed)?).await?;
                Ok(record::page(book, &page))
            }
        });
        Ok(Response::new(Box::pin(serve::until_draining(&request, pages))))
    }

    async fn get_chain_head(
        &self,
        request: Request<wire::GetChainHeadRequest>,
    ) -> Result<Response<wire::GetChainHeadResponse>, Status> {
        access::caller(&request)?.in_province(self.0.book.province())?;
        let head = read(&self.0, |mut conn| async move { Ok(sql::chain::head(&mut conn).await?) }).await?;
        let (book, hash) = (self.0.book, hex::encode(&head.hash));
        let signer = self.0.signer.as_ref();
        Ok(Response::new(wire::GetChainHeadResponse {
            book_id: book.to_string(),
            sequence: head.seq,
            time: Some(timestamp(head.at)),
            signature: signer.map(|signer| signer.sign(book, head.seq, &hash, head.at)).unwrap_or_default(),
            key_id: signer.map(|signer| signer.key_id().to_owned()).unwrap_or_default(),
            hash,
        }))
    }

    type AuditStream = Replies<wire::AuditResponse>;

    async fn audit(
        &self,
        request: Request<wire::AuditRequest>,
    ) -> Result<Response<Self::AuditStream>, Status> {
        access::caller(&request)?.in_province(self.0.book.province())?;
        let (from, to) = (request.get_ref().from_sequence, request.get_ref().to_sequence);
        if from < 0 || to < 0 || (to > 0 && from > to) {
            let english = "a range of records; 0 for its ends";
            return Err(error::field("from_sequence", "OUT_OF_RANGE", english, "记录范围不正确"));
        }
        let checked = audit::run(Arc::clone(&self.0), from.max(1), to);
        Ok(Response::new(Box::pin(serve::until_draining(&request, checked))))
    }
}

/// What a reader of an audit is told when the book never stands still.
pub(crate) fn busy() -> Status {
    Refusal::unavailable().what_to_do("ask again when the book is quieter", "请在业务空闲时重试").into()
}
