//! What is wrong with a request is said field by field, all at once, and nothing is stored for it.

use proto::identity::{
    AssignPlaceOfUseRequest, BatchGetStandingRequest, GetPersonRequest, RecordEnrolmentRequest,
    RegisterPersonRequest, StreamEventsRequest,
};
use tonic::Code;

use crate::{
    harness::{
        AUDITOR, JIANGSU, KINSHIP, NANJING, Stack, WALLET_32, assignment, enrolment, id, number, refused,
        registration, violations,
    },
    sql,
};

/// How a request is spoilt, and the violations that are expected for it.
type Row<T> = (fn(&mut T), &'static [(&'static str, &'static str)]);

fn same(found: &[(String, String)], expected: &[(&str, &str)]) {
    let found: Vec<(&str, &str)> =
        found.iter().map(|(field, reason)| (field.as_str(), reason.as_str())).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_malformed_registration_names_every_field_and_stores_nothing() {
    let stack = Stack::start().await;
    let table: &[Row<RegisterPersonRequest>] = &[
        (
            |r| *r = RegisterPersonRequest::default(),
            &[
                ("request_id", "MISSING"),
                ("id_number", "MISSING"),
                ("name", "MISSING"),
                ("mobile", "MISSING"),
            ],
        ),
        (|r| r.request_id = "42".into(), &[("request_id", "MALFORMED")]),
        (|r| r.request_id = r.request_id.to_uppercase(), &[("request_id", "MALFORMED")]),
        (|r| r.id_number = "340524800101001".into(), &[("id_number", "FIFTEEN_DIGITS")]),
        (|r| r.id_number = "340524198001010012".into(), &[("id_number", "BAD_CHECKSUM")]),
        (|r| r.id_number = "34052419800101001".into(), &[("id_number", "MALFORMED")]),
        (|r| r.id_number = "34052419800101001XX".into(), &[("id_number", "MALFORMED")]),
        (|r| r.id_number = "340524198013010010".into(), &[("id_number", "BAD_BIRTH_DAY")]),
        (|r| r.id_number = "340524202601160010".into(), &[("id_number", "BAD_BIRTH_DAY")]),
        (|r| r.id_number = "990524198001010010".into(), &[("id_number", "UNKNOWN_PLACE")]),
        (|r| r.name = "李".repeat(65), &[("name", "TOO_LONG")]),
        (|r| r.name = " 李娜".into(), &[("name", "MALFORMED")]),
        (|r| r.mobile = "12812345678".into(), &[("mobile", "MALFORMED")]),
        (|r| r.address = "路".repeat(257), &[("address", "TOO_LONG")]),
        (|r| r.address = "北京东路\n41号".into(), &[("address", "MALFORMED")]),
        (|r| r.psn_no = "1".repeat(31), &[("psn_no", "TOO_LONG")]),
        (|r| r.psn_no = "3200-1".into(), &[("psn_no", "MALFORMED")]),
    ];
    for (spoil, expected) in table {
        let mut request = registration();
        spoil(&mut request);
        let status = stack.register(NANJING, request).await.unwrap_err();
        same(&violations(&status), expected);
    }
    assert_eq!(sql::records(&mut sql::connect(&stack.url).await).await, 0);
}

#[tokio::test]
async fn a_malformed_enrolment_names_every_field_and_stores_nothing() {
    let stack = Stack::start().await;
    let table: &[Row<RecordEnrolmentRequest>] = &[
        (
            |r| *r = RecordEnrolmentRequest { expected_revision: -1, ..RecordEnrolmentRequest::default() },
            &[
                ("request_id", "MISSING"),
                ("enrolment_id", "MISSING"),
                ("person_id", "MISSING"),
                ("scheme", "MISSING"),
                ("pooling_area", "MISSING"),
                ("status", "MISSING"),
                ("valid_from", "MISSING"),
                ("business_time", "MISSING"),
                ("expected_revision", "NEGATIVE"),
            ],
        ),
        (|r| r.enrolment_id = "x".repeat(2_000), &[("enrolment_id", "MALFORMED")]),
        (|r| r.scheme = 99, &[("scheme", "UNKNOWN_VALUE")]),
        (|r| r.status = -1, &[("status", "UNKNOWN_VALUE")]),
        (|r| r.pooling_area = "320000".into(), &[("pooling_area", "POLICY_REGION")]),
        (|r| r.pooling_area = "320199".into(), &[("pooling_area", "UNKNOWN_VALUE")]),
        (|r| r.pooling_area = "32O100".into(), &[("pooling_area", "MALFORMED")]),
        (|r| r.valid_from = "2026-02-30".into(), &[("valid_from", "MALFORMED")]),
        (|r| r.valid_from = "0001-01-01".into(), &[("valid_from", "OUT_OF_RANGE")]),
        (|r| r.valid_to = "2020-06-30".into(), &[("valid_to", "BEFORE_FIRST_DAY")]),
        (|r| r.valid_to = "tomorrow".into(), &[("valid_to", "MALFORMED")]),
        (|r| r.status = 5, &[("valid_to", "MISSING")]),
        (
            |r| r.business_time.as_mut().unwrap().seconds = 1_768_500_000,
            &[("business_time", "IN_THE_FUTURE")],
        ),
        (|r| r.business_time.as_mut().unwrap().seconds = i64::MAX, &[("business_time", "OUT_OF_RANGE")]),
        (|r| r.business_time.as_mut().unwrap().nanos = -1, &[("business_time", "OUT_OF_RANGE")]),
    ];
    for (spoil, expected) in table {
        let mut request = enrolment(&id());
        spoil(&mut request);
        let status = stack.enrol(JIANGSU, request).await.unwrap_err();
        same(&violations(&status), expected);
    }
    assert_eq!(sql::records(&mut sql::connect(&stack.url).await).await, 0);
}

#[tokio::test]
async fn a_malformed_place_of_use_names_every_field_and_stores_nothing() {
    let stack = Stack::start().await;
    let table: &[Row<AssignPlaceOfUseRequest>] = &[
        (
            |r| *r = AssignPlaceOfUseRequest::default(),
            &[
                ("request_id", "MISSING"),
                ("person_id", "MISSING"),
                ("wallet_id", "MISSING"),
                ("place_of_use", "MISSING"),
            ],
        ),
        (|r| r.wallet_id = "wallet".into(), &[("wallet_id", "MALFORMED")]),
        (|r| r.place_of_use = "3201000".into(), &[("place_of_use", "MALFORMED")]),
        (|r| r.expected_place_of_use = "000000".into(), &[("expected_place_of_use", "POLICY_REGION")]),
    ];
    for (spoil, expected) in table {
        let mut request = assignment(&id());
        spoil(&mut request);
        let status = stack.client(WALLET_32).assign_place_of_use(request).await.unwrap_err();
        same(&violations(&status), expected);
    }
    assert_eq!(sql::records(&mut sql::connect(&stack.url).await).await, 0);
}

#[tokio::test]
async fn malformed_questions_name_every_field() {
    let stack = Stack::start().await;
    for (person_id, reason) in [("", "MISSING"), ("person-1", "MALFORMED")] {
        let request = GetPersonRequest { person_id: person_id.into() };
        let status = stack.client(AUDITOR).get_person(request).await.unwrap_err();
        same(&violations(&status), &[("person_id", reason)]);
    }
    let ask =
        |person_ids: Vec<String>, on_day: &str| BatchGetStandingRequest { person_ids, on_day: on_day.into() };
    let table = [
        (ask(vec![], ""), vec![("person_ids", "MISSING")]),
        (ask(vec![id(); 513], ""), vec![("person_ids", "TOO_MANY")]),
        (
            ask(vec![id(), "x".into()], "2026-1-1"),
            vec![("person_ids[1]", "MALFORMED"), ("on_day", "MALFORMED")],
        ),
    ];
    for (request, expected) in table {
        let status = stack.client(KINSHIP).batch_get_standing(request).await.unwrap_err();
        same(&violations(&status), &expected);
    }
    let after = |after_position, after_hash: &str| StreamEventsRequest {
        after_position,
        after_hash: after_hash.into(),
    };
    let table = [
        (after(-1, ""), ("after_position", "NEGATIVE")),
        (after(1, ""), ("after_hash", "MALFORMED")),
        (after(0, "00"), ("after_hash", "MALFORMED")),
        (after(3, "zz"), ("after_hash", "MALFORMED")),
    ];
    for (request, expected) in table {
        let status = stack.client(AUDITOR).stream_events(request).await.unwrap_err();
        same(&violations(&status), &[expected]);
    }
}

#[tokio::test]
async fn an_id_used_again_for_other_content_is_refused_on_every_write() {
    let stack = Stack::start().await;
    let request = registration();
    let person = stack.register(NANJING, request.clone()).await.unwrap().person.unwrap();
    let spoils: [fn(&mut RegisterPersonRequest); 5] = [
        |r| r.id_number = number().number().to_owned(),
        |r| r.name = "张桂方".into(),
        |r| r.mobile = "13912345678".into(),
        |r| r.address = String::new(),
        |r| r.psn_no = String::new(),
    ];
    for spoil in spoils {
        let mut other = request.clone();
        spoil(&mut other);
        let status = stack.register(NANJING, other).await.unwrap_err();
        assert_eq!(refused(&status), (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned()));
    }
    let request = enrolment(&person.person_id);
    stack.enrol(JIANGSU, request.clone()).await.unwrap();
    let other = RecordEnrolmentRequest { valid_to: "2030-01-01".into(), ..request };
    let status = stack.enrol(JIANGSU, other).await.unwrap_err();
    assert_eq!(refused(&status), (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned()));

    let request = assignment(&person.person_id);
    stack.client(WALLET_32).assign_place_of_use(request.clone()).await.unwrap();
    let other = AssignPlaceOfUseRequest { wallet_id: id(), ..request };
    let status = stack.client(WALLET_32).assign_place_of_use(other).await.unwrap_err();
    assert_eq!(refused(&status), (Code::AlreadyExists, "REQUEST_ID_REUSED".to_owned()));
}

#[tokio::test]
async fn an_id_from_long_ago_or_from_the_future_is_refused() {
    let stack = Stack::start().await;
    for request_id in ["01800000-0000-7000-8000-000000000001", "03bb2cc3-d800-7000-8000-000000000001"] {
        let request = RegisterPersonRequest { request_id: request_id.into(), ..registration() };
        let status = stack.register(NANJING, request).await.unwrap_err();
        assert_eq!(refused(&status), (Code::InvalidArgument, "REQUEST_ID_TOO_OLD".to_owned()));
    }
}

#[tokio::test]
async fn an_unknown_person_is_not_found_by_any_call() {
    let stack = Stack::start().await;
    let unknown = (Code::NotFound, "PERSON_UNKNOWN".to_owned());
    let status = stack.client(AUDITOR).get_person(GetPersonRequest { person_id: id() }).await.unwrap_err();
    assert_eq!(refused(&status), unknown);
    let request = enrolment(&id());
    for _ in 0..2 {
        let status = stack.enrol(JIANGSU, request.clone()).await.unwrap_err();
        assert_eq!(refused(&status), unknown);
    }
    let status = stack.client(WALLET_32).assign_place_of_use(assignment(&id())).await.unwrap_err();
    assert_eq!(refused(&status), unknown);
    // The enrolment's refusal is remembered once, the place's once.
    assert_eq!(sql::records(&mut sql::connect(&stack.url).await).await, 2);

    let nobody = id();
    let standing = stack.standing(&nobody).await;
    assert_eq!(standing, proto::identity::Standing { person_id: nobody, ..Default::default() });
}
