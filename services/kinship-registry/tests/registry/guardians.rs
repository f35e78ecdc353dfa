//! Minors: a guardian answers for them, proven by a recorded fact or by papers that the counter saw; a sharer does not
//! confirm the own proposal from the sofa.

use proto::{
    common::Programme,
    identity::{Scheme, Sex},
    kinship::{AcceptBondRequest, Bond, BondState, FamilyFactKind as Kind, Relation},
};
use tonic::{Code, Status};

use crate::{
    harness::{NANJING, Stack, acceptance, citizen, refused, rejection},
    requests::{fact, household_register, into_programme},
    sql,
    town::Town,
};

struct Family {
    town: Town,
    stack: Stack,
    father: String,
    mother: String,
    child: String,
    invitation: Bond,
}

/// A father invites his child of ten years.
async fn family() -> Family {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let father = town.born("1980-01-01", Sex::Male, Scheme::Employee, "320100");
    let mother = town.born("1982-01-01", Sex::Female, Scheme::Employee, "320100");
    let child = town.born("2015-06-01", Sex::Female, Scheme::Resident, "320100");
    let request = into_programme(Programme::Wallet, &father, &child, Relation::Child);
    let invitation = stack.propose(request).await.unwrap();
    Family { town, stack, father, mother, child, invitation }
}

impl Family {
    fn answer(&self, guardian: &str) -> AcceptBondRequest {
        AcceptBondRequest {
            acting_guardian_person_id: guardian.to_owned(),
            ..acceptance(&self.invitation.bond_id)
        }
    }

    async fn counter(&self, request: AcceptBondRequest) -> Result<Bond, Status> {
        Ok(self.stack.client(NANJING).accept_bond(request).await?.into_inner().bond.unwrap())
    }
}

fn guardian_required(status: &Status) {
    assert_eq!(refused(status), (Code::PermissionDenied, "GUARDIAN_REQUIRED".to_owned()));
}

#[tokio::test]
async fn r_049_a_minor_needs_a_guardian_who_is_recorded_and_the_id_stays_usable() {
    let it = family().await;
    guardian_required(&it.stack.accept(&it.child, acceptance(&it.invitation.bond_id)).await.unwrap_err());
    let rejected = it.stack.reject(&it.child, rejection(&it.invitation.bond_id)).await.unwrap_err();
    guardian_required(&rejected);
    let answer = it.answer(&it.mother);
    guardian_required(&it.stack.accept(&it.mother, answer.clone()).await.unwrap_err());
    assert_eq!(sql::records(&it.stack.url).await, 1, "nothing of it is remembered");
    it.stack.record(fact(Kind::ParentChild, &it.mother, &it.child)).await.unwrap();
    let accepted = it.stack.accept(&it.mother, answer).await.unwrap();
    assert_eq!((accepted.state(), &accepted.guardian_person_id), (BondState::Active, &it.mother));
}

#[tokio::test]
async fn r_049_a_sharer_who_is_a_parent_confirms_at_the_counter_or_as_a_recorded_guardian() {
    let it = family().await;
    it.stack.record(fact(Kind::ParentChild, &it.father, &it.child)).await.unwrap();
    guardian_required(&it.stack.accept(&it.father, it.answer(&it.father)).await.unwrap_err());
    // The counter knows of the parenthood.
    let accepted = it.counter(it.answer(&it.father)).await.unwrap();
    assert_eq!((accepted.state(), &accepted.guardian_person_id), (BondState::Active, &it.father));

    let it = family().await;
    it.stack.record(fact(Kind::Guardian, &it.father, &it.child)).await.unwrap();
    it.stack.accept(&it.father, it.answer(&it.father)).await.unwrap();
}

#[tokio::test]
async fn r_049_without_a_record_the_counter_sees_the_household_register() {
    let it = family().await;
    guardian_required(&it.counter(it.answer(&it.father)).await.unwrap_err());
    let mut answer = it.answer(&it.father);
    answer.evidence.push(household_register());
    let accepted = it.counter(answer).await.unwrap();
    assert_eq!(accepted.state(), BondState::Active);
    assert_eq!(accepted.evidence.len(), 2);
}

#[tokio::test]
async fn r_049_a_guardian_rejects_too_and_a_minor_is_nobodys_guardian() {
    let it = family().await;
    let brother = it.town.born("2012-01-01", Sex::Male, Scheme::Resident, "320100");
    it.stack.record(fact(Kind::Guardian, &brother, &it.child)).await.unwrap();
    guardian_required(&it.stack.accept(&brother, it.answer(&brother)).await.unwrap_err());
    it.stack.record(fact(Kind::ParentChild, &it.mother, &it.child)).await.unwrap();
    let mut answer = rejection(&it.invitation.bond_id);
    answer.acting_guardian_person_id.clone_from(&it.mother);
    let rejected = it.stack.reject(&it.mother, answer).await.unwrap();
    assert_eq!(rejected.state(), BondState::Rejected);
}

#[tokio::test]
async fn r_049_nobody_answers_for_somebody_of_age() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let (sharer, invitee) = (town.lives(Scheme::Employee, "320100"), town.lives(Scheme::Resident, "320100"));
    let helper = town.lives(Scheme::Resident, "320100");
    stack.record(fact(Kind::Guardian, &helper, &invitee)).await.unwrap();
    let request = into_programme(Programme::Wallet, &sharer, &invitee, Relation::Sibling);
    let invitation = stack.propose(request).await.unwrap();
    let mut answer = acceptance(&invitation.bond_id);
    answer.acting_guardian_person_id.clone_from(&helper);
    guardian_required(&stack.client(&citizen(&helper)).accept_bond(answer).await.unwrap_err());
    stack.accept(&invitee, acceptance(&invitation.bond_id)).await.unwrap();
}
