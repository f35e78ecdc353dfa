//! which programme exists since when and where, and how far it reaches.

use policy::{
    Confidence, Parameter, Programme, Reason, Region, Side, Value, decide_bond, decide_place_change,
};

use crate::support::*;

const NOON: &str = "2026-01-15 12:00";

fn version(programme: Programme, when: &str) -> Option<String> {
    let resolved = rules().resolve(programme, pool("510100"), at(when));
    resolved.base.map(|origin| origin.policy_version.clone())
}

#[test]
fn r_001_the_history_of_sharing_begins_in_2021_04() {
    for programme in [Programme::LocalRealtime, Programme::LocalAllocation] {
        assert_eq!(version(programme, "2021-03-31 23:59:59"), None);
        assert_eq!(version(programme, "2021-04-01 00:00").as_deref(), Some("NAT-LOCAL-2021-1"));
    }
}

#[test]
fn r_002_sharing_across_provinces_begins_with_the_pilot_of_2024() {
    assert_eq!(version(Programme::Wallet, "2024-10-31 12:00"), None);
    assert_eq!(version(Programme::Wallet, "2024-11-01 12:00").as_deref(), Some("NAT-WALLET-PILOT-1"));
}

#[test]
fn r_003_the_notice_of_2026_01_09_governs_the_wallet() {
    assert_eq!(version(Programme::Wallet, "2026-01-09 00:00").as_deref(), Some("NAT-WALLET-2026-1"));
    let resolved = rules().resolve(Programme::Wallet, pool("510100"), at("2026-01-09 00:00"));
    let origin = resolved.base.unwrap();
    assert_eq!((origin.confidence, origin.from_region), (Confidence::High, Region::Nation));
    assert!(origin.source.contains("跨省共济工作的通知"));
}

#[test]
fn r_004_sharer_and_beneficiary_may_be_insured_in_different_provinces() {
    let facts = local_bond(Programme::Wallet, "320100", "510100");
    assert!(decide_bond(&facts, &rules(), at(NOON)).allowed);
}

#[test]
fn r_005_inside_a_province_and_across_provinces_are_separate_programmes() {
    let facts = local_bond(Programme::LocalRealtime, "320100", "510100");
    let decision = decide_bond(&facts, &rules(), at(NOON));
    assert_eq!(why(&decision), Some((Reason::OutOfTerritory, "R-012", Side::Beneficiary)));
    assert!(
        decide_bond(&local_bond(Programme::LocalRealtime, "320100", "320500"), &rules(), at(NOON)).allowed
    );
}

#[test]
fn r_006_the_pilot_is_a_list_of_provinces_with_a_date() {
    for (area, open) in
        [("320100", true), ("620100", true), ("509900", true), ("610100", false), ("440100", false)]
    {
        let answer = rules().availability(pool(area), Programme::Wallet, at("2024-12-01 12:00"));
        assert_eq!(answer.open, open, "{area}");
    }
}

#[test]
fn r_007_guangdong_was_the_exception_of_2025_09_22() {
    let when = at("2025-09-22 12:00");
    let is_open = |province: &standards::Province| {
        rules().availability(standards::Pool::of_province(*province), Programme::Wallet, when).open
    };
    let open: Vec<_> = standards::Province::all().filter(is_open).collect();
    assert_eq!(open.len(), 31);
    assert!(!open.iter().any(|province| province.code() == 44));
}

#[test]
fn r_008_every_pooling_area_can_be_asked_for() {
    for area in standards::Pool::all() {
        let answer = rules().availability(area, Programme::Wallet, at(NOON));
        assert!(answer.open && !answer.source.is_empty(), "{area}");
    }
}

#[test]
fn r_009_all_regions_is_true_only_since_2026_01_10() {
    assert!(!rules().availability(pool("440100"), Programme::Wallet, at("2025-08-28 12:00")).open);
    assert!(rules().availability(pool("440100"), Programme::Wallet, at("2026-01-10 12:00")).open);
}

#[test]
fn r_010_henan_shares_across_its_pooling_areas_since_2024_09() {
    let territory = |area: &str, when: &str| {
        rules().resolve(Programme::LocalRealtime, pool(area), at(when)).word(Parameter::TerritorialScope)
    };
    assert_eq!(territory("410100", "2024-08-31 12:00"), Some("SAME_POOL"));
    assert_eq!(territory("410100", "2024-09-01 12:00"), Some("SAME_PROVINCE"));
    assert_eq!(territory("320100", "2024-12-31 12:00"), Some("SAME_POOL"));
    assert_eq!(territory("669900", "2025-01-01 12:00"), Some("SAME_PROVINCE"));
}

