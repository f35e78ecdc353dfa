//! 医保码: shown by its person for a minute, read by an institution.

use proto::{
    common,
    identity::{
        InspectMedicalCodeRequest, IssueMedicalCodeRequest, VerificationMethod,
        complete_verification_request::Proof,
    },
};
use time::Duration;
use tonic::{Code, Status};

use super::bench::{GOOD, citizen};
use crate::harness::{JIANGSU, Stack, WALLET_32, assignment, enrolment, id, refused, violations};

const HOSPITAL: &str = "dev:institution:H32010200002";

async fn issue(stack: &Stack, shower: &str, owner: &str) -> Result<String, Status> {
    let operation = common::Operation {
        kind: "IssueMedicalCode".to_owned(),
        operation_id: id(),
        actor_person_id: shower.to_owned(),
        counterparty_person_id: if shower == owner { String::new() } else { owner.to_owned() },
        ..Default::default()
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

#[tokio::test]
async fn r_034_a_code_that_is_shown_says_whose_it_is_for_a_minute() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    stack.enrol(JIANGSU, enrolment(&person)).await.unwrap();
    stack.client(WALLET_32).assign_place_of_use(assignment(&person)).await.unwrap();
    let token = issue(&stack, &person, &person).await.unwrap();
    let inspect = || async {
        let request = InspectMedicalCodeRequest { token: token.clone() };
        Ok::<_, Status>(stack.verifier(HOSPITAL).inspect_medical_code(request).await?.into_inner())
    };
    let read = inspect().await.unwrap();
    assert_eq!((read.person_id.as_str(), read.masked_name.as_str()), (person.as_str(), "张*芳"));
    assert_eq!((read.place_of_use.as_str(), read.insured_pooling_area.as_str()), ("320100", "320100"));
    assert_eq!(read.shown_by_person_id, "");
    // Others need nobody for that.
    let offline = border::tokens::MedicalCode::open(&stack.ring().await, &token, stack.clock.now()).unwrap();
    assert_eq!(offline.person.to_string(), person);
    stack.clock.shift_to(stack.clock.now() + Duration::seconds(61)).unwrap();
    let status = inspect().await.unwrap_err();
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
    let person = stack.with_password().await;
    let assertion = stack.try_password(&person, GOOD).await.unwrap();
    let mut forged = issue(&stack, &person, &person).await.unwrap();
    let last = if forged.ends_with('A') { 'g' } else { 'A' };
    forged.pop();
    forged.push(last);
    for (token, reason) in
        [(assertion, "NOT_GENUINE"), (forged, "NOT_GENUINE"), ("x".to_owned(), "MALFORMED")]
    {
        let request = InspectMedicalCodeRequest { token };
        let status = stack.verifier(HOSPITAL).inspect_medical_code(request).await.unwrap_err();
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
