//! The serving side of a feed: pages of records that end with a batch, and a watermark each second so that
//! a quiet source differs from a late one. A slow reader holds nothing: each page is its own short read.

use std::time::Duration;

use futures::{Stream, stream};
use time::OffsetDateTime;
use tokio::sync::watch;

use super::{Cursor, Watermark};
use crate::{
    chain::GENESIS,
    clock::Clock,
    db::{Database, DbError},
    sql,
};

/// Batches in one page: a page never holds more than 2 × 512 records, and so stays below the size of a message.
const PAGE_BATCHES: i64 = 2;
/// A watermark is sent at least this often.
const HEARTBEAT: Duration = Duration::from_secs(1);

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
    head: watch::Receiver<i64>,
}

impl Feed {
    /// A feed over a writer's records; `head` is [`crate::batch::Writer::head`].
    pub fn new(database: Database, clock: Clock, head: watch::Receiver<i64>) -> Self {
        Self { database, clock, head }
    }

    /// The next whole batches after `after`, of the records with one of `labels`.
    pub async fn page(&self, after: Cursor, labels: &'static [&'static str]) -> Result<Page, FeedError> {
        // Read before the batches: whatever is committed later than this is not claimed to be known.
        let now = self.clock.now();
        let read = self.database.read(move |mut conn| async move {
            if after.sequence > 0
                && sql::batch_hash(&mut conn, after.sequence).await?.as_deref() != Some(&after.hash[..])
            {
                return Ok(None);
            }
            let epoch = sql::head(&mut conn).await?.epoch;
            let batches = sql::batches_after(&mut conn, after.sequence, PAGE_BATCHES).await?;
            let complete = i64::try_from(batches.len()).is_ok_and(|n| n < PAGE_BATCHES);
            let Some(last) = batches.last() else { return Ok(Some((vec![], after, complete, epoch))) };
            let cursor =
                Cursor { sequence: last.last_seq, hash: (&last.hash[..]).try_into().unwrap_or(GENESIS) };
            let rows = sql::records_between(&mut conn, after.sequence, cursor.sequence, labels).await?;
            Ok(Some((rows, cursor, complete, epoch)))
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
        Ok(Page { records, watermark: Watermark { cursor, through }, epoch })
    }

    /// Pages from `after` on, for ever; ends after an error.
    pub fn stream(
        self,
        after: Cursor,
        labels: &'static [&'static str],
    ) -> impl Stream<Item = Result<Page, FeedError>> + Send + 'static {
        stream::unfold(Some((self, after, true)), move |state| async move {
            let (mut feed, after, first) = state?;
            loop {
                feed.head.mark_unchanged();
                let page = match feed.page(after, labels).await {
                    Ok(page) => page,
                    Err(error) => return Some((Err(error), None)),
                };
                let moved = page.watermark.cursor != after;
                if !moved && !first {
                    // Woken by a batch before the heartbeat: look again, else send the watermark.
                    match tokio::time::timeout(HEARTBEAT, feed.head.changed()).await {
                        Ok(Ok(())) => continue,
                        // The writer has ended: the service drains, and so does the stream.
                        Ok(Err(_)) => return None,
                        Err(_) => {}
                    }
                }
                let next = (feed, page.watermark.cursor, false);
                return Some((Ok(page), Some(next)));
            }
        })
    }
}
