//! A batch of payments when something fails: a commit's answer, one item, the feeds, the queue.

use std::time::Duration;

use chassis::status;
use proto::{identity::Scheme, wallet as wire};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};
use testkit::{people::id, pgproxy::CommitLoser};
use tokio::{sync::mpsc, task::JoinSet};
use tonic::Code;

use crate::{
    batch::{together, told},
    bench::{Bench, bill, channel, reason, serve, till, under},
};

/// As many as a call may hold, of some patients in turn.
fn full(patients: &[String]) -> Vec<wire::PayRequest> {
    (0..512).map(|at| bill(&patients[at % patients.len()], "1")).collect()
}

async fn patients(bench: &Bench) -> Vec<String> {
    let mut patients = Vec::new();
    for _ in 0..4 {
        let patient = bench.owner(Scheme::Employee).await;
        bench.credit(&patient, "500").await;
        patients.push(patient);
    }
    patients
}

async fn count(conn: &mut PgConnection, of: &'static str) -> i64 {
    sqlx::query_scalar::<_, i64>(of).fetch_one(conn).await.expect("it counts")
}

#[tokio::test]
async fn a_full_batch_whose_commit_answer_is_lost_is_paid_once() {
    let url = testkit::database::fresh("wallet_lost").await.expect("a fresh database");
    let (loser, behind) = CommitLoser::before(url.expose_secret()).await.expect("the proxy starts");
    let bench = Bench::over(url, &SecretString::from(behind)).await;
    let patients = patients(&bench).await;
    let requests = full(&patients);
    let mut conn = bench.conn().await;
    let batches = "SELECT count(*) FROM batch";
    let before = count(&mut conn, batches).await;
    loser.lose(1);
    let results = together(&bench, requests.clone()).await.expect("taken");
    assert_eq!(loser.lost(), 1);
    assert_eq!(results.iter().filter(|result| told(result).is_ok()).count(), 512);
    assert!(count(&mut conn, batches).await >= before + 3, "so many rows are too many for two transactions");
    assert_eq!(together(&bench, requests).await.expect("taken"), results, "a repeat");
    assert_eq!(count(&mut conn, "SELECT count(*) FROM record WHERE label = 'pay'").await, 512);
    for patient in &patients {
        let account = bench.wallet_now(patient).await.account.expect("an account");
        assert_eq!(account.available, "372.00");
    }
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn an_item_whose_outcome_is_unknown_says_neither_and_the_others_are_answered() {
    let bench = Bench::start().await;
    let patients = patients(&bench).await;
    let mut conn = bench.conn().await;
    // What no fold can foresee: a row that the database refuses.
    let poison = "ALTER TABLE payment ADD CONSTRAINT payment_not_poison CHECK (total <> 666)";
    sqlx::raw_sql(poison).execute(&mut conn).await.expect("a constraint");
    let mut requests: Vec<_> = full(&patients).into_iter().take(100).collect();
    requests[30] = bill(&patients[0], "6.66");
    let results = together(&bench, requests.clone()).await.expect("taken");
    let unknown: Vec<usize> = (0..100).filter(|at| results[*at].result.is_none()).collect();
    assert_eq!(unknown, [30]);
    assert_eq!(results.iter().filter(|result| told(result).is_ok()).count(), 99);
    let alone = bench.pay(requests[30].clone()).await.expect_err("Pay knows no more");
    assert_eq!((alone.code(), reason(&alone).as_str()), (Code::Internal, "INTERNAL"));
    sqlx::raw_sql("ALTER TABLE payment DROP CONSTRAINT payment_not_poison")
        .execute(&mut conn)
        .await
        .expect("gone");
    let again = together(&bench, requests).await.expect("taken");
    assert_eq!(told(&again[30]).map(|payment| payment.legs.len()), Ok(1));
    assert!((0..100).filter(|at| *at != 30).all(|at| again[at] == results[at]));
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn without_its_feeds_a_book_decides_no_item_and_burns_none() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Employee).await;
    bench.credit(&patient, "64").await;
    let requests: Vec<_> = (0..8).map(|_| bill(&patient, "8")).collect();
    // A second replica that follows nobody: what it knows is too old, whatever its database holds.
    let (alone, _) = serve(&bench.url, None, bench.clock.clone()).await;
    let mut client = wire::payment_service_client::PaymentServiceClient::new(channel(alone));
    let mut asked = under(&till(), wire::BatchPayRequest { requests: requests.clone() });
    asked.set_timeout(Duration::from_millis(400));
    let behind = client.batch_pay(asked).await.expect("it is answered").into_inner().results;
    assert!(
        behind.len() == 8 && behind.iter().all(|result| told(result) == Err("FEED_BEHIND")),
        "{behind:?}"
    );
    let paid = together(&bench, requests).await.expect("taken");
    assert_eq!(paid.iter().filter(|result| told(result).is_ok()).count(), 8);
}

