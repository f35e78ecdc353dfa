//! Bonds: proposed by the sharer, accepted by the beneficiary.

use anyhow::{Context, Result};
use proto::kinship::{Bond, GetBondRequest, Relation, kinship_service_client::KinshipServiceClient};
use tonic::Status;

use super::{Desk, Party, citizen, requests, under, verify::operation};
use crate::people::id;

impl Desk {
    /// Proposes a wallet bond; `relation` is what the beneficiary is to the sharer.
    pub async fn propose(
        &self,
        bond: &str,
        sharer: &Party,
        beneficiary: &Party,
        relation: Relation,
    ) -> Result<Bond, Status> {
        let mut request = requests::proposal(bond, sharer, beneficiary, relation);
        let mut operation = operation("ProposeBond", bond, sharer);
        operation.counterparty_person_id.clone_from(&beneficiary.person);
        request.assertion = self.agreement(operation).await?;
        let mut kinship = KinshipServiceClient::new(self.kinship.clone());
        let reply = kinship.propose_bond(under(&citizen(&sharer.person), request)).await?.into_inner();
        reply.bond.ok_or_else(|| Status::internal("no bond in the reply"))
    }

    /// Accepts a proposed bond.
    pub async fn accept(&self, bond: &str, beneficiary: &Party) -> Result<Bond, Status> {
        let mut request = requests::acceptance(&id(), bond);
        request.assertion = self.agreement(operation("AcceptBond", &request.request_id, beneficiary)).await?;
        let mut kinship = KinshipServiceClient::new(self.kinship.clone());
        let reply = kinship.accept_bond(under(&citizen(&beneficiary.person), request)).await?.into_inner();
        reply.bond.ok_or_else(|| Status::internal("no bond in the reply"))
    }

    /// A bond as one of the two sees it.
    pub async fn bond_seen_by(&self, bond: &str, by: &Party) -> Result<Bond, Status> {
        let request = GetBondRequest { bond_id: bond.to_owned(), ..Default::default() };
        let mut kinship = KinshipServiceClient::new(self.kinship.clone());
        let reply = kinship.get_bond(under(&citizen(&by.person), request)).await?.into_inner();
        reply.bond.ok_or_else(|| Status::internal("no bond in the reply"))
    }

    /// Makes an active bond and gives its id.
    pub async fn bond(&self, sharer: &Party, beneficiary: &Party, relation: Relation) -> Result<String> {
        let bond = id();
        self.propose(&bond, sharer, beneficiary, relation).await.context("proposing the bond")?;
        self.accept(&bond, beneficiary).await.context("accepting the bond")?;
        Ok(bond)
    }
}
