//! What is wrong with a request is said field by field, all at once, in both languages, and nothing is stored.

use prost_types::Timestamp;
use proto::{
    common::Channel,
    kinship::{
        AcceptBondRequest, BatchCheckBondsRequest, BondCheck, Commitment, Evidence, GetBondRequest,
        ListBondsRequest, ProposeBondRequest, RejectBondRequest, StreamEventsRequest,
    },
    policy::{CheckAvailabilityRequest, GetPolicyRequest, policy_service_client::PolicyServiceClient},
};
use tonic::Status;

use crate::{
    harness::{
        AUDITOR, NANJING, NOW, SETTLEMENT, Stack, acceptance, citizen, commitment, id, proposal, rejection,
        violations,
    },
    sql,
};

/// How a request is spoilt, and the violations that are expected for it.
pub(crate) type Row<T> = (fn(&mut T), &'static [(&'static str, &'static str)]);

pub(crate) fn same(status: &Status, expected: &[(&str, &str)]) {
    let found = violations(status);
    let found: Vec<(&str, &str)> =
        found.iter().map(|(field, reason)| (field.as_str(), reason.as_str())).collect();
    assert_eq!(found, expected);
}

const PROPOSALS: &[Row<ProposeBondRequest>] = &[
    (
        |r| *r = ProposeBondRequest::default(),
        &[
            ("bond_id", "MISSING"),
            ("programme", "MISSING"),
            ("sharer_person_id", "MISSING"),
            ("beneficiary_person_id", "MISSING"),
            ("relation", "MISSING"),
            ("channel", "MISSING"),
        ],
    ),
    (|r| r.bond_id = "42".into(), &[("bond_id", "MALFORMED")]),
    (|r| r.bond_id = r.bond_id.to_uppercase(), &[("bond_id", "MALFORMED")]),
    (|r| r.bond_id = "x".repeat(2_000), &[("bond_id", "MALFORMED")]),
    (|r| r.sharer_person_id = "320102198002030010".into(), &[("sharer_person_id", "MALFORMED")]),
    (|r| r.beneficiary_person_id = "\u{0}".into(), &[("beneficiary_person_id", "MALFORMED")]),
    (|r| r.programme = 99, &[("programme", "UNKNOWN_VALUE")]),
    (|r| r.relation = -1, &[("relation", "UNKNOWN_VALUE")]),
    (|r| r.channel = i32::MAX, &[("channel", "UNKNOWN_VALUE")]),
    // Only an operator sits at a counter.
    (|r| r.channel = Channel::Counter.into(), &[("channel", "NOT_THIS_CALLER")]),
    (
        |r| r.commitment = Some(Commitment::default()),
        &[
            ("commitment.text_version", "MISSING"),
            ("commitment.text_sha256", "MISSING"),
            ("commitment.accept_time", "MISSING"),
        ],
    ),
    (|r| given(r).text_version = "v".repeat(33), &[("commitment.text_version", "TOO_LONG")]),
    (|r| given(r).text_version = " 1".into(), &[("commitment.text_version", "MALFORMED")]),
    (|r| given(r).text_sha256 = "ab".repeat(31), &[("commitment.text_sha256", "MALFORMED")]),
    (|r| given(r).text_sha256 = "AB".repeat(32), &[("commitment.text_sha256", "MALFORMED")]),
    (|r| given(r).text_sha256 = "xy".repeat(32), &[("commitment.text_sha256", "MALFORMED")]),
    (|r| given(r).accept_time = at(3_600), &[("commitment.accept_time", "IN_THE_FUTURE")]),
    (|r| given(r).accept_time = at(-2_000_000_000), &[("commitment.accept_time", "OUT_OF_RANGE")]),
    (
        |r| given(r).accept_time = Some(Timestamp { seconds: i64::MAX, nanos: 0 }),
        &[("commitment.accept_time", "OUT_OF_RANGE")],
    ),
    (
        |r| given(r).accept_time = Some(Timestamp { seconds: 1_768_000_000, nanos: -1 }),
        &[("commitment.accept_time", "OUT_OF_RANGE")],
    ),
    (|r| r.evidence = vec![r.evidence[0].clone(); 17], &[("evidence", "TOO_MANY")]),
    (
        |r| r.evidence.push(Evidence { kind: "k".repeat(65), reference: "r".repeat(129) }),
        &[("evidence[1].kind", "UNKNOWN_VALUE"), ("evidence[1].reference", "TOO_LONG")],
    ),
    (
        |r| r.evidence[0] = Evidence { kind: String::new(), reference: "a\nb".into() },
        &[("evidence[0].kind", "MISSING"), ("evidence[0].reference", "MALFORMED")],
    ),
    (|r| r.evidence[0].reference = "11010519491231002X".into(), &[("evidence[0].reference", "ID_NUMBER")]),
];

fn given(request: &mut ProposeBondRequest) -> &mut Commitment {
    request.commitment.get_or_insert_with(commitment)
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds: NOW.unix_timestamp() + seconds, nanos: 0 })
}

