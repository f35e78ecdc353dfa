//! Which value holds: by region, by day, by what was recorded when, and of several sides.

use policy::{Parameter, Programme, Region, Rules, Side, Value, decide_transfer, strictest};
use proptest::prelude::*;

use crate::support::*;

struct Draft<'a> {
    id: &'a str,
    region: &'a str,
    days: [&'a str; 2],
    recorded: &'a str,
    more: &'a str,
    parameters: &'a str,
}

fn version(draft: &Draft<'_>) -> String {
    let Draft { id, region, days: [from, to], recorded, more, parameters } = draft;
    let to = if to.is_empty() { String::new() } else { format!("valid_to = \"{to}\"") };
    format!(
        "[[version]]\nid = \"{id}\"\nprogramme = \"WALLET\"\nregion = \"{region}\"\nvalid_from = \"{from}\"\n{to}\n\
         recorded_at = \"{recorded}T00:00:00+08:00\"\nsource = \"source of {id}\"\nconfidence = \"H\"\n\
         last_verified_day = \"2026-01-01\"\n{more}\n[version.parameters]\n{parameters}\n"
    )
}

fn regional(nation_more: &str, province: &str, area: &str) -> Rules {
    let make = |id, region, more, parameters| {
        version(&Draft { id, region, days: ["2026-01-01", ""], recorded: "2026-01-01", more, parameters })
    };
    let nation = make("N", "000000", nation_more, "daily_count = 3\nsingle_limit = \"2000.00\"");
    let files = [nation, make("P", "320000", "", province), make("A", "320100", "", area)];
    let files: Vec<_> = files.iter().map(|text| ("rules.toml", text.as_str())).collect();
    Rules::parse(&files).unwrap()
}

fn count_in(rules: &Rules, area: &str) -> (Option<u32>, String) {
    let resolved = rules.resolve(Programme::Wallet, pool(area), at("2026-01-15 12:00"));
    let origin = &resolved.setting(Parameter::DailyCount).unwrap().origin;
    (resolved.count(Parameter::DailyCount), origin.policy_version.clone())
}

#[test]
fn the_most_specific_region_wins_parameter_by_parameter() {
    let rules = regional("", "daily_count = 2", "daily_count = 1\nmin_source_balance = \"500\"");
    assert_eq!(count_in(&rules, "320100"), (Some(1), "A".to_owned()));
    assert_eq!(count_in(&rules, "320500"), (Some(2), "P".to_owned()));
    assert_eq!(count_in(&rules, "510100"), (Some(3), "N".to_owned()));
    let resolved = rules.resolve(Programme::Wallet, pool("320100"), at("2026-01-15 12:00"));
    assert_eq!(resolved.amount(Parameter::SingleLimit), Some(yuan("2000.00")));
    assert_eq!(resolved.amount(Parameter::MinSourceBalance), Some(yuan("500.00")));
    assert_eq!(
        resolved.setting(Parameter::MinSourceBalance).unwrap().origin.from_region,
        Region::from(pool("320100"))
    );
    assert_eq!(resolved.base.as_ref().unwrap().policy_version, "N");
    assert!(resolved.setting(Parameter::WindowOpen).is_none());
}

#[test]
fn a_wider_region_that_overrides_is_not_changed_below() {
    let rules = regional("overrides_local = [\"daily_count\"]", "daily_count = 9", "daily_count = 1");
    assert_eq!(count_in(&rules, "320100"), (Some(3), "N".to_owned()));
}

#[test]
fn not_stated_below_does_not_lift_a_limit_above() {
    let local = version(&Draft {
        id: "P",
        region: "320000",
        days: ["2026-01-01", ""],
        recorded: "2026-01-01",
        more: "unstated = [\"daily_count\", \"max_members\"]",
        parameters: "",
    });
    let nation = version(&Draft {
        id: "N",
        region: "000000",
        days: ["2026-01-01", ""],
        recorded: "2026-01-01",
        more: "",
        parameters: "daily_count = 3",
    });
    let rules = Rules::parse(&[("n", &nation), ("p", &local)]).unwrap();
    assert_eq!(count_in(&rules, "320100"), (Some(3), "N".to_owned()));
    let resolved = rules.resolve(Programme::Wallet, pool("320100"), at("2026-01-15 12:00"));
    assert_eq!(resolved.setting(Parameter::MaxMembers).unwrap().value, None);
}

