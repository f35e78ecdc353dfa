//! The batch writer against a real PostgreSQL: remembered outcomes, two writers on one head, lost commits,
//! poisonous commands, a restored database, callers that go away, and a chain that recomputes.

#[path = "writer/panics.rs"]
mod panics;
#[path = "writer/tallies.rs"]
mod tallies;
#[path = "writer/together.rs"]
mod together;
#[path = "writer/wrong_clock.rs"]
mod wrong_clock;

use std::sync::Arc;

use chassis::{
    batch::{Answer, Lane, MAX_COMMANDS, Settings, SubmitError, Unknown, Writer},
    chain::{self, Leaf},
    clock::Clock,
    db::{Database, DbError},
};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection, Row};
use tallies::{Add, MIGRATOR, Outcome, PANIC, POISON, SWALLOWED, Tallies};
use testkit::pgproxy::CommitLoser;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

struct Bench {
    url: SecretString,
    writer: Writer<Tallies>,
    stopped: CancellationToken,
}

async fn writer_on(url: &SecretString) -> (Writer<Tallies>, CancellationToken) {
    let database = Database::connect(url, "writer-test").await.expect("the database answers");
    database.migrate(&MIGRATOR).await.expect("migrations apply");
    let stopped = CancellationToken::new();
    let settings = Settings {
        name: "test".to_owned(),
        queue: 2_000,
        batch: MAX_COMMANDS,
        stop_service: stopped.clone(),
    };
    let writer =
        Writer::start(database, Arc::new(Tallies), Clock::system(), settings).await.expect("it starts");
    (writer, stopped)
}

async fn bench() -> Bench {
    let url = testkit::database::fresh("writer").await.expect("a fresh database");
    let (writer, stopped) = writer_on(&url).await;
    Bench { url, writer, stopped }
}

impl Bench {
    async fn conn(&self) -> PgConnection {
        PgConnection::connect(self.url.expose_secret()).await.expect("the database answers")
    }

    async fn total(&self, tally: i32) -> i64 {
        let row = sqlx::query("SELECT total FROM tally WHERE tally = $1").bind(tally);
        row.fetch_one(&mut self.conn().await).await.expect("the tally is there").get(0)
    }
}

fn add(tally: i32, delta: i64) -> Add {
    Add { id: Some(Uuid::now_v7()), tally, delta }
}

fn done(total: i64) -> Outcome {
    Outcome::Done { total }
}

/// The record and the outcome of what was decided now.
fn fresh<E: std::fmt::Debug>(answer: Result<Answer<Outcome>, E>) -> (Option<i64>, Outcome) {
    match answer {
        Ok(Answer::Fresh { sequence, outcome, .. }) => (sequence, outcome),
        other => panic!("decided earlier, or not at all: {other:?}"),
    }
}

#[tokio::test]
async fn a_command_repeated_under_its_id_is_decided_once() {
    let bench = bench().await;
    let command = add(1, 5);
    let first = bench.writer.submit(Lane::Interactive, command.clone()).await;
    let again = bench.writer.submit(Lane::Interactive, command.clone()).await;
    assert_eq!(fresh(first), (Some(1), done(5)));
    assert_eq!(again, Ok(Answer::Repeated { sequence: 1, outcome: done(5) }));
    let other = Add { delta: 6, ..command };
    assert_eq!(bench.writer.submit(Lane::Interactive, other).await, Ok(Answer::IdReused));
    assert_eq!(bench.total(1).await, 5);
}

#[tokio::test]
async fn a_refusal_is_remembered_although_it_would_be_accepted_later() {
    let bench = bench().await;
    let taken = add(1, -5);
    let refused = bench.writer.submit(Lane::Interactive, taken.clone()).await;
    assert_eq!(fresh(refused), (Some(1), Outcome::Refused));
    bench.writer.submit(Lane::Interactive, add(1, 100)).await.expect("it is decided");
    let again = bench.writer.submit(Lane::Interactive, taken).await;
    assert_eq!(again, Ok(Answer::Repeated { sequence: 1, outcome: Outcome::Refused }));
}

#[tokio::test]
async fn sixty_four_copies_in_one_batch_are_decided_once() {
    let bench = bench().await;
    let answers = bench.writer.submit_all(Lane::Bulk, vec![add(1, 5); 64]).await.expect("they are taken");
    let fresh = answers.iter().filter(|answer| matches!(answer, Ok(Answer::Fresh { .. }))).count();
    assert_eq!((answers.len(), fresh, bench.total(1).await), (64, 1, 5));
}

