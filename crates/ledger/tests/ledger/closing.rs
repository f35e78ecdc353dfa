//! The closing check: one transfer over two books, every column at every line.

use ledger::{
    Command,
    codes::{HopState, LotState},
    command::Pay,
    key::AccountKey,
};
use standards::institution::InstitutionCode;

use crate::{
    make::{
        CHENGDU, HOSPITAL, NANJING, PHARMACY, claim, code, credit, draw_down, earmark, grant, jiangsu,
        lot_of, open, paying, person, pool, refunding, revoke, sichuan, transfer, yuan,
    },
    store::Store,
};

/// lot, quota, receivable, institutions
fn at_sichuan(book: &Store) -> [i64; 4] {
    let quota = AccountKey::Quota(pool(NANJING));
    let receivable = AccountKey::Receivable { debtor: pool(NANJING), creditor: pool(CHENGDU) };
    let institutions = |key: &AccountKey| matches!(key, AccountKey::Institution(_));
    let lot = AccountKey::Lot(transfer(1), 0);
    [book.fen(lot), book.fen(quota), book.fen(receivable), book.sum(institutions)]
}

/// earmark, payable, personal account, fund
fn at_jiangsu(book: &Store) -> [i64; 4] {
    let payable = AccountKey::Payable { debtor: pool(NANJING), creditor: pool(CHENGDU).province() };
    let own =
        |key: &AccountKey| matches!(key, AccountKey::PersonalPrior(..) | AccountKey::PersonalCurrent(..));
    let earmark = AccountKey::Earmark(transfer(1));
    [book.fen(earmark), book.fen(payable), book.sum(own), book.fen(AccountKey::Fund(pool(NANJING)))]
}

fn pay_at(number: u64, fen: i64, institution: InstitutionCode) -> Command {
    Command::Pay(Pay { institution, ..paying(number, 2, fen) })
}

#[test]
fn the_closing_check_with_every_column() {
    let (mut a, mut b) = (jiangsu(), sichuan());
    a.done(&credit(1, NANJING, 150_000));
    a.done(&earmark(1, 120_000));
    assert_eq!(at_jiangsu(&a), [120_000, 0, 30_000, -150_000]);

    b.done(&open(2));
    b.done(&grant(1, 120_000));
    assert_eq!(at_sichuan(&b), [120_000, -120_000, 0, 0]);
    b.done(&claim(1));
    assert_eq!(at_sichuan(&b), [120_000, -120_000, 0, 0]);

    b.done(&pay_at(1, 38_640, code(HOSPITAL)));
    assert_eq!(at_sichuan(&b), [81_360, -81_360, -38_640, 38_640]);
    b.done(&pay_at(2, 5_200, code(PHARMACY)));
    assert_eq!(at_sichuan(&b), [76_160, -76_160, -43_840, 43_840]);
    let back = |r, fen| {
        Command::Refund(ledger::command::Refund { institution: code(PHARMACY), ..refunding(r, 2, fen) })
    };
    b.done(&back(1, 2_000));
    assert_eq!(at_sichuan(&b), [78_160, -78_160, -41_840, 41_840]);

    let known = b.lot(transfer(1)).expect("the lot").at_sequence;
    a.done(&draw_down(1, known, 41_840, HopState::Open));
    assert_eq!(at_jiangsu(&a), [78_160, 41_840, 30_000, -150_000]);

    let closed = lot_of(&b.done(&revoke(1)));
    assert_eq!((closed.state, closed.consumed), (LotState::Closed, yuan(41_840)));
    assert_eq!(at_sichuan(&b), [0, 0, -41_840, 41_840]);
    a.done(&draw_down(1, closed.at_sequence, 41_840, HopState::Closed));
    assert_eq!(at_jiangsu(&a), [0, 41_840, 108_160, -150_000]);

    b.done(&back(2, 200));
    assert_eq!(at_sichuan(&b), [0, 0, -41_640, 41_640]);
    let known = b.lot(transfer(1)).expect("the lot").at_sequence;
    assert!(known > closed.at_sequence);
    a.done(&draw_down(1, known, 41_640, HopState::Closed));
    assert_eq!(at_jiangsu(&a), [0, 41_640, 108_360, -150_000]);

    let row = a.earmark(transfer(1)).expect("the earmark");
    assert_eq!(row.returned, yuan(78_360));
    assert_eq!(41_640 + 78_360, 120_000);
    let shared = a.personal(person(1), pool(NANJING)).expect("the account").shared_in_year;
    assert_eq!(shared, yuan(41_640));
}
