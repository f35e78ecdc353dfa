//! What was known when: a version recorded later does not change what was decided before.

use policy::{Decision, Programme, Reason, Rules, When, decide_allocation, decide_transfer};

use crate::support::*;

/// A correction of Qinghai's minimum, recorded in 2027 with a day of 2024.
const LATER: &str = r#"[[version]]
id = "QH-ALLOCATION-2B"
programme = "LOCAL_ALLOCATION"
region = "630000"
supersedes = "QH-ALLOCATION-2"
valid_from = "2024-12-01"
recorded_at = "2027-03-01T00:00:00+08:00"
source = "更正"
confidence = "H"
last_verified_day = "2027-03-01"
[version.parameters]
min_source_balance = "3000.00"
min_allocation = "500.00"

[[availability]]
programme = "WALLET"
state = "CLOSED"
from = "2026-01-10"
regions = ["440000"]
recorded_at = "2027-03-01T00:00:00+08:00"
source = "更正"
confidence = "H"
"#;

fn corrected() -> Rules {
    Rules::built_in_with(&[("later.toml", LATER)]).unwrap()
}

#[test]
fn a_version_recorded_later_with_an_earlier_day_leaves_earlier_decisions_alone() {
    let (event, made) = (at("2026-05-01 12:00"), at("2026-05-01 12:00"));
    let before = decide_allocation(&allocation(), &rules(), When::known_at(event, made));
    assert!(before.allowed);
    assert_eq!(before.known_at, Some(made));
    let again = decide_allocation(&allocation(), &corrected(), When::known_at(event, made));
    assert_eq!(serde_json::to_string(&again).unwrap(), serde_json::to_string(&before).unwrap());
    // The same event judged with what is known now is another decision, and says so.
    let now = decide_allocation(&allocation(), &corrected(), event);
    assert_eq!(why(&now).unwrap().0, Reason::BalanceBelowMinimum);
    let verdict = refused(&now);
    assert_eq!((verdict.limit.as_str(), verdict.policy_version.as_str()), ("3000.00", "QH-ALLOCATION-2B"));
    // From the instant of recording on it counts, not a microsecond earlier.
    let recorded = at("2027-03-01 00:00");
    let last = recorded - time::Duration::microseconds(1);
    assert!(decide_allocation(&allocation(), &corrected(), When::known_at(event, last)).allowed);
    assert!(!decide_allocation(&allocation(), &corrected(), When::known_at(event, recorded)).allowed);
}

#[test]
fn an_opening_is_corrected_by_one_recorded_later_and_the_past_can_be_judged_again() {
    let guangzhou =
        |rules: &Rules, when: When| rules.availability(pool("440100"), Programme::Wallet, when).open;
    let event = at("2026-05-01 12:00");
    assert!(guangzhou(&rules(), event.into()));
    assert!(!guangzhou(&corrected(), event.into()));
    assert!(guangzhou(&corrected(), When::known_at(event, event)));
    // The same question to a copy of the rules as they were.
    assert!(guangzhou(&corrected().known_at(event), event.into()));
}

#[test]
fn a_correction_may_itself_be_corrected() {
    let third = LATER
        .split("[[availability]]")
        .next()
        .unwrap()
        .replace("QH-ALLOCATION-2B", "QH-ALLOCATION-2C")
        .replace("supersedes = \"QH-ALLOCATION-2\"", "supersedes = \"QH-ALLOCATION-2B\"")
        .replace("2027-03-01T", "2027-04-01T")
        .replace("3000.00", "100.00");
    let rules = Rules::built_in_with(&[("later.toml", LATER), ("third.toml", &third)]).unwrap();
    let limit = |known: &str| {
        let when = When::known_at(at("2026-05-01 12:00"), at(known));
        let decision = decide_allocation(&allocation(), &rules, when);
        by_parameter(&decision, "min_source_balance").limit.clone()
    };
    assert_eq!(limit("2026-05-01 12:00"), "500.00");
    assert_eq!(limit("2027-03-15 12:00"), "3000.00");
    assert_eq!(limit("2027-04-15 12:00"), "100.00");
    // A rule that corrects something else may not be laid over it.
    let stranger = third.replace("supersedes = \"QH-ALLOCATION-2B\"\n", "");
    assert!(Rules::built_in_with(&[("later.toml", LATER), ("third.toml", &stranger)]).is_err());
}

#[test]
fn a_decision_that_names_no_instant_of_knowledge_is_written_as_before() {
    let decision = decide_transfer(&transfer(), &rules(), at("2026-01-15 12:00"));
    let written = serde_json::to_string(&decision).unwrap();
    assert!(!written.contains("known_at"));
    assert_eq!(serde_json::from_str::<Decision>(&written).unwrap().known_at, None);
    let known = decide_transfer(
        &transfer(),
        &rules(),
        When::known_at(at("2026-01-15 12:00"), at("2026-03-01 00:00")),
    );
    let written = serde_json::to_string(&known).unwrap();
    assert!(written.contains("\"known_at\":\"2026-02-28T16:00:00Z\""), "{written}");
    assert_eq!(serde_json::from_str::<Decision>(&written).unwrap(), known);
}

#[test]
fn whatever_is_recorded_later_a_decision_is_judged_again_by_the_rules_it_was_made_with() {
    let (event, made_with) = (at("2026-05-01 12:00"), rules().recorded_through());
    assert!(made_with >= at("2026-02-01 00:00") && made_with < at("2027-03-01 00:00"));
    assert_eq!(corrected().recorded_through(), at("2027-03-01 00:00"));
    let before = decide_allocation(&allocation(), &rules(), event);
    let again = decide_allocation(&allocation(), &corrected(), When::known_at(event, made_with));
    assert_eq!(again.verdicts, before.verdicts);
    assert_ne!(decide_allocation(&allocation(), &corrected(), event).verdicts, before.verdicts);
    let finer = LATER.replace("2027-03-01T00:00:00+08:00", "2027-03-01T00:00:00.0000001+08:00");
    let finer = Rules::built_in_with(&[("later.toml", &finer)]).unwrap();
    let known = When::known_at(event, finer.recorded_through());
    assert!(!decide_allocation(&allocation(), &finer, known).allowed, "the last of them is known too");
}