#[test]
fn a_version_holds_from_its_first_to_its_last_civil_day() {
    let table = [
        ("2024-10-31 23:59:59.999999", None),
        ("2024-11-01 00:00", Some("NAT-WALLET-PILOT-1")),
        ("2026-01-08 23:59:59.999999", Some("NAT-WALLET-PILOT-1")),
        ("2026-01-09 00:00", Some("NAT-WALLET-2026-1")),
        ("2031-01-01 00:00", Some("NAT-WALLET-2026-1")),
    ];
    for (when, expected) in table {
        let resolved = rules().resolve(Programme::Wallet, pool("320100"), at(when));
        let found = resolved.base.as_ref().map(|origin| origin.policy_version.as_str());
        assert_eq!(found, expected, "{when}");
    }
}

#[test]
fn a_correction_replaces_what_it_supersedes_and_the_past_can_be_judged_again() {
    let draft = |id, recorded, more, parameters| {
        version(&Draft { id, region: "000000", days: ["2026-01-01", ""], recorded, more, parameters })
    };
    let first = draft("N-1", "2026-01-02", "", "daily_count = 3");
    let second = draft("N-2", "2026-03-01", "supersedes = \"N-1\"", "daily_count = 5");
    let rules = Rules::parse(&[("second", &second), ("first", &first)]).unwrap();
    assert_eq!(count_in(&rules, "320100"), (Some(5), "N-2".to_owned()));
    let then = rules.known_at(at("2026-02-28 23:59"));
    assert_eq!(count_in(&then, "320100"), (Some(3), "N-1".to_owned()));
    let before = rules.known_at(at("2026-01-01 23:59")).resolve(
        Programme::Wallet,
        pool("320100"),
        at("2026-01-15 12:00"),
    );
    assert!(before.base.is_none() && before.settings().count() == 0);
}

#[test]
fn three_sides_take_the_strictest_and_name_it() {
    let rules = regional("", "daily_count = 2", "daily_count = 4");
    let resolve = |area| rules.resolve(Programme::Wallet, pool(area), at("2026-01-15 12:00"));
    let (nanjing, suzhou, chengdu) = (resolve("320100"), resolve("320500"), resolve("510100"));
    let sides = [(Side::Sharer, &nanjing), (Side::Beneficiary, &suzhou), (Side::TreatmentPlace, &chengdu)];
    let (side, setting) = strictest(Parameter::DailyCount, &sides).unwrap();
    assert_eq!((side, setting.value), (Side::Beneficiary, Some(Value::Count(2))));
    assert_eq!(setting.origin.policy_version, "P");
    let (side, _) = strictest(Parameter::SingleLimit, &sides).unwrap();
    assert_eq!(side, Side::Sharer, "of equals the first is named");
    assert_eq!(strictest(Parameter::WindowOpen, &sides), None);
}

#[test]
fn a_stricter_region_of_the_beneficiary_refuses_and_is_named() {
    let national = include_str!("../../rules/national.toml");
    let opened = include_str!("../../rules/availability.toml");
    let local = version(&Draft {
        id: "SC-1",
        region: "510000",
        days: ["2026-01-09", ""],
        recorded: "2026-01-09",
        more: "",
        parameters: "unclaimed_per_pair = 0",
    });
    let rules = Rules::parse(&[("n", national), ("a", opened), ("sc", &local)]).unwrap();
    let decision = decide_transfer(&transfer(), &rules, at("2026-01-15 12:00"));
    let verdict = refused(&decision);
    assert_eq!((verdict.side, verdict.policy_version.as_str()), (Side::Beneficiary, "SC-1"));
}

