//! What is wrong with a request that changes a bond, records a fact or asks, field by field, all at once.

use proto::kinship::{
    CheckEligibilityRequest, Commitment, DissolveBondRequest, DissolveReason, DissolvedBy, Evidence,
    FamilyFactKind, IssueCertificateRequest, RecordFamilyFactRequest, RegisterBondAtCounterRequest,
    SetSharingRequest, SharingMode, WithdrawBondRequest,
};

use crate::{
    bad_input::{Row, same},
    harness::{AUDITOR, NANJING, Stack, citizen, id},
    requests::{certificate, dissolution, fact, fixed, question, registration, withdrawal},
    sql,
};

#[tokio::test]
async fn a_malformed_change_names_every_field_and_stores_nothing() {
    let stack = Stack::start().await;
    let mut client = stack.client(&citizen(&id()));
    let withdrawals: &[Row<WithdrawBondRequest>] = &[
        (|r| *r = WithdrawBondRequest::default(), &[("request_id", "MISSING"), ("bond_id", "MISSING")]),
        (|r| r.request_id = "0".into(), &[("request_id", "MALFORMED")]),
        (|r| r.bond_id = "\u{0}".into(), &[("bond_id", "MALFORMED")]),
    ];
    for (spoil, expected) in withdrawals {
        let mut request = withdrawal(&id());
        spoil(&mut request);
        same(&client.withdraw_bond(request).await.unwrap_err(), expected);
    }
    let sharings: &[Row<SetSharingRequest>] = &[
        (
            |r| *r = SetSharingRequest { expected_revision: -1, ..SetSharingRequest::default() },
            &[
                ("request_id", "MISSING"),
                ("bond_id", "MISSING"),
                ("mode", "MISSING"),
                ("expected_revision", "NEGATIVE"),
            ],
        ),
        (|r| r.mode = 9, &[("mode", "UNKNOWN_VALUE")]),
        (|r| r.amount.clear(), &[("amount", "MISSING")]),
        (|r| r.amount = "0.00".into(), &[("amount", "ZERO")]),
        (|r| r.amount = "-1".into(), &[("amount", "MALFORMED")]),
        (|r| r.amount = "1.005".into(), &[("amount", "MALFORMED")]),
        (|r| r.amount = "１.00".into(), &[("amount", "MALFORMED")]),
        (|r| r.mode = SharingMode::All.into(), &[("amount", "NOT_EMPTY")]),
    ];
    for (spoil, expected) in sharings {
        let mut request = fixed(&id(), "800.00");
        spoil(&mut request);
        same(&client.set_sharing(request).await.unwrap_err(), expected);
    }
    let endings: &[Row<DissolveBondRequest>] = &[
        (
            |r| *r = DissolveBondRequest::default(),
            &[("request_id", "MISSING"), ("bond_id", "MISSING"), ("by", "MISSING")],
        ),
        (|r| r.by = 4, &[("by", "UNKNOWN_VALUE")]),
        (|r| r.reason = 99, &[("reason", "UNKNOWN_VALUE")]),
        (|r| r.reason = DissolveReason::Fraud.into(), &[("reason", "NOT_THEIRS")]),
        (|r| r.reason = DissolveReason::VoluntaryBeneficiary.into(), &[("reason", "NOT_THEIRS")]),
        (|r| r.by = DissolvedBy::Operator.into(), &[("by", "NOT_THIS_CALLER"), ("reason", "MISSING")]),
    ];
    for (spoil, expected) in endings {
        let mut request = dissolution(&id(), DissolvedBy::Sharer);
        spoil(&mut request);
        same(&client.dissolve_bond(request).await.unwrap_err(), expected);
    }
    assert_eq!(sql::records(&stack.url).await, 0);
}

const REGISTRATIONS: &[Row<RegisterBondAtCounterRequest>] = &[
    (
        |r| *r = RegisterBondAtCounterRequest::default(),
        &[
            ("bond_id", "MISSING"),
            ("programme", "MISSING"),
            ("sharer_person_id", "MISSING"),
            ("beneficiary_person_id", "MISSING"),
            ("relation", "MISSING"),
            ("form_reference", "MISSING"),
            ("both_present", "MUST_BE_TRUE"),
        ],
    ),
    (|r| r.bond_id = "42".into(), &[("bond_id", "MALFORMED")]),
    (|r| r.programme = 99, &[("programme", "UNKNOWN_VALUE")]),
    (|r| r.relation = 99, &[("relation", "UNKNOWN_VALUE")]),
    (|r| r.both_present = false, &[("both_present", "MUST_BE_TRUE")]),
    (|r| r.form_reference = "f".repeat(129), &[("form_reference", "TOO_LONG")]),
    (|r| r.form_reference = "11010519491231002X".into(), &[("form_reference", "ID_NUMBER")]),
    (|r| r.acting_guardian_person_id = "mother".into(), &[("acting_guardian_person_id", "MALFORMED")]),
    (|r| r.evidence[0].kind = "letter".into(), &[("evidence[0].kind", "UNKNOWN_VALUE")]),
    (
        |r| r.beneficiary_commitment = Some(Commitment::default()),
        &[
            ("beneficiary_commitment.text_version", "MISSING"),
            ("beneficiary_commitment.text_sha256", "MISSING"),
            ("beneficiary_commitment.accept_time", "MISSING"),
        ],
    ),
    (|r| r.evidence = vec![Evidence::default(); 17], &[("evidence", "TOO_MANY")]),
];

