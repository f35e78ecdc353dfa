//! 医保码: shown by its person for a minute, read by an institution.

use proto::{
    common,
    identity::{
        InspectMedicalCodeRequest, InspectMedicalCodeResponse, IssueMedicalCodeRequest, LinkCodeProxyRequest,
        VerificationMethod, complete_verification_request::Proof,
    },
};
use time::Duration;
use tonic::{Code, Status};

use super::bench::{GOOD, citizen, operation};
use crate::{
    harness::{JIANGSU, NANJING, Stack, WALLET_32, assignment, enrolment, id, refused, violations},
    requests::{activation, death, document, lift, link, sanction, unlinking},
};

const HOSPITAL: &str = "dev:institution:H32010200002";

async fn issue(stack: &Stack, shower: &str, owner: &str) -> Result<String, Status> {
    let operation = common::Operation {
        counterparty_person_id: if shower == owner { String::new() } else { owner.to_owned() },
        ..operation("IssueMedicalCode", &id(), shower)
    };
    let (app, request_id) = (citizen(shower), operation.operation_id.clone());
    let proof = Proof::Password(GOOD.to_owned());
    let assertion = stack.verify(&app, operation, VerificationMethod::Password, proof).await?;
    let request = IssueMedicalCodeRequest {
        request_id,
        person_id: owner.to_owned(),
        shown_by_person_id: if shower == owner { String::new() } else { shower.to_owned() },
        assertion,
    };
    Ok(stack.verifier(&app).issue_medical_code(request).await?.into_inner().token)
}

/// Somebody with a password and an activated code.
async fn activated(stack: &Stack) -> String {
    let person = stack.with_password().await;
    activate(stack, &person).await;
    person
}

async fn activate(stack: &Stack, person: &str) {
    stack.client(NANJING).activate_medical_code(activation(person)).await.unwrap();
}

async fn inspect(stack: &Stack, token: &str) -> Result<InspectMedicalCodeResponse, Status> {
    let request = InspectMedicalCodeRequest { token: token.to_owned() };
    Ok(stack.verifier(HOSPITAL).inspect_medical_code(request).await?.into_inner())
}

fn is(status: Result<String, Status>, code: Code, reason: &str) {
    assert_eq!(refused(&status.unwrap_err()), (code, reason.to_owned()));
}

#[tokio::test]
async fn r_034_a_code_that_is_shown_says_whose_it_is_for_a_minute() {
    let stack = Stack::start().await;
    let person = activated(&stack).await;
    stack.enrol(JIANGSU, enrolment(&person)).await.unwrap();
    stack.client(WALLET_32).assign_place_of_use(assignment(&person)).await.unwrap();
    let token = issue(&stack, &person, &person).await.unwrap();
    let read = inspect(&stack, &token).await.unwrap();
    assert_eq!((read.person_id.as_str(), read.masked_name.as_str()), (person.as_str(), "张*芳"));
    assert_eq!((read.place_of_use.as_str(), read.insured_pooling_area.as_str()), ("320100", "320100"));
    assert_eq!(read.shown_by_person_id, "");
    // Others need nobody for that.
    let offline = border::tokens::MedicalCode::open(&stack.ring().await, &token, stack.clock.now()).unwrap();
    assert_eq!(offline.person.to_string(), person);
    stack.clock.shift_to(stack.clock.now() + Duration::seconds(61)).unwrap();
    let status = inspect(&stack, &token).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "MEDICAL_CODE_EXPIRED".to_owned()));
}

#[tokio::test]
async fn r_122_nobody_shows_the_code_of_somebody_else() {
    let stack = Stack::start().await;
    let (person, other) = (stack.with_password().await, stack.person().await.person_id);
    let status = issue(&stack, &person, &other).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "NOT_OWN_CREDENTIAL".to_owned()));
    let refusal = chassis::status::read(&status).unwrap().refusal;
    assert_eq!(refusal.rule, "R-122");
    assert!(refusal.what_to_do_zh.contains("亲情账户"));
}

