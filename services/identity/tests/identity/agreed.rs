//! 加强核验 of what citizens write and read: without an agreement to exactly that nothing is done and no id is used
//! up. What is agreed to is verified by identity itself here, as an app does it.

use std::{future::Future, pin::Pin};

use proto::{
    common,
    identity::{
        GetPersonRequest, LinkCodeProxyRequest, ListCodeProxiesRequest, ListEnrolmentsRequest,
        ListRemoteCareRequest, VerificationMethod, complete_verification_request::Proof,
    },
};
use time::Duration;
use tonic::{Code, Request, Status};

use crate::{
    harness::{JIANGSU, NANJING, Stack, enrolment, id, refused, registration},
    requests::{
        activation, citizen, confirmation, contact, document, filing, link, resolution, switch, unlinking,
        withdrawal,
    },
    sql,
    verification::bench::{GOOD, linking, operation},
};

/// Sends a call with this assertion.
type Call = Box<dyn Fn(String) -> Pin<Box<dyn Future<Output = Result<(), Status>>>>>;

/// A write of a person's app.
macro_rules! write_of {
    ($stack:expr, $person:expr, $call:ident, $request:expr) => {{
        let (client, request) = ($stack.bare(&citizen($person)), $request);
        let call: Call = Box::new(move |assertion| {
            let (mut client, mut request) = (client.clone(), request.clone());
            request.assertion = assertion;
            Box::pin(async move { client.$call(request).await.map(|_| ()) })
        });
        call
    }};
}

/// A read of a person's app.
macro_rules! read_of {
    ($stack:expr, $person:expr, $call:ident, $request:expr) => {{
        let (client, request) = ($stack.bare(&citizen($person)), $request);
        let call: Call = Box::new(move |assertion| {
            let (mut client, mut request) = (client.clone(), Request::new(request.clone()));
            if !assertion.is_empty() {
                request.metadata_mut().insert("gongji-read", assertion.parse().unwrap());
            }
            Box::pin(async move { client.$call(request).await.map(|_| ()) })
        });
        call
    }};
}

fn is(answer: Result<(), Status>, reason: &str) {
    assert_eq!(refused(&answer.unwrap_err()), (Code::PermissionDenied, reason.to_owned()));
}

/// A link that a counter has made, by the owner's id card.
async fn linked(stack: &Stack, shower: &str, owner: &str) -> String {
    let documents = vec![document("id_card", "证件 7")];
    let seen = LinkCodeProxyRequest { documents, ..link(shower, owner) };
    stack.client(NANJING).link_code_proxy(seen.clone()).await.unwrap();
    seen.code_proxy_id
}

/// Every write of a citizen, with what is agreed to.
async fn writes(stack: &Stack, person: &str) -> Vec<(common::Operation, Call)> {
    let (one, other) = (stack.person().await.person_id, stack.person().await.person_id);
    let elsewhere = filing(person);
    stack.client(NANJING).file_remote_care(elsewhere.clone()).await.unwrap();
    let (withdrawal, unlinking) =
        (withdrawal(&elsewhere.filing_id), unlinking(&linked(stack, &one, person).await));
    let (activation, contact, confirmation) = (activation(person), contact(person), confirmation(person));
    let (filing, switch, link) = (filing(person), switch(person, true), link(&other, person));
    let of = |kind: &str, id: &str| operation(kind, id, person);
    let filed = common::Operation {
        place: filing.treatment_pooling_area.clone(),
        ..of("FileRemoteCare", &filing.filing_id)
    };
    vec![
        (
            of("ActivateMedicalCode", &activation.request_id),
            write_of!(stack, person, activate_medical_code, activation),
        ),
        (of("UpdateContact", &contact.request_id), write_of!(stack, person, update_contact, contact)),
        (
            of("ConfirmContact", &confirmation.request_id),
            write_of!(stack, person, confirm_contact, confirmation),
        ),
        (filed, write_of!(stack, person, file_remote_care, filing)),
        (
            of("WithdrawRemoteCare", &withdrawal.request_id),
            write_of!(stack, person, withdraw_remote_care, withdrawal),
        ),
        (of("SetPurchaseSwitch", &switch.request_id), write_of!(stack, person, set_purchase_switch, switch)),
        (linking(&link), write_of!(stack, person, link_code_proxy, link)),
        (
            of("UnlinkCodeProxy", &unlinking.request_id),
            write_of!(stack, person, unlink_code_proxy, unlinking),
        ),
    ]
}

#[tokio::test]
async fn r_033_without_an_agreement_to_exactly_that_no_citizens_write_is_done_and_its_id_is_free() {
    let stack = Stack::start().await;
    let (person, stranger) = (stack.employed().await, stack.person().await.person_id);
    let writes = writes(&stack, &person).await;
    assert_eq!(writes.len(), 8);
    for (agreed_to, send) in writes {
        let kind = agreed_to.kind.clone();
        let others = [
            common::Operation { operation_id: id(), ..agreed_to.clone() },
            common::Operation { kind: "Pay".to_owned(), ..agreed_to.clone() },
            common::Operation { counterparty_person_id: stranger.clone(), ..agreed_to.clone() },
            common::Operation { place: "320500".to_owned(), ..agreed_to.clone() },
            common::Operation { actor_person_id: stranger.clone(), ..agreed_to.clone() },
        ];
        let before = stack.standing(&person).await;
        is(send(String::new()).await, "STEP_UP_REQUIRED");
        is(send("kid.payload.signature".to_owned()).await, "ASSERTION_MISMATCH");
        // With the number of the last record: nothing was recorded.
        assert_eq!(stack.standing(&person).await, before, "{kind}");
        for other in others {
            let assertion = stack.by_face(other).await;
            let before = stack.standing(&person).await;
            is(send(assertion).await, "ASSERTION_MISMATCH");
            assert_eq!(stack.standing(&person).await, before, "{kind}");
        }
        let assertion = stack.by_face(agreed_to).await;
        let before = stack.standing(&person).await.as_of_position;
        send(assertion).await.unwrap_or_else(|status| panic!("{kind}: {status:?}"));
        assert_eq!(stack.standing(&person).await.as_of_position, before + 1, "{kind}");
    }
}

