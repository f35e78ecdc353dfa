//! Refunds and reversals: to the legs they came from, last leg first.

use ledger::{
    Command, Outcome, Refusal,
    codes::{HopState, LotState, PaymentState, RefundKind},
    command::{Cost, Refund, ReversePayment},
    key::AccountKey,
};

use crate::{
    make::{
        CHENGDU, HOSPITAL, MIANYANG, NANJING, PHARMACY, claim, code, cost, credit, draw_down, earmark, grant,
        jiangsu, legs, lot_of, moved, open, pay, payment, person, pool, refund, refunding, report, request,
        reverse, reversing, revoke, sichuan, transfer, yuan,
    },
    store::Store,
};

/// Person 2 paid 500: 80 of the own account, 400 of a lot, 20 in cash.
fn paid() -> Store {
    let mut b = sichuan();
    b.run(&[credit(2, CHENGDU, 80), open(2), grant(1, 400), claim(1), pay(1, 2, 500)]);
    b
}

fn state(b: &Store) -> PaymentState {
    b.payment(payment(1)).expect("the payment").state
}

#[test]
fn a_refund_goes_back_last_leg_first() {
    let mut b = paid();
    assert_eq!(legs(b.done(&refund(1, 1, 15))), [("CASH", -15)]);
    assert_eq!(state(&b), PaymentState::PartlyRefunded);
    let second = moved(b.done(&refund(2, 1, 105)));
    let amounts: Vec<_> = second.legs.iter().map(|leg| (leg.leg, leg.amount.fen())).collect();
    assert_eq!(amounts, [(3, -5), (2, -100)]);
    let lot = second.legs[1].lot.expect("a lot leg tells its lot");
    assert_eq!((lot.consumed.fen(), lot.state), (300, LotState::Open));
    assert_eq!(b.fen(AccountKey::Lot(transfer(1), 0)), 100);
    assert_eq!(legs(b.done(&refund(3, 1, 380))), [("LOT", -300), ("OWN_CURRENT_YEAR", -80)]);
    assert_eq!(state(&b), PaymentState::Refunded);
    assert_eq!(b.fen(AccountKey::Institution(code(HOSPITAL))), 0);
    assert_eq!(b.refused(&refund(4, 1, 1)), Refusal::RefundExceedsPayment { left: yuan(0) });
}

#[test]
fn what_was_refunded_can_be_paid_again() {
    let mut b = paid();
    b.done(&refund(1, 1, 500));
    assert_eq!(legs(b.done(&pay(2, 2, 480))), [("OWN_CURRENT_YEAR", 80), ("LOT", 400)]);
}

#[test]
fn refunds_that_may_not_be() {
    let other = Refund { institution: code(PHARMACY), ..refunding(1, 1, 10) };
    let wrong = Refund { cost: Some(cost(11)), ..refunding(1, 1, 10) };
    let sums = Refund { cost: Some(Cost { total: yuan(1), ..cost(10) }), ..refunding(1, 1, 10) };
    let cases = [
        (refund(1, 1, 501), Refusal::RefundExceedsPayment { left: yuan(500) }),
        (refund(1, 2, 10), Refusal::PaymentUnknown),
        (Command::Refund(other), Refusal::OtherInstitution),
        (Command::Refund(wrong), Refusal::AmountsDoNotAddUp),
        (Command::Refund(sums), Refusal::AmountsDoNotAddUp),
    ];
    for (command, refusal) in cases {
        let mut b = paid();
        assert_eq!(b.refused(&command), refusal);
    }
    let mut b = sichuan();
    b.done(&reverse(1));
    assert_eq!(b.refused(&refund(1, 1, 10)), Refusal::UndoneBefore);
    paid().done(&Command::Refund(Refund { cost: Some(cost(10)), ..refunding(1, 1, 10) }));
}

#[test]
fn a_refund_done_twice_gives_back_once() {
    let mut b = paid();
    let first = b.one(&refund(1, 1, 120));
    let again = b.one(&refund(1, 1, 120));
    assert_eq!(first.outcome, again.outcome);
    assert!(!again.recorded);
    assert_eq!(b.refused(&refund(1, 1, 121)), Refusal::RequestIdReused);
    let kind = Refund { kind: RefundKind::ManualReimbursement, ..refunding(1, 1, 120) };
    assert_eq!(b.refused(&Command::Refund(kind)), Refusal::RequestIdReused);
}

