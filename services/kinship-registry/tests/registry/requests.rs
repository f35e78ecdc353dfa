//! Well-formed requests to vary, beyond inviting and answering.

use proto::{
    common::Programme,
    kinship::{
        Bond, CheckEligibilityRequest, DissolveBondRequest, DissolvedBy, Evidence, FamilyFactKind,
        IssueCertificateRequest, ProposeBondRequest, RecordFamilyFactRequest, RecordFamilyFactResponse,
        RegisterBondAtCounterRequest, Relation, SetSharingRequest, SharingMode, WithdrawBondRequest,
    },
};
use tonic::{Code, Status};

use crate::harness::{Client, Stack, acceptance, citizen, commitment, id, proposal};

/// An agency that serves everybody of Nanjing's province.
pub(crate) const JIANGSU: &str = "dev:agency:32:zhao";

pub(crate) fn withdrawal(bond_id: &str) -> WithdrawBondRequest {
    WithdrawBondRequest { request_id: id(), bond_id: bond_id.to_owned(), assertion: String::new() }
}

pub(crate) fn dissolution(bond_id: &str, by: DissolvedBy) -> DissolveBondRequest {
    DissolveBondRequest {
        request_id: id(),
        bond_id: bond_id.to_owned(),
        by: by.into(),
        ..DissolveBondRequest::default()
    }
}

pub(crate) fn fixed(bond_id: &str, amount: &str) -> SetSharingRequest {
    SetSharingRequest {
        request_id: id(),
        bond_id: bond_id.to_owned(),
        mode: SharingMode::Fixed.into(),
        amount: amount.to_owned(),
        ..SetSharingRequest::default()
    }
}

pub(crate) fn registration(sharer: &str, beneficiary: &str) -> RegisterBondAtCounterRequest {
    RegisterBondAtCounterRequest {
        bond_id: id(),
        programme: Programme::Wallet.into(),
        sharer_person_id: sharer.to_owned(),
        beneficiary_person_id: beneficiary.to_owned(),
        relation: Relation::Parent.into(),
        commitment: Some(commitment()),
        beneficiary_commitment: Some(commitment()),
        evidence: vec![household_register()],
        form_reference: "登记表 2026/17".to_owned(),
        both_present: true,
        ..RegisterBondAtCounterRequest::default()
    }
}

pub(crate) fn household_register() -> Evidence {
    Evidence { kind: "household_register".to_owned(), reference: "户口簿-0001".to_owned() }
}

pub(crate) fn fact(kind: FamilyFactKind, a: &str, b: &str) -> RecordFamilyFactRequest {
    RecordFamilyFactRequest {
        fact_id: id(),
        kind: kind.into(),
        person_a: a.to_owned(),
        person_b: b.to_owned(),
        on_day: "2025-06-01".to_owned(),
        authority: "南京市民政局".to_owned(),
        reference: "档案 2025/1".to_owned(),
    }
}

pub(crate) fn certificate(bond_id: &str) -> IssueCertificateRequest {
    IssueCertificateRequest { request_id: id(), bond_id: bond_id.to_owned() }
}

pub(crate) fn question(sharer: &str, beneficiary: &str) -> CheckEligibilityRequest {
    CheckEligibilityRequest {
        sharer_person_id: sharer.to_owned(),
        beneficiary_person_id: beneficiary.to_owned(),
        relation: Relation::Parent.into(),
        programme: Programme::Wallet.into(),
        at_time: None,
    }
}

/// An invitation into a programme.
pub(crate) fn into_programme(
    programme: Programme,
    sharer: &str,
    beneficiary: &str,
    relation: Relation,
) -> ProposeBondRequest {
    ProposeBondRequest {
        programme: programme.into(),
        relation: relation.into(),
        ..proposal(sharer, beneficiary)
    }
}

/// Asks until it is decided: of many at once, identity may be late for some.
pub(crate) async fn insist(client: &mut Client, request: ProposeBondRequest) -> Result<Bond, Status> {
    loop {
        match client.propose_bond(request.clone()).await {
            Err(status) if status.code() == Code::Unavailable => {}
            answer => return answer.map(|reply| reply.into_inner().bond.unwrap()),
        }
    }
}

impl Stack {
    /// A bond of a new family that was proposed and accepted.
    pub(crate) async fn active(&self) -> Bond {
        let (sharer, beneficiary) = self.family().await;
        let proposed = self.propose(proposal(&sharer, &beneficiary)).await.unwrap();
        self.accept(&beneficiary, acceptance(&proposed.bond_id)).await.unwrap()
    }

    /// Records a fact for an agency.
    pub(crate) async fn record(
        &self,
        request: RecordFamilyFactRequest,
    ) -> Result<RecordFamilyFactResponse, Status> {
        Ok(self.client(JIANGSU).record_family_fact(request).await?.into_inner())
    }

    /// Proposed and accepted.
    pub(crate) async fn bound(&self, request: ProposeBondRequest) -> Bond {
        let beneficiary = request.beneficiary_person_id.clone();
        let proposed = self.propose(request).await.unwrap();
        self.accept(&beneficiary, acceptance(&proposed.bond_id)).await.unwrap()
    }

    /// As the app of a person.
    pub(crate) async fn dissolve(&self, person: &str, request: DissolveBondRequest) -> Result<Bond, Status> {
        let reply = self.client(&citizen(person)).dissolve_bond(request).await?;
        Ok(reply.into_inner().bond.unwrap())
    }
}
