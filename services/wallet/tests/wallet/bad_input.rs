//! What is wrong with a request is said all at once, field by field, and nothing is stored.

use chassis::status;
use proto::wallet as wire;
use testkit::people::id;
use tonic::{Code, Status};

use crate::bench::{
    AGENCY, Bench, SETTLEMENT, bill, crediting, earmark, opening, refunding, reversing, till, under,
};

/// The fields that a status names, each with words in both languages.
fn fields(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let parsed = status::read(status).expect("a status of ours");
    assert_eq!(parsed.refusal.reason, "FIELD_INVALID");
    assert!(
        parsed.violations.iter().all(|(_, _, english, chinese)| !english.is_empty() && !chinese.is_empty())
    );
    parsed.violations.into_iter().map(|(field, reason, _, _)| format!("{field} {reason}")).collect()
}

const AMOUNTS: [(&str, &str); 9] = [
    ("", "MISSING"),
    ("0", "ZERO"),
    ("0.00", "ZERO"),
    ("-1", "MALFORMED"),
    ("1.234", "MALFORMED"),
    ("1e3", "MALFORMED"),
    ("01", "MALFORMED"),
    ("999999999999999", "MALFORMED"),
    ("１", "MALFORMED"),
];

#[tokio::test]
async fn opening_a_wallet_names_every_wrong_field() {
    let bench = Bench::start().await;
    let mine = format!("citizen:{}", id());
    let empty = bench.wallets().open_wallet(under(&mine, wire::OpenWalletRequest::default())).await;
    assert_eq!(
        fields(&empty.expect_err("empty")),
        [
            "wallet_id MISSING",
            "person_id MISSING",
            "place_of_use MISSING",
            "mobile MISSING",
            "terms MISSING",
            "channel MISSING"
        ]
    );
    let wrong = wire::OpenWalletRequest {
        wallet_id: "W-1".to_owned(),
        person_id: id().to_uppercase(),
        place_of_use: "320000".to_owned(),
        mobile: "+8613812345678".to_owned(),
        terms: Some(wire::Terms { text_version: "x".repeat(33), text_sha256: "AB".repeat(32) }),
        channel: 99,
        ..opening(&id())
    };
    let wrong = bench.wallets().open_wallet(under(&mine, wrong)).await.expect_err("wrong");
    assert_eq!(
        fields(&wrong),
        [
            "wallet_id MALFORMED",
            "person_id MALFORMED",
            "place_of_use POLICY_REGION",
            "mobile MALFORMED",
            "terms.text_version TOO_LONG",
            "terms.text_sha256 MALFORMED",
            "channel UNKNOWN_VALUE"
        ]
    );
}

#[tokio::test]
async fn crediting_names_every_wrong_field() {
    let bench = Bench::start().await;
    let call = |request| async {
        bench.wallets().credit_personal_account(under(AGENCY, request)).await.expect_err("wrong")
    };
    let empty = call(wire::CreditPersonalAccountRequest::default()).await;
    assert_eq!(
        fields(&empty),
        [
            "credit_id MISSING",
            "person_id MISSING",
            "pooling_area MISSING",
            "month MISSING",
            "amount MISSING",
            "kind MISSING"
        ]
    );
    for (amount, reason) in AMOUNTS {
        assert_eq!(fields(&call(crediting(&id(), amount)).await), [format!("amount {reason}")], "{amount:?}");
    }
    for month in ["2026-13", "2026-1", "2026-02-01", "202602"] {
        let request = wire::CreditPersonalAccountRequest { month: month.to_owned(), ..crediting(&id(), "1") };
        assert_eq!(fields(&call(request).await), ["month MALFORMED"], "{month:?}");
    }
    let request =
        wire::CreditPersonalAccountRequest { reference: "x".repeat(65), kind: 77, ..crediting(&id(), "1") };
    assert_eq!(fields(&call(request).await), ["kind UNKNOWN_VALUE", "reference TOO_LONG"]);
}

