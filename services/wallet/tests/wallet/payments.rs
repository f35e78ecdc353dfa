//! Payments, refunds and reversals: who funds them, in which order they are given back, and what a repeat or a
//! late message does.

use proto::{
    common::View,
    identity::Scheme,
    wallet::{self as wire, LegKind},
};
use testkit::people::id;
use tonic::Code;

use crate::bench::{
    Bench, HOSPITAL, OUTSIDE, PHARMACY, bill, done, legs, reason, refunding, reversing, revoke, till, under,
};

fn draft(request: &mut wire::PayRequest) -> &mut wire::PaymentDraft {
    request.draft.as_mut().expect("a draft")
}

#[tokio::test]
async fn r_119_a_payment_takes_the_own_account_then_lots_oldest_first_then_cash() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Employee).await;
    bench.credit(&patient, "64").await;
    let (older, newer) = (bench.lot(&patient, "128").await, bench.lot(&patient, "256").await);
    let mut request = bill(&patient, "512");
    let paid = bench.pay(request.clone()).await.expect("it is paid");
    let expected = [
        (LegKind::OwnCurrentYear, "64.00"),
        (LegKind::Lot, "128.00"),
        (LegKind::Lot, "256.00"),
        (LegKind::Cash, "64.00"),
    ];
    assert_eq!(legs(&paid), expected);
    let transfers: Vec<&str> = paid.legs.iter().map(|leg| leg.transfer_id.as_str()).collect();
    assert_eq!(transfers, ["", older.as_str(), newer.as_str(), ""]);
    let split = paid.split.clone().expect("a split");
    assert_eq!(
        (split.account_amount, split.shared_amount, split.cash_amount),
        ("64.00".into(), "384.00".into(), "64.00".into())
    );
    assert_eq!((paid.account_available_after.as_str(), paid.revision), ("0.00", 1));
    assert_eq!(paid.legs[1].debtor_pooling_area, "510100");
    assert_eq!(paid.legs[1].creditor_pooling_area, "320100");
    bench.credit(&patient, "32").await;
    let again = bench.pay(request.clone()).await.expect("a repeat");
    assert_eq!(again, paid, "a repeat shows the same payment, and pays nothing");
    draft(&mut request).med_type = "11".to_owned();
    assert_eq!(reason(&bench.pay(request).await.expect_err("other content")), "REQUEST_ID_REUSED");
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn r_153_a_refund_goes_back_in_reverse_order_and_to_the_sharer_once_the_lot_is_closed() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Employee).await;
    bench.credit(&patient, "64").await;
    let lot = bench.lot(&patient, "128").await;
    let paid = bench.pay(bill(&patient, "200")).await.expect("it is paid");
    let refund = bench.refund(&paid.payment_id, "10").await.expect("a refund");
    let to = |refund: &wire::Refund| -> Vec<_> {
        refund.legs.iter().map(|leg| (leg.destination(), leg.amount.clone())).collect()
    };
    assert_eq!(
        to(&refund),
        [
            (wire::RefundDestination::Cash, "8.00".to_owned()),
            (wire::RefundDestination::Lot, "2.00".to_owned())
        ]
    );
    let lots = bench.lots(&patient).await;
    assert_eq!((lots[0].spent.as_str(), lots[0].remaining.as_str()), ("126.00", "2.00"));
    let revoked = bench.apply([revoke(&lot)]).await;
    assert_eq!(done(&revoked[0]).map(|done| (done.1, done.2)), Some(("126.00", "0.00")));
    let request = refunding(&paid.payment_id, "190");
    let reply = bench.payments().refund_payment(under(&till(), request.clone())).await.expect("a refund");
    let all = reply.into_inner().refund.expect("a refund");
    assert_eq!(
        to(&all),
        [
            (wire::RefundDestination::SharerAccount, "126.00".to_owned()),
            (wire::RefundDestination::OwnAccount, "64.00".to_owned())
        ]
    );
    assert_eq!(all.payment_state(), wire::PaymentState::Refunded);
    let lots = bench.lots(&patient).await;
    assert_eq!((lots[0].spent.as_str(), lots[0].state()), ("0.00", wire::LotState::Returned));
    let again = bench.payments().refund_payment(under(&till(), request)).await.expect("a repeat");
    assert_eq!(again.into_inner().refund.expect("a refund"), all);
    let more = bench.refund(&paid.payment_id, "0.01").await.expect_err("nothing is left");
    assert_eq!(reason(&more), "REFUND_EXCEEDS_PAYMENT");
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn a_reversal_that_comes_first_is_remembered_and_the_late_payment_is_refused() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Resident).await;
    bench.lot(&patient, "128").await;
    let request = bill(&patient, "100");
    let reverse = reversing(&request.payment_id);
    for _ in 0..2 {
        let reply =
            bench.payments().reverse_payment(under(&till(), reverse.clone())).await.expect("remembered");
        assert_eq!(reply.into_inner().payment, None);
    }
    for _ in 0..2 {
        let late = bench.pay(request.clone()).await.expect_err("it was reversed");
        assert_eq!((late.code(), reason(&late).as_str()), (Code::FailedPrecondition, "UNDONE_BEFORE"));
    }
    assert_eq!(bench.wallet_now(&patient).await.quota_amount, "128.00");
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn a_reversal_gives_everything_back_and_belongs_to_who_was_paid() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Resident).await;
    bench.lot(&patient, "128").await;
    let paid = bench.pay(bill(&patient, "100")).await.expect("it is paid");
    let other =
        wire::ReversePaymentRequest { institution_code: HOSPITAL.to_owned(), ..reversing(&paid.payment_id) };
    let theirs = format!("institution:{HOSPITAL}");
    let refused =
        bench.payments().reverse_payment(under(&theirs, other)).await.expect_err("another institution");
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::PermissionDenied, "OUT_OF_SCOPE"));
    let serial =
        wire::ReversePaymentRequest { institution_serial: "S2".to_owned(), ..reversing(&paid.payment_id) };
    let refused = bench.payments().reverse_payment(under(&till(), serial)).await.expect_err("another serial");
    assert_eq!(reason(&refused), "OUT_OF_SCOPE");
    let reply = bench.payments().reverse_payment(under(&till(), reversing(&paid.payment_id))).await;
    let reversed = reply.expect("it is reversed").into_inner().payment.expect("a payment");
    assert_eq!(
        (reversed.state(), reversed.refunded_amount.as_str()),
        (wire::PaymentState::Reversed, "100.00")
    );
    assert_eq!(bench.wallet_now(&patient).await.quota_amount, "128.00");
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn a_serial_sent_again_under_a_new_id_is_not_charged_until_the_first_is_reversed() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Resident).await;
    bench.lot(&patient, "128").await;
    let first = bill(&patient, "100");
    let paid = bench.pay(first.clone()).await.expect("it is paid");
    let again = || wire::PayRequest { payment_id: id(), ..first.clone() };
    let second = again();
    for _ in 0..2 {
        let refused = bench.pay(second.clone()).await.expect_err("the serial names the first payment");
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "SERIAL_REUSED"));
    }
    assert_eq!(bench.wallet_now(&patient).await.quota_amount, "28.00");
    let reverse = reversing(&paid.payment_id);
    bench.payments().reverse_payment(under(&till(), reverse)).await.expect("it is reversed");
    assert_eq!(reason(&bench.pay(second).await.expect_err("refused for ever")), "SERIAL_REUSED");
    let (one, other) = (again(), again());
    let (one, other) = tokio::join!(bench.pay(one), bench.pay(other));
    let refused = [&one, &other].into_iter().find_map(|answer| answer.as_ref().err()).expect("one of them");
    assert_eq!(reason(refused), "SERIAL_REUSED");
    assert!(one.is_ok() || other.is_ok());
    assert_eq!(bench.wallet_now(&patient).await.quota_amount, "28.00");
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn what_may_not_be_paid_says_why_and_burns_the_id() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Resident).await;
    let elsewhere = bench.person(Scheme::Resident, "510100").await;
    bench.lot(&patient, "128").await;
    let change = |patient: &str, with: &dyn Fn(&mut wire::PayRequest)| {
        let mut request = bill(patient, "100");
        with(&mut request);
        request
    };
    let unknown = "P32010299999";
    let cases: Vec<(wire::PayRequest, &str)> = vec![
        (change(&id(), &|_| {}), "PERSON_UNKNOWN"),
        (change(&elsewhere, &|_| {}), "WRONG_BOOK"),
        (change(&patient, &|pay| draft(pay).institution_code = unknown.to_owned()), "INSTITUTION_UNKNOWN"),
        (change(&patient, &|pay| draft(pay).institution_code = OUTSIDE.to_owned()), "OUTSIDE_PLACE_OF_USE"),
        (
            change(&patient, &|pay| draft(pay).category = wire::Category::LtcPremium.into()),
            "CATEGORY_NOT_ALLOWED",
        ),
        (
            change(&patient, &|pay| draft(pay).cost.as_mut().expect("a cost").fund_amount = "1".to_owned()),
            "AMOUNTS_DO_NOT_ADD_UP",
        ),
        (
            change(&patient, &|pay| {
                draft(pay).cost.as_mut().expect("a cost").eligible_amount = "50".to_owned();
                pay.max_cash_amount = "49.99".to_owned();
            }),
            "SPLIT_CHANGED",
        ),
    ];
    for (request, expected) in cases {
        for _ in 0..2 {
            let refused = bench.pay(request.clone()).await.expect_err(expected);
            assert_eq!(reason(&refused), expected);
        }
    }
    let mut theirs = bill(&patient, "100");
    draft(&mut theirs).institution_code = HOSPITAL.to_owned();
    let refused = bench.payments().pay(under(&till(), theirs)).await.expect_err("another institution's code");
    assert_eq!(reason(&refused), "OUT_OF_SCOPE");
    assert_eq!(bench.wallet_now(&patient).await.quota_amount, "128.00");
}

