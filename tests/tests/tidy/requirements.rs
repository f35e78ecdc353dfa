//! Which test is of which requirement, by the tests' names: a table, and a complaint for each requirement without a
//! test and each test of a requirement that nobody asked for.
//!
//! It runs none of them.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use super::{code, house};

/// The list of requirements.
const LIST: &str = "tests/requirements.md";
/// Where the table goes.
const TABLE: &str = "target/requirements.md";

/// Number and sentence of each line `- R-079 Nothing is …`.
fn asked(list: &str) -> BTreeMap<u16, String> {
    let line = |line: &str| {
        let (number, sentence) = line.strip_prefix("- R-")?.split_once(' ')?;
        Some((number.parse().ok()?, sentence.to_owned()))
    };
    list.lines().filter_map(line).collect()
}

/// Names of the tests `fn r_079_…` in a source, each with its number.
fn tests(source: &str) -> Vec<(u16, String)> {
    let name = |line: &str| {
        let (_, after) = line.split_once("fn r_")?;
        let (number, rest) = after.split_once('_')?;
        let rest: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        Some((number.parse().ok()?, format!("r_{number}_{rest}")))
    };
    code::only(source).lines().filter_map(name).collect()
}

/// Writes the table and says what is missing.
pub(crate) fn check() -> Vec<String> {
    let asked = asked(&house::text(LIST));
    let mut found: BTreeMap<u16, Vec<String>> = BTreeMap::new();
    for path in house::files().iter().filter(|path| path.ends_with(".rs")) {
        for (number, name) in tests(&house::text(path)) {
            found.entry(number).or_default().push(format!("{name} ({path})"));
        }
    }
    let mut table = "| Requirement | What | Tests |\n|---|---|---|\n".to_owned();
    for (number, sentence) in &asked {
        let tests = found.get(number).map(|names| names.join("<br>")).unwrap_or_default();
        writeln!(table, "| R-{number:03} | {sentence} | {tests} |").expect("a string takes all");
    }
    fs::create_dir_all(house::root().join("target")).expect("the target folder can be made");
    fs::write(house::root().join(TABLE), table).expect("the table can be written");
    let without = asked.keys().filter(|number| !found.contains_key(number));
    let without = without.map(|number| format!("R-{number:03} has no test: name one r_{number:03}_…"));
    let strange = found.iter().filter(|(number, _)| !asked.contains_key(number));
    let strange = strange.map(|(_, names)| format!("{}: {LIST} has no such requirement", names.join(", ")));
    without.chain(strange).collect()
}

#[test]
fn a_test_of_a_requirement_is_known_by_its_name() {
    let source =
        "#[test]\nfn r_079_no_transfer_after_22_00() {}\nasync fn r_001_one<T>() {}\nfn r_other() {}\n";
    assert_eq!(tests(source), [(79, "r_079_no_transfer_after_22_00".into()), (1, "r_001_one".into())]);
    assert_eq!(asked("- R-079 Nothing.\n- other\n").get(&79).map(String::as_str), Some("Nothing."));
}
