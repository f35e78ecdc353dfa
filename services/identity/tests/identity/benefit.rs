//! Benefits and deaths, as agencies record them; and lists of enrolments.

use proto::identity::{
    BenefitKind, EnrolmentStatus, GetPersonRequest, ListEnrolmentsRequest, PersonState, RecordBenefitRequest,
    RecordEnrolmentRequest, ReportDeathRequest, Scheme,
};
use tonic::Code;

use crate::{
    harness::{
        AUDITOR, JIANGSU, NANJING, SICHUAN, Stack, WALLET_32, assignment, enrolment, id, refused, violations,
    },
    requests::{activation, benefit, citizen, contact, death, filing, switch},
};

const OUT_OF_SCOPE: (Code, &str) = (Code::PermissionDenied, "OUT_OF_SCOPE");

fn is(status: &tonic::Status, expected: (Code, &str)) {
    assert_eq!(refused(status), (expected.0, expected.1.to_owned()), "{status:?}");
}

#[tokio::test]
async fn r_027_a_benefit_is_recorded_once_and_ended_later() {
    let stack = Stack::start().await;
    let person = stack.employed().await;
    let mut agency = stack.client(JIANGSU);
    let first = benefit(&person);
    let recorded = agency.record_benefit(first.clone()).await.unwrap().into_inner().benefit.unwrap();
    assert_eq!((recorded.kind(), recorded.valid_to.as_str()), (BenefitKind::ChronicOutpatient, ""));
    let end = RecordBenefitRequest { request_id: id(), valid_to: "2026-01-31".into(), ..first.clone() };
    let ended = agency.record_benefit(end.clone()).await.unwrap().into_inner().benefit.unwrap();
    assert_eq!(ended.valid_to, "2026-01-31");
    // A repeat of the first gives the benefit as it is now; nothing new tells nobody.
    assert_eq!(agency.record_benefit(first.clone()).await.unwrap().into_inner().benefit.unwrap(), ended);
    agency.record_benefit(RecordBenefitRequest { request_id: id(), ..end }).await.unwrap();
    assert_eq!(stack.standing(&person).await.benefits, [ended]);

    let other = stack.employed().await;
    let later = || RecordBenefitRequest { request_id: id(), ..first.clone() };
    let table = [
        (RecordBenefitRequest { person_id: other, ..later() }, "person_id"),
        (RecordBenefitRequest { kind: BenefitKind::Orphan.into(), ..later() }, "kind"),
        (RecordBenefitRequest { pooling_area: "320500".into(), ..later() }, "pooling_area"),
        (RecordBenefitRequest { valid_from: "2025-03-02".into(), ..later() }, "valid_from"),
        (RecordBenefitRequest { reference: "另一份".into(), ..later() }, "reference"),
    ];
    for (request, field) in table {
        let status = agency.record_benefit(request).await.unwrap_err();
        assert_eq!(violations(&status), [(field.to_owned(), "CANNOT_CHANGE".to_owned())]);
    }
    is(&stack.client(SICHUAN).record_benefit(later()).await.unwrap_err(), OUT_OF_SCOPE);
}

#[tokio::test]
async fn r_064_after_a_death_nothing_new_is_done_for_the_person() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    let employed = enrolment(&person);
    stack.enrol(JIANGSU, employed.clone()).await.unwrap();
    let mut agency = stack.client(JIANGSU);
    let report = death(&person);
    is(&stack.client(SICHUAN).report_death(report.clone()).await.unwrap_err(), OUT_OF_SCOPE);
    let early = ReportDeathRequest { death_day: "1980-02-02".into(), ..report.clone() };
    let status = agency.report_death(early).await.unwrap_err();
    assert_eq!(violations(&status), [("death_day".to_owned(), "BEFORE_BIRTH".to_owned())]);
    let dead = agency.report_death(report.clone()).await.unwrap().into_inner().person.unwrap();
    assert_eq!((dead.state(), dead.revision), (PersonState::Deceased, 2));
    let again = agency.report_death(report.clone()).await.unwrap().into_inner().person.unwrap();
    assert_eq!(again, dead);
    let elsewhere = ReportDeathRequest { request_id: id(), death_day: "2026-01-11".into(), ..report };
    let status = agency.report_death(elsewhere).await.unwrap_err();
    assert_eq!(violations(&status), [("death_day".to_owned(), "CANNOT_CHANGE".to_owned())]);
    assert_eq!(stack.standing(&person).await.deceased_day, "2026-01-10");

    let deceased = (Code::FailedPrecondition, "DECEASED");
    let mut own = stack.client(&citizen(&person));
    is(&own.activate_medical_code(activation(&person)).await.unwrap_err(), deceased);
    is(&own.update_contact(contact(&person)).await.unwrap_err(), deceased);
    is(&own.file_remote_care(filing(&person)).await.unwrap_err(), deceased);
    is(&own.set_purchase_switch(switch(&person, true)).await.unwrap_err(), deceased);
    is(&agency.record_benefit(benefit(&person)).await.unwrap_err(), deceased);
    let status = stack.client(WALLET_32).assign_place_of_use(assignment(&person)).await.unwrap_err();
    is(&status, deceased);
    let resident = RecordEnrolmentRequest { scheme: Scheme::Resident.into(), ..enrolment(&person) };
    is(&stack.enrol(JIANGSU, resident).await.unwrap_err(), deceased);
    // What goes on is ended.
    let end = RecordEnrolmentRequest {
        request_id: id(),
        status: EnrolmentStatus::Terminated.into(),
        valid_to: "2026-01-10".into(),
        ..employed
    };
    assert_eq!(stack.enrol(JIANGSU, end).await.unwrap().valid_to, "2026-01-10");
}

