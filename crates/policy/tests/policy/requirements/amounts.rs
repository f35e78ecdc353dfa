//! amounts, quotas and limits. The wallet's window and counts have tables of their own in `transfer`.

use policy::{
    AllocationFacts, BenefitKind, Category, Decision, MonthSoFar, Programme, Reason, Ruling, Side,
    TransferContext, UseFacts, account_limits, decide_allocation, decide_transfer, decide_use,
};

use crate::support::*;

const NOON: &str = "2026-01-15 12:00";

fn allocated(change: impl FnOnce(&mut AllocationFacts)) -> Decision {
    let mut facts = allocation();
    change(&mut facts);
    decide_allocation(&facts, &rules(), at(NOON))
}

fn limits_of(decision: &Decision, parameter: &str) -> (String, String) {
    let verdict = by_parameter(decision, parameter);
    (verdict.limit.clone(), verdict.actual.clone())
}

#[test]
fn r_070_the_balance_must_be_enough() {
    assert!(allocated(|facts| facts.amount = yuan("2000.00")).allowed);
    let decision = allocated(|facts| facts.amount = yuan("2000.01"));
    assert_eq!(why(&decision), Some((Reason::InsufficientBalance, "R-070", Side::Sharer)));
    assert_eq!(
        (refused(&decision).limit.as_str(), refused(&decision).actual.as_str()),
        ("2000.01", "2000.00")
    );
}

#[test]
fn r_070_what_must_be_left_is_left() {
    let judged = |amount: &str| {
        let mut facts = allocation();
        facts.sharer.enrolments = Some(vec![enrolment(policy::Scheme::Employee, "350100")]);
        facts.amount = yuan(amount);
        facts.account.balance = Some(yuan("2600.00"));
        decide_allocation(&facts, &with_samples(), at(NOON))
    };
    assert!(judged("600.00").allowed);
    let decision = judged("600.01");
    assert_eq!(why(&decision), Some((Reason::BalanceBelowMinimum, "R-070", Side::Sharer)));
    assert_eq!(limits_of(&decision, "min_left"), ("2000.00".to_owned(), "1999.99".to_owned()));
}

#[test]
fn r_071_an_empty_account_has_a_reason_of_its_own() {
    let decision = allocated(|facts| facts.account.balance = Some(yuan("0")));
    assert_eq!(why(&decision), Some((Reason::BalanceZero, "R-071", Side::Sharer)));
}

#[test]
fn r_072_qinghai_needs_500_in_the_account() {
    let judged = |balance: &str| {
        allocated(|facts| {
            facts.account.balance = Some(yuan(balance));
            facts.amount = yuan("500.00");
        })
    };
    assert!(judged("500.00").allowed);
    let decision = judged("499.99");
    let below = decision.refusing().find(|verdict| verdict.rule == "R-072").unwrap();
    assert_eq!(below.reason, Some(Reason::BalanceBelowMinimum));
    assert_eq!((below.limit.as_str(), below.actual.as_str()), ("500.00", "499.99"));
    assert_eq!(below.policy_version, "QH-ALLOCATION-2");
}

#[test]
fn r_073_qinghai_allocates_at_least_500_at_a_time() {
    assert!(allocated(|facts| facts.amount = yuan("500.00")).allowed);
    let decision = allocated(|facts| facts.amount = yuan("499.99"));
    assert_eq!(why(&decision), Some((Reason::BelowMinAllocation, "R-073", Side::Sharer)));
    assert_eq!(limits_of(&decision, "min_allocation"), ("500.00".to_owned(), "499.99".to_owned()));
}

#[test]
fn r_074_qinghai_allocates_as_often_as_one_likes() {
    assert!(allocated(|facts| facts.allocations_this_year = Some(1_000)).allowed);
    assert!(allocated(|facts| facts.allocations_this_year = None).allowed);
}

