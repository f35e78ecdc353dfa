//! What authorities state about families: recorded once, contradictions found by it, bonds that end with it.

use chassis::status;
use proto::{
    common::Programme,
    identity::{Scheme, Sex},
    kinship::{BondState, DissolveReason, FamilyFactKind as Kind, Relation},
};
use tonic::Code;

use crate::{
    harness::{CHENGDU, NANJING, Stack, id, refused, state},
    requests::{JIANGSU, fact, into_programme},
    sql,
    town::Town,
};

/// Rules of a place that holds nobody for a parent at fifteen.
const SIXTEEN_YEARS: &str = r#"
    [[version]]
    id = "TEST-NANJING-AGES"
    programme = "WALLET"
    region = "320100"
    topic = "SAMPLE"
    valid_from = "2025-01-01"
    recorded_at = "2025-01-01T00:00:00+08:00"
    source = "测试:父母比子女至少年长16岁"
    confidence = "SAMPLE"
    last_verified_day = "2025-01-01"

    [version.parameters]
    parent_age_gap = 16
"#;

fn wish(sharer: &str, beneficiary: &str, relation: Relation) -> proto::kinship::ProposeBondRequest {
    into_programme(Programme::Wallet, sharer, beneficiary, relation)
}

#[tokio::test]
async fn r_042_a_parent_in_law_is_found_through_a_recorded_marriage() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let (husband, wife) = (town.lives(Scheme::Employee, "320100"), town.lives(Scheme::Employee, "320100"));
    let her_mother = town.born("1955-03-08", Sex::Female, Scheme::Resident, "320100");
    stack.record(fact(Kind::Marriage, &husband, &wife)).await.unwrap();
    stack.record(fact(Kind::ParentChild, &her_mother, &wife)).await.unwrap();
    let status = stack.propose(wish(&husband, &her_mother, Relation::Parent)).await.unwrap_err();
    let refusal = status::read(&status).unwrap().refusal;
    assert_eq!((refusal.reason.as_str(), refusal.rule.as_str()), ("IN_LAW_EXCLUDED", "R-042"));
    // To the wife she is what she says.
    stack.bound(wish(&wife, &her_mother, Relation::Parent)).await;
}

#[tokio::test]
async fn r_054_ages_ancestors_and_recorded_relations_contradict_a_declaration() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let grandmother = town.born("1930-01-01", Sex::Female, Scheme::Employee, "320100");
    let mother = town.born("1955-03-08", Sex::Female, Scheme::Employee, "320100");
    let son = town.born("1980-05-05", Sex::Male, Scheme::Employee, "320100");
    let daughter = town.born("1984-05-05", Sex::Female, Scheme::Employee, "320100");
    for child in [&son, &daughter] {
        stack.record(fact(Kind::ParentChild, &mother, child)).await.unwrap();
    }
    stack.record(fact(Kind::ParentChild, &grandmother, &mother)).await.unwrap();
    let contradicted = state("RELATION_CONTRADICTED");
    for (sharer, beneficiary, relation) in [
        // Born later than the child.
        (&mother, &son, Relation::Parent),
        (&son, &mother, Relation::Child),
        // By the record they are something else.
        (&son, &daughter, Relation::Spouse),
        (&son, &mother, Relation::Sibling),
        (&son, &grandmother, Relation::Parent),
        (&son, &grandmother, Relation::PaternalGrandparent),
    ] {
        let status = stack.propose(wish(sharer, beneficiary, relation)).await.unwrap_err();
        assert_eq!(refused(&status), contradicted, "{relation:?}");
    }
    for (sharer, beneficiary, relation) in [
        (&son, &mother, Relation::Parent),
        (&son, &daughter, Relation::Sibling),
        (&son, &grandmother, Relation::MaternalGrandparent),
        (&grandmother, &daughter, Relation::ChildOfDaughter),
    ] {
        stack.bound(wish(sharer, beneficiary, relation)).await;
    }
}

#[tokio::test]
async fn r_054_ages_are_those_of_the_rules_in_force() {
    let rules = tempfile::tempdir().unwrap();
    std::fs::write(rules.path().join("nanjing.toml"), SIXTEEN_YEARS).unwrap();
    let town = Town::start().await;
    let stack = Stack::beside(&town, &["--rules", rules.path().to_str().unwrap()]).await;
    let [mother, aunt] =
        ["1964-05-05", "1964-05-06"].map(|day| town.born(day, Sex::Female, Scheme::Employee, "320100"));
    let son = town.born("1980-05-05", Sex::Male, Scheme::Employee, "320100");
    let girl = town.born("2008-01-16", Sex::Female, Scheme::Resident, "320100");
    stack.propose(wish(&son, &mother, Relation::Parent)).await.unwrap();
    let status = stack.propose(wish(&son, &aunt, Relation::Parent)).await.unwrap_err();
    assert_eq!(refused(&status), state("RELATION_CONTRADICTED"));
    assert!(status.message().contains("16"), "{status:?}");
    // How old the invitee is, only the invitee is told.
    let proposed = stack.propose(wish(&son, &girl, Relation::Spouse)).await.unwrap();
    let answer = crate::harness::acceptance(&proposed.bond_id);
    let mut counter = stack.counter(NANJING, &girl);
    let at_counter = counter.accept_bond(answer.clone()).await.unwrap_err();
    assert_eq!(refused(&at_counter), state("INVITEE_NOT_ELIGIBLE"));
    let status = stack.accept(&girl, answer).await.unwrap_err();
    assert_eq!(refused(&status), state("RELATION_CONTRADICTED"));
    assert!(status.message().contains("younger than 18"), "{status:?}");
}

