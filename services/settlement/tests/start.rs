//! How the program ends that is started with rules that are not right: at once, with every mistake by file and line.

use std::{fs, path::Path, process::Command};

const VERSION: &str = r#"[[version]]
id = "OWN-1"
programme = "WALLET"
region = "320000"
valid_from = "2026-03-01"
recorded_at = "2026-02-01T00:00:00+08:00"
source = "苏医保"
confidence = "H"
last_verified_day = "2026-02-01"

[version.parameters]
max_friends = 6
"#;

/// Whether it ended well, and what it said.
fn started(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_settlement"))
        .args(["--listen", "127.0.0.1:0", "--service-token", "dev:service:settlement"])
        // Nothing listens there: whoever gets as far has read the rules.
        .args(["--database-url", "postgres://127.0.0.1:1/nowhere"])
        .args(arguments)
        .output()
        .expect("it starts");
    (output.status.code(), String::from_utf8(output.stderr).expect("UTF-8"))
}

fn with_rules(directory: &Path) -> (Option<i32>, String) {
    started(&["--rules", directory.to_str().expect("a name")])
}

#[test]
fn a_bad_rule_file_stops_the_start_and_is_named_with_its_line() {
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("own.toml"), VERSION).expect("it is written");
    let twice = VERSION.replace("max_friends = 6", "max_members = \"six\"").replace("OWN-1", "OWN-2");
    fs::write(directory.path().join("two.toml"), twice).expect("it is written");
    let (code, said) = with_rules(directory.path());
    assert!(code.is_some_and(|code| code != 0), "{code:?} {said}");
    assert!(said.contains("own.toml:12:") && said.contains("max_friends"), "{said}");
    assert!(said.contains("two.toml:12:") && said.contains("max_members"), "{said}");
}

#[test]
fn a_directory_without_rules_and_a_sample_that_nobody_knows_stop_the_start() {
    let directory = tempfile::tempdir().expect("a directory");
    let (code, said) = with_rules(directory.path());
    assert!(code.is_some_and(|code| code != 0) && said.contains("no *.toml"), "{code:?} {said}");
    let (code, said) = started(&["--sample-rules", "sample-moon"]);
    assert!(code.is_some_and(|code| code != 0) && said.contains("sample-national"), "{code:?} {said}");
}
