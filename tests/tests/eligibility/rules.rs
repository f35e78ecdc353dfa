//! The rules as anybody reads them: where and since when a programme is open, and what holds there.

use anyhow::{Context as _, Result};
use e2e::{Scene, time_of};
use proto::{
    common::Programme,
    policy::{
        CheckAvailabilityRequest, CheckAvailabilityResponse, GetPolicyRequest, Parameter,
        policy_service_client::PolicyServiceClient,
    },
};
use testkit::{
    desk::{citizen, under},
    people::id,
};

use crate::asked::timestamp;

/// Every service that answers for the rules.
const SERVICES: [&str; 4] = ["identity", "kinship-registry", "settlement", "wallet-32"];

/// A citizen asks each of the services, which agree.
async fn open(scene: &Scene, place: u32, day: &str) -> Result<CheckAvailabilityResponse> {
    let request = CheckAvailabilityRequest {
        pooling_area: place.to_string(),
        programme: Programme::Wallet.into(),
        at_time: Some(timestamp(time_of(day, 12, 0, 0))),
    };
    let mut answers = Vec::new();
    for service in SERVICES {
        let mut rules = PolicyServiceClient::new(scene.channel(service));
        let asked = under(&citizen(&id()), request.clone());
        answers.push(rules.check_availability(asked).await?.into_inner());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    answers.pop().context("somebody answers")
}

async fn read(scene: &Scene, region: &str, programme: Programme, day: &str) -> Result<Vec<Parameter>> {
    let request = GetPolicyRequest {
        region: region.to_owned(),
        programme: programme.into(),
        at_time: Some(timestamp(time_of(day, 12, 0, 0))),
    };
    let mut rules = PolicyServiceClient::new(scene.channel("kinship-registry"));
    Ok(rules.get_policy(under(&citizen(&id()), request)).await?.into_inner().parameters)
}

fn named<'a>(parameters: &'a [Parameter], name: &str) -> Result<&'a Parameter> {
    parameters.iter().find(|parameter| parameter.name == name).with_context(|| name.to_owned())
}

pub(crate) async fn r_006_the_pilot_provinces_opened_first_and_others_later(scene: &mut Scene) -> Result<()> {
    for (place, day, expected) in [
        (320_100, "2024-10-31", false),
        (320_100, "2024-11-01", true),
        (510_100, "2024-11-01", true),
        (330_100, "2024-11-01", false),
        (330_100, "2025-09-22", true),
    ] {
        assert_eq!(open(scene, place, day).await?.open, expected, "{place} on {day}");
    }
    Ok(())
}

pub(crate) async fn r_007_guangdong_opened_after_all_others(scene: &mut Scene) -> Result<()> {
    for (day, expected) in [("2025-09-22", false), ("2026-01-09", false), ("2026-01-10", true)] {
        assert_eq!(open(scene, 440_100, day).await?.open, expected, "{day}");
    }
    assert!(open(scene, 669_900, "2025-09-22").await?.open, "the Corps was among the first thirty-one");
    Ok(())
}

pub(crate) async fn r_008_anybody_is_told_since_when_a_place_is_open_and_who_says_so(
    scene: &mut Scene,
) -> Result<()> {
    // The day stays; the source is the latest that said so.
    for (day, source) in [("2024-12-24", "试点省份名单"), ("2026-03-10", "央视新闻")] {
        let jiangsu = open(scene, 320_500, day).await?;
        assert_eq!(jiangsu.open_since, "2024-11-01");
        assert!(jiangsu.source.contains(source), "{jiangsu:?}");
    }
    let closed = open(scene, 440_300, "2025-10-01").await?;
    assert_eq!((closed.open, closed.open_since.as_str()), (false, ""));
    assert!(closed.source.contains("广东尚未上线"), "{closed:?}");
    Ok(())
}

pub(crate) async fn r_015_a_citizen_reads_the_rules_of_a_region(scene: &mut Scene) -> Result<()> {
    let rules = read(scene, "630100", Programme::LocalAllocation, "2024-11-30").await?;
    let scope = named(&rules, "relation_scope")?;
    assert_eq!((scope.from_region.as_str(), scope.policy_version.as_str()), ("630000", "QH-ALLOCATION-1"));
    assert!(scope.source.contains("青海省"), "{scope:?}");
    // What no region has published stays empty, and is listed.
    let unknown = named(&rules, "annual_ratio")?;
    assert_eq!(unknown.value, "");
    Ok(())
}

pub(crate) async fn r_157_every_rule_has_source_confidence_day_and_when_it_was_last_looked_at(
    scene: &mut Scene,
) -> Result<()> {
    for (region, programme) in [
        ("320100", Programme::Wallet),
        ("630100", Programme::LocalAllocation),
        ("430100", Programme::LocalRealtime),
        ("000000", Programme::Premium),
    ] {
        let rules = read(scene, region, programme, "2026-03-10").await?;
        let stated: Vec<_> = rules.iter().filter(|rule| !rule.value.is_empty()).collect();
        assert!(stated.len() > 5, "{region}: {rules:?}");
        for rule in stated {
            let told =
                [&rule.source, &rule.confidence, &rule.valid_from, &rule.policy_version, &rule.from_region];
            assert!(told.iter().all(|text| !text.is_empty()), "{rule:?}");
            assert_eq!(rule.last_verified_day.len(), "2026-01-31".len(), "{rule:?}");
        }
    }
    Ok(())
}

pub(crate) async fn r_003_the_notice_of_january_2026_holds_from_its_day_on(scene: &mut Scene) -> Result<()> {
    let version = async |day: &str| -> Result<String> {
        let rules = read(scene, "320100", Programme::Wallet, day).await?;
        Ok(named(&rules, "single_limit")?.policy_version.clone())
    };
    let (before, after) = (version("2026-01-08").await?, version("2026-01-09").await?);
    assert_ne!(before, after);
    assert_eq!(version("2026-03-10").await?, after);
    Ok(())
}
