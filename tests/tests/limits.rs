//! The limits on transfers at their edges: how many, how much, when, between whom, and where.

#[path = "limits/money.rs"]
mod money_there;
#[path = "limits/people.rs"]
mod people;
#[path = "limits/quote.rs"]
mod quote;
#[path = "limits/rules.rs"]
mod rules;

use std::collections::BTreeMap;

use anyhow::Result;
use e2e::{Family, Scene, assert_refused, detail, play, pool, reason, time_of, until};
use futures::future::{join_all, try_join_all};
use money::Yuan;
use proto::{
    identity::{
        EnrolmentStatus, RecordEnrolmentRequest, Scheme, identity_service_client::IdentityServiceClient,
    },
    kinship::Relation,
    settlement::TransferState,
};
use testkit::{
    desk::{Party, agency, long_ago, under},
    people::{id, newcomer, power_of_two},
};

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_at_their_edges() -> Result<()> {
    let mut scene = Scene::start("limits", time_of("2026-01-08", 10, 0, 0)).await?;
    play!(scene; a_region_that_is_not_open_is_refused);
    scene.cluster.set_clock(time_of("2026-03-10", 10, 0, 0)).await?;
    use money_there::*;
    use people::*;
    use quote::*;
    play!(scene;
        a_quote_in_the_window_decides_as_the_transfer_and_holds_nothing,
        a_quote_over_the_limit_names_the_largest_amount,
        r_078_of_64_concurrent_transfers_exactly_three_are_admitted,
        r_078_a_transfer_is_2000_00_at_most,
        r_070_no_more_is_sent_than_the_account_holds,
        r_071_an_empty_account_has_a_reason_of_its_own,
        one_transfer_of_a_pair_waits_at_a_time,
        both_wallets_must_be_open,
        an_enrolment_must_be_normal_and_the_sharers_an_employees,
        a_beneficiary_who_is_not_the_bonds_is_refused,
        r_151_whoever_is_suspended_neither_sends_nor_receives,
        r_029_with_overdue_contact_data_nothing_new_is_sent_until_they_are_confirmed,
        r_079_the_window_opens_at_06_00_and_closes_at_22_00,
        a_quote_outside_the_window_says_when_it_opens,
    );
    scene.finish().await
}

async fn a_region_that_is_not_open_is_refused(scene: &mut Scene) -> Result<()> {
    let sharer = scene.employee(pool(320_100), "1000.00").await?;
    // Guangdong opened on 2026-01-10.
    let beneficiary = resident_without_wallet(scene, 440_100).await?;
    let propose = async || {
        let bond = id();
        scene.desk.propose(&bond, &sharer, &beneficiary, Relation::Sibling).await.map(|_| bond)
    };
    let bond = until("proposing", propose).await?;
    let accepted = scene.certain(|| scene.desk.accept(&bond, &beneficiary)).await;
    let status = assert_refused(accepted, "REGION_NOT_OPEN");
    assert_ne!(detail(&status, "source"), "", "{status:?}");
    Ok(())
}

async fn resident_without_wallet(scene: &Scene, at: u32) -> Result<Party> {
    let pool = pool(at);
    let person = newcomer(pool, 1950, 0)?;
    let person = until("registering", || scene.desk.register(&person, pool)).await?;
    until("enrolling", || scene.desk.enrol(&person, Scheme::Resident, pool, "2020-01-01")).await?;
    Ok(Party { person, pool, wallet: id() })
}

