//! Wallets: opened at the place that identity assigned, frozen by one and thawed by another, followed as events.

use proto::{
    common::Programme,
    identity::{EnrolmentStatus, Scheme},
    policy::{CheckAvailabilityRequest, GetPolicyRequest},
    wallet as wire,
};
use testkit::people::id;
use tonic::Code;

use crate::bench::{AGENCY, Bench, grant, opening, reason, under};

#[tokio::test]
async fn r_090_a_wallet_is_opened_once_and_a_repeat_returns_it_as_it_is_now() {
    let bench = Bench::start().await;
    let person = bench.person(Scheme::Employee, "320100").await;
    let (mine, request) = (format!("citizen:{person}"), opening(&person));
    let open = |request| async { bench.wallets().open_wallet(under(&mine, request)).await };
    let wallet = open(request.clone()).await.expect("it is opened").into_inner().wallet.expect("a wallet");
    assert_eq!((wallet.state(), wallet.mobile_masked.as_str()), (wire::WalletState::Active, "138****5678"));
    assert_eq!((wallet.revision, wallet.quota_amount.as_str()), (1, "0.00"));
    bench.credit(&person, "300").await;
    let again = open(request.clone()).await.expect("a repeat").into_inner().wallet.expect("a wallet");
    assert_eq!(again.wallet_id, wallet.wallet_id);
    assert_eq!(again.account.expect("an account").available, "300.00");
    let other = wire::OpenWalletRequest { auto_claim: true, ..request };
    assert_eq!(reason(&open(other).await.expect_err("other content")), "REQUEST_ID_REUSED");
    let second = open(opening(&person)).await.expect_err("one per person");
    assert_eq!((second.code(), reason(&second).as_str()), (Code::FailedPrecondition, "WALLET_ALREADY_OPEN"));
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn a_wallet_is_refused_where_identity_or_the_rules_say_no() {
    let bench = Bench::start().await;
    let person = bench.person(Scheme::Resident, "320100").await;
    let stranger = id();
    let outsider = bench.person(Scheme::Resident, "510100").await;
    let uninsured = bench.registered("32").await;
    let suspended = bench.registered("32").await;
    bench.enrol(&suspended, Scheme::Resident, "320100", EnrolmentStatus::Suspended).await;
    let cases = [
        (opening(&uninsured), "BENEFICIARY_NOT_INSURED"),
        (opening(&suspended), "ENROLMENT_NOT_NORMAL"),
        (wire::OpenWalletRequest { place_of_use: "510100".to_owned(), ..opening(&person) }, "WRONG_BOOK"),
        (opening(&stranger), "PERSON_UNKNOWN"),
        (opening(&outsider), "PLACE_OF_USE_NOT_ALLOWED"),
    ];
    for (request, expected) in cases {
        let who = format!("citizen:{}", request.person_id);
        for _ in 0..2 {
            let refused =
                bench.wallets().open_wallet(under(&who, request.clone())).await.expect_err(expected);
            assert_eq!(reason(&refused), expected);
        }
    }
    let not_mine = bench.wallets().open_wallet(under(&format!("citizen:{stranger}"), opening(&person))).await;
    assert_eq!(reason(&not_mine.expect_err("another person")), "OUT_OF_SCOPE");
}

#[tokio::test]
async fn who_freezes_a_wallet_does_not_thaw_it_alone() {
    let bench = Bench::start().await;
    let person = bench.owner(Scheme::Resident).await;
    let wallet_id = bench.wallet_now(&person).await.wallet_id;
    let request = wire::FreezeWalletRequest {
        request_id: id(),
        wallet_id: wallet_id.clone(),
        reason: "lost phone".to_owned(),
        case_reference: String::new(),
    };
    let frozen = bench.wallets().freeze_wallet(under("agency:32:one", request)).await.expect("it is frozen");
    assert_eq!(frozen.into_inner().wallet.expect("a wallet").state(), wire::WalletState::Frozen);
    let thaw = |who: &'static str, request_id: String| {
        let request = wire::UnfreezeWalletRequest {
            request_id,
            wallet_id: wallet_id.clone(),
            reason: "found".to_owned(),
            case_reference: String::new(),
        };
        let mut client = bench.wallets();
        async move { client.unfreeze_wallet(under(who, request)).await }
    };
    let request_id = id();
    let alone = thaw("agency:32:one", request_id.clone()).await.expect_err("the same person");
    assert_eq!(reason(&alone), "SECOND_PERSON_REQUIRED");
    assert_eq!(reason(&thaw("agency:51:two", id()).await.expect_err("another province")), "OUT_OF_SCOPE");
    let thawed = thaw("agency:32:two", request_id).await.expect("another person, and the id was not burnt");
    assert_eq!(thawed.into_inner().wallet.expect("a wallet").state(), wire::WalletState::Active);
    let unknown = wire::FreezeWalletRequest {
        request_id: id(),
        wallet_id: id(),
        reason: "x".to_owned(),
        ..Default::default()
    };
    let unknown = bench.wallets().freeze_wallet(under(AGENCY, unknown)).await.expect_err("no wallet");
    assert_eq!((unknown.code(), reason(&unknown).as_str()), (Code::NotFound, "WALLET_UNKNOWN"));
}

