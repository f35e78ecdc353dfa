//! Malformed requests: every violation is named at once, in both languages, and nothing is stored.

use proto::settlement::{
    ClaimTransferRequest, CreateTransferRequest, DeclineTransferRequest, GetInstitutionRequest,
    GetPeriodRequest, GetTransferRequest, ListInstitutionsRequest, ListParkedRequest, ListPositionsRequest,
    ListTransfersRequest, PutInstitutionRequest, QuoteTransferRequest, StreamEventsRequest,
    WatchTransferRequest, create_transfer_request::Target, list_institutions_request::Area,
};

use super::{
    create,
    harness::{CENTRE, SICHUAN, Stack, citizen, id, named},
    hospital,
};

#[tokio::test]
async fn a_malformed_transfer_names_every_field() {
    let stack = Stack::start().await;
    let mut client = stack.transfers(&citizen());
    let empty = client.create_transfer(CreateTransferRequest::default()).await.unwrap_err();
    let all = [
        "amount MISSING",
        "beneficiary_person_id MISSING",
        "bond_id MISSING",
        "channel MISSING",
        "programme MISSING",
        "source MISSING",
        "transfer_id MISSING",
    ];
    assert_eq!(named(&empty), all);
    type Change = fn(&mut CreateTransferRequest);
    let table: [(Change, &str); 15] = [
        (|r| r.transfer_id = "1".to_owned(), "transfer_id MALFORMED"),
        (|r| r.transfer_id = id().to_uppercase(), "transfer_id MALFORMED"),
        (|r| r.bond_id = "urn:x".to_owned(), "bond_id MALFORMED"),
        (|r| r.amount = "0".to_owned(), "amount ZERO"),
        (|r| r.amount = "0.00".to_owned(), "amount ZERO"),
        (|r| r.amount = "-1".to_owned(), "amount MALFORMED"),
        (|r| r.amount = "1.234".to_owned(), "amount MALFORMED"),
        (|r| r.amount = "100000000000000".to_owned(), "amount MALFORMED"),
        (|r| r.amount = "1e3".to_owned(), "amount MALFORMED"),
        (|r| r.programme = 99, "programme UNKNOWN_VALUE"),
        (|r| r.source = -1, "source UNKNOWN_VALUE"),
        (|r| r.channel = 8, "channel UNKNOWN_VALUE"),
        (|r| r.target = Some(Target::BeneficiaryPersonId(String::new())), "beneficiary_person_id MISSING"),
        (|r| r.assertion = "a".repeat(4_097), "assertion TOO_LONG"),
        (|r| r.assertion = "a b".to_owned(), "assertion MALFORMED"),
    ];
    for (change, expected) in table {
        let mut request = create();
        change(&mut request);
        let status = client.create_transfer(request).await.unwrap_err();
        assert_eq!(named(&status), [expected]);
    }
    stack.stop().await;
}

#[tokio::test]
async fn malformed_quotes_and_wishes_name_every_field() {
    let stack = Stack::start().await;
    let mut client = stack.transfers(&citizen());
    let status = client.quote_transfer(QuoteTransferRequest::default()).await.unwrap_err();
    assert_eq!(named(&status), ["amount MISSING", "bond_id MISSING"]);
    let quote =
        QuoteTransferRequest { transfer_id: "x".to_owned(), bond_id: "y".to_owned(), amount: "0".to_owned() };
    let status = client.quote_transfer(quote).await.unwrap_err();
    assert_eq!(named(&status), ["amount ZERO", "bond_id MALFORMED", "transfer_id MALFORMED"]);
    let status = client.claim_transfer(ClaimTransferRequest::default()).await.unwrap_err();
    assert_eq!(named(&status), ["request_id MISSING", "transfer_id MISSING"]);
    let decline = DeclineTransferRequest {
        request_id: "00000000-0000-0000-0000-000000000000".to_owned(),
        transfer_id: id(),
        assertion: "\u{7}".to_owned(),
    };
    let status = client.decline_transfer(decline).await.unwrap_err();
    assert_eq!(named(&status), ["assertion MALFORMED", "request_id MALFORMED"]);
    stack.stop().await;
}

#[tokio::test]
async fn malformed_reads_of_transfers_name_every_field() {
    let stack = Stack::start().await;
    let mut client = stack.transfers(&citizen());
    let get = GetTransferRequest { transfer_id: String::new(), view: 7 };
    let status = client.get_transfer(get).await.unwrap_err();
    assert_eq!(named(&status), ["transfer_id MISSING", "view UNKNOWN_VALUE"]);
    let watch = WatchTransferRequest { transfer_id: "x".to_owned(), after_revision: -1 };
    let status = client.watch_transfer(watch).await.unwrap_err();
    assert_eq!(named(&status), ["after_revision NEGATIVE", "transfer_id MALFORMED"]);
    let list = ListTransfersRequest {
        person_id: String::new(),
        role: 9,
        states: vec![2, 0, 99],
        from_day: "2026-02-30".to_owned(),
        to_day: "today".to_owned(),
        bond_id: "b".to_owned(),
        page_size: -1,
        page_token: String::new(),
    };
    let status = client.list_transfers(list).await.unwrap_err();
    let expected = [
        "bond_id MALFORMED",
        "from_day MALFORMED",
        "page_size NEGATIVE",
        "person_id MISSING",
        "role UNKNOWN_VALUE",
        "states[1] MISSING",
        "states[2] UNKNOWN_VALUE",
        "to_day MALFORMED",
    ];
    assert_eq!(named(&status), expected);
    let person = id();
    let list = ListTransfersRequest {
        person_id: person.clone(),
        from_day: "2026-01-02".to_owned(),
        to_day: "2026-01-01".to_owned(),
        ..Default::default()
    };
    let status = client.list_transfers(list).await.unwrap_err();
    assert_eq!(named(&status), ["to_day OUT_OF_ORDER"]);
    stack.stop().await;
}

