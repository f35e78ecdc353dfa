//! 人脸: a signed result proves something about its nonce, its person and its time, and nothing else.

use border::tokens::{FaceResult, Found};
use chassis::{
    stepup::Method,
    token::{Signer, Use},
};
use proto::identity::{BeginVerificationResponse, VerificationMethod, complete_verification_request::Proof};
use standards::PersonId;
use time::Duration;

use super::bench::{beginning, citizen, face, method, transfer};
use crate::harness::{Stack, id, matcher, refused};

async fn begun(stack: &Stack, person: &str) -> (String, proto::common::Operation, BeginVerificationResponse) {
    let operation = transfer(person);
    let request = beginning(operation.clone(), VerificationMethod::Face);
    let verification = request.verification_id.clone();
    (verification, operation, stack.begin(&citizen(person), request).await.unwrap())
}

#[tokio::test]
async fn r_033_a_matching_face_gives_an_assertion() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let app = citizen(&person);
    let (verification, operation, reply) = begun(&stack, &person).await;
    let proof = face(&reply, &person, Found::Match, &stack);
    let assertion = stack.complete(&app, &verification, proof).await.unwrap().assertion;
    assert_eq!(method(stack.accepted(&app, &assertion, &operation).await), Method::Face);
}

#[tokio::test]
async fn r_032_an_unsure_matcher_costs_no_attempt_and_names_what_else_there_is() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let app = citizen(&person);
    let (verification, _, reply) = begun(&stack, &person).await;
    for _ in 0..7 {
        let proof = face(&reply, &person, Found::Unsure, &stack);
        let status = stack.complete(&app, &verification, proof).await.unwrap_err();
        assert_eq!(refused(&status).1, "AUTH_FAILED");
        let refusal = chassis::status::read(&status).unwrap().refusal;
        assert!(refusal.what_to_do_zh.contains("医保码密码或窗口"), "{}", refusal.what_to_do_zh);
    }
    assert!(stack.complete(&app, &verification, face(&reply, &person, Found::Match, &stack)).await.is_ok());
}

#[tokio::test]
async fn a_result_that_is_not_about_this_proves_nothing_and_counts() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let app = citizen(&person);
    let (verification, _, reply) = begun(&stack, &person).await;
    let (_, _, other) = begun(&stack, &person).await;
    let own = PersonId::parse(&person).unwrap();
    let result = FaceResult::new(&reply.nonce, own, Found::Match, stack.clock.now());
    let stranger = PersonId::parse(&id()).unwrap();
    let spoilt = [
        result.sign(&Signer::from_seed(&[8; 32], Use::FaceMatch)),
        FaceResult { nonce: other.nonce, ..result.clone() }.sign(&matcher()),
        FaceResult { person: stranger.uuid(), ..result.clone() }.sign(&matcher()),
        FaceResult { found: Found::NoMatch, ..result.clone() }.sign(&matcher()),
    ];
    for token in spoilt {
        let status = stack.complete(&app, &verification, Proof::FaceResultToken(token)).await.unwrap_err();
        assert_eq!(refused(&status).1, "AUTH_FAILED");
    }
    stack.clock.shift_to(stack.clock.now() + Duration::seconds(121)).unwrap();
    let late = Proof::FaceResultToken(result.sign(&matcher()));
    let status = stack.complete(&app, &verification, late).await.unwrap_err();
    assert_eq!(refused(&status).1, "AUTH_FAILED", "the fifth");
    let status = stack.complete(&app, &verification, face(&reply, &person, Found::Match, &stack)).await;
    assert_eq!(refused(&status.unwrap_err()).1, "FACTOR_LOCKED");
}
