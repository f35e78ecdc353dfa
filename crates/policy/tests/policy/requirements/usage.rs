//! as rules: for what, with whose card, and where shared funds are used.

use policy::{
    BenefitKind, Category, Decision, Filing, Programme, Reason, Ruling, Side, SwitchState, UseFacts,
    VerdictResult, decide_use,
};

use crate::support::*;

const NOON: &str = "2026-01-15 12:00";

/// From 南京's sharer for the mother insured in 成都.
fn wallet(change: impl FnOnce(&mut UseFacts)) -> Decision {
    let mut facts = use_of(Programme::Wallet, "320100", "510100");
    change(&mut facts);
    decide_use(&facts, &rules(), at(NOON))
}

fn filing(place: &str, institutions: &[&str], days: [&str; 2]) -> Filing {
    Filing {
        place: place.parse().unwrap(),
        institutions: institutions.iter().map(|&code| code.to_owned()).collect(),
        valid_from: day(days[0]),
        valid_to: (!days[1].is_empty()).then(|| day(days[1])),
    }
}

#[test]
fn r_110_medical_care_at_home_passes_every_rule() {
    let decision = wallet(|_| ());
    assert_eq!(decision.ruling(), Ruling::Allowed);
    for verdict in decision.verdicts.iter().filter(|verdict| verdict.result == VerdictResult::Pass) {
        assert!(!verdict.policy_version.is_empty() && !verdict.source.is_empty(), "{verdict:?}");
    }
}

#[test]
fn r_111_r_112_r_114_the_wallet_pays_care_pharmacies_and_premiums_and_nothing_else() {
    let allowed = [
        Category::Inpatient,
        Category::Outpatient,
        Category::SpecialOutpatient,
        Category::Maternity,
        Category::Pharmacy,
        Category::ResidentPremium,
        Category::LtcPremium,
    ];
    for category in Category::ALL.iter().copied() {
        let decision = wallet(|facts| facts.category = category);
        assert_eq!(decision.allowed, allowed.contains(&category), "{category}");
        if !decision.allowed {
            assert_eq!(why(&decision).unwrap().0, Reason::CategoryNotAllowed);
        }
    }
}

#[test]
fn r_113_r_115_each_place_has_its_own_categories_and_all_sides_must_allow() {
    let local = |area: &str, category: Category, when: &str| {
        let mut facts = use_of(Programme::LocalRealtime, area, area);
        facts.category = category;
        facts.care_from = at(when);
        decide_use(&facts, &with_samples(), at(when)).allowed
    };
    assert!(local("320100", Category::CommercialInsurance, NOON));
    assert!(!local("320100", Category::CommercialInsurance, "2025-07-22 12:00"));
    assert!(!local("410100", Category::CommercialInsurance, NOON));
    assert!(!local("640100", Category::Pharmacy, NOON), "the old text forbade it");
    assert!(local("649900", Category::Pharmacy, NOON));
}

#[test]
fn r_117_nothing_is_not_an_amount() {
    assert_eq!(why(&wallet(|facts| facts.amount = yuan("0"))).unwrap().0, Reason::FieldInvalid);
}

#[test]
fn r_121_the_creator_uses_the_own_shared_account_without_a_bond() {
    let mut facts = use_of(Programme::LocalAllocation, "630100", "630100");
    facts.patient = facts.sharer.clone();
    facts.presented.credential_of = facts.sharer.person;
    facts.bond = None;
    facts.bond_since = None;
    let decision = decide_use(&facts, &rules(), at(NOON));
    assert_eq!(decision.ruling(), Ruling::Allowed);
    assert_eq!(by_parameter(&decision, "sharer_may_use").rule, "R-121");
}

#[test]
fn r_122_r_150_only_the_patients_own_credential_pays() {
    let decision = wallet(|facts| facts.presented.credential_of = facts.sharer.person);
    assert_eq!(why(&decision), Some((Reason::NotOwnCredential, "R-122", Side::Beneficiary)));
    assert!(refused(&decision).what_to_do_zh.contains("钱可以共济,卡不能共用"));
}

#[test]
fn r_123_who_acts_for_the_patient_shows_both_documents() {
    assert!(wallet(|facts| facts.presented.agent_documents = Some(true)).allowed);
    let decision = wallet(|facts| facts.presented.agent_documents = Some(false));
    assert_eq!(
        why(&decision).map(|(reason, rule, _)| (reason, rule)),
        Some((Reason::AgentIdMissing, "R-123"))
    );
}

#[test]
fn r_124_proof_of_the_bond_is_asked_for_only_where_an_old_rule_says_so() {
    let old = |proof: bool| {
        let mut facts = use_of(Programme::LocalRealtime, "640100", "640100");
        facts.presented.bond_proof = proof;
        decide_use(&facts, &with_samples(), at(NOON))
    };
    assert!(old(true).allowed);
    assert_eq!(
        why(&old(false)).map(|(reason, rule, _)| (reason, rule)),
        Some((Reason::KinshipNotProven, "R-124"))
    );
    assert!(wallet(|facts| facts.presented.bond_proof = false).allowed);
}

