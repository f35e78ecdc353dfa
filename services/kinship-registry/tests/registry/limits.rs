//! How many bonds people may have, counted under the writer's lock: Qinghai's five members, one role at a time, and
//! sixty-four wishes at once.

use std::collections::BTreeMap;

use chassis::status;
use futures::future::join_all;
use proto::{
    common::Programme,
    identity::Scheme,
    kinship::{Bond, DissolvedBy, ProposeBondRequest, Relation},
};

use crate::{
    harness::{Stack, acceptance, citizen, refused, state},
    requests::{dissolution, insist, into_programme},
    sql,
    town::Town,
};

fn allocation(sharer: &str, beneficiary: &str) -> ProposeBondRequest {
    into_programme(Programme::LocalAllocation, sharer, beneficiary, Relation::Sibling)
}

fn member(town: &Town) -> String {
    town.lives(Scheme::Resident, "630100")
}

#[tokio::test]
async fn r_047_five_members_can_be_bound_in_qinghai_and_a_sixth_cannot() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let creator = town.lives(Scheme::Employee, "630100");
    let mut bonds: Vec<Bond> = Vec::new();
    for _ in 0..5 {
        bonds.push(stack.bound(allocation(&creator, &member(&town))).await);
    }
    let sixth = member(&town);
    let refusal = stack.propose(allocation(&creator, &sixth)).await.unwrap_err();
    let refusal = status::read(&refusal).unwrap().refusal;
    assert_eq!((refusal.reason.as_str(), refusal.rule.as_str()), ("MEMBER_CAP_REACHED", "R-047"));
    assert_eq!((refusal.limit.as_str(), refusal.actual.as_str()), ("5", "6"));
    assert_eq!(refusal.policy_version, "QH-ALLOCATION-2");
    // The wallet has no such cap, and counts by itself (R-044).
    stack.bound(into_programme(Programme::Wallet, &creator, &sixth, Relation::Sibling)).await;
    // One who leaves makes room for another.
    stack.dissolve(&creator, dissolution(&bonds[0].bond_id, DissolvedBy::Sharer)).await.unwrap();
    stack.bound(allocation(&creator, &sixth)).await;
}

/// Rules of a place that counts the sharer among the seven.
const SEVEN: &str = r#"
    [[version]]
    id = "TEST-NANJING-LOCAL"
    programme = "LOCAL_REALTIME"
    region = "320100"
    topic = "SAMPLE"
    valid_from = "2025-01-01"
    recorded_at = "2025-01-01T00:00:00+08:00"
    source = "测试:最多7个家庭成员(含授权人本人)"
    confidence = "SAMPLE"
    last_verified_day = "2025-01-01"

    [version.parameters]
    max_members = 7
    cap_includes_self = true
"#;

#[tokio::test]
async fn r_046_seven_with_the_sharer_are_six_others() {
    let rules = tempfile::tempdir().unwrap();
    std::fs::write(rules.path().join("nanjing.toml"), SEVEN).unwrap();
    let town = Town::start().await;
    let stack = Stack::beside(&town, &["--rules", rules.path().to_str().unwrap()]).await;
    let sharer = town.lives(Scheme::Employee, "320100");
    let wish = || {
        let member = town.lives(Scheme::Resident, "320100");
        into_programme(Programme::LocalRealtime, &sharer, &member, Relation::Sibling)
    };
    for _ in 0..6 {
        stack.bound(wish()).await;
    }
    let status = stack.propose(wish()).await.unwrap_err();
    let refusal = status::read(&status).unwrap().refusal;
    assert_eq!((refusal.reason.as_str(), refusal.rule.as_str()), ("MEMBER_CAP_REACHED", "R-046"));
    assert_eq!((refusal.limit.as_str(), refusal.actual.as_str()), ("7", "8"));
}

#[tokio::test]
async fn r_045_in_qinghai_somebody_has_one_role_and_is_bound_once() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let [creator, other, worker] = [(); 3].map(|()| town.lives(Scheme::Employee, "630100"));
    stack.bound(allocation(&creator, &worker)).await;
    // A member does not share.
    let status = stack.propose(allocation(&worker, &member(&town))).await.unwrap_err();
    assert_eq!(refused(&status), state("ALREADY_BOUND"));
    // A member is bound by nobody else, and only the member is told so.
    let second = stack.propose(allocation(&other, &worker)).await.unwrap();
    let status = stack.accept(&worker, acceptance(&second.bond_id)).await.unwrap_err();
    let refusal = status::read(&status).unwrap().refusal;
    assert_eq!((refusal.reason.as_str(), refusal.side.as_str()), ("ALREADY_BOUND", "BENEFICIARY"));
    // A creator is nobody's member.
    let third = stack.propose(allocation(&other, &creator)).await.unwrap();
    let status = stack.accept(&creator, acceptance(&third.bond_id)).await.unwrap_err();
    assert_eq!(refused(&status), state("ALREADY_BOUND"));
}

#[tokio::test]
async fn r_047_of_64_proposals_at_once_five_are_made() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let creator = town.lives(Scheme::Employee, "630100");
    let client = stack.client(&citizen(&creator));
    let proposals = (0..64).map(|_| {
        let (mut client, request) = (client.clone(), allocation(&creator, &member(&town)));
        async move { insist(&mut client, request).await }
    });
    let answers = join_all(proposals).await;
    let mut said: BTreeMap<String, usize> = BTreeMap::new();
    for answer in &answers {
        let name = answer.as_ref().err().map_or_else(|| "MADE".to_owned(), |status| refused(status).1);
        *said.entry(name).or_default() += 1;
    }
    assert_eq!(said, BTreeMap::from([("MADE".to_owned(), 5), ("MEMBER_CAP_REACHED".to_owned(), 59)]));
    assert_eq!(sql::bonds(&stack.url).await, 5);
    assert!(sql::is_whole(&stack.url).await);
}

#[tokio::test]
async fn r_045_of_64_sharers_at_once_one_is_accepted_by_a_member() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let invitee = member(&town);
    let mut invitations = Vec::new();
    for _ in 0..64 {
        let creator = town.lives(Scheme::Employee, "630100");
        invitations.push(stack.propose(allocation(&creator, &invitee)).await.unwrap());
    }
    let answers = invitations.iter().map(|one| stack.accept(&invitee, acceptance(&one.bond_id)));
    let answers = join_all(answers).await;
    let (made, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), others.len()), (1, 63));
    for status in others.into_iter().map(Result::unwrap_err) {
        assert_eq!(refused(&status), state("ALREADY_BOUND"));
    }
}