#[tokio::test]
async fn an_agreement_is_no_part_of_a_request_and_a_repeat_needs_one_that_is_good_then() {
    let stack = Stack::start().await;
    let person = stack.employed().await;
    for (agreed_to, send) in writes(&stack, &person).await {
        let assertion = stack.by_face(agreed_to.clone()).await;
        send(assertion.clone()).await.unwrap();
        stack.clock.shift_to(stack.clock.now() + Duration::seconds(121)).unwrap();
        is(send(assertion).await, "ASSERTION_EXPIRED");
        let fresh = stack.by_face(agreed_to.clone()).await;
        let before = stack.standing(&person).await;
        send(fresh).await.unwrap();
        assert_eq!(stack.standing(&person).await, before, "{}", agreed_to.kind);
    }
}

#[tokio::test]
async fn r_031_an_adult_agrees_by_face_and_not_by_password() {
    let stack = Stack::start().await;
    let (daughter, mother) = (stack.employed().await, stack.with_password().await);
    let request = link(&daughter, &mother);
    let send = write_of!(stack, &mother, link_code_proxy, request.clone());
    let (app, password) = (citizen(&mother), VerificationMethod::Password);
    let proof = Proof::Password(GOOD.to_owned());
    let known = stack.verify(&app, linking(&request), password, proof).await.unwrap();
    let status = send(known).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "AUTH_FAILED".to_owned()));
    let refusal = chassis::status::read(&status).unwrap().refusal;
    assert_eq!(refusal.rule, "R-031");
    assert!(refusal.what_to_do_zh.contains("人脸") && refusal.what_to_do_en.contains("FACE"));
    // Nor does the face of whoever wants to show it.
    let hers = common::Operation {
        actor_person_id: daughter.clone(),
        counterparty_person_id: mother.clone(),
        ..linking(&request)
    };
    let send_hers = write_of!(stack, &daughter, link_code_proxy, request.clone());
    is(send_hers(stack.by_face(hers).await).await, "AUTH_FAILED");
    assert!(stack.standing(&mother).await.code_proxy_person_ids.is_empty());

    send(stack.by_face(linking(&request)).await).await.unwrap();
    assert_eq!(stack.standing(&mother).await.code_proxy_person_ids, [daughter]);
    // The record says by what she agreed.
    let rows = sql::every_row(&mut sql::connect(&stack.url).await).await;
    let says = |(table, row): &(String, String)| {
        let about = |word: &str| row.contains(word);
        table.starts_with("record") && about(&request.code_proxy_id) && about("agreed") && about("FACE")
    };
    assert!(rows.iter().any(says));
}

#[tokio::test]
async fn r_033_a_citizen_reads_with_an_agreement_to_read_and_not_with_another() {
    let stack = Stack::start().await;
    let known = registration();
    let person = stack.register(NANJING, known.clone()).await.unwrap().person.unwrap().person_id;
    stack.enrol(JIANGSU, enrolment(&person)).await.unwrap();
    let person_id = || person.clone();
    let enrolments = ListEnrolmentsRequest { person_id: person_id(), ..Default::default() };
    let filings = ListRemoteCareRequest { person_id: person_id(), ..Default::default() };
    let links = ListCodeProxiesRequest { person_id: person_id(), ..Default::default() };
    let reads = [
        read_of!(stack, &person, get_person, GetPersonRequest { person_id: person_id() }),
        read_of!(stack, &person, list_enrolments, enrolments),
        read_of!(stack, &person, list_remote_care, filings),
        read_of!(stack, &person, list_code_proxies, links),
        read_of!(stack, &person, resolve_person, resolution(&known.id_number, &known.name)),
    ];
    let write = stack.by_face(operation("UpdateContact", &id(), &person)).await;
    let stranger = stack.person().await.person_id;
    let theirs = stack.by_face(operation("READ", "", &stranger)).await;
    for read in &reads {
        is(read(String::new()).await, "STEP_UP_REQUIRED");
        is(read(write.clone()).await, "ASSERTION_MISMATCH");
        is(read(theirs.clone()).await, "ASSERTION_MISMATCH");
    }
    // Whoever may not read has not asked.
    assert!(sql::inquiry_counts(&mut sql::connect(&stack.url).await).await.is_empty());
    let own = stack.by_face(operation("READ", "", &person)).await;
    for read in &reads {
        read(own.clone()).await.unwrap();
    }
    stack.clock.shift_to(stack.clock.now() + Duration::minutes(30)).unwrap();
    for read in &reads {
        is(read(own.clone()).await, "ASSERTION_EXPIRED");
    }
}
