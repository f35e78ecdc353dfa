//! Rule files: what is wrong is named with file and line, and a wrong file is never half used.

use policy::{RuleFileError, Rules};

const GOOD: &str = r#"[[version]]
id = "T-1"
programme = "WALLET"
region = "000000"
valid_from = "2026-01-01"
recorded_at = "2026-01-01T00:00:00+08:00"
source = "a source"
confidence = "H"
last_verified_day = "2026-01-01"
overrides_local = ["daily_count"]
unstated = ["max_members"]
[version.parameters]
daily_count = 3
single_limit = "2000.00"
window_open = "06:00"
window_close = "22:00"
sharer_may_cancel = false
relation_scope = ["PARENT", "CHILD"]
claim_until = { value = "05:30", source = "chosen", confidence = "SAMPLE" }
"#;

const OPENING: &str = r#"[[availability]]
programme = "WALLET"
state = "OPEN"
from = "2026-01-01"
regions = ["320000", "510100"]
recorded_at = "2026-01-01T00:00:00+08:00"
source = "a source"
confidence = "M"
"#;

fn error(text: &str) -> RuleFileError {
    Rules::parse(&[("x.toml", text)]).expect_err("the file is wrong")
}

#[test]
fn the_files_that_are_compiled_in_are_sound() {
    let rules = Rules::built_in();
    assert_eq!(rules.versions().len(), 2);
    assert!(Rules::parse(&[("x.toml", GOOD), ("y.toml", OPENING)]).is_ok());
}

#[test]
fn a_mistake_is_named_with_its_file_and_line() {
    // (what stands in the good file, what is written instead, the line, words of the message)
    let table = [
        ("daily_count = 3", "daily_cuont = 3", 13, "unknown parameter `daily_cuont`"),
        ("source = \"a source\"\n", "", 1, "`source` is missing"),
        ("source = \"a source\"", "source = \"  \"", 7, "`source` is empty"),
        ("source = \"a source\"", "sauce = \"a source\"", 7, "unknown key `sauce`"),
        ("id = \"T-1\"\n", "", 1, "`id` is missing"),
        ("\"WALLET\"", "\"WALET\"", 3, "programme"),
        ("\"000000\"", "\"990000\"", 4, "region"),
        ("\"000000\"", "0", 4, "must be a text"),
        ("valid_from = \"2026-01-01\"", "valid_from = \"2026-02-30\"", 5, "2026-02-30"),
        ("valid_from = \"2026-01-01\"", "valid_from = 2026-01-01", 5, "must be a text"),
        (
            "valid_from = \"2026-01-01\"",
            "valid_from = \"2026-01-01\"\nvalid_to = \"2025-12-31\"",
            6,
            "before",
        ),
        ("2026-01-01T00:00:00+08:00", "2026-01-01", 6, "instant"),
        ("confidence = \"H\"", "confidence = \"high\"", 8, "SAMPLE"),
        ("daily_count = 3", "daily_count = -3", 13, "whole number"),
        ("daily_count = 3", "daily_count = 3.0", 13, "whole number"),
        ("daily_count = 3", "daily_count = \"3\"", 13, "whole number"),
        ("daily_count = 3", "daily_count = 99999999999", 13, "whole number"),
        ("\"2000.00\"", "2000.00", 14, "amount in quotes"),
        ("\"2000.00\"", "\"2000.001\"", 14, "amount in quotes"),
        ("\"06:00\"", "\"6:00\"", 15, "clock time"),
        ("\"06:00\"", "\"24:00\"", 15, "clock time"),
        ("\"06:00\"", "\"22:00\"", 12, "`window_open` must be before `window_close`"),
        ("sharer_may_cancel = false", "sharer_may_cancel = \"no\"", 17, "true or false"),
        ("\"CHILD\"", "\"COUSIN\"", 18, "a list of SPOUSE"),
        ("[\"PARENT\", \"CHILD\"]", "\"PARENT\"", 18, "a list of"),
        ("source = \"chosen\", ", "", 19, "`source` is missing"),
        ("value = \"05:30\", ", "", 19, "`value` is missing"),
        ("[\"daily_count\"]", "[\"daily_cuont\"]", 10, "unknown parameter"),
        ("[\"daily_count\"]", "[\"return_by\"]", 10, "does not set it"),
        ("[\"daily_count\"]", "\"daily_count\"", 10, "list of texts"),
        ("[\"max_members\"]", "[\"daily_count\"]", 11, "called unstated"),
        ("[[version]]", "[[versions]]", 1, "unknown key `versions`"),
        ("[[version]]", "[version]", 1, "double brackets"),
        ("daily_count = 3", "daily_count 3", 13, "not TOML"),
        ("daily_count = 3", "daily_count = 3\ndaily_count = 4", 14, "not TOML"),
    ];
    for (good, bad, line, words) in table {
        assert!(GOOD.contains(good), "{good}");
        let error = error(&GOOD.replacen(good, bad, 1));
        assert_eq!((error.file.as_str(), error.line), ("x.toml", line), "{bad}: {error}");
        assert!(error.problem.contains(words), "{bad}: {error}");
        assert!(error.to_string().starts_with(&format!("x.toml:{line}: ")));
    }
}

