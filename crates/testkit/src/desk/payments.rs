//! Institutions, payments and what undoes them.

use std::time::Duration;

use anyhow::{Result, bail};
use proto::{
    settlement::institution_service_client::InstitutionServiceClient,
    wallet::{
        BatchPayRequest, Category, Payment, PaymentResult, Refund,
        payment_service_client::PaymentServiceClient,
    },
};
use standards::Pool;
use time::OffsetDateTime;
use tonic::{Status, transport::Channel};

use super::{Desk, Party, agency, institution, is_news, requests, under};
use crate::people::id;

/// What is to be paid, and where.
#[derive(Clone, Debug)]
pub struct Bill {
    /// `H…` or `P…`.
    pub institution: String,
    /// The personal part, all of it eligible.
    pub amount: String,
    /// Hospitals bill OUTPATIENT, pharmacies PHARMACY.
    pub category: Category,
    /// When the service was given.
    pub at: OffsetDateTime,
}

impl Desk {
    /// Puts an institution of a pool into the directory, designated since 2020.
    pub async fn put_institution(&self, code: &str, name: &str, pool: Pool) -> Result<(), Status> {
        let request = requests::designation(&id(), code, name, pool);
        let mut directory = InstitutionServiceClient::new(self.settlement.clone());
        directory.put_institution(under(&agency(pool.province()), request)).await.map(|_| ())
    }

    /// Pays a bill for a patient, own money first, then shared quota, then cash. The patient shows a card, or the code
    /// if this desk verifies people.
    pub async fn pay(&self, payment_id: &str, patient: &Party, bill: &Bill) -> Result<Payment, Status> {
        let mut request = requests::payment(payment_id, patient, bill);
        if let (Some(token), Some(draft)) = (self.code_of(patient).await?, &mut request.draft) {
            draft.credential = Some(requests::code(&token));
        }
        let request = under(&institution(&bill.institution), request);
        let reply = self.payments_at(patient.pool)?.pay(request).await?.into_inner();
        reply.payment.ok_or_else(|| Status::internal("no payment in the reply"))
    }

    /// Pays the same bill for each of some patients of one pool in one call; what became of each, in their order.
    pub async fn pay_all(&self, patients: &[&Party], bill: &Bill) -> Result<Vec<PaymentResult>, Status> {
        let Some(first) = patients.first() else { return Ok(vec![]) };
        let requests = patients.iter().map(|patient| requests::payment(&id(), patient, bill));
        let request = BatchPayRequest { requests: requests.collect() };
        let request = under(&institution(&bill.institution), request);
        Ok(self.payments_at(first.pool)?.batch_pay(request).await?.into_inner().results)
    }

    /// Pays as soon as the patient's book has heard of the institution and the patient: an id that was refused
    /// for want of that is not used again.
    pub async fn pay_when_known(&self, patient: &Party, bill: &Bill) -> Result<Payment> {
        for _ in 0..400 {
            match self.pay(&id(), patient, bill).await {
                Ok(payment) => return Ok(payment),
                Err(status) if is_news(&status) => tokio::time::sleep(Duration::from_millis(25)).await,
                Err(status) => return Err(status.into()),
            }
        }
        bail!("the book of {} never heard of {} or of the patient", patient.pool, bill.institution)
    }

    /// Refunds a part of a payment for returned goods.
    pub async fn refund(&self, payment: &Payment, amount: &str, patient: &Party) -> Result<Refund, Status> {
        let request = requests::refund(&id(), &payment.payment_id, &payment.institution_code, amount);
        let request = under(&institution(&payment.institution_code), request);
        let reply = self.payments_at(patient.pool)?.refund_payment(request).await?.into_inner();
        reply.refund.ok_or_else(|| Status::internal("no refund in the reply"))
    }

    /// Reverses a payment whose answer was lost.
    pub async fn reverse(
        &self,
        payment_id: &str,
        serial: &str,
        at: &str,
        pool: Pool,
    ) -> Result<Option<Payment>, Status> {
        let request = requests::reversal(&id(), payment_id, at, serial);
        let reply = self.payments_at(pool)?.reverse_payment(under(&institution(at), request)).await?;
        Ok(reply.into_inner().payment)
    }

    fn payments_at(&self, pool: Pool) -> Result<PaymentServiceClient<Channel>, Status> {
        let channel = self.wallet(pool).map_err(|error| Status::not_found(error.to_string()))?;
        Ok(PaymentServiceClient::new(channel))
    }
}
