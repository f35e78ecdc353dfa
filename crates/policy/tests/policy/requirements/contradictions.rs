//! C1 to C15: what the sources say against each other, and how dated rules of several programmes hold it together.

use policy::{
    BenefitKind, BondCounts, BondEvent, Confidence, LifeEvent, Parameter, Programme, Reason, Region,
    Relation, Side, Topic, Value, WalletState, decide_allocation, decide_bond, decide_transfer, ending,
    strictest,
};

use crate::support::*;

const NOON: &str = "2026-01-15 12:00";

fn relations(programme: Programme, area: &str, when: &str) -> usize {
    let resolved = rules().resolve(programme, pool(area), at(when));
    resolved.words(Parameter::RelationScope).map_or(0, |words| words.len())
}

#[test]
fn c1_three_or_eight_relations_depend_on_region_programme_and_day() {
    assert_eq!(relations(Programme::LocalRealtime, "320100", "2024-07-31 12:00"), 3);
    assert_eq!(relations(Programme::LocalRealtime, "320100", "2024-08-01 12:00"), 8);
    assert_eq!(relations(Programme::LocalAllocation, "630100", "2024-11-30 12:00"), 3);
    assert_eq!(relations(Programme::LocalAllocation, "630100", "2024-12-01 12:00"), 8);
    assert_eq!(relations(Programme::LocalRealtime, "430100", NOON), 3);
    assert_eq!(relations(Programme::Wallet, "430100", NOON), 8);
    let resolved = rules().resolve(Programme::Wallet, pool("430100"), at(NOON));
    assert!(resolved.setting(Parameter::RelationScope).unwrap().overrides_local);
}

#[test]
fn c2_caps_bind_their_own_programme_only() {
    let cap = |programme, area| {
        let resolved = rules().resolve(programme, pool(area), at(NOON));
        (resolved.count(Parameter::MaxMembers), resolved.flag(Parameter::CapIncludesSelf))
    };
    assert_eq!(cap(Programme::LocalAllocation, "630100"), (Some(5), Some(false)));
    assert_eq!(cap(Programme::LocalRealtime, "370100"), (Some(7), None));
    assert_eq!(cap(Programme::Wallet, "630100"), (None, None));
}

#[test]
fn c3_pharmacies_are_allowed_nationally_and_the_old_prohibition_is_a_sample() {
    let allows = |rules: &policy::Rules, area: &str| {
        let resolved = rules.resolve(Programme::LocalRealtime, pool(area), at(NOON));
        resolved.words(Parameter::Categories).unwrap().contains("PHARMACY")
    };
    assert!(allows(&rules(), "640100"));
    assert!(!allows(&with_samples(), "640100"));
}

#[test]
fn c4_own_card_only_and_no_proof_at_use() {
    for programme in [Programme::Wallet, Programme::LocalRealtime, Programme::LocalAllocation] {
        let resolved = rules().resolve(programme, pool("320100"), at(NOON));
        assert_eq!(resolved.flag(Parameter::OwnCredentialOnly), Some(true));
        assert_eq!(resolved.flag(Parameter::ProofAtUse), Some(false));
    }
}

#[test]
fn c5_cardinality_is_counted_per_programme() {
    // Bound in Qinghai's allocation and free in the wallet: the facts of each programme bring only its own bonds.
    let mut allocation = local_bond(Programme::LocalAllocation, "630100", "630100");
    allocation.context.as_mut().unwrap().counts =
        Some(BondCounts { beneficiary_uses: 1, ..BondCounts::default() });
    assert_eq!(why(&decide_bond(&allocation, &rules(), at(NOON))).unwrap().0, Reason::AlreadyBound);
    let mut wallet = local_bond(Programme::Wallet, "630100", "630100");
    wallet.context.as_mut().unwrap().counts =
        Some(BondCounts { beneficiary_uses: 1, ..BondCounts::default() });
    assert!(decide_bond(&wallet, &rules(), at(NOON)).allowed);
}