#[tokio::test]
async fn payments_are_shown_to_their_parties_and_listed_newest_first() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Resident).await;
    bench.lot(&patient, "128").await;
    let mut with_lines = bill(&patient, "16");
    draft(&mut with_lines).catalogue_version = "2025".to_owned();
    draft(&mut with_lines).lines = vec![wire::Line {
        line_no: 1,
        category: wire::LineCategory::Drug.into(),
        catalogue_code: "XA01".to_owned(),
        quantity: "2.50".to_owned(),
        unit_price: "6.40".to_owned(),
        amount: "16".to_owned(),
        personal_amount: "16".to_owned(),
        trace_codes: vec!["81234567890123456789".to_owned()],
        ..wire::Line::default()
    }];
    let mut paid = vec![bench.pay(with_lines).await.expect("it is paid")];
    for amount in ["1", "2", "4"] {
        paid.push(bench.pay(bill(&patient, amount)).await.expect("it is paid"));
    }
    let get = |who: String, view: View| {
        let request = wire::GetPaymentRequest { payment_id: paid[0].payment_id.clone(), view: view.into() };
        let mut client = bench.payments();
        async move { client.get_payment(under(&who, request)).await.map(|reply| reply.into_inner().payment) }
    };
    let full = get(format!("citizen:{patient}"), View::Full).await.expect("the patient").expect("a payment");
    assert_eq!((full.lines.len(), full.lines[0].quantity.as_str()), (1, "2.5"));
    let sharer = full.legs[0].owner_person_id.clone();
    let shared = get(format!("citizen:{sharer}"), View::Full).await.expect("the sharer").expect("a payment");
    assert_eq!((shared.lines.len(), shared.legs.len(), shared.institution_code.as_str()), (0, 1, ""));
    assert_eq!(
        reason(&get(format!("citizen:{}", id()), View::Basic).await.expect_err("a stranger")),
        "OUT_OF_SCOPE"
    );
    assert_eq!(
        reason(&get(format!("institution:{HOSPITAL}"), View::Basic).await.expect_err("other")),
        "OUT_OF_SCOPE"
    );
    let unknown = wire::GetPaymentRequest { payment_id: id(), view: 0 };
    let unknown = bench.payments().get_payment(under("auditor", unknown)).await.expect_err("no payment");
    assert_eq!(reason(&unknown), "PAYMENT_UNKNOWN");

    use wire::list_payments_request::Party;
    let parties = [
        (format!("citizen:{patient}"), Party::PatientPersonId(patient.clone())),
        (format!("citizen:{sharer}"), Party::SharerPersonId(sharer)),
        (till(), Party::InstitutionCode(PHARMACY.to_owned())),
    ];
    for (who, party) in parties {
        let mut token = String::new();
        let mut listed = Vec::new();
        loop {
            let request = wire::ListPaymentsRequest {
                party: Some(party.clone()),
                page_size: 3,
                page_token: token,
                ..wire::ListPaymentsRequest::default()
            };
            let page =
                bench.payments().list_payments(under(&who, request)).await.expect("a page").into_inner();
            listed.extend(page.payments.into_iter().map(|payment| payment.payment_id));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        let newest_first: Vec<String> = paid.iter().rev().map(|payment| payment.payment_id.clone()).collect();
        assert_eq!(listed, newest_first, "{who}");
    }
}

