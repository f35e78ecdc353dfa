//! Contact data (R-029) and sanctions (R-151, R-152): reported in time or late, confirmed; imposed, and lifted by another.

use proto::identity::{ImposeSanctionRequest, LiftSanctionRequest, UpdateContactRequest};
use tonic::Code;

use crate::{
    harness::{JIANGSU, NANJING, SICHUAN, Stack, id, refused},
    requests::{citizen, confirmation, contact, lift, sanction},
    verification::bench::operation,
};

const SECOND: &str = "dev:agency:32:second";

/// Jiangsu gives thirty days.
const THIRTY_DAYS: &str = r#"
    [[version]]
    id = "TEST-JS-PERSON"
    programme = ["LOCAL_REALTIME", "LOCAL_ALLOCATION", "WALLET", "PREMIUM"]
    region = "320000"
    topic = "PERSON"
    valid_from = "2021-04-01"
    recorded_at = "2026-01-01T00:00:00+08:00"
    source = "测试"
    confidence = "SAMPLE"
    last_verified_day = "2026-01-01"

    [version.parameters]
    contact_update_days = 30
"#;

fn is(status: &tonic::Status, code: Code, reason: &str) {
    assert_eq!(refused(status), (code, reason.to_owned()), "{status:?}");
}

fn changed_on(person: &str, day: &str) -> UpdateContactRequest {
    UpdateContactRequest { changed_day: day.to_owned(), ..contact(person) }
}

#[tokio::test]
async fn r_029_a_change_is_in_time_for_fifteen_days_and_late_from_the_sixteenth_on() {
    let stack = Stack::start().await;
    for (day, overdue) in [("2026-01-15", false), ("2025-12-31", false), ("2025-12-30", true)] {
        let person = stack.employed().await;
        let reply = stack.client(&citizen(&person)).update_contact(changed_on(&person, day)).await.unwrap();
        let reply = reply.into_inner();
        assert_eq!(reply.overdue, overdue, "{day}");
        let shown = reply.contact.unwrap();
        assert_eq!(
            (shown.mobile_masked.as_str(), shown.address_masked.as_str()),
            ("139****5432", "苏州市****")
        );
        assert_eq!(shown.changed_day, day);
        assert_eq!(stack.standing(&person).await.contact_overdue, overdue, "{day}");
    }
}

#[tokio::test]
async fn r_029_the_days_are_those_of_the_rule_in_force_where_the_person_is_insured() {
    let rules = tempfile::tempdir().unwrap();
    std::fs::write(rules.path().join("own.toml"), THIRTY_DAYS).unwrap();
    let stack = Stack::start_with(&["--rules", rules.path().to_str().unwrap()]).await;
    for (day, insured, overdue) in [
        ("2025-12-16", true, false),
        ("2025-12-15", true, true),
        // Who is insured nowhere is judged by the nation's rule.
        ("2025-12-16", false, true),
    ] {
        let person = if insured { stack.employed().await } else { stack.person().await.person_id };
        let reply = stack.client(NANJING).update_contact(changed_on(&person, day)).await.unwrap();
        assert_eq!(reply.into_inner().overdue, overdue, "{day} {insured}");
    }
}

#[tokio::test]
async fn r_029_overdue_contact_data_are_so_until_they_are_confirmed() {
    let stack = Stack::start().await;
    let person = stack.employed().await;
    let mut own = stack.client(&citizen(&person));
    let late = changed_on(&person, "2025-11-01");
    assert!(own.update_contact(late.clone()).await.unwrap().into_inner().overdue);
    // A further change in time confirms nothing; what is left out stays.
    let mobile_only = UpdateContactRequest {
        mobile: "13700001111".into(),
        address: String::new(),
        ..changed_on(&person, "2026-01-14")
    };
    let reply = own.update_contact(mobile_only).await.unwrap().into_inner();
    let shown = reply.contact.unwrap();
    assert!(reply.overdue);
    assert_eq!((shown.mobile_masked.as_str(), shown.address_masked.as_str()), ("137****1111", "苏州市****"));
    let confirm = confirmation(&person);
    let reply = stack.client(NANJING).confirm_contact(confirm.clone()).await.unwrap().into_inner();
    assert!(!reply.overdue && !stack.standing(&person).await.contact_overdue);
    // Repeats give what holds now.
    assert!(!own.update_contact(late).await.unwrap().into_inner().overdue);
    assert_eq!(stack.client(NANJING).confirm_contact(confirm).await.unwrap().into_inner(), reply);
    own.confirm_contact(confirmation(&person)).await.unwrap();

    let mut stranger = stack.client(&citizen(&id()));
    let status = stranger.update_contact(contact(&person)).await.unwrap_err();
    is(&status, Code::PermissionDenied, "OUT_OF_SCOPE");
    let status =
        stack.client("dev:operator:510100").confirm_contact(confirmation(&person)).await.unwrap_err();
    is(&status, Code::PermissionDenied, "OUT_OF_SCOPE");
}

