//! Absolute reports against increments: the same history, delivered in any order.
//!
//! Increments make an earmark negative; absolute figures end where the last report says.

use ledger::{Command, codes::HopState, key::AccountKey, rows::EarmarkRow};
use proptest::prelude::*;

use crate::make::{CHENGDU, NANJING, credit, draw_down, earmark, jiangsu, pool, transfer};

const GRANTED: i64 = 1_000;

/// What a lot had consumed after each of its records; the last one closes it.
fn histories() -> impl Strategy<Value = Vec<i64>> {
    proptest::collection::vec(0..=GRANTED, 1..12)
}

fn reports(history: &[i64]) -> Vec<Command> {
    let last = history.len() - 1;
    let state = |at| if at == last { HopState::Closed } else { HopState::Open };
    history.iter().enumerate().map(|(at, fen)| draw_down(1, at as i64 + 1, *fen, state(at))).collect()
}

/// Earmark, payable, what came back.
fn end(reports: &[Command]) -> (i64, i64, EarmarkRow) {
    let mut a = jiangsu();
    a.done(&credit(1, NANJING, GRANTED));
    a.done(&earmark(1, GRANTED));
    for report in reports {
        a.done(report);
    }
    let payable = AccountKey::Payable { debtor: pool(NANJING), creditor: pool(CHENGDU).province() };
    let row = a.earmark(transfer(1)).expect("the earmark").clone();
    (a.fen(AccountKey::Earmark(transfer(1))), a.fen(payable), row)
}

fn with_orders() -> impl Strategy<Value = (Vec<i64>, Vec<usize>)> {
    histories().prop_flat_map(|history| {
        let picks = proptest::collection::vec(0..history.len(), 0..20);
        (Just(history), picks)
    })
}

proptest! {
    #[test]
    fn any_delivery_that_includes_the_last_report_ends_the_same((history, picks) in with_orders(), at in 0usize..20) {
        let all = reports(&history);
        let last = all.last().expect("a history has an end").clone();
        let mut delivered: Vec<Command> = picks.iter().map(|pick| all[*pick].clone()).collect();
        delivered.insert(at.min(delivered.len()), last.clone());
        let in_order = end(&all);
        prop_assert_eq!(&end(&delivered), &in_order);
        prop_assert_eq!(&end(&[last]), &in_order);
    }
}

#[test]
fn increments_in_another_order_would_overdraw_the_earmark() {
    let history = [GRANTED, 0, GRANTED];
    let increments = [GRANTED, -GRANTED, GRANTED];
    let mut left = GRANTED;
    let mut lowest = left;
    for at in [0, 2, 1] {
        left -= increments[at];
        lowest = lowest.min(left);
    }
    assert_eq!(lowest, -GRANTED);
    let all = reports(&history);
    let (earmarked, owed, row) = end(&[all[0].clone(), all[2].clone(), all[1].clone()]);
    assert_eq!((earmarked, owed, row.returned.fen()), (0, GRANTED, 0));
}
