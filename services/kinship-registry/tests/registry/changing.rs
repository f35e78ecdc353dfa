//! What the two may change: take an invitation back, set how much is shared, end a bond, and when they may not.

use std::fs;

use chassis::status;
use proto::{
    common::Programme,
    identity::Scheme,
    kinship::{BondState, DissolveReason, DissolvedBy, Relation, SetSharingRequest, SharingMode},
};
use tempfile::TempDir;
use time::Duration;
use tonic::Code;

use crate::{
    harness::{CHENGDU, NANJING, NOW, Stack, acceptance, citizen, id, proposal, refused, state},
    requests::{dissolution, fixed, into_programme, withdrawal},
    sql,
    town::Town,
};

/// Rules of a place that lets people change their minds after three months, and twice a year.
const LOCKED: &str = r#"
    [[version]]
    id = "TEST-NANJING-LOCAL"
    programme = "LOCAL_REALTIME"
    region = "320100"
    topic = "SAMPLE"
    valid_from = "2025-01-01"
    recorded_at = "2025-01-01T00:00:00+08:00"
    source = "测试:绑定后3个月内不能解除,每年最多变更3次"
    confidence = "SAMPLE"
    last_verified_day = "2025-01-01"

    [version.parameters]
    unbind_wait_months = 3
    changes_per_year = 3
"#;

fn locked() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("nanjing.toml"), LOCKED).unwrap();
    directory
}

#[tokio::test]
async fn a_sharer_takes_an_invitation_back_and_may_send_another() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let proposed = stack.propose(proposal(&sharer, &beneficiary)).await.unwrap();
    let request = withdrawal(&proposed.bond_id);
    let out_of_scope = (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned());
    for token in [citizen(&beneficiary), CHENGDU.to_owned()] {
        let status = stack.client(&token).withdraw_bond(request.clone()).await.unwrap_err();
        assert_eq!(refused(&status), out_of_scope, "{token}");
    }
    let mut own = stack.client(&citizen(&sharer));
    let withdrawn = own.withdraw_bond(request.clone()).await.unwrap().into_inner().bond.unwrap();
    assert_eq!((withdrawn.state(), withdrawn.revision), (BondState::Withdrawn, 2));
    assert_eq!(own.withdraw_bond(request).await.unwrap().into_inner().bond.unwrap(), withdrawn);
    let late = stack.accept(&beneficiary, acceptance(&proposed.bond_id)).await.unwrap_err();
    assert_eq!(refused(&late), state("BOND_NOT_PENDING"));
    let again = own.withdraw_bond(withdrawal(&proposed.bond_id)).await.unwrap_err();
    assert_eq!(refused(&again), state("BOND_NOT_PENDING"));
    let unknown = own.withdraw_bond(withdrawal(&id())).await.unwrap_err();
    assert_eq!(refused(&unknown), (Code::NotFound, "BOND_UNKNOWN".to_owned()));
    let second = stack.propose(proposal(&sharer, &beneficiary)).await.unwrap();
    let mut counter = stack.counter(NANJING, &sharer);
    let at_counter = counter.withdraw_bond(withdrawal(&second.bond_id)).await.unwrap();
    assert_eq!(at_counter.into_inner().bond.unwrap().state(), BondState::Withdrawn);
}

#[tokio::test]
async fn r_056_a_sharer_sets_all_or_a_fixed_amount_and_changes_it() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let (sharer, other) = (town.lives(Scheme::Employee, "320100"), town.lives(Scheme::Employee, "320100"));
    let request = into_programme(Programme::LocalRealtime, &sharer, &other, Relation::Sibling);
    let invited = stack.propose(request).await.unwrap();
    let mut own = stack.client(&citizen(&sharer));
    let early = own.set_sharing(fixed(&invited.bond_id, "800.00")).await.unwrap_err();
    assert_eq!(refused(&early), state("BOND_NOT_ACTIVE"));
    let bond = stack.accept(&other, acceptance(&invited.bond_id)).await.unwrap();
    assert_eq!((bond.sharing_mode(), bond.sharing_amount.as_str()), (SharingMode::All, ""));
    let request = fixed(&bond.bond_id, "800.5");
    let set = own.set_sharing(request.clone()).await.unwrap().into_inner().bond.unwrap();
    assert_eq!((set.sharing_mode(), set.sharing_amount.as_str()), (SharingMode::Fixed, "800.50"));
    // Another spelling of the amount is the same content; a stale revision burns nothing.
    let same = SetSharingRequest { amount: "800.50".to_owned(), ..request };
    assert_eq!(own.set_sharing(same).await.unwrap().into_inner().bond.unwrap(), set);
    let stale = SetSharingRequest { expected_revision: 2, ..fixed(&bond.bond_id, "900") };
    let status = own.set_sharing(stale.clone()).await.unwrap_err();
    assert_eq!(refused(&status), (Code::Aborted, "REVISION_CHANGED".to_owned()));
    let mended = SetSharingRequest { expected_revision: 3, ..stale };
    assert_eq!(own.set_sharing(mended).await.unwrap().into_inner().bond.unwrap().revision, 4);
    let all = SetSharingRequest {
        mode: SharingMode::All.into(),
        amount: String::new(),
        ..fixed(&bond.bond_id, "")
    };
    let all = own.set_sharing(all).await.unwrap().into_inner().bond.unwrap();
    assert_eq!((all.sharing_mode(), all.sharing_amount.as_str()), (SharingMode::All, ""));
    let status = stack.client(&citizen(&other)).set_sharing(fixed(&bond.bond_id, "1")).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()));
}

