//! The stream of events: every change of a bond once, in order, from any cursor; a foreign chain stops it.

use futures::StreamExt as _;
use proto::kinship::{BondEvent, BondState, Relation, StreamEventsRequest, StreamEventsResponse};
use tonic::{Code, Streaming};

use crate::{
    harness::{AUDITOR, SETTLEMENT, Stack, acceptance, proposal, refused, rejection},
    sql,
};

async fn open(stack: &Stack, position: i64, hash: &str) -> Streaming<StreamEventsResponse> {
    let request = StreamEventsRequest { after_position: position, after_hash: hash.into() };
    stack.client(SETTLEMENT).stream_events(request).await.unwrap().into_inner()
}

/// Batches until the stream has reached a position.
async fn read_to(stream: &mut Streaming<StreamEventsResponse>, position: i64) -> Vec<StreamEventsResponse> {
    let mut batches = Vec::new();
    while batches.last().is_none_or(|last: &StreamEventsResponse| last.position < position) {
        batches.push(stream.next().await.unwrap().unwrap());
    }
    batches
}

fn items(batches: &[StreamEventsResponse]) -> Vec<BondEvent> {
    batches.iter().flat_map(|batch| batch.items.clone()).collect()
}

/// Six records, of which five change a bond. Each record is its own batch.
async fn history(stack: &Stack) -> i64 {
    let bond = stack.active().await;
    let mut in_law = proposal(&bond.sharer_person_id, &bond.beneficiary_person_id);
    in_law.relation = Relation::ParentInLaw.into();
    stack.propose(in_law).await.unwrap_err();
    let (sharer, beneficiary) = stack.family().await;
    let second = stack.propose(proposal(&sharer, &beneficiary)).await.unwrap();
    stack.reject(&beneficiary, rejection(&second.bond_id)).await.unwrap();
    stack.propose(proposal(&sharer, &beneficiary)).await.unwrap();
    sql::records(&stack.url).await
}

#[tokio::test]
async fn every_change_comes_once_and_a_reader_may_go_on_from_any_cursor() {
    let stack = Stack::start().await;
    let head = history(&stack).await;
    assert_eq!(head, 6);
    let all = read_to(&mut open(&stack, 0, "").await, head).await;
    let events = items(&all);
    let seen: Vec<_> = events
        .iter()
        .map(|event| {
            let bond = event.bond.as_ref().unwrap();
            (event.position, bond.revision, bond.state())
        })
        .collect();
    let expected = [
        (1, 1, BondState::PendingConsent),
        (2, 2, BondState::Active),
        (4, 1, BondState::PendingConsent),
        (5, 2, BondState::Rejected),
        (6, 1, BondState::PendingConsent),
    ];
    assert_eq!(seen, expected);
    for event in &events {
        assert_eq!(event.civil_day, "2026-01-15");
        assert!(event.time.is_some() && event.bond.as_ref().unwrap().decision.is_none());
    }
    let epochs: Vec<i64> = all.iter().map(|batch| batch.epoch).collect();
    assert!(epochs.iter().all(|epoch| *epoch > 0 && *epoch == epochs[0]));

    // A reader that is there while things happen gets each batch on its own, with a cursor to go on from.
    let mut live = open(&stack, head, &all.last().unwrap().hash).await;
    let (sharer, beneficiary) = stack.family().await;
    let proposed = stack.propose(proposal(&sharer, &beneficiary)).await.unwrap();
    let first = read_to(&mut live, head + 1).await;
    stack.accept(&beneficiary, acceptance(&proposed.bond_id)).await.unwrap();
    let second = read_to(&mut live, head + 2).await;
    assert_eq!((items(&first).len(), items(&second).len()), (1, 1));
    let cursor = first.last().unwrap();
    let stack = stack.restart().await;
    let resumed = read_to(&mut open(&stack, cursor.position, &cursor.hash).await, head + 2).await;
    assert_eq!(items(&resumed), items(&second));
}

#[tokio::test]
async fn a_quiet_stream_still_tells_how_far_it_is() {
    let stack = Stack::start().await;
    let mut stream = open(&stack, 0, "").await;
    let first = stream.next().await.unwrap().unwrap();
    let second = stream.next().await.unwrap().unwrap();
    assert!(first.items.is_empty() && second.items.is_empty());
    let through = |batch: &StreamEventsResponse| {
        let time = batch.complete_through.unwrap();
        (time.seconds, time.nanos)
    };
    assert!(through(&first) < through(&second));
    assert_eq!((second.position, second.hash.as_str()), (0, ""));
}

#[tokio::test]
async fn a_cursor_of_another_chain_is_refused() {
    let stack = Stack::start().await;
    let head = history(&stack).await;
    for (position, hash) in [(head, "00".repeat(32)), (head + 7, "ab".repeat(32))] {
        let status = open(&stack, position, &hash).await.next().await.unwrap().unwrap_err();
        assert_eq!(refused(&status), (Code::Aborted, "CHAIN_FORKED".to_owned()));
    }
    let request = StreamEventsRequest::default();
    let mut audited = stack.client(AUDITOR).stream_events(request).await.unwrap().into_inner();
    assert_eq!(items(&read_to(&mut audited, head).await).len(), 5);
}
