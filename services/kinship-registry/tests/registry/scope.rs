//! Who may act for whom: the sharer proposes, the invitee answers, a counter serves its own pooling area.

use proto::{
    common::Channel,
    identity::Scheme,
    kinship::{BatchCheckBondsRequest, ListBondsRequest},
};
use tonic::{Code, Status};

use crate::{
    harness::{
        AUDITOR, CHENGDU, NANJING, SETTLEMENT, Stack, acceptance, check, citizen, proposal, refused,
        rejection,
    },
    sql,
};

fn out_of_scope(status: &Status) {
    assert_eq!(refused(status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()));
}

#[tokio::test]
async fn only_the_sharer_proposes_and_only_the_invitee_answers() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let stranger = stack.enrolled(Scheme::Employee, "320100").await;
    let request = proposal(&sharer, &beneficiary);
    for other in [&beneficiary, &stranger] {
        out_of_scope(&stack.client(&citizen(other)).propose_bond(request.clone()).await.unwrap_err());
    }
    let proposed = stack.propose(request).await.unwrap();
    for other in [&sharer, &stranger] {
        out_of_scope(&stack.accept(other, acceptance(&proposed.bond_id)).await.unwrap_err());
        out_of_scope(&stack.reject(other, rejection(&proposed.bond_id)).await.unwrap_err());
    }
    assert_eq!(sql::records(&stack.url).await, 1);
    // A refused caller has burnt nothing: the invitee may use the same id.
    let answer = acceptance(&proposed.bond_id);
    out_of_scope(&stack.accept(&sharer, answer.clone()).await.unwrap_err());
    stack.accept(&beneficiary, answer).await.unwrap();
}

#[tokio::test]
async fn a_counter_serves_those_who_are_insured_in_its_area() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let mut request = proposal(&sharer, &beneficiary);
    request.channel = Channel::Counter.into();
    out_of_scope(&stack.client(CHENGDU).propose_bond(request.clone()).await.unwrap_err());
    let proposed = stack.client(NANJING).propose_bond(request).await.unwrap().into_inner().bond.unwrap();
    out_of_scope(&stack.client(NANJING).accept_bond(acceptance(&proposed.bond_id)).await.unwrap_err());
    out_of_scope(&stack.client(NANJING).reject_bond(rejection(&proposed.bond_id)).await.unwrap_err());
    stack.counter(CHENGDU, &beneficiary).reject_bond(rejection(&proposed.bond_id)).await.unwrap();
}

#[tokio::test]
async fn bonds_are_read_by_their_parties_their_counters_their_agencies_and_auditors() {
    let stack = Stack::start().await;
    let bond = stack.active().await;
    let stranger = stack.stranger().await;
    let (sharer, beneficiary) = (citizen(&bond.sharer_person_id), citizen(&bond.beneficiary_person_id));
    for token in [&sharer, &beneficiary, NANJING, CHENGDU, AUDITOR, "dev:agency:32", "dev:agency:51"] {
        assert_eq!(stack.get(token, &bond.bond_id).await.unwrap().revision, 2, "{token}");
    }
    for token in [&citizen(&stranger), "dev:operator:630100", "dev:agency:63"] {
        out_of_scope(&stack.get(token, &bond.bond_id).await.unwrap_err());
    }
    let list = ListBondsRequest { person_id: bond.sharer_person_id.clone(), ..ListBondsRequest::default() };
    for token in [&sharer, NANJING, AUDITOR, "dev:agency:32"] {
        let found = stack.client(token).list_bonds(list.clone()).await.unwrap().into_inner().bonds;
        assert_eq!(found.len(), 1, "{token}");
    }
    for token in [&beneficiary, CHENGDU, "dev:agency:51"] {
        out_of_scope(&stack.client(token).list_bonds(list.clone()).await.unwrap_err());
    }
}

#[tokio::test]
async fn checks_are_for_services_and_answers_for_persons() {
    let stack = Stack::start().await;
    let bond = stack.active().await;
    let checks = BatchCheckBondsRequest { checks: vec![check(&bond)] };
    let not_allowed = (Code::PermissionDenied, "CALLER_NOT_ALLOWED".to_owned());
    for token in [&citizen(&bond.sharer_person_id), NANJING, AUDITOR] {
        let status = stack.client(token).batch_check_bonds(checks.clone()).await.unwrap_err();
        assert_eq!(refused(&status), not_allowed, "{token}");
    }
    let status = stack.client(SETTLEMENT).accept_bond(acceptance(&bond.bond_id)).await.unwrap_err();
    assert_eq!(refused(&status), not_allowed);
}
