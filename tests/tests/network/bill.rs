//! What is paid in a life, and what undoes it.

use anyhow::{Context, Result, ensure};
use proto::wallet::{PayRequest, payment_service_client::PaymentServiceClient};
use testkit::{
    desk::{Party, institution, requests},
    people::id,
};
use tonic::transport::Channel;

use super::{HOSPITAL, life::Life};

impl Life<'_> {
    /// A request to pay, the same each time it is sent.
    pub(crate) fn bill(self, patient: &Party, amount: &str) -> PayRequest {
        requests::payment(&id(), patient, &self.0.bill(HOSPITAL, amount))
    }

    pub(crate) fn payments(self, patient: &Party) -> Result<PaymentServiceClient<Channel>> {
        Ok(PaymentServiceClient::new(self.0.desk.wallet(patient.pool)?))
    }

    /// Takes a payment back whose answer the hospital may never have heard.
    pub(crate) async fn reverse(self, bill: &PayRequest, patient: &Party) -> Result<()> {
        let serial = bill.draft.clone().unwrap_or_default().institution_serial;
        let make = |request_id: String| requests::reversal(&request_id, &bill.payment_id, HOSPITAL, &serial);
        let book = self.payments(patient)?;
        let send = async |request| book.clone().reverse_payment(request).await;
        self.careful().insist("reversing", &institution(HOSPITAL), make, send).await.map(|_| ())
    }

    /// Pays 48.00, gets 8.00 of it back, and pays 4.00 that are reversed.
    pub(crate) async fn spend(self, patient: &Party) -> Result<()> {
        let (hospital, careful, book) = (institution(HOSPITAL), self.careful(), self.payments(patient)?);
        let bill = self.0.bill(HOSPITAL, "48.00");
        let make = |payment: String| requests::payment(&payment, patient, &bill);
        let pay = async |request| book.clone().pay(request).await;
        let paid =
            careful.insist("paying", &hospital, make, pay).await?.payment.context("a payment is made")?;
        ensure!(paid.split.clone().unwrap_or_default().shared_amount == "48.00", "{paid:?}");
        let make = |refund: String| requests::refund(&refund, &paid.payment_id, HOSPITAL, "8.00");
        let send = async |request| book.clone().refund_payment(request).await;
        careful.insist("refunding", &hospital, make, send).await?;
        let other = self.bill(patient, "4.00");
        careful.insist("paying", &hospital, |_| other.clone(), pay).await?;
        self.reverse(&other, patient).await
    }
}
