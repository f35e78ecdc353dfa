//! The same limits as numbers for a book, and orders as values a book can follow.

use policy::{AccountLimits, FundingSource, Parameter, Programme, SharerOrder, account_limits, annual_ratio};

use crate::support::*;

const NOON: &str = "2026-01-15 12:00";

#[test]
fn r_072_the_books_limits_are_those_of_the_strictest_side() {
    let limits = |programme, pools: [&str; 2], when| {
        account_limits(programme, pools.map(pool), Some(yuan("1000.00")), &with_samples(), at(when))
    };
    let none = AccountLimits { min_balance: None, min_left: None, year_total: None };
    assert_eq!(limits(Programme::Wallet, ["320100", "510100"], NOON), none);
    let qinghai = limits(Programme::LocalAllocation, ["630100", "630100"], NOON);
    assert_eq!(qinghai, AccountLimits { min_balance: Some(yuan("500.00")), ..none });
    let fujian = limits(Programme::LocalAllocation, ["350100", "350100"], NOON);
    assert_eq!(fujian, AccountLimits { min_left: Some(yuan("2000.00")), ..none });
    let ningxia = limits(Programme::LocalRealtime, ["649900", "649900"], NOON);
    assert_eq!(ningxia, AccountLimits { year_total: Some(yuan("500.00")), ..none });
}

#[test]
fn r_072_what_must_be_there_before_is_told_to_a_book_as_what_is_left() {
    let limits = |before: Option<&str>, left: Option<&str>| AccountLimits {
        min_balance: before.map(yuan),
        min_left: left.map(yuan),
        year_total: None,
    };
    for (before, left, amount, expected) in [
        (None, None, "100.00", None),
        (Some("500.00"), None, "100.00", Some("400.00")),
        (Some("500.00"), None, "500.00", Some("0.00")),
        (Some("500.00"), None, "600.00", Some("0.00")),
        (None, Some("50.00"), "100.00", Some("50.00")),
        (Some("500.00"), Some("50.00"), "100.00", Some("400.00")),
        (Some("500.00"), Some("50.00"), "460.00", Some("50.00")),
    ] {
        let told = limits(before, left).left_after(yuan(amount));
        assert_eq!(told, expected.map(yuan), "{before:?} {left:?} {amount}");
    }
}

#[test]
fn r_075_a_ratio_is_named_with_its_origin_where_a_rule_states_one() {
    let ratio = |programme, pools: [&str; 2]| annual_ratio(programme, pools.map(pool), &rules(), at(NOON));
    assert_eq!(ratio(Programme::Wallet, ["119900", "319900"]), None);
    let found = ratio(Programme::LocalRealtime, ["319900", "119900"]).expect("both state one");
    assert_eq!(found.value.map(|value| value.to_string()).as_deref(), Some("0.60"));
    assert!(found.origin.from_region.to_string().starts_with("11"), "{:?}", found.origin);
}

#[test]
fn r_119_the_funding_order_is_a_value_a_book_can_follow() {
    use FundingSource::{Cash, Lots, OwnCurrentYear, OwnPriorYear, SharedAccount};
    let order = |programme, area, when| rules().resolve(programme, pool(area), at(when)).funding_order();
    assert_eq!(order(Programme::Wallet, "510100", NOON), [OwnPriorYear, OwnCurrentYear, Lots, Cash]);
    let allocation = |when| order(Programme::LocalAllocation, "630100", when);
    assert_eq!(allocation("2024-11-30 12:00"), [OwnPriorYear, SharedAccount, Cash]);
    assert_eq!(allocation("2024-12-01 12:00"), [OwnPriorYear, OwnCurrentYear, SharedAccount, Cash]);
    assert_eq!(order(Programme::Premium, "630100", NOON), []);
}

#[test]
fn henan_asks_the_sharer_with_the_largest_balance_first_and_hubei_the_oldest_bond() {
    let order = |area| with_samples().resolve(Programme::LocalRealtime, pool(area), at(NOON)).sharer_order();
    assert_eq!(order("410100"), Some(SharerOrder::BalanceDescending));
    assert_eq!(order("420100"), Some(SharerOrder::BondTime));
    assert_eq!(order("320100"), None);
}

#[test]
fn r_120_refunds_go_to_the_shared_account_in_qinghai_and_to_the_sharer_in_henan() {
    let target = |programme, area| rules().resolve(programme, pool(area), at(NOON)).word(Parameter::RefundTo);
    assert_eq!(target(Programme::LocalAllocation, "630100"), Some("SHARED_ACCOUNT"));
    assert_eq!(target(Programme::LocalRealtime, "410100"), Some("SHARER"));
    assert_eq!(target(Programme::LocalRealtime, "320100"), None);
}
