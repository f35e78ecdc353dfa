//! From what somebody types to a person: one answer for every miss, so many a day, and every attempt kept.

use proto::identity::{RegisterPersonRequest, ResolvePersonRequest, ResolvePurpose};
use time::macros::datetime;
use tonic::{Code, Status};

use crate::{
    harness::{AUDITOR, JIANGSU, NANJING, SICHUAN, Stack, enrolment, id, number, refused, registration},
    requests::{citizen, finding, resolution},
    sql,
};

const HOSPITAL: &str = "dev:institution:H51010400001";

/// Somebody of Nanjing with the request that registered the person.
async fn somebody(stack: &Stack) -> (String, RegisterPersonRequest) {
    let request = registration();
    let person = stack.register(NANJING, request.clone()).await.unwrap().person.unwrap().person_id;
    stack.enrol(JIANGSU, enrolment(&person)).await.unwrap();
    (person, request)
}

async fn resolve(stack: &Stack, token: &str, request: ResolvePersonRequest) -> Result<String, Status> {
    let reply = stack.client(token).resolve_person(request).await?.into_inner();
    assert_eq!(reply.masked_name, "张*芳");
    Ok(reply.person_id)
}

/// A number as people type it.
fn typed(number: &str) -> String {
    let wide = |sign: char| char::from_u32(u32::from(sign.to_ascii_lowercase()) + 0xfee0).unwrap();
    let text: String = number.chars().map(wide).collect();
    format!(" {} {}", &text[..text.len() - 12], &text[text.len() - 12..])
}

#[tokio::test]
async fn r_050_r_100_number_and_name_as_they_are_typed_lead_to_the_person() {
    let stack = Stack::start().await;
    let (person, known) = somebody(&stack).await;
    let own = citizen(&id());
    let numbers = [known.id_number.clone(), typed(&known.id_number)];
    for number in &numbers {
        let found = resolve(&stack, &own, resolution(number, &known.name)).await.unwrap();
        assert_eq!(found, person, "{number}");
    }
    for (token, purpose) in [
        (HOSPITAL, ResolvePurpose::Patient),
        (HOSPITAL, ResolvePurpose::Agent),
        (NANJING, ResolvePurpose::Counter),
        ("dev:operator:510100", ResolvePurpose::Relative),
    ] {
        let request =
            ResolvePersonRequest { purpose: purpose.into(), ..resolution(&known.id_number, &known.name) };
        assert_eq!(resolve(&stack, token, request).await.unwrap(), person, "{token}");
    }
}

#[tokio::test]
async fn every_miss_is_answered_in_the_same_words() {
    let stack = Stack::start().await;
    let (_, known) = somebody(&stack).await;
    let own = citizen(&id());
    let other_purpose = ResolvePersonRequest {
        purpose: ResolvePurpose::Patient.into(),
        ..resolution(&known.id_number, &known.name)
    };
    let table = [
        (own.as_str(), resolution(number().number(), &known.name)),
        (own.as_str(), resolution(&known.id_number, "张桂方")),
        (own.as_str(), other_purpose),
        (HOSPITAL, resolution(&known.id_number, &known.name)),
    ];
    let mut answers = Vec::new();
    for (token, request) in table {
        let status = resolve(&stack, token, request).await.unwrap_err();
        assert_eq!(refused(&status), (Code::NotFound, "PERSON_NO_MATCH".to_owned()));
        answers.push(chassis::status::read(&status).unwrap());
    }
    let status = stack.client(SICHUAN).find_person(finding(&known.id_number)).await.unwrap_err();
    answers.push(chassis::status::read(&status).unwrap());
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

#[tokio::test]
async fn one_may_ask_twenty_times_a_day_and_again_tomorrow() {
    let stack = Stack::start().await;
    let (_, known) = somebody(&stack).await;
    let (one, other) = (citizen(&id()), citizen(&id()));
    let ask = async |token: &str| resolve(&stack, token, resolution(&known.id_number, &known.name)).await;
    let many = futures::future::join_all((0..32).map(|_| ask(&one))).await;
    assert_eq!(many.iter().filter(|answer| answer.is_ok()).count(), 20);
    // Another name of the same app's credential is the same acting person.
    let status = ask(&format!("{one}:tablet")).await.unwrap_err();
    assert_eq!(refused(&status), (Code::ResourceExhausted, "RATE_LIMITED".to_owned()));
    let refusal = chassis::status::read(&status).unwrap().refusal;
    assert_eq!(
        (refusal.limit.as_str(), refusal.possible_again),
        ("20", Some(datetime!(2026-01-16 00:00 +8)))
    );
    ask(&other).await.unwrap();
    stack.clock.shift_to(datetime!(2026-01-16 00:00 +8)).unwrap();
    ask(&one).await.unwrap();
    let counts = sql::inquiry_counts(&mut sql::connect(&stack.url).await).await;
    let person = one.trim_start_matches("dev:").to_owned();
    assert!(counts.contains(&(person.clone(), "2026-01-15".to_owned(), 20, 13)), "{counts:?}");
    assert!(counts.contains(&(person, "2026-01-16".to_owned(), 1, 0)), "{counts:?}");
}

#[tokio::test]
async fn every_attempt_is_kept_without_the_number() {
    let stack = Stack::start().await;
    let (person, known) = somebody(&stack).await;
    let own = citizen(&id());
    let unknown = number();
    resolve(&stack, &own, resolution(&known.id_number, &known.name)).await.unwrap();
    resolve(&stack, &own, resolution(unknown.number(), "欧阳金丝雀")).await.unwrap_err();
    stack.client(JIANGSU).find_person(finding(&known.id_number)).await.unwrap();
    let mut conn = sql::connect(&stack.url).await;
    let rows = sql::every_row(&mut conn).await;
    let attempts: Vec<&String> =
        rows.iter().filter(|(table, _)| table == "inquiry").map(|(_, row)| row).collect();
    assert_eq!(attempts.len(), 3);
    let with = |word: &str| attempts.iter().filter(|row| row.contains(word)).count();
    // The agency's words are sealed: they may name somebody.
    assert_eq!((with("RELATIVE"), with("FIND"), with("核查重复参保")), (2, 1, 0));
    assert_eq!((with(&person), with("agency:32")), (2, 1));
    for (table, row) in &rows {
        for secret in [known.id_number.as_str(), unknown.number(), "欧阳金丝雀"] {
            assert!(!row.contains(secret) && !row.contains(&hex::encode(secret)), "{table} holds {secret}");
        }
    }
    // Nothing of it enters the chain: a registration and an enrolment were recorded.
    assert_eq!(sql::records(&mut conn).await, 2);
}

#[tokio::test]
async fn an_agency_finds_the_persons_of_its_province_and_an_auditor_everybody() {
    let stack = Stack::start().await;
    let (person, known) = somebody(&stack).await;
    for token in [JIANGSU, AUDITOR] {
        let found = stack.client(token).find_person(finding(&typed(&known.id_number))).await.unwrap();
        let found = found.into_inner().person.unwrap();
        assert_eq!((found.person_id.as_str(), found.masked_name.as_str()), (person.as_str(), "张*芳"));
    }
    let newcomer = registration();
    stack.register(NANJING, newcomer.clone()).await.unwrap();
    stack.client(SICHUAN).find_person(finding(&newcomer.id_number)).await.unwrap();
    for token in [NANJING, &citizen(&person), HOSPITAL] {
        let status = stack.client(token).find_person(finding(&known.id_number)).await.unwrap_err();
        assert_eq!(refused(&status), (Code::PermissionDenied, "CALLER_NOT_ALLOWED".to_owned()), "{token}");
    }
}
