//! Registration: one person per number, whoever comes and however often; and who may be told.

use chassis::clock::Clock;
use futures::future::join_all;
use proto::identity::{GetPersonRequest, PersonState, RegisterPersonRequest, Sex};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use uuid::Uuid;

use crate::{
    harness::{
        self, AUDITOR, JIANGSU, KINSHIP, NANJING, SICHUAN, Stack, WALLET_51, enrolment, id, number, refused,
        registration,
    },
    sql,
};

#[tokio::test]
async fn a_person_is_shown_masked() {
    let stack = Stack::start().await;
    let reply = stack.register(
        NANJING,
        RegisterPersonRequest { id_number: "34052419800101001x".into(), ..registration() },
    );
    let reply = reply.await.unwrap();
    let person = reply.person.unwrap();
    assert!(!reply.existed);
    assert_eq!(person.masked_name, "张*芳");
    assert_eq!(person.masked_id_number, "3405**********001X");
    assert_eq!(person.mobile_masked, "138****5678");
    assert_eq!(person.psn_no, "32000020100030375675");
    assert_eq!(person.birth_day, "1980-01-01");
    assert_eq!((person.sex(), person.state(), person.revision), (Sex::Male, PersonState::Alive, 1));
    for token in [NANJING, JIANGSU, AUDITOR, KINSHIP, WALLET_51] {
        let request = GetPersonRequest { person_id: person.person_id.clone() };
        let seen = stack.client(token).get_person(request).await.unwrap().into_inner().person.unwrap();
        assert_eq!(seen, person, "{token}");
    }
}

#[tokio::test]
async fn registering_twice_with_one_request_id_is_one_registration() {
    let stack = Stack::start().await;
    let request = registration();
    let first = stack.register(NANJING, request.clone()).await.unwrap();
    let again = stack.register(NANJING, request.clone()).await.unwrap();
    assert_eq!(first, again);
    let stack = stack.restart().await;
    assert_eq!(stack.register(NANJING, request).await.unwrap(), first);
    assert_eq!(sql::records(&mut sql::connect(&stack.url).await).await, 1);
}

#[tokio::test]
async fn many_registrations_of_one_number_at_once_make_one_person() {
    let stack = Stack::start().await;
    let one = registration();
    let client = stack.client(NANJING);
    let replies = join_all((0..32).map(|_| {
        let (mut client, request) =
            (client.clone(), RegisterPersonRequest { request_id: id(), ..one.clone() });
        async move { client.register_person(request).await.unwrap().into_inner() }
    }))
    .await;
    assert_eq!(replies.iter().filter(|reply| !reply.existed).count(), 1);
    assert!(replies.windows(2).all(|pair| pair[0].person == pair[1].person));
}

#[tokio::test]
async fn a_small_x_is_the_same_number() {
    let stack = Stack::start().await;
    let small = RegisterPersonRequest { id_number: "34052419800101001x".into(), ..registration() };
    let large = RegisterPersonRequest { id_number: "34052419800101001X".into(), ..registration() };
    let first = stack.register(NANJING, small.clone()).await.unwrap();
    let second = stack.register(NANJING, large.clone()).await.unwrap();
    assert!(second.existed && second.person == first.person);
    let same_request = RegisterPersonRequest { request_id: small.request_id, ..large };
    assert_eq!(stack.register(NANJING, same_request).await.unwrap(), first);
}

#[tokio::test]
async fn a_counter_elsewhere_is_told_only_for_the_registered_name() {
    let stack = Stack::start().await;
    let request = registration();
    let person = stack.register(NANJING, request.clone()).await.unwrap().person.unwrap();
    stack.enrol(JIANGSU, enrolment(&person.person_id)).await.unwrap();

    let again = || RegisterPersonRequest { request_id: id(), ..request.clone() };
    let known = stack.register(SICHUAN, again()).await.unwrap();
    assert!(known.existed && known.person.as_ref() == Some(&person));
    let guess = RegisterPersonRequest { name: "李桂芳".into(), ..again() };
    let status = stack.register(SICHUAN, guess.clone()).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()));
    // The province of enrolment may correct a spelling, so it is told; and the refused id was not burnt.
    let known = stack.register(JIANGSU, guess).await.unwrap();
    assert!(known.existed && known.person.unwrap().masked_name == "张*芳");

    let status =
        stack.client(SICHUAN).get_person(GetPersonRequest { person_id: person.person_id }).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()));
}

#[tokio::test]
async fn a_citizen_registers_only_himself_and_learns_nothing_about_others() {
    let stack = Stack::start().await;
    let own = Uuid::now_v7().to_string();
    let token = format!("dev:citizen:{own}");
    let request = registration();
    let first = stack.register(&token, request.clone()).await.unwrap();
    assert!(!first.existed && first.person.as_ref().unwrap().person_id == own);
    assert_eq!(stack.register(&token, request.clone()).await.unwrap(), first);
    let later = RegisterPersonRequest { request_id: id(), ..request.clone() };
    assert!(stack.register(&token, later).await.unwrap().existed);

    // Another number under his credential, known or not, and his number under another's.
    let stranger = registration();
    stack.register(NANJING, stranger.clone()).await.unwrap();
    let known = RegisterPersonRequest { request_id: id(), ..stranger };
    let unknown = RegisterPersonRequest { id_number: number().number().to_owned(), ..registration() };
    let mut texts = Vec::new();
    for other in [known, unknown] {
        let status = stack.register(&token, other).await.unwrap_err();
        assert_eq!(refused(&status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()));
        texts.push(chassis::status::read(&status).unwrap());
    }
    let somebody = format!("dev:citizen:{}", Uuid::now_v7());
    for request in [RegisterPersonRequest { request_id: id(), ..request.clone() }, request] {
        let status = stack.register(&somebody, request).await.unwrap_err();
        texts.push(chassis::status::read(&status).unwrap());
    }
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "one refusal for all cases");

    let status = stack.client(&somebody).get_person(GetPersonRequest { person_id: own }).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()));
}

#[tokio::test]
async fn a_sealed_name_moved_to_another_row_is_never_shown() {
    let stack = Stack::start().await;
    let (one, other) = (stack.person().await, stack.person().await);
    let uuid = |person: &proto::identity::Person| person.person_id.parse().unwrap();
    sql::swap_names(&mut sql::connect(&stack.url).await, uuid(&one), uuid(&other)).await;
    let status =
        stack.client(AUDITOR).get_person(GetPersonRequest { person_id: one.person_id }).await.unwrap_err();
    assert_eq!(refused(&status), (Code::Internal, "INTERNAL".to_owned()));
}

#[tokio::test]
async fn a_database_filled_with_other_keys_is_not_served() {
    let (url, _keys) = Stack::start().await.stop().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = harness::config(&url, &harness::fresh_keys());
    let served = identity::serve(config, listener, Clock::system(), CancellationToken::new()).await;
    assert!(served.unwrap_err().to_string().contains("another index key"));
}
