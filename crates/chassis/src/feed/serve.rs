//! The serving side of a feed: pages of records that end with a batch, and a watermark each second so that
//! a quiet source differs from a late one. A slow reader holds nothing: each page is its own short read.

use std::time::Duration;

use futures::{Stream, stream};
use mistakes::{Mistake, made};
use time::OffsetDateTime;
use tokio::sync::watch;

use super::{Cursor, Watermark};
use crate::{
    batch::{MAX_COMMANDS, Standing},
    chain::GENESIS,
    clock::Clock,
    db::{Database, DbError},
    sql,
};

/// Records in one page, wanted or not: at least one batch fits, and the page stays below the size of a message.
const PAGE: i64 = 2 * MAX_COMMANDS as i64;
/// A watermark is sent at least this often.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// So long a page that could be sent waits for more, so that followers store tens of batches at once.
const GATHER: Duration = Duration::from_millis(10);

/// One record as it was stored.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its number.
    pub sequence: i64,
    /// What kind of command it was.
    pub label: String,
    /// JSON {"command", "outcome"}.
    pub body: String,
    /// When it was decided (book time).
    pub at: OffsetDateTime,
}

/// Whole batches of records; empty for a mere watermark.
#[derive(Clone, Debug)]
pub struct Page {
    /// Records with the wanted labels, oldest first.
    pub records: Vec<Recorded>,
    /// Everything up to here was looked at.
    pub watermark: Watermark,
    /// Made with the database; another value means another database.
    pub epoch: i64,
    /// Whether more follows already.
    pub is_partial: bool,
}

/// Why a feed cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The cursor is not one of this chain: one side was restored from a backup.
    #[error("the chain does not contain the cursor")]
    Forked,
    /// The database failed; reading may be tried again.
    #[error(transparent)]
    Database(#[from] DbError),
}

/// What a stream reads from.
#[derive(Clone)]
pub struct Feed {
    database: Database,
    clock: Clock,
    standing: watch::Receiver<Standing>,
}

impl Feed {
    /// A feed over a writer's records; `standing` is [`crate::batch::Writer::standing`].
    pub fn new(database: Database, clock: Clock, standing: watch::Receiver<Standing>) -> Self {
        Self { database, clock, standing }
    }

    /// The next whole batches after `after`, of the records with one of `labels`.
    pub async fn page(&self, after: Cursor, labels: &'static [&'static str]) -> Result<Page, FeedError> {
        // Read before the batches: whatever is committed later than this is not claimed to be known.
        let now = self.clock.now();
        let read = self.database.read(move |mut conn| async move {
            let end = sql::page_end(&mut conn, after.sequence, PAGE).await?;
            let is_known = end.known.as_deref() == Some(&after.hash[..]) || made(Mistake::CursorWithoutHash);
            if after.sequence > 0 && !is_known {
                return Ok(None);
            }
            let last = end.last_seq.zip(end.hash);
            let Some((sequence, hash)) = last else { return Ok(Some((vec![], after, true, end.epoch))) };
            let rows = sql::records_between(&mut conn, after.sequence, sequence, labels).await?;
            let cursor = Cursor { sequence, hash: (&hash[..]).try_into().unwrap_or(GENESIS) };
            Ok(Some((rows, cursor, sequence == end.head, end.epoch)))
        });
        let (rows, cursor, complete, epoch) = read.await?.ok_or(FeedError::Forked)?;
        let records: Vec<Recorded> = rows
            .into_iter()
            .map(|row| Recorded { sequence: row.seq, label: row.label, body: row.body, at: row.at })
            .collect();
        let through = match records.last() {
            Some(last) if !complete => last.at,
            None if !complete => OffsetDateTime::UNIX_EPOCH,
            _ => now,
        };
        Ok(Page { records, watermark: Watermark { cursor, through }, epoch, is_partial: !complete })
    }

    /// Pages from `after` on, for ever; ends after an error.
    ///
    /// A page is sent when it holds something wanted, and a mere watermark after each heartbeat.
    pub fn stream(
        self,
        after: Cursor,
        labels: &'static [&'static str],
    ) -> impl Stream<Item = Result<Page, FeedError>> + Send + 'static {
        stream::unfold(Some((self, after, true)), move |state| async move {
            let (mut feed, after, more) = state?;
            // Behind, there is more to read at once; otherwise the writer says when.
            if !more && !feed.awaited(after, labels).await {
                return None;
            }
            match feed.page(after, labels).await {
                Ok(page) => {
                    let more = page.watermark.cursor != after && page.is_partial;
                    let next = (feed, page.watermark.cursor, more);
                    Some((Ok(page), Some(next)))
                }
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// Waits until there is something wanted after `after`, or for a heartbeat; false once the writer has ended:
    /// the service drains, and so does the stream.
    async fn awaited(&mut self, after: Cursor, labels: &'static [&'static str]) -> bool {
        let wanted = async {
            let found = self.standing.wait_for(|standing| standing.may_hold(after.sequence, labels)).await;
            found.is_ok()
        };
        match tokio::time::timeout(HEARTBEAT, wanted).await {
            Ok(true) => {
                tokio::time::sleep(GATHER).await;
                true
            }
            Ok(false) => false,
            Err(_) => true,
        }
    }
}
