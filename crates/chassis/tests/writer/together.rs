//! Pages of a feed that wait are stored together, and none is lost or told twice when the stream ends behind them.

use std::sync::{Arc, Mutex};

use chassis::{
    db::Database,
    feed::{self, Cursor, Follower, Freshness, Progress, ReadPage, Source, Watermark},
};
use futures::{Stream, StreamExt as _, stream};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::bench;

/// Pages of three items each that a source has before its stream breaks.
const PAGES: i64 = 5;
/// Pages in all; the last one of a stream is followed by an error.
const ALL: i64 = 12;

/// What was stored: from where, to where, which items.
type Taken = Vec<(i64, i64, Vec<i64>)>;

/// A peer that always has several pages ready.
struct Behind {
    taken: Arc<Mutex<Taken>>,
    done: CancellationToken,
}

fn page(number: i64) -> ReadPage<i64> {
    let cursor = Cursor { sequence: number * 10, ..Cursor::START };
    Ok((
        vec![number * 3, number * 3 + 1, number * 3 + 2],
        Watermark { cursor, through: OffsetDateTime::UNIX_EPOCH },
    ))
}

impl Source for Behind {
    type Item = i64;

    async fn open(&self, _: Cursor) -> Result<impl Stream<Item = ReadPage<i64>> + Send + Unpin, Status> {
        let after = self.taken.lock().expect("nobody panics").last().map_or(0, |(_, to, _)| to / 10);
        let pages = (after + 1..=ALL.min(after + PAGES)).map(page);
        Ok(stream::iter(pages.chain([Err(Status::unavailable("the way is cut"))])).boxed())
    }

    async fn take(&self, items: Vec<i64>, from: Cursor, to: Watermark) -> Result<Progress, Status> {
        self.taken.lock().expect("nobody panics").push((from.sequence, to.cursor.sequence, items));
        if to.cursor.sequence == ALL * 10 {
            self.done.cancel();
        }
        Ok(Progress::Advanced)
    }
}

#[tokio::test]
async fn pages_that_wait_are_stored_together_and_before_the_error_that_follows_them() {
    let bench = bench().await;
    let (taken, done) = (Arc::new(Mutex::default()), CancellationToken::new());
    let follower = Follower {
        name: "behind".to_owned(),
        database: Database::connect(&bench.url, "together-test").await.expect("the database answers"),
        source: Behind { taken: Arc::clone(&taken), done: done.clone() },
        freshness: Freshness::default(),
        stop: done,
    };
    feed::follow(follower).await;
    let taken = taken.lock().expect("nobody panics");
    let steps: Vec<(i64, i64)> = taken.iter().map(|(from, to, _)| (*from, *to)).collect();
    // The stored cursor never moves here, so each stream begins at it; what was taken decides where the peer goes on.
    assert_eq!(steps.iter().map(|(_, to)| *to).collect::<Vec<_>>(), [50, 100, 120]);
    let items: Vec<i64> = taken.iter().flat_map(|(_, _, items)| items.clone()).collect();
    assert_eq!(items, (3..(ALL + 1) * 3).collect::<Vec<_>>(), "every item once and in order");
}
