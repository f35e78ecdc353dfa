//! Keys change while tokens are in use, and nobody who follows them notices.

use std::{fs::OpenOptions, io::Write as _, time::Duration as Real};

use border::keyring::Keyring;
use chassis::{access::Caller, run::Host};
use proto::identity::GetKeysRequest;
use time::{Duration, format_description::well_known::Rfc3339};
use tokio_util::sync::CancellationToken;

use super::bench::{GOOD, citizen, derived, transfer};
use crate::harness::{self, Stack};

async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Real::from_millis(25)).await;
    }
    panic!("not in ten seconds: {what}");
}

async fn published(stack: &Stack) -> usize {
    stack.verifier("dev:auditor").get_keys(GetKeysRequest {}).await.unwrap().into_inner().keys.len()
}

#[tokio::test]
async fn keys_are_changed_without_an_interruption() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let (app, before) = (citizen(&person), transfer(&person));
    let password = proto::identity::VerificationMethod::Password;
    let proof = || proto::identity::complete_verification_request::Proof::Password(GOOD.to_owned());
    let old = stack.verify(&app, before.clone(), password, proof()).await.unwrap();

    // Another service follows the keys and knows nothing of the change.
    let stop = CancellationToken::new();
    let args = harness::config(&stack.url, &stack.keys).chassis;
    let host = Host::new(args, stop.clone()).await;
    let keyring = Keyring::follow(stack.peer("dev:service:settlement"), &host);
    let caller = Caller::parse(&app).unwrap();
    let now = || stack.clock.now();
    let good = |assertion: String, operation: proto::common::Operation| {
        let (keyring, caller, now) = (keyring.clone(), caller.clone(), now());
        async move { keyring.require(&caller, &assertion, &derived(&operation), now).await }
    };
    assert!(good(old.clone(), before.clone()).await.is_ok(), "the first question waits for the keys");

    let next = (now() + Duration::seconds(90)).format(&Rfc3339).unwrap();
    let mut file = OpenOptions::new().append(true).open(stack.keys.path().join("signing.toml")).unwrap();
    writeln!(file, "[[assertion]]\nfrom = \"{next}\"\nseed = \"{}\"", "5e".repeat(32)).unwrap();
    eventually("the next key is published", || async { published(&stack).await == 3 }).await;
    let same = stack.verify(&app, before.clone(), password, proof()).await.unwrap();
    assert_eq!(kid(&same), kid(&old), "it does not sign yet");

    stack.clock.shift_to(now() + Duration::seconds(95)).unwrap();
    let after = transfer(&person);
    let new = stack.verify(&app, after.clone(), password, proof()).await.unwrap();
    assert_ne!(kid(&new), kid(&old));
    assert!(good(old.clone(), before.clone()).await.is_ok(), "what was given before is still good");
    assert!(good(new, after).await.is_ok(), "an unknown key is asked for");
    stop.cancel();
}

fn kid(assertion: &str) -> String {
    assertion.split_once('.').unwrap().0.to_owned()
}

#[tokio::test]
async fn a_spoilt_file_changes_nothing() {
    let stack = Stack::start().await;
    let person = stack.with_password().await;
    let path = stack.keys.path().join("signing.toml");
    let good = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, "[[assertion]]\n").unwrap();
    assert!(stack.try_password(&person, GOOD).await.is_ok());
    std::fs::write(
        &path,
        format!(
            "{good}\n[[medical_code]]\nfrom = \"2026-01-16T00:00:00Z\"\nseed = \"{}\"\n",
            "6f".repeat(32)
        ),
    )
    .unwrap();
    eventually("the mended file is read", || async { published(&stack).await == 3 }).await;
    assert!(stack.try_password(&person, GOOD).await.is_ok());
}
