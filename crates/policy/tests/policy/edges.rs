//! What lies at the edges of the rules: which side and which version a verdict names when two regions differ, the
//! stricter of any two values, and how a region and a setting read. The rules in force are tested elsewhere.

use policy::{
    BondStage, Cardinality, Decision, Parameter, PlaceFacts, PlaceScope, Programme, Reason, Region, Relation,
    Rules, Side, Territory, Value, Verdict, VerdictResult, decide_bond, decide_place_of_use, decide_transfer,
    next_window_time,
};
use proptest::prelude::*;

use crate::support::*;

const NOON: &str = "2026-01-15 12:00";
/// What the nation says in these tests, as far as it matters here.
const NATION: &str = "window_open = \"06:00\"\nwindow_close = \"22:00\"\nterritorial_scope = \"NATIONAL\"\n\
                      place_of_use_scope = \"INSURED_PROVINCE\"\n";

fn version(id: &str, region: &str, parameters: &str) -> String {
    format!(
        "[[version]]\nid = \"{id}\"\nprogramme = \"WALLET\"\nregion = \"{region}\"\n\
         valid_from = \"2026-01-01\"\nrecorded_at = \"2026-01-01T00:00:00+08:00\"\n\
         source = \"source of {id}\"\nconfidence = \"H\"\nlast_verified_day = \"2026-01-01\"\n\
         [version.parameters]\n{parameters}\n"
    )
}

/// Rules with a version for each of these regions; each is called by its region.
fn ruled(regions: &[(&str, &str)]) -> Rules {
    let texts: Vec<_> =
        regions.iter().map(|(region, parameters)| version(region, region, parameters)).collect();
    let files: Vec<_> = texts.iter().map(|text| ("rules.toml", text.as_str())).collect();
    Rules::parse(&files).unwrap()
}

fn judged(rules: &Rules, when: &str) -> Decision {
    decide_transfer(&transfer(), rules, at(when))
}

fn by_rule<'a>(decision: &'a Decision, rule: &str, side: Side) -> &'a Verdict {
    decision.verdicts.iter().find(|verdict| verdict.rule == rule && verdict.side == side).unwrap()
}

#[test]
fn r_079_a_window_names_the_side_and_the_version_that_narrowed_it() {
    let table = [
        ("510000", "window_close = \"20:00\"", "2026-01-15 21:00", Side::Beneficiary, "06:00-20:00"),
        ("510000", "window_open = \"08:00\"", "2026-01-15 07:00", Side::Beneficiary, "08:00-22:00"),
        ("320000", "window_close = \"20:00\"", "2026-01-15 21:00", Side::Sharer, "06:00-20:00"),
    ];
    for (region, narrower, when, side, limit) in table {
        let decision = judged(&ruled(&[("000000", NATION), (region, narrower)]), when);
        let verdict = by_parameter(&decision, "transfer_window");
        assert_eq!(verdict.reason, Some(Reason::OutsideTransferWindow), "{region} {narrower}");
        assert_eq!((verdict.side, verdict.policy_version.as_str()), (side, region), "{narrower}");
        assert_eq!(verdict.limit, limit);
    }
}

#[test]
fn r_079_two_windows_that_only_touch_never_open() {
    let apart =
        [("000000", NATION), ("320000", "window_open = \"20:00\""), ("510000", "window_close = \"20:00\"")];
    let rules = ruled(&apart);
    for when in [NOON, "2026-01-15 19:59:59.999999", "2026-01-15 20:00", "2026-01-15 20:00:01"] {
        let decision = judged(&rules, when);
        let verdict = by_parameter(&decision, "transfer_window");
        assert_eq!(verdict.reason, Some(Reason::OutsideTransferWindow), "{when}");
        assert_eq!(verdict.possible_again, None, "no time helps");
        let opening = next_window_time(Programme::Wallet, pool("320100"), pool("510100"), &rules, at(when));
        assert_eq!(opening, None, "{when}");
    }
}

