//! The stream of events: from any cursor, in order, numbered per person, and stopped by a foreign chain.

use std::time::Duration;

use futures::StreamExt as _;
use proto::identity::{
    EnrolmentStatus, PersonEvent, PersonEventKind, RecordEnrolmentRequest, Scheme, StreamEventsRequest,
    StreamEventsResponse,
};
use tonic::{Code, Streaming};

use crate::harness::{
    AUDITOR, JIANGSU, NANJING, Stack, WALLET_32, assignment, enrolment, id, refused, registration,
};

async fn open(stack: &Stack, position: i64, hash: &str) -> Streaming<StreamEventsResponse> {
    let request = StreamEventsRequest { after_position: position, after_hash: hash.into() };
    stack.client(AUDITOR).stream_events(request).await.unwrap().into_inner()
}

/// Batches until the stream has reached a position.
async fn read_to(stream: &mut Streaming<StreamEventsResponse>, position: i64) -> Vec<StreamEventsResponse> {
    let mut batches = Vec::new();
    while batches.last().is_none_or(|last: &StreamEventsResponse| last.position < position) {
        batches.push(stream.next().await.unwrap().unwrap());
    }
    batches
}

fn items(batches: &[StreamEventsResponse]) -> Vec<PersonEvent> {
    batches.iter().flat_map(|batch| batch.items.clone()).collect()
}

/// Two persons and nine records, of which six are events. Each record is its own batch.
async fn history(stack: &Stack) -> (String, String) {
    let request = registration();
    let one = stack.register(NANJING, request.clone()).await.unwrap().person.unwrap().person_id;
    let other = stack.person().await.person_id;
    // Known already: recorded, nobody is told.
    let again = proto::identity::RegisterPersonRequest { request_id: id(), ..request };
    stack.register(NANJING, again).await.unwrap();
    let employed = enrolment(&one);
    stack.enrol(JIANGSU, employed.clone()).await.unwrap();
    // Refused for ever: recorded, nobody is told.
    stack.client(WALLET_32).assign_place_of_use(assignment(&other)).await.unwrap_err();
    stack.client(WALLET_32).assign_place_of_use(assignment(&one)).await.unwrap();
    let suspended = RecordEnrolmentRequest {
        request_id: id(),
        status: EnrolmentStatus::Suspended.into(),
        ..employed.clone()
    };
    stack.enrol(JIANGSU, suspended.clone()).await.unwrap();
    // Nothing new: recorded, nobody is told.
    stack.enrol(JIANGSU, RecordEnrolmentRequest { request_id: id(), ..suspended }).await.unwrap();
    stack.enrol(JIANGSU, enrolment(&other)).await.unwrap();
    (one, other)
}

#[tokio::test]
async fn every_event_comes_once_in_order_with_what_holds_since() {
    let stack = Stack::start().await;
    let (one, other) = history(&stack).await;
    let events = items(&read_to(&mut open(&stack, 0, "").await, 9).await);
    let told: Vec<_> =
        events.iter().map(|e| (e.position, e.person_id.as_str(), e.sequence, e.kind())).collect();
    let expected = [
        (1, one.as_str(), 1, PersonEventKind::Registered),
        (2, other.as_str(), 1, PersonEventKind::Registered),
        (4, one.as_str(), 2, PersonEventKind::EnrolmentRecorded),
        (6, one.as_str(), 3, PersonEventKind::PlaceOfUseAssigned),
        (7, one.as_str(), 4, PersonEventKind::EnrolmentRecorded),
        (9, other.as_str(), 2, PersonEventKind::EnrolmentRecorded),
    ];
    assert_eq!(told, expected);
    let last_of_one = events[4].standing.clone().unwrap();
    assert_eq!(last_of_one.as_of_position, 7);
    assert_eq!(last_of_one.place_of_use, "320100");
    assert_eq!(last_of_one.enrolments[0].status(), EnrolmentStatus::Suspended);
    assert_eq!(events[2].standing.as_ref().unwrap().place_of_use, "");
    let at = events[2].business_time.unwrap();
    assert_eq!((at.seconds, at.nanos), (1_768_000_000, 123_456_000), "cut to microseconds");
    assert_eq!(events[0].civil_day, "2026-01-15");
    // What an event says is what a question answers.
    let mut asked = stack.standing(&one).await;
    asked.as_of_position = 7;
    assert_eq!(asked, last_of_one);
}

#[tokio::test]
async fn a_stream_goes_on_from_every_cursor_it_gave() {
    let stack = Stack::start().await;
    let mut live = open(&stack, 0, "").await;
    history(&stack).await;
    let batches = read_to(&mut live, 9).await;
    let whole = items(&batches);
    let stack = stack.restart().await;
    for batch in &batches {
        let rest = items(&read_to(&mut open(&stack, batch.position, &batch.hash).await, 9).await);
        let expected: Vec<_> =
            whole.iter().filter(|event| event.position > batch.position).cloned().collect();
        assert_eq!(rest, expected, "after {}", batch.position);
    }
}

#[tokio::test]
async fn a_cursor_of_another_chain_stops_the_stream() {
    let stack = Stack::start().await;
    history(&stack).await;
    let last = read_to(&mut open(&stack, 0, "").await, 9).await.pop().unwrap();
    let forked = (Code::Aborted, "CHAIN_FORKED".to_owned());
    for (position, hash) in [(9, "ab".repeat(32)), (8, last.hash.clone()), (10, last.hash)] {
        let status = open(&stack, position, &hash).await.next().await.unwrap().unwrap_err();
        assert_eq!(refused(&status), forked, "{position}");
    }
}

#[tokio::test]
async fn a_quiet_stream_says_that_it_is_complete_and_ends_with_the_process() {
    let stack = Stack::start().await;
    stack.person().await;
    let mut stream = open(&stack, 0, "").await;
    let first = read_to(&mut stream, 1).await.pop().unwrap();
    let quiet = tokio::time::timeout(Duration::from_secs(5), stream.next()).await.unwrap().unwrap().unwrap();
    assert!(quiet.items.is_empty());
    assert_eq!((quiet.position, &quiet.hash, quiet.epoch), (1, &first.hash, first.epoch));
    let seconds = |batch: &StreamEventsResponse| batch.complete_through.unwrap().seconds;
    assert!(seconds(&quiet) >= seconds(&first));
    stack.stop().await;
    let goodbye = stream.next().await.unwrap().unwrap_err();
    assert_eq!(refused(&goodbye), (Code::Unavailable, "DRAINING".to_owned()));
}

#[tokio::test]
async fn a_reader_who_takes_nothing_holds_up_no_writer_and_misses_nothing() {
    let stack = Stack::start().await;
    let person = stack.employed().await;
    // Open, and nobody reads: the connection's window fills, and the service waits for this reader alone.
    let mut slow = open(&stack, 0, "").await;
    let (changes, held) = (400, enrolment(&person));
    let resident = RecordEnrolmentRequest { scheme: Scheme::Resident.into(), ..held };
    for change in 0..changes {
        let status = if change % 2 == 0 { EnrolmentStatus::Suspended } else { EnrolmentStatus::Normal };
        let request = RecordEnrolmentRequest { request_id: id(), status: status.into(), ..resident.clone() };
        stack.enrol(JIANGSU, request).await.unwrap();
    }
    let last = 2 + changes;
    let events = items(&read_to(&mut open(&stack, 0, "").await, last).await);
    let late = items(&read_to(&mut slow, last).await);
    assert_eq!(late, events);
    assert_eq!(late.len(), usize::try_from(last).unwrap());
}
