//! What tests ask for: requests that are right in every field, and short readings of the answers.

use chassis::status;
use proto::{
    common::{Channel as Where, Programme},
    wallet as wire,
};
use testkit::people::id;
use tonic::Status;

use crate::bench::PHARMACY;

pub(crate) type Command = wire::book_command::Command;

pub(crate) fn till() -> String {
    format!("institution:{PHARMACY}")
}

pub(crate) fn opening(person: &str) -> wire::OpenWalletRequest {
    wire::OpenWalletRequest {
        wallet_id: id(),
        person_id: person.to_owned(),
        place_of_use: "320100".to_owned(),
        mobile: "13812345678".to_owned(),
        terms: Some(wire::Terms { text_version: "2026-01".to_owned(), text_sha256: "ab".repeat(32) }),
        auto_claim: false,
        channel: Where::NationalApp.into(),
        assertion: String::new(),
    }
}

pub(crate) fn crediting(person: &str, amount: &str) -> wire::CreditPersonalAccountRequest {
    wire::CreditPersonalAccountRequest {
        credit_id: id(),
        person_id: person.to_owned(),
        pooling_area: "320100".to_owned(),
        month: "2026-02".to_owned(),
        amount: amount.to_owned(),
        kind: wire::CreditKind::Contribution.into(),
        reference: String::new(),
    }
}

pub(crate) fn grant(transfer: &str, person: &str, amount: &str) -> Command {
    Command::Grant(wire::GrantCommand {
        transfer_id: transfer.to_owned(),
        hop: 0,
        beneficiary_person_id: person.to_owned(),
        sharer_person_id: "01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7e".to_owned(),
        bond_id: "01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7f".to_owned(),
        origin_pooling_area: "510100".to_owned(),
        amount: amount.to_owned(),
        auto_claim: false,
        earmark: None,
    })
}

pub(crate) fn claim(transfer: &str) -> Command {
    Command::Claim(wire::ClaimCommand {
        transfer_id: transfer.to_owned(),
        hop: 0,
        request_id: id(),
        assertion: String::new(),
    })
}

pub(crate) fn earmark(transfer: &str, sharer: &str, amount: &str) -> Command {
    Command::Earmark(wire::EarmarkCommand {
        transfer_id: transfer.to_owned(),
        sharer_person_id: sharer.to_owned(),
        sharer_pooling_area: "320100".to_owned(),
        beneficiary_person_id: "01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7e".to_owned(),
        beneficiary_place_of_use: "510100".to_owned(),
        bond_id: "01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7f".to_owned(),
        programme: Programme::Wallet.into(),
        amount: amount.to_owned(),
        min_left: String::new(),
        year_total: String::new(),
        civil_day: "2026-03-02".to_owned(),
        assertion: String::new(),
    })
}

pub(crate) fn give_back(transfer: &str) -> Command {
    Command::Return(wire::ReturnCommand { transfer_id: transfer.to_owned(), hop: 0 })
}

pub(crate) fn revoke(transfer: &str) -> Command {
    let cause = wire::RevokeCause::BondDissolved.into();
    Command::Revoke(wire::RevokeCommand { transfer_id: transfer.to_owned(), hop: 0, cause })
}

pub(crate) fn draw_down(transfer: &str, at: i64, consumed: &str, state: wire::HopState) -> Command {
    Command::DrawDown(wire::DrawDownCommand {
        transfer_id: transfer.to_owned(),
        hop: 0,
        at_sequence: at,
        consumed: consumed.to_owned(),
        state: state.into(),
    })
}

/// A payment of `amount` at the pharmacy, all of it the patient's and eligible.
pub(crate) fn bill(patient: &str, amount: &str) -> wire::PayRequest {
    let payment_id = id();
    let institution_serial = serial(&payment_id);
    wire::PayRequest {
        payment_id,
        draft: Some(wire::PaymentDraft {
            patient_person_id: patient.to_owned(),
            credential: Some(testkit::desk::requests::card()),
            institution_code: PHARMACY.to_owned(),
            visit_id: "V1".to_owned(),
            institution_serial,
            med_type: "41".to_owned(),
            category: wire::Category::Pharmacy.into(),
            channel: wire::PaymentChannel::Counter.into(),
            service_time: Some(prost_types::Timestamp { seconds: 1_772_416_800, nanos: 0 }),
            insured_pooling_area: "320100".to_owned(),
            cost: Some(wire::Cost {
                total_amount: amount.to_owned(),
                fund_amount: "0".to_owned(),
                institution_amount: "0".to_owned(),
                personal_amount: amount.to_owned(),
                eligible_amount: amount.to_owned(),
            }),
            ..wire::PaymentDraft::default()
        }),
        max_cash_amount: String::new(),
    }
}

/// The institution's own number of a payment.
fn serial(payment: &str) -> String {
    format!("S-{payment}")
}

pub(crate) fn refunding(payment: &str, amount: &str) -> wire::RefundPaymentRequest {
    wire::RefundPaymentRequest {
        refund_id: id(),
        payment_id: payment.to_owned(),
        institution_code: PHARMACY.to_owned(),
        kind: wire::RefundKind::GoodsReturned.into(),
        personal_amount: amount.to_owned(),
        ..wire::RefundPaymentRequest::default()
    }
}

pub(crate) fn reversing(payment: &str) -> wire::ReversePaymentRequest {
    wire::ReversePaymentRequest {
        request_id: id(),
        payment_id: payment.to_owned(),
        institution_code: PHARMACY.to_owned(),
        institution_serial: serial(payment),
    }
}

/// What was done: record, consumed, balance.
pub(crate) fn done(outcome: &wire::BookOutcome) -> Option<(i64, &str, &str)> {
    match outcome.outcome.as_ref()? {
        wire::book_outcome::Outcome::Done(done) => Some((done.sequence, &done.consumed, &done.balance_after)),
        _ => None,
    }
}

/// The legs of a payment as kind and amount.
pub(crate) fn legs(payment: &wire::Payment) -> Vec<(wire::LegKind, &str)> {
    payment.legs.iter().map(|leg| (leg.kind(), leg.amount.as_str())).collect()
}

/// The reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    status::reason(status).unwrap_or_else(|| panic!("not a refusal of ours: {status:?}"))
}