#[test]
fn c6_territory_grows_with_the_years_and_the_programmes() {
    let scope = |programme, area: &str, when: &str| {
        rules().resolve(programme, pool(area), at(when)).word(Parameter::TerritorialScope)
    };
    assert_eq!(scope(Programme::LocalRealtime, "320100", "2023-06-01 12:00"), Some("SAME_POOL"));
    assert_eq!(scope(Programme::LocalRealtime, "320100", "2025-01-01 12:00"), Some("SAME_PROVINCE"));
    assert_eq!(scope(Programme::Wallet, "320100", NOON), Some("NATIONAL"));
    assert_eq!(scope(Programme::Wallet, "430100", NOON), Some("NATIONAL"), "Hunan may not narrow it");
}

#[test]
fn c7_what_is_open_is_a_table_and_forecasts_are_not_in_it() {
    let open = |when: &str| {
        let all = standards::Pool::all();
        all.filter(|area| rules().availability(*area, Programme::Wallet, at(when)).open).count()
    };
    assert_eq!(open("2024-10-31 12:00"), 0);
    assert!(open("2024-12-31 12:00") < standards::Pool::all().count() / 2);
    assert!(open("2025-09-22 12:00") < standards::Pool::all().count());
    assert_eq!(open("2026-01-10 12:00"), standards::Pool::all().count());
}

#[test]
fn c8_not_opened_fails_at_once_and_not_claimed_goes_back_by_06_00() {
    let mut facts = transfer();
    facts.beneficiary.wallet = Some(WalletState::NotOpened);
    let decision = decide_transfer(&facts, &rules(), at(NOON));
    assert_eq!(why(&decision), Some((Reason::WalletNotOpen, "R-101", Side::Beneficiary)));
    let deadlines =
        policy::transfer_deadlines(Programme::Wallet, pool("320100"), pool("510100"), &rules(), at(NOON))
            .unwrap();
    assert_eq!(deadlines.return_by, at("2026-01-16 06:00"));
}

#[test]
fn c9_a_resident_has_no_account_to_share() {
    let mut facts = local_bond(Programme::Wallet, "320100", "510100");
    let mut resident = enrolment(policy::Scheme::Resident, "320100");
    resident.has_personal_account = true;
    facts.sharer.enrolments = Some(vec![resident]);
    let decision = decide_bond(&facts, &rules(), at(NOON));
    assert_eq!(why(&decision), Some((Reason::SharerNotEmployeeInsured, "R-020", Side::Sharer)));
}

#[test]
fn c10_minimum_balance_smallest_allocation_and_zero_are_three_rules() {
    let mut facts = allocation();
    facts.account.balance = Some(yuan("0"));
    facts.amount = yuan("1.00");
    let decision = decide_allocation(&facts, &rules(), at(NOON));
    let rules: Vec<&str> = decision.refusing().map(|verdict| verdict.rule.as_ref()).collect();
    assert_eq!(rules, ["R-071", "R-070", "R-072", "R-073"]);
}

#[test]
fn c11_every_bound_that_applies_holds_and_the_lowest_decides() {
    let text = |id: &str, region: &str, parameters: &str| {
        format!(
            "[[version]]\nid = \"{id}\"\nprogramme = \"WALLET\"\nregion = \"{region}\"\ntopic = \"TERRITORY\"\n\
             valid_from = \"2026-01-09\"\nrecorded_at = \"2026-02-01T00:00:00+08:00\"\nsource = \"a test\"\n\
             confidence = \"SAMPLE\"\nlast_verified_day = \"2026-01-31\"\n[version.parameters]\n{parameters}\n"
        )
    };
    let own =
        [text("A", "320000", "annual_ratio = \"0.70\""), text("B", "510000", "annual_ratio = \"0.50\"")];
    let files: Vec<_> =
        own.iter().zip(["a.toml", "b.toml"]).map(|(text, name)| (name, text.as_str())).collect();
    let rules = policy::Rules::built_in_with(&files).unwrap();
    let (from, to) = ("320100", "510100");
    let limits = policy::account_limits(
        Programme::Wallet,
        [pool(from), pool(to)],
        Some(yuan("1000.00")),
        &rules,
        at(NOON),
    );
    assert_eq!(limits.year_total, Some(yuan("500.00")));
    let resolved = [from, to].map(|area| rules.resolve(Programme::Wallet, pool(area), at(NOON)));
    let sides = [(Side::Sharer, &resolved[0]), (Side::Beneficiary, &resolved[1])];
    assert_eq!(strictest(Parameter::AnnualRatio, &sides).unwrap().0, Side::Beneficiary);
    assert_eq!(strictest(Parameter::SingleLimit, &sides).unwrap().1.value, Some(Value::Amount(yuan("2000"))));
}

