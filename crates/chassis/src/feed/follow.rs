//! The following side of a feed: opens the peer's stream at the stored cursor, hands each page to the
//! service's writer, and opens it again with backoff when it ends. It never skips a page.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt as _, Stream, StreamExt};
use time::OffsetDateTime;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tracing::{error, info, warn};

use super::{Cursor, Watermark, stored};
use crate::{batch::MAX_COMMANDS, crash_point, db::Database, status};

/// The first and the longest pause before a stream is opened again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
/// A source beats every second; a stream without a page for so long is opened again, unless told otherwise.
pub const SILENCE: Duration = Duration::from_secs(60);
/// A cursor that moves over nothing but uninteresting records is stored this often.
const IDLE: Duration = Duration::from_millis(500);
/// Pages that wait are stored together until they hold so many items.
const TOGETHER: usize = 2 * MAX_COMMANDS;

/// How fresh a followed source is: the source's time up to which everything is known here.
#[derive(Clone, Debug, Default)]
pub struct Freshness(Arc<AtomicI64>);

impl Freshness {
    /// Everything up to this instant is known here; the epoch before the first page.
    pub fn through(&self) -> OffsetDateTime {
        let micros = self.0.load(Ordering::Acquire);
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    fn advance(&self, through: OffsetDateTime) {
        let micros = i64::try_from(through.unix_timestamp_nanos() / 1_000).unwrap_or(0);
        self.0.fetch_max(micros, Ordering::AcqRel);
    }
}

/// What the service's writer made of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Stored, and the cursor stands at the page's end.
    Advanced,
    /// Another process has advanced the cursor: read it again.
    Elsewhere,
}

/// A page as it comes from the peer: its items, and how far it reaches.
pub type ReadPage<T> = Result<(Vec<T>, Watermark), Status>;

/// A peer's stream.
pub trait Source: Send + Sync + 'static {
    /// What one page holds.
    type Item: Send + 'static;

    /// Opens the stream after `cursor`.
    fn open(
        &self,
        cursor: Cursor,
    ) -> impl Future<Output = Result<impl Stream<Item = ReadPage<Self::Item>> + Send + Unpin, Status>> + Send;

    /// Stores a page and advances the cursor from `from` in one transaction; called only when the page moves
    /// the cursor.
    fn take(
        &self,
        items: Vec<Self::Item>,
        from: Cursor,
        to: Watermark,
    ) -> impl Future<Output = Result<Progress, Status>> + Send;
}

/// What a follower runs with.
pub struct Follower<S> {
    /// Names the feed, its cursor and its logs: `identity`, `book-32-01`.
    pub name: String,
    /// Where the cursor is stored.
    pub database: Database,
    /// The peer, and what to do with its pages.
    pub source: S,
    /// Told how fresh the source is.
    pub freshness: Freshness,
    /// Ends the follower.
    pub stop: CancellationToken,
}

/// Follows until stopped.
pub async fn follow<S: Source>(follower: Follower<S>) {
    follow_within(follower, SILENCE).await;
}

/// As [`follow`]; a stream that does not open, or brings no page, for `silence` is opened again.
pub async fn follow_within<S: Source>(follower: Follower<S>, silence: Duration) {
    let mut pause = PAUSES.0;
    while !follower.stop.is_cancelled() {
        let ended = tokio::select! {
            () = follower.stop.cancelled() => return,
            // A page that panics is one that cannot be taken: it is read again, and never skipped.
            ended = AssertUnwindSafe(pages(&follower, silence, &mut pause)).catch_unwind() => {
                ended.unwrap_or_else(|_| Err(Status::internal("it panicked")))
            }
        };
        match ended {
            Err(status) if status::reason(&status).as_deref() == Some("CHAIN_FORKED") => {
                error!(feed = %follower.name, "the source was restored to an earlier state; a person must decide");
                pause = PAUSES.1;
            }
            Err(status) => {
                warn!(feed = %follower.name, code = ?status.code(), cause = status.message(), "a feed is opened again");
            }
            Ok(()) => info!(feed = %follower.name, "a feed ended and is opened again"),
        }
        tokio::select! {
            () = follower.stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(PAUSES.1);
    }
}

async fn pages<S: Source>(
    follower: &Follower<S>,
    silence: Duration,
    pause: &mut Duration,
) -> Result<(), Status> {
    let name = follower.name.clone();
    let mut cursor = follower
        .database
        .read(move |mut conn| async move { stored::cursor(&mut conn, &name).await })
        .await
        .map_err(|error| Status::unavailable(error.to_string()))?;
    let silent = |_| Status::deadline_exceeded("the stream is silent");
    let mut stream = timeout(silence, follower.source.open(cursor)).await.map_err(silent)??;
    let mut stored_at = Instant::now();
    while let Some(page) = timeout(silence, stream.next()).await.map_err(silent)? {
        let (items, watermark, ended) = gather(page?, &mut stream);
        *pause = PAUSES.0;
        // A page that says nothing to us moves the cursor as well, but need not be stored at once.
        if watermark.cursor != cursor && (!items.is_empty() || stored_at.elapsed() >= IDLE) {
            crash_point!("feed.before_take", [follower.name.as_str()]);
            match follower.source.take(items, cursor, watermark).await? {
                Progress::Advanced => cursor = watermark.cursor,
                Progress::Elsewhere => return Ok(()),
            }
            crash_point!("feed.after_take", [follower.name.as_str()]);
            stored_at = Instant::now();
        }
        follower.freshness.advance(watermark.through);
        ended?;
    }
    Ok(())
}

/// A page and those that wait behind it already: each time that something is stored costs a commit, and whoever is
/// behind would stay behind. What ends the stream comes after the pages before it.
fn gather<T>(
    (mut items, mut watermark): (Vec<T>, Watermark),
    stream: &mut (impl Stream<Item = ReadPage<T>> + Unpin),
) -> (Vec<T>, Watermark, Result<(), Status>) {
    while items.len() < TOGETHER {
        match stream.next().now_or_never().flatten() {
            Some(Ok((more, later))) => {
                items.extend(more);
                watermark = later;
            }
            Some(Err(status)) => return (items, watermark, Err(status)),
            None => break,
        }
    }
    (items, watermark, Ok(()))
}