fn shared_in(area: &str, already: &str, amount: &str) -> Decision {
    let mut facts = transfer();
    facts.programme = Programme::LocalRealtime;
    facts.bond.as_mut().unwrap().programme = Programme::LocalRealtime;
    facts.sharer.enrolments = Some(vec![enrolment(policy::Scheme::Employee, area)]);
    facts.beneficiary = insured(MOTHER, policy::Scheme::Resident, area);
    facts.amount = yuan(amount);
    let account = policy::AccountFacts {
        balance: Some(yuan("5000.00")),
        year_start_balance: Some(yuan("1000.01")),
        shared_this_year: Some(yuan(already)),
    };
    facts.context = Some(TransferContext { online: true, from_own_wallet: false, account: Some(account) });
    decide_transfer(&facts, &rules(), at(NOON))
}

#[test]
fn r_075_beijing_shares_60_and_shanghai_70_percent_of_the_balance_at_the_start_of_the_year() {
    // 60 % of 1000.01 is 600.006: a quota never grows by rounding.
    for (area, amount, most, holds) in [
        ("119900", "500.00", "600.00", true),
        ("119900", "500.01", "600.00", false),
        ("319900", "600.00", "700.00", true),
        ("319900", "600.01", "700.00", false),
    ] {
        let decision = shared_in(area, "100.00", amount);
        let verdict = by_parameter(&decision, "annual_ratio");
        assert_eq!((verdict.rule.as_ref(), verdict.limit.as_str()), ("R-075", most));
        assert_eq!(verdict.reason, (!holds).then_some(Reason::AnnualQuotaExceeded), "{area} {amount}");
    }
    let limits = account_limits(
        Programme::LocalRealtime,
        [pool("119900"); 2],
        Some(yuan("1000.01")),
        &rules(),
        at(NOON),
    );
    assert_eq!(limits.year_total, Some(yuan("600.00")));
}

#[test]
fn r_075_an_unknown_balance_at_the_start_of_the_year_leaves_it_undecided() {
    let mut facts = allocation();
    facts.sharer.enrolments = Some(vec![enrolment(policy::Scheme::Employee, "649900")]);
    facts.account.year_start_balance = None;
    let decision = decide_allocation(&facts, &with_samples(), at(NOON));
    assert!(
        matches!(decision.ruling(), Ruling::Undecided(verdict) if verdict.rule == "R-075"),
        "{decision:?}"
    );
}

/// Outpatient care in 宁夏本级, where the samples set limits.
fn used(change: impl FnOnce(&mut UseFacts)) -> Decision {
    let mut facts = use_of(Programme::LocalRealtime, "649900", "649900");
    change(&mut facts);
    decide_use(&facts, &with_samples(), at(NOON))
}

#[test]
fn r_076_one_outpatient_use_is_limited_where_a_rule_says_so() {
    assert!(used(|facts| facts.amount = yuan("500.00")).allowed);
    let decision = used(|facts| facts.amount = yuan("500.01"));
    assert_eq!(why(&decision).map(|(reason, rule, _)| (reason, rule)), Some((Reason::PerUseLimit, "R-076")));
    // Another category, or another place, has no such limit.
    assert!(used(|facts| (facts.category, facts.amount) = (Category::Inpatient, yuan("9000"))).allowed);
    let mut facts = use_of(Programme::LocalRealtime, "320100", "320100");
    facts.amount = yuan("9000");
    assert!(decide_use(&facts, &with_samples(), at(NOON)).allowed);
}

#[test]
fn r_077_chronic_disease_raises_the_limit_or_lifts_it() {
    let chronic = |category: Category, amount: &str| {
        used(|facts| {
            (facts.category, facts.amount) = (category, yuan(amount));
            facts.patient.standing = Some(with_benefit(BenefitKind::ChronicOutpatient));
        })
    };
    assert!(chronic(Category::Outpatient, "1000.00").allowed);
    let decision = chronic(Category::Outpatient, "1000.01");
    assert_eq!(why(&decision).map(|(reason, rule, _)| (reason, rule)), Some((Reason::PerUseLimit, "R-077")));
    assert!(chronic(Category::SpecialOutpatient, "50000.00").allowed);
    let plain = used(|facts| (facts.category, facts.amount) = (Category::SpecialOutpatient, yuan("500.01")));
    assert_eq!(why(&plain).unwrap().0, Reason::PerUseLimit);
    // Within the plain limit it need not be known; above it, it must.
    let unknown = |amount: &str| {
        used(|facts| {
            facts.amount = yuan(amount);
            facts.patient.standing.as_mut().unwrap().benefits = None;
        })
    };
    assert!(unknown("500.00").allowed);
    assert!(matches!(unknown("500.01").ruling(), Ruling::Undecided(_)));
}

