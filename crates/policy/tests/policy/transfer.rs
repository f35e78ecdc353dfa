//! Transfers: every rule with its boundary, the quote, the deadlines.

use money::Yuan;
use policy::{
    BondStanding, Decision, EnrolmentStatus, Programme, Reason, Ruling, Side, TransferFacts, VerdictResult,
    WalletState, decide_transfer, largest_amount_now, next_window_time, transfer_deadlines,
};

use crate::support::*;

const NOON: &str = "2026-01-15 12:00";

fn judged(when: &str, change: impl FnOnce(&mut TransferFacts)) -> Decision {
    let mut facts = transfer();
    change(&mut facts);
    decide_transfer(&facts, &rules(), at(when))
}

#[test]
fn a_transfer_from_nanjing_to_chengdu_passes_every_rule() {
    let decision = judged(NOON, |_| ());
    assert_eq!(decision.ruling(), Ruling::Allowed);
    let rules: Vec<_> = decision.verdicts.iter().map(|verdict| verdict.rule.as_ref()).collect();
    let expected = [
        "R-057", "R-005", "R-064", "R-066", "R-020", "R-023", "R-021", "R-023", "R-006", "R-006", "R-012",
        "R-091", "R-101", "R-100", "R-079", "R-078", "R-078", "R-103",
    ];
    assert_eq!(rules, expected);
    for verdict in &decision.verdicts {
        assert_eq!(verdict.result, VerdictResult::Pass);
        assert!(!verdict.policy_version.is_empty() && !verdict.source.is_empty(), "{verdict:?}");
    }
}

#[test]
fn r_079_no_transfer_at_22_00() {
    let table = [
        ("2026-01-15 00:00", false),
        ("2026-01-15 05:59:59.999999", false),
        ("2026-01-15 06:00", true),
        ("2026-01-15 21:59:59", true),
        ("2026-01-15 21:59:59.999999", true),
        ("2026-01-15 22:00", false),
        ("2026-01-15 22:00:00.000001", false),
        ("2026-01-15 23:59:59.999999", false),
    ];
    for (when, allowed) in table {
        let decision = judged(when, |_| ());
        assert_eq!(decision.allowed, allowed, "{when}");
        if !allowed {
            let verdict = refused(&decision);
            assert_eq!(
                (verdict.reason, verdict.rule.as_ref()),
                (Some(Reason::OutsideTransferWindow), "R-079")
            );
            assert_eq!(verdict.limit, "06:00-22:00");
        }
    }
}

#[test]
fn r_079_a_refusal_names_the_next_opening() {
    let table = [("2026-01-15 03:00", "2026-01-15 06:00"), ("2026-12-31 22:00", "2027-01-01 06:00")];
    for (when, opening) in table {
        let decision = judged(when, |_| ());
        let verdict = refused(&decision);
        assert_eq!(verdict.possible_again, Some(at(opening)));
        assert!(verdict.what_to_do_zh.contains(opening) && verdict.what_to_do_zh.contains("新的转账编号"));
        assert!(verdict.what_to_do_en.contains(opening) && verdict.what_to_do_en.contains("new transfer id"));
    }
}

#[test]
fn r_078_at_most_2000_yuan_in_one_transfer() {
    let table =
        [("0.01", true), ("1999.99", true), ("2000.00", true), ("2000.01", false), ("99999999.99", false)];
    for (amount, allowed) in table {
        let decision = judged(NOON, |facts| facts.amount = yuan(amount));
        assert_eq!(decision.allowed, allowed, "{amount}");
        let verdict = by_parameter(&decision, "single_limit");
        assert_eq!((verdict.limit.as_str(), verdict.actual.as_str()), ("2000.00", amount));
        assert_eq!(verdict.reason, (!allowed).then_some(Reason::OverSingleTransferLimit));
    }
}

#[test]
fn r_078_at_most_three_transfers_a_day() {
    for (so_far, allowed) in [(0, true), (1, true), (2, true), (3, false), (4, false), (u32::MAX, false)] {
        let decision = judged(NOON, |facts| facts.sent_today = Some(so_far));
        assert_eq!(decision.allowed, allowed, "{so_far}");
        let verdict = by_parameter(&decision, "daily_count");
        assert_eq!(verdict.reason, (!allowed).then_some(Reason::DailyTransferCount));
        assert_eq!(verdict.possible_again, (!allowed).then(|| at("2026-01-16 06:00")));
    }
}

#[test]
fn r_103_one_unclaimed_transfer_per_pair() {
    let decision = judged(NOON, |facts| facts.unclaimed = Some(1));
    let verdict = refused(&decision);
    assert_eq!((verdict.reason, verdict.rule.as_ref()), (Some(Reason::PendingTransferExists), "R-103"));
    assert_eq!(verdict.possible_again, Some(at("2026-01-16 06:00")));
}

#[test]
fn r_091_both_wallets_must_be_open() {
    let table = [
        (WalletState::NotOpened, Reason::WalletNotOpen),
        (WalletState::Closed, Reason::WalletNotOpen),
        (WalletState::Relocating, Reason::WalletNotOpen),
        (WalletState::Frozen, Reason::WalletFrozen),
        (WalletState::PendingActivation, Reason::WalletPendingActivation),
    ];
    for (state, expected) in table {
        let decision = judged(NOON, |facts| facts.sharer.wallet = Some(state));
        let verdict = refused(&decision);
        assert_eq!(
            (verdict.reason, verdict.side, verdict.rule.as_ref()),
            (Some(expected), Side::Sharer, "R-091")
        );
        let decision = judged(NOON, |facts| facts.beneficiary.wallet = Some(state));
        let verdict = refused(&decision);
        assert_eq!((verdict.reason, verdict.side), (Some(expected), Side::Beneficiary));
        assert_eq!((verdict.rule.as_ref(), verdict.actual.as_str()), ("R-101", state.name()));
    }
}

