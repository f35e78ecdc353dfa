//! Enrolments: recorded once, changed by revision, never two of a kind on one day.

use proto::identity::{BatchGetStandingRequest, EnrolmentStatus, RecordEnrolmentRequest, Scheme};
use tonic::Code;

use crate::{
    harness::{JIANGSU, KINSHIP, SICHUAN, Stack, enrolment, id, refused, violations},
    sql,
};

/// A later call about the same enrolment.
fn later(request: &RecordEnrolmentRequest) -> RecordEnrolmentRequest {
    RecordEnrolmentRequest { request_id: id(), ..request.clone() }
}

#[tokio::test]
async fn the_first_call_creates_and_later_ones_change_status_and_end() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let first = enrolment(&person);
    let created = stack.enrol(JIANGSU, first.clone()).await.unwrap();
    assert_eq!((created.insutype.as_str(), created.has_personal_account, created.revision), ("310", true, 1));
    assert_eq!((created.province.as_str(), created.valid_to.as_str()), ("32", ""));

    let suspend = RecordEnrolmentRequest { status: EnrolmentStatus::Suspended.into(), ..later(&first) };
    let suspended = stack.enrol(JIANGSU, suspend).await.unwrap();
    assert_eq!((suspended.status(), suspended.revision), (EnrolmentStatus::Suspended, 2));
    // A repeat of the first request gives the enrolment as it is now.
    assert_eq!(stack.enrol(JIANGSU, first.clone()).await.unwrap(), suspended);

    let end = RecordEnrolmentRequest {
        status: EnrolmentStatus::Terminated.into(),
        valid_to: "2026-01-31".into(),
        expected_revision: 2,
        ..later(&first)
    };
    let ended = stack.enrol(JIANGSU, end.clone()).await.unwrap();
    assert_eq!((ended.valid_to.as_str(), ended.revision), ("2026-01-31", 3));
    // The same facts again under a new id change nothing.
    let again = RecordEnrolmentRequest { expected_revision: 0, ..later(&end) };
    assert_eq!(stack.enrol(JIANGSU, again).await.unwrap().revision, 3);
    let standing = stack.standing(&person).await;
    assert_eq!(standing.enrolments, [ended]);
}

#[tokio::test]
async fn a_revision_that_has_passed_is_refused_and_its_id_stays_free() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let first = enrolment(&person);
    let early = RecordEnrolmentRequest { expected_revision: 1, ..later(&first) };
    let changed = (Code::Aborted, "REVISION_CHANGED".to_owned());
    assert_eq!(refused(&stack.enrol(JIANGSU, early.clone()).await.unwrap_err()), changed);
    stack.enrol(JIANGSU, first).await.unwrap();
    let frozen = RecordEnrolmentRequest { status: EnrolmentStatus::Frozen.into(), ..early };
    assert_eq!(stack.enrol(JIANGSU, frozen.clone()).await.unwrap().revision, 2);
    assert_eq!(refused(&stack.enrol(JIANGSU, later(&frozen)).await.unwrap_err()), changed);
}

#[tokio::test]
async fn what_the_first_call_fixed_cannot_be_changed() {
    let stack = Stack::start().await;
    let (person, other) = (stack.person().await.person_id, stack.person().await.person_id);
    let first = enrolment(&person);
    stack.enrol(JIANGSU, first.clone()).await.unwrap();
    let table = [
        (RecordEnrolmentRequest { person_id: other, ..later(&first) }, "person_id"),
        (RecordEnrolmentRequest { scheme: Scheme::Resident.into(), ..later(&first) }, "scheme"),
        (RecordEnrolmentRequest { pooling_area: "320500".into(), ..later(&first) }, "pooling_area"),
        (RecordEnrolmentRequest { valid_from: "2020-08-01".into(), ..later(&first) }, "valid_from"),
    ];
    for (request, field) in table {
        let status = stack.enrol(JIANGSU, request).await.unwrap_err();
        assert_eq!(violations(&status), [(field.to_owned(), "CANNOT_CHANGE".to_owned())]);
    }
    assert_eq!(sql::records(&mut sql::connect(&stack.url).await).await, 3);
}