async fn r_078_of_64_concurrent_transfers_exactly_three_are_admitted(scene: &mut Scene) -> Result<()> {
    let balance = power_of_two(19);
    let sharer = scene.employee(pool(320_100), &balance.to_string()).await?;
    let relatives = (0..16).map(|_| scene.person(Scheme::Resident, pool(510_100), true));
    let relatives = try_join_all(relatives).await?;
    let bonds = relatives.iter().map(|to| scene.bond(&sharer, to, Relation::Sibling));
    let bonds = try_join_all(bonds).await?;
    let families: Vec<Family> = relatives
        .into_iter()
        .zip(bonds)
        .map(|(beneficiary, bond)| Family { sharer: sharer.clone(), beneficiary, bond })
        .collect();
    let scene = &*scene;
    let sends = (0..64).map(|n| {
        let family = &families[n % families.len()];
        // An amount of its own for each beneficiary: a wrong balance names the transfer.
        let amount = power_of_two(u32::try_from(n % families.len()).unwrap_or(0));
        async move { scene.send(&id(), family, &amount.to_string()).await.map(|_| amount) }
    });
    let mut refused: BTreeMap<String, usize> = BTreeMap::new();
    let mut admitted = Vec::new();
    for answer in join_all(sends).await {
        match answer {
            Ok(amount) => admitted.push(amount),
            Err(status) => *refused.entry(reason(&status)).or_default() += 1,
        }
    }
    assert_eq!(admitted.len(), 3, "refused: {refused:?}");
    let left = balance.minus(Yuan::total(admitted.iter().copied())?)?;
    let account = scene.desk.wallet_of(&sharer).await?.account.unwrap_or_default();
    assert_eq!(account.available, left.to_string(), "admitted: {admitted:?}");
    assert!(refused.get("DAILY_TRANSFER_COUNT").is_some_and(|n| *n > 0), "{refused:?}");
    let others = refused
        .keys()
        .filter(|reason| !["DAILY_TRANSFER_COUNT", "PENDING_TRANSFER_EXISTS"].contains(&reason.as_str()));
    assert_eq!(others.count(), 0, "{refused:?}");
    let status = assert_refused(scene.send(&id(), &families[15], "2.00").await, "DAILY_TRANSFER_COUNT");
    assert_eq!((detail(&status, "rule").as_str(), detail(&status, "limit").as_str()), ("R-078", "3"));
    Ok(())
}

async fn r_078_a_transfer_is_2000_00_at_most(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "5000.00", 510_100, true).await?;
    let status = assert_refused(scene.send(&id(), &family, "2000.01").await, "OVER_SINGLE_TRANSFER_LIMIT");
    assert_eq!(detail(&status, "limit"), "2000.00");
    assert_eq!(detail(&status, "actual"), "2000.01");
    let sent = scene.send(&id(), &family, "2000.00").await?;
    assert_eq!(sent.amount, "2000.00");
    Ok(())
}

async fn one_transfer_of_a_pair_waits_at_a_time(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "500.00", 510_100, false).await?;
    let first = id();
    scene.send(&first, &family, "1.00").await?;
    let second = id();
    assert_refused(scene.send(&second, &family, "2.00").await, "PENDING_TRANSFER_EXISTS");
    let claim = id();
    scene.certain(|| scene.desk.claim(&claim, &first, &family.beneficiary)).await?;
    // The refusal is remembered under its id; a new one is free.
    assert_refused(scene.send(&second, &family, "2.00").await, "PENDING_TRANSFER_EXISTS");
    let third = scene.send(&id(), &family, "4.00").await?;
    assert_eq!(third.state(), TransferState::PendingClaim);
    Ok(())
}

async fn both_wallets_must_be_open(scene: &mut Scene) -> Result<()> {
    let sharer = scene.employee(pool(320_100), "500.00").await?;
    let beneficiary = resident_without_wallet(scene, 510_100).await?;
    let bond = scene.bond(&sharer, &beneficiary, Relation::Sibling).await?;
    let family = Family { sharer, beneficiary, bond };
    let status = assert_refused(scene.send(&id(), &family, "1.00").await, "WALLET_NOT_OPEN");
    assert_eq!(detail(&status, "side"), "BENEFICIARY");
    Ok(())
}

async fn an_enrolment_must_be_normal_and_the_sharers_an_employees(scene: &mut Scene) -> Result<()> {
    let resident = scene.person(Scheme::Resident, pool(320_100), false).await?;
    let other = scene.person(Scheme::Resident, pool(510_100), false).await?;
    let propose = async || match scene.desk.propose(&id(), &resident, &other, Relation::Spouse).await {
        Err(status) if reason(&status) == "SHARER_NOT_EMPLOYEE_INSURED" => Ok(status),
        Err(status) => Err(status),
        Ok(bond) => panic!("a resident may not share: {bond:?}"),
    };
    let status = until("proposing", propose).await?;
    assert_eq!(detail(&status, "rule"), "R-020");

    let family = scene.family(320_100, "500.00", 510_100, true).await?;
    scene.send(&id(), &family, "1.00").await?;
    let frozen = suspended_employee(scene, &family).await?;
    let status = assert_refused(scene.send(&id(), &frozen, "1.00").await, "ENROLMENT_NOT_NORMAL");
    assert_eq!(detail(&status, "side"), "SHARER");
    Ok(())
}