#[tokio::test]
async fn a_malformed_proposal_names_every_field_and_stores_nothing() {
    let stack = Stack::start().await;
    let sharer = id();
    for (spoil, expected) in PROPOSALS {
        let mut request = proposal(&sharer, &id());
        spoil(&mut request);
        same(&stack.client(&citizen(&sharer)).propose_bond(request).await.unwrap_err(), expected);
    }
    // And an operator sits nowhere else.
    let status = stack.client(NANJING).propose_bond(proposal(&sharer, &id())).await.unwrap_err();
    same(&status, &[("channel", "NOT_THIS_CALLER")]);
    assert_eq!((sql::records(&stack.url).await, sql::bonds(&stack.url).await), (0, 0));
}

#[tokio::test]
async fn a_malformed_answer_names_every_field_and_stores_nothing() {
    let stack = Stack::start().await;
    let mut client = stack.client(&citizen(&id()));
    let acceptances: &[Row<AcceptBondRequest>] = &[
        (|r| *r = AcceptBondRequest::default(), &[("request_id", "MISSING"), ("bond_id", "MISSING")]),
        (|r| r.request_id = "0".into(), &[("request_id", "MALFORMED")]),
        (|r| r.bond_id = "{}".into(), &[("bond_id", "MALFORMED")]),
        (|r| r.acting_guardian_person_id = "mother".into(), &[("acting_guardian_person_id", "MALFORMED")]),
        (
            |r| r.evidence = vec![Evidence { kind: "id_card".into(), reference: "1".into() }],
            &[("evidence", "NOT_THIS_CALLER")],
        ),
        (|r| r.acting_guardian_person_id = id(), &[("acting_guardian_person_id", "NOT_THIS_CALLER")]),
        (
            |r| r.commitment = Some(Commitment { text_version: "1".into(), ..Commitment::default() }),
            &[("commitment.text_sha256", "MISSING"), ("commitment.accept_time", "MISSING")],
        ),
    ];
    for (spoil, expected) in acceptances {
        let mut request = acceptance(&id());
        spoil(&mut request);
        same(&client.accept_bond(request).await.unwrap_err(), expected);
    }
    let rejections: &[Row<RejectBondRequest>] = &[
        (|r| *r = RejectBondRequest::default(), &[("request_id", "MISSING"), ("bond_id", "MISSING")]),
        (|r| r.request_id = "-".into(), &[("request_id", "MALFORMED")]),
        (|r| r.bond_id = "1".into(), &[("bond_id", "MALFORMED")]),
        (|r| r.acting_guardian_person_id = id(), &[("acting_guardian_person_id", "NOT_THIS_CALLER")]),
        (
            |r| r.evidence = vec![Evidence::default()],
            &[
                ("evidence", "NOT_THIS_CALLER"),
                ("evidence[0].kind", "MISSING"),
                ("evidence[0].reference", "MISSING"),
            ],
        ),
    ];
    for (spoil, expected) in rejections {
        let mut request = rejection(&id());
        spoil(&mut request);
        same(&client.reject_bond(request).await.unwrap_err(), expected);
    }
    assert_eq!(sql::records(&stack.url).await, 0);
}