/// Treated in 南京.
fn elsewhere(change: impl FnOnce(&mut UseFacts)) -> Decision {
    wallet(|facts| {
        facts.treatment = pool("320100");
        change(facts);
    })
}

#[test]
fn r_127_care_in_another_province_needs_a_filing() {
    let decision = elsewhere(|_| ());
    assert_eq!(why(&decision), Some((Reason::NoRemoteFiling, "R-127", Side::Beneficiary)));
    for (place, holds) in [("320100", true), ("320000", true), ("320500", false), ("330000", false)] {
        let decision = elsewhere(|facts| {
            facts.remote.filings = Some(vec![filing(place, &[], ["2026-01-01", "2026-12-31"])]);
        });
        assert_eq!(decision.allowed, holds, "{place}");
    }
    // Inside the province none is needed, and a missing answer leaves it open.
    assert!(wallet(|facts| facts.treatment = pool("510700")).allowed);
    assert!(matches!(elsewhere(|facts| facts.remote.filings = None).ruling(), Ruling::Undecided(_)));
}

#[test]
fn r_128_a_filing_holds_from_its_first_to_its_last_day() {
    for (days, holds) in [
        (["2026-01-15", "2026-01-15"], true),
        (["2026-01-16", "2026-12-31"], false),
        (["2025-01-01", "2026-01-14"], false),
        (["2020-01-01", ""], true),
    ] {
        let decision = elsewhere(|facts| facts.remote.filings = Some(vec![filing("320100", &[], days)]));
        assert_eq!(decision.allowed, holds, "{days:?}");
    }
}

#[test]
fn r_128_a_filing_without_a_last_day_holds_as_long_as_the_rule_says() {
    let judged = |from: &str| {
        let mut facts = use_of(Programme::LocalRealtime, "649900", "649900");
        facts.treatment = pool("320100");
        facts.remote.filings = Some(vec![filing("320100", &[], [from, ""])]);
        decide_use(&facts, &with_samples(), at(NOON)).allowed
    };
    assert!(judged("2025-01-16"));
    assert!(!judged("2025-01-15"));
}

#[test]
fn r_129_where_institutions_were_chosen_only_those_are_paid() {
    let xuzhou = |institution: &str, chosen: &[&str]| {
        let mut facts = use_of(Programme::Wallet, "320100", "320300");
        facts.treatment = pool("320500");
        facts.remote.institution = institution.to_owned();
        facts.remote.filings = Some(vec![filing("320500", chosen, ["2026-01-01", ""])]);
        decide_use(&facts, &rules(), at(NOON))
    };
    let chosen = ["H32050000001", "H32050000002"];
    assert!(xuzhou("H32050000002", &chosen).allowed);
    let decision = xuzhou("H32050000003", &chosen);
    assert_eq!(why(&decision), Some((Reason::NoRemoteFiling, "R-129", Side::Beneficiary)));
    assert_eq!(refused(&decision).limit, "CHOSEN");
    assert!(xuzhou("H32050000003", &[]).allowed);
}

#[test]
fn r_130_fujians_switch_is_off_until_it_is_turned_on() {
    let pharmacy = |home: &str, switch: Option<SwitchState>, when: &str| {
        let mut facts = use_of(Programme::Wallet, "320100", home);
        facts.category = Category::Pharmacy;
        facts.treatment = pool("320100");
        facts.remote.switch = switch;
        facts.care_from = at(when);
        decide_use(&facts, &rules(), at(when))
    };
    let decision = pharmacy("350100", None, NOON);
    assert_eq!(why(&decision), Some((Reason::OutOfProvinceSwitchOff, "R-130", Side::Beneficiary)));
    assert!(refused(&decision).what_to_do_zh.contains("闽政通"));
    assert!(pharmacy("350100", Some(SwitchState::On), NOON).allowed);
    assert!(!pharmacy("350100", Some(SwitchState::Off), NOON).allowed);
    assert!(pharmacy("350100", None, "2025-10-31 12:00").allowed, "before 2025-11 there was none");
    assert!(pharmacy("510100", None, NOON).allowed, "elsewhere there is none");
    let mut inside = use_of(Programme::Wallet, "320100", "350100");
    (inside.category, inside.treatment) = (Category::Pharmacy, pool("350200"));
    assert!(decide_use(&inside, &rules(), at(NOON)).allowed);
}