#[test]
fn a_mistake_in_the_availability_is_named_too() {
    let table = [
        ("\"OPEN\"", "\"SOON\"", 3, "OPEN or CLOSED"),
        ("\"510100\"", "\"5101\"", 5, "six digits"),
        ("\"510100\"", "\"320000\"", 5, "listed twice"),
        ("source = \"a source\"\n", "", 1, "`source` is missing"),
        ("regions = [\"320000\", \"510100\"]\n", "", 1, "`regions` is missing"),
        ("from = ", "since = ", 4, "unknown key `since`"),
    ];
    for (good, bad, line, words) in table {
        let error = error(&OPENING.replacen(good, bad, 1));
        assert_eq!(error.line, line, "{bad}: {error}");
        assert!(error.problem.contains(words), "{bad}: {error}");
    }
}

/// A second version beside the good one.
fn second(id: &str, valid_from: &str, recorded: &str, more: &str) -> String {
    GOOD.replace("T-1", id)
        .replace("valid_from = \"2026-01-01\"", &format!("valid_from = \"{valid_from}\"\n{more}"))
        .replace("2026-01-01T00", &format!("{recorded}T00"))
}

#[test]
fn two_versions_of_the_same_days_are_refused_unless_one_corrects_the_other() {
    let parse = |other: &str| Rules::parse(&[("a.toml", GOOD), ("b.toml", other)]);
    let clash = parse(&second("T-2", "2026-06-01", "2026-05-01", "")).unwrap_err();
    assert_eq!((clash.file.as_str(), clash.line), ("b.toml", 1));
    assert!(clash.problem.contains("`T-2` holds on days of `T-1`"));
    let same = parse(&second("T-1", "2026-06-01", "2026-05-01", "")).unwrap_err();
    assert!(same.problem.contains("already in a.toml:1"));
    assert!(parse(&second("T-2", "2026-06-01", "2026-05-01", "supersedes = \"T-1\"")).is_ok());
    let unknown = parse(&second("T-2", "2026-06-01", "2026-05-01", "supersedes = \"T-9\"")).unwrap_err();
    assert!(unknown.problem.contains("T-9") || unknown.problem.contains("T-1"));
    // A correction is recorded after what it corrects.
    for recorded in ["2025-05-01", "2026-01-01"] {
        assert!(parse(&second("T-2", "2026-06-01", recorded, "supersedes = \"T-1\"")).is_err(), "{recorded}");
    }
    // What it corrects holds on some of its days, in its region and programme.
    let correction = second("T-2", "2026-06-01", "2026-05-01", "supersedes = \"T-1\"");
    let before = second("T-2", "2025-01-01", "2026-05-01", "valid_to = \"2025-12-31\"\nsupersedes = \"T-1\"");
    let elsewhere = correction.replace("\"000000\"", "\"320000\"");
    let other_programme = correction.replace("WALLET", "LOCAL_REALTIME");
    for nothing in [before, elsewhere, other_programme] {
        let error = parse(&nothing).unwrap_err();
        assert!(error.problem.contains("`T-2` supersedes `T-1`"), "{error}");
    }
    // Before, elsewhere and in another programme there is no clash.
    assert!(parse(&second("T-2", "2025-01-01", "2025-01-01", "valid_to = \"2025-12-31\"")).is_ok());
    assert!(parse(&second("T-2", "2025-01-01", "2025-01-01", "valid_to = \"2026-01-01\"")).is_err());
    // One day is long enough.
    assert!(parse(&second("T-2", "2025-12-31", "2025-01-01", "valid_to = \"2025-12-31\"")).is_ok());
    assert!(parse(&second("T-2", "2025-12-31", "2025-01-01", "valid_to = \"2025-12-30\"")).is_err());
    assert!(
        parse(&second("T-2", "2026-01-01", "2026-01-01", "").replace("\"000000\"", "\"320000\"")).is_ok()
    );
    assert!(
        parse(&second("T-2", "2026-01-01", "2026-01-01", "").replace("WALLET", "LOCAL_REALTIME")).is_ok()
    );
}
