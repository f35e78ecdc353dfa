//! B1, B2 and the postings' part of B8: both ledgers sum to zero, no posting crosses them or joins accounts
//! that have nothing to do with each other, signs hold, and every balance and link is what the postings before
//! make it.

use std::collections::BTreeMap;

use time::Date;
use uuid::Uuid;

use crate::{
    rows::{Account, Book, Posting, civil_day},
    verdict::Judge,
};

/// From which kind of account to which one a posting may move an amount.
const MOVES: [(&str, &str); 15] = [
    ("fund", "pa.current"),
    ("pa.current", "pa.prior"),
    ("pa.prior", "earmark"),
    ("pa.current", "earmark"),
    ("earmark", "payable"),
    ("payable", "earmark"),
    ("earmark", "pa.prior"),
    ("earmark", "pa.current"),
    ("payable", "pa.prior"),
    ("payable", "pa.current"),
    ("quota", "lot"),
    ("lot", "quota"),
    ("receivable", "institution"),
    ("institution", "receivable"),
    ("pa.prior", "institution"),
];
const MORE_MOVES: [(&str, &str); 5] = [
    ("pa.current", "institution"),
    ("institution", "pa.prior"),
    ("institution", "pa.current"),
    ("pa.prior", "payable"),
    ("pa.current", "payable"),
];

fn kind(key: &str) -> &str {
    key.split('/').next().unwrap_or_default()
}

fn ledger_of(key: &str) -> &'static str {
    if matches!(kind(key), "quota" | "lot") { "QUOTA" } else { "MONEY" }
}

pub(crate) fn check(book: &Book, judge: &mut Judge) {
    for ledger in ["MONEY", "QUOTA"] {
        let sum: i64 = book.accounts.iter().filter(|a| ledger_of(&a.key) == ledger).map(|a| a.balance).sum();
        judge.amount("B1", format!("the sum of {ledger}"), 0, sum);
    }
    for account in &book.accounts {
        judge.same("B1", &account.key, ledger_of(&account.key), account.ledger.as_str());
        let fits = match kind(&account.key) {
            "pa.prior" | "pa.current" | "earmark" | "lot" => account.balance >= 0,
            "quota" => account.balance <= 0,
            _ => true,
        };
        judge.holds("B2", &account.key, "the balance has the sign of its kind", fits);
    }
    Walk::over(book, judge);
}

#[derive(Clone, Copy, Default)]
struct History {
    balance: i64,
    last: Option<(i64, Date)>,
    earlier: Option<i64>,
}

impl History {
    fn previous(&self) -> Option<i64> {
        self.last.map(|(place, _)| place)
    }

    /// The last posting of a civil day before `day`.
    fn previous_day(&self, day: Date) -> Option<i64> {
        match self.last {
            Some((place, last)) if last < day => Some(place),
            _ => self.earlier,
        }
    }

    fn turn(&mut self, place: i64, day: Date) {
        self.earlier = self.previous_day(day);
        self.last = Some((place, day));
    }
}

struct Walk<'a> {
    accounts: BTreeMap<i64, &'a Account>,
    balances: BTreeMap<i64, i64>,
    folios: BTreeMap<i64, History>,
}

impl<'a> Walk<'a> {
    fn over(book: &'a Book, judge: &mut Judge) {
        let accounts: BTreeMap<i64, &Account> = book.accounts.iter().map(|a| (a.no, a)).collect();
        judge.same("B8", "numbers of accounts", book.accounts.len(), accounts.len());
        let mut walk = Self { accounts, balances: BTreeMap::new(), folios: BTreeMap::new() };
        let days: BTreeMap<i64, Date> = book.chain.records.iter().map(|r| (r.seq, civil_day(r.at))).collect();
        let mut before = (0, 0);
        for posting in &book.postings {
            let n = if before.0 == posting.seq { before.1 + 1 } else { 0 };
            before = (posting.seq, posting.n);
            let subject = format!("posting {}/{}", posting.seq, posting.n);
            judge.same("B8", &subject, n, posting.n);
            judge.same("B8", format!("{subject}: day"), days.get(&posting.seq).copied(), Some(posting.day));
            walk.posting(&subject, posting, judge);
        }
        walk.ends(book, judge);
    }