#[tokio::test]
async fn a_malformed_institution_names_every_field_and_stores_nothing() {
    let stack = Stack::start().await;
    let mut client = stack.institutions(SICHUAN);
    let status = client.put_institution(PutInstitutionRequest::default()).await.unwrap_err();
    let all = [
        "designated_from MISSING",
        "institution_code MISSING",
        "kind MISSING",
        "name MISSING",
        "pooling_area MISSING",
        "request_id MISSING",
    ];
    assert_eq!(named(&status), all);
    type Change = fn(&mut PutInstitutionRequest);
    let table: [(Change, &str); 13] = [
        (|r| r.institution_code = "X51010400001".to_owned(), "institution_code MALFORMED"),
        (|r| r.institution_code = "H99010400001".to_owned(), "institution_code UNKNOWN_VALUE"),
        (|r| r.institution_code = "P51010400001".to_owned(), "kind DOES_NOT_FIT"),
        (|r| r.kind = 3, "kind UNKNOWN_VALUE"),
        (|r| r.name = "医".repeat(65), "name TOO_LONG"),
        (|r| r.name = " 医院".to_owned(), "name MALFORMED"),
        (|r| r.name = "医\n院".to_owned(), "name MALFORMED"),
        (|r| r.pooling_area = "510000".to_owned(), "pooling_area POLICY_REGION"),
        (|r| r.pooling_area = "51".to_owned(), "pooling_area MALFORMED"),
        (|r| r.uscc = "91350211M000100Y44".to_owned(), "uscc BAD_CHECKSUM"),
        (|r| r.designated_from = "2026-13-01".to_owned(), "designated_from MALFORMED"),
        (|r| r.designated_to = "2019-12-31".to_owned(), "designated_to OUT_OF_ORDER"),
        (|r| r.expected_revision = -1, "expected_revision NEGATIVE"),
    ];
    for (change, expected) in table {
        let mut request = hospital();
        change(&mut request);
        let status = client.put_institution(request).await.unwrap_err();
        assert_eq!(named(&status), [expected]);
    }
    let get = GetInstitutionRequest { institution_code: "H".to_owned(), on_day: "x".to_owned() };
    let status = client.get_institution(get).await.unwrap_err();
    assert_eq!(named(&status), ["institution_code MALFORMED", "on_day MALFORMED"]);
    let status = client.list_institutions(ListInstitutionsRequest::default()).await.unwrap_err();
    assert_eq!(named(&status), ["area MISSING"]);
    let list = ListInstitutionsRequest {
        area: Some(Area::Province("99".to_owned())),
        kind: 9,
        page_size: -5,
        ..Default::default()
    };
    let status = client.list_institutions(list).await.unwrap_err();
    assert_eq!(named(&status), ["kind UNKNOWN_VALUE", "page_size NEGATIVE", "province MALFORMED"]);
    stack.stop().await;
}

#[tokio::test]
async fn malformed_questions_about_clearing_and_operations_name_every_field() {
    let stack = Stack::start().await;
    let mut client = stack.clearing(CENTRE);
    for text in ["2026", "2026-13", "2026-01-15", "januar"] {
        let request = GetPeriodRequest { period_id: text.to_owned() };
        assert_eq!(named(&client.get_period(request).await.unwrap_err()), ["period_id MALFORMED"], "{text}");
    }
    let list = ListPositionsRequest {
        period_id: "x".to_owned(),
        level: 5,
        party: "5".to_owned(),
        page_size: -1,
        page_token: String::new(),
    };
    let status = client.list_positions(list).await.unwrap_err();
    assert_eq!(named(&status), ["level UNKNOWN_VALUE", "page_size NEGATIVE", "period_id MALFORMED"]);
    for (level, party, expected) in
        [(1, "5", "party MALFORMED"), (1, "510000", "party POLICY_REGION"), (2, "510100", "party MALFORMED")]
    {
        let list = ListPositionsRequest { level, party: party.to_owned(), ..Default::default() };
        assert_eq!(named(&client.list_positions(list).await.unwrap_err()), [expected]);
    }
    let list = ListParkedRequest { page_size: -1, page_token: String::new() };
    let status = stack.operations(CENTRE).list_parked(list).await.unwrap_err();
    assert_eq!(named(&status), ["page_size NEGATIVE"]);
    let stream = StreamEventsRequest { after_position: 5, after_hash: "ff".to_owned() };
    let status = stack.institutions("dev:auditor").stream_events(stream).await.unwrap_err();
    assert_eq!(named(&status), ["after_hash MALFORMED"]);
    stack.stop().await;
}
