//! The rules of the house as tests: who may import whom, how long a file or a function is, which words
//! belong where, what lies at the top level.
//!
//! Each rule is a row of data in `tidy/`; a broken one names the place and says what to do. Layout and
//! idiom are for rustfmt and clippy, nothing here repeats them.

mod tidy {
    pub(crate) mod code;
    pub(crate) mod house;
    pub(crate) mod imports;
    pub(crate) mod requirements;
    pub(crate) mod shape;
    pub(crate) mod statements;
    pub(crate) mod words;
}

use tidy::{house, imports, requirements, shape, statements, words};

/// Fails with every complaint at once.
fn nothing_to_say(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints:\n{}\n", complaints.len(), complaints.join("\n"));
}

/// Applies one check to every Rust file.
fn in_every_rust_file(check: impl Fn(&str, &str) -> Vec<String>) {
    let files = house::files();
    let rust = files.iter().filter(|path| path.ends_with(".rs"));
    let complaints: Vec<String> = rust.flat_map(|path| check(path, &house::text(path))).collect();
    nothing_to_say(&complaints);
}

#[test]
fn crates_import_only_what_their_place_allows() {
    nothing_to_say(&imports::check());
}

#[test]
fn files_and_functions_are_short_and_say_what_they_are_for() {
    in_every_rust_file(shape::check);
}

#[test]
fn words_stay_where_they_belong() {
    in_every_rust_file(words::check);
}

#[test]
fn every_requirement_has_a_test() {
    nothing_to_say(&requirements::check());
}

#[test]
fn every_statement_has_a_name() {
    in_every_rust_file(statements::check);
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let files = house::files();
    let manifests = files.iter().filter(|path| path.ends_with("/Cargo.toml"));
    let complaints: Vec<String> = manifests
        .filter(|path| !house::text(path).contains("[lints]\nworkspace = true"))
        .map(|path| format!("{path}: add `[lints]` with `workspace = true`"))
        .collect();
    nothing_to_say(&complaints);
}

#[test]
fn the_top_level_is_fixed() {
    nothing_to_say(&house::top_level(&house::files()));
}
