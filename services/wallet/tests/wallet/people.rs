//! Rules about the patient and the place, at every payment: suspended, dead, uninsured or frozen; for what quota may be
//! spent; care elsewhere. Each refusal names its rule and the text behind it.

use chassis::status::{self, Refusal};
use proto::{
    identity::{
        BenefitKind, Document, EnrolmentStatus, FileRemoteCareRequest, ImposeSanctionRequest,
        LiftSanctionRequest, RecordBenefitRequest, RecordEnrolmentRequest, RemoteCareKind,
        ReportDeathRequest, SanctionKind, Scheme, SetPurchaseSwitchRequest,
    },
    wallet::{self as wire, Category, LegKind, SharedWanted},
};
use testkit::people::id;
use tonic::{Code, Status};

use crate::{
    bench::{AGENCY, Bench, HOSPITAL, PHARMACY, bill, legs, opening, under},
    directory::institution,
};

/// A hospital of 苏州 and a pharmacy of 成都.
const SUZHOU: &str = "H32050000004";
const CHENGDU: &str = "P51010400003";

fn at(patient: &str, code: &str, category: Category, wanted: SharedWanted) -> wire::PayRequest {
    let mut request = bill(patient, "10");
    let draft = request.draft.as_mut().expect("a draft");
    draft.institution_code = code.to_owned();
    draft.category = category.into();
    draft.shared_wanted = wanted.into();
    request
}

/// The same for more than the own account holds.
fn beyond(request: wire::PayRequest) -> wire::PayRequest {
    let amount = || "100".to_owned();
    let mut request = request;
    let cost = request.draft.as_mut().and_then(|draft| draft.cost.as_mut()).expect("a cost");
    (cost.total_amount, cost.personal_amount, cost.eligible_amount) = (amount(), amount(), amount());
    request
}

/// A refusal that is remembered, with everything that it says.
fn refusal(answer: Result<wire::Payment, Status>) -> Refusal {
    let status = answer.expect_err("it is refused");
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    status::read(&status).expect("a status of ours").refusal
}

/// Reason and rule of a refusal that names its source.
fn why(answer: Result<wire::Payment, Status>) -> (String, String) {
    let refusal = refusal(answer);
    assert!(!refusal.policy_version.is_empty() && !refusal.source.is_empty(), "{refusal:?}");
    assert!(!refusal.message_en.is_empty() && !refusal.what_to_do_en.is_empty(), "{refusal:?}");
    (refusal.reason.clone(), refusal.rule.clone())
}

fn is(reason: &str, rule: &str) -> (String, String) {
    (reason.to_owned(), rule.to_owned())
}

fn enrolment(
    of: &str,
    person: &str,
    scheme: Scheme,
    pool: &str,
    status: EnrolmentStatus,
) -> RecordEnrolmentRequest {
    RecordEnrolmentRequest {
        request_id: id(),
        enrolment_id: of.to_owned(),
        person_id: person.to_owned(),
        scheme: scheme.into(),
        pooling_area: pool.to_owned(),
        status: status.into(),
        valid_from: "2020-01-01".to_owned(),
        business_time: Some(prost_types::Timestamp { seconds: 1_772_416_800, nanos: 0 }),
        ..RecordEnrolmentRequest::default()
    }
}

async fn record(bench: &Bench, request: RecordEnrolmentRequest) {
    let agency = format!("agency:{}", &request.pooling_area[..2]);
    bench.identities().record_enrolment(under(&agency, request)).await.expect("an enrolment");
    bench.caught_up().await;
}

/// Somebody of 徐州 with a wallet there and quota in it.
async fn of_xuzhou(bench: &Bench) -> String {
    let person = bench.person(Scheme::Resident, "320300").await;
    let request = wire::OpenWalletRequest { place_of_use: "320300".to_owned(), ..opening(&person) };
    bench.wallets().open_wallet(under(&format!("citizen:{person}"), request)).await.expect("a wallet");
    bench.lot(&person, "128").await;
    person
}

