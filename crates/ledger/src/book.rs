//! The loaded slice of one province's book, and the one function that folds a command into it.
//!
//! A book never reads a clock, never looks anything up and never forgets: what it was loaded with and what
//! the commands made of it is all there is. A broken invariant panics; it is our own mistake.

use std::collections::{BTreeMap, BTreeSet};

use money::Yuan;
use standards::{
    BookId, PaymentId, PersonId, Pool, RefundId, TransferId, WalletId, civil, institution::InstitutionCode,
};
use time::{Date, OffsetDateTime};

use crate::{
    claim,
    codes::LotState,
    command::Command,
    key::{AccountKey, FolioKey},
    lot,
    outcome::Applied,
    pay, personal, refund, reverse,
    rows::{
        AccountRow, EarmarkRow, FolioRow, HopRow, LegRow, LotRow, PaymentRow, PersonalRow, PostingRow,
        RefundLegRow, RefundRow, Rows, WalletRow,
    },
    table::{Changes, Table},
    transfer, wallet,
};

/// At most this many legs in a payment, cash included.
pub const MOST_LEGS: usize = 64;
/// At most this many lots with something left in a wallet.
pub const MOST_LOTS: usize = 256;

/// Where in the book's history a command stands, should it become a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The record it would become; the next one of the gap-free sequence.
    pub sequence: i64,
    /// The book's time; never before that of an earlier record.
    pub at: OffsetDateTime,
}

impl Moment {
    pub(crate) fn day(self) -> Date {
        civil::day(self.at)
    }

    pub(crate) fn year(self) -> i32 {
        self.day().year()
    }
}

/// The part of a book that a batch of commands touches.
#[derive(Clone, Debug)]
pub struct Book {
    id: BookId,
    pub(crate) accounts: Table<AccountKey, AccountRow>,
    pub(crate) folios: Table<FolioKey, FolioRow>,
    pub(crate) personal: Table<(PersonId, Pool), PersonalRow>,
    pub(crate) wallets: Table<WalletId, WalletRow>,
    pub(crate) earmarks: Table<TransferId, EarmarkRow>,
    pub(crate) hops: Table<(TransferId, u16), HopRow>,
    pub(crate) lots: Table<(TransferId, u16), LotRow>,
    pub(crate) payments: Table<PaymentId, PaymentRow>,
    pub(crate) legs: Table<(PaymentId, u16), LegRow>,
    pub(crate) refunds: Table<RefundId, RefundRow>,
    pub(crate) refund_legs: Table<(RefundId, u16), RefundLegRow>,
    pub(crate) postings: Vec<PostingRow>,
    pub(crate) ordinal: (i64, u8),
    pools_of: BTreeMap<PersonId, BTreeSet<Pool>>,
    wallet_of: BTreeMap<PersonId, WalletId>,
    lots_of: BTreeMap<PersonId, BTreeSet<(TransferId, u16)>>,
    payments_under: BTreeMap<(InstitutionCode, String), BTreeSet<PaymentId>>,
}

/// Everything the commands changed or made, table by table, ready for bulk writing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field is the table of its row type")]
pub struct BookChanges {
    pub accounts: Changes<AccountRow>,
    pub folios: Changes<FolioRow>,
    pub personal: Changes<PersonalRow>,
    pub wallets: Changes<WalletRow>,
    pub earmarks: Changes<EarmarkRow>,
    pub hops: Changes<HopRow>,
    pub lots: Changes<LotRow>,
    pub payments: Changes<PaymentRow>,
    pub legs: Changes<LegRow>,
    pub refunds: Changes<RefundRow>,
    /// Only ever inserted.
    pub refund_legs: Vec<RefundLegRow>,
    /// Only ever inserted, in order.
    pub postings: Vec<PostingRow>,
}

