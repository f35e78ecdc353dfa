//! Grants and what undoes them: done twice, refused, undone, already claimed, not yet.

use ledger::{
    Command, Done, MOST_LOTS, Outcome, Refusal,
    codes::{ClosedBy, EarmarkState, LotState},
    command::{Earmark, Grant},
    key::AccountKey,
};

use crate::make::{
    CHENGDU, NANJING, auto_claim, bond, claim, credit, decline, draw_down, earmark, earmarking, freeze,
    give_back, grant, granting, jiangsu, lot_of, open, pay, pool, revoke, sichuan, transfer, unfreeze, yuan,
};

#[test]
fn an_earmark_done_twice_sets_aside_once() {
    let mut a = jiangsu();
    a.done(&credit(1, NANJING, 1_000));
    let first = a.one(&earmark(1, 600));
    let again = a.one(&earmark(1, 600));
    assert!(first.recorded && !again.recorded);
    assert_eq!(first.outcome, again.outcome);
    let reused = a.one(&earmark(1, 601));
    assert_eq!(reused.outcome, Outcome::Refused(Refusal::RequestIdReused));
    assert!(!reused.recorded);
    assert_eq!(a.fen(AccountKey::Earmark(transfer(1))), 600);
}

#[test]
fn an_earmark_and_its_repeat_in_one_batch_set_aside_once() {
    let mut a = jiangsu();
    let answers = a.run(&[credit(1, NANJING, 1_000), earmark(1, 600), earmark(1, 600), earmark(2, 600)]);
    assert_eq!(answers[1].outcome, answers[2].outcome);
    let short = Refusal::InsufficientBalance { available: yuan(400) };
    assert_eq!(answers[3].outcome, Outcome::Refused(short));
}

#[test]
fn an_earmark_meets_its_limits() {
    let with = |change: fn(&mut Earmark)| {
        let mut command = earmarking(1, 600);
        change(&mut command);
        Command::Earmark(command)
    };
    let cases: [(i64, Command, Refusal); 6] = [
        (0, earmark(1, 600), Refusal::BalanceZero),
        (599, earmark(1, 600), Refusal::InsufficientBalance { available: yuan(599) }),
        (
            1_000,
            with(|c| c.min_left = yuan(401)),
            Refusal::BalanceBelowMinimum { minimum: yuan(401), left: yuan(400) },
        ),
        (
            1_000,
            with(|c| c.year_total = Some(yuan(599))),
            Refusal::AnnualQuotaExceeded { limit: yuan(599), used: yuan(0) },
        ),
        (1_000, with(|c| c.pool = pool(CHENGDU)), Refusal::WrongBook),
        (1_000, earmark(1, i64::MAX), Refusal::InsufficientBalance { available: yuan(1_000) }),
    ];
    for (held, command, refusal) in cases {
        let mut a = jiangsu();
        if held > 0 {
            a.done(&credit(1, NANJING, held));
        }
        let answer = a.one(&command);
        assert_eq!(answer.outcome, Outcome::Refused(refusal.clone()));
        assert!(answer.recorded);
        a.done(&credit(1, NANJING, 10_000));
        assert_eq!(a.refused(&command), refusal, "a refused earmark burns the transfer's id");
        let row = a.earmark(transfer(1)).expect("a refusal leaves a row");
        assert_eq!(row.state, EarmarkState::Refused);
    }
}

#[test]
fn limits_that_are_met_exactly_are_kept() {
    let mut a = jiangsu();
    a.done(&credit(1, NANJING, 1_000));
    let exact = Earmark { min_left: yuan(400), year_total: Some(yuan(600)), ..earmarking(1, 600) };
    a.done(&Command::Earmark(exact));
    let more = Earmark { year_total: Some(yuan(600)), ..earmarking(2, 1) };
    let used = Refusal::AnnualQuotaExceeded { limit: yuan(600), used: yuan(600) };
    assert_eq!(a.refused(&Command::Earmark(more)), used);
}