#[tokio::test]
async fn r_054_only_the_invitee_is_told_of_a_marriage_of_the_invitee() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let [sharer, invitee, spouse] = [(); 3].map(|()| town.lives(Scheme::Employee, "320100"));
    stack.record(fact(Kind::Marriage, &invitee, &spouse)).await.unwrap();
    let proposed = stack.propose(wish(&sharer, &invitee, Relation::Spouse)).await.unwrap();
    let answer = crate::harness::acceptance(&proposed.bond_id);
    let status = stack.accept(&invitee, answer.clone()).await.unwrap_err();
    assert_eq!(refused(&status), state("RELATION_CONTRADICTED"));
    let at_counter = stack.counter(NANJING, &invitee).accept_bond(answer).await.unwrap_err();
    assert_eq!(refused(&at_counter), state("INVITEE_NOT_ELIGIBLE"));
    // Who is married to somebody else, and asks, is told so.
    let status = stack.propose(wish(&spouse, &sharer, Relation::Spouse)).await.unwrap_err();
    assert_eq!(refused(&status), state("RELATION_CONTRADICTED"));
}

#[tokio::test]
async fn r_066_a_divorce_ends_a_bond_between_spouses_and_no_other() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let (husband, wife) = (town.lives(Scheme::Employee, "320100"), town.lives(Scheme::Employee, "320100"));
    let son = town.born("2005-05-05", Sex::Male, Scheme::Resident, "320100");
    stack.record(fact(Kind::Marriage, &husband, &wife)).await.unwrap();
    let of_spouses = stack.bound(wish(&husband, &wife, Relation::Spouse)).await;
    let of_child = stack.bound(wish(&husband, &son, Relation::Child)).await;
    let mut divorce = fact(Kind::Divorce, &wife, &husband);
    divorce.on_day = "2026-01-10".to_owned();
    let recorded = stack.record(divorce.clone()).await.unwrap();
    assert_eq!(recorded.dissolved_bond_ids, vec![of_spouses.bond_id.as_str()]);
    // The same fact again is the same answer.
    assert_eq!(stack.record(divorce.clone()).await.unwrap(), recorded);
    let ended = stack.becomes(&of_spouses.bond_id, BondState::Dissolved).await;
    assert_eq!((ended.dissolve_reason(), ended.revision), (DissolveReason::Divorce, 3));
    let same = stack.becomes(&of_child.bond_id, BondState::Active).await;
    assert_eq!(same.revision, 2);
    let status = stack.propose(wish(&husband, &wife, Relation::Spouse)).await.unwrap_err();
    assert_eq!(refused(&status), state("RELATION_CONTRADICTED"));
    let mut other = divorce;
    other.authority = "成都市民政局".to_owned();
    let reused = (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned());
    assert_eq!(refused(&stack.record(other).await.unwrap_err()), reused);
}

#[tokio::test]
async fn r_066_a_revoked_proof_ends_the_bonds_of_the_two() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let father = town.born("1950-01-01", Sex::Male, Scheme::Employee, "320100");
    let son = town.lives(Scheme::Employee, "320100");
    stack.record(fact(Kind::ParentChild, &father, &son)).await.unwrap();
    let forth = stack.bound(wish(&father, &son, Relation::Child)).await;
    let back = stack.bound(wish(&son, &father, Relation::Parent)).await;
    let recorded = stack.record(fact(Kind::ProofRevoked, &father, &son)).await.unwrap();
    assert_eq!(recorded.dissolved_bond_ids, [forth.bond_id.clone(), back.bond_id.clone()]);
    for bond in [forth, back] {
        let ended = stack.becomes(&bond.bond_id, BondState::Dissolved).await;
        assert_eq!(ended.dissolve_reason(), DissolveReason::ProofRevoked);
    }
}

#[tokio::test]
async fn a_fact_that_cannot_be_true_is_refused_and_an_unknown_person_too() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let mother = town.born("1955-03-08", Sex::Female, Scheme::Employee, "320100");
    let son = town.lives(Scheme::Employee, "320100");
    stack.record(fact(Kind::ParentChild, &mother, &son)).await.unwrap();
    for impossible in [fact(Kind::ParentChild, &son, &mother), fact(Kind::Marriage, &mother, &son)] {
        let status = stack.record(impossible).await.unwrap_err();
        let refusal = status::read(&status).unwrap().refusal;
        assert_eq!(refusal.reason, "RELATION_CONTRADICTED");
        assert!(!refusal.message_zh.is_ascii() && !refusal.what_to_do_zh.is_empty());
    }
    let unknown = stack.record(fact(Kind::Guardian, &mother, &id())).await.unwrap_err();
    assert_eq!(refused(&unknown), (Code::NotFound, "PERSON_UNKNOWN".to_owned()));
    assert_eq!(sql::facts(&stack.url).await, 1);
}

#[tokio::test]
async fn counters_and_agencies_record_facts_about_people_whom_they_serve() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let (one, other) = (town.lives(Scheme::Employee, "320100"), town.lives(Scheme::Employee, "320500"));
    for (token, allowed) in [(JIANGSU, true), (NANJING, true), (CHENGDU, false), ("dev:agency:51", false)] {
        let answer = stack.client(token).record_family_fact(fact(Kind::Marriage, &one, &other)).await;
        match answer {
            Ok(_) => assert!(allowed, "{token}"),
            Err(status) => {
                assert!(!allowed, "{token}: {status:?}");
                assert_eq!(refused(&status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()));
            }
        }
    }
}
