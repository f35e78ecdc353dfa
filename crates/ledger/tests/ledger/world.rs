//! Random histories of two books: messages lost, repeated and reordered, batches of any size.
//!
//! A small coordinator sends what a real one would: a grant only after the earmark was done, a report for
//! every change of a lot. Superseded reports may be lost. B1–B8 are audited after each batch by the store,
//! X1–X3 here; at the end everything is delivered and the books agree.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    Applied, Command, Done, Outcome,
    codes::{HopState, LotState},
    command::{DrawDown, Earmark, Grant, Pay, Refund, ReversePayment},
    key::AccountKey,
    outcome::LotNow,
    rows::LotRow,
};
use proptest::prelude::*;
use standards::{Pool, TransferId};
use time::Duration;

use crate::{
    make::{
        CHENGDU, MIANYANG, NANJING, SUZHOU, claim, credit, decline, earmarking, freeze, give_back, granting,
        jiangsu, open, paying, pool, refunding, report, request, reversing, revoke, sichuan, transfer,
        unfreeze, yuan,
    },
    store::Store,
};

/// How many transfers a history has; the last two stay within the beneficiary's book.
const TRANSFERS: u64 = 8;

/// One random step: what, on which, how much.
type Step = (u8, u8, u16);

struct World {
    books: [Store; 2],
    queues: [Vec<Command>; 2],
    /// Transfers whose earmark is known to be done.
    earmarked: BTreeSet<u64>,
    /// Reports on the way to the sharer's book.
    wire: Vec<DrawDown>,
    /// Every state a lot was told in, by its book's sequence.
    told: BTreeMap<(TransferId, i64), LotNow>,
    /// The last of them.
    last: BTreeMap<TransferId, LotNow>,
    numbers: u64,
}

const A: usize = 0;
const B: usize = 1;

fn origin(t: u64) -> Pool {
    pool(match t {
        0..=3 => NANJING,
        4 | 5 => SUZHOU,
        _ => MIANYANG,
    })
}

fn home(t: u64) -> usize {
    if origin(t).province() == pool(CHENGDU).province() { B } else { A }
}

impl World {
    fn new() -> Self {
        let mut books = [jiangsu(), sichuan()];
        books[A].run(&[credit(1, NANJING, 5_000), credit(1, SUZHOU, 3_000)]);
        books[B].run(&[
            credit(1, MIANYANG, 4_000),
            credit(2, CHENGDU, 300),
            credit(2, MIANYANG, 200),
            open(2),
        ]);
        Self {
            books,
            queues: [Vec::new(), Vec::new()],
            earmarked: BTreeSet::new(),
            wire: Vec::new(),
            told: BTreeMap::new(),
            last: BTreeMap::new(),
            numbers: 0,
        }
    }

    fn send(&mut self, book: usize, command: Command) {
        self.queues[book].push(command);
    }

    fn step(&mut self, (what, which, amount): Step) {
        let t = u64::from(which) % TRANSFERS;
        let p = u64::from(which) % 16;
        let fen = i64::from(amount % 700) + 1;
        match what % 24 {
            0 | 1 => self.send(home(t), Command::Earmark(earmark_of(t))),
            2..=4 if self.earmarked.contains(&t) => self.send(B, Command::Grant(grant_of(t))),
            2..=4 => {}
            5 | 6 => self.send(B, claim(t)),
            7 => self.send(B, decline(t)),
            8 => self.send(B, give_back(t)),
            9 => self.send(B, revoke(t)),
            10 | 11 => self.send(B, Command::Pay(pay_of(p, which, fen))),
            12 | 13 => {
                self.numbers += 1;
                self.send(
                    B,
                    Command::Refund(Refund { amount: yuan(fen % 250 + 1), ..refunding(self.numbers, p, 1) }),
                );
            }
            14 => {
                self.numbers += 1;
                let request = request(5_000 + self.numbers);
                self.send(B, Command::ReversePayment(ReversePayment { request, ..reversing(p) }));
            }
            15 => self.send(B, if which % 4 == 0 { freeze(2) } else { unfreeze(2) }),
            16 => {
                let days = if amount % 7 == 0 { 200 } else { i64::from(amount % 3) };
                self.books.iter_mut().for_each(|book| book.at += Duration::days(days));
            }
            17..=20 => self.deliver(usize::from(amount), which % 2 == 0),
            21 => self.flush(A),
            22 => self.flush(B),
            _ => self.march(t),
        }
    }

    /// A transfer that goes its way undisturbed, as far as it was not disturbed before.
    fn march(&mut self, t: u64) {
        self.send(home(t), Command::Earmark(earmark_of(t)));
        self.flush(home(t));
        if self.earmarked.contains(&t) {
            self.send(B, Command::Grant(grant_of(t)));
            self.send(B, claim(t));
        }
    }

    /// Delivers any report on the way; it may stay on the way to be delivered again.
    fn deliver(&mut self, which: usize, again: bool) {
        if self.wire.is_empty() {
            return;
        }
        let at = which % self.wire.len();
        let sent = if again { self.wire[at].clone() } else { self.wire.swap_remove(at) };
        let to = (0..TRANSFERS).find(|t| transfer(*t) == sent.transfer).map_or(A, home);
        self.send(to, Command::DrawDown(sent));
    }

    fn flush(&mut self, book: usize) {
        let commands = std::mem::take(&mut self.queues[book]);
        let answers = self.books[book].run(&commands);
        for (command, answer) in commands.iter().zip(&answers) {
            self.hear(command, answer);
        }
        self.across();
    }