#[test]
fn a_grant_done_twice_opens_one_lot() {
    let mut b = sichuan();
    b.done(&open(2));
    let first = b.one(&grant(1, 500));
    let again = b.one(&grant(1, 500));
    assert_eq!(first.outcome, again.outcome);
    assert!(first.recorded && !again.recorded);
    let other = Grant { bond: bond(9), ..granting(1, 500) };
    assert_eq!(b.refused(&Command::Grant(other)), Refusal::RequestIdReused);
    assert_eq!(b.fen(AccountKey::Quota(pool(NANJING))), -500);
}

#[test]
fn a_grant_is_refused_without_a_wallet_or_with_a_frozen_one_and_stays_refused() {
    let mut b = sichuan();
    assert_eq!(b.refused(&grant(1, 500)), Refusal::WalletNotOpen);
    b.done(&open(2));
    assert_eq!(b.refused(&grant(1, 500)), Refusal::WalletNotOpen);
    b.done(&freeze(2));
    assert_eq!(b.refused(&grant(2, 500)), Refusal::WalletFrozen);
    b.done(&unfreeze(2));
    assert_eq!(b.refused(&grant(2, 500)), Refusal::WalletFrozen);
}

#[test]
fn whoever_undoes_a_refused_grant_hears_why_it_was_refused() {
    let mut b = sichuan();
    b.refused(&grant(1, 500));
    b.done(&open(2));
    b.done(&freeze(2));
    b.refused(&grant(2, 500));
    b.done(&unfreeze(2));
    for (t, why) in [(1, Refusal::WalletNotOpen), (2, Refusal::WalletFrozen)] {
        for undoing in [give_back(t), decline(t), revoke(t), give_back(t)] {
            let answer = b.one(&undoing);
            assert_eq!((answer.outcome, answer.recorded), (Outcome::WasRefused(why.clone()), false));
        }
        assert_eq!(b.lot(transfer(t)).expect("the refusal stays").state, LotState::Refused);
    }
}

#[test]
fn a_wallet_takes_256_lots_with_something_left() {
    let mut b = sichuan();
    b.done(&open(2));
    let grants: Vec<Command> = (0..=MOST_LOTS as u64).map(|t| grant(t, 5)).collect();
    let answers = b.run(&grants);
    assert!(answers[..MOST_LOTS].iter().all(|answer| matches!(answer.outcome, Outcome::Done(_))));
    assert_eq!(answers[MOST_LOTS].outcome, Outcome::Refused(Refusal::TooManyLots));
    b.done(&claim(0));
    b.done(&pay(1, 2, 5));
    b.done(&grant(999, 5));
}

#[test]
fn automatic_claims_open_at_once() {
    let mut b = sichuan();
    b.done(&open(2));
    let at_once = Grant { auto_claim: true, ..granting(1, 500) };
    assert_eq!(lot_of(&b.done(&Command::Grant(at_once))).state, LotState::Open);
    b.done(&auto_claim(2, true));
    assert_eq!(lot_of(&b.done(&grant(2, 500))).state, LotState::Open);
    b.done(&auto_claim(2, false));
    assert_eq!(lot_of(&b.done(&grant(3, 500))).state, LotState::Pending);
}

#[test]
fn a_claim_refused_while_frozen_is_done_after_the_thaw() {
    let mut b = sichuan();
    assert_eq!(b.one(&claim(1)).outcome, Outcome::NotYet);
    b.done(&open(2));
    b.done(&grant(1, 500));
    b.done(&freeze(2));
    let refused = b.one(&claim(1));
    assert_eq!(refused.outcome, Outcome::Refused(Refusal::WalletFrozen));
    assert!(!refused.recorded, "a refused claim burns nothing");
    b.done(&unfreeze(2));
    let lot = lot_of(&b.done(&claim(1)));
    assert_eq!(lot.state, LotState::Open);
    let again = b.one(&claim(1));
    assert_eq!((again.outcome, again.recorded), (Outcome::Done(Done::Lot(lot)), false));
}

