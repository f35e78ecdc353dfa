//! Wrong proofs are counted, in whatever order and however many at once, and lock one method of one person.

use border::tokens::Found;
use chassis::status;
use futures::future::join_all;
use proto::identity::{VerificationMethod, complete_verification_request::Proof};
use time::Duration;
use tonic::Code;

use super::bench::{BAD, GOOD, beginning, citizen, face, transfer};
use crate::harness::{NOW, Stack, refused};

#[tokio::test]
async fn r_033_five_wrong_passwords_lock_the_password_and_nothing_else() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    for used in 1..=5 {
        let status = stack.try_password(&person, BAD).await.unwrap_err();
        assert_eq!(refused(&status), (Code::PermissionDenied, "AUTH_FAILED".to_owned()));
        let refusal = status::read(&status).unwrap().refusal;
        assert_eq!((refusal.limit.as_str(), refusal.actual.clone()), ("5", used.to_string()));
        assert_eq!(refusal.possible_again.is_some(), used == 5);
        assert!(refusal.what_to_do_zh.contains("人脸") && refusal.what_to_do_zh.contains("窗口"));
    }
    // Also a right one, and also after a restart.
    let stack = stack.restart().await;
    let status = stack.try_password(&person, GOOD).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "FACTOR_LOCKED".to_owned()));
    let refusal = status::read(&status).unwrap().refusal;
    let until = refusal.possible_again.unwrap();
    assert!(until > NOW + Duration::minutes(29) && until < NOW + Duration::minutes(31), "{until}");

    let app = citizen(&person);
    let request = beginning(transfer(&person), VerificationMethod::Face);
    let verification = request.verification_id.clone();
    let begun = stack.begin(&app, request).await.unwrap();
    assert_eq!(begun.alternatives, [i32::from(VerificationMethod::Counter)]);
    let proof = face(&begun, &person, Found::Match, &stack);
    assert!(stack.complete(&app, &verification, proof).await.is_ok());

    stack.clock.shift_to(until).unwrap();
    assert!(stack.try_password(&person, GOOD).await.is_ok());
}

#[tokio::test]
async fn a_burst_of_guesses_is_no_more_than_five() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let (app, mut begun) = (citizen(&person), Vec::new());
    for _ in 0..12 {
        let request = beginning(transfer(&person), VerificationMethod::Password);
        begun.push(request.verification_id.clone());
        stack.begin(&app, request).await.unwrap();
    }
    let guess = |verification: &String, password: &str| {
        let (stack, app, verification) = (&stack, &app, verification.clone());
        let proof = Proof::Password(password.to_owned());
        async move { refused(&stack.complete(app, &verification, proof).await.unwrap_err()).1 }
    };
    let said = join_all(begun.iter().map(|verification| guess(verification, BAD))).await;
    assert_eq!(said.iter().filter(|reason| *reason == "AUTH_FAILED").count(), 5, "{said:?}");
    assert_eq!(said.iter().filter(|reason| *reason == "FACTOR_LOCKED").count(), 7, "{said:?}");
    assert_eq!(guess(&begun[0], GOOD).await, "FACTOR_LOCKED");
}

#[tokio::test]
async fn a_right_password_ends_the_count_and_a_new_one_ends_a_lock() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    for _ in 0..2 {
        for _ in 0..4 {
            assert_eq!(refused(&stack.try_password(&person, BAD).await.unwrap_err()).1, "AUTH_FAILED");
        }
        assert!(stack.try_password(&person, GOOD).await.is_ok());
    }
    for _ in 0..5 {
        assert_eq!(refused(&stack.try_password(&person, BAD).await.unwrap_err()).1, "AUTH_FAILED");
    }
    assert_eq!(refused(&stack.try_password(&person, GOOD).await.unwrap_err()).1, "FACTOR_LOCKED");
    assert_eq!(stack.set_password(&person, "271828").await.unwrap(), 2);
    assert!(stack.try_password(&person, "271828").await.is_ok());
}

#[tokio::test]
async fn a_wrong_proof_after_a_right_one_counts_as_well() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let (app, request) = (citizen(&person), beginning(transfer(&person), VerificationMethod::Password));
    let verification = request.verification_id.clone();
    stack.begin(&app, request).await.unwrap();
    let proof = |text: &str| Proof::Password(text.to_owned());
    assert!(stack.complete(&app, &verification, proof(GOOD)).await.is_ok());
    for _ in 0..5 {
        let status = stack.complete(&app, &verification, proof(BAD)).await.unwrap_err();
        assert_eq!(refused(&status).1, "AUTH_FAILED");
    }
    let status = stack.complete(&app, &verification, proof(GOOD)).await.unwrap_err();
    assert_eq!(refused(&status).1, "FACTOR_LOCKED");
}

#[tokio::test]
async fn r_033_a_caller_that_fails_with_many_persons_is_locked_as_well() {
    const PHARMACY: &str = "dev:institution:P32010200001";
    let stack = Stack::start().await;
    let begin = async |person: &str| {
        let mut operation = transfer(person);
        operation.place = "P32010200001".to_owned();
        let request = beginning(operation, VerificationMethod::Face);
        let verification = request.verification_id.clone();
        stack.begin(PHARMACY, request).await.map(|begun| (verification, begun))
    };
    let mut wrong = 0;
    while wrong < 50 {
        let person = stack.person().await.person_id;
        let (verification, begun) = begin(&person).await.unwrap();
        for _ in 0..4.min(50 - wrong) {
            let proof = face(&begun, &person, Found::NoMatch, &stack);
            let status = stack.complete(PHARMACY, &verification, proof).await.unwrap_err();
            assert_eq!(refused(&status).1, "AUTH_FAILED");
            wrong += 1;
        }
    }
    let person = stack.person().await.person_id;
    let status = begin(&person).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "FACTOR_LOCKED".to_owned()));
    // Its own app is not concerned.
    let request = beginning(transfer(&person), VerificationMethod::Face);
    assert!(stack.begin(&citizen(&person), request).await.is_ok());
}