#[test]
fn a_verdict_about_a_person_is_given_under_the_rules_of_that_persons_region() {
    let decision = judged(&ruled(&[("320000", NATION), ("510000", NATION)]), NOON);
    for (rule, side, version) in [
        ("R-064", Side::Sharer, "320000"),
        ("R-066", Side::Beneficiary, "510000"),
        ("R-020", Side::Sharer, "320000"),
        ("R-021", Side::Beneficiary, "510000"),
    ] {
        assert_eq!(by_rule(&decision, rule, side).policy_version, version, "{rule}");
    }
}

#[test]
fn r_006_whoever_is_insured_nowhere_has_no_region_and_whoever_is_not_known_is_not_decided() {
    for side in [Side::Sharer, Side::Beneficiary] {
        let judged = |enrolments| {
            let mut facts = transfer();
            let person = if side == Side::Sharer { &mut facts.sharer } else { &mut facts.beneficiary };
            (person.enrolments, person.place_of_use) = (enrolments, None);
            let decision = decide_transfer(&facts, &rules(), at(NOON));
            let verdict = by_rule(&decision, "R-006", side);
            (verdict.result, verdict.reason)
        };
        assert_eq!(judged(None), (VerdictResult::NotKnown, Some(Reason::FeedBehind)));
        assert_eq!(judged(Some(Vec::new())), (VerdictResult::NotApplicable, None));
    }
}

#[test]
fn r_011_how_far_apart_the_two_may_be_insured() {
    let table = [
        (Territory::SamePool, "320100", true),
        (Territory::SamePool, "320500", false),
        (Territory::SamePool, "510100", false),
        (Territory::SameProvince, "320100", true),
        (Territory::SameProvince, "320500", true),
        (Territory::SameProvince, "510100", false),
        (Territory::National, "510100", true),
    ];
    for (scope, to, near) in table {
        let rules = ruled(&[("000000", &format!("territorial_scope = \"{scope}\""))]);
        let mut facts = transfer();
        facts.beneficiary.enrolments.as_mut().unwrap()[0].pool = pool(to);
        let decision = decide_transfer(&facts, &rules, at(NOON));
        let verdict = by_rule(&decision, "R-012", Side::Beneficiary);
        assert_eq!(verdict.reason, (!near).then_some(Reason::OutOfTerritory), "{scope} {to}");
        assert_eq!(verdict.actual, format!("320100-{to}"));
    }
}

#[test]
fn r_012_whoever_is_not_known_leaves_the_distance_undecided() {
    for (sharer, beneficiary, result) in [
        (None, None, VerdictResult::NotKnown),
        (Some(Vec::new()), None, VerdictResult::NotKnown),
        (None, Some(Vec::new()), VerdictResult::NotKnown),
        (Some(Vec::new()), Some(Vec::new()), VerdictResult::NotApplicable),
    ] {
        let mut facts = transfer();
        (facts.sharer.enrolments, facts.beneficiary.enrolments) = (sharer, beneficiary);
        let decision = decide_transfer(&facts, &rules(), at(NOON));
        assert_eq!(by_rule(&decision, "R-012", Side::Beneficiary).result, result);
    }
}

#[test]
fn r_040_the_invitees_region_counts_only_once_the_invitee_has_agreed() {
    let scope = |relations: &str| format!("relation_scope = [{relations}]");
    let rules = ruled(&[("000000", &scope("\"PARENT\", \"CHILD\"")), ("510000", &scope("\"CHILD\""))]);
    for (stage, version, reason) in [
        (BondStage::Propose, "000000", None),
        (BondStage::Accept, "510000", Some(Reason::RelationNotInScope)),
    ] {
        let decision = decide_bond(&bond(stage), &rules, at(NOON));
        let verdict = by_parameter(&decision, "relation_scope");
        assert_eq!((verdict.policy_version.as_str(), verdict.reason), (version, reason));
    }
}

#[test]
fn r_092_the_rules_of_the_place_that_is_asked_for_decide() {
    let rules = ruled(&[("000000", NATION), ("510000", "place_of_use_scope = \"INSURED_POOL\"")]);
    // The wallet is kept elsewhere so far, where more is allowed.
    let person = policy::PersonFacts { place_of_use: Some(pool("320100")), ..mother() };
    for (place, allowed) in [("510100", true), ("510700", false)] {
        let facts = PlaceFacts { programme: Programme::Wallet, place: pool(place), person: person.clone() };
        let decision = decide_place_of_use(&facts, &rules, at(NOON));
        let verdict = by_rule(&decision, "R-092", Side::Beneficiary);
        assert_eq!(verdict.reason, (!allowed).then_some(Reason::PlaceOfUseNotAllowed), "{place}");
        assert_eq!(verdict.policy_version, "510000");
    }
}

