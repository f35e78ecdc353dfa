//! 医保钱包: opening, freezing, thawing, automatic claims.
//!
//! A book keeps one wallet per person; that no other book keeps one is identity's to ensure.

use crate::{
    book::{Book, Moment},
    codes::WalletState,
    command::{Command, FreezeWallet, OpenWallet, SetAutoClaim},
    content,
    outcome::{Applied, Done, Outcome, Refusal, WalletNow},
    rows::WalletRow,
};

pub(crate) fn open(book: &mut Book, command: &OpenWallet, moment: Moment) -> Applied {
    let content = content::hash(&Command::OpenWallet(command.clone()));
    if let Some(row) = book.wallets.get(&command.wallet) {
        return Applied::only(if row.content == content {
            Outcome::Done(Done::Wallet(now(row)))
        } else {
            Outcome::Refused(Refusal::RequestIdReused)
        });
    }
    if command.place_of_use.province() != book.id().province() {
        return Applied::refused(Refusal::WrongBook);
    }
    if book.wallet_of(command.person).is_some() {
        return Applied::refused(Refusal::WalletAlreadyOpen);
    }
    let row = WalletRow {
        wallet: command.wallet,
        person: command.person,
        place_of_use: command.place_of_use,
        state: WalletState::Active,
        auto_claim: command.auto_claim,
        mobile_masked: command.mobile_masked.clone(),
        opened_by: command.opened_by,
        terms_version: command.terms_version.clone(),
        opened_sequence: moment.sequence,
        revision: 1,
        content,
    };
    let done = Done::Wallet(now(&row));
    book.add_wallet(row);
    Applied::done(done)
}

pub(crate) fn freeze(book: &mut Book, command: &FreezeWallet) -> Applied {
    change(book, command.wallet, |row| row.state = WalletState::Frozen)
}

pub(crate) fn unfreeze(book: &mut Book, command: &FreezeWallet) -> Applied {
    change(book, command.wallet, |row| row.state = WalletState::Active)
}

pub(crate) fn set_auto_claim(book: &mut Book, command: &SetAutoClaim) -> Applied {
    change(book, command.wallet, |row| row.auto_claim = command.auto_claim)
}

/// Changes a wallet; setting what is already so changes no revision.
fn change(book: &mut Book, wallet: standards::WalletId, set: impl Fn(&mut WalletRow)) -> Applied {
    let Some(row) = book.wallets.get(&wallet) else {
        return Applied::refused(Refusal::WalletUnknown);
    };
    let mut changed = row.clone();
    set(&mut changed);
    if changed != *row {
        changed.revision += 1;
        *book.wallets.change(&wallet) = changed.clone();
    }
    Applied::done(Done::Wallet(now(&changed)))
}

fn now(row: &WalletRow) -> WalletNow {
    WalletNow {
        wallet: row.wallet,
        person: row.person,
        place_of_use: row.place_of_use,
        state: row.state,
        auto_claim: row.auto_claim,
        revision: row.revision,
    }
}
