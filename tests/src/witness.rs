//! A caller who writes down what was asked and what was answered, so that the checker can judge whether it was true.
//!
//! An [`Order`] is a whole request: asked again it is the same to the byte, under the same id. The witness repeats
//! nothing by itself.

mod order;

use std::time::Duration;

use checker::history::{Operation, Process, Reply, fen};
use proto::{
    settlement::{Transfer, transfer_service_client::TransferServiceClient},
    wallet::{
        Payment, PersonalAccount, Refund, payment_service_client::PaymentServiceClient,
        wallet_service_client::WalletServiceClient,
    },
};
use testkit::desk::{Desk, under};
use tonic::{Request, Status, transport::Channel};
use uuid::Uuid;

pub use self::order::{Bought, Order};
use crate::{answer::reason, witness::order::Wanted};

/// Who asks, and writes it down.
#[derive(Clone)]
pub struct Witness {
    process: Process,
    settlement: Channel,
    desk: Desk,
}

impl Witness {
    /// Writes as this process of a history. Asks settlement over its channel, and the books over those of the desk.
    pub const fn new(process: Process, settlement: Channel, desk: Desk) -> Self {
        Self { process, settlement, desk }
    }

    /// Asks once and writes down how it ended; abandoned, it is written down as unknown.
    ///
    /// # Errors
    /// The status, as it came.
    pub async fn ask(&self, order: &Order) -> Result<Reply, Status> {
        self.ask_within(order, Duration::from_secs(8)).await
    }

    /// As [`Self::ask`], with a deadline.
    ///
    /// # Errors
    /// The status, as it came.
    pub async fn ask_within(&self, order: &Order, deadline: Duration) -> Result<Reply, Status> {
        let underway = self.process.begin(order.operation(), order.key, &order.bytes(), order.asked());
        match self.send(order, deadline).await {
            Ok(reply) => {
                underway.answered(reply.clone());
                Ok(reply)
            }
            Err(status) => {
                underway.failed(status.code().into(), &reason(&status));
                Err(status)
            }
        }
    }

    async fn send(&self, order: &Order, deadline: Duration) -> Result<Reply, Status> {
        let mut transfers = TransferServiceClient::new(self.settlement.clone());
        match &order.wanted {
            Wanted::Transfer(request) => {
                let reply = transfers.create_transfer(order.request(request, deadline)).await?.into_inner();
                of_transfer(reply.transfer)
            }
            Wanted::Claim(request) => {
                let reply = transfers.claim_transfer(order.request(request, deadline)).await?.into_inner();
                of_transfer(reply.transfer)
            }
            Wanted::Decline(request) => {
                let reply = transfers.decline_transfer(order.request(request, deadline)).await?.into_inner();
                of_transfer(reply.transfer)
            }
            Wanted::Payment(request) => {
                let mut book = PaymentServiceClient::new(self.book(order)?);
                let reply = book.pay(order.request(request.as_ref(), deadline)).await?.into_inner();
                of_payment(reply.payment.ok_or_else(nothing)?)
            }
            Wanted::Refund(request) => {
                let mut book = PaymentServiceClient::new(self.book(order)?);
                let reply = book.refund_payment(order.request(request, deadline)).await?.into_inner();
                of_refund(&reply.refund.ok_or_else(nothing)?)
            }
            Wanted::Reversal(request) => {
                let mut book = PaymentServiceClient::new(self.book(order)?);
                let reply = book.reverse_payment(order.request(request, deadline)).await?.into_inner();
                // A payment that was never seen is not shown.
                reply.payment.map_or_else(|| Ok(Reply::default()), of_payment)
            }
            Wanted::Credit(request) => {
                let mut book = WalletServiceClient::new(self.book(order)?);
                let reply = book.credit_personal_account(order.request(request, deadline)).await?;
                of_account(order.key, &reply.into_inner().account.ok_or_else(nothing)?)
            }
        }
    }

    fn book(&self, order: &Order) -> Result<Channel, Status> {
        self.desk.wallet(order.pool).map_err(|error| Status::not_found(error.to_string()))
    }
}

impl Order {
    fn request<T: Clone + 'static>(&self, message: &T, deadline: Duration) -> Request<T> {
        let mut request = under(&self.credential, message.clone());
        request.set_timeout(deadline);
        request
    }

    /// What is asked for.
    pub const fn operation(&self) -> Operation {
        match &self.wanted {
            Wanted::Transfer(_) => Operation::Transfer,
            Wanted::Claim(_) => Operation::Claim,
            Wanted::Decline(_) => Operation::Decline,
            Wanted::Payment(_) => Operation::Payment,
            Wanted::Refund(_) => Operation::Refund,
            Wanted::Reversal(_) => Operation::Reversal,
            Wanted::Credit(_) => Operation::Credit,
        }
    }
}

/// A reply without its content: nothing is known from it.
fn nothing() -> Status {
    Status::internal("the reply is empty")
}

fn uuid(text: &str) -> Result<Uuid, Status> {
    text.parse().map_err(|_| Status::internal(format!("{text:?} is no id")))
}

/// An amount that a reply must show.
fn amount(text: &str) -> Result<Option<i64>, Status> {
    fen(text).map(Some).ok_or_else(|| Status::internal(format!("{text:?} is no amount")))
}

fn word(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_owned()
}

fn of_transfer(transfer: Option<Transfer>) -> Result<Reply, Status> {
    let transfer = transfer.ok_or_else(nothing)?;
    Ok(Reply {
        id: uuid(&transfer.transfer_id)?,
        amount: amount(&transfer.amount)?,
        state: word(transfer.state().as_str_name(), "TRANSFER_STATE_"),
        ..Reply::default()
    })
}

fn of_payment(payment: Payment) -> Result<Reply, Status> {
    let state = word(payment.state().as_str_name(), "PAYMENT_STATE_");
    let (cost, split) = (payment.cost.ok_or_else(nothing)?, payment.split.ok_or_else(nothing)?);
    Ok(Reply {
        id: uuid(&payment.payment_id)?,
        amount: amount(&cost.personal_amount)?,
        state,
        sequence: Some(payment.sequence),
        own: amount(&split.account_amount)?,
        shared: amount(&split.shared_amount)?,
        cash: amount(&split.cash_amount)?,
        refunded: amount(&payment.refunded_amount)?,
        available: amount(&payment.account_available_after)?,
    })
}

fn of_refund(refund: &Refund) -> Result<Reply, Status> {
    Ok(Reply {
        id: uuid(&refund.refund_id)?,
        amount: amount(&refund.personal_amount)?,
        state: word(refund.payment_state().as_str_name(), "PAYMENT_STATE_"),
        ..Reply::default()
    })
}

fn of_account(credit: Uuid, account: &PersonalAccount) -> Result<Reply, Status> {
    let pots = amount(&account.prior_year)?.zip(amount(&account.current_year)?);
    Ok(Reply { id: credit, available: pots.map(|(prior, current)| prior + current), ..Reply::default() })
}