const FACTS: &[Row<RecordFamilyFactRequest>] = &[
    (
        |r| *r = RecordFamilyFactRequest::default(),
        &[
            ("fact_id", "MISSING"),
            ("kind", "MISSING"),
            ("person_a", "MISSING"),
            ("person_b", "MISSING"),
            ("on_day", "MISSING"),
            ("authority", "MISSING"),
            ("reference", "MISSING"),
        ],
    ),
    (|r| r.fact_id = r.fact_id.to_uppercase(), &[("fact_id", "MALFORMED")]),
    (|r| r.kind = 6, &[("kind", "UNKNOWN_VALUE")]),
    (|r| r.person_a = "320102198002030010".into(), &[("person_a", "MALFORMED")]),
    (|r| r.person_b.clone_from(&r.person_a), &[("person_b", "SAME_PERSON")]),
    (|r| r.on_day = "2026-01-16".into(), &[("on_day", "IN_THE_FUTURE")]),
    (|r| r.on_day = "2025-02-30".into(), &[("on_day", "MALFORMED")]),
    (|r| r.on_day = "20250601".into(), &[("on_day", "MALFORMED")]),
    (|r| r.authority = " 民政局".into(), &[("authority", "MALFORMED")]),
    (|r| r.authority = "局".repeat(65), &[("authority", "TOO_LONG")]),
    (|r| r.reference = "a\nb".into(), &[("reference", "MALFORMED")]),
    (|r| r.reference = "440524188001010014".into(), &[("reference", "ID_NUMBER")]),
];

#[tokio::test]
async fn a_malformed_registration_or_fact_names_every_field_and_stores_nothing() {
    let stack = Stack::start().await;
    let mut counter = stack.client(NANJING);
    for (spoil, expected) in REGISTRATIONS {
        let mut request = registration(&id(), &id());
        spoil(&mut request);
        same(&counter.register_bond_at_counter(request).await.unwrap_err(), expected);
    }
    for (spoil, expected) in FACTS {
        let mut request = fact(FamilyFactKind::Marriage, &id(), &id());
        spoil(&mut request);
        same(&counter.record_family_fact(request).await.unwrap_err(), expected);
    }
    assert_eq!((sql::records(&stack.url).await, sql::facts(&stack.url).await), (0, 0));
}

#[tokio::test]
async fn a_malformed_question_or_wish_for_a_certificate_names_every_field() {
    let stack = Stack::start().await;
    let mut auditor = stack.client(AUDITOR);
    let questions: &[Row<CheckEligibilityRequest>] = &[
        (
            |r| *r = CheckEligibilityRequest::default(),
            &[
                ("sharer_person_id", "MISSING"),
                ("beneficiary_person_id", "MISSING"),
                ("relation", "MISSING"),
                ("programme", "MISSING"),
            ],
        ),
        (|r| r.relation = 42, &[("relation", "UNKNOWN_VALUE")]),
        (
            |r| r.at_time = Some(prost_types::Timestamp { seconds: 0, nanos: 0 }),
            &[("at_time", "OUT_OF_RANGE")],
        ),
    ];
    for (spoil, expected) in questions {
        let mut request = question(&id(), &id());
        spoil(&mut request);
        same(&auditor.check_eligibility(request).await.unwrap_err(), expected);
    }
    let wishes: &[Row<IssueCertificateRequest>] = &[
        (|r| *r = IssueCertificateRequest::default(), &[("request_id", "MISSING"), ("bond_id", "MISSING")]),
        (|r| r.bond_id = "1".into(), &[("bond_id", "MALFORMED")]),
    ];
    for (spoil, expected) in wishes {
        let mut request = certificate(&id());
        spoil(&mut request);
        same(&auditor.issue_certificate(request).await.unwrap_err(), expected);
    }
    assert_eq!(sql::records(&stack.url).await, 0);
}
