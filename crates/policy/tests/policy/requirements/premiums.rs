//! premiums of relatives.

use policy::{
    BenefitKind, Decision, PremiumFacts, PremiumScheme, Programme, Reason, Region, Side, decide_premium,
    quote_premium,
};

use crate::support::*;

fn paid(when: &str, change: impl FnOnce(&mut PremiumFacts)) -> Decision {
    let mut facts = premium();
    change(&mut facts);
    decide_premium(&facts, &rules(), at(when))
}

#[test]
fn r_136_the_premium_of_2025_is_paid_from_2024_09_01_to_2024_12_31() {
    for (when, amount, allowed) in [
        ("2024-12-31 23:59:59", "400.00", true),
        ("2025-01-01 00:00", "400.00", false),
        ("2025-01-01 00:00", "1070.00", true),
        ("2024-11-15 12:00", "1070.00", false),
        ("2024-11-15 12:00", "399.99", false),
    ] {
        let decision = paid(when, |facts| facts.amount = yuan(amount));
        assert_eq!(decision.allowed, allowed, "{when} {amount}");
        if !allowed {
            assert_eq!(why(&decision).unwrap().0, Reason::AmountsDoNotAddUp);
        }
    }
    // The wallet did not exist when the season began; somebody's own employee account did.
    let early = paid("2024-08-31 12:00", |facts| facts.funded_by = Programme::LocalRealtime);
    let verdict = early.refusing().find(|verdict| verdict.rule == "R-136").unwrap();
    assert_eq!(verdict.reason, Some(Reason::WindowOfPremiumClosed));
    assert_eq!(verdict.limit, "2024-09-01..2024-12-31");
    assert_eq!(verdict.possible_again, Some(at("2024-09-01 00:00")));
}

#[test]
fn r_136_late_payment_costs_more_and_waits_three_months() {
    let quote = |area: &str, when: &str| {
        let region: Region = area.parse().unwrap();
        quote_premium(PremiumScheme::Resident, 2025, region, &rules(), at(when))
    };
    let (due, late) = (quote("510100", "2024-12-31 12:00"), quote("510100", "2025-02-01 12:00"));
    assert_eq!((due.due, due.late, due.waiting_months), (Some(yuan("400.00")), false, 0));
    assert_eq!((late.due, late.late, late.waiting_months), (Some(yuan("1070.00")), true, 3));
    let zhoushan = quote("330900", "2024-12-31 12:00");
    assert_eq!(zhoushan.due, Some(yuan("770.00")));
    assert_eq!(zhoushan.policy_version, "ZJ-ZHOUSHAN-PREMIUM-1");
    assert_eq!(quote("510100", "2024-08-31 12:00").due, None);
}

#[test]
fn a_year_that_no_source_names_has_no_tariff() {
    let quote =
        quote_premium(PremiumScheme::Resident, 2031, Region::Nation, &rules(), at("2030-10-01 12:00"));
    assert_eq!((quote.due, quote.season), (None, None));
    let decision = paid("2025-10-01 12:00", |facts| facts.insurance_year = 2026);
    assert_eq!(why(&decision).unwrap().0, Reason::WindowOfPremiumClosed);
}

#[test]
fn r_137_jilins_long_term_care_premium_is_10_yuan_and_paid_by_others_for_some() {
    let ltc = |kind: Option<BenefitKind>| {
        paid("2026-01-15 12:00", |facts| {
            facts.scheme = PremiumScheme::Ltc;
            facts.amount = yuan("10.00");
            facts.insured.enrolments = Some(vec![enrolment(policy::Scheme::Resident, "220100")]);
            facts.insured.place_of_use = None;
            facts.insured.standing = Some(kind.map_or_else(in_order, with_benefit));
        })
    };
    assert_eq!(why(&ltc(None)), None);
    for kind in [BenefitKind::Destitute, BenefitKind::Orphan] {
        let decision = ltc(Some(kind));
        assert_eq!(why(&decision), Some((Reason::AlreadyPaidOrSubsidised, "R-137", Side::Beneficiary)));
        assert_eq!(refused(&decision).actual, kind.name());
    }
    // How much is paid for 低保 is not stated, so nothing is refused for it.
    assert!(ltc(Some(BenefitKind::LowIncome)).allowed);
    let elsewhere = paid("2026-01-15 12:00", |facts| facts.scheme = PremiumScheme::Ltc);
    assert_eq!(why(&elsewhere).unwrap().0, Reason::NotForThisProgramme, "no tariff is known for 成都");
}

#[test]
fn r_137_nobody_pays_twice() {
    let decision = paid("2024-12-20 12:00", |facts| facts.already_paid = Some(true));
    assert_eq!(why(&decision), Some((Reason::AlreadyPaidOrSubsidised, "R-137", Side::Beneficiary)));
}

#[test]
fn r_114_the_programme_whose_money_pays_must_allow_premiums() {
    let decision = paid("2024-12-20 12:00", |facts| facts.scheme = PremiumScheme::Ltc);
    let verdict = by_parameter(&decision, "categories");
    assert_eq!((verdict.rule.as_ref(), verdict.reason), ("R-114", Some(Reason::CategoryNotAllowed)));
    // Under the rules of 2021 no province could be asked to.
    let old = paid("2024-07-31 12:00", |facts| {
        facts.funded_by = Programme::LocalRealtime;
        facts.bond.as_mut().unwrap().programme = Programme::LocalRealtime;
    });
    assert_eq!(by_parameter(&old, "categories").reason, Some(Reason::CategoryNotAllowed));
}

#[test]
fn r_116_the_bond_must_be_of_the_programme_that_pays() {
    let decision =
        paid("2024-12-20 12:00", |facts| facts.bond.as_mut().unwrap().programme = Programme::LocalRealtime);
    assert_eq!(why(&decision), Some((Reason::NotForThisProgramme, "R-005", Side::Sharer)));
}

#[test]
fn r_008_premiums_are_open_where_a_tariff_is_known_and_name_its_source() {
    let open = |area, when| rules().availability(pool(area), Programme::Premium, at(when));
    assert!(!open("320100", "2024-06-30 23:59:59").open);
    for area in ["320100", "220100", "330900", "330100"] {
        let (availability, tariff) = (open(area, "2024-07-01 00:00"), pool(area).into());
        let tariff = rules().policy(tariff, Programme::Premium, at("2024-07-01 00:00"));
        let tariff = tariff.iter().find(|line| line.name == "resident_tariff").unwrap();
        assert!(availability.open, "{area}");
        assert_eq!(
            (availability.open_since, &availability.source),
            (Some(tariff.valid_from), &tariff.source)
        );
    }
}