#[tokio::test]
async fn paying_names_every_wrong_field() {
    let bench = Bench::start().await;
    let call = |request| async { bench.payments().pay(under(&till(), request)).await.expect_err("wrong") };
    assert_eq!(fields(&call(wire::PayRequest::default()).await), ["payment_id MISSING", "draft MISSING"]);
    let empty = wire::PayRequest { draft: Some(wire::PaymentDraft::default()), ..bill(&id(), "1") };
    assert_eq!(
        fields(&call(empty).await),
        [
            "draft.patient_person_id MISSING",
            "draft.credential MISSING",
            "draft.institution_code MISSING",
            "draft.visit_id MISSING",
            "draft.institution_serial MISSING",
            "draft.med_type MISSING",
            "draft.category MISSING",
            "draft.channel MISSING",
            "draft.service_time MISSING",
            "draft.insured_pooling_area MISSING",
            "draft.cost MISSING"
        ]
    );
    for (amount, reason) in AMOUNTS {
        let mut request = bill(&id(), "1");
        let cost = request.draft.as_mut().expect("a draft").cost.as_mut().expect("a cost");
        cost.total_amount = amount.to_owned();
        assert_eq!(fields(&call(request).await), [format!("draft.cost.total_amount {reason}")], "{amount:?}");
    }
    let mut request = bill(&id(), "1");
    let draft = request.draft.as_mut().expect("a draft");
    draft.institution_code = "X32010200001".to_owned();
    draft.service_time = Some(prost_types::Timestamp { seconds: 4_000_000_000, nanos: 0 });
    draft.visit_id = "v".repeat(65);
    draft.catalogue_version = String::new();
    draft.shared_wanted = wire::SharedWanted::UpTo.into();
    draft.lines = vec![
        wire::Line {
            line_no: 1,
            quantity: "0".to_owned(),
            amount: "1".to_owned(),
            personal_amount: "2".to_owned(),
            unit_price: "1".to_owned(),
            category: 1,
            catalogue_code: "XA01".to_owned(),
            trace_codes: vec!["12".to_owned()],
            ..wire::Line::default()
        },
        wire::Line {
            line_no: 1,
            quantity: "1".to_owned(),
            amount: "1".to_owned(),
            personal_amount: "1".to_owned(),
            unit_price: "1".to_owned(),
            category: 1,
            ..wire::Line::default()
        },
    ];
    assert_eq!(
        fields(&call(request).await),
        [
            "draft.institution_code MALFORMED",
            "draft.visit_id TOO_LONG",
            "draft.service_time IN_THE_FUTURE",
            "draft.catalogue_version MISSING",
            "draft.lines NOT_UNIQUE",
            "draft.lines[0].quantity MALFORMED",
            "draft.lines[0].personal_amount OUT_OF_RANGE",
            "draft.lines[0].trace_codes[0] MALFORMED",
            "draft.shared_limit MISSING"
        ]
    );
}

#[tokio::test]
async fn each_kind_of_credential_asks_for_its_own_fields() {
    let bench = Bench::start().await;
    let call = |r#type: wire::CredentialType, token: &str, card: &str| {
        let (token, card_reference) = (token.to_owned(), card.to_owned());
        let mut request = bill(&id(), "1");
        let credential = wire::Credential { r#type: r#type.into(), token, card_reference };
        request.draft.as_mut().expect("a draft").credential = Some(credential);
        let mut client = bench.payments();
        async move { fields(&client.pay(under(&till(), request)).await.expect_err("wrong")) }
    };
    use wire::CredentialType::{Face, IdCard, MedicalCode, SocialCard, Unspecified};
    assert_eq!(call(Unspecified, "", "").await, ["draft.credential.type MISSING"]);
    for card in [IdCard, SocialCard] {
        assert_eq!(
            call(card, "a.b.c", "").await,
            ["draft.credential.token NOT_ALLOWED", "draft.credential.card_reference MISSING"]
        );
        let long = "x".repeat(65);
        assert_eq!(call(card, "", &long).await, ["draft.credential.card_reference TOO_LONG"]);
        assert_eq!(call(card, "", "card\n1").await, ["draft.credential.card_reference MALFORMED"]);
        let number = "证件 11010519491231002X";
        assert_eq!(call(card, "", number).await, ["draft.credential.card_reference ID_NUMBER"]);
    }
    for signed in [MedicalCode, Face] {
        assert_eq!(call(signed, "", "").await, ["draft.credential.token MISSING"]);
        let long = "x".repeat(4_097);
        assert_eq!(call(signed, &long, "").await, ["draft.credential.token TOO_LONG"]);
    }
    assert_eq!(call(MedicalCode, "development", "").await, ["draft.credential.token NOT_GENUINE"]);
    assert_eq!(bench.audit().await, (0, vec![]));
}

