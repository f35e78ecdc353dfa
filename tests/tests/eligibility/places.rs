//! Where the two are insured, and when.

use anyhow::Result;
use e2e::{Scene, time_of};
use proto::common::Programme;

use crate::asked::{asked, employee, refusals, refuses, resident};

pub(crate) async fn r_002_two_provinces_share_once_both_have_opened(scene: &mut Scene) -> Result<()> {
    let (sharer, mother) = (employee(scene, 320_100).await?, resident(scene, 330_100).await?);
    let on =
        async |day: &str| asked(scene, Programme::Wallet, &sharer, &mother, time_of(day, 12, 0, 0)).await;
    let before = on("2024-10-31").await?;
    for side in ["SHARER", "BENEFICIARY"] {
        assert!(refuses(&before, "R-006", "REGION_NOT_OPEN", side), "{:?}", refusals(&before));
    }
    let one_side = on("2024-11-01").await?;
    let expected = ("R-006".to_owned(), "REGION_NOT_OPEN".to_owned(), "BENEFICIARY".to_owned());
    assert_eq!(refusals(&one_side), [expected]);
    assert!(on("2025-09-22").await?.allowed);
    Ok(())
}

pub(crate) async fn r_004_the_two_may_be_insured_in_different_provinces(scene: &mut Scene) -> Result<()> {
    let at = time_of("2026-03-10", 12, 0, 0);
    let sharer = employee(scene, 320_100).await?;
    for place in [510_100, 440_100, 669_900, 320_100] {
        let mother = resident(scene, place).await?;
        let decision = asked(scene, Programme::Wallet, &sharer, &mother, at).await?;
        assert!(decision.allowed, "{place}: {:?}", refusals(&decision));
    }
    Ok(())
}

pub(crate) async fn r_005_a_local_programme_stays_within_its_province(scene: &mut Scene) -> Result<()> {
    let at = time_of("2026-03-10", 12, 0, 0);
    let sharer = employee(scene, 320_100).await?;
    let (near, far) = (resident(scene, 320_500).await?, resident(scene, 510_100).await?);
    let within = asked(scene, Programme::LocalRealtime, &sharer, &near, at).await?;
    assert!(within.allowed, "{:?}", refusals(&within));
    let across = asked(scene, Programme::LocalRealtime, &sharer, &far, at).await?;
    let expected = ("R-012".to_owned(), "OUT_OF_TERRITORY".to_owned(), "BENEFICIARY".to_owned());
    assert_eq!(refusals(&across), [expected]);
    Ok(())
}

pub(crate) async fn r_010_henan_shares_across_its_pooling_areas_and_the_corps_is_none_of_xinjiang(
    scene: &mut Scene,
) -> Result<()> {
    let (sharer, mother) = (employee(scene, 410_100).await?, resident(scene, 410_300).await?);
    let on = async |day: &str| {
        asked(scene, Programme::LocalRealtime, &sharer, &mother, time_of(day, 12, 0, 0)).await
    };
    assert!(refuses(&on("2024-08-31").await?, "R-006", "REGION_NOT_OPEN", "SHARER"));
    assert!(on("2024-09-01").await?.allowed);
    let (sharer, mother) = (employee(scene, 650_100).await?, resident(scene, 669_900).await?);
    let at = time_of("2026-03-10", 12, 0, 0);
    let local = asked(scene, Programme::LocalRealtime, &sharer, &mother, at).await?;
    assert!(refuses(&local, "R-012", "OUT_OF_TERRITORY", "BENEFICIARY"), "{:?}", refusals(&local));
    assert!(asked(scene, Programme::Wallet, &sharer, &mother, at).await?.allowed);
    Ok(())
}

pub(crate) async fn r_012_qinghai_kept_to_one_pooling_area_before_december_2024(
    scene: &mut Scene,
) -> Result<()> {
    let (creator, mother) = (employee(scene, 630_100).await?, resident(scene, 632_800).await?);
    let on = async |day: &str| {
        asked(scene, Programme::LocalAllocation, &creator, &mother, time_of(day, 12, 0, 0)).await
    };
    let before = on("2024-11-30").await?;
    let expected = ("R-012".to_owned(), "OUT_OF_TERRITORY".to_owned(), "BENEFICIARY".to_owned());
    assert_eq!(refusals(&before), [expected]);
    assert!(on("2024-12-01").await?.allowed);
    Ok(())
}

pub(crate) async fn r_013_hunan_binds_nobody_outside_the_province(scene: &mut Scene) -> Result<()> {
    let sharer = employee(scene, 430_100).await?;
    let (near, far) = (resident(scene, 430_200).await?, resident(scene, 510_100).await?);
    let at = time_of("2025-03-20", 12, 0, 0);
    assert!(asked(scene, Programme::LocalRealtime, &sharer, &near, at).await?.allowed);
    let across = asked(scene, Programme::LocalRealtime, &sharer, &far, at).await?;
    assert!(refuses(&across, "R-012", "OUT_OF_TERRITORY", "BENEFICIARY"), "{:?}", refusals(&across));
    let by_wallet = asked(scene, Programme::Wallet, &sharer, &far, at).await?;
    assert!(refuses(&by_wallet, "R-006", "REGION_NOT_OPEN", "SHARER"), "{:?}", refusals(&by_wallet));
    Ok(())
}

pub(crate) async fn r_014_qinghai_takes_part_across_provinces_from_december_2024_on(
    scene: &mut Scene,
) -> Result<()> {
    let (sharer, mother) = (employee(scene, 630_100).await?, resident(scene, 510_100).await?);
    let on =
        async |day: &str| asked(scene, Programme::Wallet, &sharer, &mother, time_of(day, 12, 0, 0)).await;
    assert!(refuses(&on("2024-11-30").await?, "R-006", "REGION_NOT_OPEN", "SHARER"));
    assert!(on("2024-12-01").await?.allowed);
    Ok(())
}
