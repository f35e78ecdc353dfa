//! Which rows a batch of commands needs, so that a service can load them with few bulk reads.
//!
//! Three steps: [`Touch::of`] the commands; [`Touch::further`] what the loaded rows point to (once is
//! enough); [`accounts`] and folios by key. Rows that do not exist are simply absent. Later commands of a
//! batch may build on earlier ones; the sets cover that.

use std::collections::{BTreeMap, BTreeSet};

use standards::{
    BookId, PaymentId, PersonId, Pool, RefundId, TransferId, WalletId, institution::InstitutionCode,
};

use crate::{
    codes::LegKind,
    command::{Command, Pay},
    key::{AccountKey, FolioKey},
    rows::Rows,
};

/// Keys of rows to load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touch {
    /// Wallets by id.
    pub wallets: BTreeSet<WalletId>,
    /// Wallets by person.
    pub wallets_of: BTreeSet<PersonId>,
    /// Personal accounts (`PersonalRow`) by person, in all pools.
    pub personal_of: BTreeSet<PersonId>,
    /// Earmarks and all their hops by transfer.
    pub earmarks: BTreeSet<TransferId>,
    /// Lots by transfer, all hops.
    pub lots: BTreeSet<TransferId>,
    /// Lots by beneficiary that are PENDING or OPEN with consumed < granted.
    pub spendable_of: BTreeSet<PersonId>,
    /// Payments and all their legs by id.
    pub payments: BTreeSet<PaymentId>,
    /// Payments that are neither REVERSED nor UNDONE by institution and its serial, without their legs.
    pub serials: BTreeSet<(InstitutionCode, String)>,
    /// Refunds and all their legs by id.
    pub refunds: BTreeSet<RefundId>,
}

/// Keys of accounts and folios to load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountKeys {
    /// Accounts.
    pub accounts: BTreeSet<AccountKey>,
    /// Folios; they may exist where the account does not.
    pub folios: BTreeSet<FolioKey>,
}

/// About how many rows a command touches, for the size of a batch.
pub const fn weight(command: &Command) -> usize {
    match command {
        Command::OpenWallet(_) | Command::FreezeWallet(_) | Command::UnfreezeWallet(_) => 1,
        Command::SetAutoClaim(_) | Command::Claim(_) => 2,
        Command::CreditPersonalAccount(_) | Command::Decline(_) | Command::Return(_) | Command::Revoke(_) => {
            4
        }
        Command::Earmark(_) | Command::DrawDown(_) | Command::Grant(_) => 6,
        Command::Pay(_) | Command::Refund(_) | Command::ReversePayment(_) => 16,
    }
}

impl Touch {
    /// What the commands name.
    pub fn of<'a>(commands: impl IntoIterator<Item = &'a Command>) -> Self {
        let mut touch = Self::default();
        for command in commands {
            touch.add(command);
        }
        touch
    }

    fn add(&mut self, command: &Command) {
        match command {
            Command::OpenWallet(c) => {
                self.wallets.insert(c.wallet);
                self.wallets_of.insert(c.person);
            }
            Command::FreezeWallet(c) | Command::UnfreezeWallet(c) => {
                self.wallets.insert(c.wallet);
            }
            Command::SetAutoClaim(c) => {
                self.wallets.insert(c.wallet);
            }
            Command::CreditPersonalAccount(c) => {
                self.personal_of.insert(c.person);
            }
            Command::Earmark(c) => {
                self.earmarks.insert(c.transfer);
                self.personal_of.insert(c.sharer);
            }
            Command::DrawDown(c) => {
                self.earmarks.insert(c.transfer);
            }
            Command::Grant(c) => {
                self.lots.insert(c.transfer);
                self.wallets_of.insert(c.beneficiary);
                self.spendable_of.insert(c.beneficiary);
            }
            Command::Claim(c) | Command::Decline(c) => {
                self.lots.insert(c.transfer);
            }
            Command::Return(c) => {
                self.lots.insert(c.transfer);
            }
            Command::Revoke(c) => {
                self.lots.insert(c.transfer);
            }
            Command::Pay(c) => {
                self.payments.insert(c.payment);
                self.serials.insert((c.institution, c.serial.clone()));
                self.wallets_of.insert(c.patient);
                self.personal_of.insert(c.patient);
                self.spendable_of.insert(c.patient);
            }
            Command::Refund(c) => {
                self.payments.insert(c.payment);
                self.refunds.insert(c.refund);
            }
            Command::ReversePayment(c) => {
                self.payments.insert(c.payment);
                self.refunds.insert(RefundId::new(c.request.uuid()));
            }
        }
    }

    /// What the loaded rows point to and was not asked for yet. Only `wallets_of`, `personal_of` and
    /// `lots` are ever filled.
    pub fn further(&self, rows: &Rows) -> Self {
        let mut next = Self::default();
        for terms in rows.lots.iter().filter_map(|lot| lot.terms) {
            next.wallets_of.insert(terms.beneficiary);
        }
        for terms in rows.earmarks.iter().filter_map(|earmark| earmark.terms) {
            next.personal_of.insert(terms.sharer);
        }
        for leg in &rows.legs {
            next.lots.extend(leg.transfer);
            if matches!(leg.kind, LegKind::OwnPriorYear | LegKind::OwnCurrentYear) {
                next.personal_of.insert(leg.owner);
            }
        }
        next.wallets_of.retain(|person| !self.wallets_of.contains(person));
        next.personal_of.retain(|person| !self.personal_of.contains(person));
        next.lots.retain(|transfer| !self.lots.contains(transfer));
        next
    }
}