#[tokio::test]
async fn what_identity_did_not_sign_as_a_code_is_none() {
    let stack = Stack::start().await;
    let person = activated(&stack).await;
    let assertion = stack.try_password(&person, GOOD).await.unwrap();
    let mut forged = issue(&stack, &person, &person).await.unwrap();
    let last = if forged.ends_with('A') { 'g' } else { 'A' };
    forged.pop();
    forged.push(last);
    for (token, reason) in
        [(assertion, "NOT_GENUINE"), (forged, "NOT_GENUINE"), ("x".to_owned(), "MALFORMED")]
    {
        let status = inspect(&stack, &token).await.unwrap_err();
        assert_eq!(violations(&status), [("token".to_owned(), reason.to_owned())]);
    }
}

#[tokio::test]
async fn a_code_needs_an_assertion_of_whoever_shows_it() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let other = stack.try_password(&person, GOOD).await.unwrap();
    for (assertion, reason) in [(String::new(), "STEP_UP_REQUIRED"), (other, "ASSERTION_MISMATCH")] {
        let request = IssueMedicalCodeRequest {
            request_id: id(),
            person_id: person.clone(),
            shown_by_person_id: String::new(),
            assertion,
        };
        let status = stack.verifier(&citizen(&person)).issue_medical_code(request).await.unwrap_err();
        assert_eq!(refused(&status), (Code::PermissionDenied, reason.to_owned()));
    }
}

#[tokio::test]
async fn r_030_a_code_that_is_not_activated_is_not_shown() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let status = issue(&stack, &person, &person).await.unwrap_err();
    let refusal = chassis::status::read(&status).unwrap().refusal;
    assert_eq!(refused(&status), (Code::FailedPrecondition, "MEDICAL_CODE_NOT_ACTIVATED".to_owned()));
    assert_eq!(refusal.rule, "R-030");
    assert!(refusal.what_to_do_zh.contains("激活"), "{}", refusal.what_to_do_zh);
    activate(&stack, &person).await;
    issue(&stack, &person, &person).await.unwrap();
    // Nor one of somebody who has died.
    stack.client(JIANGSU).report_death(death(&person)).await.unwrap();
    is(issue(&stack, &person, &person).await, Code::FailedPrecondition, "DECEASED");
}

#[tokio::test]
async fn r_122_r_031_a_linked_relatives_code_is_shown_and_says_who_shows_it() {
    let stack = Stack::start().await;
    let (daughter, mother) = (activated(&stack).await, stack.person().await.person_id);
    let seen = || LinkCodeProxyRequest {
        documents: vec![document("id_card", "证件 7")],
        ..link(&daughter, &mother)
    };
    let request = seen();
    stack.client(NANJING).link_code_proxy(request.clone()).await.unwrap();
    is(issue(&stack, &daughter, &mother).await, Code::FailedPrecondition, "MEDICAL_CODE_NOT_ACTIVATED");
    activate(&stack, &mother).await;
    let shown = inspect(&stack, &issue(&stack, &daughter, &mother).await.unwrap()).await.unwrap();
    assert_eq!((&shown.person_id, &shown.shown_by_person_id), (&mother, &daughter));

    let mut own = stack.client(&citizen(&daughter));
    own.unlink_code_proxy(unlinking(&request.code_proxy_id)).await.unwrap();
    is(issue(&stack, &daughter, &mother).await, Code::PermissionDenied, "NOT_OWN_CREDENTIAL");
    stack.client(NANJING).link_code_proxy(seen()).await.unwrap();
    issue(&stack, &daughter, &mother).await.unwrap();
    stack.client(JIANGSU).report_death(death(&mother)).await.unwrap();
    is(issue(&stack, &daughter, &mother).await, Code::FailedPrecondition, "DECEASED");
}

#[tokio::test]
async fn r_151_whoever_is_suspended_shows_no_code_until_it_is_over() {
    let stack = Stack::start().await;
    let (daughter, mother) = (activated(&stack).await, activated(&stack).await);
    let agreed = stack.faced(link(&daughter, &mother)).await;
    stack.client(&citizen(&mother)).link_code_proxy(agreed).await.unwrap();
    let case = sanction(&daughter);
    stack.client(JIANGSU).impose_sanction(case.clone()).await.unwrap();
    for owner in [&mother, &daughter] {
        is(issue(&stack, &daughter, owner).await, Code::FailedPrecondition, "SETTLEMENT_SUSPENDED");
    }
    issue(&stack, &mother, &mother).await.unwrap();
    stack.client("dev:agency:32:second").lift_sanction(lift(&case.sanction_id)).await.unwrap();
    issue(&stack, &daughter, &mother).await.unwrap();
}
