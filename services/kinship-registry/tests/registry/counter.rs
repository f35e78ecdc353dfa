//! A bond at the counter: both stand there with a form, and it is in force at once.

use chassis::status;
use proto::{
    common::Channel,
    identity::{EnrolmentStatus, Scheme, Sex},
    kinship::{BatchCheckBondsRequest, Bond, BondState, RegisterBondAtCounterRequest, Relation},
};
use tonic::{Code, Status};

use crate::{
    harness::{CHENGDU, NANJING, SETTLEMENT, Stack, check, citizen, refused, state},
    requests::registration,
    sql,
    town::Town,
};

async fn at(stack: &Stack, token: &str, request: RegisterBondAtCounterRequest) -> Result<Bond, Status> {
    Ok(stack.client(token).register_bond_at_counter(request).await?.into_inner().bond.unwrap())
}

#[tokio::test]
async fn r_052_both_at_the_counter_have_a_bond_at_once_with_form_and_operator() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let request = registration(&sharer, &beneficiary);
    let bond = at(&stack, NANJING, request.clone()).await.unwrap();
    assert_eq!((bond.state(), bond.revision, bond.channel()), (BondState::Active, 1, Channel::Counter));
    assert_eq!((bond.operator_id.as_str(), bond.form_reference.as_str()), ("wang", "登记表 2026/17"));
    assert_eq!(bond.active_time, bond.create_time);
    assert!(bond.beneficiary_commitment.is_some());
    let checks = BatchCheckBondsRequest { checks: vec![check(&bond)] };
    let reply = stack.client(SETTLEMENT).batch_check_bonds(checks).await.unwrap().into_inner();
    assert!(reply.results[0].active);
    // The same once more is the same bond, also after a restart, and another content is not.
    let stack = stack.restart().await;
    assert_eq!(at(&stack, NANJING, request.clone()).await.unwrap(), bond);
    let mut other = request;
    other.form_reference = "登记表 2026/18".to_owned();
    let reused = (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned());
    assert_eq!(refused(&at(&stack, NANJING, other).await.unwrap_err()), reused);
    assert_eq!(sql::records(&stack.url).await, 1);
}

#[tokio::test]
async fn r_051_only_the_counter_of_the_sharers_place_registers_and_no_citizen() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    for (token, reason) in [
        (CHENGDU.to_owned(), "OUT_OF_SCOPE"),
        (citizen(&sharer), "CALLER_NOT_ALLOWED"),
        ("dev:agency:32".to_owned(), "CALLER_NOT_ALLOWED"),
    ] {
        let status = at(&stack, &token, registration(&sharer, &beneficiary)).await.unwrap_err();
        assert_eq!(refused(&status), (Code::PermissionDenied, reason.to_owned()), "{token}");
    }
    assert_eq!(sql::records(&stack.url).await, 0);
}

#[tokio::test]
async fn r_023_the_counter_is_told_in_full_what_refuses() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let sharer = town.lives(Scheme::Employee, "320100");
    let mother = town.born("1955-03-08", Sex::Female, Scheme::Resident, "510100");
    town.is_enrolled_as(&mother, EnrolmentStatus::InArrears);
    let status = at(&stack, NANJING, registration(&sharer, &mother)).await.unwrap_err();
    assert_eq!(refused(&status), state("ENROLMENT_NOT_NORMAL"));
    assert_eq!(status::read(&status).unwrap().refusal.side, "BENEFICIARY");
    let mut without = registration(&sharer, &mother);
    without.commitment = None;
    assert_eq!(refused(&at(&stack, NANJING, without).await.unwrap_err()), state("COMMITMENT_MISSING"));
    town.is_enrolled_as(&mother, EnrolmentStatus::Normal);
    at(&stack, NANJING, registration(&sharer, &mother)).await.unwrap();
    let twice = at(&stack, NANJING, registration(&sharer, &mother)).await.unwrap_err();
    assert_eq!(refused(&twice), state("ALREADY_BOUND"));
}

#[tokio::test]
async fn r_049_a_guardian_signs_for_a_child_at_the_counter() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let father = town.born("1980-01-01", Sex::Male, Scheme::Employee, "320100");
    let child = town.born("2015-06-01", Sex::Female, Scheme::Resident, "320100");
    let mut request = registration(&father, &child);
    request.relation = Relation::Child.into();
    let status = at(&stack, NANJING, request.clone()).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "GUARDIAN_REQUIRED".to_owned()));
    request.acting_guardian_person_id.clone_from(&father);
    let bond = at(&stack, NANJING, request).await.unwrap();
    assert_eq!((bond.state(), &bond.guardian_person_id), (BondState::Active, &father));
}

#[tokio::test]
async fn r_030_nobody_needs_an_activated_code_at_the_counter() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let sharer = town.lives(Scheme::Employee, "320100");
    let mother = town.born("1955-03-08", Sex::Female, Scheme::Resident, "510100");
    for person in [&sharer, &mother] {
        let kind = proto::identity::PersonEventKind::MedicalCodeActivated;
        town.happens(person, kind, |one| one.medical_code_activated = false);
    }
    let online = stack.propose(crate::harness::proposal(&sharer, &mother)).await.unwrap_err();
    assert_eq!(refused(&online), state("MEDICAL_CODE_NOT_ACTIVATED"));
    at(&stack, NANJING, registration(&sharer, &mother)).await.unwrap();
}
