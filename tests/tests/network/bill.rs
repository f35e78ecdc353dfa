//! What is paid in a life, and what undoes it.

use anyhow::{Context, Result, ensure};
use proto::wallet::{
    Category, Cost, Credential, CredentialType, PayRequest, PaymentChannel, PaymentDraft, RefundKind,
    RefundPaymentRequest, ReversePaymentRequest, SharedWanted, payment_service_client::PaymentServiceClient,
};
use testkit::{
    desk::{Party, institution},
    people::id,
};

use super::{
    HOSPITAL,
    life::{Life, insist},
};

fn cost(amount: &str) -> Option<Cost> {
    let zero = || "0".to_owned();
    Some(Cost {
        total_amount: amount.to_owned(),
        fund_amount: zero(),
        institution_amount: zero(),
        personal_amount: amount.to_owned(),
        eligible_amount: amount.to_owned(),
    })
}

impl Life<'_> {
    /// A request to pay, the same each time it is sent.
    pub(crate) fn bill(self, patient: &Party, amount: &str) -> PayRequest {
        let at = self.0.cluster.civil_now() - time::Duration::seconds(2);
        let draft = PaymentDraft {
            patient_person_id: patient.person.clone(),
            credential: Some(Credential {
                r#type: CredentialType::MedicalCode.into(),
                token: "development".to_owned(),
                card_reference: String::new(),
            }),
            institution_code: HOSPITAL.to_owned(),
            visit_id: id(),
            institution_serial: id().replace('-', "")[..30].to_owned(),
            med_type: "11".to_owned(),
            category: Category::Outpatient.into(),
            channel: PaymentChannel::Counter.into(),
            service_time: Some(prost_types::Timestamp { seconds: at.unix_timestamp(), nanos: 0 }),
            insured_pooling_area: patient.pool.to_string(),
            catalogue_version: "2026".to_owned(),
            cost: cost(amount),
            shared_wanted: SharedWanted::All.into(),
            ..Default::default()
        };
        PayRequest { payment_id: id(), draft: Some(draft), max_cash_amount: String::new() }
    }

    pub(crate) fn payments(self, patient: &Party) -> PaymentServiceClient<tonic::transport::Channel> {
        PaymentServiceClient::new(self.book(patient.pool))
    }

    /// Takes a payment back whose answer the hospital may never have heard.
    pub(crate) async fn reverse(self, bill: &PayRequest, patient: &Party) -> Result<()> {
        let make = |request_id| ReversePaymentRequest {
            request_id,
            payment_id: bill.payment_id.clone(),
            institution_code: HOSPITAL.to_owned(),
            institution_serial: bill.draft.clone().unwrap_or_default().institution_serial,
        };
        let send = async |request| self.payments(patient).reverse_payment(request).await;
        insist("reversing", &institution(HOSPITAL), make, send).await.map(|_| ())
    }

    /// Pays 48.00, gets 8.00 of it back, and pays 4.00 that are reversed.
    pub(crate) async fn spend(self, patient: &Party) -> Result<()> {
        let hospital = institution(HOSPITAL);
        let bill = self.bill(patient, "48.00");
        let make = |payment_id| PayRequest { payment_id, ..bill.clone() };
        let send = async |request| self.payments(patient).pay(request).await;
        let paid = insist("paying", &hospital, make, send).await?.payment.context("a payment is made")?;
        ensure!(paid.split.clone().unwrap_or_default().shared_amount == "48.00", "{paid:?}");
        let make = |refund_id| RefundPaymentRequest {
            refund_id,
            payment_id: paid.payment_id.clone(),
            institution_code: HOSPITAL.to_owned(),
            kind: RefundKind::GoodsReturned.into(),
            personal_amount: "8.00".to_owned(),
            refunded_cost: cost("8.00"),
            returned_trace_codes: vec![],
        };
        let send = async |request| self.payments(patient).refund_payment(request).await;
        insist("refunding", &hospital, make, send).await?;
        let other = self.bill(patient, "4.00");
        let send = async |request| self.payments(patient).pay(request).await;
        insist("paying", &hospital, |_| other.clone(), send).await?;
        self.reverse(&other, patient).await
    }
}