#[tokio::test]
async fn malformed_questions_name_every_field() {
    let stack = Stack::start().await;
    let mut auditor = stack.client(AUDITOR);
    for (bond_id, view, expected) in [
        ("", 0, vec![("bond_id", "MISSING")]),
        ("bond-1", 99, vec![("bond_id", "MALFORMED"), ("view", "UNKNOWN_VALUE")]),
    ] {
        let request = GetBondRequest { bond_id: bond_id.into(), view };
        same(&auditor.get_bond(request).await.unwrap_err(), &expected);
    }
    let lists: &[Row<ListBondsRequest>] = &[
        (|r| r.person_id.clear(), &[("person_id", "MISSING")]),
        (|r| r.role = 7, &[("role", "UNKNOWN_VALUE")]),
        (|r| r.states = vec![2, 0, 42], &[("states[1]", "MISSING"), ("states[2]", "UNKNOWN_VALUE")]),
        (|r| r.page_size = -1, &[("page_size", "NEGATIVE")]),
    ];
    for (spoil, expected) in lists {
        let mut request = ListBondsRequest { person_id: id(), ..ListBondsRequest::default() };
        spoil(&mut request);
        same(&auditor.list_bonds(request).await.unwrap_err(), expected);
    }
    for (position, hash, expected) in [
        (-1, "", ("after_position", "NEGATIVE")),
        (1, "", ("after_hash", "MALFORMED")),
        (0, "00", ("after_hash", "MALFORMED")),
        (5, "zz", ("after_hash", "MALFORMED")),
    ] {
        let request = StreamEventsRequest { after_position: position, after_hash: hash.into() };
        same(&auditor.stream_events(request).await.unwrap_err(), &[expected]);
    }
}

#[tokio::test]
async fn malformed_checks_name_every_field() {
    let stack = Stack::start().await;
    let mut settlement = stack.client(SETTLEMENT);
    let good = || BondCheck {
        bond_id: id(),
        sharer_person_id: id(),
        beneficiary_person_id: id(),
        programme: 3,
        at_time: None,
    };
    let timeless = BondCheck { at_time: Some(Timestamp { seconds: i64::MIN, nanos: 0 }), ..good() };
    let table = [
        (vec![], vec![("checks", "MISSING")]),
        (vec![good(); 513], vec![("checks", "TOO_MANY")]),
        (
            vec![good(), BondCheck::default()],
            vec![
                ("checks[1].bond_id", "MISSING"),
                ("checks[1].sharer_person_id", "MISSING"),
                ("checks[1].beneficiary_person_id", "MISSING"),
                ("checks[1].programme", "MISSING"),
            ],
        ),
        (vec![timeless], vec![("checks[0].at_time", "OUT_OF_RANGE")]),
    ];
    for (checks, expected) in table {
        same(&settlement.batch_check_bonds(BatchCheckBondsRequest { checks }).await.unwrap_err(), &expected);
    }
    let checks = vec![good(); 512];
    let reply = settlement.batch_check_bonds(BatchCheckBondsRequest { checks }).await.unwrap();
    assert_eq!(reply.into_inner().results.len(), 512);
}

#[tokio::test]
async fn malformed_questions_about_rules_name_every_field() {
    let stack = Stack::start().await;
    let mut client = PolicyServiceClient::new(stack.peer(AUDITOR));
    for (region, programme, expected) in [
        ("", 0, vec![("region", "MISSING"), ("programme", "MISSING")]),
        ("32", 3, vec![("region", "MALFORMED")]),
        ("320199", 9, vec![("region", "UNKNOWN_VALUE"), ("programme", "UNKNOWN_VALUE")]),
    ] {
        let request = GetPolicyRequest { region: region.into(), programme, at_time: None };
        same(&client.get_policy(request).await.unwrap_err(), &expected);
    }
    for (pooling_area, reason) in
        [("", "MISSING"), ("320000", "POLICY_REGION"), ("32O100", "MALFORMED"), ("320199", "UNKNOWN_VALUE")]
    {
        let request =
            CheckAvailabilityRequest { pooling_area: pooling_area.into(), programme: 3, at_time: None };
        same(&client.check_availability(request).await.unwrap_err(), &[("pooling_area", reason)]);
    }
}
