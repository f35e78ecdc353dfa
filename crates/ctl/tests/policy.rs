//! `gongjictl` as it is called: what it prints, and how it ends.

use std::{fs, process::Command};

/// Exit code, what was printed, what was complained of.
fn gongjictl(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_gongjictl")).args(arguments).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

const QINGHAI: [&str; 6] = ["policy", "show", "--region", "630100", "--programme", "LOCAL_ALLOCATION"];

#[test]
fn an_id_is_of_version_7() {
    let (code, ids, _) = gongjictl(&["id", "3"]);
    let ids: Vec<uuid::Uuid> = ids.lines().map(|line| line.parse().expect("an id")).collect();
    assert!(code == Some(0) && ids.len() == 3 && ids.iter().all(|id| id.get_version_num() == 7), "{ids:?}");
}

#[test]
fn r_015_the_rules_of_a_place_and_day_are_printed_with_their_origin() {
    let (code, table, _) = gongjictl(&[&QINGHAI[..], &["--at", "2024-11-30"]].concat());
    assert_eq!(code, Some(0));
    let scope = table.lines().find(|line| line.starts_with("relation_scope")).expect("a scope");
    assert!(scope.contains("CHILD,PARENT,SPOUSE") && scope.contains("630000"), "{scope}");
}

#[test]
fn r_043_what_changed_between_two_days_is_printed_with_both_origins() {
    let asked = ["policy", "diff", "--region", "630100", "--programme", "LOCAL_ALLOCATION"];
    let (code, changes, _) =
        gongjictl(&[&asked[..], &["--from", "2024-11-30", "--to", "2024-12-01"]].concat());
    assert_eq!(code, Some(0));
    assert!(changes.contains("~ relation_scope: CHILD,PARENT,SPOUSE -> "), "{changes}");
    assert!(changes.contains("    was 630000") && changes.contains("    is  630000"), "{changes}");
}

#[test]
fn r_008_where_a_programme_is_open_is_printed_with_its_source() {
    let at = |programme: &str, region: &str, day: &str| {
        let asked = ["policy", "show", "--region", region, "--programme", programme, "--at", day];
        let (code, table, said) = gongjictl(&asked);
        assert_eq!(code, Some(0), "{said}");
        let lines = table.lines().filter(|line| line.starts_with("availability in "));
        lines.map(|line| line.trim_start_matches("availability in ").to_owned()).collect::<Vec<_>>()
    };
    let starts = |lines: &[String], expected: &str| {
        assert!(lines.iter().any(|line| line.starts_with(expected)), "{expected}: {lines:?}");
    };
    starts(&at("WALLET", "630100", "2026-01-15"), "630100: OPEN since 2024-12-01 H: ");
    starts(&at("WALLET", "440100", "2025-12-01"), "440100: CLOSED H: 央视新闻");
    starts(&at("WALLET", "440100", "2024-11-01"), "440100: CLOSED: no entry speaks of it");
    let nation = at("WALLET", "000000", "2024-12-15");
    assert_eq!(nation.len(), 11, "{nation:?}");
    starts(&nation, "000000: CLOSED: no entry");
    starts(&nation, "630000: OPEN since 2024-12-01");
    starts(&at("PREMIUM", "330000", "2025-01-01"), "330900: OPEN since 2024-07-01 M: 舟山市");
}

#[test]
fn r_007_what_was_opened_between_two_days_is_printed() {
    let asked = ["policy", "diff", "--region", "440000", "--programme", "WALLET"];
    let days = ["--from", "2026-01-09", "--to", "2026-01-10"];
    let (code, changes, _) = gongjictl(&[&asked[..], &days].concat());
    assert_eq!(code, Some(0));
    assert!(changes.contains("~ availability in 440000: CLOSED -> OPEN"), "{changes}");
    assert!(changes.contains("    is  OPEN since 2026-01-10 H: 人民日报"), "{changes}");
    assert!(!changes.contains("nothing changed"), "{changes}");
}

#[test]
fn every_mistake_of_a_directory_is_named_with_file_and_line() {
    let directory = tempfile::tempdir().expect("a directory");
    let version = |parameter: &str| {
        format!(
            "[[version]]\nid = \"OWN-{parameter}\"\nprogramme = \"WALLET\"\nregion = \"320000\"\nvalid_from = \
             \"2027-01-01\"\nrecorded_at = \"2026-12-01T00:00:00+08:00\"\nsource = \"苏医保\"\nconfidence = \
             \"H\"\nlast_verified_day = \"2026-12-01\"\n\n[version.parameters]\n{parameter} = 6\n"
        )
    };
    let path = directory.path().to_str().expect("a name");
    fs::write(directory.path().join("own.toml"), version("max_members")).expect("it is written");
    let (code, said, _) = gongjictl(&["policy", "check", path]);
    assert!(code == Some(0) && said.contains("is right"), "{said}");
    for (file, parameter) in [("a.toml", "max_friends"), ("b.toml", "max_cousins")] {
        fs::write(directory.path().join(file), version(parameter)).expect("it is written");
    }
    let (code, _, mistakes) = gongjictl(&["policy", "check", path]);
    assert_eq!(code, Some(1));
    assert!(mistakes.contains("a.toml:12:") && mistakes.contains("max_friends"), "{mistakes}");
    assert!(mistakes.contains("b.toml:12:") && mistakes.contains("max_cousins"), "{mistakes}");
}

#[test]
fn a_question_that_cannot_be_understood_says_what_is_expected() {
    for (arguments, expected) in [
        (&["policy", "show", "--region", "631", "--programme", "WALLET", "--at", "2026-01-15"][..], "630100"),
        (
            &["policy", "show", "--region", "630100", "--programme", "PURSE", "--at", "2026-01-15"][..],
            "PREMIUM",
        ),
        (
            &["policy", "show", "--region", "630100", "--programme", "WALLET", "--at", "today"][..],
            "2024-11-30",
        ),
        (&["id", "0"][..], "1..=65535"),
    ] {
        let (code, _, said) = gongjictl(arguments);
        assert!(code == Some(64) && said.contains(expected), "{said}");
    }
}
