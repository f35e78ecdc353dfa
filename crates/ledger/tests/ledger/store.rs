//! A database of one book in memory: loads by `touch`, folds, writes back, audits.
//!
//! It keeps unique keys and refuses to insert twice or update what is not there, as tables would.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    Applied, Book, Changes, Command, Done, Moment, Outcome, Refusal, apply, audit,
    key::{AccountKey, FolioKey},
    rows::{
        AccountRow, EarmarkRow, FolioRow, HopRow, LegRow, LotRow, PaymentRow, PersonalRow, RefundLegRow,
        RefundRow, Rows, WalletRow,
    },
    touch::{self, Touch},
};
use standards::{BookId, PaymentId, PersonId, Pool, RefundId, TransferId, WalletId};
use time::OffsetDateTime;

#[derive(Default)]
struct Tables {
    accounts: BTreeMap<AccountKey, AccountRow>,
    folios: BTreeMap<FolioKey, FolioRow>,
    personal: BTreeMap<(PersonId, Pool), PersonalRow>,
    wallets: BTreeMap<WalletId, WalletRow>,
    earmarks: BTreeMap<TransferId, EarmarkRow>,
    hops: BTreeMap<(TransferId, u16), HopRow>,
    lots: BTreeMap<(TransferId, u16), LotRow>,
    payments: BTreeMap<PaymentId, PaymentRow>,
    legs: BTreeMap<(PaymentId, u16), LegRow>,
    refunds: BTreeMap<RefundId, RefundRow>,
    refund_legs: BTreeMap<(RefundId, u16), RefundLegRow>,
    postings: Vec<ledger::rows::PostingRow>,
}

pub(crate) struct Store {
    pub(crate) id: BookId,
    pub(crate) at: OffsetDateTime,
    pub(crate) sequence: i64,
    tables: Tables,
}

fn write<K: Ord + std::fmt::Debug, R>(
    table: &mut BTreeMap<K, R>,
    changes: Changes<R>,
    key: impl Fn(&R) -> K,
) {
    for row in changes.inserted {
        let key = key(&row);
        assert!(!table.contains_key(&key), "{key:?} was inserted twice: it was not loaded");
        table.insert(key, row);
    }
    for row in changes.updated {
        let key = key(&row);
        assert!(table.insert(key, row).is_some(), "a row was updated that is not there");
    }
}

impl Store {
    pub(crate) fn new(id: BookId, at: OffsetDateTime) -> Self {
        Self { id, at, sequence: 0, tables: Tables::default() }
    }

    /// Runs a batch and audits the book.
    pub(crate) fn run(&mut self, commands: &[Command]) -> Vec<Applied> {
        let mut book = Book::new(self.id, self.load(commands));
        let mut answers = Vec::new();
        for command in commands {
            let moment = Moment { sequence: self.sequence + 1, at: self.at };
            let applied = apply(&mut book, command, moment);
            if applied.recorded {
                self.sequence += 1;
            } else {
                assert!(book.postings_of(moment.sequence).is_empty());
            }
            answers.push(applied);
        }
        self.write(book);
        let findings = audit::check(self.id, &self.rows());
        assert!(findings.is_empty(), "after {commands:#?}: {findings:#?}");
        answers
    }

    /// Runs one command.
    pub(crate) fn one(&mut self, command: &Command) -> Applied {
        self.run(std::slice::from_ref(command)).remove(0)
    }

    /// Runs one command that must be done.
    pub(crate) fn done(&mut self, command: &Command) -> Done {
        match self.one(command).outcome {
            Outcome::Done(done) => done,
            other => panic!("{command:?} answered {other:?}"),
        }
    }

    /// Runs one command that must be refused.
    pub(crate) fn refused(&mut self, command: &Command) -> Refusal {
        match self.one(command).outcome {
            Outcome::Refused(refusal) => refusal,
            other => panic!("{command:?} answered {other:?}"),
        }
    }

    /// The balance of an account in fen.
    pub(crate) fn fen(&self, key: AccountKey) -> i64 {
        self.tables.accounts.get(&key).map_or(0, |row| row.balance.fen())
    }

    /// The balance of all accounts that match, in fen.
    pub(crate) fn sum(&self, which: impl Fn(&AccountKey) -> bool) -> i64 {
        self.tables.accounts.values().filter(|row| which(&row.key)).map(|row| row.balance.fen()).sum()
    }

    pub(crate) fn lot(&self, transfer: TransferId) -> Option<&LotRow> {
        self.tables.lots.get(&(transfer, 0))
    }

    pub(crate) fn hop(&self, transfer: TransferId) -> Option<&HopRow> {
        self.tables.hops.get(&(transfer, 0))
    }

    pub(crate) fn earmark(&self, transfer: TransferId) -> Option<&EarmarkRow> {
        self.tables.earmarks.get(&transfer)
    }