/// Another sharer for the same beneficiary whose enrolment is suspended after the bond was made.
async fn suspended_employee(scene: &Scene, family: &Family) -> Result<Family> {
    let pool = pool(320_100);
    let newcomer = newcomer(pool, 1980, 0)?;
    let person = until("registering", || scene.desk.register(&newcomer, pool)).await?;
    let enrolment = id();
    let record = async |status: EnrolmentStatus| {
        let request = RecordEnrolmentRequest {
            request_id: id(),
            enrolment_id: enrolment.clone(),
            person_id: person.clone(),
            scheme: Scheme::Employee.into(),
            pooling_area: pool.to_string(),
            status: status.into(),
            valid_from: "2020-01-01".to_owned(),
            business_time: Some(long_ago()),
            ..Default::default()
        };
        let mut identity = IdentityServiceClient::new(
            scene.cluster.channel("identity").map_err(|error| tonic::Status::internal(error.to_string()))?,
        );
        identity.record_enrolment(under(&agency(pool.province()), request)).await
    };
    until("enrolling", || record(EnrolmentStatus::Normal)).await?;
    let party = Party { person: person.clone(), pool, wallet: id() };
    until("opening a wallet", || scene.desk.open_wallet(&party, &newcomer.mobile, false)).await?;
    let bond = scene.bond(&party, &family.beneficiary, Relation::Sibling).await?;
    until("suspending", || record(EnrolmentStatus::Suspended)).await?;
    Ok(Family { sharer: party, beneficiary: family.beneficiary.clone(), bond })
}

async fn a_beneficiary_who_is_not_the_bonds_is_refused(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "500.00", 510_100, true).await?;
    let stranger = scene.person(Scheme::Resident, pool(510_100), true).await?;
    let wrong = Family { beneficiary: stranger, ..family.clone() };
    assert_refused(scene.send(&id(), &wrong, "1.00").await, "BOND_NOT_ACTIVE");
    let unknown = Family { bond: id(), ..family };
    assert_refused(scene.send(&id(), &unknown, "1.00").await, "BOND_UNKNOWN");
    Ok(())
}

async fn r_079_the_window_opens_at_06_00_and_closes_at_22_00(scene: &mut Scene) -> Result<()> {
    let evening = scene.family(320_100, "500.00", 510_100, false).await?;
    let morning = scene.family(320_100, "500.00", 510_100, false).await?;
    scene.cluster.set_clock(time_of("2026-03-10", 21, 59, 30)).await?;
    let first = id();
    let sent = scene.send(&first, &evening, "1.00").await?;
    assert_eq!(sent.return_by_local, "2026-03-11T06:00:00+08:00");
    scene.cluster.set_clock(time_of("2026-03-10", 22, 0, 0)).await?;
    let status = assert_refused(scene.send(&id(), &morning, "1.00").await, "OUTSIDE_TRANSFER_WINDOW");
    let parsed = chassis::status::read(&status).and_then(|parsed| parsed.refusal.possible_again);
    assert_eq!(parsed, Some(time_of("2026-03-11", 6, 0, 0)));
    scene.cluster.set_clock(time_of("2026-03-11", 5, 59, 30)).await?;
    assert_refused(scene.send(&id(), &morning, "1.00").await, "OUTSIDE_TRANSFER_WINDOW");
    // r_103: the evening's transfer was not claimed and is back before the window opens.
    let back = scene.desk.until_state(&first, &evening.sharer, TransferState::Returned).await?;
    assert_eq!(back.returned_amount, "1.00");
    scene.cluster.set_clock(time_of("2026-03-11", 6, 0, 0)).await?;
    scene.send(&id(), &morning, "1.00").await?;
    Ok(())
}
