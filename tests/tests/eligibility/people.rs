//! How the two are insured, and what they are to each other.

use anyhow::{Context as _, Result};
use e2e::{Scene, time_of};
use proto::{
    common::Programme,
    identity::{EnrolmentStatus, Scheme},
    kinship::Relation,
};
use time::OffsetDateTime;

use crate::asked::{asked, asked_as, employee, enrolled, insured, refusals, refuses, resident, somebody};

fn now() -> OffsetDateTime {
    time_of("2026-03-10", 12, 0, 0)
}

pub(crate) async fn r_020_a_resident_shares_nothing(scene: &mut Scene) -> Result<()> {
    let (sharer, mother) = (resident(scene, 320_100).await?, resident(scene, 510_100).await?);
    let decision = asked(scene, Programme::Wallet, &sharer, &mother, now()).await?;
    let found = refusals(&decision);
    assert!(refuses(&decision, "R-020", "SHARER_NOT_EMPLOYEE_INSURED", "SHARER"), "{found:?}");
    Ok(())
}

pub(crate) async fn r_021_whoever_is_insured_nowhere_receives_nothing(scene: &mut Scene) -> Result<()> {
    let (sharer, mother) = (employee(scene, 320_100).await?, somebody(scene, 510_100, 1950).await?);
    let decision = asked(scene, Programme::Wallet, &sharer, &mother, now()).await?;
    let found = refusals(&decision);
    assert!(refuses(&decision, "R-021", "BENEFICIARY_NOT_INSURED", "BENEFICIARY"), "{found:?}");
    Ok(())
}

pub(crate) async fn r_022_flexible_employment_shares_as_employees_do(scene: &mut Scene) -> Result<()> {
    let sharer = insured(scene, Scheme::FlexibleEmployee, 320_100, 1980).await?;
    let mother = insured(scene, Scheme::Employee, 510_100, 1950).await?;
    let decision = asked(scene, Programme::Wallet, &sharer, &mother, now()).await?;
    assert!(decision.allowed, "{:?}", refusals(&decision));
    Ok(())
}

pub(crate) async fn r_023_whoever_is_not_enrolled_normally_is_refused_by_the_name_of_the_state(
    scene: &mut Scene,
) -> Result<()> {
    let (sharer, mother) = (employee(scene, 320_100).await?, resident(scene, 510_100).await?);
    for (status, name) in [
        (EnrolmentStatus::Suspended, "SUSPENDED"),
        (EnrolmentStatus::InArrears, "IN_ARREARS"),
        (EnrolmentStatus::Frozen, "FROZEN"),
        (EnrolmentStatus::Terminated, "TERMINATED"),
    ] {
        let like_her = enrolled(scene, Scheme::Resident, 510_100, status, 1950).await?;
        let like_him = enrolled(scene, Scheme::Employee, 320_100, status, 1980).await?;
        for (pair, side) in [([&sharer, &like_her], "BENEFICIARY"), ([&like_him, &mother], "SHARER")] {
            let decision = asked(scene, Programme::Wallet, pair[0], pair[1], now()).await?;
            let found = decision.verdicts.iter().find(|verdict| verdict.reason == "ENROLMENT_NOT_NORMAL");
            let verdict = found.with_context(|| format!("{name}: {:?}", refusals(&decision)))?;
            assert_eq!((verdict.rule.as_str(), verdict.actual.as_str()), ("R-023", name));
            assert!(verdict.side().as_str_name().ends_with(side), "{verdict:?}");
        }
    }
    Ok(())
}

pub(crate) async fn r_025_the_programme_of_qinghai_is_for_sharers_insured_there(
    scene: &mut Scene,
) -> Result<()> {
    let (sharer, mother) = (employee(scene, 320_100).await?, resident(scene, 630_100).await?);
    let decision = asked(scene, Programme::LocalAllocation, &sharer, &mother, now()).await?;
    let found = refusals(&decision);
    assert!(refuses(&decision, "R-006", "REGION_NOT_OPEN", "SHARER"), "{found:?}");
    Ok(())
}

pub(crate) async fn r_026_the_members_of_qinghai_are_insured_there(scene: &mut Scene) -> Result<()> {
    let (creator, mother) = (employee(scene, 630_100).await?, resident(scene, 320_100).await?);
    let decision = asked(scene, Programme::LocalAllocation, &creator, &mother, now()).await?;
    let found = refusals(&decision);
    assert!(found.iter().any(|(_, reason, _)| reason == "OUT_OF_TERRITORY"), "{found:?}");
    Ok(())
}

const NEAR: [Relation; 8] = [
    Relation::Spouse,
    Relation::Parent,
    Relation::Child,
    Relation::Sibling,
    Relation::PaternalGrandparent,
    Relation::MaternalGrandparent,
    Relation::ChildOfSon,
    Relation::ChildOfDaughter,
];

pub(crate) async fn r_040_eight_relations_are_near_relatives_and_two_others_are_none(
    scene: &mut Scene,
) -> Result<()> {
    let (sharer, other) = (employee(scene, 320_100).await?, resident(scene, 510_100).await?);
    let ask = async |relation| asked_as(scene, relation, Programme::Wallet, [&sharer, &other], now()).await;
    for relation in NEAR {
        let decision = ask(relation).await?;
        assert!(decision.allowed, "{relation:?}: {:?}", refusals(&decision));
    }
    for (relation, rule, reason) in [
        (Relation::ParentInLaw, "R-042", "IN_LAW_EXCLUDED"),
        (Relation::OtherRelative, "R-040", "RELATION_NOT_IN_SCOPE"),
    ] {
        let found = refusals(&ask(relation).await?);
        assert!(found.iter().any(|(by, why, _)| (by.as_str(), why.as_str()) == (rule, reason)), "{found:?}");
    }
    Ok(())
}

pub(crate) async fn r_041_qinghai_knew_three_relations_and_r_043_knows_eight(
    scene: &mut Scene,
) -> Result<()> {
    let (creator, other) = (employee(scene, 630_100).await?, resident(scene, 630_100).await?);
    let ask = async |relation, day: &str| {
        let at = time_of(day, 12, 0, 0);
        asked_as(scene, relation, Programme::LocalAllocation, [&creator, &other], at).await
    };
    for relation in NEAR {
        let before = ask(relation, "2024-11-30").await?;
        let older = matches!(relation, Relation::Spouse | Relation::Parent | Relation::Child);
        let in_scope = refusals(&before).iter().all(|(_, reason, _)| reason != "RELATION_NOT_IN_SCOPE");
        assert_eq!(in_scope, older, "{relation:?}: {:?}", refusals(&before));
        let after = ask(relation, "2024-12-01").await?;
        assert!(after.allowed, "{relation:?}: {:?}", refusals(&after));
    }
    Ok(())
}