/// Somebody who keeps the wallet in 南京 and has become insured in another province.
async fn moved_to(bench: &Bench, pool: &str) -> String {
    let (person, first) = (bench.registered("32").await, id());
    let was = |status| enrolment(&first, &person, Scheme::Resident, "320100", status);
    record(bench, was(EnrolmentStatus::Normal)).await;
    let opened = bench.wallets().open_wallet(under(&format!("citizen:{person}"), opening(&person))).await;
    opened.expect("a wallet");
    bench.lot(&person, "128").await;
    let valid_to = "2026-02-28".to_owned();
    record(bench, RecordEnrolmentRequest { valid_to, ..was(EnrolmentStatus::Terminated) }).await;
    let valid_from = "2026-03-01".to_owned();
    let now = enrolment(&id(), &person, Scheme::Resident, pool, EnrolmentStatus::Normal);
    record(bench, RecordEnrolmentRequest { valid_from, ..now }).await;
    person
}

async fn file(bench: &Bench, person: &str, place: &str, chosen: &[&str]) {
    let request = FileRemoteCareRequest {
        filing_id: id(),
        person_id: person.to_owned(),
        kind: RemoteCareKind::LongTerm.into(),
        treatment_pooling_area: place.to_owned(),
        institution_codes: chosen.iter().map(|&code| code.to_owned()).collect(),
        valid_from: "2026-01-01".to_owned(),
        channel: proto::common::Channel::LocalApp.into(),
        documents: vec![Document {
            kind: "authority_record".to_owned(),
            reference: "居住证 2025-9".to_owned(),
        }],
        ..FileRemoteCareRequest::default()
    };
    let filed = bench.identities().file_remote_care(under(&format!("citizen:{person}"), request)).await;
    filed.expect("a filing");
    bench.caught_up().await;
}

