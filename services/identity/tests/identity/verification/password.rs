//! 医保码密码: set with an assertion, good for an assertion, and nowhere to be found.

use chassis::stepup::Method;
use proto::identity::{SetPasswordRequest, VerificationMethod, complete_verification_request::Proof};
use time::Duration;
use tonic::Code;

use super::bench::{BAD, GOOD, beginning, citizen, method, transfer};
use crate::{
    harness::{NANJING, Stack, id, refused, violations},
    sql,
};

#[tokio::test]
async fn r_033_a_password_gives_an_assertion_for_one_operation_and_two_minutes() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let (app, operation) = (citizen(&person), transfer(&person));
    let begun = beginning(operation.clone(), VerificationMethod::Password);
    let verification = begun.verification_id.clone();
    let reply = stack.begin(&app, begun).await.unwrap();
    assert_eq!(reply.digest, super::bench::derived(&operation).digest(time::macros::date!(2026 - 01 - 15)));
    assert!(reply.text_zh.contains("医保钱包转账,金额 1200.50 元"), "{}", reply.text_zh);
    assert!(reply.text_en.contains("amount 1200.50 yuan"), "{}", reply.text_en);
    let proof = Proof::Password(GOOD.to_owned());
    let assertion = stack.complete(&app, &verification, proof).await.unwrap().assertion;

    assert_eq!(method(stack.accepted(&app, &assertion, &operation).await), Method::Password);
    let other = stack.accepted(&app, &assertion, &transfer(&person)).await.unwrap_err();
    assert_eq!(other.reason, "ASSERTION_MISMATCH");
    let elsewhere = stack.accepted(NANJING, &assertion, &operation).await.unwrap_err();
    assert_eq!(elsewhere.reason, "ASSERTION_MISMATCH");
    stack.clock.shift_to(stack.clock.now() + Duration::seconds(121)).unwrap();
    let late = stack.accepted(&app, &assertion, &operation).await.unwrap_err();
    assert_eq!(late.reason, "ASSERTION_EXPIRED");
}

#[tokio::test]
async fn reading_is_agreed_to_for_half_an_hour() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let mut operation = transfer(&person);
    operation.kind = "READ".to_owned();
    for text in [&mut operation.operation_id, &mut operation.counterparty_person_id, &mut operation.amount] {
        text.clear();
    }
    let (app, proof) = (citizen(&person), Proof::Password(GOOD.to_owned()));
    let password = VerificationMethod::Password;
    let assertion = stack.verify(&app, operation.clone(), password, proof).await.unwrap();
    stack.clock.shift_to(stack.clock.now() + Duration::minutes(29)).unwrap();
    assert!(stack.accepted(&app, &assertion, &operation).await.is_ok());
    stack.clock.shift_to(stack.clock.now() + Duration::minutes(2)).unwrap();
    let late = stack.accepted(&app, &assertion, &operation).await.unwrap_err();
    assert_eq!(late.reason, "ASSERTION_EXPIRED");
}

#[tokio::test]
async fn a_password_is_set_only_with_an_assertion_for_exactly_that() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let request = |assertion: &str| SetPasswordRequest {
        request_id: id(),
        person_id: person.clone(),
        password: GOOD.to_owned(),
        assertion: assertion.to_owned(),
    };
    let set = async |request| stack.verifier(NANJING).set_password(request).await;
    let status = set(request("")).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "STEP_UP_REQUIRED".to_owned()));
    let other = stack.at_counter(&person, "SetPassword", &id()).await.unwrap();
    let status = set(request(&other)).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "ASSERTION_MISMATCH".to_owned()));
    let simple = SetPasswordRequest { password: "111111".to_owned(), ..request("") };
    let status = set(simple).await.unwrap_err();
    assert_eq!(violations(&status), [("password".to_owned(), "TOO_SIMPLE".to_owned())]);
    // Nothing of it was kept.
    let status = stack.try_password(&person, GOOD).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "AUTH_FAILED".to_owned()));
    assert!(status.message().contains("not set up"), "{}", status.message());
}

