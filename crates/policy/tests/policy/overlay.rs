//! An operator's files over the built-in ones, and what changed between two days.

use policy::{PolicyChange, Programme, Region, RuleErrors, Rules, overlaid};

use crate::support::*;

const QINGHAI: &str = r#"[[version]]
id = "QH-OWN-1"
programme = "LOCAL_ALLOCATION"
region = "630000"
valid_from = "2024-12-01"
recorded_at = "2026-02-01T00:00:00+08:00"
source = "经办机构提供"
confidence = "H"
last_verified_day = "2026-02-01"
[version.parameters]
max_members = 8
"#;

fn members(rules: &Rules) -> Option<u32> {
    let resolved = rules.resolve(Programme::LocalAllocation, pool("630100"), at("2026-05-01 12:00"));
    resolved.count(policy::Parameter::MaxMembers)
}

#[test]
fn a_file_of_the_same_name_replaces_and_another_adds() {
    assert_eq!(members(&rules()), Some(5));
    let replaced = Rules::built_in_with(&[("/etc/rules/qinghai.toml", QINGHAI)]).unwrap();
    assert_eq!(members(&replaced), Some(8));
    assert!(!replaced.versions().iter().any(|version| version.origin.policy_version == "QH-ALLOCATION-1"));
    // Under another name both would hold on the same days: that is an error, not a silent choice.
    let RuleErrors(errors) = Rules::built_in_with(&[("own.toml", QINGHAI)]).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!((errors[0].file.as_str(), errors[0].line), ("own.toml", 1));
    assert!(errors[0].problem.contains("holds on days of `QH-ALLOCATION-2`"));
    let area = QINGHAI.replace("630000", "630100");
    assert_eq!(members(&Rules::built_in_with(&[("own.toml", &area)]).unwrap()), Some(8));
    let removed = Rules::built_in_with(&[("qinghai.toml", "# nothing\n")]).unwrap();
    assert_eq!(members(&removed), None);
}

#[test]
fn files_keep_the_order_of_the_base_and_then_their_own() {
    let base = [("rules/a.toml", "1"), ("rules/b.toml", "2")];
    let own = [("z.toml", "9"), ("x\\b.toml", "3"), ("c.toml", "4")];
    assert_eq!(
        overlaid(&base, &own),
        [("rules/a.toml", "1"), ("x\\b.toml", "3"), ("z.toml", "9"), ("c.toml", "4")]
    );
    assert_eq!(overlaid(&base, &[]), base);
}

#[test]
fn samples_are_not_read_unless_they_are_switched_on() {
    let fujian = |rules: &Rules| {
        rules.availability(pool("350100"), Programme::LocalAllocation, at("2026-05-01 12:00"))
    };
    assert!(!fujian(&rules()).open);
    let open = fujian(&with_samples());
    assert_eq!((open.open, open.confidence), (true, Some(policy::Confidence::Low)));
}

#[test]
fn the_difference_between_two_days_names_both_origins() {
    let region: Region = "630000".parse().unwrap();
    let change = rules().policy_difference(
        region,
        Programme::LocalAllocation,
        at("2024-11-30 12:00"),
        at("2024-12-01 12:00"),
    );
    let names: Vec<_> = change
        .changes
        .iter()
        .map(|change| match change {
            PolicyChange::Changed { before, after } => {
                assert_eq!(before.policy_version, "QH-ALLOCATION-1");
                assert_eq!(after.policy_version, "QH-ALLOCATION-2");
                after.name
            }
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(names, ["relation_scope", "territorial_scope", "categories", "funding_order"]);
    let text = change.to_string();
    assert!(text.starts_with(
        "LOCAL_ALLOCATION in 630000 from 2024-11-30T12:00:00+08:00 to 2024-12-01T12:00:00+08:00\n"
    ));
    assert!(
        text.contains("~ territorial_scope: SAME_POOL -> SAME_PROVINCE\n    was 630000 QH-ALLOCATION-1 H"),
        "{text}"
    );
}

#[test]
fn what_appears_and_what_goes_is_told_apart() {
    let nation = Region::Nation;
    let opened =
        rules().policy_difference(nation, Programme::Wallet, at("2024-10-31 12:00"), at("2024-11-01 12:00"));
    assert!(opened.changes.len() > 20);
    assert!(opened.changes.iter().all(|change| matches!(change, PolicyChange::Added(_))));
    let back =
        rules().policy_difference(nation, Programme::Wallet, at("2024-11-01 12:00"), at("2024-10-31 12:00"));
    assert_eq!(back.changes.len(), opened.changes.len());
    assert!(back.changes.iter().all(|change| matches!(change, PolicyChange::Removed(_))));
    let same =
        rules().policy_difference(nation, Programme::Wallet, at("2026-05-01 12:00"), at("2026-06-01 12:00"));
    assert_eq!(same.changes, []);
    assert!(same.to_string().ends_with("nothing changed\n"));
}
