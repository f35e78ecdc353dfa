//! What happens to people, and to their bonds: in the wallet on either side, in Qinghai's shared account on the
//! creator's. Each reason once, whenever the registry or identity was away.

use futures::StreamExt as _;
use proto::{
    common::Programme,
    identity::{BenefitKind, EnrolmentStatus, PersonEventKind, Scheme},
    kinship::{Bond, BondEvent, BondState, DissolveReason, Relation, StreamEventsRequest},
};
use time::Duration;
use tonic::Code;

use crate::{
    harness::{AUDITOR, NOW, SETTLEMENT, Stack, acceptance, check, citizen, proposal, refused, state},
    requests::into_programme,
    sql,
    town::Town,
};

/// What happens to somebody.
type Happening = fn(&Town, &str);

const CHRONIC: Happening = |town, person| town.is_granted(person, BenefitKind::ChronicOutpatient);
const SPECIAL: Happening = |town, person| town.is_granted(person, BenefitKind::SpecialOutpatient);
const CADRE: Happening = |town, person| town.is_granted(person, BenefitKind::RetiredCadre);
const SOLDIER: Happening = |town, person| town.is_granted(person, BenefitKind::DisabledSoldier16);
const LEAVES: Happening = |town, person| town.is_enrolled_as(person, EnrolmentStatus::Terminated);
const DIES: Happening = |town, person| town.dies(person);
const MOVES: Happening = |town, person| town.moves_to(person, "630200");

async fn in_wallet(stack: &Stack, town: &Town) -> Bond {
    let sharer = town.lives(Scheme::Employee, "320100");
    let beneficiary = town.lives(Scheme::Resident, "510100");
    stack.bound(into_programme(Programme::Wallet, &sharer, &beneficiary, Relation::Sibling)).await
}

async fn in_qinghai(stack: &Stack, town: &Town) -> Bond {
    let sharer = town.lives(Scheme::Employee, "630100");
    let beneficiary = town.lives(Scheme::Resident, "630100");
    stack.bound(into_programme(Programme::LocalAllocation, &sharer, &beneficiary, Relation::Sibling)).await
}

/// Every event of the stream so far that ended or suspended something.
async fn events(stack: &Stack) -> Vec<BondEvent> {
    let head = sql::records(&stack.url).await;
    let request = StreamEventsRequest::default();
    let mut stream = stack.client(SETTLEMENT).stream_events(request).await.unwrap().into_inner();
    let mut found = Vec::new();
    loop {
        let page = stream.next().await.unwrap().unwrap();
        found.extend(page.items);
        if page.position >= head {
            return found;
        }
    }
}

async fn ends_once(stack: &Stack, bond: &Bond, reason: DissolveReason) {
    let ended = stack.becomes(&bond.bond_id, BondState::Dissolved).await;
    assert_eq!((ended.dissolve_reason(), ended.revision), (reason, 3), "{ended:?}");
    assert!(ended.end_time.is_some());
    let of_bond = |event: &BondEvent| event.bond.as_ref().unwrap().bond_id == bond.bond_id;
    let all = events(stack).await;
    let states: Vec<_> =
        all.iter().filter(|event| of_bond(event)).map(|event| event.bond.as_ref().unwrap().state()).collect();
    assert_eq!(states, [BondState::PendingConsent, BondState::Active, BondState::Dissolved]);
}

/// A happening to the creator ends a bond of Qinghai; the same one to a member does not.
async fn only_of_the_creator(happening: Happening, reason: DissolveReason) {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let (of_creator, of_member) = (in_qinghai(&stack, &town).await, in_qinghai(&stack, &town).await);
    happening(&town, &of_member.beneficiary_person_id);
    happening(&town, &of_creator.sharer_person_id);
    ends_once(&stack, &of_creator, reason).await;
    let other = stack.get(&citizen(&of_member.beneficiary_person_id), &of_member.bond_id).await.unwrap();
    assert_ne!(other.state(), BondState::Dissolved, "{other:?}");
}

/// A happening to either of the two ends a bond of the wallet.
async fn of_either(happening: Happening, [sharers, beneficiaries]: [DissolveReason; 2]) {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let (first, second) = (in_wallet(&stack, &town).await, in_wallet(&stack, &town).await);
    happening(&town, &first.sharer_person_id);
    happening(&town, &second.beneficiary_person_id);
    ends_once(&stack, &first, sharers).await;
    ends_once(&stack, &second, beneficiaries).await;
}