/// The accounts and folios that the commands may post to, given everything else that was loaded.
pub fn accounts(book: BookId, commands: &[&Command], rows: &Rows) -> AccountKeys {
    let mut keys = AccountKeys::default();
    let mut origin = BTreeMap::new();
    let debtors = debtors(commands, rows);
    for row in &rows.personal {
        keys.personal(row.person, row.pool);
    }
    for row in &rows.earmarks {
        if let Some(terms) = row.terms {
            keys.personal(terms.sharer, terms.pool);
            keys.accounts.insert(AccountKey::Earmark(row.transfer));
            origin.insert(row.transfer, terms.pool);
        }
    }
    for hop in &rows.hops {
        if let Some(debtor) = origin.get(&hop.transfer).copied() {
            keys.alone(AccountKey::Payable { debtor, creditor: hop.province });
        }
    }
    for row in &rows.lots {
        if let Some(terms) = row.terms {
            keys.lot(AccountKey::Lot(row.transfer, row.hop), terms.beneficiary, terms.origin);
        }
    }
    for row in &rows.payments {
        keys.alone(AccountKey::Institution(row.institution));
    }
    for leg in &rows.legs {
        if let Some(debtor) = leg.debtor {
            keys.alone(AccountKey::Receivable { debtor, creditor: leg.creditor });
            keys.alone(AccountKey::Payable { debtor, creditor: book.province() });
        }
    }
    for command in commands {
        match command {
            Command::CreditPersonalAccount(c) => {
                keys.personal(c.person, c.pool);
                keys.alone(AccountKey::Fund(c.pool));
            }
            Command::Earmark(c) => {
                keys.personal(c.sharer, c.pool);
                keys.accounts.insert(AccountKey::Earmark(c.transfer));
                keys.alone(AccountKey::Payable { debtor: c.pool, creditor: c.to });
            }
            Command::Grant(c) => keys.lot(AccountKey::Lot(c.transfer, c.hop), c.beneficiary, c.origin),
            Command::Pay(c) => keys.pay(book, c, debtors.get(&c.patient)),
            _ => {}
        }
    }
    keys
}

impl AccountKeys {
    fn alone(&mut self, key: AccountKey) {
        self.accounts.insert(key);
        self.folios.extend(key.folio());
    }

    fn personal(&mut self, person: PersonId, pool: Pool) {
        self.accounts.insert(AccountKey::PersonalPrior(person, pool));
        self.accounts.insert(AccountKey::PersonalCurrent(person, pool));
        self.folios.insert(FolioKey::Personal(person, pool));
    }

    fn lot(&mut self, lot: AccountKey, beneficiary: PersonId, origin: Pool) {
        self.accounts.insert(lot);
        self.folios.insert(FolioKey::Wallet(beneficiary));
        self.alone(AccountKey::Quota(origin));
    }

    fn pay(&mut self, book: BookId, pay: &Pay, debtors: Option<&BTreeSet<Pool>>) {
        self.alone(AccountKey::Institution(pay.institution));
        let creditor = pay.institution_pool;
        for debtor in debtors.into_iter().flatten().copied() {
            self.alone(AccountKey::Receivable { debtor, creditor });
            self.alone(AccountKey::Payable { debtor, creditor: book.province() });
        }
    }
}

/// The pools that may fund a person's payments: those of accounts and lots, loaded or made by an earlier
/// command of the batch.
fn debtors(commands: &[&Command], rows: &Rows) -> BTreeMap<PersonId, BTreeSet<Pool>> {
    let lots = rows.lots.iter().filter_map(|lot| lot.terms).map(|terms| (terms.beneficiary, terms.origin));
    let own = rows.personal.iter().map(|row| (row.person, row.pool));
    let made = commands.iter().filter_map(|command| match command {
        Command::Grant(c) => Some((c.beneficiary, c.origin)),
        Command::CreditPersonalAccount(c) => Some((c.person, c.pool)),
        _ => None,
    });
    let mut debtors: BTreeMap<PersonId, BTreeSet<Pool>> = BTreeMap::new();
    for (person, pool) in lots.chain(own).chain(made) {
        debtors.entry(person).or_default().insert(pool);
    }
    debtors
}