#[test]
fn r_077_chronic_disease_raises_the_yearly_quota_where_a_rule_says_so() {
    let judged = |kind: Option<BenefitKind>| {
        let mut facts = transfer();
        facts.programme = Programme::LocalRealtime;
        facts.bond.as_mut().unwrap().programme = Programme::LocalRealtime;
        facts.sharer.enrolments = Some(vec![enrolment(policy::Scheme::Employee, "649900")]);
        facts.beneficiary = insured(MOTHER, policy::Scheme::Resident, "649900");
        facts.beneficiary.standing = Some(kind.map_or_else(in_order, with_benefit));
        facts.amount = yuan("600.00");
        let account = policy::AccountFacts {
            balance: Some(yuan("5000.00")),
            year_start_balance: Some(yuan("1000.00")),
            shared_this_year: Some(yuan("0.00")),
        };
        facts.context =
            Some(TransferContext { online: true, from_own_wallet: false, account: Some(account) });
        let decision = decide_transfer(&facts, &with_samples(), at(NOON));
        decision
            .verdicts
            .into_iter()
            .find(|verdict| ["R-075", "R-077"].contains(&verdict.rule.as_ref()))
            .unwrap()
    };
    let plain = judged(None);
    assert_eq!((plain.limit.as_str(), plain.reason), ("500.00", Some(Reason::AnnualQuotaExceeded)));
    let raised = judged(Some(BenefitKind::ChronicOutpatient));
    assert_eq!((raised.rule.as_ref(), raised.limit.as_str(), raised.reason), ("R-077", "700.00", None));
}

#[test]
fn r_078_the_wallets_limits_hold_in_every_province() {
    for province in standards::Province::all() {
        let resolved = rules().resolve(Programme::Wallet, standards::Pool::of_province(province), at(NOON));
        assert_eq!(resolved.amount(policy::Parameter::SingleLimit), Some(yuan("2000.00")));
        assert_eq!(resolved.count(policy::Parameter::DailyCount), Some(3));
    }
}

#[test]
fn r_079_the_window_is_the_wallets_and_no_other_programmes() {
    let window =
        |programme| rules().resolve(programme, pool("630100"), at(NOON)).clock(policy::Parameter::WindowOpen);
    assert!(window(Programme::Wallet).is_some());
    assert_eq!(window(Programme::LocalAllocation), None);
    let night = decide_allocation(&allocation(), &rules(), at("2026-01-15 23:30"));
    assert!(night.allowed);
}

#[test]
fn r_080_pharmacies_have_six_uses_or_800_a_month_where_a_rule_says_so() {
    let judged = |count: u32, so_far: &str, amount: &str| {
        used(|facts| {
            (facts.category, facts.amount) = (Category::Pharmacy, yuan(amount));
            facts.month = Some(MonthSoFar { count, amount: yuan(so_far) });
        })
    };
    assert!(judged(5, "700.00", "100.00").allowed);
    let often = judged(6, "0.00", "1.00");
    assert_eq!(why(&often).map(|(reason, rule, _)| (reason, rule)), Some((Reason::PeriodCap, "R-080")));
    assert_eq!(limits_of(&often, "monthly_count"), ("6".to_owned(), "6".to_owned()));
    let much = judged(0, "700.00", "100.01");
    assert_eq!(limits_of(&much, "monthly_amount"), ("800.00".to_owned(), "800.01".to_owned()));
    assert_eq!(why(&much).unwrap().0, Reason::PeriodCap);
    let unknown = used(|facts| (facts.category, facts.month) = (Category::Pharmacy, None));
    assert!(matches!(unknown.ruling(), Ruling::Undecided(_)));
}
