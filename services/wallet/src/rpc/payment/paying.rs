//! Paying: one request or many, decided alike, in one turn of the writer, and answered in their order.
//!
//! What refuses one payment never touches another, and one payment is a batch of one.

use std::collections::BTreeMap;

use chassis::{access::Caller, batch::Lane, failure, serve::Deadline, status::Refusal};
use ledger::{Outcome as BookOutcome, outcome::Done};
use proto::wallet as wire;
use standards::PaymentId;
use time::OffsetDateTime;
use tonic::Status;

use super::Payments;
use crate::{
    command::{Command, Pay},
    convert::{
        payment::Offered,
        receipt::{self, PaymentNow, Shown},
    },
    facts::Known,
    rpc::answered,
    shared::Decided,
};

/// What became of one payment. Whether it happened is unknown after INTERNAL only.
pub(super) type Paid = Result<wire::Payment, Refusal>;

impl Payments {
    /// Has payments decided, each as if it had come alone. Fails as a whole only if none of them was taken, or if
    /// what they became cannot be read.
    pub(super) async fn pay_all(
        &self,
        caller: &Caller,
        lane: Lane,
        (arrived, deadline): (OffsetDateTime, Deadline),
        offered: Vec<Offered>,
    ) -> Result<Vec<Paid>, Status> {
        let within = |one: Offered| caller.holds_institution(one.pay.institution).map(|()| one);
        let offered = offered.into_iter().map(within).collect();
        let asked = self.identified(caller, (arrived, deadline), offered).await?;
        let commands: Vec<_> = asked.iter().flatten().map(|pay| move |known| command(pay, known)).collect();
        let decided = self.0.decide_all_on_facts(lane, deadline, arrived, None, &commands).await?;
        let mut decided = decided.into_iter();
        let told: Vec<Result<Option<PaymentNow>, Refusal>> = asked
            .iter()
            .map(|pay| {
                let pay = pay.as_ref().map_err(Refusal::clone)?;
                fresh(pay, decided.next().ok_or_else(|| failure::broken("a payment was not answered"))??)
            })
            .collect();
        let earlier = self.earlier(&asked, &told).await?;
        let shown = asked.into_iter().zip(told).map(|(pay, told)| {
            let (pay, told) = (pay?, told?);
            let now = told.as_ref().or_else(|| earlier.get(&pay.payment));
            let now = now.ok_or_else(|| failure::broken("a payment that was answered is not there"))?;
            Ok(receipt::payment(self.0.book, now, Shown::Basic))
        });
        Ok(shown.collect())
    }

    /// Those that were not decided just now, as they are now.
    async fn earlier(
        &self,
        asked: &[Result<Pay, Refusal>],
        told: &[Result<Option<PaymentNow>, Refusal>],
    ) -> Result<BTreeMap<PaymentId, PaymentNow>, Status> {
        let earlier = asked.iter().zip(told).filter(|(_, told)| matches!(told, Ok(None)));
        let ids: Vec<PaymentId> =
            earlier.filter_map(|(pay, _)| pay.as_ref().ok()).map(|pay| pay.payment).collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        Ok(self.payments(&ids).await?.into_iter().map(|now| (now.pay.payment, now)).collect())
    }
}

fn command(pay: &Pay, known: Known) -> Command {
    let mut pay = Box::new(pay.clone());
    pay.known = known;
    Command::Pay(pay)
}

/// A payment that was decided now is as it was decided; none for an earlier one, which may have been refunded
/// since.
fn fresh(pay: &Pay, decided: Decided) -> Result<Option<PaymentNow>, Refusal> {
    let available_after = decided.outcome.available_after();
    let record = decided.sequence.zip(decided.now);
    Ok(match (answered(decided.outcome)?, record) {
        (BookOutcome::Done(Done::Payment(moved)), Some((sequence, at))) => {
            PaymentNow::fresh(pay, &moved, available_after, sequence, at)
        }
        _ => None,
    })
}
