//! The place of use: one wallet per person in the country, wherever the requests come from.

use futures::future::join_all;
use proto::identity::{AssignPlaceOfUseRequest, EnrolmentStatus, RecordEnrolmentRequest, Scheme};
use tonic::{Code, Status};

use crate::harness::{
    JIANGSU, SICHUAN, Stack, WALLET_32, WALLET_51, assignment, enrolment, id, refused, violations,
};

/// Somebody employed in Nanjing.
async fn employed(stack: &Stack) -> String {
    let person = stack.person().await.person_id;
    stack.enrol(JIANGSU, enrolment(&person)).await.unwrap();
    person
}

fn open_already(status: &Status) {
    assert_eq!(refused(status), (Code::FailedPrecondition, "WALLET_ALREADY_OPEN".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r_090_of_64_wallets_at_once_exactly_one_gets_a_place() {
    let stack = Stack::start().await;
    let person = employed(&stack).await;
    let flexible = RecordEnrolmentRequest {
        scheme: Scheme::Resident.into(),
        pooling_area: "510100".into(),
        ..enrolment(&person)
    };
    stack.enrol(SICHUAN, flexible).await.unwrap();
    let (nanjing, chengdu) = (stack.client(WALLET_32), stack.client(WALLET_51));
    let answers = join_all((0..64).map(|at| {
        let (mut client, place) =
            if at % 2 == 0 { (nanjing.clone(), "320100") } else { (chengdu.clone(), "510100") };
        let request = AssignPlaceOfUseRequest { place_of_use: place.into(), ..assignment(&person) };
        async move { client.assign_place_of_use(request).await }
    }))
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 63));
    lost.iter().for_each(|answer| open_already(answer.as_ref().unwrap_err()));
    let won = won.into_iter().next().unwrap().unwrap().into_inner();
    let standing = stack.standing(&person).await;
    assert_eq!((standing.place_of_use, standing.wallet_id), (won.place_of_use, won.wallet_id));
}

#[tokio::test]
async fn a_wallet_is_given_its_place_once_and_may_ask_again() {
    let stack = Stack::start().await;
    let person = employed(&stack).await;
    let request = assignment(&person);
    let mut wallets = stack.client(WALLET_32);
    let first = wallets.assign_place_of_use(request.clone()).await.unwrap().into_inner();
    assert_eq!((first.place_of_use.as_str(), first.position), ("320100", 3));
    assert_eq!(wallets.assign_place_of_use(request.clone()).await.unwrap().into_inner(), first);
    let under_new_id = AssignPlaceOfUseRequest { request_id: id(), ..request.clone() };
    assert_eq!(wallets.assign_place_of_use(under_new_id).await.unwrap().into_inner(), first);
    let second_wallet = assignment(&person);
    for _ in 0..2 {
        open_already(&wallets.assign_place_of_use(second_wallet.clone()).await.unwrap_err());
    }
}

#[tokio::test]
async fn the_place_moves_only_from_where_it_is() {
    let stack = Stack::start().await;
    let person = employed(&stack).await;
    let mut wallets = stack.client(WALLET_32);
    let first = assignment(&person);
    let move_to = |to: &str, from: &str| AssignPlaceOfUseRequest {
        request_id: id(),
        place_of_use: to.into(),
        expected_place_of_use: from.into(),
        ..first.clone()
    };
    let changed = (Code::Aborted, "REVISION_CHANGED".to_owned());
    let early = move_to("320500", "320100");
    assert_eq!(refused(&wallets.assign_place_of_use(early.clone()).await.unwrap_err()), changed);
    wallets.assign_place_of_use(first.clone()).await.unwrap();
    for from in ["", "320200"] {
        assert_eq!(
            refused(&wallets.assign_place_of_use(move_to("320500", from)).await.unwrap_err()),
            changed
        );
    }
    // The refused id was not burnt.
    let moved = wallets.assign_place_of_use(early).await.unwrap().into_inner();
    assert_eq!(moved.place_of_use, "320500");
    assert_eq!(stack.standing(&person).await.place_of_use, "320500");
}

#[tokio::test]
async fn r_092_the_place_lies_in_a_province_of_normal_enrolment() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let not_allowed = (Code::FailedPrecondition, "PLACE_OF_USE_NOT_ALLOWED".to_owned());
    let elsewhere = || AssignPlaceOfUseRequest { place_of_use: "510100".into(), ..assignment(&person) };
    let status = stack.client(WALLET_32).assign_place_of_use(assignment(&person)).await.unwrap_err();
    assert_eq!(refused(&status), not_allowed);

    let suspended =
        RecordEnrolmentRequest { status: EnrolmentStatus::Suspended.into(), ..enrolment(&person) };
    stack.enrol(JIANGSU, suspended.clone()).await.unwrap();
    let status = stack.client(WALLET_32).assign_place_of_use(assignment(&person)).await.unwrap_err();
    assert_eq!(refused(&status), not_allowed);

    let normal =
        RecordEnrolmentRequest { request_id: id(), status: EnrolmentStatus::Normal.into(), ..suspended };
    stack.enrol(JIANGSU, normal).await.unwrap();
    let status = stack.client(WALLET_51).assign_place_of_use(elsewhere()).await.unwrap_err();
    let refusal = chassis::status::read(&status).unwrap().refusal;
    assert_eq!((refusal.reason.as_str(), refusal.rule.as_str()), ("PLACE_OF_USE_NOT_ALLOWED", "R-092"));
    assert_eq!((refusal.limit.as_str(), refusal.actual.as_str()), ("32", "510100"));
    assert!(refusal.what_to_do_zh.contains("江苏省") && refusal.what_to_do_en.contains("32"));
    // Anywhere in the province is allowed, the provincial pool too.
    let provincial = AssignPlaceOfUseRequest { place_of_use: "329900".into(), ..assignment(&person) };
    stack.client(WALLET_32).assign_place_of_use(provincial).await.unwrap();
}

#[tokio::test]
async fn a_wallet_service_assigns_only_in_its_own_book_and_nobody_else_does() {
    let stack = Stack::start().await;
    let person = employed(&stack).await;
    let status = stack.client(WALLET_51).assign_place_of_use(assignment(&person)).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()));
    for token in [JIANGSU, "dev:service:settlement", "dev:operator:320100"] {
        let status = stack.client(token).assign_place_of_use(assignment(&person)).await.unwrap_err();
        assert_eq!(refused(&status), (Code::PermissionDenied, "CALLER_NOT_ALLOWED".to_owned()), "{token}");
    }
}

#[tokio::test]
async fn one_wallet_id_is_never_given_to_two_persons() {
    let stack = Stack::start().await;
    let (one, other) = (employed(&stack).await, employed(&stack).await);
    let first = assignment(&one);
    stack.client(WALLET_32).assign_place_of_use(first.clone()).await.unwrap();
    let second = AssignPlaceOfUseRequest { wallet_id: first.wallet_id, ..assignment(&other) };
    let status = stack.client(WALLET_32).assign_place_of_use(second).await.unwrap_err();
    assert_eq!(violations(&status), [("wallet_id".to_owned(), "BELONGS_TO_ANOTHER".to_owned())]);
}
