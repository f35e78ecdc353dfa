//! The directory of institutions: put, read, list, follow.

use proto::settlement::{
    GetInstitutionRequest, Institution, ListInstitutionsRequest, PutInstitutionRequest, StreamEventsRequest,
    list_institutions_request::Area,
};
use tonic::Code;

use super::{
    harness::{SICHUAN, Stack, citizen, id, reason},
    hospital,
};

async fn put(stack: &Stack, request: PutInstitutionRequest) -> Institution {
    let reply = stack.institutions(SICHUAN).put_institution(request).await.unwrap();
    reply.into_inner().institution.unwrap()
}

#[tokio::test]
async fn an_institution_is_created_changed_and_never_put_twice_by_one_request() {
    let stack = Stack::start().await;
    let first = hospital();
    assert_eq!(put(&stack, first.clone()).await.revision, 1);
    let change =
        PutInstitutionRequest { request_id: id(), suspended: true, expected_revision: 1, ..hospital() };
    assert_eq!(put(&stack, change).await.revision, 2);
    // The first request again: the institution as it is now.
    let again = put(&stack, first.clone()).await;
    assert_eq!((again.revision, again.suspended), (2, true));
    let other = PutInstitutionRequest { name: "别的医院".to_owned(), ..first };
    let status = stack.institutions(SICHUAN).put_institution(other).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    let stale = PutInstitutionRequest { request_id: id(), expected_revision: 1, ..hospital() };
    let status = stack.institutions(SICHUAN).put_institution(stale.clone()).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Aborted, "REVISION_CHANGED"));
    // Nothing was stored under the id.
    let mended = PutInstitutionRequest { expected_revision: 2, ..stale };
    assert_eq!(put(&stack, mended).await.revision, 3);
    stack.stop().await;
}

#[tokio::test]
async fn r_096_designation_is_answered_for_the_day_asked() {
    let stack = Stack::start().await;
    let request = PutInstitutionRequest { designated_to: "2026-01-20".to_owned(), ..hospital() };
    put(&stack, request).await;
    let mut client = stack.institutions(&citizen());
    for (day, designated) in [("", true), ("2019-12-31", false), ("2026-01-20", true), ("2026-01-21", false)]
    {
        let get =
            GetInstitutionRequest { institution_code: hospital().institution_code, on_day: day.to_owned() };
        assert_eq!(client.get_institution(get).await.unwrap().into_inner().designated, designated, "{day}");
    }
    let get = GetInstitutionRequest { institution_code: "P51010400009".to_owned(), on_day: String::new() };
    assert_eq!(reason(&client.get_institution(get).await.unwrap_err()), "INSTITUTION_UNKNOWN");
    stack.stop().await;
}

#[tokio::test]
async fn institutions_are_listed_by_code_page_by_page() {
    let stack = Stack::start().await;
    for number in 1..=5 {
        let institution_code = format!("H5101040000{number}");
        put(&stack, PutInstitutionRequest { request_id: id(), institution_code, ..hospital() }).await;
    }
    let mut client = stack.institutions(&citizen());
    let mut list = ListInstitutionsRequest {
        area: Some(Area::Province("51".to_owned())),
        page_size: 2,
        ..Default::default()
    };
    let mut found = Vec::new();
    loop {
        let reply = client.list_institutions(list.clone()).await.unwrap().into_inner();
        found.extend(reply.institutions.into_iter().map(|institution| institution.institution_code));
        list.page_token = reply.next_page_token;
        if list.page_token.is_empty() {
            break;
        }
        let elsewhere =
            ListInstitutionsRequest { area: Some(Area::Province("32".to_owned())), ..list.clone() };
        let status = client.list_institutions(elsewhere).await.unwrap_err();
        assert_eq!(reason(&status), "PAGE_TOKEN_INVALID");
    }
    let expected: Vec<String> = (1..=5).map(|number| format!("H5101040000{number}")).collect();
    assert_eq!(found, expected);
    stack.stop().await;
}

#[tokio::test]
async fn changes_are_followed_from_the_start_and_from_a_cursor() {
    let stack = Stack::start().await;
    put(&stack, hospital()).await;
    let mut client = stack.institutions("dev:service:wallet-51-01");
    let mut stream = client.stream_events(StreamEventsRequest::default()).await.unwrap().into_inner();
    let page = stream.message().await.unwrap().unwrap();
    let event = &page.items[0];
    assert_eq!((event.position, event.civil_day.as_str()), (page.position, "2026-01-15"));
    assert_eq!(event.institution.as_ref().map(|known| known.revision), Some(1));
    put(&stack, PutInstitutionRequest { request_id: id(), suspended: true, ..hospital() }).await;
    let cursor = StreamEventsRequest { after_position: page.position, after_hash: page.hash };
    let mut stream = client.stream_events(cursor.clone()).await.unwrap().into_inner();
    let page = stream.message().await.unwrap().unwrap();
    assert!(page.items.iter().all(|event| event.institution.as_ref().is_some_and(|known| known.suspended)));
    let forked = StreamEventsRequest { after_hash: "0".repeat(64), ..cursor };
    let mut stream = client.stream_events(forked).await.unwrap().into_inner();
    let status = stream.message().await.unwrap_err();
    assert_eq!(reason(&status), "CHAIN_FORKED");
    stack.stop().await;
}
