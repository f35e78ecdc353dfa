//! Openings that were interrupted between identity, which gives the place of use, and the book: who may complete
//! them, under which id, and that a caller who gives up does not cause one.

use std::time::Duration;

use chassis::status::{self, Refusal};
use proto::{
    identity::{AssignPlaceOfUseRequest, BatchGetStandingRequest, EnrolmentStatus, Scheme, Standing},
    wallet as wire,
};
use sqlx::{Connection as _, PgConnection};
use tonic::{Code, Status};

use crate::bench::{Bench, opening, reason, under};

/// Who the book's service is to identity.
const BOOK: &str = "service:wallet-32-01";

fn refusal(status: &Status) -> Refusal {
    status::read(status).expect("a status of ours").refusal
}

async fn open(bench: &Bench, who: &str, request: &wire::OpenWalletRequest) -> Result<wire::Wallet, Status> {
    let reply = bench.wallets().open_wallet(under(who, request.clone())).await?;
    Ok(reply.into_inner().wallet.expect("a wallet"))
}

/// What a service leaves behind that ends right after identity has given the place.
async fn assigned(bench: &Bench, request: &wire::OpenWalletRequest) {
    let assignment = AssignPlaceOfUseRequest {
        request_id: request.wallet_id.clone(),
        person_id: request.person_id.clone(),
        wallet_id: request.wallet_id.clone(),
        place_of_use: request.place_of_use.clone(),
        expected_place_of_use: String::new(),
    };
    bench.identities().assign_place_of_use(under(BOOK, assignment)).await.expect("a place");
}

async fn standing(bench: &Bench, person: &str) -> Standing {
    let request =
        BatchGetStandingRequest { person_ids: vec![person.to_owned()], on_day: "2026-03-02".to_owned() };
    let reply = bench.identities().batch_get_standing(under(BOOK, request)).await.expect("a standing");
    reply.into_inner().standings.remove(0)
}