#[tokio::test]
async fn r_060_chronic_or_special_outpatient_entitlement_of_the_creator_ends_the_bond() {
    only_of_the_creator(CHRONIC, DissolveReason::ChronicEntitlement).await;
    only_of_the_creator(SPECIAL, DissolveReason::ChronicEntitlement).await;
}

#[tokio::test]
async fn r_061_a_creator_who_leaves_employee_insurance_ends_the_bond() {
    only_of_the_creator(LEAVES_AS_EMPLOYEE, DissolveReason::EnrolmentEnded).await;
}

/// Leaves the employee scheme and enters the resident scheme at the same place: a member stays a member.
const LEAVES_AS_EMPLOYEE: Happening = |town, person| {
    town.happens(person, PersonEventKind::EnrolmentRecorded, |one| {
        one.enrolments[0].scheme = Scheme::Resident.into();
        one.enrolments[0].has_personal_account = false;
    });
};

#[tokio::test]
async fn r_062_a_creator_insured_in_another_pooling_area_ends_the_bond() {
    only_of_the_creator(MOVES, DissolveReason::PoolTransfer).await;
}

#[tokio::test]
async fn r_063_retired_cadre_and_disabled_soldier_benefits_of_the_creator_end_the_bond() {
    only_of_the_creator(CADRE, DissolveReason::RetiredCadre).await;
    only_of_the_creator(SOLDIER, DissolveReason::DisabledSoldier16).await;
}

#[tokio::test]
async fn r_064_the_death_of_the_creator_ends_the_bond() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let bond = in_qinghai(&stack, &town).await;
    town.dies(&bond.sharer_person_id);
    ends_once(&stack, &bond, DissolveReason::DeathSharer).await;
}

#[tokio::test]
async fn r_065_in_the_wallet_an_ended_or_moved_enrolment_of_either_ends_the_bond() {
    of_either(LEAVES, [DissolveReason::EnrolmentEnded; 2]).await;
    of_either(MOVES, [DissolveReason::PoolTransfer; 2]).await;
}

#[tokio::test]
async fn r_066_the_death_of_either_ends_the_bond_with_its_own_reason() {
    of_either(DIES, [DissolveReason::DeathSharer, DissolveReason::DeathBeneficiary]).await;
}

#[tokio::test]
async fn r_060_what_ends_a_bond_in_qinghai_ends_none_in_the_wallet() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let (bond, other) = (in_wallet(&stack, &town).await, in_wallet(&stack, &town).await);
    CHRONIC(&town, &bond.sharer_person_id);
    DIES(&town, &other.sharer_person_id);
    // What came after it is followed: so was it.
    stack.becomes(&other.bond_id, BondState::Dissolved).await;
    let same = stack.get(&citizen(&bond.sharer_person_id), &bond.bond_id).await.unwrap();
    assert_eq!((same.state(), same.revision), (BondState::Active, 2));
}

#[tokio::test]
async fn r_024_r_029_r_151_bonds_are_suspended_for_every_reason_and_resume_with_the_last() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let bond = in_wallet(&stack, &town).await;
    let (sharer, beneficiary) = (bond.sharer_person_id.clone(), bond.beneficiary_person_id.clone());
    town.is_enrolled_as(&beneficiary, EnrolmentStatus::InArrears);
    town.is_suspended(&sharer, "");
    town.happens(&sharer, PersonEventKind::ContactUpdated, |one| one.contact_overdue = true);
    let all = ["BENEFICIARY:ENROLMENT_SUSPENDED", "SHARER:CONTACT_OVERDUE", "SHARER:SANCTION"];
    let bound = |bond: &Bond| {
        let mut reasons = bond.suspended_by.clone();
        reasons.sort();
        reasons
    };
    let seen = stack.seen(&bond.bond_id, |bond| bound(bond) == all).await;
    assert_eq!(seen.state(), BondState::Suspended);
    // Each is told the own reasons, and of the other one only that there is something.
    let told = stack.get(&citizen(&beneficiary), &bond.bond_id).await.unwrap();
    assert_eq!(bound(&told), ["BENEFICIARY:ENROLMENT_SUSPENDED", "SHARER"]);
    let checks = vec![check(&bond)];
    let asked = proto::kinship::BatchCheckBondsRequest { checks };
    let reply = stack.client(SETTLEMENT).batch_check_bonds(asked).await.unwrap().into_inner();
    assert!(!reply.results[0].active && !reply.results[0].suspended_reason.is_empty(), "{reply:?}");
    // What suspends a bond stops a new one as well.
    let other = town.lives(Scheme::Resident, "510100");
    let request = into_programme(Programme::Wallet, &sharer, &other, Relation::Sibling);
    let status = stack.propose(request).await.unwrap_err();
    assert_eq!(refused(&status), state("SETTLEMENT_SUSPENDED"));

    town.is_enrolled_as(&beneficiary, EnrolmentStatus::Normal);
    town.happens(&sharer, PersonEventKind::SanctionLifted, |one| one.suspensions.clear());
    let last = stack.seen(&bond.bond_id, |bond| bound(bond) == ["SHARER:CONTACT_OVERDUE"]).await;
    assert_eq!(last.state(), BondState::Suspended);
    town.happens(&sharer, PersonEventKind::ContactConfirmed, |one| one.contact_overdue = false);
    let resumed = stack.becomes(&bond.bond_id, BondState::Active).await;
    assert_eq!(resumed.active_time, bond.active_time);
    assert_eq!(resumed.revision, bond.revision + 6);
}

