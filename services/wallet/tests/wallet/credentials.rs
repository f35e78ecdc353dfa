//! What is shown at the till: a code, a face or a card of the patient, and nobody else's. A credential that fails costs
//! no id, and what was decided is told again when it has ended.

use chassis::status;
use proto::{
    identity::{LinkCodeProxyRequest, Scheme},
    wallet::{self as wire, payment_result::Result as Became},
};
use testkit::{
    agree::{self, Agreements, Lines},
    desk::requests::code,
    people::id,
};
use time::Duration;
use tonic::{Code, Request, Status};

use crate::bench::{Bench, HOSPITAL, PHARMACY, bill, reason, till, under};

const MINUTE: Duration = Duration::minutes(1);

/// The patient's code as the app shows it now.
fn shown(owner: &str, by: Option<&str>) -> wire::Credential {
    code(&agree::medical_code(owner, by, MINUTE).expect("keys"))
}

fn with(request: wire::PayRequest, credential: wire::Credential) -> wire::PayRequest {
    let draft = request.draft.expect("a draft");
    wire::PayRequest { draft: Some(wire::PaymentDraft { credential: Some(credential), ..draft }), ..request }
}

fn face(assertion: String) -> wire::Credential {
    let r#type = wire::CredentialType::Face.into();
    wire::Credential { r#type, token: assertion, card_reference: String::new() }
}

/// What a patient agrees to in front of the till's camera.
fn agreed(request: &wire::PayRequest, place: &str, amount: &str) -> Lines {
    let actor = request.draft.as_ref().expect("a draft").patient_person_id.clone();
    let (place, amount) = (place.to_owned(), amount.to_owned());
    Lines { kind: "Pay", id: request.payment_id.clone(), actor, place, amount, ..Lines::default() }
}

/// Refused as nothing that is remembered: code and reason.
fn denied(answer: Result<wire::Payment, Status>) -> String {
    let status = answer.expect_err("it is not paid");
    assert_eq!(status.code(), Code::PermissionDenied, "{status:?}");
    reason(&status)
}

/// Somebody with a wallet, some quota in it and a code that may be shown.
async fn patient(bench: &Bench) -> String {
    let patient = bench.owner(Scheme::Resident).await;
    bench.activate(&patient).await;
    bench.lot(&patient, "128").await;
    bench.caught_up().await;
    patient
}

#[tokio::test]
async fn r_034_a_payment_is_confirmed_by_a_code_or_a_face() {
    let bench = Bench::start().await;
    let patient = patient(&bench).await;
    let by_code = with(bill(&patient, "1"), shown(&patient, None));
    bench.pay(by_code.clone()).await.expect("by code");
    let request = bill(&patient, "2");
    let assertion = agree::assertion(&till(), &agreed(&request, PHARMACY, "2.00")).expect("keys");
    bench.pay(with(request, face(assertion))).await.expect("by face");
    // What is kept of it tells how the patient was identified, and holds no token.
    let bodies: Vec<String> = bench.records("pay").await;
    let by = |means: &str| bodies.iter().filter(|body| body.contains(means)).count();
    assert_eq!((by("\"by\":\"MEDICAL_CODE\""), by("\"by\":\"FACE\"")), (1, 1));
    let token = by_code.draft.expect("a draft").credential.expect("a credential").token;
    let signature = token.rsplit('.').next().expect("a signature");
    assert!(bodies.iter().all(|body| !body.contains(signature)));

    let wrong = |lines: &dyn Fn(&wire::PayRequest) -> Lines, by: &str| {
        let request = bill(&patient, "2");
        let assertion = agree::assertion(by, &lines(&request)).expect("keys");
        bench.pay(with(request, face(assertion)))
    };
    let theirs = format!("institution:{HOSPITAL}");
    let here = |request: &wire::PayRequest| agreed(request, PHARMACY, "2.00");
    assert_eq!(denied(wrong(&here, &theirs).await), "ASSERTION_MISMATCH", "given to another institution");
    let there = |request: &wire::PayRequest| agreed(request, HOSPITAL, "2.00");
    assert_eq!(denied(wrong(&there, &till()).await), "ASSERTION_MISMATCH", "for another place");
    for amount in ["2.01", ""] {
        let more = |request: &wire::PayRequest| agreed(request, PHARMACY, amount);
        assert_eq!(denied(wrong(&more, &till()).await), "ASSERTION_MISMATCH", "for another amount or any");
    }
    let other = |request: &wire::PayRequest| Lines { id: id(), ..agreed(request, PHARMACY, "2.00") };
    assert_eq!(denied(wrong(&other, &till()).await), "ASSERTION_MISMATCH", "for another payment");
    let request = bill(&patient, "2");
    let dated = bench.clock.clone();
    let keys = Agreements::read(&bench.signing_keys(), std::sync::Arc::new(move || dated.now()));
    let lines = agreed(&request, PHARMACY, "2.00");
    let password = keys.expect("keys").by_password().assertion(&till(), &lines);
    assert_eq!(denied(bench.pay(with(request, face(password))).await), "AUTH_FAILED", "no face");
    assert_eq!(bench.wallet_now(&patient).await.quota_amount, "125.00");
}

#[tokio::test]
async fn r_034_a_code_that_identity_did_not_sign_or_that_has_ended_pays_nothing_and_costs_no_id() {
    let bench = Bench::start().await;
    let patient = patient(&bench).await;
    let request = bill(&patient, "1");
    let token = agree::medical_code(&patient, None, MINUTE).expect("keys");
    let last = if token.ends_with('A') { "g" } else { "A" };
    let forged = format!("{}{last}", &token[..token.len() - 1]);
    let refused = bench.pay(with(request.clone(), code(&forged))).await.expect_err("a forged code");
    let parsed = status::read(&refused).expect("a status of ours");
    assert_eq!((refused.code(), parsed.refusal.reason.as_str()), (Code::InvalidArgument, "FIELD_INVALID"));
    let (field, why, ..) = &parsed.violations[0];
    assert_eq!((field.as_str(), why.as_str()), ("draft.credential.token", "NOT_GENUINE"));
    // An assertion is no code, whoever signed it.
    let assertion = agree::assertion(&till(), &agreed(&request, PHARMACY, "")).expect("keys");
    let refused = bench.pay(with(request.clone(), code(&assertion))).await.expect_err("no code");
    assert_eq!(reason(&refused), "FIELD_INVALID");
    bench.clock.shift_to(bench.clock.now() + MINUTE).expect("forwards");
    assert_eq!(denied(bench.pay(with(request.clone(), code(&token))).await), "MEDICAL_CODE_EXPIRED");
    bench.pay(with(request, shown(&patient, None))).await.expect("a fresh code under the same id");
}

#[tokio::test]
async fn r_122_nobody_pays_with_the_code_of_somebody_else() {
    let bench = Bench::start().await;
    let patient = patient(&bench).await;
    let sharer = bench.person(Scheme::Employee, "320100").await;
    let request = bill(&patient, "1");
    let refused = bench.pay(with(request.clone(), shown(&sharer, None))).await.expect_err("another's");
    let refusal = status::read(&refused).expect("a status of ours").refusal;
    assert_eq!(
        (refused.code(), refusal.reason.as_str(), refusal.rule.as_str(), refusal.policy_version.as_str()),
        (Code::PermissionDenied, "NOT_OWN_CREDENTIAL", "R-122", "NAT-PERSON-1")
    );
    assert!(refusal.what_to_do_zh.contains("钱可以共济,卡不能共用"));
    // 亲情账户: who is not linked may not show the code, whatever the token says.
    let by_stranger = with(request.clone(), shown(&patient, Some(&sharer)));
    assert_eq!(denied(bench.pay(by_stranger.clone()).await), "NOT_OWN_CREDENTIAL");
    let link = LinkCodeProxyRequest {
        code_proxy_id: id(),
        shower_person_id: sharer.clone(),
        owner_person_id: patient.clone(),
        ..LinkCodeProxyRequest::default()
    };
    let linked = bench.identities().link_code_proxy(under(&format!("citizen:{patient}"), link)).await;
    linked.expect("the mother agrees");
    bench.caught_up().await;
    bench.pay(by_stranger).await.expect("the daughter shows her mother's code, under the same id");
    let bodies = bench.records("pay").await;
    assert!(bodies.iter().any(|body| body.contains(&format!("\"shown_by\":\"{sharer}\""))));
}

#[tokio::test]
async fn r_031_the_wrong_function_is_explained_where_it_is_tried() {
    let bench = Bench::start().await;
    let patient = patient(&bench).await;
    let sharer = bench.person(Scheme::Employee, "320100").await;
    let request = bill(&patient, "1");
    // The sharer's code on the patient's phone: 亲情账户 instead of 家庭共济.
    let wrong = with(request.clone(), shown(&sharer, Some(&patient)));
    let refused = bench.pay(wrong).await.expect_err("the other function");
    let refusal = status::read(&refused).expect("a status of ours").refusal;
    assert_eq!(
        (refused.code(), refusal.reason.as_str(), refusal.rule.as_str()),
        (Code::PermissionDenied, "WRONG_FUNCTION_CODE_PROXY", "R-031")
    );
    assert!(refusal.message_zh.contains("亲情账户") && refusal.what_to_do_zh.contains("家庭共济"));
    bench.pay(with(request, shown(&patient, None))).await.expect("the own code under the same id");
}

#[tokio::test]
async fn r_030_a_code_is_activated_before_it_pays() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Resident).await;
    bench.lot(&patient, "128").await;
    let refused = bench.pay(with(bill(&patient, "1"), shown(&patient, None))).await.expect_err("not active");
    assert_eq!(reason(&refused), "MEDICAL_CODE_NOT_ACTIVATED");
    let mut online = bill(&patient, "1");
    online.draft.as_mut().expect("a draft").channel = wire::PaymentChannel::OnlineOrder.into();
    let status = bench.pay(online.clone()).await.expect_err("nobody reads a card there");
    assert_eq!(reason(&status), "FIELD_INVALID");
    let status = bench.pay(with(online, shown(&patient, None))).await.expect_err("online");
    assert_eq!(reason(&status), "MEDICAL_CODE_NOT_ACTIVATED");
    bench.pay(bill(&patient, "1")).await.expect("a card at a counter needs no code");
    bench.activate(&patient).await;
    bench.caught_up().await;
    bench.pay(with(bill(&patient, "1"), shown(&patient, None))).await.expect("active");
}