#[test]
fn c12_the_creators_chronic_entitlement_ends_a_bond_and_the_patients_raises_a_limit() {
    let event = |area: &str| BondEvent {
        programme: Programme::LocalAllocation,
        event: LifeEvent::ChronicEntitlement,
        side: Side::Sharer,
        relation: Relation::Parent,
        sharer_region: area.parse::<Region>().unwrap(),
        beneficiary_region: area.parse::<Region>().unwrap(),
    };
    assert!(ending(&event("630100"), &with_samples(), at(NOON)).ends);
    assert!(!ending(&event("649900"), &with_samples(), at(NOON)).ends);
    let resolved = with_samples().resolve(Programme::LocalAllocation, pool("649900"), at(NOON));
    let excepted = resolved.words(Parameter::ExceptionBenefits).unwrap();
    assert!(excepted.contains(BenefitKind::ChronicOutpatient.name()));
}

#[test]
fn c13_fifteen_days_are_a_national_parameter_and_the_consequence_another() {
    for programme in Programme::ALL.iter().copied() {
        let resolved = rules().resolve(programme, pool("320100"), at(NOON));
        assert_eq!(resolved.count(Parameter::ContactUpdateDays), Some(15));
        let consequence = resolved.setting(Parameter::ContactConsequence).unwrap();
        assert_eq!(consequence.origin.confidence, Confidence::Sample);
    }
}

#[test]
fn c14_the_relation_in_law_has_a_name_and_no_scope() {
    for programme in Programme::ALL.iter().copied() {
        let mut facts = local_bond(programme, "320100", "320100");
        facts.relation = Relation::ParentInLaw;
        let decision = decide_bond(&facts, &rules(), at(NOON));
        let verdict = by_parameter(&decision, "relation_scope");
        if programme != Programme::Premium {
            assert_eq!((verdict.rule.as_ref(), verdict.reason), ("R-042", Some(Reason::InLawExcluded)));
        }
        assert!(!decision.allowed);
    }
}

#[test]
fn c15_quota_of_2026_is_not_sent_on_and_the_money_of_the_pilot_could_be() {
    let judged = |when: &str| {
        let mut facts = transfer();
        let context = policy::TransferContext { online: true, from_own_wallet: true, account: None };
        facts.context = Some(context);
        decide_transfer(&facts, &rules(), at(when))
    };
    assert!(judged("2026-01-08 12:00").allowed);
    let decision = judged("2026-01-09 12:00");
    assert_eq!(
        why(&decision).map(|(reason, rule, _)| (reason, rule)),
        Some((Reason::NotForThisProgramme, "R-105"))
    );
}

#[test]
fn unverified_statements_are_only_in_the_samples_and_marked_there() {
    // One national claim is a rule on purpose, with its own mark.
    for version in rules().versions() {
        assert_ne!(version.topic, Some(Topic::Sample), "{}", version.origin.policy_version);
        assert_ne!(version.origin.confidence, Confidence::Low, "{}", version.origin.policy_version);
        for (parameter, setting) in version.settings() {
            let low = setting.origin.confidence == Confidence::Low;
            assert!(!low || parameter == Parameter::ContactUpdateDays, "{parameter}");
        }
    }
    let samples: Vec<_> = policy::Rules::sample_files().iter().map(|(_, text)| *text).collect();
    let all = with_samples();
    let marked = all.versions().iter().filter(|version| version.topic == Some(Topic::Sample));
    for version in marked.clone() {
        assert_eq!(version.origin.confidence, Confidence::Low);
        let id = format!("\"{}\"", version.origin.policy_version);
        assert!(samples.iter().any(|text| text.contains(&id)));
    }
    assert_eq!(marked.count() + rules().versions().len(), all.versions().len());
}
