//! B1, B2 and B8: both ledgers sum to zero, signs, and every balance and link that a posting carries.
//!
//! It walks the postings in order and knows nothing of what they are for.

use std::collections::BTreeMap;

use time::Date;

use super::Findings;
use crate::{
    codes::Ledger,
    key::{AccountKey, AccountNo, PostingNo},
    rows::{AccountRow, PostingRow, Rows, Side},
};

#[derive(Clone, Copy, Default)]
struct History {
    balance: i128,
    last: Option<(PostingNo, Date)>,
    earlier: Option<PostingNo>,
}

struct Walk<'a> {
    accounts: BTreeMap<AccountNo, &'a AccountRow>,
    balances: BTreeMap<AccountNo, i128>,
    folios: BTreeMap<AccountNo, History>,
}

pub(super) fn check(rows: &Rows, findings: &mut Findings) {
    for ledger in [Ledger::Money, Ledger::Quota] {
        let accounts = rows.accounts.iter().filter(|row| row.key.ledger() == ledger);
        let sum: i128 = accounts.map(|row| i128::from(row.balance.fen())).sum();
        findings.same("B1", ledger, 0, sum);
    }
    for row in &rows.accounts {
        let fen = row.balance.fen();
        let rule = match row.key {
            AccountKey::PersonalPrior(..)
            | AccountKey::PersonalCurrent(..)
            | AccountKey::Earmark(_)
            | AccountKey::Lot(..) => fen >= 0,
            AccountKey::Quota(_) => fen <= 0,
            _ => true,
        };
        findings.holds("B2", row.key, "the sign of the account", rule);
    }
    let mut walk = Walk {
        accounts: rows.accounts.iter().map(|row| (row.no, row)).collect(),
        balances: BTreeMap::new(),
        folios: BTreeMap::new(),
    };
    let mut postings: Vec<&PostingRow> = rows.postings.iter().collect();
    postings.sort_by_key(|posting| (posting.sequence, posting.n));
    let mut before = None;
    for posting in postings {
        let next = match before {
            Some((sequence, n)) if sequence == posting.sequence => n + 1,
            _ => 0,
        };
        findings.same("B8", format!("posting {}", posting.sequence), next, i32::from(posting.n));
        before = Some((posting.sequence, next));
        walk.posting(posting, findings);
    }
    walk.ends(rows, findings);
}

impl Walk<'_> {
    fn posting(&mut self, posting: &PostingRow, findings: &mut Findings) {
        let place = PostingNo::new(posting.sequence, posting.n);
        let subject = format!("posting {}/{}", posting.sequence, posting.n);
        let amount = i128::from(posting.amount.fen());
        findings.holds("B1", &subject, "amount > 0", amount > 0);
        let sides = [(&posting.debit, -amount), (&posting.credit, amount)];
        for (side, change) in sides {
            let account = self.accounts.get(&side.account);
            let ledger = account.map(|row| row.key.ledger());
            findings.holds("B1", &subject, "both accounts are of its ledger", ledger == Some(posting.ledger));
            let folio = account.map(|row| row.folio);
            findings.holds("B8", &subject, "the folio of the account", folio == Some(side.folio));
            let balance = self.balances.entry(side.account).or_default();
            *balance += change;
            findings.same("B8", &subject, *balance, i128::from(side.balance.fen()));
            self.folios.entry(side.folio).or_default().balance += change;
        }
        for (side, _) in sides {
            self.links(&subject, posting.day, side, findings);
        }
        for (side, _) in sides {
            let history = self.folios.entry(side.folio).or_default();
            if history.last.is_none_or(|(last, _)| last != place) {
                history.earlier = side.previous_day;
                history.last = Some((place, posting.day));
            }
        }
    }

    fn links(&mut self, subject: &str, day: Date, side: &Side, findings: &mut Findings) {
        let history = self.folios.get(&side.folio).copied().unwrap_or_default();
        findings.same("B8", subject, history.balance, i128::from(side.folio_balance.fen()));
        let previous = history.last.map(|(last, _)| last);
        let previous_day = match history.last {
            Some((last, last_day)) if last_day < day => Some(last),
            _ => history.earlier,
        };
        findings.same("B8", subject, number(previous), number(side.previous));
        findings.same("B8", subject, number(previous_day), number(side.previous_day));
    }

    /// The rows of accounts and folios say the same as the last postings.
    fn ends(&self, rows: &Rows, findings: &mut Findings) {
        for row in &rows.accounts {
            let balance = self.balances.get(&row.no).copied().unwrap_or_default();
            findings.same("B8", row.key, balance, i128::from(row.balance.fen()));
        }
        let mut sums: BTreeMap<AccountNo, i128> = BTreeMap::new();
        for row in &rows.accounts {
            *sums.entry(row.folio).or_default() += i128::from(row.balance.fen());
        }
        for row in &rows.folios {
            let history = self.folios.get(&row.no).copied().unwrap_or_default();
            let sum = sums.remove(&row.no).unwrap_or_default();
            findings.same("B8", row.key, sum, i128::from(row.balance.fen()));
            findings.same("B8", row.key, history.balance, i128::from(row.balance.fen()));
            let last = history.last == Some((row.last, row.last_day));
            findings.holds("B8", row.key, "the folio's last posting", last);
            findings.same("B8", row.key, number(history.earlier), number(row.earlier));
        }
        for folio in sums.into_keys() {
            findings.holds("B8", format!("folio {}", folio.0), "the folio has a row", false);
        }
    }
}

/// A link as a number; 0 where there is none.
fn number(place: Option<PostingNo>) -> i64 {
    place.map_or(0, |place| place.0)
}
