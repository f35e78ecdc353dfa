//! Persons: registered at the counter, enrolled by the agency, credited, with a wallet of their own.

use anyhow::{Context, Result};
use proto::{
    common::Operation,
    identity::{Scheme, identity_service_client::IdentityServiceClient},
    wallet::{
        GetWalletRequest, ListLotsRequest, Lot, PersonalAccount, Wallet,
        wallet_service_client::WalletServiceClient,
    },
};
use standards::Pool;
use tonic::Status;

use super::{Desk, agency, citizen, operator, requests, second_agent, under};
use crate::people::{Newcomer, id};

/// A person as callers know one.
#[derive(Clone, Debug)]
pub struct Party {
    /// The person's id.
    pub person: String,
    /// Where the person is insured, and keeps the wallet.
    pub pool: Pool,
    /// The wallet's id.
    pub wallet: String,
}

impl Desk {
    /// Registers a person at the counter of a pool, which activates the medical code as well.
    pub async fn register(&self, newcomer: &Newcomer, pool: Pool) -> Result<String, Status> {
        let request = requests::registration(&id(), newcomer);
        let mut identity = IdentityServiceClient::new(self.identity.clone());
        let reply = identity.register_person(under(&operator(pool), request)).await?.into_inner();
        let person = reply.person.ok_or_else(|| Status::internal("no person in the reply"))?.person_id;
        self.activate(&person, pool).await?;
        self.welcome(&person, pool).await?;
        Ok(person)
    }

    /// Activates a person's medical code at the counter of a pool.
    pub async fn activate(&self, person: &str, pool: Pool) -> Result<(), Status> {
        let request = requests::activation(&id(), person);
        let mut identity = IdentityServiceClient::new(self.identity.clone());
        identity.activate_medical_code(under(&operator(pool), request)).await.map(|_| ())
    }

    /// Enrols a person from a civil day on.
    pub async fn enrol(&self, person: &str, scheme: Scheme, pool: Pool, from: &str) -> Result<(), Status> {
        let request = requests::enrolment([&id(), &id()], person, scheme, pool, from);
        let mut identity = IdentityServiceClient::new(self.identity.clone());
        identity.record_enrolment(under(&agency(pool.province()), request)).await.map(|_| ())
    }

    /// Opens a person's wallet at a place of use.
    pub async fn open_wallet(&self, party: &Party, mobile: &str, auto_claim: bool) -> Result<Wallet, Status> {
        let mut request = requests::wallet(party, mobile, auto_claim);
        let operation = Operation {
            kind: "OpenWallet".to_owned(),
            operation_id: party.wallet.clone(),
            actor_person_id: party.person.clone(),
            place: party.pool.to_string(),
            ..Default::default()
        };
        request.assertion = self.agreement(operation).await?;
        let mut wallet = self.wallets_at(party.pool)?;
        let reply = wallet.open_wallet(under(&citizen(&party.person), request)).await?.into_inner();
        reply.wallet.ok_or_else(|| Status::internal("no wallet in the reply"))
    }

    /// Registers, enrols and opens the wallet of a person.
    pub async fn settle_in(
        &self,
        newcomer: &Newcomer,
        scheme: Scheme,
        pool: Pool,
        auto_claim: bool,
    ) -> Result<Party> {
        let person = self.register(newcomer, pool).await.context("registering")?;
        self.enrol(&person, scheme, pool, "2020-01-01").await.context("enrolling")?;
        let party = Party { person, pool, wallet: id() };
        self.open_wallet(&party, &newcomer.mobile, auto_claim).await.context("opening the wallet")?;
        Ok(party)
    }

    /// Pays a contribution into a personal account.
    pub async fn credit(&self, party: &Party, amount: &str, month: &str) -> Result<PersonalAccount, Status> {
        let request = requests::credit(&id(), party, amount, month);
        let mut wallet = self.wallets_at(party.pool)?;
        let request = under(&agency(party.pool.province()), request);
        let reply = wallet.credit_personal_account(request).await?.into_inner();
        reply.account.ok_or_else(|| Status::internal("no account in the reply"))
    }

    /// The person's wallet as it is now.
    pub async fn wallet_of(&self, party: &Party) -> Result<Wallet, Status> {
        let request = GetWalletRequest { person_id: party.person.clone() };
        let reply = self.wallets_at(party.pool)?.get_wallet(under(&citizen(&party.person), request)).await?;
        reply.into_inner().wallet.ok_or_else(|| Status::internal("no wallet in the reply"))
    }

    /// The person's lots, newest first.
    pub async fn lots_of(&self, party: &Party) -> Result<Vec<Lot>, Status> {
        let request =
            ListLotsRequest { person_id: party.person.clone(), page_size: 500, ..Default::default() };
        let reply = self.wallets_at(party.pool)?.list_lots(under(&citizen(&party.person), request)).await?;
        Ok(reply.into_inner().lots)
    }

    /// Freezes a wallet, as its province's agency.
    pub async fn freeze(&self, party: &Party) -> Result<(), Status> {
        let request = requests::freeze(&id(), &party.wallet);
        let request = under(&agency(party.pool.province()), request);
        self.wallets_at(party.pool)?.freeze_wallet(request).await.map(|_| ())
    }

    /// Thaws a wallet, as another person of its province's agency.
    pub async fn unfreeze(&self, party: &Party) -> Result<(), Status> {
        let request = requests::unfreeze(&id(), &party.wallet);
        let request = under(&second_agent(party.pool.province()), request);
        self.wallets_at(party.pool)?.unfreeze_wallet(request).await.map(|_| ())
    }

    fn wallets_at(&self, pool: Pool) -> Result<WalletServiceClient<tonic::transport::Channel>, Status> {
        let channel = self.wallet(pool).map_err(|error| Status::not_found(error.to_string()))?;
        Ok(WalletServiceClient::new(channel))
    }
}
