//! A repeat answers the same for as long as it can, and an id stands for one verification.

use proto::identity::{BeginVerificationRequest, VerificationMethod, complete_verification_request::Proof};
use time::Duration;
use tonic::Code;

use super::bench::{GOOD, beginning, citizen, transfer};
use crate::harness::{Stack, id, refused};

#[tokio::test]
async fn beginning_twice_is_beginning_once() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let (app, request) = (citizen(&person), beginning(transfer(&person), VerificationMethod::Password));
    let first = stack.begin(&app, request.clone()).await.unwrap();
    assert_eq!(stack.begin(&app, request.clone()).await.unwrap(), first);
    let mut other = request.clone();
    other.operation.as_mut().unwrap().amount = "1200.51".to_owned();
    let status = stack.begin(&app, other).await.unwrap_err();
    assert_eq!(refused(&status), (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned()));
    let written = BeginVerificationRequest { method: VerificationMethod::Face.into(), ..request.clone() };
    assert_eq!(refused(&stack.begin(&app, written).await.unwrap_err()).1, "REQUEST_ID_REUSED");
    // 1200.5 is 1200.50.
    let mut same = request.clone();
    same.operation.as_mut().unwrap().amount = "1200.50".to_owned();
    assert_eq!(stack.begin(&app, same).await.unwrap(), first);
    stack.clock.shift_to(stack.clock.now() + Duration::minutes(5)).unwrap();
    let status = stack.begin(&app, request).await.unwrap_err();
    assert_eq!(refused(&status), (Code::NotFound, "VERIFICATION_UNKNOWN".to_owned()));
}

#[tokio::test]
async fn completing_twice_gives_the_same_assertion_while_it_is_good() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let (app, request) = (citizen(&person), beginning(transfer(&person), VerificationMethod::Password));
    let verification = request.verification_id.clone();
    stack.begin(&app, request).await.unwrap();
    let complete = || stack.complete(&app, &verification, Proof::Password(GOOD.to_owned()));
    let first = complete().await.unwrap();
    assert_eq!(complete().await.unwrap(), first);
    stack.clock.shift_to(stack.clock.now() + Duration::seconds(121)).unwrap();
    let status = complete().await.unwrap_err();
    assert_eq!(refused(&status), (Code::NotFound, "VERIFICATION_UNKNOWN".to_owned()));
}

#[tokio::test]
async fn what_is_not_completed_in_time_is_over() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let (app, request) = (citizen(&person), beginning(transfer(&person), VerificationMethod::Password));
    let verification = request.verification_id.clone();
    stack.begin(&app, request).await.unwrap();
    stack.clock.shift_to(stack.clock.now() + Duration::minutes(5)).unwrap();
    let status = stack.complete(&app, &verification, Proof::Password(GOOD.to_owned())).await.unwrap_err();
    assert_eq!(refused(&status), (Code::NotFound, "VERIFICATION_UNKNOWN".to_owned()));
    let status = stack.complete(&app, &id(), Proof::Password(GOOD.to_owned())).await.unwrap_err();
    assert_eq!(refused(&status), (Code::NotFound, "VERIFICATION_UNKNOWN".to_owned()));
}