/// Folds one command into the book.
///
/// The outcome is final. If it is not `recorded`, nothing was changed and the next command takes the same
/// sequence. Amounts in the command are > 0 where the command says so; anything else is our own mistake.
pub fn apply(book: &mut Book, command: &Command, moment: Moment) -> Applied {
    let before = (book.writes(), book.postings.len());
    let applied = match command {
        Command::OpenWallet(c) => wallet::open(book, c, moment),
        Command::FreezeWallet(c) => wallet::freeze(book, c),
        Command::UnfreezeWallet(c) => wallet::unfreeze(book, c),
        Command::SetAutoClaim(c) => wallet::set_auto_claim(book, c),
        Command::CreditPersonalAccount(c) => personal::credit(book, c, moment),
        Command::Earmark(c) => transfer::earmark(book, c, moment),
        Command::DrawDown(c) => transfer::draw_down(book, c, moment),
        Command::Grant(c) => lot::grant(book, c, moment),
        Command::Claim(c) => claim::claim(book, c, moment),
        Command::Decline(c) => claim::decline(book, c, moment),
        Command::Return(c) => claim::give_back(book, c, moment),
        Command::Revoke(c) => claim::revoke(book, c, moment),
        Command::Pay(c) => pay::pay(book, c, moment),
        Command::Refund(c) => refund::refund(book, c, moment),
        Command::ReversePayment(c) => reverse::reverse(book, c, moment),
    };
    assert!(
        applied.recorded || before == (book.writes(), book.postings.len()),
        "an answer that is no record has changed the book: {applied:?}"
    );
    applied
}

impl Book {
    /// A book from loaded rows (see `touch`); `rows.postings` is not needed and not kept.
    pub fn new(id: BookId, rows: Rows) -> Self {
        let mut book = Self {
            id,
            accounts: Table::loaded(rows.accounts, |row| row.key),
            folios: Table::loaded(rows.folios, |row| row.key),
            personal: Table::loaded(Vec::new(), |row: &PersonalRow| (row.person, row.pool)),
            wallets: Table::loaded(Vec::new(), |row: &WalletRow| row.wallet),
            earmarks: Table::loaded(rows.earmarks, |row| row.transfer),
            hops: Table::loaded(rows.hops, |row| (row.transfer, row.hop)),
            lots: Table::loaded(Vec::new(), |row: &LotRow| (row.transfer, row.hop)),
            payments: Table::loaded(Vec::new(), |row: &PaymentRow| row.payment),
            legs: Table::loaded(rows.legs, |row| (row.payment, row.leg)),
            refunds: Table::loaded(rows.refunds, |row| row.refund),
            refund_legs: Table::loaded(rows.refund_legs, |row| (row.refund, row.leg)),
            postings: Vec::new(),
            ordinal: (0, 0),
            pools_of: BTreeMap::new(),
            wallet_of: BTreeMap::new(),
            lots_of: BTreeMap::new(),
            payments_under: BTreeMap::new(),
        };
        rows.personal.iter().for_each(|row| book.index_personal(row));
        rows.wallets.iter().for_each(|row| book.index_wallet(row));
        rows.lots.iter().for_each(|row| book.index_lot(row));
        rows.payments.iter().for_each(|row| book.index_payment(row));
        book.personal = Table::loaded(rows.personal, |row| (row.person, row.pool));
        book.wallets = Table::loaded(rows.wallets, |row| row.wallet);
        book.lots = Table::loaded(rows.lots, |row| (row.transfer, row.hop));
        book.payments = Table::loaded(rows.payments, |row| row.payment);
        book
    }

    /// Which book it is.
    pub const fn id(&self) -> BookId {
        self.id
    }

    /// The postings that a record of this batch made.
    pub fn postings_of(&self, sequence: i64) -> &[PostingRow] {
        let from = self.postings.partition_point(|posting| posting.sequence < sequence);
        let to = self.postings.partition_point(|posting| posting.sequence <= sequence);
        &self.postings[from..to]
    }

    /// Everything that must be written.
    pub fn into_changes(self) -> BookChanges {
        BookChanges {
            accounts: self.accounts.into_changes(),
            folios: self.folios.into_changes(),
            personal: self.personal.into_changes(),
            wallets: self.wallets.into_changes(),
            earmarks: self.earmarks.into_changes(),
            hops: self.hops.into_changes(),
            lots: self.lots.into_changes(),
            payments: self.payments.into_changes(),
            legs: self.legs.into_changes(),
            refunds: self.refunds.into_changes(),
            refund_legs: self.refund_legs.into_changes().inserted,
            postings: self.postings,
        }
    }

