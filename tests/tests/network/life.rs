//! One life of the main job, asked for by a careful client: every request is made once and sent again, to the letter,
//! until its answer is certain.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Family, Scene, careful::Careful, pool};
use proto::{
    common::View,
    identity::Scheme,
    settlement::{GetTransferRequest, TransferState, transfer_service_client::TransferServiceClient},
    wallet::{GetWalletRequest, wallet_service_client::WalletServiceClient},
};
use testkit::desk::{Party, citizen, requests};
use tonic::transport::Channel;

/// How long all repeats of a request may take together.
const PATIENCE: Duration = Duration::from_secs(40);

/// A client of the scene.
#[derive(Clone, Copy)]
pub(crate) struct Life<'a>(pub(crate) &'a Scene);

impl Life<'_> {
    pub(crate) fn careful(self) -> Careful {
        Careful { desk: self.0.desk.clone(), patience: PATIENCE }
    }

    /// A sharer with 100.00, a beneficiary in another province, and an active bond.
    pub(crate) async fn family(self, from: u32, to: u32) -> Result<Family> {
        let careful = self.careful();
        let sharer = careful.person(Scheme::Employee, pool(from)).await?;
        careful.credit(&sharer, "100.00", "2026-03").await?;
        let beneficiary = careful.person(Scheme::Resident, pool(to)).await?;
        let bond = careful.propose(&sharer, &beneficiary).await?;
        careful.accept(&bond, &beneficiary).await?;
        Ok(Family { sharer, beneficiary, bond })
    }

    fn transfers(self) -> TransferServiceClient<Channel> {
        TransferServiceClient::new(self.0.desk.settlement.clone())
    }

    /// Sends quota, and gives the transfer's id.
    pub(crate) async fn send(self, family: &Family, amount: &str) -> Result<String> {
        let Family { bond, beneficiary, .. } = family;
        let make = |transfer_id: String| requests::transfer(&transfer_id, bond, beneficiary, amount);
        let send = async |request| self.transfers().create_transfer(request).await;
        let created = self.careful().insist("sending", &citizen(&family.sharer.person), make, send).await?;
        Ok(created.transfer.context("a transfer is created")?.transfer_id)
    }

    pub(crate) async fn claim(self, transfer: &str, by: &Party) -> Result<()> {
        let make = |request_id: String| requests::claim(&request_id, transfer);
        let send = async |request| self.transfers().claim_transfer(request).await;
        self.careful().insist("claiming", &citizen(&by.person), make, send).await.map(|_| ())
    }

    pub(crate) async fn decline(self, transfer: &str, by: &Party) -> Result<()> {
        let make = |request_id: String| requests::decline(&request_id, transfer);
        let send = async |request| self.transfers().decline_transfer(request).await;
        self.careful().insist("declining", &citizen(&by.person), make, send).await.map(|_| ())
    }

    /// Waits until the sharer sees the transfer in a state.
    pub(crate) async fn until(self, transfer: &str, family: &Family, state: TransferState) -> Result<()> {
        let look = async || {
            let make = |_| GetTransferRequest { transfer_id: transfer.to_owned(), view: View::Full.into() };
            let send = async |request| self.transfers().get_transfer(request).await;
            let seen = self.careful().insist("reading", &citizen(&family.sharer.person), make, send).await?;
            Ok((seen.transfer.unwrap_or_default().state() == state).then_some(()))
        };
        let wait = self.0.eventually("the state of the transfer", look).await;
        wait.with_context(|| format!("{transfer} is to be {}", state.as_str_name()))
    }

    /// Waits until the sharer's account shows these amounts.
    pub(crate) async fn account(self, party: &Party, available: &str, earmarked: &str) -> Result<()> {
        let look = async || {
            let make = |_| GetWalletRequest { person_id: party.person.clone() };
            let book = self.0.desk.wallet(party.pool)?;
            let send = async |request| WalletServiceClient::new(book.clone()).get_wallet(request).await;
            let wallet = self.careful().insist("looking", &citizen(&party.person), make, send).await?.wallet;
            let account = wallet.unwrap_or_default().account.unwrap_or_default();
            ensure!(
                (account.available.as_str(), account.earmarked.as_str()) == (available, earmarked),
                "{account:?}"
            );
            Ok(Some(()))
        };
        self.0.eventually("the account", look).await
    }

    /// Everything: 64.00 shared and claimed, 48.00 spent, 8.00 of it refunded, 4.00 spent and reversed; then 16.00
    /// sent and declined.
    pub(crate) async fn whole(self, from: u32, to: u32) -> Result<(Family, [String; 2])> {
        let family = self.family(from, to).await?;
        let taken = self.send(&family, "64.00").await?;
        self.until(&taken, &family, TransferState::PendingClaim).await?;
        self.claim(&taken, &family.beneficiary).await?;
        self.until(&taken, &family, TransferState::Claimed).await?;
        self.spend(&family.beneficiary).await?;
        let declined = self.send(&family, "16.00").await?;
        self.until(&declined, &family, TransferState::PendingClaim).await?;
        self.decline(&declined, &family.beneficiary).await?;
        self.until(&declined, &family, TransferState::Returned).await?;
        self.is_whole(&family, [&taken, &declined]).await?;
        Ok((family, [taken, declined]))
    }

    /// What a whole life leaves, however often it is told.
    pub(crate) async fn is_whole(self, family: &Family, [taken, declined]: [&str; 2]) -> Result<()> {
        self.until(taken, family, TransferState::Claimed).await?;
        self.until(declined, family, TransferState::Returned).await?;
        self.account(&family.sharer, "36.00", "24.00").await
    }
}
