//! What services ask each other about many persons and bonds at once: how people stand, and whether bonds are in force.

use anyhow::{Result, ensure};
use e2e::Family;
use proto::{
    common::Programme,
    identity::{BatchGetStandingRequest, identity_service_client::IdentityServiceClient},
    kinship::{BatchCheckBondsRequest, BondCheck, kinship_service_client::KinshipServiceClient},
};
use standards::civil;
use testkit::desk::under;
use time::OffsetDateTime;

use super::Country;
use crate::{
    load,
    settings::{Operation, Phased},
};

/// Who asks.
const CALLER: &str = "service:settlement";
/// A page of standings is longer than what a client takes unless told otherwise.
const LONGEST_REPLY: usize = 16 << 20;

impl Country {
    /// Looks up so many, as the phase says: everybody, again and again.
    pub(super) async fn look_up(&self, phased: &Phased, operations: usize) -> Result<Vec<u64>> {
        let a_call = phased.operation.a_call();
        let families: Vec<&Family> =
            self.families.iter().cycle().take(operations.next_multiple_of(a_call)).collect();
        match phased.operation {
            Operation::Standing => {
                load::drive_calls(&families, a_call, phased.in_flight, |call| self.standings(call)).await
            }
            _ => load::drive_calls(&families, a_call, phased.in_flight, |call| self.bonds(call)).await,
        }
    }

    /// How both sides of each family stand: half of the families' sharers and half of their beneficiaries in one call.
    async fn standings(&self, families: &[&Family]) -> Result<()> {
        let side = |(n, family): (usize, &&Family)| {
            let party = if n % 2 == 0 { &family.sharer } else { &family.beneficiary };
            party.person.clone()
        };
        let person_ids: Vec<String> = families.iter().enumerate().map(side).collect();
        let on_day = civil::day_text(civil::day(self.cluster.civil_now()));
        let mut client =
            IdentityServiceClient::new(self.desk().identity.clone()).max_decoding_message_size(LONGEST_REPLY);
        let reply =
            client.batch_get_standing(under(CALLER, BatchGetStandingRequest { person_ids, on_day })).await?;
        let known = reply.into_inner().standings.iter().filter(|standing| standing.known).count();
        ensure!(known == families.len(), "{known} of {} persons are known", families.len());
        Ok(())
    }

    /// Whether the bond of each family is in force.
    async fn bonds(&self, families: &[&Family]) -> Result<()> {
        let now = civil::micros(self.cluster.civil_now());
        let checks = families.iter().map(|family| check(family, now)).collect();
        let mut client =
            KinshipServiceClient::new(self.desk().kinship.clone()).max_decoding_message_size(LONGEST_REPLY);
        let reply = client.batch_check_bonds(under(CALLER, BatchCheckBondsRequest { checks })).await?;
        let active = reply.into_inner().results.iter().filter(|result| result.active).count();
        ensure!(active == families.len(), "{active} of {} bonds are in force", families.len());
        Ok(())
    }
}

fn check(family: &Family, now: OffsetDateTime) -> BondCheck {
    BondCheck {
        bond_id: family.bond.clone(),
        sharer_person_id: family.sharer.person.clone(),
        beneficiary_person_id: family.beneficiary.person.clone(),
        programme: Programme::Wallet.into(),
        at_time: Some(prost_types::Timestamp { seconds: now.unix_timestamp(), nanos: 0 }),
    }
}
