//! What the sharer's book makes of reports on a lot, in any order and number.

use ledger::{
    Done, Outcome, Refusal,
    codes::{EarmarkState, HopState},
    key::AccountKey,
    outcome::EarmarkNow,
};

use crate::{
    make::{CHENGDU, NANJING, credit, draw_down, earmark, jiangsu, person, pool, transfer, yuan},
    store::Store,
};

fn earmarked() -> Store {
    let mut a = jiangsu();
    a.done(&credit(1, NANJING, 1_000));
    a.done(&earmark(1, 1_000));
    a
}

fn columns(a: &Store) -> (i64, i64, i64) {
    let payable = AccountKey::Payable { debtor: pool(NANJING), creditor: pool(CHENGDU).province() };
    let current = AccountKey::PersonalCurrent(person(1), pool(NANJING));
    (a.fen(AccountKey::Earmark(transfer(1))), a.fen(payable), a.fen(current))
}

#[test]
fn a_later_report_posts_the_difference_and_an_earlier_one_nothing() {
    let mut a = earmarked();
    a.done(&draw_down(1, 10, 300, HopState::Open));
    assert_eq!(columns(&a), (700, 300, 0));
    a.done(&draw_down(1, 20, 100, HopState::Open));
    assert_eq!(columns(&a), (900, 100, 0));
    for stale in [draw_down(1, 20, 100, HopState::Open), draw_down(1, 15, 400, HopState::Open)] {
        let answer = a.one(&stale);
        let now = EarmarkNow {
            transfer: transfer(1),
            earmarked: yuan(900),
            consumed: yuan(100),
            returned: yuan(0),
        };
        assert_eq!((answer.outcome, answer.recorded), (Outcome::Done(Done::Earmark(now)), false));
    }
    assert_eq!(columns(&a), (900, 100, 0));
}

#[test]
fn a_lot_said_to_have_closed_before_it_was_last_seen_open_parks() {
    let mut a = earmarked();
    a.done(&draw_down(1, 20, 300, HopState::Open));
    assert_eq!(a.refused(&draw_down(1, 7, 0, HopState::Closed)), Refusal::Contradiction);
    assert_eq!(columns(&a), (700, 300, 0));
}

#[test]
fn a_report_of_the_same_figures_moves_only_the_sequence() {
    let mut a = earmarked();
    let answer = a.one(&draw_down(1, 10, 0, HopState::Open));
    assert!(answer.recorded);
    assert_eq!(a.hop(transfer(1)).expect("the hop").at_sequence, 10);
    assert_eq!(columns(&a), (1_000, 0, 0));
    a.done(&draw_down(1, 20, 300, HopState::Closed));
    a.done(&draw_down(1, 30, 300, HopState::Closed));
    assert_eq!(a.hop(transfer(1)).expect("the hop").at_sequence, 30);
    assert_eq!(columns(&a), (0, 300, 700));
    let mut a = earmarked();
    a.done(&draw_down(1, 10, 1_000, HopState::Open));
    assert_eq!(columns(&a), (0, 1_000, 0));
}

#[test]
fn a_release_that_overtakes_a_refund_is_not_short() {
    let mut a = earmarked();
    a.done(&draw_down(1, 10, 300, HopState::Open));
    a.done(&draw_down(1, 30, 0, HopState::Closed));
    assert_eq!(columns(&a), (0, 0, 1_000));
    a.done(&draw_down(1, 20, 0, HopState::Open));
    assert_eq!(columns(&a), (0, 0, 1_000));
    assert_eq!(a.earmark(transfer(1)).expect("the earmark").state, EarmarkState::Closed);
}

#[test]
fn draw_downs_reversed_end_where_the_last_one_says() {
    let mut a = earmarked();
    a.done(&draw_down(1, 30, 700, HopState::Open));
    a.done(&draw_down(1, 20, 0, HopState::Open));
    a.done(&draw_down(1, 10, 700, HopState::Open));
    assert_eq!(columns(&a), (300, 700, 0));
}

#[test]
fn a_release_and_its_rise_come_in_one_report() {
    let mut a = earmarked();
    a.done(&draw_down(1, 40, 250, HopState::Closed));
    assert_eq!(columns(&a), (0, 250, 750));
    a.done(&draw_down(1, 50, 200, HopState::Closed));
    assert_eq!(columns(&a), (0, 200, 800));
}

#[test]
fn what_cannot_be_true_is_refused_and_parks() {
    let mut a = earmarked();
    let more_than_granted = a.one(&draw_down(1, 10, 1_001, HopState::Open));
    assert_eq!(more_than_granted.outcome, Outcome::Refused(Refusal::Contradiction));
    assert!(!more_than_granted.recorded && Refusal::Contradiction.parks());
    a.done(&draw_down(1, 10, 300, HopState::Closed));
    assert_eq!(a.refused(&draw_down(1, 20, 301, HopState::Closed)), Refusal::Contradiction);
    assert_eq!(a.refused(&draw_down(1, 20, 300, HopState::Open)), Refusal::Contradiction);
    assert_eq!(a.refused(&draw_down(2, 10, 1, HopState::Closed)), Refusal::EarmarkUnknown);
    assert_eq!(a.refused(&draw_down(2, 10, 0, HopState::Open)), Refusal::EarmarkUnknown);
    assert!(Refusal::EarmarkUnknown.parks());
    assert_eq!(columns(&a), (0, 300, 700));
}

#[test]
fn a_report_on_a_refused_or_undone_earmark_may_only_say_that_nothing_was() {
    let mut a = jiangsu();
    a.done(&credit(1, NANJING, 400));
    let why = a.refused(&earmark(1, 1_000));
    assert_eq!(why, Refusal::InsufficientBalance { available: yuan(400) });
    // What was too little then is enough now: the answer tells what was decided, not what would be.
    a.done(&credit(1, NANJING, 600));
    for _ in 0..2 {
        let nothing = a.one(&draw_down(1, 10, 0, HopState::Closed));
        assert_eq!((nothing.outcome, nothing.recorded), (Outcome::WasRefused(why.clone()), false));
    }
    a.done(&draw_down(2, 10, 0, HopState::Closed));
    let again = a.one(&draw_down(2, 10, 0, HopState::Closed));
    assert!(matches!(again.outcome, Outcome::Done(Done::Earmark(_))) && !again.recorded);
    for t in [1, 2] {
        for untrue in [draw_down(t, 11, 5, HopState::Closed), draw_down(t, 11, 0, HopState::Open)] {
            assert_eq!(a.refused(&untrue), Refusal::EarmarkUnknown);
        }
    }
    assert_eq!(columns(&a), (0, 0, 1_000));
}

#[test]
fn an_unknown_hop_is_not_yet_and_a_move_is_unsupported() {
    let mut a = earmarked();
    let ledger::Command::DrawDown(report) = draw_down(1, 10, 0, HopState::Open) else { unreachable!() };
    let next = ledger::Command::DrawDown(ledger::command::DrawDown { hop: 1, ..report });
    let answer = a.one(&next);
    assert_eq!((answer.outcome, answer.recorded), (Outcome::NotYet, false));
    let answer = a.one(&draw_down(1, 10, 0, HopState::Moved));
    assert_eq!((answer.outcome, answer.recorded), (Outcome::Unsupported, false));
}