#[tokio::test]
async fn a_request_sets_one_password_once() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let request_id = id();
    let assertion = stack.at_counter(&person, "SetPassword", &request_id).await.unwrap();
    let password = GOOD.to_owned();
    let request = SetPasswordRequest { request_id, person_id: person.clone(), password, assertion };
    let set = async |request| {
        let reply = stack.verifier(NANJING).set_password(request).await?;
        Ok::<i64, tonic::Status>(reply.into_inner().revision)
    };
    assert_eq!(set(request.clone()).await.unwrap(), 1);
    assert_eq!(set(request.clone()).await.unwrap(), 1);
    let another = SetPasswordRequest { password: "271828".to_owned(), ..request.clone() };
    assert_eq!(
        refused(&set(another).await.unwrap_err()),
        (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned())
    );
    // The id stays good with a fresh assertion.
    stack.clock.shift_to(stack.clock.now() + Duration::minutes(3)).unwrap();
    assert_eq!(refused(&set(request.clone()).await.unwrap_err()).1, "ASSERTION_EXPIRED");
    let fresh = stack.at_counter(&person, "SetPassword", &request.request_id).await.unwrap();
    assert_eq!(set(SetPasswordRequest { assertion: fresh, ..request }).await.unwrap(), 1);
    assert!(stack.try_password(&person, GOOD).await.is_ok());
}

#[tokio::test]
async fn a_new_password_takes_the_place_of_the_old_one() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    // By the one that holds now.
    let (app, request_id) = (citizen(&person), id());
    let operation = proto::common::Operation {
        kind: "SetPassword".to_owned(),
        operation_id: request_id.clone(),
        actor_person_id: person.clone(),
        ..Default::default()
    };
    let proof = Proof::Password(GOOD.to_owned());
    let assertion = stack.verify(&app, operation, VerificationMethod::Password, proof).await.unwrap();
    let (person_id, password) = (person.clone(), BAD.to_owned());
    let request = SetPasswordRequest { request_id, person_id, password, assertion };
    assert_eq!(stack.verifier(&app).set_password(request).await.unwrap().into_inner().revision, 2);
    assert!(stack.try_password(&person, BAD).await.is_ok());
    assert_eq!(refused(&stack.try_password(&person, GOOD).await.unwrap_err()).1, "AUTH_FAILED");
}

#[tokio::test]
async fn no_table_holds_a_password_and_no_record_its_hash() {
    let (secret, wrong) = ("Kanarie-31415", "Kanarie-27182");
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    stack.set_password(&person, secret).await.unwrap();
    stack.try_password(&person, secret).await.unwrap();
    let status = stack.try_password(&person, wrong).await.unwrap_err();
    assert!(!String::from_utf8_lossy(status.details()).contains("Kanarie"));

    let rows = sql::every_row(&mut sql::connect(&stack.url).await).await;
    let labelled =
        |word: &str| rows.iter().any(|(table, row)| table.starts_with("record") && row.contains(word));
    assert!(labelled("SetPassword") && labelled("Agreed"), "the search sees what is recorded");
    for (table, row) in &rows {
        for word in [secret, wrong] {
            let found = row.to_lowercase().contains(&word.to_lowercase()) || row.contains(&hex::encode(word));
            assert!(!found, "{table}: {word}");
        }
    }
    let hash = rows.iter().find(|(table, _)| table == "password").map(|(_, row)| row.clone()).unwrap();
    let hash = hash.split("\\\\x").nth(2).unwrap_or_default().get(..32).unwrap().to_owned();
    let elsewhere = rows.iter().filter(|(table, _)| table != "password").any(|(_, row)| row.contains(&hash));
    assert!(!elsewhere, "a hash stands in its own table only");
}
