//! Rule files: what is wrong is named with file and line, and a wrong file is never half used.

use policy::{RuleErrors, RuleFileError, Rules};

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
    let RuleErrors(mut errors) = Rules::parse(&[("x.toml", text)]).expect_err("the file is wrong");
    // What a misspelt key leaves behind is named too: the key that was meant is missing, a table has no parent.
    errors.sort_by_key(|error| !error.problem.starts_with("unknown key"));
    let misspelt = errors[0].problem.starts_with("unknown key");
    assert!(errors.len() == 1 || misspelt && errors.len() == 2, "one mistake is named once: {errors:?}");
    errors.remove(0)
}

#[test]
fn the_files_that_are_compiled_in_are_sound() {
    assert!(Rules::built_in().versions().len() > 40);
    assert!(Rules::built_in_with_samples().versions().len() > Rules::built_in().versions().len());
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
    let parse = |other: &str| {
        Rules::parse(&[("a.toml", GOOD), ("b.toml", other)])
            .map_err(|RuleErrors(mut errors)| errors.remove(0))
    };
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

#[test]
fn every_mistake_of_every_file_is_named_at_once() {
    let first = GOOD
        .replace("daily_count = 3", "daily_cuont = 3")
        .replace("source = \"a source\"\n", "")
        .replace("\"2000.00\"", "2000.00")
        .replace("\"H\"", "\"high\"");
    let second = OPENING.replace("\"OPEN\"", "\"SOON\"").replace("\"510100\"", "\"5101\"");
    let third = "[[version]]\nid = \n\n[[version]\n";
    let files = [("a.toml", first.as_str()), ("b.toml", second.as_str()), ("c.toml", third)];
    let RuleErrors(errors) = Rules::parse(&files).unwrap_err();
    let places: Vec<_> = errors.iter().map(|error| (error.file.as_str(), error.line)).collect();
    let of_first = [("a.toml", 1), ("a.toml", 7), ("a.toml", 12), ("a.toml", 13)];
    assert_eq!(places[..4], of_first, "{errors:#?}");
    assert_eq!(places[4..6], [("b.toml", 3), ("b.toml", 5)]);
    assert!(places.len() > 6 && places[6..].iter().all(|(file, _)| *file == "c.toml"));
    let text = RuleErrors(errors.clone()).to_string();
    assert_eq!(text.lines().count(), errors.len());
    assert!(text.starts_with("a.toml:1: `source` is missing\na.toml:7: "), "{text}");
}

#[test]
fn each_kind_of_value_says_what_it_takes() {
    // (parameter, a good value, wrong values)
    let table: [(&str, &str, &[&str], &str); 8] = [
        (
            "annual_ratio",
            "\"0.60\"",
            &["0.60", "\"1.01\"", "\"-0.1\"", "\"0.60001\"", "\"6e-1\"", "60"],
            "ratio in quotes",
        ),
        (
            "funding_order",
            "[\"LOTS\", \"CASH\"]",
            &["[]", "[\"CASH\", \"CASH\"]", "[\"GOLD\"]", "\"CASH\""],
            "without repetition",
        ),
        (
            "per_use_limit",
            "{ OUTPATIENT = \"500.00\" }",
            &["{}", "{ DOG = \"1\" }", "{ OUTPATIENT = 500 }", "\"500.00\""],
            "table of amounts",
        ),
        (
            "monthly_count",
            "{ PHARMACY = 6 }",
            &["{ PHARMACY = \"6\" }", "{ PHARMACY = -1 }", "6"],
            "table of whole numbers",
        ),
        (
            "resident_tariff",
            "{ 2025 = \"400.00\" }",
            &["{ 25 = \"400.00\" }", "{ 1999 = \"400.00\" }"],
            "years such as 2025",
        ),
        (
            "resident_season",
            "{ 2025 = [\"2024-09-01\", \"2024-12-31\"] }",
            &[
                "{ 2025 = [\"2024-12-31\", \"2024-09-01\"] }",
                "{ 2025 = [\"2024-09-01\"] }",
                "{ 2025 = [2024-09-01, 2024-12-31] }",
            ],
            "[first day, last day]",
        ),
        (
            "dissolve_on",
            "{ SHARER = [\"DEATH\"] }",
            &[
                "[\"DEATH\"]",
                "{ AUNT = [\"DEATH\"] }",
                "{ SHARER = [\"LOTTERY\"] }",
                "{ SHARER = \"DEATH\" }",
            ],
            "under SHARER, BENEFICIARY",
        ),
        ("contact_consequence", "\"WARN\"", &["\"warn\"", "true"], "one of SUSPEND, WARN"),
    ];
    for (parameter, good, wrong, words) in table {
        let with =
            |value: &str| GOOD.replace("daily_count = 3", &format!("daily_count = 3\n{parameter} = {value}"));
        let own = format!("{{ value = {good}, source = \"s\", confidence = \"M\" }}");
        assert!(Rules::parse(&[("x.toml", &with(good))]).is_ok(), "{parameter}");
        assert!(Rules::parse(&[("x.toml", &with(&own))]).is_ok(), "{parameter} with evidence");
        for value in wrong {
            let error = error(&with(value));
            assert_eq!(error.line, 14, "{parameter} = {value}: {error}");
            assert!(error.problem.contains(words) && error.problem.contains(parameter), "{value}: {error}");
        }
    }
}

#[test]
fn a_version_may_be_for_several_programmes_and_regions() {
    let text = GOOD
        .replace("\"WALLET\"", "[\"WALLET\", \"PREMIUM\"]")
        .replace("\"000000\"", "[\"320000\", \"510100\"]");
    let rules = Rules::parse(&[("x.toml", &text)]).unwrap();
    assert_eq!(rules.versions().len(), 4);
    let id = |version: &policy::Version| version.origin.policy_version.clone();
    assert!(rules.versions().iter().all(|version| id(version) == "T-1"));
    for bad in ["[]", "[\"WALLET\", \"CASINO\"]", "[1]"] {
        assert_eq!(error(&GOOD.replace("\"WALLET\"", bad)).line, 3, "{bad}");
    }
    let twice = GOOD.replace("\"000000\"", "[\"320000\", \"990000\"]");
    assert!(error(&twice).problem.contains("990000"));
}

#[test]
fn a_topic_adds_parameters_and_sets_none_that_is_set_already() {
    let topic = |parameters: &str, topic: &str| {
        second("T-2", "2026-06-01", "2026-05-01", &format!("topic = \"{topic}\""))
            .split("overrides_local")
            .next()
            .unwrap()
            .to_owned()
            + "[version.parameters]\n"
            + parameters
    };
    let parse = |text: &str| Rules::parse(&[("a.toml", GOOD), ("b.toml", text)]);
    assert!(parse(&topic("max_members = 3\n", "CARE")).is_ok(), "the other one does not state it");
    let RuleErrors(errors) = parse(&topic("daily_count = 2\n", "CARE")).unwrap_err();
    assert!(errors[0].problem.contains("sets `daily_count`, and so does `T-1`"), "{errors:?}");
    let RuleErrors(errors) = parse(&topic("max_members = 3\n", "GARDENING")).unwrap_err();
    assert!(errors[0].problem.contains("one of TERRITORY"), "{errors:?}");
}