#[tokio::test]
async fn r_151_a_suspended_person_pays_nothing_and_keeps_the_balance() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Employee).await;
    bench.credit(&patient, "74").await;
    bench.lot(&patient, "128").await;
    let paid = at(&patient, PHARMACY, Category::Pharmacy, SharedWanted::None);
    let first = bench.pay(paid.clone()).await.expect("nothing is suspended yet");
    let sanction_id = id();
    let sanction = ImposeSanctionRequest {
        sanction_id: sanction_id.clone(),
        person_id: patient.clone(),
        kind: SanctionKind::SettlementSuspended.into(),
        case_reference: "CASE-2026-7".to_owned(),
        from_day: "2026-03-01".to_owned(),
        to_day: String::new(),
    };
    bench.identities().impose_sanction(under(AGENCY, sanction)).await.expect("a sanction");
    bench.caught_up().await;
    // What was paid before is told again, and a bill sent twice is the bill that was paid.
    assert_eq!(bench.pay(paid.clone()).await.expect("told again"), first);
    let twice = wire::PayRequest { payment_id: id(), ..paid };
    assert_eq!(refusal(bench.pay(twice).await).reason, "SERIAL_REUSED");
    let shared = at(&patient, PHARMACY, Category::Pharmacy, SharedWanted::All);
    let told = refusal(bench.pay(shared.clone()).await);
    assert_eq!(
        (told.reason.as_str(), told.rule.as_str(), told.side.as_str()),
        ("SETTLEMENT_SUSPENDED", "R-151", "BENEFICIARY")
    );
    assert_eq!(
        (told.limit.as_str(), told.actual.as_str(), told.policy_version.as_str()),
        ("SUSPEND", "true", "NAT-PERSON-1")
    );
    assert!(told.message_zh.starts_with("就诊人") && told.what_to_do_zh.contains("余额保留"));
    let own = at(&patient, PHARMACY, Category::Pharmacy, SharedWanted::None);
    assert_eq!(why(bench.pay(own).await), is("SETTLEMENT_SUSPENDED", "R-151"));
    let wallet = bench.wallet_now(&patient).await;
    assert_eq!(
        (wallet.quota_amount.as_str(), wallet.account.expect("an account").available.as_str()),
        ("128.00", "64.00")
    );
    let lift = LiftSanctionRequest { request_id: id(), sanction_id, reason: "the case is closed".to_owned() };
    bench.identities().lift_sanction(under("agency:32:second", lift)).await.expect("lifted");
    bench.caught_up().await;
    assert_eq!(why(bench.pay(shared).await), is("SETTLEMENT_SUSPENDED", "R-151"), "an id keeps its verdict");
    bench.pay(bill(&patient, "10")).await.expect("it is lifted");
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn r_024_quota_is_spent_by_who_is_insured_and_own_money_by_whose_it_is() {
    let bench = Bench::start().await;
    for (status, pays) in [
        (EnrolmentStatus::InArrears, Some(LegKind::OwnCurrentYear)),
        (EnrolmentStatus::Suspended, Some(LegKind::OwnCurrentYear)),
        (EnrolmentStatus::Terminated, Some(LegKind::OwnCurrentYear)),
        (EnrolmentStatus::Frozen, Some(LegKind::Cash)),
    ] {
        let (patient, only) = (bench.registered("32").await, id());
        let now = |status| enrolment(&only, &patient, Scheme::Employee, "320100", status);
        record(&bench, now(EnrolmentStatus::Normal)).await;
        let opened =
            bench.wallets().open_wallet(under(&format!("citizen:{patient}"), opening(&patient))).await;
        opened.expect("a wallet");
        bench.credit(&patient, "64").await;
        bench.lot(&patient, "128").await;
        let ended = status == EnrolmentStatus::Terminated;
        let valid_to = if ended { "2026-03-02".to_owned() } else { String::new() };
        record(&bench, RecordEnrolmentRequest { valid_to, ..now(status) }).await;
        let drugs = |wanted| at(&patient, PHARMACY, Category::Pharmacy, wanted);
        let told = refusal(bench.pay(beyond(drugs(SharedWanted::All))).await);
        let expected = ("ENROLMENT_NOT_NORMAL", "R-023");
        assert_eq!((told.reason.as_str(), told.rule.as_str()), expected, "{status:?}");
        let paid = bench.pay(drugs(SharedWanted::None)).await.expect("own money or cash");
        assert_eq!(legs(&paid).first().map(|leg| leg.0), pays, "{status:?}");
        let again = bench.pay(drugs(SharedWanted::All)).await;
        assert_eq!(again.is_ok(), pays == Some(LegKind::OwnCurrentYear), "no quota is needed: {status:?}");
    }
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn r_028_nothing_is_taken_from_a_frozen_account() {
    let bench = Bench::start().await;
    let patient = bench.person(Scheme::Resident, "320100").await;
    let work = id();
    let job = |status| enrolment(&work, &patient, Scheme::Employee, "320200", status);
    record(&bench, job(EnrolmentStatus::Normal)).await;
    let opened = bench.wallets().open_wallet(under(&format!("citizen:{patient}"), opening(&patient))).await;
    opened.expect("a wallet");
    let credit = wire::CreditPersonalAccountRequest {
        pooling_area: "320200".to_owned(),
        ..crate::bench::crediting(&patient, "64")
    };
    bench.wallets().credit_personal_account(under(AGENCY, credit)).await.expect("a credit");
    bench.lot(&patient, "128").await;
    let before = bench.pay(bill(&patient, "4")).await.expect("it is paid");
    assert_eq!(legs(&before), [(LegKind::OwnCurrentYear, "4.00")]);
    record(&bench, job(EnrolmentStatus::Frozen)).await;
    let paid = bench.pay(bill(&patient, "130")).await.expect("from quota and in cash");
    assert_eq!(legs(&paid), [(LegKind::Lot, "128.00"), (LegKind::Cash, "2.00")]);
    assert_eq!(paid.account_available_after, "0.00");
    record(&bench, job(EnrolmentStatus::Normal)).await;
    let paid = bench.pay(bill(&patient, "60")).await.expect("thawed with its enrolment");
    assert_eq!(legs(&paid), [(LegKind::OwnCurrentYear, "60.00")]);
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn r_066_care_after_a_death_is_not_paid_and_care_before_it_is() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Employee).await;
    bench.credit(&patient, "64").await;
    let death = ReportDeathRequest {
        request_id: id(),
        person_id: patient.clone(),
        death_day: "2026-03-01".to_owned(),
        reference: "户籍注销 7".to_owned(),
    };
    bench.identities().report_death(under(AGENCY, death)).await.expect("reported");
    bench.caught_up().await;
    assert_eq!(refusal(bench.pay(bill(&patient, "4")).await).reason, "DECEASED");
    let mut before = at(&patient, PHARMACY, Category::Pharmacy, SharedWanted::None);
    let day_before = prost_types::Timestamp { seconds: 1_772_416_800 - 86_400, nanos: 0 };
    before.draft.as_mut().expect("a draft").service_time = Some(day_before);
    bench.pay(before).await.expect("the care of the last day");
}

