//! The requests of the desk, for whoever sends them: the same ids and figures give the same bytes, so that a repeat
//! asks the same.

mod persons;

use proto::{
    common::{Channel as Way, Programme},
    settlement::{
        ClaimTransferRequest, CreateTransferRequest, DeclineTransferRequest, InstitutionKind,
        PutInstitutionRequest, Source, create_transfer_request::Target,
    },
    wallet::{
        Category, Cost, Credential, CredentialType, CreditKind, CreditPersonalAccountRequest, PayRequest,
        PaymentChannel, PaymentDraft, RefundKind, RefundPaymentRequest, ReversePaymentRequest, SharedWanted,
    },
};
use standards::Pool;

pub use self::persons::{
    acceptance, activation, enrolment, freeze, proposal, registration, rejection, unfreeze, wallet,
};
use super::{Bill, Party};

/// 转账 from the sharer's account, under the transfer's id.
pub fn transfer(transfer_id: &str, bond: &str, to: &Party, amount: &str) -> CreateTransferRequest {
    CreateTransferRequest {
        transfer_id: transfer_id.to_owned(),
        programme: Programme::Wallet.into(),
        bond_id: bond.to_owned(),
        amount: amount.to_owned(),
        source: Source::PersonalAccount.into(),
        channel: Way::NationalApp.into(),
        target: Some(Target::BeneficiaryPersonId(to.person.clone())),
        ..Default::default()
    }
}

/// 接收.
pub fn claim(request_id: &str, transfer_id: &str) -> ClaimTransferRequest {
    let (request_id, transfer_id) = (request_id.to_owned(), transfer_id.to_owned());
    ClaimTransferRequest { request_id, transfer_id, ..Default::default() }
}

/// 拒收.
pub fn decline(request_id: &str, transfer_id: &str) -> DeclineTransferRequest {
    let (request_id, transfer_id) = (request_id.to_owned(), transfer_id.to_owned());
    DeclineTransferRequest { request_id, transfer_id, ..Default::default() }
}

/// 社会保障卡 that the institution read.
pub fn card() -> Credential {
    let card_reference = "card-1".to_owned();
    Credential { r#type: CredentialType::SocialCard.into(), token: String::new(), card_reference }
}

/// 医保码 that a person's app showed.
pub fn code(token: &str) -> Credential {
    let token = token.to_owned();
    Credential { r#type: CredentialType::MedicalCode.into(), token, card_reference: String::new() }
}

/// 结算 of a bill, with the patient's card; its serial follows from the payment's id.
pub fn payment(payment_id: &str, patient: &Party, bill: &Bill) -> PayRequest {
    let draft = PaymentDraft {
        patient_person_id: patient.person.clone(),
        credential: Some(card()),
        institution_code: bill.institution.clone(),
        visit_id: payment_id.to_owned(),
        institution_serial: serial(payment_id),
        med_type: if bill.category == Category::Pharmacy { "41" } else { "11" }.to_owned(),
        category: bill.category.into(),
        channel: PaymentChannel::Counter.into(),
        service_time: Some(prost_types::Timestamp { seconds: bill.at.unix_timestamp(), nanos: 0 }),
        insured_pooling_area: patient.pool.to_string(),
        catalogue_version: "2025".to_owned(),
        cost: Some(personal(&bill.amount)),
        shared_wanted: SharedWanted::All.into(),
        ..Default::default()
    };
    PayRequest { payment_id: payment_id.to_owned(), draft: Some(draft), max_cash_amount: String::new() }
}

/// The serial that the institution gives a payment.
pub fn serial(payment_id: &str) -> String {
    payment_id.replace('-', "")
}

/// 退费 of a part of a payment for returned goods.
pub fn refund(refund_id: &str, payment_id: &str, institution: &str, amount: &str) -> RefundPaymentRequest {
    RefundPaymentRequest {
        refund_id: refund_id.to_owned(),
        payment_id: payment_id.to_owned(),
        institution_code: institution.to_owned(),
        kind: RefundKind::GoodsReturned.into(),
        personal_amount: amount.to_owned(),
        refunded_cost: Some(personal(amount)),
        returned_trace_codes: vec![],
    }
}

/// 冲正 of a payment whose answer was lost.
pub fn reversal(
    request_id: &str,
    payment_id: &str,
    institution: &str,
    serial: &str,
) -> ReversePaymentRequest {
    ReversePaymentRequest {
        request_id: request_id.to_owned(),
        payment_id: payment_id.to_owned(),
        institution_code: institution.to_owned(),
        institution_serial: serial.to_owned(),
    }
}

/// 入账 of a month's contribution.
pub fn credit(credit_id: &str, party: &Party, amount: &str, month: &str) -> CreditPersonalAccountRequest {
    CreditPersonalAccountRequest {
        credit_id: credit_id.to_owned(),
        person_id: party.person.clone(),
        pooling_area: party.pool.to_string(),
        month: month.to_owned(),
        amount: amount.to_owned(),
        kind: CreditKind::Contribution.into(),
        reference: "contribution".to_owned(),
    }
}

/// 定点医药机构 of a pool in the directory: a hospital or, by its code, a pharmacy.
pub fn designation(request_id: &str, code: &str, name: &str, pool: Pool) -> PutInstitutionRequest {
    let kind = if code.starts_with('H') { InstitutionKind::Hospital } else { InstitutionKind::Pharmacy };
    PutInstitutionRequest {
        request_id: request_id.to_owned(),
        institution_code: code.to_owned(),
        name: name.to_owned(),
        pooling_area: pool.to_string(),
        kind: kind.into(),
        wallet_supported: true,
        designated_from: "2020-01-01".to_owned(),
        ..Default::default()
    }
}

/// All of it personal, and all of that eligible.
fn personal(amount: &str) -> Cost {
    Cost {
        total_amount: amount.to_owned(),
        fund_amount: "0".to_owned(),
        institution_amount: "0".to_owned(),
        personal_amount: amount.to_owned(),
        eligible_amount: amount.to_owned(),
    }
}
