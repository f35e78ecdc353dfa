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