#[tokio::test]
async fn r_110_quota_is_spent_for_what_the_programme_says_and_own_money_for_anything() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Employee).await;
    bench.credit(&patient, "64").await;
    bench.lot(&patient, "128").await;
    for category in [Category::Vaccination, Category::CheckUp, Category::CommercialInsurance] {
        let shared = at(&patient, HOSPITAL, category, SharedWanted::All);
        let more = wire::PayRequest { payment_id: id(), ..beyond(shared.clone()) };
        let told = refusal(bench.pay(more).await);
        assert_eq!((told.reason.as_str(), told.rule.as_str()), ("CATEGORY_NOT_ALLOWED", "R-110"));
        assert_eq!(told.policy_version, "NAT-WALLET-2026-1");
        assert!(told.limit.contains("OUTPATIENT") && told.message_en.contains(&told.actual));
        let paid = bench.pay(shared).await.expect("own money does, and no quota is spent");
        assert_eq!(legs(&paid), [(LegKind::OwnCurrentYear, "10.00")]);
        let cash = bench.pay(beyond(at(&patient, HOSPITAL, category, SharedWanted::None))).await;
        let cash = cash.expect("own money and cash");
        assert_eq!(legs(&cash).last().map(|leg| leg.0), Some(LegKind::Cash));
        bench.credit(&patient, "64").await;
    }
    let other = bench.person(Scheme::Employee, "320100").await;
    bench.credit(&other, "64").await;
    bench.pay(at(&other, HOSPITAL, Category::CheckUp, SharedWanted::All)).await.expect("without a wallet");
}

#[tokio::test]
async fn r_123_who_acts_for_the_patient_brings_documents() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Resident).await;
    bench.lot(&patient, "128").await;
    let by = |documents: &[&str]| {
        let mut request = bill(&patient, "1");
        let documents = documents.iter().map(|&document| document.to_owned()).collect();
        let agent = wire::Agent { person_id: id(), documents };
        request.draft.as_mut().expect("a draft").agent = Some(agent);
        request
    };
    assert_eq!(why(bench.pay(by(&[])).await), is("AGENT_ID_MISSING", "R-123"));
    bench.pay(by(&["id card 7"])).await.expect("with a document");
}

#[tokio::test]
async fn r_127_r_129_care_elsewhere_needs_a_filing_and_is_paid_where_it_was_chosen() {
    let bench = Bench::start().await;
    bench.directory.put(institution(SUZHOU, "320500"));
    let patient = of_xuzhou(&bench).await;
    let away = || at(&patient, SUZHOU, Category::Outpatient, SharedWanted::All);
    let told = refusal(bench.pay(away()).await);
    assert_eq!((told.reason.as_str(), told.rule.as_str()), ("NO_REMOTE_FILING", "R-127"));
    assert_eq!(
        (told.policy_version.as_str(), told.actual.as_str()),
        ("JS-XUZHOU-CARE-1", "320300-320500 NONE")
    );
    // 徐州 asks for it outside the pooling area; own money needs it as well, and drugs do not.
    let own = at(&patient, SUZHOU, Category::Outpatient, SharedWanted::None);
    assert_eq!(why(bench.pay(own).await), is("NO_REMOTE_FILING", "R-127"));
    bench
        .pay(at(&patient, PHARMACY, Category::Pharmacy, SharedWanted::All))
        .await
        .expect("no filing for drugs");
    file(&bench, &patient, "320500", &["H32050000009"]).await;
    let told = refusal(bench.pay(away()).await);
    assert_eq!((told.rule.as_str(), told.limit.as_str(), told.actual.as_str()), ("R-129", "CHOSEN", SUZHOU));
    file(&bench, &patient, "320500", &[SUZHOU]).await;
    bench.pay(away()).await.expect("filed and chosen");
    // Elsewhere in the province 南京's people need none.
    let neighbour = bench.owner(Scheme::Resident).await;
    bench.pay(at(&neighbour, SUZHOU, Category::Outpatient, SharedWanted::None)).await.expect("no such rule");
}