#[tokio::test]
async fn a_fresh_mobile_number_is_other_content_and_a_fresh_assertion_is_not() {
    let stack = Stack::start().await;
    let person = stack.employed().await;
    let mut own = stack.client(&citizen(&person));
    let first = contact(&person);
    let reply = own.update_contact(first.clone()).await.unwrap().into_inner();
    let assertion = stack.by_face(operation("UpdateContact", &first.request_id, &person)).await;
    let signed = UpdateContactRequest { assertion, ..first.clone() };
    assert_eq!(own.update_contact(signed).await.unwrap().into_inner(), reply);
    let spoils: [fn(&mut UpdateContactRequest); 3] = [
        |r| r.mobile = "13712345678".into(),
        |r| r.address = "苏州市姑苏区平江路9号".into(),
        |r| r.changed_day = "2026-01-03".into(),
    ];
    for spoil in spoils {
        let mut other = first.clone();
        spoil(&mut other);
        is(&own.update_contact(other).await.unwrap_err(), Code::AlreadyExists, "REQUEST_ID_REUSED");
    }
    // An id belongs to who asked under it.
    is(
        &stack.client(NANJING).update_contact(first).await.unwrap_err(),
        Code::AlreadyExists,
        "REQUEST_ID_REUSED",
    );
}

#[tokio::test]
async fn r_151_a_sanction_suspends_from_its_first_day_until_another_person_lifts_it() {
    let stack = Stack::start().await;
    let person = stack.employed().await;
    let (mut first, mut second) = (stack.client(JIANGSU), stack.client(SECOND));
    let request = sanction(&person);
    let imposed = first.impose_sanction(request.clone()).await.unwrap().into_inner().sanction.unwrap();
    assert_eq!((imposed.case_reference.as_str(), imposed.lifted), ("CASE-2026-7", false));
    let suspensions = stack.standing(&person).await.suspensions;
    assert_eq!((suspensions.len(), suspensions[0].from_day.as_str()), (1, "2026-01-15"));
    assert_eq!(first.impose_sanction(request.clone()).await.unwrap().into_inner().sanction.unwrap(), imposed);

    let end = lift(&request.sanction_id);
    for _ in 0..2 {
        let status = first.lift_sanction(end.clone()).await.unwrap_err();
        is(&status, Code::PermissionDenied, "SECOND_PERSON_REQUIRED");
    }
    // The refused id was not burnt: the second person may use it.
    let lifted = second.lift_sanction(end.clone()).await.unwrap().into_inner().sanction.unwrap();
    assert!(lifted.lifted && stack.standing(&person).await.suspensions.is_empty());
    assert_eq!(second.lift_sanction(end).await.unwrap().into_inner().sanction.unwrap(), lifted);
    let status = second.lift_sanction(lift(&request.sanction_id)).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "SANCTION_STATE");
    let status = second.lift_sanction(lift(&id())).await.unwrap_err();
    is(&status, Code::NotFound, "SANCTION_UNKNOWN");
}

#[tokio::test]
async fn r_152_several_cases_stand_beside_each_other_and_only_the_province_acts() {
    let stack = Stack::start().await;
    let person = stack.employed().await;
    let one = sanction(&person);
    let other = ImposeSanctionRequest { case_reference: "CASE-2026-8".into(), ..sanction(&person) };
    let status = stack.client(SICHUAN).impose_sanction(one.clone()).await.unwrap_err();
    is(&status, Code::PermissionDenied, "OUT_OF_SCOPE");
    stack.client(JIANGSU).impose_sanction(one.clone()).await.unwrap();
    stack.client(SECOND).impose_sanction(other.clone()).await.unwrap();
    let status = stack.client(SICHUAN).lift_sanction(lift(&one.sanction_id)).await.unwrap_err();
    is(&status, Code::PermissionDenied, "OUT_OF_SCOPE");
    stack.client(SECOND).lift_sanction(lift(&one.sanction_id)).await.unwrap();
    let left = stack.standing(&person).await.suspensions;
    assert_eq!((left.len(), left[0].sanction_id.as_str()), (1, other.sanction_id.as_str()));
    let unknown = ImposeSanctionRequest { person_id: id(), ..sanction(&person) };
    for _ in 0..2 {
        let status = stack.client(JIANGSU).impose_sanction(unknown.clone()).await.unwrap_err();
        is(&status, Code::NotFound, "PERSON_UNKNOWN");
    }
    let shown =
        LiftSanctionRequest { reason: "身份证11010519491231002X".into(), ..lift(&other.sanction_id) };
    let status = stack.client(JIANGSU).lift_sanction(shown).await.unwrap_err();
    is(&status, Code::InvalidArgument, "FIELD_INVALID");
}
