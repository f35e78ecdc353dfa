//! The book under the real batch writer: poison among 512, two services on one book, lost commits.

use proto::{
    identity::Scheme,
    wallet::{self as wire, book_service_client::BookServiceClient},
};
use secrecy::{ExposeSecret, SecretString};
use testkit::{people::id, pgproxy::CommitLoser};

use crate::bench::{Bench, Command, SETTLEMENT, channel, claim, done, grant, serve, under};

fn request(commands: impl IntoIterator<Item = Command>) -> wire::ApplyRequest {
    let commands = commands
        .into_iter()
        .map(|command| wire::BookCommand { command_id: String::new(), command: Some(command) });
    wire::ApplyRequest { batch_id: String::new(), commands: commands.collect() }
}

/// A wallet holds 256 unspent lots at most, so a full batch needs four people.
async fn people(bench: &Bench) -> Vec<String> {
    let mut people = Vec::new();
    for _ in 0..4 {
        people.push(bench.owner(Scheme::Resident).await);
    }
    people
}

fn full_batch(people: &[String]) -> Vec<Command> {
    (0..512).map(|at| grant(&id(), &people[at % people.len()], "1")).collect()
}

#[tokio::test]
async fn a_poisonous_command_among_512_is_set_aside_and_the_others_are_answered() {
    let bench = Bench::start().await;
    let people = people(&bench).await;
    let mut conn = bench.conn().await;
    // What no fold can foresee: a row that the database refuses.
    let poison = "ALTER TABLE lot ADD CONSTRAINT lot_not_poison CHECK (granted <> 66600)";
    sqlx::raw_sql(poison).execute(&mut conn).await.expect("a constraint");
    let mut commands = full_batch(&people);
    commands[300] = grant(&id(), &people[0], "666");
    let outcomes = bench.apply(commands).await;
    let unknown: Vec<usize> = (0..512).filter(|at| outcomes[*at].outcome.is_none()).collect();
    assert_eq!(unknown, [300]);
    assert_eq!(outcomes.iter().filter(|outcome| done(outcome).is_some()).count(), 511);
    let count = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM quarantine").fetch_one(&mut conn).await;
    assert_eq!(count.expect("it counts"), 1);
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn two_services_on_one_book_keep_every_balance() {
    let bench = Bench::start().await;
    let people = people(&bench).await;
    let peers = Some((bench.identity_at, bench.directory_at));
    let (second, _) = serve(&bench.url, peers, bench.clock.clone()).await;
    let run = |mut client: BookServiceClient<_>, people: Vec<String>| async move {
        for _ in 0..10 {
            let transfers: Vec<String> = (0..24).map(|_| id()).collect();
            let grants = transfers.iter().enumerate().map(|(at, id)| grant(id, &people[at % 4], "1"));
            let reply = client.apply(under(SETTLEMENT, request(grants))).await.expect("taken").into_inner();
            assert!(reply.outcomes.iter().all(|outcome| done(outcome).is_some()));
            let claims = client.apply(under(SETTLEMENT, request(transfers.iter().map(|id| claim(id))))).await;
            assert!(
                claims.expect("taken").into_inner().outcomes.iter().all(|outcome| done(outcome).is_some())
            );
        }
    };
    let other = BookServiceClient::new(channel(second));
    tokio::join!(run(bench.books(), people.clone()), run(other, people.clone()));
    for person in &people {
        assert_eq!(bench.wallet_now(person).await.quota_amount, "120.00");
    }
    let (through, findings) = bench.audit().await;
    assert_eq!((through, findings), (4 + 2 * 2 * 240, vec![]));
}

#[tokio::test]
async fn a_full_batch_whose_commit_answer_is_lost_is_answered_and_stored_once() {
    let url = testkit::database::fresh("wallet_lost").await.expect("a fresh database");
    let (loser, behind) = CommitLoser::before(url.expose_secret()).await.expect("the proxy starts");
    let bench = Bench::over(url, &SecretString::from(behind)).await;
    let people = people(&bench).await;
    loser.lose(1);
    let outcomes = bench.apply(full_batch(&people)).await;
    assert_eq!(outcomes.iter().filter(|outcome| done(outcome).is_some()).count(), 512);
    assert_eq!(loser.lost(), 1);
    for person in &people {
        assert_eq!(bench.wallet_now(person).await.pending_amount, "128.00");
    }
    assert_eq!(bench.audit().await.1, []);
}
