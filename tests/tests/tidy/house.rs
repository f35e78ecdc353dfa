//! The files of the house: what git tracks or would track, by path from the top level, and what may lie
//! there.
//!
//! Nothing here looks into `target/` or at anything that git ignores.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

/// What lies at the top level; files whose names begin with a dot may lie there too.
const TOP: [&str; 9] =
    ["Cargo.toml", "Cargo.lock", "LICENSE", "README.md", "proto", "services", "crates", "deploy", "tests"];

/// The top level of the workspace.
pub(crate) fn root() -> PathBuf {
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package lies");
    Path::new(&package).parent().expect("the package lies in the workspace").to_path_buf()
}

/// Paths of all files that are tracked, or new and not ignored, sorted.
pub(crate) fn files() -> Vec<String> {
    // The owner of the checkout may be another user than the one who runs the tests.
    let output = Command::new("git")
        .args(["-c", "safe.directory=*", "-c", "core.quotePath=false"])
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("the rules are checked in a git checkout: install git");
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout).expect("paths are UTF-8");
    let present: BTreeSet<&str> = listed.lines().filter(|path| root().join(path).is_file()).collect();
    assert!(present.contains("Cargo.toml"), "the list of files is that of the workspace");
    present.into_iter().map(str::to_owned).collect()
}

/// The text of a file.
pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Complaints about what lies at the top level.
pub(crate) fn top_level(files: &[String]) -> Vec<String> {
    let first = |path: &'_ String| path.split('/').next().unwrap_or_default().to_owned();
    let entries: BTreeSet<String> = files.iter().map(first).collect();
    entries
        .iter()
        .filter(|entry| !entry.starts_with('.') && !TOP.contains(&entry.as_str()))
        .map(|entry| format!("{entry}: the top level is fixed; move it into one of {TOP:?}"))
        .collect()
}

/// Whether a path fits a pattern: `*` stands for any text without `/`, `**` for any text.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let Some(star) = pattern.find('*') else { return pattern == path };
    let (before, rest) = pattern.split_at(star);
    let Some(path) = path.strip_prefix(before) else { return false };
    let (rest, deep) = match rest.strip_prefix("**") {
        Some(rest) => (rest, true),
        None => (&rest[1..], false),
    };
    let reach = if deep { path.len() } else { path.find('/').unwrap_or(path.len()) };
    (0..=reach).any(|end| path.is_char_boundary(end) && fits(rest, &path[end..]))
}

#[test]
fn a_pattern_names_files_or_whole_folders() {
    for (pattern, path, fitting) in [
        ("services/*/src/sql.rs", "services/wallet/src/sql.rs", true),
        ("services/*/src/sql.rs", "services/wallet/src/deep/sql.rs", false),
        ("services/*/src/**", "services/wallet/src/deep/sql.rs", true),
        ("services/*/src/**", "services/wallet/tests/pay.rs", false),
        ("**/main.rs", "services/wallet/src/main.rs", true),
        ("crates/chassis/src/db*.rs", "crates/chassis/src/db.rs", true),
        ("crates/chassis/src/db.rs", "crates/chassis/src/db.rs.bak", false),
    ] {
        assert_eq!(fits(pattern, path), fitting, "{pattern} {path}");
    }
}

#[test]
fn a_stranger_at_the_top_level_is_named() {
    let files = ["Cargo.toml", ".config/nextest.toml", "docs/design.md", "tests/run"].map(str::to_owned);
    let complaints = top_level(&files);
    assert_eq!(complaints.len(), 1);
    assert!(complaints[0].starts_with("docs:"), "{complaints:?}");
}