#[tokio::test]
async fn two_enrolments_of_one_kind_never_hold_on_one_day() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let nanjing = enrolment(&person);
    stack.enrol(JIANGSU, nanjing.clone()).await.unwrap();
    let chengdu = RecordEnrolmentRequest {
        scheme: Scheme::FlexibleEmployee.into(),
        pooling_area: "510100".into(),
        valid_from: "2026-01-01".into(),
        ..enrolment(&person)
    };
    let overlaps = [("valid_from".to_owned(), "PERIOD_OVERLAPS".to_owned())];
    assert_eq!(violations(&stack.enrol(SICHUAN, chengdu.clone()).await.unwrap_err()), overlaps);
    // Ended the day before, it makes room; the refused id was not burnt.
    let end = RecordEnrolmentRequest { valid_to: "2025-12-31".into(), ..later(&nanjing) };
    stack.enrol(JIANGSU, end).await.unwrap();
    stack.enrol(SICHUAN, chengdu).await.unwrap();
    // And cannot be opened again over its successor; another kind of insurance may hold beside it.
    assert_eq!(violations(&stack.enrol(JIANGSU, later(&nanjing)).await.unwrap_err()), overlaps);
    let resident = RecordEnrolmentRequest { scheme: Scheme::Resident.into(), ..enrolment(&person) };
    let resident = stack.enrol(JIANGSU, resident).await.unwrap();
    assert_eq!((resident.insutype.as_str(), resident.has_personal_account), ("390", false));
}

#[tokio::test]
async fn an_agency_records_only_in_its_own_province() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let status = stack.enrol(SICHUAN, enrolment(&person)).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()));
    let status = stack.enrol("dev:operator:320100", enrolment(&person)).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "CALLER_NOT_ALLOWED".to_owned()));
}

#[tokio::test]
async fn standings_come_in_the_order_asked_for_the_day_asked() {
    let stack = Stack::start().await;
    let (one, two, nobody) = (stack.person().await.person_id, stack.person().await.person_id, id());
    let ended = RecordEnrolmentRequest { valid_to: "2025-06-30".into(), ..enrolment(&one) };
    let ended = stack.enrol(JIANGSU, ended).await.unwrap();
    let present = RecordEnrolmentRequest { valid_from: "2025-07-01".into(), ..enrolment(&one) };
    let present = stack.enrol(JIANGSU, present).await.unwrap();
    let ask = async |on_day: &str| {
        let person_ids = vec![two.clone(), nobody.clone(), one.clone(), two.clone()];
        let request = BatchGetStandingRequest { person_ids, on_day: on_day.into() };
        stack.client(KINSHIP).batch_get_standing(request).await.unwrap().into_inner().standings
    };
    let today = ask("").await;
    let order: Vec<(&str, bool)> =
        today.iter().map(|standing| (standing.person_id.as_str(), standing.known)).collect();
    assert_eq!(
        order,
        [(two.as_str(), true), (nobody.as_str(), false), (one.as_str(), true), (two.as_str(), true)]
    );
    assert_eq!(today[2].enrolments, [present]);
    assert_eq!((today[2].as_of_position, today[1].as_of_position), (4, 0));
    assert_eq!(ask("2025-06-30").await[2].enrolments, [ended]);
    assert!(ask("2020-06-30").await[2].enrolments.is_empty());
}

#[tokio::test]
async fn the_largest_question_is_answered() {
    let stack = Stack::start().await;
    let known = stack.person().await.person_id;
    let person_ids: Vec<String> = (0..512).map(|at| if at % 2 == 0 { known.clone() } else { id() }).collect();
    let request = BatchGetStandingRequest { person_ids, on_day: String::new() };
    let reply = stack.client(KINSHIP).batch_get_standing(request).await.unwrap().into_inner();
    assert_eq!(reply.standings.iter().filter(|standing| standing.known).count(), 256);
}