#[tokio::test]
async fn r_130_drugs_elsewhere_wait_for_the_switch_where_there_is_one() {
    let bench = Bench::start().await;
    let patient = moved_to(&bench, "350100").await;
    let drugs = || at(&patient, PHARMACY, Category::Pharmacy, SharedWanted::All);
    let told = refusal(bench.pay(drugs()).await);
    assert_eq!(
        (told.reason.as_str(), told.rule.as_str(), told.policy_version.as_str()),
        ("OUT_OF_PROVINCE_SWITCH_OFF", "R-130", "FJ-CARE-1")
    );
    assert!(told.what_to_do_zh.contains("闽政通"));
    let on = SetPurchaseSwitchRequest {
        request_id: id(),
        person_id: patient.clone(),
        out_of_province: true,
        assertion: String::new(),
    };
    let set = bench.identities().set_purchase_switch(under(&format!("citizen:{patient}"), on)).await;
    set.expect("switched on");
    bench.caught_up().await;
    bench.pay(drugs()).await.expect("it is on");
    let elsewhere = moved_to(&bench, "510100").await;
    bench.pay(at(&elsewhere, PHARMACY, Category::Pharmacy, SharedWanted::All)).await.expect("no such switch");
    // 江苏's people have none either: their book says where it pays.
    let neighbour = bench.owner(Scheme::Resident).await;
    let away = at(&neighbour, CHENGDU, Category::Pharmacy, SharedWanted::None);
    assert_eq!(refusal(bench.pay(away).await).reason, "OUTSIDE_PLACE_OF_USE");
}

#[tokio::test]
async fn r_131_special_care_elsewhere_takes_entitlement_filing_and_institution() {
    let bench = Bench::start().await;
    let mut enabled = institution(SUZHOU, "320500");
    enabled.remote_special_outpatient = true;
    bench.directory.put(enabled);
    let patient = moved_to(&bench, "510100").await;
    let special = |code: &str| at(&patient, code, Category::SpecialOutpatient, SharedWanted::All);
    let none = refusal(bench.pay(special(SUZHOU)).await);
    assert_eq!((none.rule.as_str(), none.further.len()), ("R-127", 1), "{none:?}");
    file(&bench, &patient, "320500", &[]).await;
    file(&bench, &patient, "320200", &[HOSPITAL]).await;
    let told = refusal(bench.pay(special(SUZHOU)).await);
    assert_eq!(
        (told.rule.as_str(), told.actual.as_str(), told.side.as_str()),
        ("R-131", "NOT_ENTITLED", "BENEFICIARY")
    );
    let benefit = RecordBenefitRequest {
        request_id: id(),
        benefit_id: id(),
        person_id: patient.clone(),
        kind: BenefitKind::SpecialOutpatient.into(),
        pooling_area: "510100".to_owned(),
        valid_from: "2025-01-01".to_owned(),
        reference: "认定 7".to_owned(),
        ..RecordBenefitRequest::default()
    };
    bench.identities().record_benefit(under("agency:51", benefit)).await.expect("a benefit");
    bench.caught_up().await;
    bench.pay(special(SUZHOU)).await.expect("entitled, filed and enabled");
    let told = refusal(bench.pay(special(HOSPITAL)).await);
    assert_eq!(
        (told.rule.as_str(), told.actual.as_str(), told.side.as_str()),
        ("R-131", "NOT_ENABLED", "TREATMENT_PLACE")
    );
}