#[tokio::test]
async fn r_056_in_the_wallet_each_transfer_says_how_much() {
    let stack = Stack::start().await;
    let bond = stack.active().await;
    let mut own = stack.client(&citizen(&bond.sharer_person_id));
    let status = own.set_sharing(fixed(&bond.bond_id, "800")).await.unwrap_err();
    assert_eq!(refused(&status), state("NOT_FOR_THIS_PROGRAMME"));
    assert_eq!(status::read(&status).unwrap().refusal.rule, "R-056");
}

#[tokio::test]
async fn r_055_either_of_the_two_ends_a_bond_and_it_stays_ended() {
    let stack = Stack::start().await;
    for (by, reason) in [
        (DissolvedBy::Sharer, DissolveReason::VoluntarySharer),
        (DissolvedBy::Beneficiary, DissolveReason::VoluntaryBeneficiary),
    ] {
        let bond = stack.active().await;
        let (own, other) = match by {
            DissolvedBy::Sharer => (&bond.sharer_person_id, &bond.beneficiary_person_id),
            _ => (&bond.beneficiary_person_id, &bond.sharer_person_id),
        };
        let request = dissolution(&bond.bond_id, by);
        let status = stack.dissolve(other, request.clone()).await.unwrap_err();
        assert_eq!(refused(&status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()));
        let mut tries = 0;
        let ended = loop {
            // How the two stand is followed, and may not be known yet.
            match stack.dissolve(own, request.clone()).await {
                Ok(ended) => break ended,
                Err(status) => assert_eq!(refused(&status).1, "FEED_BEHIND"),
            }
            tries += 1;
            assert!(tries < 20_000, "the stream is never followed");
        };
        assert_eq!((ended.state(), ended.dissolve_reason()), (BondState::Dissolved, reason));
        assert_eq!(stack.dissolve(own, request).await.unwrap(), ended);
        let again = stack.dissolve(own, dissolution(&bond.bond_id, by)).await.unwrap_err();
        assert_eq!(refused(&again), state("BOND_NOT_ACTIVE"));
        assert!(ended.end_time.is_some() && ended.revision == 3);
    }
    assert!(sql::is_whole(&stack.url).await);
}

#[tokio::test]
async fn r_055_a_counter_ends_a_bond_for_a_reason_of_its_own() {
    let stack = Stack::start().await;
    let bond = stack.active().await;
    let mut request = dissolution(&bond.bond_id, DissolvedBy::Operator);
    request.reason = DissolveReason::Fraud.into();
    let status = stack.client("dev:operator:630100:ma").dissolve_bond(request.clone()).await.unwrap_err();
    assert_eq!(refused(&status), (Code::PermissionDenied, "OUT_OF_SCOPE".to_owned()));
    let ended = stack.client(CHENGDU).dissolve_bond(request).await.unwrap().into_inner().bond.unwrap();
    assert_eq!((ended.state(), ended.dissolve_reason()), (BondState::Dissolved, DissolveReason::Fraud));
}

#[tokio::test]
async fn r_055_a_cooling_time_and_the_changes_of_a_year_are_kept() {
    let (town, rules) = (Town::start().await, locked());
    let stack = Stack::beside(&town, &["--rules", rules.path().to_str().unwrap()]).await;
    let sharer = town.lives(Scheme::Employee, "320100");
    let wish = |other: &str| into_programme(Programme::LocalRealtime, &sharer, other, Relation::Sibling);
    let relatives = [(); 3].map(|()| town.lives(Scheme::Resident, "320100"));
    let first = stack.bound(wish(&relatives[0])).await;
    let request = dissolution(&first.bond_id, DissolvedBy::Sharer);
    let status = stack.dissolve(&sharer, request.clone()).await.unwrap_err();
    let refusal = status::read(&status).unwrap().refusal;
    assert_eq!((refusal.reason.as_str(), refusal.rule.as_str()), ("BOND_CHANGE_LOCKED", "R-055"));
    assert_eq!((refusal.limit.as_str(), refusal.actual.as_str()), ("2026-04-15", "2026-01-15"));
    assert_eq!(refusal.policy_version, "TEST-NANJING-LOCAL");
    // The same request is refused for ever, a new one is not.
    stack.clock.shift_to(NOW + Duration::days(90)).unwrap();
    assert_eq!(refused(&stack.dissolve(&sharer, request).await.unwrap_err()), state("BOND_CHANGE_LOCKED"));
    stack.dissolve(&sharer, dissolution(&first.bond_id, DissolvedBy::Sharer)).await.unwrap();
    // Two changes so far; the third bond of the year is the last.
    stack.bound(wish(&relatives[1])).await;
    let status = stack.propose(wish(&relatives[2])).await.unwrap_err();
    assert_eq!(refused(&status), state("BOND_CHANGE_LOCKED"));
    stack.clock.shift_to(NOW + Duration::days(352)).unwrap();
    stack.bound(wish(&relatives[2])).await;
}