    fn hear(&mut self, command: &Command, answer: &Applied) {
        let parks = matches!(&answer.outcome, Outcome::Refused(refusal) if refusal.parks());
        assert!(!parks, "{command:?} answered {answer:?}");
        let undoes = match command {
            Command::Return(undo) => Some(undo.transfer),
            Command::Decline(undo) => Some(undo.transfer),
            Command::Revoke(undo) => Some(undo.transfer),
            _ => None,
        };
        if let (Outcome::Undone, true, Some(transfer)) = (&answer.outcome, answer.recorded, undoes) {
            let tombstone = self.books[B].lot(transfer).map(LotRow::now);
            self.tell(tombstone.expect("what was undone before it came is remembered"));
        }
        let Outcome::Done(done) = &answer.outcome else {
            return;
        };
        match done {
            Done::Earmark(_) => {
                if let Command::Earmark(earmark) = command {
                    let t = (0..TRANSFERS).find(|t| transfer(*t) == earmark.transfer).expect("one of ours");
                    self.earmarked.insert(t);
                }
            }
            Done::Lot(lot) if answer.recorded => self.tell(*lot),
            // A refused grant is released with the answer of its return, which is no record.
            Done::Lot(lot) if lot.state == LotState::Refused && !self.last.contains_key(&lot.transfer) => {
                self.tell(*lot);
            }
            Done::Payment(movement) | Done::Refund(movement) if answer.recorded => {
                movement.legs.iter().filter_map(|leg| leg.lot).for_each(|lot| self.tell(lot));
            }
            _ => {}
        }
    }

    fn tell(&mut self, lot: LotNow) {
        let before = self.told.insert((lot.transfer, lot.at_sequence), lot);
        assert!(before.is_none(), "two states of a lot under one record");
        self.last.insert(lot.transfer, lot);
        let Command::DrawDown(report) = report(&lot) else { unreachable!("a report is a draw-down") };
        self.wire.push(report);
    }

    /// X1, X2 and X3 as the books stand.
    fn across(&self) {
        let mut undrawn: BTreeMap<Pool, i64> = BTreeMap::new();
        for t in 0..TRANSFERS {
            let known = self.books[home(t)].hop(transfer(t));
            let lot = self.books[B].lot(transfer(t));
            if let Some(hop) = known.filter(|hop| hop.at_sequence > 0) {
                let told = self.told[&(transfer(t), hop.at_sequence)];
                assert_eq!(hop.consumed, told.consumed, "X1");
                let closed = matches!(told.state, LotState::Closed | LotState::Refused | LotState::Undone);
                assert_eq!(hop.state != HopState::Open, closed, "X1");
            }
            let live = lot.filter(|lot| lot.state != LotState::Refused).map(LotRow::now);
            let told = self.last.get(&transfer(t)).filter(|lot| lot.state != LotState::Refused);
            assert_eq!(live, told.copied(), "a lot is as it was told");
            let drawn = known.map_or(0, |hop| hop.consumed.fen());
            let consumed = lot.map_or(0, |lot| lot.consumed.fen());
            *undrawn.entry(origin(t)).or_default() += consumed - drawn;
            if let Some(lot) = lot.filter(|lot| matches!(lot.state, LotState::Pending | LotState::Open)) {
                let hop = known.expect("X3: a live lot has an earmark");
                assert_eq!((hop.state, hop.granted), (HopState::Open, lot.granted), "X3");
            }
        }
        for (debtor, undrawn) in undrawn {
            let home = if debtor.province() == pool(CHENGDU).province() { B } else { A };
            let payable = AccountKey::Payable { debtor, creditor: pool(CHENGDU).province() };
            let owed = self.books[home].fen(payable);
            let receivable = self.books[B]
                .sum(|key| matches!(key, AccountKey::Receivable { debtor: of, .. } if *of == debtor));
            assert_eq!(owed + receivable, -undrawn, "X2 of {debtor}");
        }
    }

    /// Delivers everything; only superseded reports were lost.
    fn settle(&mut self) {
        self.flush(A);
        self.flush(B);
        let last: Vec<LotNow> = self.last.values().copied().collect();
        for lot in last {
            let t = (0..TRANSFERS).find(|t| transfer(*t) == lot.transfer).expect("one of ours");
            self.send(home(t), report(&lot));
        }
        self.flush(A);
        self.flush(B);
        for t in 0..TRANSFERS {
            let consumed = self.books[B].lot(transfer(t)).map_or(0, |lot| lot.consumed.fen());
            let drawn = self.books[home(t)].hop(transfer(t)).map_or(0, |hop| hop.consumed.fen());
            assert_eq!(consumed, drawn, "transfer {t} after all was delivered");
        }
    }
}

fn earmark_of(t: u64) -> Earmark {
    Earmark { pool: origin(t), ..earmarking(t, 100 + i64::try_from(t).expect("small") * 90) }
}

fn grant_of(t: u64) -> Grant {
    let amount = earmark_of(t).amount;
    Grant { origin: origin(t), amount, auto_claim: t.is_multiple_of(5), ..granting(t, 1) }
}

fn pay_of(p: u64, which: u8, fen: i64) -> Pay {
    let institution_pool = pool(if which.is_multiple_of(4) { MIANYANG } else { CHENGDU });
    Pay { institution_pool, ..paying(p, 2, fen) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn two_books_agree_whatever_happens_to_the_messages(steps in proptest::collection::vec(any::<Step>(), 1..220)) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.settle();
    }
}