#[test]
fn a_refund_of_a_closed_lot_goes_to_the_sharers_account() {
    let (mut a, mut b) = (jiangsu(), paid());
    a.run(&[credit(1, NANJING, 400), earmark(1, 400)]);
    let closed = lot_of(&b.done(&revoke(1)));
    a.done(&report(&closed));
    assert_eq!(a.hop(transfer(1)).expect("the hop").state, HopState::Closed);
    let back = moved(b.done(&refund(1, 1, 60)));
    let lot = back.legs[1].lot.expect("a lot leg tells its lot");
    assert_eq!((lot.consumed.fen(), lot.state), (360, LotState::Closed));
    assert_eq!(b.fen(AccountKey::Lot(transfer(1), 0)), 0);
    assert_eq!(b.fen(AccountKey::Quota(pool(NANJING))), 0);
    a.done(&report(&lot));
    assert_eq!(a.fen(AccountKey::PersonalCurrent(person(1), pool(NANJING))), 40);
    a.done(&draw_down(1, closed.at_sequence, 400, HopState::Closed));
    assert_eq!(a.fen(AccountKey::PersonalCurrent(person(1), pool(NANJING))), 40);
}

#[test]
fn own_money_of_another_pool_comes_back_the_way_it_went() {
    let mut b = sichuan();
    b.run(&[credit(3, MIANYANG, 70), pay(1, 3, 70)]);
    b.done(&refund(1, 1, 30));
    let (debtor, creditor) = (pool(MIANYANG), pool(CHENGDU));
    assert_eq!(b.fen(AccountKey::Payable { debtor, creditor: creditor.province() }), 40);
    assert_eq!(b.fen(AccountKey::Receivable { debtor, creditor }), -40);
    assert_eq!(b.fen(AccountKey::PersonalCurrent(person(3), debtor)), 30);
}

#[test]
fn a_reversal_gives_back_all_that_is_left() {
    let mut b = paid();
    b.done(&refund(1, 1, 50));
    let split = legs(b.done(&reverse(1)));
    assert_eq!(split, [("LOT", -370), ("OWN_CURRENT_YEAR", -80)]);
    assert_eq!(state(&b), PaymentState::Reversed);
    assert_eq!(b.fen(AccountKey::Lot(transfer(1), 0)), 400);
    let again = b.one(&Command::ReversePayment(ReversePayment { request: request(77), ..reversing(1) }));
    assert!(matches!(again.outcome, Outcome::Done(_)) && !again.recorded);
    assert_eq!(b.refused(&refund(2, 1, 1)), Refusal::RefundExceedsPayment { left: yuan(0) });
}

#[test]
fn only_who_was_paid_reverses_under_the_same_serial() {
    let mut b = paid();
    let other = ReversePayment { institution: code(PHARMACY), ..reversing(1) };
    assert_eq!(b.refused(&Command::ReversePayment(other)), Refusal::OtherInstitution);
    let serial = ReversePayment { serial: "serial-2".to_owned(), ..reversing(1) };
    assert_eq!(b.refused(&Command::ReversePayment(serial)), Refusal::PaymentUnknown);
    assert_eq!(state(&b), PaymentState::Paid);
}

#[test]
fn a_request_reverses_one_payment() {
    let mut b = paid();
    b.done(&credit(2, CHENGDU, 10));
    b.done(&pay(2, 2, 10));
    b.done(&reverse(1));
    let second = ReversePayment { request: reversing(1).request, ..reversing(2) };
    assert_eq!(b.refused(&Command::ReversePayment(second)), Refusal::RequestIdReused);
}

#[test]
fn a_payment_and_its_refund_in_one_batch() {
    let mut b = sichuan();
    let answers = b.run(&[
        credit(2, CHENGDU, 80),
        open(2),
        grant(1, 400),
        claim(1),
        pay(1, 2, 500),
        refund(1, 1, 100),
        reverse(1),
        pay(2, 2, 480),
    ]);
    let Outcome::Done(done) = answers[7].outcome.clone() else { panic!("{answers:?}") };
    assert_eq!(legs(done), [("OWN_CURRENT_YEAR", 80), ("LOT", 400)]);
}
