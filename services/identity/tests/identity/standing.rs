//! A standing holds all that was recorded, on the day asked for; and each change is told once.

use futures::StreamExt as _;
use proto::identity::{
    BatchGetStandingRequest, BenefitKind, GetPersonRequest, PersonEvent, PersonEventKind,
    RecordBenefitRequest, Standing, StreamEventsRequest, UpdateContactRequest,
};

use crate::{
    harness::{AUDITOR, JIANGSU, KINSHIP, NANJING, Stack, WALLET_32, assignment},
    requests::{
        activation, benefit, citizen, confirmation, contact, death, document, filing, lift, link, sanction,
        switch, unlinking, withdrawal,
    },
};

const SECOND: &str = "dev:agency:32:second";

async fn on(stack: &Stack, person: &str, day: &str) -> Standing {
    let request = BatchGetStandingRequest { person_ids: vec![person.to_owned()], on_day: day.to_owned() };
    let reply = stack.client(KINSHIP).batch_get_standing(request).await.unwrap().into_inner();
    reply.standings.into_iter().next().unwrap()
}

/// Every event up to a position.
async fn events(stack: &Stack, to: i64) -> Vec<PersonEvent> {
    let request = StreamEventsRequest::default();
    let mut stream = stack.client(AUDITOR).stream_events(request).await.unwrap().into_inner();
    let mut events = Vec::new();
    loop {
        let batch = stream.next().await.unwrap().unwrap();
        events.extend(batch.items);
        if batch.position >= to {
            return events;
        }
    }
}

/// Everything that can happen to somebody, each once.
async fn a_life(stack: &Stack, person: &str, relative: &str) {
    let (mut agency, mut second) = (stack.client(JIANGSU), stack.client(SECOND));
    let mut own = stack.client(&citizen(person));
    stack.client(WALLET_32).assign_place_of_use(assignment(person)).await.unwrap();
    own.activate_medical_code(activation(person)).await.unwrap();
    agency.record_benefit(benefit(person)).await.unwrap();
    let mut late = contact(person);
    late.changed_day = "2025-12-01".to_owned();
    own.update_contact(late).await.unwrap();
    own.confirm_contact(confirmation(person)).await.unwrap();
    let suspended = sanction(person);
    agency.impose_sanction(suspended.clone()).await.unwrap();
    second.lift_sanction(lift(&suspended.sanction_id)).await.unwrap();
    let elsewhere = filing(person);
    own.file_remote_care(elsewhere.clone()).await.unwrap();
    own.withdraw_remote_care(withdrawal(&elsewhere.filing_id)).await.unwrap();
    own.set_purchase_switch(switch(person, true)).await.unwrap();
    let shown = stack.faced(link(relative, person)).await;
    own.link_code_proxy(shown.clone()).await.unwrap();
    own.unlink_code_proxy(unlinking(&shown.code_proxy_id)).await.unwrap();
    agency.report_death(death(person)).await.unwrap();
}

#[tokio::test]
async fn every_change_is_told_once_with_what_holds_since() {
    let stack = Stack::start().await;
    let (person, relative) = (stack.employed().await, stack.employed().await);
    a_life(&stack, &person, &relative).await;
    let mut standing = stack.standing(&person).await;
    let events = events(&stack, standing.as_of_position).await;
    let own: Vec<&PersonEvent> = events.iter().filter(|event| event.person_id == person).collect();
    let kinds: Vec<PersonEventKind> = own.iter().map(|event| event.kind()).collect();
    use PersonEventKind as Kind;
    let expected = [
        Kind::Registered,
        Kind::EnrolmentRecorded,
        Kind::PlaceOfUseAssigned,
        Kind::MedicalCodeActivated,
        Kind::BenefitRecorded,
        Kind::ContactUpdated,
        Kind::ContactConfirmed,
        Kind::SanctionImposed,
        Kind::SanctionLifted,
        Kind::RemoteCareFiled,
        Kind::RemoteCareWithdrawn,
        Kind::PurchaseSwitchSet,
        Kind::CodeProxyLinked,
        Kind::CodeProxyUnlinked,
        Kind::Died,
    ];
    assert_eq!(kinds, expected);
    let sequences: Vec<i64> = own.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, (1..=15).collect::<Vec<i64>>(), "numbered without gaps");
    assert!(events.windows(2).all(|pair| pair[0].position < pair[1].position));
    assert!(own.iter().all(|event| event.civil_day == "2026-01-15"));

    let told = |kind: Kind| own.iter().find(|event| event.kind() == kind).unwrap();
    let since = |kind| told(kind).standing.clone().unwrap();
    assert!(since(Kind::ContactUpdated).contact_overdue && !since(Kind::ContactConfirmed).contact_overdue);
    assert_eq!(since(Kind::SanctionImposed).suspensions.len(), 1);
    assert!(since(Kind::SanctionLifted).suspensions.is_empty());
    assert_eq!(since(Kind::RemoteCareFiled).remote_care_filings.len(), 1);
    assert!(since(Kind::RemoteCareWithdrawn).remote_care_filings.is_empty());
    assert_eq!(since(Kind::CodeProxyLinked).code_proxy_person_ids, [relative]);
    assert!(since(Kind::CodeProxyUnlinked).code_proxy_person_ids.is_empty());
    // Midnight in China of the day on which it happened outside.
    assert_eq!(told(Kind::Died).business_time.unwrap().seconds, 1_767_974_400);
    assert_eq!(told(Kind::ContactUpdated).business_time.unwrap().seconds, 1_764_518_400);

    // What the last event says is what a question answers.
    let last = since(Kind::Died);
    standing.as_of_position = last.as_of_position;
    assert_eq!(standing, last);
    assert_eq!((last.birth_day.as_str(), last.deceased_day.as_str()), ("1980-02-03", "2026-01-10"));
    assert!(last.medical_code_activated && last.out_of_province_purchase && !last.contact_overdue);
    assert_eq!(last.benefits[0].kind(), BenefitKind::ChronicOutpatient);
}

