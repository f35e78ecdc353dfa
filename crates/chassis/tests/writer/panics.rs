//! Panics at work: one in a batch costs its own command, one in a read its own call, one in a page of a feed a pause;
//! any other ends the service with an error, and none keeps a connection or a lock.

use std::{future::pending, sync::Arc, time::Duration};

use chassis::{
    batch::{Busy, Lane, SubmitError, Unknown},
    clock::Clock,
    config::ChassisArgs,
    db::{Database, DbError},
    feed::{self, Cursor, Follower, Freshness, Progress, ReadPage, Source, Watermark},
    serve::Api,
    service::Service,
};
use clap::Parser;
use futures::{Stream, StreamExt as _, future::join_all, stream};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{
    MIGRATOR, Tallies, add, bench,
    tallies::{PANIC_COMMITTED, PANIC_LOADING, PANIC_STORING},
};

/// More than there are connections that read.
const READS: usize = 24;
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Parser)]
struct Config {
    #[command(flatten)]
    chassis: ChassisArgs,
}

/// Nobody has left a transaction open, and nobody holds the head.
async fn assert_nothing_is_held(url: &SecretString) {
    let mut conn = PgConnection::connect(url.expose_secret()).await.expect("the database answers");
    let open = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL";
    let open = sqlx::query_scalar::<_, i64>(open).fetch_one(&mut conn).await;
    assert_eq!(open.expect("it counts"), 0);
    let head = sqlx::query("SELECT seq FROM head FOR UPDATE NOWAIT").execute(&mut conn).await;
    head.expect("the head is free");
}

#[tokio::test]
async fn a_panic_while_loading_or_storing_costs_its_own_command_only() {
    let bench = bench().await;
    let mut commands: Vec<_> = (0..64).map(|tally| add(tally, 1)).collect();
    (commands[7].delta, commands[40].delta) = (PANIC_LOADING, PANIC_STORING);
    let answers = bench.writer.submit_all(Lane::Bulk, commands).await.expect("they are taken");
    let unknown: Vec<usize> = (0..64).filter(|i| answers[*i] == Err(Unknown.into())).collect();
    assert_eq!(unknown, [7, 40]);
    let mut conn = bench.conn().await;
    let stored = "SELECT (SELECT count(*) FROM quarantine), (SELECT sum(total)::bigint FROM tally)";
    let stored: (i64, i64) = sqlx::query_as(stored).fetch_one(&mut conn).await.expect("it counts");
    assert_eq!(stored, (2, 62));
    assert_nothing_is_held(&bench.url).await;
}

#[tokio::test]
async fn a_panic_in_a_read_gives_its_connection_back() {
    let bench = bench().await;
    let database = Database::connect(&bench.url, "panics-test").await.expect("the database answers");
    let panicking = (0..READS).map(|n| {
        database.read(move |mut conn| async move {
            let mut rows =
                sqlx::query_scalar::<_, i32>("SELECT generate_series(1, 100000)").fetch(&mut *conn);
            let first = rows.next().await.expect("there are rows")?;
            // Some between two statements, some in the middle of one.
            if n % 2 == 0 {
                drop(rows);
            }
            assert_ne!(first, 1, "told to panic");
            Ok(())
        })
    });
    for ended in join_all(panicking).await {
        assert!(matches!(ended, Err(DbError::Panicked(_))), "{ended:?}");
    }
    let reads = (0..READS).map(|_| {
        database.read(|mut conn| async move {
            sqlx::query_scalar::<_, i32>("SELECT 1").fetch_one(&mut *conn).await
        })
    });
    for read in join_all(reads).await {
        assert_eq!(read.expect("connections are left"), 1);
    }
    assert_nothing_is_held(&bench.url).await;
}

async fn service(stop: &CancellationToken) -> (Service<Tallies>, SecretString) {
    let url = testkit::database::fresh("panics").await.expect("a fresh database");
    let args = Config::parse_from(["service", "--database-url", url.expose_secret()]).chassis;
    let opened = Service::open("test", args, Clock::system(), stop, &MIGRATOR, Arc::new(Tallies)).await;
    (opened.expect("it opens"), url)
}

async fn served(service: Service<Tallies>) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let serving = service.serve(listener, Api::new());
    tokio::time::timeout(PATIENCE, serving).await.expect("it ends")
}

#[tokio::test]
async fn a_writer_that_panics_ends_its_service_with_an_error_and_keeps_nobody_waiting() {
    let stop = CancellationToken::new();
    let (service, url) = service(&stop).await;
    let writer = service.writer.clone();
    let serving = tokio::spawn(served(service));
    let lost = writer.submit(Lane::Interactive, add(1, PANIC_COMMITTED)).await;
    assert_eq!(lost, Err(SubmitError::Unknown(Unknown)), "it was committed, and nobody knows");
    let ended = serving.await.expect("serving does not panic").expect_err("a part of it panicked");
    assert!(ended.to_string().contains("panicked"), "{ended}");
    let refused = writer.submit(Lane::Interactive, add(1, 1)).await;
    assert_eq!(refused, Err(SubmitError::Busy(Busy::Stopped)));
    assert_nothing_is_held(&url).await;
}

#[tokio::test]
async fn a_kept_task_that_panics_ends_its_service_with_an_error() {
    let stop = CancellationToken::new();
    let (service, _) = service(&stop).await;
    service.host.keep(async {});
    service.host.keep(async { panic!("told to panic") });
    let ended = served(service).await.expect_err("a part of it panicked");
    assert!(ended.to_string().contains("panicked"), "{ended}");
    assert!(!stop.is_cancelled(), "it ends by itself");
}

#[tokio::test]
async fn a_service_whose_tasks_end_in_order_ends_in_order() {
    let stop = CancellationToken::new();
    let (service, _) = service(&stop).await;
    service.host.keep(async {});
    let told = stop.clone();
    service.host.keep(async move { told.cancel() });
    served(service).await.expect("nothing went wrong");
}

/// A peer whose first stream cannot be opened without a panic.
struct Stumbles(Arc<watch::Sender<u32>>);

impl Source for Stumbles {
    type Item = ();

    async fn open(&self, _: Cursor) -> Result<impl Stream<Item = ReadPage<()>> + Send + Unpin, Status> {
        self.0.send_modify(|opened| *opened += 1);
        assert_ne!(*self.0.borrow(), 1, "told to panic");
        Ok(stream::once(pending()).boxed())
    }

    async fn take(&self, _: Vec<()>, _: Cursor, _: Watermark) -> Result<Progress, Status> {
        Ok(Progress::Advanced)
    }
}

#[tokio::test]
async fn a_follower_that_panics_opens_its_stream_again() {
    let bench = bench().await;
    let opened = Arc::new(watch::Sender::new(0));
    let (stop, mut seen) = (CancellationToken::new(), opened.subscribe());
    let follower = Follower {
        name: "stumbling".to_owned(),
        database: Database::connect(&bench.url, "panics-test").await.expect("the database answers"),
        source: Stumbles(opened),
        freshness: Freshness::default(),
        stop: stop.clone(),
    };
    let following = tokio::spawn(feed::follow(follower));
    let again = tokio::time::timeout(PATIENCE, seen.wait_for(|opened| *opened > 1)).await;
    again.expect("in time").expect("the follower is there");
    stop.cancel();
    following.await.expect("it ends in order");
}