    fn posting(&mut self, subject: &str, p: &Posting, judge: &mut Judge) {
        let key = |no: i64| self.accounts.get(&no).map_or("", |account| account.key.as_str());
        let (debit, credit) = (key(p.debit_account), key(p.credit_account));
        judge.holds("B1", subject, "the amount is positive", p.amount > 0);
        let one_ledger = ledger_of(debit) == p.ledger && ledger_of(credit) == p.ledger;
        judge.holds("B1", subject, "both accounts are of its ledger", one_ledger);
        let move_ = (kind(debit), kind(credit));
        let known = MOVES.contains(&move_) || MORE_MOVES.contains(&move_);
        judge.holds("B1", subject, &format!("{} may move to {}", move_.0, move_.1), known);
        let place = p.seq * 256 + i64::from(p.n);
        let sides = [
            (p.debit_account, -p.amount, p.debit_balance, p.debit_folio),
            (p.credit_account, p.amount, p.credit_balance, p.credit_folio),
        ];
        for (account, change, after, folio) in sides {
            let balance = self.balances.entry(account).or_default();
            *balance += change;
            judge.amount("B8", format!("{subject}: balance"), *balance, after);
            let own = self.accounts.get(&account).map(|row| row.folio);
            judge.same("B8", format!("{subject}: folio"), own, Some(folio));
            self.folios.entry(folio).or_default().balance += change;
        }
        let links = [
            (p.debit_folio, p.debit_folio_balance, p.debit_previous, p.debit_previous_day),
            (p.credit_folio, p.credit_folio_balance, p.credit_previous, p.credit_previous_day),
        ];
        for (folio, after, previous, previous_day) in links {
            let history = self.folios.get(&folio).copied().unwrap_or_default();
            judge.amount("B8", format!("{subject}: folio balance"), history.balance, after);
            judge.same("B8", format!("{subject}: previous"), history.previous(), previous);
            judge.same("B8", format!("{subject}: previous day"), history.previous_day(p.day), previous_day);
        }
        for folio in if p.debit_folio == p.credit_folio {
            vec![p.debit_folio]
        } else {
            vec![p.debit_folio, p.credit_folio]
        } {
            self.folios.entry(folio).or_default().turn(place, p.day);
        }
    }

    /// Accounts and folios stand where the last posting left them.
    fn ends(&self, book: &Book, judge: &mut Judge) {
        let mut sums: BTreeMap<i64, i64> = BTreeMap::new();
        for account in &book.accounts {
            let balance = self.balances.get(&account.no).copied().unwrap_or_default();
            judge.amount("B8", &account.key, balance, account.balance);
            *sums.entry(account.folio).or_default() += account.balance;
        }
        let keys: BTreeMap<i64, &str> =
            book.folios.iter().map(|folio| (folio.no, folio.key.as_str())).collect();
        let owners = Owners::of(book);
        for account in &book.accounts {
            let folio = keys.get(&account.folio).copied().unwrap_or_default();
            judge.same(
                "B8",
                format!("the folio of {}", account.key),
                owners.folio_of(&account.key),
                Some(folio.to_owned()),
            );
        }
        for folio in &book.folios {
            let history = self.folios.get(&folio.no).copied().unwrap_or_default();
            judge.amount("B8", &folio.key, sums.remove(&folio.no).unwrap_or_default(), folio.balance);
            judge.same("B8", &folio.key, history.last, Some((folio.last, folio.last_day)));
            judge.same("B8", &folio.key, history.earlier, folio.earlier);
        }
        for folio in sums.into_keys() {
            judge.holds("B8", format!("folio {folio}"), "there is a row", false);
        }
        for account in self.balances.keys().filter(|no| !self.accounts.contains_key(no)) {
            judge.holds("B8", format!("account {account}"), "there is a row", false);
        }
    }
}

/// Whose the earmarks and lots of a book are.
struct Owners {
    sharers: BTreeMap<String, (Uuid, i32)>,
    beneficiaries: BTreeMap<String, Uuid>,
}

impl Owners {
    fn of(book: &Book) -> Self {
        let sharers = book.earmarks.iter();
        let sharers = sharers.filter_map(|row| Some((row.transfer.to_string(), (row.sharer?, row.pool?))));
        let lots = book.lots.iter();
        let lots = lots.filter_map(|row| Some((format!("{}/{}", row.transfer, row.hop), row.beneficiary?)));
        Self { sharers: sharers.collect(), beneficiaries: lots.collect() }
    }

    /// In whose history an account belongs: a person's, a wallet's, or its own.
    fn folio_of(&self, key: &str) -> Option<String> {
        let (kind, rest) = key.split_once('/').unwrap_or((key, ""));
        match kind {
            "pa.prior" | "pa.current" => Some(format!("personal/{rest}")),
            "earmark" => {
                let (sharer, pool) = self.sharers.get(rest)?;
                Some(format!("personal/{sharer}/{pool:06}"))
            }
            "lot" => Some(format!("wallet/{}", self.beneficiaries.get(rest)?)),
            _ => Some(key.to_owned()),
        }
    }
}