#[tokio::test]
async fn somebody_registered_a_moment_ago_is_waited_for_and_nobody_is_paid_twice() {
    let bench = Bench::start().await;
    let known = bench.owner(Scheme::Employee).await;
    bench.credit(&known, "64").await;
    let newcomer = bench.person(Scheme::Resident, "320100").await;
    let requests = vec![bill(&known, "1"), bill(&newcomer, "2"), bill(&known, "4"), bill(&id(), "8")];
    let results = together(&bench, requests).await.expect("taken");
    let legs: Vec<_> = results.iter().map(|result| told(result).map(|payment| payment.legs.len())).collect();
    assert_eq!(legs, [Ok(1), Ok(1), Ok(1), Err("PERSON_UNKNOWN")]);
    assert_eq!(bench.wallet_now(&known).await.account.expect("an account").available, "59.00");
}

#[tokio::test]
async fn a_batch_for_which_the_queue_has_no_room_is_refused_whole_and_nothing_of_it_happened() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Employee).await;
    bench.credit(&patient, "500").await;
    let mut holding = bench.conn().await;
    let mut head = holding.begin().await.expect("a transaction");
    sqlx::raw_sql("SELECT seq FROM head FOR UPDATE").execute(&mut *head).await.expect("the writer waits");
    // The same payment as often as a call holds: a full queue that is soon worked off.
    let calls: Vec<_> = (0..20).map(|_| vec![bill(&patient, "1"); 512]).collect();
    let (answered, mut answers) = mpsc::unbounded_channel();
    let mut asking = JoinSet::new();
    for (at, requests) in calls.iter().cloned().enumerate() {
        let (answered, mut client) = (answered.clone(), bench.payments());
        asking.spawn(async move {
            let reply = client.batch_pay(under(&till(), wire::BatchPayRequest { requests })).await;
            answered.send((at, reply.map(|reply| reply.into_inner().results))).expect("somebody listens");
        });
    }
    drop(answered);
    let (refused, answer) = answers.recv().await.expect("one has no room");
    let full = answer.expect_err("the writer is held");
    assert_eq!((full.code(), reason(&full).as_str()), (Code::ResourceExhausted, "QUEUE_FULL"));
    assert!(status::read(&full).expect("ours").retry_after().is_some());
    head.rollback().await.expect("let go");
    let mut paid = 0;
    while let Some((_, answer)) = answers.recv().await {
        let Ok(results) = answer else { continue };
        assert!(told(&results[0]).is_ok() && results.iter().all(|result| *result == results[0]));
        paid += 1;
    }
    assert!(paid >= 16, "{paid} batches found room");
    let get = wire::GetPaymentRequest { payment_id: calls[refused][0].payment_id.clone(), view: 0 };
    let unknown = bench.payments().get_payment(under(&till(), get)).await.expect_err("nothing happened");
    assert_eq!(reason(&unknown), "PAYMENT_UNKNOWN");
    let later = together(&bench, calls[refused].clone()).await.expect("there is room now");
    assert!(told(&later[0]).is_ok());
    let left = bench.wallet_now(&patient).await.account.expect("an account").available;
    assert_eq!(left, format!("{}.00", 500 - paid - 1));
    assert_eq!(bench.audit().await.1, []);
}
