//! What is decided on facts told by other services: known in time, known too late, and not known at all.

use std::time::Duration;

use proto::{
    identity::{EnrolmentStatus, Scheme},
    wallet as wire,
};
use tonic::Code;

use crate::{
    bench::{AGENCY, Bench, PHARMACY, bill, channel, crediting, reason, serve, under},
    directory::institution,
};

#[tokio::test]
async fn somebody_registered_a_moment_ago_is_credited_and_not_refused_for_ever() {
    let bench = Bench::start().await;
    for _ in 0..5 {
        let person = bench.person(Scheme::Employee, "320100").await;
        let account = bench.credit(&person, "12.30").await;
        assert_eq!((account.current_year.as_str(), account.pooling_area.as_str()), ("12.30", "320100"));
    }
}

#[tokio::test]
async fn a_credit_needs_a_personal_account_there_and_then() {
    let bench = Bench::start().await;
    let employee = bench.person(Scheme::Employee, "320100").await;
    let resident = bench.person(Scheme::Resident, "320100").await;
    let cases = [
        (crediting(&resident, "1"), "NOT_YET_ENROLLED_THEN"),
        (
            wire::CreditPersonalAccountRequest {
                pooling_area: "320200".to_owned(),
                ..crediting(&employee, "1")
            },
            "NOT_YET_ENROLLED_THEN",
        ),
        (
            wire::CreditPersonalAccountRequest { month: "2019-12".to_owned(), ..crediting(&employee, "1") },
            "NOT_YET_ENROLLED_THEN",
        ),
        (crediting(&testkit::people::id(), "1"), "PERSON_UNKNOWN"),
    ];
    for (request, expected) in cases {
        let refused =
            bench.wallets().credit_personal_account(under(AGENCY, request)).await.expect_err(expected);
        assert_eq!(reason(&refused), expected);
    }
    let elsewhere =
        wire::CreditPersonalAccountRequest { pooling_area: "510100".to_owned(), ..crediting(&employee, "1") };
    let refused = bench.wallets().credit_personal_account(under(AGENCY, elsewhere.clone())).await;
    assert_eq!(reason(&refused.expect_err("another province's agency")), "OUT_OF_SCOPE");
    let refused = bench.wallets().credit_personal_account(under("agency:51", elsewhere)).await;
    assert_eq!(reason(&refused.expect_err("kept elsewhere")), "WRONG_BOOK");
    let request = crediting(&employee, "5");
    for _ in 0..2 {
        let reply =
            bench.wallets().credit_personal_account(under(AGENCY, request.clone())).await.expect("credited");
        assert_eq!(reply.into_inner().account.expect("an account").available, "5.00");
    }
}

#[tokio::test]
async fn without_its_feeds_a_book_decides_nothing_and_burns_nothing() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Employee).await;
    bench.credit(&patient, "64").await;
    // A second replica that follows nobody: what it knows is too old, whatever its database holds.
    let (alone, _) = serve(&bench.url, None, bench.clock.clone()).await;
    let mut client = wire::payment_service_client::PaymentServiceClient::new(channel(alone));
    let request = bill(&patient, "64");
    let mut asked = under(&format!("institution:{PHARMACY}"), request.clone());
    asked.set_timeout(Duration::from_millis(400));
    let behind = client.pay(asked).await.expect_err("it knows too little");
    assert_eq!((behind.code(), reason(&behind).as_str()), (Code::Unavailable, "FEED_BEHIND"));
    let paid = bench.pay(request).await.expect("the same id is free elsewhere");
    assert_eq!(paid.legs.len(), 1);
}

#[tokio::test]
async fn an_institution_is_paid_while_it_is_designated_and_open() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Resident).await;
    bench.lot(&patient, "64").await;
    let mut suspended = institution(PHARMACY, "320100");
    suspended.suspended = true;
    bench.directory.put(suspended);
    let later = institution("P32010200009", "320100");
    bench.directory.put(later.clone());
    let mut request = bill(&patient, "1");
    request.draft.as_mut().expect("a draft").institution_code = later.institution_code.clone();
    bench.pay(request).await.expect("put a moment ago, known when it is asked for");
    let refused = bench.pay(bill(&patient, "1")).await.expect_err("it is suspended");
    assert_eq!(reason(&refused), "INSTITUTION_NOT_DESIGNATED");
    let mut without = institution(PHARMACY, "320100");
    without.wallet_supported = false;
    bench.directory.put(without);
    bench.directory.put(institution("P32010200010", "320100"));
    let mut request = bill(&patient, "1");
    request.draft.as_mut().expect("a draft").institution_code = "P32010200010".to_owned();
    bench.pay(request).await.expect("the news has arrived with it");
    assert_eq!(reason(&bench.pay(bill(&patient, "1")).await.expect_err("no wallet")), "NO_WALLET_SUPPORT");
    let mut cash = bill(&patient, "1");
    cash.draft.as_mut().expect("a draft").shared_wanted = wire::SharedWanted::None.into();
    assert_eq!(bench.pay(cash).await.expect("without quota").legs.len(), 1);
}

#[tokio::test]
async fn a_frozen_enrolment_shows_in_the_account() {
    let bench = Bench::start().await;
    let person = bench.owner(Scheme::Resident).await;
    bench.enrol(&person, Scheme::Employee, "320200", EnrolmentStatus::Frozen).await;
    let request =
        wire::CreditPersonalAccountRequest { pooling_area: "320200".to_owned(), ..crediting(&person, "8") };
    let reply = bench
        .wallets()
        .credit_personal_account(under(AGENCY, request))
        .await
        .expect("late money still comes");
    let account = reply.into_inner().account.expect("an account");
    assert_eq!(
        (account.frozen, account.current_year.as_str(), account.available.as_str()),
        (true, "8.00", "0.00")
    );
}
