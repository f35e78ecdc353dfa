//! Who funds a payment, and when it may not be.

use ledger::{
    Command, Done, MOST_LEGS, Outcome, Refusal,
    codes::{LegKind, LotState},
    command::{Cost, Grant, Pay, SharedWanted},
    key::AccountKey,
};

use crate::{
    make::{
        CHENGDU, HOSPITAL, MIANYANG, NANJING, SUZHOU, claim, code, cost, credit, freeze, grant, granting,
        legs, moved, noon, open, pay, paying, person, pool, reverse, sichuan, transfer, yuan,
    },
    store::Store,
};

/// Person 2 has 30 of last year, 50 of this year, and two lots of 400 (opened second) and 300 (first).
fn patient() -> Store {
    let mut b = sichuan();
    b.at = noon(2025, 12, 1);
    b.done(&credit(2, CHENGDU, 30));
    b.at = noon(2026, 1, 15);
    b.done(&credit(2, CHENGDU, 50));
    b.done(&open(2));
    b.done(&grant(1, 400));
    b.done(&Command::Grant(Grant { origin: pool(SUZHOU), ..granting(2, 300) }));
    b.done(&grant(3, 999));
    b.done(&claim(2));
    b.done(&claim(1));
    b
}

#[test]
fn own_prior_then_own_current_then_lots_oldest_first_then_cash() {
    let mut b = patient();
    let movement = moved(b.done(&pay(1, 2, 1_000)));
    let kinds: Vec<_> = movement.legs.iter().map(|leg| (leg.leg, leg.kind, leg.amount.fen())).collect();
    assert_eq!(
        kinds,
        [
            (1, LegKind::OwnPriorYear, 30),
            (2, LegKind::OwnCurrentYear, 50),
            (3, LegKind::Lot, 300),
            (4, LegKind::Lot, 400),
            (5, LegKind::Cash, 220),
        ]
    );
    let lot = movement.legs[2].lot.expect("a lot leg tells its lot");
    assert_eq!((lot.transfer, lot.consumed.fen(), lot.state), (transfer(2), 300, LotState::Open));
    assert_eq!(movement.legs[2].debtor, Some(pool(SUZHOU)));
    assert_eq!(movement.legs[2].owner, person(1));
    assert_eq!(movement.legs[4].debtor, None);
    assert_eq!(b.fen(AccountKey::Institution(code(HOSPITAL))), 780);
    let owed = |debtor| b.fen(AccountKey::Receivable { debtor: pool(debtor), creditor: pool(CHENGDU) });
    assert_eq!((owed(NANJING), owed(SUZHOU), owed(CHENGDU)), (-400, -300, 0));
}

#[test]
fn a_pending_lot_is_not_spent() {
    let mut b = sichuan();
    b.done(&open(2));
    b.done(&grant(1, 400));
    assert_eq!(legs(b.done(&pay(1, 2, 100))), [("CASH", 100)]);
}

#[test]
fn a_lot_granted_and_claimed_in_the_same_batch_is_spent() {
    let mut b = sichuan();
    let answers = b.run(&[open(2), grant(1, 400), claim(1), pay(1, 2, 100), pay(2, 2, 400)]);
    let Outcome::Done(done) = answers[4].outcome.clone() else { panic!("{answers:?}") };
    assert_eq!(legs(done), [("LOT", 300), ("CASH", 100)]);
}

#[test]
fn only_the_eligible_part_is_funded() {
    let mut b = patient();
    let with = Pay { cost: Cost { eligible: yuan(60), ..cost(100) }, ..paying(1, 2, 100) };
    let split = legs(b.done(&Command::Pay(with)));
    assert_eq!(split, [("OWN_PRIOR_YEAR", 30), ("OWN_CURRENT_YEAR", 30), ("CASH", 40)]);
}

#[test]
fn shared_money_is_used_as_far_as_it_is_wanted() {
    for (wanted, lots) in
        [(SharedWanted::None, 0), (SharedWanted::UpTo(yuan(310)), 310), (SharedWanted::All, 700)]
    {
        let mut b = patient();
        let split = legs(b.done(&Command::Pay(Pay { shared_wanted: wanted, ..paying(1, 2, 1_000) })));
        let shared: i64 = split.iter().filter(|leg| leg.0 == "LOT").map(|leg| leg.1).sum();
        assert_eq!(shared, lots);
        assert_eq!(split.last(), Some(&("CASH", 1_000 - 80 - lots)));
    }
}

#[test]
fn more_cash_than_agreed_is_refused_and_moves_nothing() {
    let mut b = patient();
    let with = |p, max| Command::Pay(Pay { max_cash: Some(yuan(max)), ..paying(p, 2, 1_000) });
    let answer = b.one(&with(1, 219));
    let refusal = Refusal::SplitChanged { cash: yuan(220), max_cash: yuan(219) };
    assert_eq!((answer.outcome, answer.recorded), (Outcome::Refused(refusal), true));
    assert_eq!(b.fen(AccountKey::Institution(code(HOSPITAL))), 0);
    b.done(&with(2, 220));
}