#[tokio::test]
async fn an_id_from_too_far_away_is_refused_and_stays_free() {
    let bench = bench().await;
    let old = uuid::Timestamp::from_unix(uuid::NoContext, 1_600_000_000, 0);
    let command = Add { id: Some(Uuid::new_v7(old)), tally: 1, delta: 5 };
    assert_eq!(bench.writer.submit(Lane::Interactive, command).await, Ok(Answer::IdOutOfWindow));
    let never =
        Add { id: Some(Uuid::from_u128(0xffff_ffff_ffff_7000_8000_0000_0000_0001)), tally: 1, delta: 5 };
    assert_eq!(bench.writer.submit(Lane::Interactive, never).await, Ok(Answer::IdOutOfWindow));
    let random = Add { id: Some(Uuid::new_v4()), tally: 1, delta: 5 };
    let answer = bench.writer.submit(Lane::Interactive, random).await;
    assert_eq!(fresh(answer), (Some(1), done(5)));
}

#[tokio::test]
async fn a_poisonous_command_among_512_is_set_aside_and_the_others_are_answered() {
    let bench = bench().await;
    let mut commands: Vec<Add> = (0..512).map(|tally| add(tally, 1)).collect();
    commands[300].delta = POISON;
    commands[17].delta = PANIC;
    let answers = bench.writer.submit_all(Lane::Bulk, commands).await.expect("they are taken");
    let unknown: Vec<usize> = (0..512).filter(|i| answers[*i] == Err(Unknown.into())).collect();
    assert_eq!(unknown, [17, 300]);
    let mut conn = bench.conn().await;
    let count = |query| sqlx::query_scalar::<_, i64>(query);
    assert_eq!(count("SELECT count(*) FROM quarantine").fetch_one(&mut conn).await.expect("it counts"), 2);
    assert_eq!(
        count("SELECT sum(total)::bigint FROM tally").fetch_one(&mut conn).await.expect("it sums"),
        510
    );
    assert_eq!(count("SELECT seq FROM head").fetch_one(&mut conn).await.expect("it is there"), 510);
}

#[tokio::test]
async fn an_error_that_a_keeper_swallows_is_never_taken_for_a_commit() {
    let bench = bench().await;
    let mut commands: Vec<Add> = (0..32).map(|tally| add(tally, 1)).collect();
    commands[9].delta = SWALLOWED;
    let answers = bench.writer.submit_all(Lane::Bulk, commands.clone()).await.expect("they are taken");
    let unknown: Vec<usize> = (0..32).filter(|i| answers[*i].is_err()).collect();
    assert_eq!(unknown, [9], "PostgreSQL answers COMMIT with a rollback and no error");
    let set_aside = sqlx::query_scalar::<_, String>("SELECT error FROM quarantine");
    let set_aside = set_aside.fetch_one(&mut bench.conn().await).await.expect("one command is set aside");
    assert!(set_aside.contains("aborted"), "{set_aside}");
    for command in commands.iter().filter(|command| command.delta == 1) {
        assert_eq!(bench.total(command.tally).await, 1, "what was acknowledged is there");
    }
}

#[tokio::test]
async fn two_writers_on_one_database_lose_nothing() {
    let bench = bench().await;
    let (second, _) = writer_on(&bench.url).await;
    let run = |writer: Writer<Tallies>| async move {
        for _ in 0..40 {
            let answers = writer.submit_all(Lane::Interactive, (0..25).map(|_| add(7, 1)).collect()).await;
            assert!(answers.expect("they are taken").iter().all(Result::is_ok));
        }
    };
    tokio::join!(run(bench.writer.clone()), run(second));
    assert_eq!(bench.total(7).await, 2_000);
}

#[tokio::test]
async fn a_full_batch_whose_commit_answer_is_lost_is_answered_and_stored_once() {
    let url = testkit::database::fresh("lost_commit").await.expect("a fresh database");
    let (loser, behind) = CommitLoser::before(url.expose_secret()).await.expect("the proxy starts");
    let (writer, stopped) = writer_on(&SecretString::from(behind)).await;
    let bench = Bench { url, writer, stopped };
    bench.writer.submit(Lane::Interactive, add(1, 1)).await.expect("it is decided");
    loser.lose(2);
    for _ in 0..2 {
        let commands = (0..512).map(|_| add(1, 1)).collect();
        let answers = bench.writer.submit_all(Lane::Interactive, commands).await.expect("they are taken");
        assert!(answers.iter().all(|answer| matches!(answer, Ok(Answer::Fresh { sequence: Some(_), .. }))));
    }
    assert_eq!((loser.lost(), bench.total(1).await), (2, 1_025));
}