#[tokio::test]
async fn a_list_of_enrolments_comes_in_pages_newest_first() {
    let stack = Stack::start().await;
    let person = stack.person().await.person_id;
    for year in 2016..=2020 {
        let request = RecordEnrolmentRequest {
            valid_from: format!("{year}-01-01"),
            valid_to: format!("{year}-12-31"),
            ..enrolment(&person)
        };
        stack.enrol(JIANGSU, request).await.unwrap();
    }
    let own = citizen(&person);
    for token in [NANJING, JIANGSU, AUDITOR, &own] {
        let mut client = stack.client(token);
        let (mut years, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListEnrolmentsRequest { person_id: person.clone(), page_size: 2, page_token };
            let reply = client.list_enrolments(request).await.unwrap().into_inner();
            years.extend(reply.enrolments.into_iter().map(|one| one.valid_from[..4].to_owned()));
            page_token = reply.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(years, ["2020", "2019", "2018", "2017", "2016"], "{token}");
    }
    let list = |person_id: &str, page_token: &str| ListEnrolmentsRequest {
        person_id: person_id.to_owned(),
        page_size: 0,
        page_token: page_token.to_owned(),
    };
    is(&stack.client(SICHUAN).list_enrolments(list(&person, "")).await.unwrap_err(), OUT_OF_SCOPE);
    let other = citizen(&id());
    is(&stack.client(&other).list_enrolments(list(&person, "")).await.unwrap_err(), OUT_OF_SCOPE);
    let status = stack.client(AUDITOR).list_enrolments(list(&person, "x")).await.unwrap_err();
    is(&status, (Code::InvalidArgument, "PAGE_TOKEN_INVALID"));
    let status = stack.client(AUDITOR).list_enrolments(list(&id(), "")).await.unwrap_err();
    is(&status, (Code::NotFound, "PERSON_UNKNOWN"));
}

#[tokio::test]
async fn r_030_a_code_is_activated_by_the_person_or_a_counter_and_stays_active() {
    let stack = Stack::start().await;
    let person = stack.employed().await;
    assert!(!stack.standing(&person).await.medical_code_activated);
    is(
        &stack.client(&citizen(&id())).activate_medical_code(activation(&person)).await.unwrap_err(),
        OUT_OF_SCOPE,
    );
    is(&stack.client(SICHUAN).activate_medical_code(activation(&person)).await.unwrap_err(), OUT_OF_SCOPE);
    let first = activation(&person);
    let own = citizen(&person);
    let shown = stack.client(&own).activate_medical_code(first.clone()).await.unwrap().into_inner();
    let shown = shown.person.unwrap();
    assert!(shown.medical_code_activated && shown.revision == 2);
    for (token, request) in [(own.as_str(), first), (NANJING, activation(&person))] {
        let again = stack.client(token).activate_medical_code(request).await.unwrap().into_inner();
        assert_eq!(again.person.as_ref(), Some(&shown), "{token}");
    }
    assert!(stack.standing(&person).await.medical_code_activated);
    let request = GetPersonRequest { person_id: person };
    let seen = stack.client(AUDITOR).get_person(request).await.unwrap().into_inner().person.unwrap();
    assert_eq!(seen, shown);
}
