//! What the rules say in readable form: parameters with their origin, and where a programme is open.

use policy::{Programme, Region};

use crate::support::*;

#[test]
fn r_157_every_parameter_names_source_confidence_and_day() {
    let lines = rules().policy(Region::from(pool("320100")), Programme::Wallet, at("2026-01-15 12:00"));
    assert!(lines.len() >= 15);
    for line in &lines {
        assert_eq!(line.from_region, Region::Nation);
        assert!(
            !line.source.is_empty() && !line.meaning.is_empty() && !line.label_zh.is_empty(),
            "{}",
            line.name
        );
    }
    let of_wallet = lines.iter().filter(|line| line.policy_version == "NAT-WALLET-2026-1");
    assert!(of_wallet.clone().count() >= 20);
    assert!(of_wallet.clone().all(|line| line.valid_from == day("2026-01-09")));
    let value = |name: &str| lines.iter().find(|line| line.name == name).unwrap().value.clone();
    assert_eq!(value("single_limit").as_deref(), Some("2000.00"));
    assert_eq!(value("window_close").as_deref(), Some("22:00"));
    assert_eq!(value("sharer_may_cancel").as_deref(), Some("false"));
    assert_eq!(value("min_source_balance"), None);
    let sample = lines.iter().find(|line| line.name == "claim_until").unwrap();
    assert_eq!(sample.confidence, policy::Confidence::Sample);
}

#[test]
fn a_programme_without_a_version_has_no_lines() {
    assert_eq!(rules().policy(Region::Nation, Programme::Wallet, at("2024-10-31 12:00")), []);
    assert_eq!(rules().policy(Region::Nation, Programme::Premium, at("2024-06-30 12:00")), []);
}

#[test]
fn r_008_availability_knows_each_area_and_since_when() {
    // (area, day, open, since)
    let table = [
        ("320100", "2024-10-31", None),
        ("320100", "2024-11-01", Some("2024-11-01")),
        ("320100", "2026-01-15", Some("2024-11-01")),
        ("630100", "2024-11-30", None),
        ("630100", "2025-09-22", Some("2024-12-01")),
        ("610100", "2025-09-21", None),
        ("610100", "2025-09-22", Some("2025-09-22")),
        ("669900", "2025-09-22", Some("2025-09-22")),
        ("440100", "2025-09-22", None),
        ("440100", "2026-01-09", None),
        ("440100", "2026-01-10", Some("2026-01-10")),
        ("510100", "2026-01-15", Some("2024-11-01")),
    ];
    for (area, when, since) in table {
        let answer = rules().availability(pool(area), Programme::Wallet, at(&format!("{when} 00:00")));
        assert_eq!(answer.open, since.is_some(), "{area} {when}");
        assert_eq!(answer.open_since, since.map(day), "{area} {when}");
        // That an area is closed may have a source too.
        let told = since.is_some() || area == "440100" && when >= "2025-09-22";
        assert_eq!(answer.source.is_empty(), !told, "{area} {when}");
    }
}

#[test]
fn availability_goes_by_the_civil_day_not_the_day_of_utc() {
    let open = |when| rules().availability(pool("440100"), Programme::Wallet, at(when)).open;
    assert!(!open("2026-01-09 23:59:59.999999"));
    assert!(open("2026-01-10 00:00"));
}