#[tokio::test]
async fn r_154_what_may_be_received_and_read_follows_wallet_and_caller() {
    let bench = Bench::start().await;
    let person = bench.person(Scheme::Resident, "320100").await;
    let ask = || async {
        let request = wire::CanReceiveRequest { person_id: person.clone(), asking_bond_id: id() };
        let reply =
            bench.wallets().can_receive(under("service:settlement", request)).await.expect("an answer");
        let reply = reply.into_inner();
        (reply.can_receive, reply.reason())
    };
    assert_eq!(ask().await, (false, wire::ReceiveObstacle::WalletNotOpen));
    let refused = bench.apply([grant(&id(), &person, "10")]).await;
    let refused = refused[0].outcome.clone().expect("an outcome");
    assert!(
        matches!(refused, wire::book_outcome::Outcome::Refused(refusal) if refusal.reason == "WALLET_NOT_OPEN")
    );
    let mine = format!("citizen:{person}");
    bench.wallets().open_wallet(under(&mine, opening(&person))).await.expect("it is opened");
    assert_eq!(ask().await, (true, wire::ReceiveObstacle::Unspecified));
    let read = |who: String| {
        let request = wire::GetWalletRequest { person_id: person.clone() };
        let mut client = bench.wallets();
        async move { client.get_wallet(under(&who, request)).await.map_err(|status| reason(&status)).map(|_| ()) }
    };
    for who in ["auditor", "operator:320100", mine.as_str()] {
        assert_eq!(read(who.to_owned()).await, Ok(()), "{who}");
    }
    assert_eq!(read("operator:320200".to_owned()).await, Err("OUT_OF_SCOPE".to_owned()));
    assert_eq!(read("agency:51".to_owned()).await, Err("OUT_OF_SCOPE".to_owned()));
    assert_eq!(read(format!("citizen:{}", id())).await, Err("OUT_OF_SCOPE".to_owned()));
    assert_eq!(read("service:settlement".to_owned()).await, Err("CALLER_NOT_ALLOWED".to_owned()));
}

#[tokio::test]
async fn r_155_a_balance_is_the_same_in_the_app_at_a_counter_and_on_the_telephone() {
    let bench = Bench::start().await;
    let person = bench.owner(Scheme::Employee).await;
    bench.credit(&person, "100.00").await;
    let mut told = Vec::new();
    // The telephone's operator is one of the counter's.
    for who in [format!("citizen:{person}"), "operator:320100".to_owned(), "agency:32".to_owned()] {
        let request = wire::GetWalletRequest { person_id: person.clone() };
        let reply =
            bench.wallets().get_wallet(under(&who, request)).await.expect("it may be read").into_inner();
        told.push(reply.wallet.expect("a wallet").account.expect("an account").available);
    }
    assert_eq!(told, ["100.00", "100.00", "100.00"]);
}

#[tokio::test]
async fn events_tell_what_became_of_each_wallet_and_nothing_of_refusals() {
    let bench = Bench::start().await;
    let person = bench.owner(Scheme::Resident).await;
    let mine = format!("citizen:{person}");
    bench.wallets().open_wallet(under(&mine, opening(&person))).await.expect_err("one per person");
    let wallet_id = bench.wallet_now(&person).await.wallet_id;
    let request = wire::FreezeWalletRequest {
        request_id: id(),
        wallet_id,
        reason: "x".to_owned(),
        ..Default::default()
    };
    bench.wallets().freeze_wallet(under(&mine, request)).await.expect("the own wallet");
    let request = under("service:settlement", wire::StreamEventsRequest::default());
    let mut stream = bench.wallets().stream_events(request).await.expect("a stream").into_inner();
    let (mut events, mut page) = (Vec::new(), wire::StreamEventsResponse::default());
    while page.position < 3 {
        page = stream.message().await.expect("a page").expect("not the end");
        events.append(&mut page.items);
    }
    let kinds: Vec<_> = events.iter().map(|event| (event.kind(), event.revision)).collect();
    assert_eq!(kinds, [(wire::WalletEventKind::Opened, 1), (wire::WalletEventKind::Frozen, 2)]);
    assert_eq!((page.position, page.hash.len(), page.book_id.as_str()), (3, 64, "32-01"));
    let watermark = stream.message().await.expect("a watermark").expect("not the end");
    assert!(watermark.items.is_empty() && watermark.position == 3);
    let forked = wire::StreamEventsRequest { after_position: 3, after_hash: "ab".repeat(32) };
    let mut stream = bench
        .wallets()
        .stream_events(under("service:settlement", forked))
        .await
        .expect("a stream")
        .into_inner();
    assert_eq!(reason(&stream.message().await.expect_err("another chain")), "CHAIN_FORKED");
}

#[tokio::test]
async fn r_008_the_book_says_by_which_rules_it_decides() {
    let bench = Bench::start().await;
    let mut policy = bench.policy();
    let programme = Programme::Wallet.into();
    let asked = GetPolicyRequest { region: "320100".to_owned(), programme, at_time: None };
    let parameters =
        policy.get_policy(under(AGENCY, asked)).await.expect("the rules").into_inner().parameters;
    let limit = parameters.iter().find(|parameter| parameter.name == "single_limit").expect("a limit");
    assert_eq!(limit.value, "2000.00");
    assert!(!limit.policy_version.is_empty() && !limit.source.is_empty());
    let asked = CheckAvailabilityRequest { pooling_area: "320000".to_owned(), programme, at_time: None };
    let refused = policy.check_availability(under(AGENCY, asked)).await.expect_err("not a pooling area");
    assert_eq!(reason(&refused), "FIELD_INVALID");
}