#[test]
fn r_057_the_bond_must_be_in_force_and_of_this_programme() {
    let decision = judged(NOON, |facts| facts.bond.as_mut().unwrap().active = false);
    assert_eq!(refused(&decision).reason, Some(Reason::BondNotActive));
    let other = BondStanding { active: true, programme: Programme::LocalRealtime };
    let decision = judged(NOON, |facts| facts.bond = Some(other));
    assert_eq!(refused(&decision).reason, Some(Reason::NotForThisProgramme));
}

#[test]
fn r_024_insurance_is_judged_at_every_transfer() {
    let decision = judged(NOON, |facts| {
        facts.beneficiary.enrolments.as_mut().unwrap()[0].status = EnrolmentStatus::Terminated;
    });
    assert_eq!(
        (refused(&decision).reason, refused(&decision).side),
        (Some(Reason::EnrolmentNotNormal), Side::Beneficiary)
    );
    let decision = judged(NOON, |facts| facts.sharer.enrolments = Some(vec![]));
    assert_eq!(refused(&decision).reason, Some(Reason::SharerNotEmployeeInsured));
    assert_eq!(by_parameter(&decision, "enrolment_status").result, VerdictResult::NotApplicable);
}

#[test]
fn r_006_the_programme_must_be_open_on_both_sides() {
    // 西安 opened on 2025-09-22, 南京 in the pilot of 2024.
    let to_xian = |facts: &mut TransferFacts| facts.beneficiary.place_of_use = Some(pool("610100"));
    assert_eq!(refused(&judged("2025-09-21 12:00", to_xian)).side, Side::Beneficiary);
    assert_eq!(refused(&judged("2025-09-21 12:00", to_xian)).reason, Some(Reason::RegionNotOpen));
    assert!(judged("2025-09-22 12:00", to_xian).allowed);
    assert!(judged("2024-11-01 12:00", |_| ()).allowed);
}

#[test]
fn an_amount_of_nothing_is_refused() {
    for fen in [0, -1, i64::MIN] {
        let decision = judged(NOON, |facts| facts.amount = Yuan::from_fen(fen));
        assert_eq!(reason(&decision), Some(Reason::FieldInvalid));
    }
}

#[test]
fn every_failed_rule_is_reported_not_only_the_first() {
    let decision = judged("2026-01-15 22:00", |facts| {
        facts.amount = yuan("2000.01");
        facts.sent_today = Some(3);
        facts.unclaimed = Some(1);
    });
    let reasons: Vec<_> = decision.refusing().filter_map(|verdict| verdict.reason).collect();
    let expected = [
        Reason::OutsideTransferWindow,
        Reason::OverSingleTransferLimit,
        Reason::DailyTransferCount,
        Reason::PendingTransferExists,
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn missing_facts_leave_the_transfer_undecided() {
    let changes: [fn(&mut TransferFacts); 6] = [
        |facts| facts.bond = None,
        |facts| facts.sharer.deceased = None,
        |facts| facts.sharer.enrolments = None,
        |facts| facts.beneficiary.wallet = None,
        |facts| facts.sent_today = None,
        |facts| facts.unclaimed = None,
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let decision = judged(NOON, change);
        assert!(!decision.allowed);
        assert!(matches!(decision.ruling(), Ruling::Undecided(_)), "{index}");
    }
}

#[test]
fn the_largest_amount_is_the_limit_or_the_balance_or_nothing() {
    let facts = transfer();
    let largest = |available: Option<&str>, facts: &TransferFacts, when: &str| {
        largest_amount_now(facts, available.map(yuan), &rules(), at(when)).unwrap()
    };
    assert_eq!(largest(None, &facts, NOON), yuan("2000.00"));
    assert_eq!(largest(Some("1500.30"), &facts, NOON), yuan("1500.30"));
    assert_eq!(largest(Some("90000"), &facts, NOON), yuan("2000.00"));
    assert_eq!(largest(None, &facts, "2026-01-15 22:00"), Yuan::ZERO);
    // The amount that was asked for does not matter.
    let over = TransferFacts { amount: yuan("5000"), ..facts };
    assert_eq!(largest(None, &over, NOON), yuan("2000.00"));
}

#[test]
fn r_079_the_next_window_is_now_or_the_next_opening() {
    let next =
        |when: &str| next_window_time(Programme::Wallet, pool("320100"), pool("510100"), &rules(), at(when));
    assert_eq!(next("2026-01-15 05:59:59.999999"), Some(at("2026-01-15 06:00")));
    assert_eq!(next("2026-01-15 06:00"), Some(at("2026-01-15 06:00")));
    assert_eq!(next("2026-01-15 21:59"), Some(at("2026-01-15 21:59")));
    assert_eq!(next("2026-01-15 22:00"), Some(at("2026-01-16 06:00")));
    assert_eq!(next("2024-01-15 22:00"), None);
}

#[test]
fn r_103_an_unclaimed_transfer_is_back_by_06_00_of_the_next_day() {
    for when in ["2026-01-15 06:00", "2026-01-15 21:59:59.999999"] {
        let deadlines =
            transfer_deadlines(Programme::Wallet, pool("320100"), pool("510100"), &rules(), at(when))
                .unwrap();
        assert_eq!(deadlines.return_by, at("2026-01-16 06:00"));
        assert_eq!(deadlines.claim_until, at("2026-01-16 05:30"));
        assert!(!deadlines.sharer_may_cancel);
    }
    let none = transfer_deadlines(
        Programme::Wallet,
        pool("320100"),
        pool("510100"),
        &rules(),
        at("2024-01-15 12:00"),
    );
    assert_eq!(none, None);
}