#[test]
fn r_125_the_bill_is_sorted_by_the_edition_of_its_day() {
    let judged = |named: &str, when: &str| {
        let mut facts = use_of(Programme::Wallet, "320100", "510100");
        (facts.catalogue, facts.care_from) = (Some(named.to_owned()), at(when));
        decide_use(&facts, &rules(), at(when))
    };
    assert!(judged("2025", "2026-01-01 00:00").allowed);
    let decision = judged("2024", "2026-01-01 00:00");
    assert_eq!(why(&decision), Some((Reason::CatalogueNotInForce, "R-125", Side::TreatmentPlace)));
    let verdict = refused(&decision);
    assert_eq!((verdict.limit.as_str(), verdict.actual.as_str()), ("2025", "2024"));
    assert_eq!(verdict.policy_version, "NAT-CATALOGUE-2025");
    assert!(judged("2024", "2025-12-31 23:59:59").allowed);
    assert!(!judged("2025", "2025-12-31 23:59:59").allowed);
    assert!(wallet(|facts| facts.catalogue = None).allowed, "nothing was looked up");
}

#[test]
fn r_126_care_elsewhere_goes_by_the_catalogue_there_and_the_limits_of_the_place_of_insurance() {
    let rules = with_editions();
    let judged = |named: &str, yuan_of_it: &str| {
        let mut facts = use_of(Programme::Wallet, "330100", "510100");
        facts.treatment = pool("320100");
        facts.remote.filings = Some(vec![filing("320000", &[], ["2026-01-01", ""])]);
        (facts.catalogue, facts.amount) = (Some(named.to_owned()), yuan(yuan_of_it));
        let decision = decide_use(&facts, &rules, at("2026-03-15 12:00"));
        why(&decision).map(|(reason, _, side)| (reason, side))
    };
    assert_eq!(judged("JS-2026", "60.00"), None, "insured in 四川, treated in 江苏");
    for elsewhere in ["SC-2026", "2025"] {
        assert_eq!(judged(elsewhere, "60.00"), Some((Reason::CatalogueNotInForce, Side::TreatmentPlace)));
    }
    assert_eq!(judged("JS-2026", "60.01"), Some((Reason::PerUseLimit, Side::Beneficiary)));
}

#[test]
fn r_131_special_outpatient_care_across_provinces_takes_three_steps() {
    let judged = |entitled: bool, filed: bool, enabled: bool| {
        elsewhere(|facts| {
            facts.category = Category::SpecialOutpatient;
            let kind = BenefitKind::SpecialOutpatient;
            facts.patient.standing = Some(if entitled { with_benefit(kind) } else { in_order() });
            let filings = if filed { vec![filing("320000", &[], ["2026-01-01", ""])] } else { vec![] };
            facts.remote.filings = Some(filings);
            facts.remote.institution_enabled = Some(enabled);
        })
    };
    assert!(judged(true, true, true).allowed);
    assert_eq!(
        why(&judged(false, true, true)),
        Some((Reason::SpecialCareNotReady, "R-131", Side::Beneficiary))
    );
    assert_eq!(why(&judged(true, false, true)).unwrap().1, "R-127");
    assert_eq!(
        why(&judged(true, true, false)),
        Some((Reason::SpecialCareNotReady, "R-131", Side::TreatmentPlace))
    );
}

#[test]
fn r_132_every_drug_line_needs_a_code_from_2026_on() {
    let judged = |without: Option<u32>, when: &str| {
        let mut facts = use_of(Programme::Wallet, "320100", "510100");
        facts.lines_without_code = without;
        facts.care_from = at(when);
        decide_use(&facts, &rules(), at(when))
    };
    let decision = judged(Some(1), "2026-01-01 00:00");
    assert_eq!(why(&decision), Some((Reason::TraceCodeMissing, "R-132", Side::TreatmentPlace)));
    assert_eq!(refused(&decision).policy_version, "NAT-TRACE-2");
    assert!(judged(Some(0), "2026-01-01 00:00").allowed && judged(None, "2026-01-01 00:00").allowed);
    assert!(judged(Some(1), "2025-12-31 23:59:59").allowed, "无码库");
    let before = judged(Some(1), "2025-06-30 12:00");
    assert!(before.allowed && !before.verdicts.iter().any(|verdict| verdict.parameter == "trace_code"));
}

#[test]
fn three_regions_have_a_say_and_the_one_that_refuses_is_named() {
    // 广东 opened the wallet on 2026-01-10: before, no institution there took it.
    let judged = |when: &str| {
        let mut facts = use_of(Programme::Wallet, "320100", "510100");
        (facts.category, facts.treatment, facts.care_from) = (Category::Pharmacy, pool("440100"), at(when));
        decide_use(&facts, &rules(), at(when))
    };
    assert_eq!(
        why(&judged("2026-01-09 12:00")),
        Some((Reason::RegionNotOpen, "R-006", Side::TreatmentPlace))
    );
    assert!(judged("2026-01-10 12:00").allowed);
    // A category that only the place of treatment forbids.
    let mut facts = use_of(Programme::LocalRealtime, "649900", "649900");
    (facts.category, facts.treatment) = (Category::Pharmacy, pool("640100"));
    facts.presented.bond_proof = true;
    let decision = decide_use(&facts, &with_samples(), at(NOON));
    assert_eq!(why(&decision), Some((Reason::CategoryNotAllowed, "R-110", Side::TreatmentPlace)));
}