#[tokio::test]
async fn what_a_standing_holds_is_that_of_the_day_asked() {
    let stack = Stack::start().await;
    let person = stack.employed().await;
    let mut agency = stack.client(JIANGSU);
    let ended = RecordBenefitRequest { valid_to: "2025-12-31".into(), ..benefit(&person) };
    agency.record_benefit(ended).await.unwrap();
    let mut suspended = sanction(&person);
    suspended.to_day = "2026-02-14".into();
    agency.impose_sanction(suspended).await.unwrap();
    stack.client(NANJING).file_remote_care(filing(&person)).await.unwrap();
    for (day, benefits, suspensions, filings) in [
        ("2025-02-28", 0, 0, 0),
        ("2025-03-01", 1, 0, 0),
        ("2025-12-31", 1, 0, 0),
        ("2026-01-01", 0, 0, 1),
        ("2026-01-15", 0, 1, 1),
        ("2026-02-14", 0, 1, 1),
        ("2026-02-15", 0, 0, 1),
        ("2027-01-01", 0, 0, 0),
    ] {
        let standing = on(&stack, &person, day).await;
        let found = (standing.benefits.len(), standing.suspensions.len(), standing.remote_care_filings.len());
        assert_eq!(found, (benefits, suspensions, filings), "{day}");
    }
}

#[tokio::test]
async fn a_restarted_service_answers_the_same() {
    let stack = Stack::start().await;
    let (person, relative) = (stack.employed().await, stack.employed().await);
    stack.client(JIANGSU).record_benefit(benefit(&person)).await.unwrap();
    stack.client(NANJING).file_remote_care(filing(&person)).await.unwrap();
    let mut shown = link(&relative, &person);
    shown.documents = vec![document("id_card", "证件 1")];
    stack.client(NANJING).link_code_proxy(shown).await.unwrap();
    stack.client(JIANGSU).impose_sanction(sanction(&person)).await.unwrap();
    let before = stack.standing(&person).await;
    assert_eq!(before.code_proxy_person_ids, [relative]);
    let stack = stack.restart().await;
    assert_eq!(stack.standing(&person).await, before);
    // The fold sees it too: an event after the restart holds everything.
    stack.client(NANJING).set_purchase_switch(switch(&person, true)).await.unwrap();
    let last = events(&stack, before.as_of_position + 1).await.pop().unwrap().standing.unwrap();
    assert_eq!((last.benefits, last.suspensions), (before.benefits, before.suspensions));
    assert_eq!(last.remote_care_filings, before.remote_care_filings);
    assert_eq!(last.code_proxy_person_ids, before.code_proxy_person_ids);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_changes_of_one_person_at_once_are_numbered_without_gaps() {
    let stack = Stack::start().await;
    let person = stack.employed().await;
    let own = stack.client(&citizen(&person));
    let agency = stack.client(JIANGSU);
    let changes = (0..48_u32).map(|at| {
        let (mut own, mut agency, person) = (own.clone(), agency.clone(), person.clone());
        async move {
            match at % 4 {
                0 => own
                    .update_contact(UpdateContactRequest {
                        mobile: format!("1390000{at:04}"),
                        ..contact(&person)
                    })
                    .await
                    .map(|_| ()),
                1 => agency.record_benefit(benefit(&person)).await.map(|_| ()),
                2 => own.file_remote_care(filing(&person)).await.map(|_| ()),
                _ => agency.impose_sanction(sanction(&person)).await.map(|_| ()),
            }
        }
    });
    for change in futures::future::join_all(changes).await {
        change.unwrap();
    }
    let mut standing = stack.standing(&person).await;
    let events = events(&stack, standing.as_of_position).await;
    let sequences: Vec<i64> = events.iter().map(|event| event.sequence).collect();
    assert_eq!(sequences, (1..=50).collect::<Vec<i64>>());
    let last = events.last().unwrap().standing.clone().unwrap();
    standing.as_of_position = last.as_of_position;
    assert_eq!(standing, last);
    let held = (last.benefits.len(), last.suspensions.len(), last.remote_care_filings.len());
    assert_eq!(held, (12, 12, 12));
    let kept = stack.client(AUDITOR).get_person(GetPersonRequest { person_id: person }).await.unwrap();
    assert_eq!(kept.into_inner().person.unwrap().revision, 13);
}