#[tokio::test]
async fn paying_many_names_every_wrong_field_of_every_item_with_its_place_in_the_list() {
    let bench = Bench::start().await;
    let call = |requests| async {
        let request = wire::BatchPayRequest { requests };
        bench.payments().batch_pay(under(&till(), request)).await.expect_err("wrong")
    };
    for many in [0, 513] {
        let requests = vec![bill(&id(), "1"); many];
        assert_eq!(fields(&call(requests).await), ["requests OUT_OF_RANGE"], "{many} of them");
    }
    let mut cheap = bill("x", "0");
    cheap.max_cash_amount = "all".to_owned();
    let mut agent = bill(&id(), "1");
    agent.draft.as_mut().expect("a draft").agent = Some(wire::Agent::default());
    let requests = vec![bill(&id(), "1"), wire::PayRequest::default(), cheap, bill(&id(), "1"), agent];
    assert_eq!(
        fields(&call(requests).await),
        [
            "requests[1].payment_id MISSING",
            "requests[1].draft MISSING",
            "requests[2].max_cash_amount MALFORMED",
            "requests[2].draft.patient_person_id MALFORMED",
            "requests[2].draft.cost.total_amount ZERO",
            "requests[4].draft.agent.person_id MISSING"
        ]
    );
    let line = wire::Line { catalogue_code: "X".repeat(64), ..wire::Line::default() };
    let mut long = bill(&id(), "1");
    long.draft.as_mut().expect("a draft").lines = vec![line; 100];
    let too_big = call(vec![long; 200]).await;
    assert_eq!(too_big.code(), Code::OutOfRange, "more than a message may hold is not read at all");
    assert!(too_big.message().ends_with("the limit is: 1048576 bytes"), "{}", too_big.message());
    let all = call(vec![wire::PayRequest::default(); 512]).await;
    assert!(
        all.message().starts_with("1024 invalid field(s): requests[0].payment_id, "),
        "{}",
        all.message()
    );
    assert!((1..=20).contains(&fields(&all).len()));
    assert_eq!(bench.audit().await, (0, vec![]));
}