#[test]
fn a_claim_whose_reply_was_lost_survives_the_return() {
    for undo in [give_back(1), decline(1)] {
        let mut b = sichuan();
        b.done(&open(2));
        b.done(&grant(1, 500));
        b.done(&claim(1));
        let answer = b.one(&undo);
        assert_eq!((answer.outcome, answer.recorded), (Outcome::AlreadyClaimed, false));
        assert_eq!(b.fen(AccountKey::Lot(transfer(1), 0)), 500);
        assert_eq!(lot_of(&b.done(&revoke(1))).state, LotState::Closed);
    }
}

#[test]
fn a_pending_lot_can_be_undone_in_three_ways_once() {
    for (undo, by) in
        [(give_back(1), ClosedBy::Return), (decline(1), ClosedBy::Decline), (revoke(1), ClosedBy::Revoke)]
    {
        let mut b = sichuan();
        b.done(&open(2));
        b.done(&grant(1, 500));
        let closed = lot_of(&b.done(&undo));
        assert_eq!((closed.state, closed.consumed.fen()), (LotState::Closed, 0));
        assert_eq!(b.fen(AccountKey::Quota(pool(NANJING))), 0);
        for again in [give_back(1), decline(1), revoke(1)] {
            let answer = b.one(&again);
            assert_eq!((answer.outcome, answer.recorded), (Outcome::Done(Done::Lot(closed)), false));
        }
        assert_eq!(b.lot(transfer(1)).expect("the lot").closed_by, Some(by));
        assert_eq!(b.refused(&claim(1)), Refusal::TransferNotPending);
        assert_eq!(lot_of(&b.done(&grant(1, 500))), closed, "a repeated grant does not reopen it");
    }
}

#[test]
fn undoing_an_unknown_lot_is_remembered() {
    for undo in [give_back(1), decline(1), revoke(1)] {
        let mut b = sichuan();
        b.done(&open(2));
        let first = b.one(&undo);
        let again = b.one(&undo);
        assert!(first.recorded && !again.recorded);
        assert_eq!(first.outcome, again.outcome);
        let late = b.one(&grant(1, 500));
        assert_eq!((late.outcome, late.recorded), (Outcome::Undone, false));
        assert_eq!(b.refused(&claim(1)), Refusal::TransferNotPending);
        assert_eq!(b.fen(AccountKey::Quota(pool(NANJING))), 0);
    }
}

#[test]
fn an_earmark_that_comes_after_its_release_is_undone() {
    let mut a = jiangsu();
    a.done(&credit(1, NANJING, 1_000));
    let closed = draw_down(1, 7, 0, ledger::codes::HopState::Closed);
    let first = a.one(&closed);
    let again = a.one(&closed);
    assert!(first.recorded && !again.recorded);
    assert_eq!(first.outcome, again.outcome);
    let late = a.one(&earmark(1, 600));
    assert_eq!((late.outcome, late.recorded), (Outcome::Undone, false));
    assert_eq!(a.fen(AccountKey::Earmark(transfer(1))), 0);
}

#[test]
fn a_refused_grant_releases_its_earmark() {
    let (mut a, mut b) = (jiangsu(), sichuan());
    a.done(&credit(1, NANJING, 1_000));
    a.done(&earmark(1, 600));
    b.refused(&grant(1, 600));
    assert_eq!(b.one(&give_back(1)).outcome, Outcome::WasRefused(Refusal::WalletNotOpen));
    a.done(&draw_down(1, 1, 0, ledger::codes::HopState::Closed));
    assert_eq!(a.earmark(transfer(1)).expect("the earmark").state, EarmarkState::Closed);
    assert_eq!(a.fen(AccountKey::Earmark(transfer(1))), 0);
}