#[test]
fn payments_that_may_not_be() {
    let sums = |change: fn(&mut Cost)| {
        let mut wrong = cost(100);
        change(&mut wrong);
        Command::Pay(Pay { cost: wrong, ..paying(1, 2, 100) })
    };
    let cases = [
        (
            Command::Pay(Pay { institution_pool: pool(NANJING), ..paying(1, 2, 100) }),
            Refusal::OutsidePlaceOfUse,
        ),
        (sums(|c| c.total = yuan(1)), Refusal::AmountsDoNotAddUp),
        (sums(|c| c.eligible = yuan(101)), Refusal::AmountsDoNotAddUp),
        (sums(|c| c.fund = yuan(-9_000)), Refusal::AmountsDoNotAddUp),
        (sums(|c| c.institution = yuan(i64::MAX)), Refusal::AmountsDoNotAddUp),
    ];
    for (command, refusal) in cases {
        let mut b = patient();
        assert_eq!(b.refused(&command), refusal);
    }
}

#[test]
fn a_frozen_wallet_pays_nothing_but_own_money_stays_usable() {
    let mut b = patient();
    b.done(&freeze(2));
    assert_eq!(b.refused(&pay(1, 2, 100)), Refusal::WalletFrozen);
    let own = Pay { shared_wanted: SharedWanted::None, ..paying(2, 2, 100) };
    let split = legs(b.done(&Command::Pay(own)));
    assert_eq!(split, [("OWN_PRIOR_YEAR", 30), ("OWN_CURRENT_YEAR", 50), ("CASH", 20)]);
}

#[test]
fn without_a_wallet_the_own_account_pays() {
    let mut b = sichuan();
    b.done(&credit(3, CHENGDU, 70));
    assert_eq!(legs(b.done(&pay(1, 3, 100))), [("OWN_CURRENT_YEAR", 70), ("CASH", 30)]);
    assert_eq!(legs(b.done(&pay(2, 4, 100))), [("CASH", 100)]);
}

#[test]
fn own_money_of_another_pool_of_the_province_becomes_an_obligation() {
    let mut b = sichuan();
    b.done(&credit(3, MIANYANG, 70));
    b.done(&credit(3, CHENGDU, 20));
    let movement = moved(b.done(&pay(1, 3, 80)));
    let debtors: Vec<_> = movement.legs.iter().map(|leg| (leg.debtor, leg.amount.fen())).collect();
    assert_eq!(debtors, [(Some(pool(CHENGDU)), 20), (Some(pool(MIANYANG)), 60)]);
    let (debtor, creditor) = (pool(MIANYANG), pool(CHENGDU));
    assert_eq!(b.fen(AccountKey::Payable { debtor, creditor: creditor.province() }), 60);
    assert_eq!(b.fen(AccountKey::Receivable { debtor, creditor }), -60);
}

#[test]
fn a_payment_known_already_is_not_made_again() {
    let mut b = patient();
    let first = b.one(&pay(1, 2, 1_000));
    let again = b.one(&pay(1, 2, 1_000));
    assert_eq!(first.outcome, again.outcome);
    assert!(!again.recorded);
    assert_eq!(b.refused(&pay(1, 2, 999)), Refusal::RequestIdReused);
}

#[test]
fn a_payment_that_comes_after_its_reversal_is_refused() {
    let mut b = patient();
    let first = b.one(&reverse(1));
    assert!(first.recorded);
    let again = b.one(&reverse(1));
    assert_eq!((again.outcome, again.recorded), (first.outcome, false));
    assert_eq!(b.refused(&pay(1, 2, 100)), Refusal::UndoneBefore);
    assert_eq!(b.fen(AccountKey::Institution(code(HOSPITAL))), 0);
}

#[test]
fn a_payment_has_at_most_64_legs() {
    let mut b = sichuan();
    b.done(&open(2));
    let mut batch = Vec::new();
    for t in 0..70 {
        batch.push(Command::Grant(Grant { auto_claim: true, ..granting(t, 1) }));
    }
    b.run(&batch);
    let split = legs(b.done(&pay(1, 2, 70)));
    assert_eq!(split.len(), MOST_LEGS);
    assert_eq!(split.last(), Some(&("CASH", 7)));
}

#[test]
fn a_payment_borne_by_the_fund_has_no_legs() {
    let mut b = patient();
    let Done::Payment(movement) = b.done(&pay(1, 2, 0)) else { panic!("a payment") };
    assert!(movement.legs.is_empty());
    b.done(&reverse(1));
}
