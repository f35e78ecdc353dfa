//! What a batch loads and how heavy it is: a command that follows another one of its batch finds every account, and no
//! command of usual size touches more rows than it is said to.

use ledger::{
    Book, Changes, Command, Moment, Outcome, apply, codes::HopState, key::AccountKey, memory::Tables, touch,
};

use standards::BookId;

use crate::make::{
    CHENGDU, MIANYANG, NANJING, auto_claim, claim, credit, decline, draw_down, earmark, freeze, give_back,
    grant, jiangsu, legs, noon, open, pay, pool, refund, reverse, revoke, sichuan, unfreeze,
};

#[test]
fn a_first_credit_and_a_payment_from_it_in_one_batch_find_what_the_two_pools_owe() {
    let mut b = sichuan();
    b.done(&open(2));
    b.done(&open(3));
    b.done(&credit(2, MIANYANG, 100));
    b.done(&pay(1, 2, 60));
    let answers = b.run(&[credit(3, MIANYANG, 50), pay(2, 3, 50)]);
    let Outcome::Done(paid) = answers[1].outcome.clone() else { panic!("{answers:?}") };
    assert_eq!(legs(paid), [("OWN_CURRENT_YEAR", 50)]);
    let owed = AccountKey::Receivable { debtor: pool(MIANYANG), creditor: pool(CHENGDU) };
    let owes = AccountKey::Payable { debtor: pool(MIANYANG), creditor: pool(CHENGDU).province() };
    assert_eq!((b.fen(owed), b.fen(owes)), (-110, 110));
}

fn rows<R>(changes: &Changes<R>) -> usize {
    changes.inserted.len() + changes.updated.len()
}

/// A book whose rows are counted.
struct Counted {
    id: BookId,
    tables: Tables,
    sequence: i64,
}

impl Counted {
    fn new(id: BookId) -> Self {
        Self { id, tables: Tables::default(), sequence: 0 }
    }

    fn decided(&self, command: &Command) -> Book {
        let mut book = Book::new(self.id, self.tables.load(self.id, &[command]));
        let moment = Moment { sequence: self.sequence + 1, at: noon(2026, 1, 15) };
        let applied = apply(&mut book, command, moment);
        assert!(matches!(applied.outcome, Outcome::Done(_)), "{command:?}: {:?}", applied.outcome);
        book
    }

    /// Runs a command alone: it writes about as many rows as it is said to touch.
    fn weighs(&mut self, command: &Command) {
        let changes = self.decided(command).into_changes();
        let count = rows(&changes.accounts)
            + rows(&changes.folios)
            + rows(&changes.personal)
            + rows(&changes.wallets)
            + rows(&changes.earmarks)
            + rows(&changes.hops)
            + rows(&changes.lots)
            + rows(&changes.payments)
            + rows(&changes.legs)
            + rows(&changes.refunds)
            + changes.refund_legs.len();
        let weight = touch::weight(command);
        assert!(count <= 2 * weight && weight <= 2 * count, "{count} rows, weight {weight}: {command:?}");
        let book = self.decided(command);
        self.tables.store(book);
        self.sequence += 1;
    }
}

#[test]
fn a_command_is_about_as_heavy_as_the_rows_that_it_writes() {
    let mut sharers = Counted::new(jiangsu().id);
    for command in [
        credit(1, NANJING, 1_000),
        earmark(1, 600),
        draw_down(1, 10, 300, HopState::Open),
        draw_down(1, 20, 200, HopState::Closed),
    ] {
        sharers.weighs(&command);
    }
    let mut beneficiarys = Counted::new(sichuan().id);
    for command in [
        open(2),
        auto_claim(2, true),
        auto_claim(2, false),
        credit(2, CHENGDU, 80),
        grant(1, 600),
        claim(1),
        pay(1, 2, 300),
        refund(1, 1, 100),
        pay(2, 2, 50),
        reverse(2),
        revoke(1),
        grant(2, 100),
        decline(2),
        grant(3, 100),
        give_back(3),
        freeze(2),
        unfreeze(2),
    ] {
        beneficiarys.weighs(&command);
    }
}