#[tokio::test]
async fn refunding_reversing_and_reading_name_every_wrong_field() {
    let bench = Bench::start().await;
    let empty = bench.payments().refund_payment(under(&till(), wire::RefundPaymentRequest::default())).await;
    assert_eq!(
        fields(&empty.expect_err("empty")),
        [
            "refund_id MISSING",
            "payment_id MISSING",
            "institution_code MISSING",
            "kind MISSING",
            "personal_amount MISSING"
        ]
    );
    for (amount, reason) in AMOUNTS {
        let wrong = bench.payments().refund_payment(under(&till(), refunding(&id(), amount))).await;
        assert_eq!(fields(&wrong.expect_err("wrong")), [format!("personal_amount {reason}")], "{amount:?}");
    }
    let counter =
        wire::RefundPaymentRequest { kind: wire::RefundKind::GoodsReturned.into(), ..refunding(&id(), "1") };
    let counter = bench.payments().refund_payment(under("operator:320100", counter)).await;
    assert_eq!(fields(&counter.expect_err("only after reimbursement")), ["kind NOT_ALLOWED"]);
    let unknown = bench.payments().refund_payment(under(&till(), refunding(&id(), "1"))).await;
    assert_eq!(crate::bench::reason(&unknown.expect_err("no payment")), "PAYMENT_UNKNOWN");
    let wrong = wire::ReversePaymentRequest { institution_serial: String::new(), ..reversing("x") };
    let wrong = bench.payments().reverse_payment(under(&till(), wrong)).await;
    assert_eq!(fields(&wrong.expect_err("wrong")), ["payment_id MALFORMED", "institution_serial MISSING"]);
    let list =
        wire::ListPaymentsRequest { from_day: "2026-3-1".to_owned(), page_size: -1, ..Default::default() };
    let list = bench.payments().list_payments(under("auditor", list)).await.expect_err("wrong");
    assert_eq!(fields(&list), ["party MISSING", "from_day MALFORMED", "page_size NEGATIVE"]);
    let entries = wire::ListEntriesRequest {
        person_id: id(),
        from_day: "2026-03-02".to_owned(),
        to_day: "2026-03-01".to_owned(),
        ..Default::default()
    };
    let entries = bench.wallets().list_entries(under("auditor", entries)).await.expect_err("wrong");
    assert_eq!(fields(&entries), ["to_day OUT_OF_ORDER"]);
    let lots =
        wire::ListLotsRequest { person_id: id(), page_token: "nonsense".to_owned(), ..Default::default() };
    let lots = bench.wallets().list_lots(under("auditor", lots)).await.expect_err("wrong");
    assert_eq!(crate::bench::reason(&lots), "PAGE_TOKEN_INVALID");
}

#[tokio::test]
async fn book_commands_name_every_wrong_field_with_its_place_in_the_list() {
    let bench = Bench::start().await;
    let call = |commands: Vec<wire::BookCommand>| async {
        let request = wire::ApplyRequest { batch_id: String::new(), commands };
        bench.books().apply(under(SETTLEMENT, request)).await.expect_err("wrong")
    };
    assert_eq!(fields(&call(vec![]).await), ["commands OUT_OF_RANGE"]);
    let command = |command| wire::BookCommand { command_id: String::new(), command: Some(command) };
    use wire::book_command::Command;
    let commands = vec![
        command(earmark(&id(), &id(), "1")),
        command(earmark("x", &id(), "0")),
        command(Command::DrawDown(wire::DrawDownCommand {
            transfer_id: id(),
            state: wire::HopState::Pending.into(),
            ..Default::default()
        })),
        command(Command::Revoke(wire::RevokeCommand { transfer_id: id(), hop: -1, cause: 0 })),
        command(Command::Grant(wire::GrantCommand {
            earmark: Some(wire::EarmarkReference::default()),
            ..Default::default()
        })),
    ];
    assert_eq!(
        fields(&call(commands).await),
        [
            "commands[1].earmark.transfer_id MALFORMED",
            "commands[1].earmark.amount ZERO",
            "commands[2].draw_down.at_sequence OUT_OF_RANGE",
            "commands[2].draw_down.consumed MISSING",
            "commands[2].draw_down.state NOT_ALLOWED",
            "commands[3].revoke.hop OUT_OF_RANGE",
            "commands[3].revoke.cause MISSING",
            "commands[4].grant.transfer_id MISSING",
            "commands[4].grant.beneficiary_person_id MISSING",
            "commands[4].grant.sharer_person_id MISSING",
            "commands[4].grant.bond_id MISSING",
            "commands[4].grant.origin_pooling_area MISSING",
            "commands[4].grant.amount MISSING",
            "commands[4].grant.earmark.book_id MISSING",
            "commands[4].grant.earmark.hash MISSING"
        ]
    );
    assert_eq!(bench.audit().await, (0, vec![]));
}