#[tokio::test]
async fn what_was_decided_is_told_again_when_the_code_has_ended() {
    let bench = Bench::start().await;
    let patient = patient(&bench).await;
    let paid = with(bill(&patient, "1"), shown(&patient, None));
    let first = bench.pay(paid.clone()).await.expect("it is paid");
    let mut refused = with(bill(&patient, "100"), shown(&patient, None));
    refused.draft.as_mut().expect("a draft").cost.as_mut().expect("a cost").eligible_amount = "1".to_owned();
    refused.max_cash_amount = "98.99".to_owned();
    assert_eq!(reason(&bench.pay(refused.clone()).await.expect_err("too much cash")), "SPLIT_CHANGED");
    let by_face = bill(&patient, "2");
    let assertion = agree::assertion(&till(), &agreed(&by_face, PHARMACY, "2.00")).expect("keys");
    let by_face = with(by_face, face(assertion));
    let second = bench.pay(by_face.clone()).await.expect("it is paid");
    // Three days later neither the minute of the code nor the day of the assertion fits.
    bench.clock.shift_to(bench.clock.now() + Duration::days(3)).expect("forwards");
    assert_eq!(bench.pay(paid.clone()).await.expect("told again"), first);
    assert_eq!(bench.pay(by_face.clone()).await.expect("told again"), second);
    assert_eq!(reason(&bench.pay(refused.clone()).await.expect_err("told again")), "SPLIT_CHANGED");
    let never = |request: &wire::PayRequest| wire::PayRequest { payment_id: id(), ..request.clone() };
    assert_eq!(denied(bench.pay(never(&paid)).await), "MEDICAL_CODE_EXPIRED");
    let mut changed = paid.clone();
    changed.draft.as_mut().expect("a draft").med_type = "11".to_owned();
    assert_eq!(reason(&bench.pay(changed).await.expect_err("other content")), "REQUEST_ID_REUSED");
    let requests = vec![paid.clone(), never(&paid), by_face, refused];
    let reply = bench.payments().batch_pay(under(&till(), wire::BatchPayRequest { requests })).await;
    let results = reply.expect("results").into_inner().results;
    let became: Vec<&str> = results
        .iter()
        .map(|one| match one.result.as_ref().expect("an answer") {
            Became::Payment(payment) if *payment == first => "first",
            Became::Payment(payment) if *payment == second => "second",
            Became::Payment(_) => "another",
            Became::Refusal(refusal) => refusal.reason.as_str(),
        })
        .collect();
    assert_eq!(became, ["first", "MEDICAL_CODE_EXPIRED", "second", "SPLIT_CHANGED"]);
    assert_eq!(bench.wallet_now(&patient).await.quota_amount, "125.00");
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn of_many_payments_only_those_with_a_bad_credential_are_refused() {
    let bench = Bench::start().await;
    let patient = patient(&bench).await;
    let sharer = bench.person(Scheme::Employee, "320100").await;
    let good = || with(bill(&patient, "1"), shown(&patient, None));
    let requests = vec![
        good(),
        with(bill(&patient, "1"), shown(&sharer, None)),
        bill(&patient, "1"),
        with(bill(&patient, "1"), code("a.b.c")),
        good(),
        with(bill(&patient, "1"), shown(&sharer, Some(&patient))),
        good(),
        good(),
    ];
    let reply = bench.payments().batch_pay(under(&till(), wire::BatchPayRequest { requests })).await;
    let results = reply.expect("results").into_inner().results;
    let became: Vec<&str> = results
        .iter()
        .map(|one| match one.result.as_ref().expect("an answer") {
            Became::Payment(_) => "paid",
            Became::Refusal(refusal) => refusal.reason.as_str(),
        })
        .collect();
    let wrong = ["NOT_OWN_CREDENTIAL", "FIELD_INVALID", "WRONG_FUNCTION_CODE_PROXY"];
    assert_eq!(became, ["paid", wrong[0], "paid", wrong[1], "paid", wrong[2], "paid", "paid"]);
    assert_eq!(bench.wallet_now(&patient).await.quota_amount, "123.00");
}

#[tokio::test]
async fn a_citizens_app_reads_payments_with_an_agreement_only() {
    let bench = Bench::start().await;
    let patient = patient(&bench).await;
    let paid = bench.pay(bill(&patient, "1")).await.expect("it is paid");
    let who = format!("citizen:{patient}");
    fn bare<T>(who: &str, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let bearer = format!("Bearer dev:{who}").parse().expect("a credential is plain text");
        request.metadata_mut().insert("authorization", bearer);
        request
    }
    let get = wire::GetPaymentRequest { payment_id: paid.payment_id.clone(), view: 0 };
    let party = Some(wire::list_payments_request::Party::PatientPersonId(patient.clone()));
    let list = wire::ListPaymentsRequest { party, ..wire::ListPaymentsRequest::default() };
    let receive = wire::CanReceiveRequest { person_id: patient.clone(), asking_bond_id: id() };
    let refused = [
        bench.payments().get_payment(bare(&who, get.clone())).await.err(),
        bench.payments().list_payments(bare(&who, list.clone())).await.err(),
        bench.wallets().can_receive(bare(&who, receive.clone())).await.err(),
    ];
    for status in refused {
        assert_eq!(denied(Err(status.expect("nobody agreed to it"))), "STEP_UP_REQUIRED");
    }
    bench.payments().get_payment(under(&who, get.clone())).await.expect("agreed");
    bench.payments().list_payments(under(&who, list)).await.expect("agreed");
    bench.wallets().can_receive(under(&who, receive)).await.expect("agreed");
    bench.payments().get_payment(bare(&till(), get)).await.expect("the till needs none");
}
