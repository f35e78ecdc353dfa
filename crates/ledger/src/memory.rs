//! The tables of one book in memory, for tests of whatever decides over a book. They keep unique keys and refuse to
//! insert twice or to update what is not there, as a database would. No service has them: feature `memory`.

use std::collections::{BTreeMap, BTreeSet};

use standards::{BookId, PaymentId, PersonId, Pool, RefundId, TransferId, WalletId};

use crate::{
    Book, Changes, Command,
    key::{AccountKey, FolioKey},
    rows::{
        AccountRow, EarmarkRow, FolioRow, HopRow, LegRow, LotRow, PaymentRow, PersonalRow, PostingRow,
        RefundLegRow, RefundRow, Rows, WalletRow,
    },
    touch::{self, Touch},
};

/// One book's tables, by their primary keys.
#[derive(Default)]
pub struct Tables {
    accounts: BTreeMap<AccountKey, AccountRow>,
    folios: BTreeMap<FolioKey, FolioRow>,
    /// By owner and pool.
    pub personal: BTreeMap<(PersonId, Pool), PersonalRow>,
    /// By wallet.
    pub wallets: BTreeMap<WalletId, WalletRow>,
    /// By transfer.
    pub earmarks: BTreeMap<TransferId, EarmarkRow>,
    /// By transfer and number of the hop.
    pub hops: BTreeMap<(TransferId, u16), HopRow>,
    /// By transfer and number of the hop that opened it.
    pub lots: BTreeMap<(TransferId, u16), LotRow>,
    /// By payment.
    pub payments: BTreeMap<PaymentId, PaymentRow>,
    legs: BTreeMap<(PaymentId, u16), LegRow>,
    refunds: BTreeMap<RefundId, RefundRow>,
    refund_legs: BTreeMap<(RefundId, u16), RefundLegRow>,
    postings: Vec<PostingRow>,
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

fn found<'a, K: Ord, R: Clone>(
    table: &'a BTreeMap<K, R>,
    keys: impl IntoIterator<Item = &'a K>,
) -> impl Iterator<Item = R> {
    keys.into_iter().filter_map(|key| table.get(key)).cloned()
}

impl Tables {
    /// What a batch needs, read as the wallet's keeper reads it.
    pub fn load(&self, book: BookId, commands: &[&Command]) -> Rows {
        let first = Touch::of(commands.iter().copied());
        let mut rows = Rows::default();
        self.add(&first, &mut rows);
        let further = first.further(&rows);
        self.add(&further, &mut rows);
        let keys = touch::accounts(book, commands, &rows);
        rows.accounts = found(&self.accounts, &keys.accounts).collect();
        rows.folios = found(&self.folios, &keys.folios).collect();
        rows
    }

    fn add(&self, touch: &Touch, rows: &mut Rows) {
        let wallets = self.wallets.values();
        let named =
            |row: &&WalletRow| touch.wallets.contains(&row.wallet) || touch.wallets_of.contains(&row.person);
        rows.wallets.extend(wallets.filter(named).cloned());
        let personal = self.personal.values().filter(|row| touch.personal_of.contains(&row.person));
        rows.personal.extend(personal.cloned());
        rows.earmarks.extend(found(&self.earmarks, &touch.earmarks));
        for transfer in &touch.earmarks {
            rows.hops
                .extend(self.hops.range((*transfer, 0)..=(*transfer, u16::MAX)).map(|(_, row)| row.clone()));
        }
        let lots = self.lots.values().filter(|row| {
            let spendable = row.left().is_positive()
                && row.terms.is_some_and(|terms| touch.spendable_of.contains(&terms.beneficiary));
            spendable || touch.lots.contains(&row.transfer)
        });
        rows.lots.extend(lots.cloned());
        rows.payments.extend(found(&self.payments, &touch.payments));
        if !touch.serials.is_empty() {
            let holding = self.payments.values().filter(|row| row.holds_serial());
            let serial = |row: &&PaymentRow| touch.serials.contains(&(row.institution, row.serial.clone()));
            rows.payments.extend(holding.filter(serial).cloned());
        }
        for payment in &touch.payments {
            rows.legs
                .extend(self.legs.range((*payment, 0)..=(*payment, u16::MAX)).map(|(_, row)| row.clone()));
        }
        rows.refunds.extend(found(&self.refunds, &touch.refunds));
        for refund in &touch.refunds {
            let legs = self.refund_legs.range((*refund, 0)..=(*refund, u16::MAX));
            rows.refund_legs.extend(legs.map(|(_, row)| row.clone()));
        }
    }

    /// Keeps what a batch changed.
    ///
    /// # Panics
    ///
    /// When a row is inserted twice, updated without being there, or takes a serial that another payment holds.
    pub fn store(&mut self, book: Book) {
        let changes = book.into_changes();
        write(&mut self.accounts, changes.accounts, |row| row.key);
        write(&mut self.folios, changes.folios, |row| row.key);
        write(&mut self.personal, changes.personal, |row| (row.person, row.pool));
        write(&mut self.wallets, changes.wallets, |row| row.wallet);
        write(&mut self.earmarks, changes.earmarks, |row| row.transfer);
        write(&mut self.hops, changes.hops, |row| (row.transfer, row.hop));
        write(&mut self.lots, changes.lots, |row| (row.transfer, row.hop));
        write(&mut self.payments, changes.payments, |row| row.payment);
        let mut serials = BTreeSet::new();
        let held = self.payments.values().filter(|row| row.holds_serial());
        let once = held.map(|row| serials.insert((row.institution, row.serial.as_str()))).min();
        assert!(once != Some(false), "a serial names two payments");
        write(&mut self.legs, changes.legs, |row| (row.payment, row.leg));
        write(&mut self.refunds, changes.refunds, |row| row.refund);
        let refund_legs = Changes { inserted: changes.refund_legs, updated: Vec::new() };
        write(&mut self.refund_legs, refund_legs, |row| (row.refund, row.leg));
        self.postings.extend(changes.postings);
    }

    /// All rows, for an audit.
    pub fn rows(&self) -> Rows {
        Rows {
            accounts: self.accounts.values().cloned().collect(),
            folios: self.folios.values().cloned().collect(),
            personal: self.personal.values().cloned().collect(),
            wallets: self.wallets.values().cloned().collect(),
            earmarks: self.earmarks.values().cloned().collect(),
            hops: self.hops.values().cloned().collect(),
            lots: self.lots.values().cloned().collect(),
            payments: self.payments.values().cloned().collect(),
            legs: self.legs.values().cloned().collect(),
            refunds: self.refunds.values().cloned().collect(),
            refund_legs: self.refund_legs.values().cloned().collect(),
            postings: self.postings.clone(),
        }
    }

    /// The balance of an account in fen; 0 for one that nothing was posted to.
    pub fn balance(&self, key: AccountKey) -> i64 {
        self.accounts.get(&key).map_or(0, |row| row.balance.fen())
    }

    /// The balance of all accounts that match, in fen.
    pub fn sum(&self, which: impl Fn(&AccountKey) -> bool) -> i64 {
        self.accounts.values().filter(|row| which(&row.key)).map(|row| row.balance.fen()).sum()
    }
}
