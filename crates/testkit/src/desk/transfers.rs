//! Transfers: created by the sharer, claimed or declined by the beneficiary, watched by both.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use proto::{
    common::{Operation, View},
    settlement::{
        CreateTransferRequest, GetTransferRequest, ListPositionsRequest, Position, PositionLevel, Transfer,
        TransferState, WatchTransferRequest, clearing_service_client::ClearingServiceClient,
        transfer_service_client::TransferServiceClient,
    },
};
use tonic::{Request, Status, transport::Channel};

use super::{Desk, Party, citizen, requests, under, verify::operation};
use crate::people::id;

fn transfer(reply: Option<Transfer>) -> Result<Transfer, Status> {
    reply.ok_or_else(|| Status::internal("no transfer in the reply"))
}

impl Desk {
    fn transfers(&self) -> TransferServiceClient<Channel> {
        TransferServiceClient::new(self.settlement.clone())
    }

    /// Sends quota under the transfer's id.
    pub async fn send(
        &self,
        transfer_id: &str,
        bond: &str,
        from: &Party,
        to: &Party,
        amount: &str,
    ) -> Result<Transfer, Status> {
        self.submit(self.agreed(transfer_id, bond, from, to, amount).await?).await
    }

    /// The transfer that the sharer has agreed to, ready to be sent.
    pub async fn agreed(
        &self,
        transfer_id: &str,
        bond: &str,
        from: &Party,
        to: &Party,
        amount: &str,
    ) -> Result<Request<CreateTransferRequest>, Status> {
        let mut request = requests::transfer(transfer_id, bond, to, amount);
        let operation = Operation {
            counterparty_person_id: to.person.clone(),
            amount: amount.to_owned(),
            ..operation("CreateTransfer", transfer_id, from)
        };
        request.assertion = self.agreement(operation).await?;
        Ok(under(&citizen(&from.person), request))
    }

    /// Sends a transfer that was agreed to.
    pub async fn submit(&self, agreed: Request<CreateTransferRequest>) -> Result<Transfer, Status> {
        transfer(self.transfers().create_transfer(agreed).await?.into_inner().transfer)
    }

    /// Claims a transfer under a request id.
    pub async fn claim(&self, request_id: &str, transfer_id: &str, by: &Party) -> Result<Transfer, Status> {
        let mut request = requests::claim(request_id, transfer_id);
        request.assertion = self.agreement(operation("ClaimTransfer", request_id, by)).await?;
        let reply = self.transfers().claim_transfer(under(&citizen(&by.person), request)).await?;
        transfer(reply.into_inner().transfer)
    }

    /// Declines a transfer.
    pub async fn decline(&self, transfer_id: &str, by: &Party) -> Result<Transfer, Status> {
        let mut request = requests::decline(&id(), transfer_id);
        request.assertion = self.agreement(operation("DeclineTransfer", &request.request_id, by)).await?;
        let reply = self.transfers().decline_transfer(under(&citizen(&by.person), request)).await?;
        transfer(reply.into_inner().transfer)
    }

    /// A transfer as one of its parties sees it now.
    pub async fn transfer(&self, transfer_id: &str, by: &Party) -> Result<Transfer, Status> {
        let request = GetTransferRequest { transfer_id: transfer_id.to_owned(), view: View::Full.into() };
        let reply = self.transfers().get_transfer(under(&citizen(&by.person), request)).await?;
        transfer(reply.into_inner().transfer)
    }

    /// Waits until a transfer is as wanted, woken by its changes; fails after `patience`.
    pub async fn until(
        &self,
        transfer_id: &str,
        by: &Party,
        patience: Duration,
        wanted: impl Fn(&Transfer) -> bool,
    ) -> Result<Transfer> {
        let mut last = None;
        let waiting = async {
            loop {
                let request = WatchTransferRequest { transfer_id: transfer_id.to_owned(), after_revision: 0 };
                let mut request = under(&citizen(&by.person), request);
                request.set_timeout(patience);
                let Ok(stream) = self.transfers().watch_transfer(request).await else {
                    // The service may be starting again; the outer patience bounds this.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let mut stream = stream.into_inner();
                while let Ok(Some(reply)) = stream.message().await {
                    last = reply.transfer;
                    if let Some(seen) = last.clone().filter(|seen| wanted(seen)) {
                        return seen;
                    }
                }
                if let Ok(seen) = self.transfer(transfer_id, by).await
                    && wanted(&seen)
                {
                    return seen;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        match tokio::time::timeout(patience, waiting).await {
            Ok(seen) => Ok(seen),
            Err(_) => {
                bail!("transfer {transfer_id} did not become as wanted in {patience:?}; last seen {last:?}")
            }
        }
    }

    /// Waits until a transfer is in a state.
    pub async fn until_state(&self, transfer_id: &str, by: &Party, state: TransferState) -> Result<Transfer> {
        let wait = self.until(transfer_id, by, Duration::from_secs(20), |transfer| transfer.state() == state);
        wait.await.with_context(|| format!("waiting for {}", state.as_str_name()))
    }

    /// Positions of the open period between provinces.
    pub async fn positions(&self) -> Result<Vec<Position>, Status> {
        let request = ListPositionsRequest {
            level: PositionLevel::Province.into(),
            page_size: 500,
            ..Default::default()
        };
        let mut clearing = ClearingServiceClient::new(self.settlement.clone());
        Ok(clearing.list_positions(under("centre", request)).await?.into_inner().positions)
    }
}
