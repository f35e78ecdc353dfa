//! The same id twice, many proposals at once, and identity away: one verdict, one bond, nothing half done.

use chassis::status;
use futures::future::join_all;
use proto::kinship::BondState;
use time::Duration;
use tonic::Code;
use uuid::{NoContext, Timestamp, Uuid};

use crate::{
    harness::{NOW, Stack, acceptance, citizen, proposal, refused, rejection, state},
    requests::insist,
    sql,
};

#[tokio::test]
async fn a_repeated_request_gets_the_same_verdict_and_the_bond_as_it_is_now() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let request = proposal(&sharer, &beneficiary);
    let proposed = stack.propose(request.clone()).await.unwrap();
    assert_eq!(stack.propose(request.clone()).await.unwrap(), proposed);
    let answer = acceptance(&proposed.bond_id);
    let accepted = stack.accept(&beneficiary, answer.clone()).await.unwrap();
    assert_eq!(stack.accept(&beneficiary, answer).await.unwrap(), accepted);
    // Assertion and channel are no part of what is asked.
    let mut again = request;
    stack.clock.shift_to(NOW + Duration::minutes(30)).unwrap();
    again.channel = proto::common::Channel::Website.into();
    assert_eq!(stack.propose(again).await.unwrap(), accepted);
    assert_eq!(sql::records(&stack.url).await, 2);
}

#[tokio::test]
async fn an_id_stands_for_one_content() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let request = proposal(&sharer, &beneficiary);
    let proposed = stack.propose(request.clone()).await.unwrap();
    let reused = (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned());
    let changes: [fn(&mut proto::kinship::ProposeBondRequest); 5] = [
        |r| r.relation = proto::kinship::Relation::Spouse.into(),
        |r| std::mem::swap(&mut r.sharer_person_id, &mut r.beneficiary_person_id),
        |r| r.commitment.as_mut().unwrap().text_version = "2026-02".to_owned(),
        |r| r.evidence.clear(),
        |r| r.evidence[0].reference = "户口簿-0002".to_owned(),
    ];
    for change in changes {
        let mut other = request.clone();
        change(&mut other);
        assert_eq!(refused(&stack.propose(other).await.unwrap_err()), reused);
    }
    let answer = acceptance(&proposed.bond_id);
    stack.accept(&beneficiary, answer.clone()).await.unwrap();
    let mut other = rejection(&proposed.bond_id);
    other.request_id = answer.request_id;
    assert_eq!(refused(&stack.reject(&beneficiary, other).await.unwrap_err()), reused);
    assert_eq!(sql::records(&stack.url).await, 2);
}

#[tokio::test]
async fn an_id_from_another_year_is_refused_and_nothing_stored() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let mut request = proposal(&sharer, &beneficiary);
    request.bond_id = Uuid::new_v7(Timestamp::from_unix(NoContext, 1_500_000_000, 0)).to_string();
    let status = stack.propose(request).await.unwrap_err();
    assert_eq!(refused(&status), (Code::InvalidArgument, "REQUEST_ID_TOO_OLD".to_owned()));
    assert_eq!((sql::bonds(&stack.url).await, sql::records(&stack.url).await), (0, 0));
}

#[tokio::test]
async fn of_64_proposals_at_once_for_one_pair_one_becomes_a_bond() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let client = stack.client(&citizen(&sharer));
    let proposals = (0..64).map(|_| {
        let mut client = client.clone();
        let request = proposal(&sharer, &beneficiary);
        async move { insist(&mut client, request).await }
    });
    let answers = join_all(proposals).await;
    let (made, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), others.len()), (1, 63));
    for status in others.into_iter().map(Result::unwrap_err) {
        assert_eq!(refused(&status), state("ALREADY_BOUND"));
    }
    assert_eq!((sql::bonds(&stack.url).await, sql::records(&stack.url).await), (1, 64));
    assert!(sql::is_whole(&stack.url).await);
}

#[tokio::test]
async fn of_an_acceptance_and_a_rejection_at_once_one_wins() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let proposed = stack.propose(proposal(&sharer, &beneficiary)).await.unwrap();
    let (accepted, rejected) = tokio::join!(
        stack.accept(&beneficiary, acceptance(&proposed.bond_id)),
        stack.reject(&beneficiary, rejection(&proposed.bond_id)),
    );
    let lost = match (&accepted, &rejected) {
        (Ok(_), Err(status)) | (Err(status), Ok(_)) => refused(status),
        both => panic!("one must win: {both:?}"),
    };
    assert_eq!(lost, state("BOND_NOT_PENDING"));
    let bond = stack.get(&citizen(&sharer), &proposed.bond_id).await.unwrap();
    let expected = if accepted.is_ok() { BondState::Active } else { BondState::Rejected };
    assert_eq!((bond.state(), bond.revision), (expected, 2));
}

#[tokio::test]
async fn while_identity_is_away_nothing_is_decided_and_nothing_stored() {
    let mut stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let pending = stack.propose(proposal(&sharer, &beneficiary)).await.unwrap();
    stack.stop_identity().await;

    let (other, answer) = (proposal(&sharer, &beneficiary), acceptance(&pending.bond_id));
    for status in [
        stack.propose(other.clone()).await.unwrap_err(),
        stack.accept(&beneficiary, answer.clone()).await.unwrap_err(),
    ] {
        assert_eq!(refused(&status), (Code::Unavailable, "FEED_BEHIND".to_owned()));
        let parsed = status::read(&status).unwrap();
        assert!(parsed.retry_after().is_some_and(|delay| !delay.is_zero()));
        assert_eq!(status::certainty(&status), status::Certainty::Unknown);
    }
    assert_eq!((sql::bonds(&stack.url).await, sql::records(&stack.url).await), (1, 1));
    // What needs no facts goes on.
    let bond = stack.get(&citizen(&sharer), &pending.bond_id).await.unwrap();
    assert_eq!(bond.state(), BondState::PendingConsent);

    stack.start_identity().await;
    let mut tries = 0;
    let accepted = loop {
        match stack.accept(&beneficiary, answer.clone()).await {
            Ok(bond) => break bond,
            Err(status) => assert_eq!(status.code(), Code::Unavailable),
        }
        tries += 1;
        assert!(tries < 20_000, "the registry does not find identity again");
    };
    assert_eq!(accepted.state(), BondState::Active);
    assert_eq!(refused(&stack.propose(other).await.unwrap_err()), state("ALREADY_BOUND"));
}
