//! An institution's serial names one payment that stands: what is submitted twice is charged once.

use ledger::{
    Command, Outcome, Refusal, audit,
    command::{Pay, ReversePayment},
    key::AccountKey,
};

use crate::{
    make::{
        CHENGDU, HOSPITAL, PHARMACY, code, credit, legs, paying, payment, refund, reverse, reversing, sichuan,
    },
    store::Store,
};

/// Person 2 has 500 of their own and paid 100 under serial-1.
fn paid() -> Store {
    let mut b = sichuan();
    b.run(&[credit(2, CHENGDU, 500), first()]);
    b
}

fn first() -> Command {
    Command::Pay(paying(1, 2, 100))
}

/// The same bill under another payment id.
fn again(p: u64) -> Command {
    Command::Pay(resent(p))
}

fn resent(p: u64) -> Pay {
    Pay { serial: "serial-1".to_owned(), ..paying(p, 2, 100) }
}

fn received(b: &Store) -> i64 {
    b.fen(AccountKey::Institution(code(HOSPITAL)))
}

#[test]
fn a_serial_sent_again_under_a_new_id_is_refused_and_recorded() {
    let mut b = paid();
    let sequence = b.sequence;
    let answer = b.one(&again(2));
    let refusal = Refusal::SerialReused { payment: payment(1) };
    assert_eq!((answer.outcome, answer.recorded), (Outcome::Refused(refusal), true));
    assert_eq!((b.sequence, received(&b)), (sequence + 1, 100));
    assert!(b.payment(payment(2)).is_none());
    let repeat = b.one(&first());
    assert!(matches!(repeat.outcome, Outcome::Done(_)) && !repeat.recorded);
}

#[test]
fn a_serial_is_free_once_its_payment_was_reversed() {
    let mut b = paid();
    b.done(&reverse(1));
    assert_eq!(legs(b.done(&again(2))), [("OWN_CURRENT_YEAR", 100)]);
    assert_eq!(b.refused(&again(3)), Refusal::SerialReused { payment: payment(2) });
    assert_eq!(received(&b), 100);
}

#[test]
fn a_payment_reversed_before_it_came_leaves_its_serial_free() {
    let mut b = sichuan();
    b.done(&reverse(1));
    assert_eq!(legs(b.done(&again(2))), [("CASH", 100)]);
}

#[test]
fn a_refunded_payment_keeps_its_serial() {
    let mut b = paid();
    b.done(&refund(1, 1, 40));
    assert_eq!(b.refused(&again(2)), Refusal::SerialReused { payment: payment(1) });
    b.done(&refund(2, 1, 60));
    assert_eq!(b.refused(&again(3)), Refusal::SerialReused { payment: payment(1) });
}

#[test]
fn of_two_in_one_batch_the_first_is_paid() {
    let mut b = sichuan();
    let answers = b.run(&[credit(2, CHENGDU, 500), first(), again(2)]);
    assert!(matches!(answers[1].outcome, Outcome::Done(_)));
    let refusal = Refusal::SerialReused { payment: payment(1) };
    assert_eq!((&answers[2].outcome, answers[2].recorded), (&Outcome::Refused(refusal), true));
    assert_eq!(received(&b), 100);
}

#[test]
fn reversed_and_paid_again_in_one_batch() {
    let mut b = paid();
    let second = ReversePayment { serial: "serial-1".to_owned(), ..reversing(2) };
    let answers = b.run(&[reverse(1), again(2), Command::ReversePayment(second), again(3), again(4)]);
    let refused = Outcome::Refused(Refusal::SerialReused { payment: payment(3) });
    assert!(answers[..4].iter().all(|answer| matches!(answer.outcome, Outcome::Done(_))), "{answers:?}");
    assert_eq!(answers[4].outcome, refused);
    assert_eq!(received(&b), 100);
}

#[test]
fn another_institution_may_use_the_same_serial() {
    let mut b = paid();
    b.done(&Command::Pay(Pay { institution: code(PHARMACY), ..resent(2) }));
    assert_eq!(b.fen(AccountKey::Institution(code(PHARMACY))), 100);
}

#[test]
fn a_refused_payment_leaves_its_serial_free() {
    let mut b = paid();
    let mut wrong = paying(5, 2, 100);
    wrong.cost.total = money::Yuan::from_fen(1);
    assert_eq!(b.refused(&Command::Pay(wrong)), Refusal::AmountsDoNotAddUp);
    b.done(&Command::Pay(Pay { serial: "serial-5".to_owned(), ..paying(6, 2, 100) }));
}

#[test]
fn the_audit_notices_a_serial_that_names_two_payments() {
    let mut b = paid();
    b.done(&reverse(1));
    b.done(&again(2));
    b.done(&Command::Pay(paying(3, 2, 40)));
    b.done(&refund(1, 3, 40));
    b.done(&Command::Pay(Pay { institution: code(PHARMACY), ..resent(4) }));
    let mut rows = b.rows();
    assert!(audit::check(b.id, &rows).is_empty());
    // A refunded payment keeps its serial, so this makes two of one.
    let refunded = rows.payments.iter_mut().find(|row| row.payment == payment(3));
    refunded.expect("it was paid").serial = "serial-1".to_owned();
    let findings = audit::check(b.id, &rows);
    assert_eq!(findings.len(), 1, "{findings:#?}");
    assert_eq!(findings[0].invariant, "B6");
    assert!(findings[0].subject.contains(&payment(2).to_string()), "{findings:#?}");
    assert!(findings[0].subject.contains(&payment(3).to_string()), "{findings:#?}");
}