#[test]
fn a_closed_area_inside_an_open_province_stays_closed() {
    let entry = |state: &str, from: &str, region: &str| {
        format!(
            "[[availability]]\nprogramme = \"WALLET\"\nstate = \"{state}\"\nfrom = \"{from}\"\nregions = [\"{region}\"]\n\
             recorded_at = \"2026-01-01T00:00:00+08:00\"\nsource = \"s\"\nconfidence = \"M\"\n"
        )
    };
    let text = entry("OPEN", "2026-01-01", "320000")
        + &entry("CLOSED", "2026-01-05", "320100")
        + &entry("OPEN", "2026-01-20", "320100");
    let rules = Rules::parse(&[("a", &text)]).unwrap();
    let since = |area, when| rules.availability(pool(area), Programme::Wallet, at(when)).open_since;
    assert_eq!(since("320100", "2026-01-04 12:00"), Some(day("2026-01-01")));
    assert_eq!(since("320100", "2026-01-05 00:00"), None);
    assert_eq!(since("320100", "2026-01-20 00:00"), Some(day("2026-01-20")));
    assert_eq!(since("320500", "2026-01-05 00:00"), Some(day("2026-01-01")));
}

proptest! {
    #[test]
    fn no_side_is_allowed_more_than_its_own_limit(nation in 1u32..9, province in 1u32..9, area in 1u32..9) {
        let text = |id, region, count: u32| version(&Draft {
            id, region, days: ["2026-01-01", ""], recorded: "2026-01-01", more: "",
            parameters: &format!("daily_count = {count}"),
        });
        let files = [text("N", "000000", nation), text("P", "510000", province), text("A", "320100", area)];
        let files: Vec<_> = files.iter().map(|file| ("f", file.as_str())).collect();
        let rules = Rules::parse(&files).unwrap();
        let resolve = |at_pool| rules.resolve(Programme::Wallet, pool(at_pool), at("2026-01-15 12:00"));
        let (from, to) = (resolve("320100"), resolve("510100"));
        let (_, found) = strictest(Parameter::DailyCount, &[(Side::Sharer, &from), (Side::Beneficiary, &to)]).unwrap();
        prop_assert_eq!(found.value, Some(Value::Count(area.min(province))));
    }

    #[test]
    fn the_narrowest_stated_value_holds_below_the_widest_that_overrides(
        levels in proptest::collection::vec((0u32..9, 0u8..4), 3),
    ) {
        // Of each level: nothing, not stated, a value, a value that overrides.
        let regions = [("N", "000000"), ("P", "320000"), ("A", "320100")];
        let texts: Vec<String> = levels.iter().zip(regions).map(|((count, how), (id, region))| {
            let value = format!("daily_count = {count}\nwindow_open = \"06:00\"");
            let (more, parameters) = match how {
                0 => ("", "window_open = \"06:00\""),
                1 => ("unstated = [\"daily_count\"]", ""),
                2 => ("", value.as_str()),
                _ => ("overrides_local = [\"daily_count\"]", value.as_str()),
            };
            version(&Draft { id, region, days: ["2026-01-01", ""], recorded: "2026-01-01", more, parameters })
        }).collect();
        let files: Vec<_> = texts.iter().map(|text| ("f", text.as_str())).collect();
        let rules = Rules::parse(&files).unwrap();
        let resolved = rules.resolve(Programme::Wallet, pool("320100"), at("2026-01-15 12:00"));
        let reach = levels.iter().position(|(_, how)| *how == 3).unwrap_or(2);
        let stated = levels[..=reach].iter().rev().find(|(_, how)| *how >= 2).map(|(count, _)| *count);
        prop_assert_eq!(resolved.count(Parameter::DailyCount), stated);
        let spoken = levels.iter().any(|(_, how)| *how != 0);
        prop_assert_eq!(resolved.setting(Parameter::DailyCount).is_some(), spoken);
    }
}

proptest! {
    #[test]
    fn what_was_worked_out_before_is_what_the_versions_say(
        days in 0i64..2_600,
        area in proptest::sample::select(vec!["000000", "110000", "320000", "320300", "630000", "630100", "510100"]),
        programme in proptest::sample::select(Programme::ALL.to_vec()),
    ) {
        let rules = Rules::built_in_with_samples();
        let when = at("2021-03-15 12:00") + time::Duration::days(days);
        let region: Region = area.parse().unwrap();
        let merged = policy::When::known_at(when, at("2999-01-01 00:00"));
        prop_assert_eq!(rules.policy(region, programme, when), rules.policy(region, programme, merged));
    }
}