#[tokio::test]
async fn a_database_restored_to_an_earlier_state_stops_the_service() {
    let bench = bench().await;
    bench.writer.submit(Lane::Interactive, add(1, 1)).await.expect("it is decided");
    let mut conn = bench.conn().await;
    sqlx::raw_sql("CREATE TABLE yesterday AS SELECT * FROM head")
        .execute(&mut conn)
        .await
        .expect("it is kept");
    bench.writer.submit(Lane::Interactive, add(1, 1)).await.expect("it is decided");
    let restore = "DELETE FROM batch WHERE last_seq > 1; DELETE FROM record WHERE seq > 1; DELETE FROM request WHERE seq > 1;
        UPDATE head SET seq = y.seq, hash = y.hash, at = y.at FROM yesterday y;";
    sqlx::raw_sql(restore).execute(&mut conn).await.expect("it is restored");
    let answer = bench.writer.submit(Lane::Interactive, add(1, 1)).await;
    assert_eq!(answer, Err(SubmitError::Unknown(Unknown)));
    bench.stopped.cancelled().await;
    let database = Database::connect(&bench.url, "writer-test").await.expect("the database answers");
    let settings = Settings {
        name: "again".to_owned(),
        queue: 1,
        batch: MAX_COMMANDS,
        stop_service: CancellationToken::new(),
    };
    let again = Writer::start(database, Arc::new(Tallies), Clock::system(), settings).await;
    assert!(matches!(again.err(), Some(DbError::Restored)), "a restarted process does not forget it");
    assert!(matches!(bench.writer.submit(Lane::Interactive, add(1, 1)).await, Err(SubmitError::Busy(_))));
}

#[tokio::test]
async fn callers_that_go_away_tear_no_transaction() {
    let bench = bench().await;
    let mut acknowledged = 0;
    for round in 0..300_u64 {
        let call = bench.writer.submit(Lane::Interactive, add(1, 1));
        let patience = std::time::Duration::from_micros(round * 10);
        if let Ok(answer) = tokio::time::timeout(patience, call).await {
            answer.expect("it is decided");
            acknowledged += 1;
        }
    }
    bench.writer.close();
    bench.writer.drained().await;
    assert!(acknowledged > 0 && bench.total(1).await >= acknowledged);
    let idle =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'";
    let idle =
        sqlx::query_scalar::<_, i64>(idle).fetch_one(&mut bench.conn().await).await.expect("it counts");
    assert_eq!(idle, 0);
}

#[tokio::test]
async fn the_chain_recomputes_from_the_stored_rows() {
    let bench = bench().await;
    for _ in 0..5 {
        let commands = (0..20).map(|tally| add(tally, 1)).collect();
        bench.writer.submit_all(Lane::Bulk, commands).await.expect("they are taken");
    }
    let mut conn = bench.conn().await;
    let batches = sqlx::query("SELECT first_seq, last_seq, hash FROM batch ORDER BY last_seq");
    let mut hash = chain::GENESIS;
    let mut expected_first = 1;
    for batch in batches.fetch_all(&mut conn).await.expect("batches") {
        let (first, last): (i64, i64) = (batch.get(0), batch.get(1));
        assert_eq!(first, expected_first);
        expected_first = last + 1;
        let rows =
            sqlx::query("SELECT seq, label, body, at FROM record WHERE seq BETWEEN $1 AND $2 ORDER BY seq");
        let rows = rows.bind(first).bind(last).fetch_all(&mut conn).await.expect("records");
        let leaves: Vec<chain::Hash> = rows
            .iter()
            .map(|row| {
                let sequence: i64 = row.get(0);
                let at: OffsetDateTime = row.get(3);
                Leaf { sequence, label: row.get(1), body: row.get(2), at, evidence: &sequence.to_be_bytes() }
                    .hash()
            })
            .collect();
        hash = chain::link(&hash, first, last, &chain::root(&leaves).expect("a batch is not empty"));
        assert_eq!(batch.get::<Vec<u8>, _>(2), hash);
    }
    assert_eq!(expected_first, 101);
}
