//! What is wrong with a request about a verification, a password or a code is said field by field, all at once, and
//! nothing is stored for it. GetKeys asks for nothing.

use proto::{
    common,
    identity::{
        BeginVerificationRequest, CompleteVerificationRequest, CounterDocument, InspectMedicalCodeRequest,
        IssueMedicalCodeRequest, SetPasswordRequest, VerificationMethod,
        complete_verification_request::Proof,
    },
};

use super::bench::{GOOD, beginning, citizen, id_card, transfer};
use crate::{
    bad_input_changes::{Row, names},
    harness::{NANJING, Stack, id},
    sql,
};

const HOSPITAL: &str = "dev:institution:H32010200002";

fn face_result(token: &str) -> Option<Proof> {
    Some(Proof::FaceResultToken(token.to_owned()))
}

fn document(kind: &str, reference: &str) -> Option<Proof> {
    let (kind, reference) = (kind.to_owned(), reference.to_owned());
    Some(Proof::CounterDocument(CounterDocument { kind, reference }))
}

#[tokio::test]
async fn a_malformed_password_names_every_field_and_stores_nothing() {
    let stack = Stack::start().await;
    let good = || SetPasswordRequest {
        request_id: id(),
        person_id: id(),
        password: GOOD.to_owned(),
        assertion: String::new(),
    };
    let table: &[Row<SetPasswordRequest>] = &[
        (
            |r| *r = SetPasswordRequest::default(),
            &[("request_id", "MISSING"), ("person_id", "MISSING"), ("password", "MISSING")],
        ),
        (
            |r| {
                r.request_id = "42".into();
                r.person_id = r.person_id.to_uppercase();
                r.password = "48151".into();
            },
            &[("request_id", "MALFORMED"), ("person_id", "MALFORMED"), ("password", "BAD_LENGTH")],
        ),
        (|r| r.password = "4815162342".repeat(7), &[("password", "BAD_LENGTH")]),
        (|r| r.password = "481516\n".into(), &[("password", "MALFORMED")]),
        (|r| r.password = "654321".into(), &[("password", "TOO_SIMPLE")]),
        (|r| r.password = "１１１１１１".into(), &[("password", "TOO_SIMPLE")]),
    ];
    let counter = stack.verifier(NANJING);
    names(good, table, async |request| counter.clone().set_password(request).await).await;
    assert_eq!(sql::records(&mut sql::connect(&stack.url).await).await, 0);
}

#[tokio::test]
async fn a_malformed_completion_names_every_field_and_costs_no_attempt() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let begun = beginning(transfer(&person), VerificationMethod::Counter);
    stack.begin(NANJING, begun.clone()).await.unwrap();
    let verification_id = || begun.verification_id.clone();
    let good = || CompleteVerificationRequest { verification_id: verification_id(), proof: Some(id_card()) };
    let table: &[Row<CompleteVerificationRequest>] = &[
        (
            |r| *r = CompleteVerificationRequest::default(),
            &[("verification_id", "MISSING"), ("proof", "MISSING")],
        ),
        (
            |r| {
                r.verification_id = "v".into();
                r.proof = face_result("a.b");
            },
            &[("verification_id", "MALFORMED"), ("face_result_token", "MALFORMED")],
        ),
        (|r| r.proof = face_result(""), &[("face_result_token", "MALFORMED")]),
        (
            |r| r.proof = face_result(&format!("a.{}.c", "b".repeat(2_048))),
            &[("face_result_token", "MALFORMED")],
        ),
        (
            |r| r.proof = document("", ""),
            &[("counter_document.kind", "UNKNOWN_VALUE"), ("counter_document.reference", "MISSING")],
        ),
        (
            |r| r.proof = document("passport", "34052419800101001X"),
            &[("counter_document.kind", "UNKNOWN_VALUE"), ("counter_document.reference", "ID_NUMBER")],
        ),
        (|r| r.proof = document("commitment", "7"), &[("counter_document.kind", "NOT_FOR_THIS")]),
        (|r| r.proof = document("id_card", &"7".repeat(129)), &[("counter_document.reference", "TOO_LONG")]),
    ];
    let counter = stack.verifier(NANJING);
    names(good, table, async |request| counter.clone().complete_verification(request).await).await;
    let rows = sql::every_row(&mut sql::connect(&stack.url).await).await;
    assert!(rows.iter().any(|(table, _)| table == "verification") && rows.iter().all(|(t, _)| t != "tries"));
    stack.complete(NANJING, &verification_id(), id_card()).await.unwrap();
}

#[tokio::test]
async fn a_malformed_code_names_every_field() {
    let stack = Stack::start().await;
    let own = id();
    let good = || IssueMedicalCodeRequest { request_id: id(), person_id: id(), ..Default::default() };
    let table: &[Row<IssueMedicalCodeRequest>] = &[
        (|r| *r = IssueMedicalCodeRequest::default(), &[("request_id", "MISSING"), ("person_id", "MISSING")]),
        (
            |r| {
                r.request_id = "1".into();
                r.person_id = "2".into();
                r.shown_by_person_id = "3".into();
            },
            &[("request_id", "MALFORMED"), ("person_id", "MALFORMED"), ("shown_by_person_id", "MALFORMED")],
        ),
    ];
    let app = stack.verifier(&citizen(&own));
    names(good, table, async |request| app.clone().issue_medical_code(request).await).await;
    let good = || InspectMedicalCodeRequest { token: "kid.payload.signature".to_owned() };
    let table: &[Row<InspectMedicalCodeRequest>] = &[
        (|r| r.token.clear(), &[("token", "MALFORMED")]),
        (|r| r.token = "a.b".into(), &[("token", "MALFORMED")]),
        (|r| r.token = "a.b.c.d".into(), &[("token", "MALFORMED")]),
        (|r| r.token = format!("a.{}.c", "b".repeat(2_048)), &[("token", "MALFORMED")]),
        (|_| (), &[("token", "NOT_GENUINE")]),
    ];
    let hospital = stack.verifier(HOSPITAL);
    names(good, table, async |request| hospital.clone().inspect_medical_code(request).await).await;
}

#[tokio::test]
async fn a_malformed_beginning_names_every_field() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let table: &[Row<BeginVerificationRequest>] = &[
        (
            |r| *r = BeginVerificationRequest::default(),
            &[
                ("verification_id", "MISSING"),
                ("subject_person_id", "MISSING"),
                ("method", "MISSING"),
                ("operation", "MISSING"),
            ],
        ),
        (
            |r| {
                r.verification_id = "1".into();
                r.operation = Some(common::Operation {
                    kind: "Apply".into(),
                    operation_id: "2".into(),
                    actor_person_id: "3".into(),
                    counterparty_person_id: "4".into(),
                    amount: "-5.00".into(),
                    place: "6".into(),
                    civil_day: "today".into(),
                });
            },
            &[
                ("verification_id", "MALFORMED"),
                ("operation.kind", "UNKNOWN_VALUE"),
                ("operation.actor_person_id", "MALFORMED"),
                ("operation.counterparty_person_id", "MALFORMED"),
                ("operation.amount", "MALFORMED"),
                ("operation.place", "MALFORMED"),
                ("operation.civil_day", "NOT_TODAY"),
                ("operation.operation_id", "MALFORMED"),
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
    let (app, operation) = (stack.verifier(&citizen(&person)), transfer(&person));
    let good = || beginning(operation.clone(), VerificationMethod::Face);
    names(good, table, async |request| app.clone().begin_verification(request).await).await;
}
