//! An audit of rows in which everything agrees but one thing: each rule finds its own fault, with nothing else to
//! point at it.

use ledger::{
    audit,
    codes::{LegKind, PaymentState},
    rows::Rows,
};

use crate::{
    make::{CHENGDU, claim, credit, grant, open, pay, refund, reverse, sichuan, yuan},
    store::Store,
};

/// Person 2 paid 500: 80 of the own account, 400 of a lot, 20 in cash.
fn paid() -> Store {
    let mut b = sichuan();
    b.run(&[credit(2, CHENGDU, 80), open(2), grant(1, 400), claim(1), pay(1, 2, 500)]);
    b
}

/// What B6 has to say.
fn said(book: &Store, rows: &Rows) -> Vec<String> {
    let findings = audit::check(book.id, rows);
    findings.into_iter().filter(|finding| finding.invariant == "B6").map(|finding| finding.expected).collect()
}

#[test]
fn no_leg_gives_back_more_than_was_paid_with_it() {
    let mut b = paid();
    b.done(&refund(1, 1, 100));
    let mut rows = b.rows();
    assert!(said(&b, &rows).is_empty());
    // The refund took 20 in cash and 80 from the lot; now all of it is said to have come from the cash.
    let of = |kind: LegKind| rows.legs.iter().find(|leg| leg.kind == kind).expect("a leg of each").leg;
    let (cash, lot) = (of(LegKind::Cash), of(LegKind::Lot));
    for (number, back) in [(cash, yuan(100)), (lot, yuan(0))] {
        let leg = rows.legs.iter_mut().find(|leg| leg.leg == number).expect("the leg");
        leg.refunded = back;
        let row = rows.refund_legs.iter_mut().find(|row| row.leg == number).expect("it was refunded");
        row.amount = back;
    }
    assert_eq!(said(&b, &rows), ["0 <= refunded <= leg"]);
}

#[test]
fn a_payments_state_is_what_was_refunded_of_it() {
    let all = [
        PaymentState::Paid,
        PaymentState::PartlyRefunded,
        PaymentState::Refunded,
        PaymentState::Reversed,
        PaymentState::Undone,
    ];
    let histories = [
        (vec![], &all[..1]),
        (vec![refund(1, 1, 1)], &all[1..2]),
        (vec![refund(1, 1, 499)], &all[1..2]),
        (vec![refund(1, 1, 500)], &all[2..4]),
        (vec![reverse(1)], &all[2..4]),
    ];
    for (commands, right) in histories {
        let mut b = paid();
        b.run(&commands);
        for state in all {
            let mut rows = b.rows();
            rows.payments[0].state = state;
            let fits = right.contains(&state);
            assert_eq!(said(&b, &rows).is_empty(), fits, "{state:?} after {commands:?}");
        }
    }
}