    pub(crate) fn personal(&self, person: PersonId, pool: Pool) -> Option<&PersonalRow> {
        self.tables.personal.get(&(person, pool))
    }

    pub(crate) fn payment(&self, payment: PaymentId) -> Option<&PaymentRow> {
        self.tables.payments.get(&payment)
    }

    /// All rows, for an audit.
    pub(crate) fn rows(&self) -> Rows {
        let t = &self.tables;
        Rows {
            accounts: t.accounts.values().cloned().collect(),
            folios: t.folios.values().cloned().collect(),
            personal: t.personal.values().cloned().collect(),
            wallets: t.wallets.values().cloned().collect(),
            earmarks: t.earmarks.values().cloned().collect(),
            hops: t.hops.values().cloned().collect(),
            lots: t.lots.values().cloned().collect(),
            payments: t.payments.values().cloned().collect(),
            legs: t.legs.values().cloned().collect(),
            refunds: t.refunds.values().cloned().collect(),
            refund_legs: t.refund_legs.values().cloned().collect(),
            postings: t.postings.clone(),
        }
    }

    fn load(&self, commands: &[Command]) -> Rows {
        let first = Touch::of(commands);
        let mut rows = Rows::default();
        self.add(&first, &mut rows);
        let further = first.further(&rows);
        self.add(&further, &mut rows);
        let borrowed: Vec<&Command> = commands.iter().collect();
        let keys = touch::accounts(self.id, &borrowed, &rows);
        rows.accounts =
            keys.accounts.iter().filter_map(|key| self.tables.accounts.get(key)).cloned().collect();
        rows.folios = keys.folios.iter().filter_map(|key| self.tables.folios.get(key)).cloned().collect();
        rows
    }

    fn add(&self, touch: &Touch, rows: &mut Rows) {
        let t = &self.tables;
        let wallets = t.wallets.values();
        rows.wallets.extend(
            wallets
                .filter(|row| touch.wallets.contains(&row.wallet) || touch.wallets_of.contains(&row.person))
                .cloned(),
        );
        rows.personal
            .extend(t.personal.values().filter(|row| touch.personal_of.contains(&row.person)).cloned());
        rows.earmarks
            .extend(t.earmarks.values().filter(|row| touch.earmarks.contains(&row.transfer)).cloned());
        rows.hops.extend(t.hops.values().filter(|row| touch.earmarks.contains(&row.transfer)).cloned());
        let lots = t.lots.values().filter(|row| {
            let spendable = row.left().is_positive()
                && row.terms.is_some_and(|terms| touch.spendable_of.contains(&terms.beneficiary));
            spendable || touch.lots.contains(&row.transfer)
        });
        rows.lots.extend(lots.cloned());
        rows.payments
            .extend(t.payments.values().filter(|row| touch.payments.contains(&row.payment)).cloned());
        let holding = t.payments.values().filter(|row| row.holds_serial());
        rows.payments.extend(
            holding.filter(|row| touch.serials.contains(&(row.institution, row.serial.clone()))).cloned(),
        );
        rows.legs.extend(t.legs.values().filter(|row| touch.payments.contains(&row.payment)).cloned());
        rows.refunds.extend(t.refunds.values().filter(|row| touch.refunds.contains(&row.refund)).cloned());
        rows.refund_legs
            .extend(t.refund_legs.values().filter(|row| touch.refunds.contains(&row.refund)).cloned());
    }

    fn write(&mut self, book: Book) {
        let changes = book.into_changes();
        let t = &mut self.tables;
        write(&mut t.accounts, changes.accounts, |row| row.key);
        write(&mut t.folios, changes.folios, |row| row.key);
        write(&mut t.personal, changes.personal, |row| (row.person, row.pool));
        write(&mut t.wallets, changes.wallets, |row| row.wallet);
        write(&mut t.earmarks, changes.earmarks, |row| row.transfer);
        write(&mut t.hops, changes.hops, |row| (row.transfer, row.hop));
        write(&mut t.lots, changes.lots, |row| (row.transfer, row.hop));
        write(&mut t.payments, changes.payments, |row| row.payment);
        let mut serials = BTreeSet::new();
        let once = t.payments.values().filter(|row| row.holds_serial());
        let once = once.map(|row| serials.insert((row.institution, row.serial.as_str())));
        assert!(once.min() != Some(false), "a serial names two payments");
        write(&mut t.legs, changes.legs, |row| (row.payment, row.leg));
        write(&mut t.refunds, changes.refunds, |row| row.refund);
        let refund_legs = Changes { inserted: changes.refund_legs, updated: Vec::new() };
        write(&mut t.refund_legs, refund_legs, |row| (row.refund, row.leg));
        t.postings.extend(changes.postings);
    }
}