#[tokio::test]
async fn entries_are_walked_newest_first_page_by_page_with_causes() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Employee).await;
    bench.credit(&patient, "64").await;
    bench.lot(&patient, "128").await;
    bench.clock.shift_to(bench.clock.now() + time::Duration::days(1)).expect("forwards");
    let paid = bench.pay(bill(&patient, "100")).await.expect("it is paid");
    bench.refund(&paid.payment_id, "40").await.expect("a refund");
    let list =
        |size: i32, token: String, from: &'static str, to: &'static str, account: wire::AccountKind| {
            let request = wire::ListEntriesRequest {
                person_id: patient.clone(),
                account: account.into(),
                from_day: from.to_owned(),
                to_day: to.to_owned(),
                page_size: size,
                page_token: token,
            };
            let (who, mut client) = (format!("citizen:{patient}"), bench.wallets());
            async move { client.list_entries(under(&who, request)).await.expect("entries").into_inner() }
        };
    let all = wire::AccountKind::Unspecified;
    let whole = list(50, String::new(), "", "", all).await;
    let amounts: Vec<_> =
        whole.entries.iter().map(|entry| (entry.net_amount.as_str(), entry.balance_after.as_str())).collect();
    assert_eq!(
        amounts,
        [
            ("4.00", "4.00"),
            ("36.00", "128.00"),
            ("-36.00", "92.00"),
            ("-64.00", "0.00"),
            ("128.00", "128.00"),
            ("64.00", "64.00")
        ]
    );
    assert!(whole.entries.iter().all(|entry| entry.cause.is_some()));
    let mut paged = Vec::new();
    let mut token = String::new();
    loop {
        let page = list(1, token, "", "", all).await;
        assert!(page.entries.len() <= 1);
        paged.extend(page.entries);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, whole.entries);
    let first_day = list(50, String::new(), "2026-03-02", "2026-03-02", all).await;
    assert_eq!(first_day.entries, whole.entries[4..]);
    let second_day = list(50, String::new(), "2026-03-03", "", all).await;
    assert_eq!(second_day.entries, whole.entries[..4]);
    let lots = list(50, String::new(), "", "", wire::AccountKind::Lot).await;
    assert_eq!(lots.entries.len(), 3);
}
