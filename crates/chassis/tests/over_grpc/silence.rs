//! A stream that stays open and says nothing: its follower does not wait for ever, and one that speaks is left alone.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chassis::{
    client::{self, Peer},
    db::Database,
    feed::{self, Cursor, Follower, Freshness, Progress, ReadPage, Source, Watermark},
};
use futures::{Stream, StreamExt as _};
use sqlx::migrate::Migrator;
use testkit::faults::{Proxy, Side};
use time::OffsetDateTime;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::support::{OPTIONS, at_once, start};

/// How long a stream may be silent here.
const SILENCE: Duration = Duration::from_millis(800);
/// How often the service says something: far more often than the machine may pause.
const BEAT: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(20);
/// No tables but those of the chassis.
static NONE: Migrator = Migrator::DEFAULT;

/// How often a stream was opened, and how many pages came.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    opened: u32,
    pages: u32,
}

/// A service's health as a feed: each change is a page.
struct Beats {
    peer: Peer,
    seen: Arc<watch::Sender<Seen>>,
}

impl Source for Beats {
    type Item = ();

    async fn open(&self, cursor: Cursor) -> Result<impl Stream<Item = ReadPage<()>> + Send + Unpin, Status> {
        self.seen.send_modify(|seen| seen.opened += 1);
        let mut health = HealthClient::new(self.peer.clone());
        let stream = health.watch(HealthCheckRequest::default()).await?.into_inner();
        let seen = Arc::clone(&self.seen);
        Ok(stream.map(move |page| {
            page?;
            seen.send_modify(|seen| seen.pages += 1);
            Ok((Vec::new(), Watermark { cursor, through: OffsetDateTime::UNIX_EPOCH }))
        }))
    }

    async fn take(&self, _: Vec<()>, _: Cursor, _: Watermark) -> Result<Progress, Status> {
        Ok(Progress::Advanced)
    }
}

async fn until(seen: &watch::Sender<Seen>, wanted: impl Fn(&Seen) -> bool) -> Seen {
    let mut seen = seen.subscribe();
    let found = tokio::time::timeout(PATIENCE, seen.wait_for(wanted)).await;
    *found.expect("it came true in time").expect("the follower counts")
}

#[tokio::test]
async fn a_stream_that_falls_silent_is_opened_again_and_one_that_speaks_is_not() {
    let url = testkit::database::fresh("silence").await.expect("a fresh database");
    let database = Database::connect(&url, "silence").await.expect("the database answers");
    database.migrate(&NONE).await.expect("migrations apply");
    let server = start(OPTIONS, |_| at_once()).await;
    let proxy = Proxy::before(server.address).await.expect("a port is free");
    let health = server.health.clone();
    let speaker = tokio::spawn(async move {
        let mut beat = tokio::time::interval(BEAT);
        loop {
            beat.tick().await;
            health.serving().await;
            beat.tick().await;
            health.not_serving().await;
        }
    });
    let seen = Arc::new(watch::Sender::new(Seen::default()));
    let peer = client::peer(&proxy.address().to_string(), None).unwrap();
    let stop = CancellationToken::new();
    let follower = Follower {
        name: "beats".to_owned(),
        database,
        source: Beats { peer, seen: Arc::clone(&seen) },
        freshness: Freshness::default(),
        stop: stop.clone(),
    };
    let following = tokio::spawn(feed::follow_within(follower, SILENCE));

    let began = Instant::now();
    let spoken = until(&seen, |seen| seen.pages >= 120).await;
    assert!(began.elapsed() > SILENCE, "{spoken:?} says nothing about silence");
    assert_eq!(spoken.opened, 1, "{spoken:?}");
    // Nobody is told of it: connection and stream stay, and nothing comes.
    proxy.partition(Side::Replies);
    until(&seen, |seen| seen.opened >= 3).await;
    proxy.heal();
    let heard = seen.borrow().pages;
    until(&seen, |seen| seen.pages > heard + 10).await;

    stop.cancel();
    following.await.unwrap();
    speaker.abort();
}
