//! A repeat answers the same for as long as it can, and an id stands for one verification.

use proto::identity::{BeginVerificationRequest, VerificationMethod, complete_verification_request::Proof};
use time::Duration;
use tonic::Code;

use super::bench::{GOOD, beginning, citizen, transfer};
use crate::harness::{Stack, id, refused, violations};

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

#[tokio::test]
async fn a_malformed_beginning_names_every_field() {
    type Spoil = fn(&mut BeginVerificationRequest);
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let table: &[(Spoil, &[(&str, &str)])] = &[
        (
            |r| *r = BeginVerificationRequest::default(),
            &[
                ("verification_id", "MISSING"),
                ("subject_person_id", "MISSING"),
                ("method", "MISSING"),
                ("operation", "MISSING"),
            ],
        ),
        (|r| r.method = 9, &[("method", "UNKNOWN_VALUE")]),
        (|r| r.subject_person_id = id(), &[("subject_person_id", "NOT_THE_ACTOR")]),
        (|r| r.operation.as_mut().unwrap().kind = "Apply".into(), &[("operation.kind", "UNKNOWN_VALUE")]),
        (|r| r.operation.as_mut().unwrap().kind.clear(), &[("operation.kind", "MISSING")]),
        (|r| r.operation.as_mut().unwrap().operation_id.clear(), &[("operation.operation_id", "MISSING")]),
        (|r| r.operation.as_mut().unwrap().amount = "1.234".into(), &[("operation.amount", "MALFORMED")]),
        (|r| r.operation.as_mut().unwrap().amount = "0".into(), &[("operation.amount", "ZERO")]),
        (|r| r.operation.as_mut().unwrap().place = "320000".into(), &[("operation.place", "POLICY_REGION")]),
        (|r| r.operation.as_mut().unwrap().place = "P1".into(), &[("operation.place", "MALFORMED")]),
        (
            |r| r.operation.as_mut().unwrap().counterparty_person_id = "42".into(),
            &[("operation.counterparty_person_id", "MALFORMED")],
        ),
        (
            |r| r.operation.as_mut().unwrap().civil_day = "2026-01-14".into(),
            &[("operation.civil_day", "NOT_TODAY")],
        ),
        (|r| r.operation.as_mut().unwrap().kind = "READ".into(), &[("operation", "TOO_MUCH")]),
    ];
    for (spoil, expected) in table {
        let mut request = beginning(transfer(&person), VerificationMethod::Face);
        spoil(&mut request);
        let found = violations(&stack.begin(&citizen(&person), request).await.unwrap_err());
        let found: Vec<_> = found.iter().map(|(field, reason)| (field.as_str(), reason.as_str())).collect();
        assert_eq!(found, *expected);
    }
}
