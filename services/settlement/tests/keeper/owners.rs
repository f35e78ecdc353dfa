//! Who drives what: work of a dead process is taken over, rows that cannot be read stop nobody, institutions keep
//! their revisions.

use saga::LotState;
use settlement::{
    command::{Alive, Command, Items, Outcome},
    driver::Work,
    institution::{Institution, Put},
};
use standards::{RequestId, TransferId, civil};
use uuid::Uuid;

use super::bench::{Bench, MORNING, bench, lot, on, pair};

fn steps(bench: &mut Bench) -> usize {
    let inboxes = bench.inboxes.iter_mut();
    inboxes.map(|(_, inbox)| std::iter::from_fn(|| inbox.try_recv().ok()).filter(is_step).count()).sum()
}

fn is_step(work: &Work) -> bool {
    matches!(work, Work::Step(_))
}

fn alive(bench: &Bench) -> Alive {
    Alive { process: bench.process, instance: "replica-1".to_owned(), at: bench.clock.wall() }
}

#[tokio::test]
async fn what_a_dead_process_left_is_taken_over_and_driven_by_the_next_one() {
    let mut first = bench().await;
    assert_eq!(first.outcome(Command::Register(alive(&first))).await, Outcome::Stored);
    let (left, resting) = (first.accepted(pair()).await, first.claimed(pair()).await);
    assert!(steps(&mut first) >= 2);
    let mut second = on(first.url.clone(), first.clock.clone()).await;
    assert_eq!(second.outcome(Command::Register(alive(&second))).await, Outcome::Stored);
    // Of the same name: the first is dead, whatever its last sign of life was.
    assert_eq!(second.count("SELECT count(*) FROM process").await, 1);
    let adopt = Command::Adopt { owners: vec![first.process] };
    assert_eq!(second.outcome(adopt.clone()).await, Outcome::Adopted { count: 1 });
    assert_eq!(steps(&mut second), 1);
    assert_eq!(second.outcome(adopt).await, Outcome::Adopted { count: 0 });
    let owners: Vec<(Uuid, Uuid)> =
        sqlx::query_as("SELECT id, owner FROM transfer JOIN progress ON transfer = id ORDER BY accepted_at")
            .fetch_all(&mut second.conn().await)
            .await
            .expect("it reads");
    assert_eq!(owners, [(left.uuid(), second.process), (resting.uuid(), first.process)]);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_parked_and_stops_no_other() {
    let first = bench().await;
    let (broken, good) = (first.accepted(pair()).await, first.accepted(pair()).await);
    sqlx::query("UPDATE progress SET state = '{\"UNHEARD_OF\":{}}' WHERE transfer = $1")
        .bind(broken.uuid())
        .execute(&mut first.conn().await)
        .await
        .expect("it writes");
    let mut second = on(first.url.clone(), first.clock.clone()).await;
    second.outcome(Command::Adopt { owners: vec![first.process] }).await;
    assert_eq!(steps(&mut second), 1);
    let parked = "SELECT count(*) FROM progress WHERE parked_at IS NOT NULL AND NOT due AND timer_at IS NULL";
    assert_eq!(second.count(parked).await, 1);
    assert_eq!(
        second.step(good, &[super::bench::done(7, "0"), super::bench::done(9, "0")]).await,
        Outcome::Moved
    );
}

/// A newer settlement has written this transfer.
async fn make_foreign(bench: &Bench, id: TransferId) {
    sqlx::query(
        "UPDATE progress SET definition = definition + 1, state = '{\"UNHEARD_OF\":{}}' WHERE transfer = $1",
    )
    .bind(id.uuid())
    .execute(&mut bench.conn().await)
    .await
    .expect("it writes");
}

/// A row as text, whatever it means.
async fn row(bench: &Bench, id: TransferId) -> String {
    sqlx::query_scalar("SELECT progress::text FROM progress WHERE transfer = $1")
        .bind(id.uuid())
        .fetch_one(&mut bench.conn().await)
        .await
        .expect("it reads")
}

#[tokio::test]
async fn a_transfer_of_another_version_is_left_alone_and_the_sweep_ends() {
    let (first, family) = (bench().await, pair());
    let (foreign, own) = (first.accepted(family).await, first.accepted(pair()).await);
    let spent = first.claimed(pair()).await;
    first.book(0, 19, vec![lot(spent, 19, "38.64", LotState::Open)]).await;
    for id in [foreign, spent] {
        make_foreign(&first, id).await;
    }
    let before = (row(&first, foreign).await, row(&first, spent).await);
    let mut second = on(first.url.clone(), first.clock.clone()).await;
    let adopt = Command::Adopt { owners: vec![first.process] };
    assert_eq!(second.outcome(adopt.clone()).await, Outcome::Adopted { count: 1 });
    assert_eq!(second.outcome(adopt).await, Outcome::Adopted { count: 0 });
    assert_eq!(steps(&mut second), 1);
    // Nothing that happens to it parks it either; what concerns it is kept for a person.
    assert_eq!(second.outcome(Command::Timeout(foreign)).await, Outcome::Unmoved);
    let ended = super::dissolved(family);
    second.follow("kinship", 0, 4, Items::Kinship(vec![ended])).await;
    second.book(19, 20, vec![lot(spent, 20, "40.00", LotState::Open)]).await;
    assert_eq!((row(&second, foreign).await, row(&second, spent).await), before);
    assert_eq!(second.lot(spent).await, Some((19, 3_864, 0, true)));
    assert_eq!(second.count("SELECT count(*) FROM unreadable WHERE feed = 'kinship' AND seq = 4").await, 1);
    assert_eq!(
        second.count("SELECT count(*) FROM unreadable WHERE feed = 'book-51-01' AND seq = 20").await,
        1
    );
    assert_eq!(second.state(own).await.0, 1);
}

#[tokio::test]
async fn a_lot_whose_transfer_cannot_be_read_is_not_taken_over_again_and_again() {
    let first = bench().await;
    let id = first.claimed(pair()).await;
    first.book(0, 19, vec![lot(id, 19, "38.64", LotState::Open)]).await;
    sqlx::query("UPDATE progress SET state = '{}' WHERE transfer = $1")
        .bind(id.uuid())
        .execute(&mut first.conn().await)
        .await
        .expect("it writes");
    let second = on(first.url.clone(), first.clock.clone()).await;
    let adopt = Command::Adopt { owners: vec![first.process] };
    assert_eq!(second.outcome(adopt).await, Outcome::Adopted { count: 0 });
    assert_eq!(second.count("SELECT count(*) FROM progress WHERE parked_at IS NOT NULL").await, 1);
}

fn put(expected_revision: i64, name: &str) -> Command {
    let wanted = Institution {
        code: "H51010400001".parse().expect("a code"),
        name: name.to_owned(),
        pool: "510100".parse().expect("a pool"),
        uscc: None,
        wallet_supported: true,
        remote_outpatient: true,
        remote_special_outpatient: false,
        internet_hospital: false,
        designated_from: civil::day(MORNING),
        designated_to: None,
        suspended: false,
        revision: 0,
    };
    Command::PutInstitution(Box::new(Put {
        request: RequestId::new(Uuid::now_v7()),
        wanted,
        expected_revision,
    }))
}

#[tokio::test]
async fn an_institution_that_has_changed_meanwhile_is_not_overwritten() {
    let bench = bench().await;
    assert_eq!(bench.outcome(put(0, "一院")).await, Outcome::Put { revision: 1 });
    assert_eq!(bench.outcome(put(1, "第一医院")).await, Outcome::Put { revision: 2 });
    assert_eq!(bench.outcome(put(1, "市一院")).await, Outcome::RevisionChanged { actual: 2 });
    assert_eq!(bench.outcome(put(0, "市一院")).await, Outcome::Put { revision: 3 });
}
