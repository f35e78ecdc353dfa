//! What is wrong with a request that changes something about a person is said field by field, all at once, and nothing is
//! stored for it; the same for questions by number and for lists.

use proto::identity::{
    ActivateMedicalCodeRequest, ConfirmContactRequest, Document, FileRemoteCareRequest, FindPersonRequest,
    ImposeSanctionRequest, LiftSanctionRequest, LinkCodeProxyRequest, ListCodeProxiesRequest,
    ListEnrolmentsRequest, ListRemoteCareRequest, RecordBenefitRequest, ReportDeathRequest,
    ResolvePersonRequest, SetPurchaseSwitchRequest, UnlinkCodeProxyRequest, UpdateContactRequest,
    WithdrawRemoteCareRequest,
};
use tonic::Status;

use crate::{
    harness::{AUDITOR, JIANGSU, NANJING, Stack, id, number, violations},
    requests::{
        activation, benefit, confirmation, contact, death, document, filing, finding, lift, link, resolution,
        sanction, switch, unlinking, withdrawal,
    },
    sql,
};

/// How a request is spoilt, and the violations that are expected for it.
pub(crate) type Row<T> = (fn(&mut T), &'static [(&'static str, &'static str)]);

/// Spoils a request in every way of the table and compares what is said.
pub(crate) async fn names<T, R>(
    good: impl Fn() -> T,
    table: &[Row<T>],
    send: impl AsyncFn(T) -> Result<R, Status>,
) {
    for (spoil, expected) in table {
        let mut request = good();
        spoil(&mut request);
        let Err(status) = send(request).await else { panic!("{expected:?} was taken") };
        let found = violations(&status);
        let found: Vec<(&str, &str)> =
            found.iter().map(|(field, reason)| (field.as_str(), reason.as_str())).collect();
        assert_eq!(found, *expected);
    }
}

/// A number of somebody that stands where none may.
const NUMBER: &str = "案号11010519491231002X";

#[tokio::test]
async fn malformed_benefits_and_deaths_name_every_field_and_store_nothing() {
    let stack = Stack::start().await;
    let agency = stack.client(JIANGSU);
    let table: &[Row<RecordBenefitRequest>] = &[
        (
            |r| *r = RecordBenefitRequest::default(),
            &[
                ("request_id", "MISSING"),
                ("benefit_id", "MISSING"),
                ("person_id", "MISSING"),
                ("kind", "MISSING"),
                ("pooling_area", "MISSING"),
                ("valid_from", "MISSING"),
                ("reference", "MISSING"),
            ],
        ),
        (|r| r.benefit_id = "7".into(), &[("benefit_id", "MALFORMED")]),
        (|r| r.kind = 99, &[("kind", "UNKNOWN_VALUE")]),
        (|r| r.pooling_area = "320000".into(), &[("pooling_area", "POLICY_REGION")]),
        (|r| r.valid_from = "2025-02-29".into(), &[("valid_from", "MALFORMED")]),
        (|r| r.valid_to = "2025-02-28".into(), &[("valid_to", "BEFORE_FIRST_DAY")]),
        (|r| r.valid_to = "3000-01-01".into(), &[("valid_to", "OUT_OF_RANGE")]),
        (|r| r.reference = NUMBER.into(), &[("reference", "ID_NUMBER")]),
        (|r| r.reference = "号".repeat(129), &[("reference", "TOO_LONG")]),
    ];
    let send = async |request| agency.clone().record_benefit(request).await;
    names(|| benefit(&id()), table, send).await;
    let table: &[Row<ReportDeathRequest>] = &[
        (
            |r| *r = ReportDeathRequest::default(),
            &[
                ("request_id", "MISSING"),
                ("person_id", "MISSING"),
                ("death_day", "MISSING"),
                ("reference", "MISSING"),
            ],
        ),
        (|r| r.death_day = "2026-01-16".into(), &[("death_day", "IN_THE_FUTURE")]),
        (|r| r.death_day = "20260110".into(), &[("death_day", "MALFORMED")]),
        (|r| r.reference = " a".into(), &[("reference", "MALFORMED")]),
    ];
    let send = async |request| agency.clone().report_death(request).await;
    names(|| death(&id()), table, send).await;
    assert_eq!(sql::records(&mut sql::connect(&stack.url).await).await, 0);
}

#[tokio::test]
async fn malformed_sanctions_name_every_field_and_store_nothing() {
    let stack = Stack::start().await;
    let agency = stack.client(JIANGSU);
    let table: &[Row<ImposeSanctionRequest>] = &[
        (
            |r| *r = ImposeSanctionRequest::default(),
            &[
                ("sanction_id", "MISSING"),
                ("person_id", "MISSING"),
                ("kind", "MISSING"),
                ("case_reference", "MISSING"),
                ("from_day", "MISSING"),
            ],
        ),
        (|r| r.kind = 2, &[("kind", "UNKNOWN_VALUE")]),
        (|r| r.case_reference = NUMBER.into(), &[("case_reference", "ID_NUMBER")]),
        (|r| r.to_day = "2026-01-14".into(), &[("to_day", "BEFORE_FIRST_DAY")]),
    ];
    let send = async |request| agency.clone().impose_sanction(request).await;
    names(|| sanction(&id()), table, send).await;
    let table: &[Row<LiftSanctionRequest>] = &[
        (
            |r| *r = LiftSanctionRequest::default(),
            &[("request_id", "MISSING"), ("sanction_id", "MISSING"), ("reason", "MISSING")],
        ),
        (|r| r.reason = "a\nb".into(), &[("reason", "MALFORMED")]),
        (|r| r.reason = "由".repeat(257), &[("reason", "TOO_LONG")]),
        (|r| r.reason = NUMBER.into(), &[("reason", "ID_NUMBER")]),
    ];
    let send = async |request| agency.clone().lift_sanction(request).await;
    names(|| lift(&id()), table, send).await;
    assert_eq!(sql::records(&mut sql::connect(&stack.url).await).await, 0);
}

#[tokio::test]
async fn malformed_contact_data_and_codes_name_every_field_and_store_nothing() {
    let stack = Stack::start().await;
    let counter = stack.client(NANJING);
    let table: &[Row<UpdateContactRequest>] = &[
        (
            |r| *r = UpdateContactRequest::default(),
            &[
                ("request_id", "MISSING"),
                ("person_id", "MISSING"),
                ("mobile", "MISSING"),
                ("changed_day", "MISSING"),
            ],
        ),
        (|r| r.mobile = "12812345678".into(), &[("mobile", "MALFORMED")]),
        (|r| r.address = "路".repeat(257), &[("address", "TOO_LONG")]),
        (|r| r.address = "平江路\n8号".into(), &[("address", "MALFORMED")]),
        (|r| r.changed_day = "2026-01-16".into(), &[("changed_day", "IN_THE_FUTURE")]),
        (|r| r.changed_day = "1949-09-30".into(), &[("changed_day", "OUT_OF_RANGE")]),
    ];
    let send = async |request| counter.clone().update_contact(request).await;
    names(|| contact(&id()), table, send).await;
    let missing: &'static [(&str, &str)] = &[("request_id", "MISSING"), ("person_id", "MISSING")];
    let table: &[Row<ConfirmContactRequest>] = &[(|r| *r = ConfirmContactRequest::default(), missing)];
    let send = async |request| counter.clone().confirm_contact(request).await;
    names(|| confirmation(&id()), table, send).await;
    let table: &[Row<SetPurchaseSwitchRequest>] = &[(|r| *r = SetPurchaseSwitchRequest::default(), missing)];
    let send = async |request| counter.clone().set_purchase_switch(request).await;
    names(|| switch(&id(), true), table, send).await;
    let table: &[Row<ActivateMedicalCodeRequest>] = &[
        (
            |r| *r = ActivateMedicalCodeRequest::default(),
            &[("request_id", "MISSING"), ("person_id", "MISSING"), ("channel", "MISSING")],
        ),
        (|r| r.channel = 8, &[("channel", "UNKNOWN_VALUE")]),
    ];
    let send = async |request| counter.clone().activate_medical_code(request).await;
    names(|| activation(&id()), table, send).await;
    assert_eq!(sql::records(&mut sql::connect(&stack.url).await).await, 0);
}

#[tokio::test]
async fn malformed_filings_and_links_name_every_field_and_store_nothing() {
    let stack = Stack::start().await;
    let counter = stack.client(NANJING);
    let table: &[Row<FileRemoteCareRequest>] = &[
        (
            |r| *r = FileRemoteCareRequest::default(),
            &[
                ("filing_id", "MISSING"),
                ("person_id", "MISSING"),
                ("kind", "MISSING"),
                ("treatment_pooling_area", "MISSING"),
                ("valid_from", "MISSING"),
                ("channel", "MISSING"),
            ],
        ),
        (|r| r.treatment_pooling_area = "510199".into(), &[("treatment_pooling_area", "UNKNOWN_VALUE")]),
        (|r| r.institution_codes.push("H5101".into()), &[("institution_codes[2]", "MALFORMED")]),
        (|r| r.institution_codes[1] = r.institution_codes[0].clone(), &[("institution_codes[1]", "TWICE")]),
        (
            |r| r.institution_codes = (10..=30).map(|n| format!("H510104000{n}")).collect(),
            &[("institution_codes", "TOO_MANY")],
        ),
        (|r| r.valid_to = "2025-12-31".into(), &[("valid_to", "BEFORE_FIRST_DAY")]),
        (
            |r| r.documents.push(document("passport", "")),
            &[("documents[1].kind", "UNKNOWN_VALUE"), ("documents[1].reference", "MISSING")],
        ),
        (|r| r.documents = vec![Document::default(); 11], &[("documents", "TOO_MANY")]),
    ];
    let send = async |request| counter.clone().file_remote_care(request).await;
    names(|| filing(&id()), table, send).await;
    let table: &[Row<WithdrawRemoteCareRequest>] = &[(
        |r| *r = WithdrawRemoteCareRequest::default(),
        &[("request_id", "MISSING"), ("filing_id", "MISSING")],
    )];
    let send = async |request| counter.clone().withdraw_remote_care(request).await;
    names(|| withdrawal(&id()), table, send).await;
    let table: &[Row<LinkCodeProxyRequest>] = &[
        (
            |r| *r = LinkCodeProxyRequest::default(),
            &[("code_proxy_id", "MISSING"), ("shower_person_id", "MISSING"), ("owner_person_id", "MISSING")],
        ),
        (|r| r.owner_person_id = "me".into(), &[("owner_person_id", "MALFORMED")]),
        (
            |r| r.documents.push(document("id_card", "11010519491231002X")),
            &[("documents[0].reference", "ID_NUMBER")],
        ),
    ];
    let send = async |request| counter.clone().link_code_proxy(request).await;
    names(|| link(&id(), &id()), table, send).await;
    let table: &[Row<UnlinkCodeProxyRequest>] = &[(
        |r| *r = UnlinkCodeProxyRequest::default(),
        &[("request_id", "MISSING"), ("code_proxy_id", "MISSING")],
    )];
    let send = async |request| counter.clone().unlink_code_proxy(request).await;
    names(|| unlinking(&id()), table, send).await;
    assert_eq!(sql::records(&mut sql::connect(&stack.url).await).await, 0);
}

#[tokio::test]
async fn a_malformed_question_by_number_is_no_attempt() {
    let stack = Stack::start().await;
    let table: &[Row<ResolvePersonRequest>] = &[
        (
            |r| *r = ResolvePersonRequest::default(),
            &[("id_number", "MISSING"), ("name", "MISSING"), ("purpose", "MISSING")],
        ),
        (|r| r.id_number = "110105491231002".into(), &[("id_number", "FIFTEEN_DIGITS")]),
        (|r| r.id_number = "110105194912310021".into(), &[("id_number", "BAD_CHECKSUM")]),
        (|r| r.id_number = "71010519491231002X".into(), &[("id_number", "UNKNOWN_PLACE")]),
        (|r| r.id_number = "81010519491231002X".into(), &[("id_number", "UNKNOWN_PLACE")]),
        (|r| r.id_number = "34052419800230001X".into(), &[("id_number", "BAD_BIRTH_DAY")]),
        (|r| r.id_number = "１１０１０５１９４９１２３１００２１".into(), &[("id_number", "BAD_CHECKSUM")]),
        (|r| r.id_number = "11010519491231002Y".into(), &[("id_number", "MALFORMED")]),
        (|r| r.name = "7".into(), &[("name", "MALFORMED")]),
        (|r| r.purpose = 9, &[("purpose", "UNKNOWN_VALUE")]),
    ];
    let person = number();
    let client = stack.client(NANJING);
    let send = async |request| client.clone().resolve_person(request).await;
    names(|| resolution(person.number(), "张桂芳"), table, send).await;
    let table: &[Row<FindPersonRequest>] = &[
        (|r| *r = FindPersonRequest::default(), &[("id_number", "MISSING"), ("purpose_text", "MISSING")]),
        (|r| r.purpose_text = NUMBER.into(), &[("purpose_text", "ID_NUMBER")]),
        (|r| r.purpose_text = "核".repeat(257), &[("purpose_text", "TOO_LONG")]),
    ];
    let agency = stack.client(JIANGSU);
    let send = async |request| agency.clone().find_person(request).await;
    names(|| finding(person.number()), table, send).await;
    assert!(sql::inquiry_counts(&mut sql::connect(&stack.url).await).await.is_empty());
}

#[tokio::test]
async fn malformed_lists_name_every_field() {
    let stack = Stack::start().await;
    let auditor = stack.client(AUDITOR);
    let missing: &'static [(&str, &str)] = &[("person_id", "MISSING"), ("page_size", "NEGATIVE")];
    let table: &[Row<ListEnrolmentsRequest>] = &[(|r| r.page_size = -1, missing)];
    let send = async |request| auditor.clone().list_enrolments(request).await;
    names(ListEnrolmentsRequest::default, table, send).await;
    let table: &[Row<ListRemoteCareRequest>] = &[(|r| r.page_size = -1, missing)];
    let send = async |request| auditor.clone().list_remote_care(request).await;
    names(ListRemoteCareRequest::default, table, send).await;
    let table: &[Row<ListCodeProxiesRequest>] = &[(|r| r.page_size = -1, missing)];
    let send = async |request| auditor.clone().list_code_proxies(request).await;
    names(ListCodeProxiesRequest::default, table, send).await;
}