#[test]
fn the_sharer_reads_that_an_invitee_passed_and_nothing_else_of_it() {
    let decision = decide_bond(&bond(BondStage::Accept), &rules(), at(NOON)).for_sharer();
    let about: Vec<_> =
        decision.verdicts.iter().filter(|verdict| verdict.side == Side::Beneficiary).collect();
    let [verdict] = about.as_slice() else { panic!("one verdict stands for all: {about:?}") };
    assert_eq!((verdict.parameter.as_ref(), verdict.result), ("invitee", VerdictResult::Pass));
    assert_eq!((verdict.reason, verdict.limit.as_str(), verdict.actual.as_str()), (None, "", ""));
}

#[test]
fn the_sharer_reads_that_nothing_is_known_of_an_invitee_yet() {
    let mut facts = bond(BondStage::Accept);
    facts.beneficiary.deceased = None;
    let decision = decide_bond(&facts, &rules(), at(NOON)).for_sharer();
    let verdict = by_parameter(&decision, "invitee");
    assert_eq!((verdict.result, verdict.reason), (VerdictResult::NotKnown, Some(Reason::FeedBehind)));
}

#[test]
fn of_two_scopes_only_what_both_allow_remains() {
    let scope = |relations: &str| format!("relation_scope = [{relations}]");
    let rules =
        ruled(&[("320000", &scope("\"PARENT\", \"CHILD\"")), ("510000", &scope("\"SPOUSE\", \"CHILD\""))]);
    let verdict_on = |relation| {
        let decision =
            decide_bond(&policy::BondFacts { relation, ..bond(BondStage::Accept) }, &rules, at(NOON));
        let verdict = by_parameter(&decision, "relation_scope");
        (verdict.limit.clone(), verdict.reason)
    };
    for (relation, reason) in [
        (Relation::Child, None),
        (Relation::Parent, Some(Reason::RelationNotInScope)),
        (Relation::Spouse, Some(Reason::RelationNotInScope)),
    ] {
        assert_eq!(verdict_on(relation), ("CHILD".to_owned(), reason), "{relation}");
    }
}

#[test]
fn openings_are_known_from_when_they_were_recorded() {
    let opening = |recorded: &str, state: &str, from: &str| {
        format!(
            "[[availability]]\nprogramme = \"WALLET\"\nregions = [\"320100\"]\nstate = \"{state}\"\n\
             from = \"{from}\"\nrecorded_at = \"{recorded}T00:00:00+08:00\"\nsource = \"s\"\nconfidence = \"H\"\n"
        )
    };
    let text = opening("2026-01-10", "OPEN", "2026-01-01") + &opening("2026-01-20", "CLOSED", "2026-01-05");
    let rules = Rules::parse(&[("a.toml", &text)]).unwrap();
    for (known, open) in [
        ("2026-01-09 23:59:59.999999", false),
        ("2026-01-10 00:00", true),
        ("2026-01-19 23:59:59.999999", true),
        ("2026-01-20 00:00", false),
    ] {
        let answer = rules.known_at(at(known)).availability(pool("320100"), Programme::Wallet, at(NOON));
        assert_eq!(answer.open, open, "as known at {known}");
    }
}