#[tokio::test]
async fn r_065_what_happened_in_an_hour_without_identity_or_the_registry_is_followed_once() {
    let mut town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let bonds = [in_wallet(&stack, &town).await, in_wallet(&stack, &town).await];
    town.goes_away().await;
    DIES(&town, &bonds[0].sharer_person_id);
    let stack = stack.restart().await;
    LEAVES(&town, &bonds[1].beneficiary_person_id);
    // An hour goes by in which nothing is heard, and nothing is decided on what was known.
    stack.clock.shift_to(NOW + Duration::hours(1)).unwrap();
    let (sharer, other) = (&bonds[0].sharer_person_id, &bonds[1].sharer_person_id);
    let status = stack.propose(proposal(sharer, other)).await.unwrap_err();
    assert_eq!(refused(&status), (Code::Unavailable, "FEED_BEHIND".to_owned()));
    for bond in &bonds {
        assert_eq!(stack.get(AUDITOR, &bond.bond_id).await.unwrap().state(), BondState::Active);
    }
    town.comes_back().await;
    ends_once(&stack, &bonds[0], DissolveReason::DeathSharer).await;
    ends_once(&stack, &bonds[1], DissolveReason::EnrolmentEnded).await;
    let head = sql::records(&stack.url).await;
    let stack = stack.restart().await;
    // One more event moves the cursor over everything that is told again.
    let third = in_wallet(&stack, &town).await;
    DIES(&town, &third.beneficiary_person_id);
    ends_once(&stack, &third, DissolveReason::DeathBeneficiary).await;
    assert_eq!(sql::records(&stack.url).await, head + 3);
    assert!(sql::is_whole(&stack.url).await);
}

#[tokio::test]
async fn r_061_days_that_pass_end_and_suspend_bonds_too() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let (leaving, held) = (in_wallet(&stack, &town).await, in_wallet(&stack, &town).await);
    town.happens(&leaving.sharer_person_id, PersonEventKind::EnrolmentRecorded, |one| {
        one.enrolments[0].valid_to = "2026-01-31".to_owned();
    });
    town.is_suspended(&held.beneficiary_person_id, "2026-01-31");
    stack.becomes(&held.bond_id, BondState::Suspended).await;
    let same = stack.get(&citizen(&leaving.sharer_person_id), &leaving.bond_id).await.unwrap();
    assert_eq!(same.state(), BondState::Active);
    stack.clock.shift_to(NOW + Duration::days(17)).unwrap();
    ends_once(&stack, &leaving, DissolveReason::EnrolmentEnded).await;
    stack.becomes(&held.bond_id, BondState::Active).await;
}

#[tokio::test]
async fn an_invitation_ends_with_its_sharer_and_tells_nothing_of_its_invitee() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let (sharer, other) = (town.lives(Scheme::Employee, "320100"), town.lives(Scheme::Employee, "320100"));
    let invitee = town.lives(Scheme::Resident, "510100");
    let first = stack.propose(into_programme(Programme::Wallet, &sharer, &invitee, Relation::Sibling)).await;
    let second = stack.propose(into_programme(Programme::Wallet, &other, &invitee, Relation::Sibling)).await;
    let (first, second) = (first.unwrap(), second.unwrap());
    LEAVES(&town, &invitee);
    DIES(&town, &sharer);
    let ended = stack.becomes(&first.bond_id, BondState::Dissolved).await;
    assert_eq!(ended.dissolve_reason(), DissolveReason::DeathSharer);
    let open = stack.get(&citizen(&other), &second.bond_id).await.unwrap();
    assert_eq!(open.state(), BondState::PendingConsent);
    let status = stack.accept(&invitee, acceptance(&second.bond_id)).await.unwrap_err();
    assert_eq!(refused(&status), state("ENROLMENT_NOT_NORMAL"));
}