#[test]
fn r_011_same_province_and_another_pooling_area_is_enough_inside_a_province() {
    let facts = local_bond(Programme::LocalRealtime, "410100", "410300");
    assert!(decide_bond(&facts, &rules(), at("2024-10-01 12:00")).allowed);
}

#[test]
fn r_012_the_old_rule_same_pooling_area_only_can_be_said() {
    let facts = local_bond(Programme::LocalAllocation, "630100", "630200");
    let before = decide_bond(&facts, &rules(), at("2024-11-30 12:00"));
    assert_eq!(why(&before), Some((Reason::OutOfTerritory, "R-012", Side::Beneficiary)));
    assert!(decide_bond(&facts, &rules(), at("2024-12-01 12:00")).allowed);
}

#[test]
fn r_013_hunan_binds_nobody_outside_the_province() {
    let facts = local_bond(Programme::LocalRealtime, "430100", "440100");
    let decision = decide_bond(&facts, &rules(), at("2025-03-14 12:00"));
    let verdict = by_parameter(&decision, "territorial_scope");
    assert_eq!((verdict.reason, verdict.limit.as_str()), (Some(Reason::OutOfTerritory), "SAME_PROVINCE"));
    let inside = local_bond(Programme::LocalRealtime, "430100", "430200");
    assert!(decide_bond(&inside, &rules(), at("2025-03-14 12:00")).allowed);
}

#[test]
fn r_014_qinghai_takes_part_across_provinces_by_the_wallet() {
    let facts = local_bond(Programme::Wallet, "630100", "510100");
    assert!(!decide_bond(&facts, &rules(), at("2024-11-30 12:00")).allowed);
    assert!(decide_bond(&facts, &rules(), at("2024-12-01 12:00")).allowed);
    let local = local_bond(Programme::LocalAllocation, "630100", "510100");
    assert!(!decide_bond(&local, &rules(), at("2025-09-22 12:00")).allowed);
}

#[test]
fn r_015_the_rules_of_a_region_are_readable_with_source_and_day() {
    let region: Region = "630100".parse().unwrap();
    let table = rules().policy_table(region, Programme::LocalAllocation, at("2024-11-30 12:00"));
    let text = table.to_string();
    assert!(text.starts_with("LOCAL_ALLOCATION in 630100 at 2024-11-30T12:00:00+08:00\n"), "{text}");
    let line = text.lines().find(|line| line.starts_with("min_allocation ")).unwrap();
    assert!(line.contains("500.00") && line.contains("630000 QH-ALLOCATION-1 H since 2021-04-01"), "{line}");
    let none = rules().policy_table(region, Programme::Wallet, at("2024-10-31 12:00"));
    assert!(none.to_string().contains("no version is in force"));
}

#[test]
fn r_094_the_place_of_use_may_move_between_provinces_that_both_let_it() {
    let mut person = mother();
    person.enrolments.as_mut().unwrap().push(enrolment(policy::Scheme::Resident, "370100"));
    let moved = |to: &str, when: &str| {
        let facts =
            policy::PlaceFacts { programme: Programme::Wallet, place: pool(to), person: person.clone() };
        decide_place_change(&facts, &rules(), at(when))
    };
    assert!(moved("370100", "2025-09-22 12:00").allowed);
    let early = moved("370100", "2025-09-21 12:00");
    assert_eq!(
        why(&early).map(|(reason, rule, _)| (reason, rule)),
        Some((Reason::NotForThisProgramme, "R-094"))
    );
    let mut person = person.clone();
    person.enrolments.as_mut().unwrap().push(enrolment(policy::Scheme::Resident, "320100"));
    let facts = policy::PlaceFacts { programme: Programme::Wallet, place: pool("320100"), person };
    let elsewhere = decide_place_change(&facts, &rules(), at(NOON));
    assert_eq!(why(&elsewhere), Some((Reason::PlaceOfUseNotAllowed, "R-094", Side::Beneficiary)));
    let resolved = rules().resolve(Programme::Wallet, pool("510100"), at(NOON));
    let setting = resolved.setting(Parameter::PlaceOfUseChange).unwrap();
    assert_eq!(setting.value, Some(Value::Flag(true)));
    assert_eq!(setting.origin.from_region.to_string(), "510000");
}
