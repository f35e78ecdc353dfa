//! Wallets: one per person, frozen and thawed, known again when opened twice; and credits.

use ledger::{
    Command, Done, Refusal,
    codes::WalletState,
    command::OpenWallet,
    key::AccountKey,
    outcome::{Credited, WalletNow},
};

use crate::make::{
    CHENGDU, NANJING, auto_claim, credit, freeze, open, open_wallet, person, pool, sichuan, unfreeze, wallet,
    yuan,
};

fn now(done: Done) -> WalletNow {
    match done {
        Done::Wallet(now) => now,
        other => panic!("no wallet in {other:?}"),
    }
}

#[test]
fn a_wallet_opened_twice_is_one_wallet() {
    let mut b = sichuan();
    let first = b.one(&open(2));
    let again = b.one(&open(2));
    assert_eq!(first.outcome, again.outcome);
    assert!(first.recorded && !again.recorded);
    let other = OpenWallet { person: person(3), ..open_wallet(2) };
    assert_eq!(b.refused(&Command::OpenWallet(other)), Refusal::RequestIdReused);
    let second = OpenWallet { wallet: wallet(9), ..open_wallet(2) };
    assert_eq!(b.refused(&Command::OpenWallet(second)), Refusal::WalletAlreadyOpen);
    let elsewhere = OpenWallet { place_of_use: pool(NANJING), ..open_wallet(4) };
    assert_eq!(b.refused(&Command::OpenWallet(elsewhere)), Refusal::WrongBook);
}

#[test]
fn two_wallets_for_one_person_in_one_batch() {
    let mut b = sichuan();
    let second = OpenWallet { wallet: wallet(9), ..open_wallet(2) };
    let answers = b.run(&[open(2), Command::OpenWallet(second)]);
    assert_eq!(answers[1].outcome, ledger::Outcome::Refused(Refusal::WalletAlreadyOpen));
}

#[test]
fn each_change_raises_the_revision_once() {
    let mut b = sichuan();
    let steps = [
        (open(2), WalletState::Active, false, 1),
        (freeze(2), WalletState::Frozen, false, 2),
        (freeze(2), WalletState::Frozen, false, 2),
        (auto_claim(2, true), WalletState::Frozen, true, 3),
        (unfreeze(2), WalletState::Active, true, 4),
        (unfreeze(2), WalletState::Active, true, 4),
    ];
    for (command, state, auto_claim, revision) in steps {
        let now = now(b.done(&command));
        assert_eq!((now.state, now.auto_claim, now.revision), (state, auto_claim, revision));
    }
}

#[test]
fn an_unknown_wallet_is_refused() {
    let mut b = sichuan();
    for command in [freeze(2), unfreeze(2), auto_claim(2, true)] {
        assert_eq!(b.refused(&command), Refusal::WalletUnknown);
    }
}

#[test]
fn a_credit_comes_from_the_fund_of_its_pool() {
    let mut b = sichuan();
    let credited = b.done(&credit(2, CHENGDU, 500));
    assert_eq!(credited, Done::Credited(Credited { prior: yuan(0), current: yuan(500) }));
    assert_eq!(b.fen(AccountKey::Fund(pool(CHENGDU))), -500);
    assert_eq!(b.refused(&credit(2, NANJING, 500)), Refusal::WrongBook);
}
