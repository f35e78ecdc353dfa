//! A real identity tells of enrolments that ended, moved or stopped, and bonds follow; also what it told while nobody
//! listened.

use proto::{
    identity::{EnrolmentStatus, RecordEnrolmentRequest, Scheme},
    kinship::{Bond, BondState, DissolveReason},
};

use crate::{
    harness::{Stack, acceptance, enrolment, id, proposal},
    sql,
};

/// A bond in the wallet, and both enrolments.
async fn bound(stack: &Stack) -> (Bond, RecordEnrolmentRequest, RecordEnrolmentRequest) {
    let (sharer, beneficiary) = (stack.stranger().await, stack.stranger().await);
    let employed = enrolment(&sharer, Scheme::Employee, "320100");
    let resident = enrolment(&beneficiary, Scheme::Resident, "510100");
    stack.enrol(employed.clone()).await;
    stack.enrol(resident.clone()).await;
    let proposed = stack.propose(proposal(&sharer, &beneficiary)).await.unwrap();
    let bond = stack.accept(&beneficiary, acceptance(&proposed.bond_id)).await.unwrap();
    (bond, employed, resident)
}

fn changed(of: &RecordEnrolmentRequest, status: EnrolmentStatus) -> RecordEnrolmentRequest {
    RecordEnrolmentRequest { request_id: id(), status: status.into(), ..of.clone() }
}

fn terminated(of: &RecordEnrolmentRequest) -> RecordEnrolmentRequest {
    let ended = changed(of, EnrolmentStatus::Terminated);
    RecordEnrolmentRequest { valid_to: "2026-01-14".to_owned(), ..ended }
}

fn since_today(person: &str, pool: &str) -> RecordEnrolmentRequest {
    RecordEnrolmentRequest {
        valid_from: "2026-01-15".to_owned(),
        ..enrolment(person, Scheme::Employee, pool)
    }
}

#[tokio::test]
async fn r_065_bonds_follow_the_enrolments_of_both_from_a_real_identity() {
    let stack = Stack::start().await;
    let (leaving, employed, _) = bound(&stack).await;
    let (moving, _, resident) = bound(&stack).await;
    let (held, _, arrears) = bound(&stack).await;
    stack.enrol(changed(&arrears, EnrolmentStatus::InArrears)).await;
    stack.enrol(terminated(&employed)).await;
    stack.enrol(terminated(&resident)).await;
    let ended = stack.becomes(&leaving.bond_id, BondState::Dissolved).await;
    assert_eq!((ended.dissolve_reason(), ended.revision), (DissolveReason::EnrolmentEnded, 3));
    let ended = stack.becomes(&moving.bond_id, BondState::Dissolved).await;
    assert_eq!(ended.dissolve_reason(), DissolveReason::EnrolmentEnded);
    let suspended = stack.becomes(&held.bond_id, BondState::Suspended).await;
    assert_eq!(suspended.suspended_by, ["BENEFICIARY:ENROLMENT_SUSPENDED"]);
    stack.enrol(changed(&arrears, EnrolmentStatus::Normal)).await;
    stack.becomes(&held.bond_id, BondState::Active).await;
    // A bond that has ended is never opened again; a new one is made.
    stack.enrol(since_today(&leaving.sharer_person_id, "320100")).await;
    let (sharer, beneficiary) = (&leaving.sharer_person_id, &leaving.beneficiary_person_id);
    let again = stack.propose(proposal(sharer, beneficiary)).await.unwrap();
    stack.accept(beneficiary, acceptance(&again.bond_id)).await.unwrap();
    let old = stack.becomes(&leaving.bond_id, BondState::Dissolved).await;
    assert_eq!(old.revision, 3);
}

#[tokio::test]
async fn r_062_a_move_that_was_told_while_the_registry_was_down_ends_the_bond_once() {
    let mut stack = Stack::start().await;
    let (bond, employed, _) = bound(&stack).await;
    stack.enrol(terminated(&employed)).await;
    stack.enrol(since_today(&bond.sharer_person_id, "320500")).await;
    stack.stop_identity().await;
    let mut stack = stack.restart().await;
    stack.start_identity().await;
    let ended = stack.becomes(&bond.bond_id, BondState::Dissolved).await;
    assert_eq!(ended.revision, 3);
    let stack = stack.restart().await;
    // What is judged after the move is not ended by it, although the stream may tell of it later.
    let (sharer, beneficiary) = (&bond.sharer_person_id, &bond.beneficiary_person_id);
    let again = stack.propose(proposal(sharer, beneficiary)).await.unwrap();
    let again = stack.accept(beneficiary, acceptance(&again.bond_id)).await.unwrap();
    let records = sql::records(&stack.url).await;
    let stack = stack.restart().await;
    let same = stack.becomes(&again.bond_id, BondState::Active).await;
    assert_eq!((same.revision, sql::records(&stack.url).await), (2, records));
}