#[tokio::test]
async fn r_090_an_interrupted_opening_is_completed_under_the_id_that_the_refusal_names() {
    let bench = Bench::start().await;
    let person = bench.person(Scheme::Employee, "320100").await;
    let (mine, first) = (format!("citizen:{person}"), opening(&person));
    assigned(&bench, &first).await;
    let second = opening(&person);
    for _ in 0..2 {
        let refused = refusal(&open(&bench, &mine, &second).await.expect_err("another id"));
        assert_eq!(
            (refused.code, refused.reason.as_str()),
            (Code::FailedPrecondition, "WALLET_ALREADY_OPEN")
        );
        assert_eq!((refused.limit.as_str(), refused.actual.as_str()), ("1", first.wallet_id.as_str()));
        for words in [&refused.what_to_do_en, &refused.what_to_do_zh] {
            assert!(words.contains(&first.wallet_id) && words.contains("320100"), "{words}");
        }
    }
    let mut english = under(&mine, second.clone());
    english.metadata_mut().insert("accept-language", "en".parse().expect("a tag"));
    let english = bench.wallets().open_wallet(english).await.expect_err("another id");
    assert_eq!(refusal(&english).message_zh, "", "it is told in the language of the caller");
    let completed = open(&bench, &mine, &first).await.expect("it is completed");
    assert_eq!((completed.wallet_id, completed.revision), (first.wallet_id.clone(), 1));
    // Once it is open the words no longer ask for a completion.
    let refused = refusal(&open(&bench, &mine, &opening(&person)).await.expect_err("a third id"));
    assert_eq!(refused.actual, first.wallet_id);
    assert!(refused.what_to_do_en.starts_with("use that wallet"), "{}", refused.what_to_do_en);
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn the_held_id_is_not_told_to_who_may_not_open_there() {
    let bench = Bench::start().await;
    let person = bench.person(Scheme::Resident, "320100").await;
    let held = opening(&person);
    assigned(&bench, &held).await;
    let elsewhere = wire::OpenWalletRequest { place_of_use: "320200".to_owned(), ..opening(&person) };
    let refused = open(&bench, "operator:320200", &elsewhere).await.expect_err("another counter");
    assert_eq!(reason(&refused), "WALLET_ALREADY_OPEN");
    assert!(!String::from_utf8_lossy(refused.details()).contains(&held.wallet_id));
    // The same id asked again by the person is told more.
    let told = open(&bench, &format!("citizen:{person}"), &elsewhere).await.expect_err("still refused");
    assert_eq!(refusal(&told).actual, held.wallet_id);
    open(&bench, "operator:320100", &held).await.expect("its own counter completes it");
}

#[tokio::test]
async fn no_refusal_costs_the_id_that_has_the_place() {
    let bench = Bench::start().await;
    let person = bench.person(Scheme::Resident, "320100").await;
    let (mine, held) = (format!("citizen:{person}"), opening(&person));
    assigned(&bench, &held).await;
    // The slips: another place of this book, and a place of another book.
    let moved = wire::OpenWalletRequest { place_of_use: "320200".to_owned(), ..held.clone() };
    let refused = refusal(&open(&bench, &mine, &moved).await.expect_err("another place"));
    assert_eq!(
        (refused.reason.as_str(), refused.actual.as_str()),
        ("WALLET_ALREADY_OPEN", held.wallet_id.as_str())
    );
    let away = wire::OpenWalletRequest { place_of_use: "510100".to_owned(), ..held.clone() };
    assert_eq!(reason(&open(&bench, &mine, &away).await.expect_err("another book")), "WRONG_BOOK");
    open(&bench, &mine, &held).await.expect("the id was not burnt");
}

#[tokio::test]
async fn an_enrolment_that_was_not_normal_does_not_cost_the_id_that_has_the_place() {
    let bench = Bench::start().await;
    let person = bench.person(Scheme::Resident, "320100").await;
    let (mine, held) = (format!("citizen:{person}"), opening(&person));
    assigned(&bench, &held).await;
    let set = async |state: &str| {
        let mut conn = bench.identity_conn().await;
        let set = sqlx::query("UPDATE enrolment SET status = $1").bind(state).execute(&mut conn).await;
        assert_eq!(set.expect("it is set").rows_affected(), 1);
    };
    set("SUSPENDED").await;
    let refused = open(&bench, &mine, &held).await.expect_err("not normal");
    assert_eq!(reason(&refused), "ENROLMENT_NOT_NORMAL");
    set("NORMAL").await;
    open(&bench, &mine, &held).await.expect("the id was not burnt");
}

#[tokio::test]
async fn identity_keeps_no_place_for_a_wallet_that_was_refused_for_ever() {
    let bench = Bench::start().await;
    let person = bench.registered("32").await;
    let (mine, early) = (format!("citizen:{person}"), opening(&person));
    let refused = open(&bench, &mine, &early).await.expect_err("not insured yet");
    assert_eq!(reason(&refused), "BENEFICIARY_NOT_INSURED");
    bench.enrol(&person, Scheme::Resident, "320100", EnrolmentStatus::Normal).await;
    let repeated = open(&bench, &mine, &early).await.expect_err("the first answer stands");
    assert_eq!(reason(&repeated), "BENEFICIARY_NOT_INSURED");
    assert_eq!(standing(&bench, &person).await.wallet_id, "");
    open(&bench, &mine, &opening(&person)).await.expect("a new id is free to open");
}

/// Waits until somebody else waits for a lock in identity's database.
async fn somebody_waits(conn: &mut PgConnection) {
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *conn).await.expect("it counts") == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_caller_who_gives_up_does_not_interrupt_an_opening() {
    let bench = Bench::start().await;
    let person = bench.person(Scheme::Resident, "320100").await;
    let (mine, request) = (format!("citizen:{person}"), opening(&person));
    let (mut holder, mut watcher) = (bench.identity_conn().await, bench.identity_conn().await);
    // Identity's writer stops before it gives the place, and the caller gives up then.
    let mut held = holder.begin().await.expect("a transaction");
    sqlx::query("SELECT seq FROM head FOR UPDATE").execute(&mut *held).await.expect("the head is held");
    let (mut client, asked) = (bench.wallets(), under(&mine, request.clone()));
    let call = tokio::spawn(async move { client.open_wallet(asked).await });
    somebody_waits(&mut watcher).await;
    call.abort();
    assert!(call.await.expect_err("it was given up").is_cancelled());
    // The same connection answers later requests only after it has heard of the cancelled one.
    for _ in 0..10 {
        let none = wire::GetWalletRequest { person_id: person.clone() };
        bench.wallets().get_wallet(under(&mine, none)).await.expect_err("not open yet");
    }
    held.rollback().await.expect("the head is free");
    let wallet = async {
        loop {
            let asked = wire::GetWalletRequest { person_id: person.clone() };
            if let Ok(reply) = bench.wallets().get_wallet(under(&mine, asked)).await {
                return reply.into_inner().wallet.expect("a wallet");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let wallet =
        tokio::time::timeout(Duration::from_secs(10), wallet).await.expect("it is opened all the same");
    assert_eq!(wallet.wallet_id, request.wallet_id);
}