#[test]
fn a_setting_is_read_as_what_it_is_and_as_nothing_else() {
    let parameters = "window_open = \"06:30\"\nsingle_limit = \"2000\"\ndaily_count = 3\n\
                      both_wallets_open = true\nsharer_may_cancel = false\n";
    let resolved = ruled(&[("000000", parameters)]).resolve(Programme::Wallet, pool("320100"), at(NOON));
    assert_eq!(resolved.clock(Parameter::WindowOpen), Some(time::macros::time!(06:30)));
    assert_eq!(resolved.amount(Parameter::SingleLimit), Some(yuan("2000.00")));
    assert_eq!(resolved.count(Parameter::DailyCount), Some(3));
    assert_eq!(resolved.flag(Parameter::BothWalletsOpen), Some(true));
    assert_eq!(resolved.flag(Parameter::SharerMayCancel), Some(false));
    for parameter in Parameter::ALL {
        let read = [
            resolved.clock(*parameter).is_some(),
            resolved.amount(*parameter).is_some(),
            resolved.count(*parameter).is_some(),
            resolved.flag(*parameter).is_some(),
        ];
        let stated = usize::from(resolved.setting(*parameter).is_some());
        assert_eq!(read.iter().filter(|read| **read).count(), stated, "{parameter}");
    }
}

#[test]
fn a_region_is_six_digits_in_every_text() {
    let regions = [
        ("000000", Region::Nation),
        ("320000", Region::Province(pool("320100").province())),
        ("320100", Region::Pool(pool("320100"))),
        ("329900", Region::Pool(pool("329900"))),
    ];
    for (text, region) in regions {
        assert_eq!(String::from(region), text);
        assert_eq!(Region::try_from(text.to_owned()), Ok(region));
    }
}

/// The names of an ordered list, the strictest first.
fn ordered() -> [(Parameter, &'static [&'static str]); 3] {
    [
        (Parameter::TerritorialScope, Territory::NAMES),
        (Parameter::BondCardinality, Cardinality::NAMES),
        (Parameter::PlaceOfUseScope, PlaceScope::NAMES),
    ]
}

#[test]
fn of_two_words_the_one_that_stands_first_is_stricter() {
    for (parameter, names) in ordered() {
        for (i, a) in names.iter().enumerate() {
            for (j, b) in names.iter().enumerate() {
                let stricter = parameter.strictest(Value::Word(a), Value::Word(b));
                assert_eq!(stricter, Value::Word(names[i.min(j)]), "{parameter}: {a} or {b}");
            }
        }
    }
}

#[test]
fn a_duty_holds_if_either_side_has_it_and_a_right_only_if_both_do() {
    for (a, b) in [(false, false), (false, true), (true, false), (true, true)] {
        let strictest = |parameter: Parameter| parameter.strictest(Value::Flag(a), Value::Flag(b));
        for duty in [Parameter::CapIncludesSelf, Parameter::CommitmentRequired, Parameter::BothWalletsOpen] {
            assert_eq!(strictest(duty), Value::Flag(a || b), "{duty}: {a} {b}");
        }
        assert_eq!(strictest(Parameter::SharerMayCancel), Value::Flag(a && b), "{a} {b}");
    }
}

proptest! {
    #[test]
    fn the_lower_limit_and_the_higher_threshold_are_stricter(a: u32, b: u32) {
        let counts = |parameter: Parameter| parameter.strictest(Value::Count(a), Value::Count(b));
        prop_assert_eq!(counts(Parameter::DailyCount), Value::Count(a.min(b)));
        prop_assert_eq!(counts(Parameter::MaxStalenessSeconds), Value::Count(a.min(b)));
        let [x, y] = [a, b].map(|fen| money::Yuan::from_fen(fen.into()));
        let amounts = |parameter: Parameter| parameter.strictest(Value::Amount(x), Value::Amount(y));
        prop_assert_eq!(amounts(Parameter::SingleLimit), Value::Amount(x.min(y)));
        prop_assert_eq!(amounts(Parameter::MinSourceBalance), Value::Amount(x.max(y)));
    }

    #[test]
    fn of_two_clock_times_the_later_opening_and_the_earlier_end_are_stricter(a in 0_u8..24, b in 0_u8..24) {
        let [x, y] = [a, b].map(|hour| time::Time::from_hms(hour, 0, 0).unwrap());
        let clocks = |parameter: Parameter| parameter.strictest(Value::Clock(x), Value::Clock(y));
        prop_assert_eq!(clocks(Parameter::WindowOpen), Value::Clock(x.max(y)));
        for end in [Parameter::WindowClose, Parameter::ClaimUntil, Parameter::ReturnBy] {
            prop_assert_eq!(clocks(end), Value::Clock(x.min(y)));
        }
    }
}
