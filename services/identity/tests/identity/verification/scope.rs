//! Who may verify whom, and by what: an app its own person, a counter its area, a terminal at its own place.

use border::tokens::Found;
use chassis::stepup::Method;
use proto::{
    common,
    identity::{CounterDocument, VerificationMethod, complete_verification_request::Proof},
};
use tonic::Code;

use super::bench::{GOOD, beginning, citizen, face, id_card, method, transfer};
use crate::harness::{JIANGSU, NANJING, Stack, enrolment, id, refused, violations};

const SUZHOU: &str = "dev:operator:320500";
const PHARMACY: &str = "dev:institution:P32010200001";

#[tokio::test]
async fn r_032_documents_are_seen_by_an_operator_of_the_persons_area_only() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    stack.enrol(JIANGSU, enrolment(&person)).await.unwrap();
    let operation = transfer(&person);
    let assertion =
        stack.verify(NANJING, operation.clone(), VerificationMethod::Counter, id_card()).await.unwrap();
    assert_eq!(method(stack.accepted(NANJING, &assertion, &operation).await), Method::Counter);
    let other = stack.accepted(SUZHOU, &assertion, &operation).await.unwrap_err();
    assert_eq!(other.reason, "ASSERTION_MISMATCH");
    let counter = VerificationMethod::Counter;
    let status = stack.begin(SUZHOU, beginning(transfer(&person), counter)).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()));
    // A record says who saw what.
    let rows = crate::sql::every_row(&mut crate::sql::connect(&stack.url).await).await;
    let seen = |(table, row): &(String, String)| {
        table.starts_with("record") && row.contains("id_card") && row.contains("window 3, scan 17")
    };
    assert!(rows.iter().any(seen));
}

#[tokio::test]
async fn each_caller_has_its_own_ways() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let app = citizen(&person);
    let at = |place: &str| common::Operation { place: place.to_owned(), ..transfer(&person) };
    let (face, password, counter) =
        (VerificationMethod::Face, VerificationMethod::Password, VerificationMethod::Counter);
    let not_allowed = [
        (app.as_str(), at(""), counter),
        (NANJING, at(""), face),
        (NANJING, at(""), password),
        (PHARMACY, at(""), face),
        (PHARMACY, at("H32010200002"), face),
        (PHARMACY, at("P32010200001"), password),
        (PHARMACY, at("P32010200001"), counter),
    ];
    for (token, operation, method) in not_allowed {
        let status = stack.begin(token, beginning(operation, method)).await.unwrap_err();
        let expected = (Code::PermissionDenied, "CALLER_NOT_ALLOWED".to_owned());
        assert_eq!(refused(&status), expected, "{token} {method:?}");
    }
    let stranger = citizen(&id());
    let status = stack.begin(&stranger, beginning(at(""), password)).await.unwrap_err();
    assert_eq!(refused(&status).1, "OUT_OF_SCOPE");
    let nobody = id();
    let status = stack.begin(&citizen(&nobody), beginning(transfer(&nobody), face)).await.unwrap_err();
    assert_eq!(refused(&status), (Code::NotFound, "PERSON_UNKNOWN".to_owned()));
}

#[tokio::test]
async fn a_terminal_verifies_a_patient_for_its_own_place() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let operation =
        common::Operation { kind: "Pay".to_owned(), place: "P32010200001".to_owned(), ..transfer(&person) };
    let request = beginning(operation.clone(), VerificationMethod::Face);
    let verification = request.verification_id.clone();
    let begun = stack.begin(PHARMACY, request).await.unwrap();
    let proof = face(&begun, &person, Found::Match, &stack);
    let assertion = stack.complete(PHARMACY, &verification, proof).await.unwrap().assertion;
    assert_eq!(method(stack.accepted(PHARMACY, &assertion, &operation).await), Method::Face);
}

#[tokio::test]
async fn whoever_began_completes_and_nobody_else() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let request = beginning(transfer(&person), VerificationMethod::Password);
    let verification = request.verification_id.clone();
    stack.begin(&citizen(&person), request).await.unwrap();
    let right = || Proof::Password(GOOD.to_owned());
    for token in [NANJING, PHARMACY, &citizen(&id())] {
        let status = stack.complete(token, &verification, right()).await.unwrap_err();
        assert_eq!(refused(&status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()), "{token}");
    }
    let status = stack.complete(&citizen(&person), &verification, id_card()).await.unwrap_err();
    assert_eq!(violations(&status), [("proof".to_owned(), "OTHER_METHOD".to_owned())]);
    assert!(stack.complete(&citizen(&person), &verification, right()).await.is_ok());
}

#[tokio::test]
async fn a_document_says_who_somebody_is_and_carries_no_id_number() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let document = |kind: &str, reference: &str| {
        let (kind, reference) = (kind.to_owned(), reference.to_owned());
        Proof::CounterDocument(CounterDocument { kind, reference })
    };
    for (proof, field, reason) in [
        (document("commitment", "7"), "counter_document.kind", "NOT_FOR_THIS"),
        (document("passport", "7"), "counter_document.kind", "UNKNOWN_VALUE"),
        (document("id_card", ""), "counter_document.reference", "MISSING"),
        (document("id_card", "34052419800101001X"), "counter_document.reference", "ID_NUMBER"),
        (Proof::FaceResultToken("a.b".to_owned()), "face_result_token", "MALFORMED"),
    ] {
        let counter = VerificationMethod::Counter;
        let status = stack.verify(NANJING, transfer(&person), counter, proof).await.unwrap_err();
        assert_eq!(violations(&status), [(field.to_owned(), reason.to_owned())]);
    }
}
