//! The lazy year roll, and what comes back after 1 January.

use ledger::{Command, Outcome, Refusal, codes::HopState, command::Earmark, key::AccountKey};

use crate::{
    make::{
        CHENGDU, NANJING, credit, draw_down, earmark, earmarking, jiangsu, legs, noon, pay, person, pool,
        refund, sichuan, transfer, yuan,
    },
    store::Store,
};

fn pots(a: &Store, who: u64, at: u32) -> (i64, i64) {
    let prior = AccountKey::PersonalPrior(person(who), pool(at));
    (a.fen(prior), a.fen(AccountKey::PersonalCurrent(person(who), pool(at))))
}

/// 60 of 2025 and 40 of 2026; transfer 1 takes all but 10: 60 prior, 30 current.
fn two_pots() -> Store {
    let mut a = jiangsu();
    a.at = noon(2025, 12, 31);
    a.done(&credit(1, NANJING, 60));
    a.at = noon(2026, 1, 15);
    a.done(&credit(1, NANJING, 40));
    assert_eq!(pots(&a, 1, NANJING), (60, 40));
    a.done(&earmark(1, 90));
    assert_eq!(pots(&a, 1, NANJING), (0, 10));
    a
}

#[test]
fn the_first_touch_of_a_year_rolls_and_keeps_the_start() {
    let mut a = jiangsu();
    a.at = noon(2025, 12, 31);
    a.done(&credit(1, NANJING, 60));
    a.at = noon(2026, 1, 1);
    a.done(&credit(1, NANJING, 40));
    let row = a.personal(person(1), pool(NANJING)).expect("the account");
    assert_eq!((row.year, row.year_start), (2026, yuan(60)));
    a.at = noon(2028, 3, 1);
    a.done(&credit(1, NANJING, 1));
    let row = a.personal(person(1), pool(NANJING)).expect("the account");
    assert_eq!((row.year, row.year_start), (2028, yuan(100)));
    assert_eq!(pots(&a, 1, NANJING), (100, 1));
}

#[test]
fn the_civil_year_begins_at_16_00_utc() {
    let mut a = jiangsu();
    a.at = noon(2025, 12, 31) + time::Duration::HOUR * 12 - time::Duration::MICROSECOND;
    a.done(&credit(1, NANJING, 60));
    a.at += time::Duration::MICROSECOND;
    a.done(&credit(1, NANJING, 40));
    assert_eq!(pots(&a, 1, NANJING), (60, 40));
}

#[test]
fn a_refused_earmark_rolls_nothing() {
    let mut a = jiangsu();
    a.at = noon(2025, 12, 31);
    a.done(&credit(1, NANJING, 60));
    a.at = noon(2026, 1, 1);
    a.refused(&earmark(1, 61));
    assert_eq!(a.personal(person(1), pool(NANJING)).expect("the account").year, 2025);
    a.done(&earmark(2, 60));
    assert_eq!(a.earmark(transfer(2)).expect("the earmark").from_prior, yuan(60));
}

#[test]
fn what_comes_back_in_the_same_year_is_current_first() {
    let mut a = two_pots();
    a.done(&draw_down(1, 10, 50, HopState::Closed));
    assert_eq!(pots(&a, 1, NANJING), (10, 40));
    a.done(&draw_down(1, 20, 20, HopState::Closed));
    assert_eq!(pots(&a, 1, NANJING), (40, 40));
}

#[test]
fn what_comes_back_after_the_year_is_prior() {
    let mut a = two_pots();
    a.done(&draw_down(1, 10, 70, HopState::Closed));
    assert_eq!(pots(&a, 1, NANJING), (0, 30));
    a.at = noon(2027, 1, 1);
    a.done(&draw_down(1, 20, 50, HopState::Closed));
    assert_eq!(pots(&a, 1, NANJING), (50, 0));
    assert_eq!(a.personal(person(1), pool(NANJING)).expect("the account").year, 2027);
}

#[test]
fn the_year_total_begins_anew_and_returns_of_the_year_are_not_counted() {
    let limited = |t, fen| Command::Earmark(Earmark { year_total: Some(yuan(100)), ..earmarking(t, fen) });
    let mut a = jiangsu();
    a.done(&credit(1, NANJING, 1_000));
    a.done(&limited(1, 100));
    let used = Refusal::AnnualQuotaExceeded { limit: yuan(100), used: yuan(100) };
    assert_eq!(a.refused(&limited(2, 1)), used);
    a.done(&draw_down(1, 10, 30, HopState::Closed));
    a.done(&limited(3, 70));
    a.at = noon(2027, 1, 1);
    a.done(&limited(4, 100));
    a.done(&draw_down(3, 11, 0, HopState::Closed));
    let shared = a.personal(person(1), pool(NANJING)).expect("the account").shared_in_year;
    assert_eq!(shared, yuan(100), "a return of another year's earmark does not count");
}

#[test]
fn a_refund_of_own_money_after_the_year_is_prior() {
    for (year, expected) in [(2026, (0, 100)), (2027, (100, 0))] {
        let mut b = sichuan();
        b.done(&credit(3, CHENGDU, 100));
        b.done(&pay(1, 3, 70));
        b.at = noon(year, 2, 1);
        b.done(&refund(1, 1, 70));
        assert_eq!(pots(&b, 3, CHENGDU), expected);
    }
}

#[test]
fn a_payment_of_a_new_year_rolls_first() {
    let mut b = sichuan();
    b.done(&credit(3, CHENGDU, 100));
    b.at = noon(2027, 1, 1);
    let answer = b.one(&pay(1, 3, 70));
    let Outcome::Done(done) = answer.outcome else { panic!("{answer:?}") };
    assert_eq!(legs(done), [("OWN_PRIOR_YEAR", 70)]);
    assert_eq!(pots(&b, 3, CHENGDU), (30, 0));
}