    /// The balance of an account, 0 if nothing was ever posted to it.
    pub fn balance(&self, key: AccountKey) -> Yuan {
        self.accounts.get(&key).map_or(Yuan::ZERO, |row| row.balance)
    }

    /// The wallet of a person, if there is one.
    pub fn wallet_of(&self, person: PersonId) -> Option<&WalletRow> {
        self.wallet_of.get(&person).and_then(|wallet| self.wallets.get(wallet))
    }

    /// The pools in which a person has an account, ascending.
    pub(crate) fn pools_of(&self, person: PersonId) -> Vec<Pool> {
        self.pools_of.get(&person).into_iter().flatten().copied().collect()
    }

    /// The lots of a person's wallet that are pending or open and have something left.
    pub(crate) fn spendable_lots(&self, person: PersonId) -> Vec<&LotRow> {
        let keys = self.lots_of.get(&person).into_iter().flatten();
        keys.filter_map(|key| self.lots.get(key)).filter(|lot| lot.has_left()).collect()
    }

    /// Whether a person has quota that a payment may take.
    pub fn has_quota(&self, person: PersonId) -> bool {
        self.spendable_lots(person).iter().any(|lot| lot.state == LotState::Open)
    }

    /// Whether a payment's answer stands already, whatever is known of its patient: its id was used or undone, or another
    /// one holds the institution's serial.
    pub fn answers_payment(&self, payment: PaymentId, institution: InstitutionCode, serial: &str) -> bool {
        self.payments.get(&payment).is_some() || self.payment_under(institution, serial).is_some()
    }

    /// The payment that holds an institution's serial, if one does.
    pub(crate) fn payment_under(&self, institution: InstitutionCode, serial: &str) -> Option<&PaymentRow> {
        let known = self.payments_under.get(&(institution, serial.to_owned())).into_iter().flatten();
        known.filter_map(|payment| self.payments.get(payment)).find(|row| row.holds_serial())
    }

    /// The earmark of a transfer in this book, if it is known.
    pub fn earmark(&self, transfer: TransferId) -> Option<&EarmarkRow> {
        self.earmarks.get(&transfer)
    }

    /// The last lot of a transfer in this book.
    pub fn last_lot(&self, transfer: TransferId) -> Option<&LotRow> {
        self.lots.range((transfer, 0)..=(transfer, u16::MAX)).next_back()
    }

    pub(crate) fn add_personal(&mut self, row: PersonalRow) {
        self.index_personal(&row);
        self.personal.add((row.person, row.pool), row);
    }

    pub(crate) fn add_wallet(&mut self, row: WalletRow) {
        self.index_wallet(&row);
        self.wallets.add(row.wallet, row);
    }

    pub(crate) fn add_lot(&mut self, row: LotRow) {
        self.index_lot(&row);
        self.lots.add((row.transfer, row.hop), row);
    }

    pub(crate) fn add_payment(&mut self, row: PaymentRow) {
        self.index_payment(&row);
        self.payments.add(row.payment, row);
    }

    fn index_personal(&mut self, row: &PersonalRow) {
        self.pools_of.entry(row.person).or_default().insert(row.pool);
    }

    fn index_wallet(&mut self, row: &WalletRow) {
        let other = self.wallet_of.insert(row.person, row.wallet);
        assert!(other.is_none_or(|other| other == row.wallet), "a person has two wallets in one book");
    }

    fn index_lot(&mut self, row: &LotRow) {
        if let Some(terms) = row.terms {
            self.lots_of.entry(terms.beneficiary).or_default().insert((row.transfer, row.hop));
        }
    }

    fn index_payment(&mut self, row: &PaymentRow) {
        let key = (row.institution, row.serial.clone());
        self.payments_under.entry(key).or_default().insert(row.payment);
    }

    fn writes(&self) -> usize {
        self.accounts.writes()
            + self.folios.writes()
            + self.personal.writes()
            + self.wallets.writes()
            + self.earmarks.writes()
            + self.hops.writes()
            + self.lots.writes()
            + self.payments.writes()
            + self.legs.writes()
            + self.refunds.writes()
            + self.refund_legs.writes()
    }
}
