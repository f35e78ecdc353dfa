//! A host's clock that jumps while the service runs: nothing is decided, the service says so, and the book's time
//! is untouched when it goes on.

use std::sync::{Arc, Mutex};

use chassis::{
    batch::{Busy, Lane, MAX_COMMANDS, Settings, SubmitError, Writer},
    client,
    clock::{Clock, ClockOff},
    config::ChassisArgs,
    db::{Database, DbError},
    failure,
    serve::Api,
    service::Service,
    status,
};
use clap::Parser;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};
use time::{Duration, OffsetDateTime};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus,
    health_client::HealthClient,
};

use super::{MIGRATOR, Tallies, add, done, fresh};

#[derive(Parser)]
struct Config {
    #[command(flatten)]
    chassis: ChassisArgs,
}

/// A clock, and by how much the host's is wrong.
fn jumping() -> (Clock, impl Fn(Duration)) {
    let (host, wrong) = (Clock::system(), Arc::new(Mutex::new(Duration::ZERO)));
    let by = Arc::clone(&wrong);
    let clock = Clock::over(move || host.wall() + *by.lock().expect("nobody panics with it"));
    (clock, move |by| *wrong.lock().expect("nobody panics with it") = by)
}

async fn head(url: &SecretString) -> (i64, OffsetDateTime, i64) {
    let mut conn = PgConnection::connect(url.expose_secret()).await.expect("the database answers");
    let all = sqlx::query_as("SELECT seq, at, (SELECT sum(total)::bigint FROM tally) FROM head");
    all.fetch_one(&mut conn).await.expect("the head is there")
}

async fn until(health: &mut Streaming<HealthCheckResponse>, wanted: ServingStatus) {
    while health.message().await.expect("health is told").expect("and goes on").status() != wanted {}
}

#[tokio::test]
async fn while_the_hosts_clock_is_wrong_nothing_is_decided_and_book_time_does_not_move() {
    let url = testkit::database::fresh("wrong_clock").await.expect("a fresh database");
    let ((clock, jump), stop) = (jumping(), CancellationToken::new());
    // Civil time may be anywhere; only the host's own is compared.
    clock.shift_to(clock.now() + Duration::days(3)).expect("forwards");
    let args = Config::parse_from(["service", "--database-url", url.expose_secret()]).chassis;
    let service = Service::open("test", args, clock.clone(), &stop, &MIGRATOR, Arc::new(Tallies)).await;
    let service = service.expect("it opens");
    let writer = service.writer.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let peer = client::peer(&listener.local_addr().expect("bound").to_string(), None).expect("an address");
    let served = tokio::spawn(service.serve(listener, Api::new()));
    let watched = HealthClient::new(peer).watch(HealthCheckRequest::default()).await;
    let mut health = watched.expect("health is told").into_inner();
    until(&mut health, ServingStatus::Serving).await;
    writer.submit(Lane::Interactive, add(1, 1)).await.expect("it is decided");
    for (total, wrong) in [(2, Duration::HOUR), (3, -Duration::HOUR), (4, Duration::days(366))] {
        let before = head(&url).await;
        jump(wrong);
        let command = add(1, 1);
        let refused = Err(SubmitError::Busy(Busy::ClockOff));
        let found = writer.submit_all(Lane::Bulk, vec![command.clone(); 3]).await;
        assert_eq!(found, Ok(vec![refused.clone(); 3]));
        assert_eq!(writer.submit(Lane::Interactive, command.clone()).await, refused);
        until(&mut health, ServingStatus::NotServing).await;
        assert_eq!(head(&url).await, before);
        // Others have looked at the clock meanwhile.
        clock.now();
        jump(Duration::ZERO);
        until(&mut health, ServingStatus::Serving).await;
        let right = writer.clock_is_right().wait_for(|right| *right).await.map(|right| *right);
        assert_eq!(right.ok(), Some(true));
        let answer = writer.submit(Lane::Interactive, command).await;
        assert_eq!(fresh(answer), (Some(total), done(total)));
        let (_, at, _) = head(&url).await;
        let gone = at - before.1;
        assert!(Duration::ZERO <= gone && gone < Duration::minutes(1), "{gone}");
    }
    stop.cancel();
    served.await.expect("no panic").expect("it ends in order");
}

#[tokio::test]
async fn a_writer_neither_starts_nor_lingers_while_the_clock_is_wrong() {
    let url = testkit::database::fresh("wrong_clock").await.expect("a fresh database");
    let (clock, jump) = jumping();
    let start = async || {
        let database = Database::connect(&url, "writer-test").await.expect("the database answers");
        database.migrate(&MIGRATOR).await.expect("migrations apply");
        let settings = Settings {
            name: "test".to_owned(),
            queue: 9,
            batch: MAX_COMMANDS,
            stop_service: CancellationToken::new(),
        };
        Writer::start(database, Arc::new(Tallies), clock.clone(), settings).await
    };
    for wrong in [Duration::HOUR, -Duration::HOUR] {
        jump(wrong);
        let seconds = match start().await.err() {
            Some(DbError::Clock(ClockOff { seconds })) => seconds,
            other => panic!("{other:?}"),
        };
        assert!((seconds - wrong.whole_seconds()).abs() < 60, "{seconds}");
    }
    jump(Duration::ZERO);
    let writer = start().await.expect("it starts");
    jump(Duration::HOUR);
    assert_eq!(writer.submit(Lane::Interactive, add(1, 1)).await, Err(SubmitError::Busy(Busy::ClockOff)));
    writer.close();
    writer.drained().await;
}

#[test]
fn a_wrong_clock_is_told_as_nothing_done_and_to_be_repeated() {
    let status = Status::from(failure::busy(Busy::ClockOff));
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(status::reason(&status).as_deref(), Some("CLOCK_UNTRUSTED"));
    let told = status::read(&status).expect("it is ours");
    assert!(told.retry_after().is_some() && status.message().contains("nothing was done"), "{told:?}");
}
