//! The one way an amount moves: a posting between two accounts of one ledger.
//!
//! It keeps balances, folio balances and the links of each folio's history, opens accounts on first use,
//! and panics when B1 or B2 would break.

use money::Yuan;

use crate::{
    book::{Book, Moment},
    key::{AccountKey, AccountNo, FolioKey, PostingNo},
    rows::{AccountRow, FolioRow, PostingRow, Side},
    sum,
};

impl Book {
    /// Moves `amount` from `debit` to `credit`; nothing happens for 0.
    pub(crate) fn post(&mut self, moment: Moment, debit: AccountKey, credit: AccountKey, amount: Yuan) {
        if amount.is_zero() {
            return;
        }
        assert!(amount.is_positive(), "a posting moves more than 0.00, not {amount}");
        assert_ne!(debit, credit, "a posting moves between two accounts");
        let ledger = debit.ledger();
        assert_eq!(ledger, credit.ledger(), "no posting crosses the ledgers: {debit} to {credit}");
        let n = self.postings_of(moment.sequence).len();
        let n = u8::try_from(n).expect("at most 64 legs of at most 3 postings");
        let place = PostingNo::new(moment.sequence, n);
        let mut debit = self.turn(moment, place, debit, sum::neg(amount));
        let mut credit = self.turn(moment, place, credit, amount);
        if debit.folio == credit.folio {
            // A posting stands once in a history: both sides show the folio after it and what came before.
            debit.folio_balance = credit.folio_balance;
            credit.previous = debit.previous;
        }
        let (sequence, day) = (moment.sequence, moment.day());
        self.postings.push(PostingRow { sequence, n, ledger, day, amount, debit, credit });
    }

    /// Moves one side: the account, then its folio.
    fn turn(&mut self, moment: Moment, place: PostingNo, key: AccountKey, amount: Yuan) -> Side {
        let folio_key = self.folio_key(key);
        if self.accounts.get(&key).is_none() {
            let no = self.next_account(moment.sequence);
            let folio = self.folios.get(&folio_key).map_or(no, |row| row.no);
            self.accounts.add(key, AccountRow { no, key, folio, balance: Yuan::ZERO });
        }
        let row = self.accounts.change(&key);
        row.balance = sum::add(row.balance, amount);
        assert!(key.may_hold(row.balance.fen()), "{key} may not hold {}", row.balance);
        let (account, balance, folio) = (row.no, row.balance, row.folio);
        let day = moment.day();
        if self.folios.get(&folio_key).is_none() {
            let row = FolioRow {
                no: folio,
                key: folio_key,
                balance: amount,
                last: place,
                last_day: day,
                earlier: None,
            };
            self.folios.add(folio_key, row);
            return Side {
                account,
                balance,
                folio,
                folio_balance: amount,
                previous: None,
                previous_day: None,
            };
        }
        let row = self.folios.change(&folio_key);
        assert_eq!(row.no, folio, "{key} belongs to another folio than {folio_key}");
        assert!(row.last_day <= day, "the book's time ran backwards");
        let previous = Some(row.last);
        let previous_day = if row.last_day < day { previous } else { row.earlier };
        row.balance = sum::add(row.balance, amount);
        row.last = place;
        row.last_day = day;
        row.earlier = previous_day;
        Side { account, balance, folio, folio_balance: row.balance, previous, previous_day }
    }

    /// Earmarks and lots lie in their owner's folio; their rows are made before anything is posted to them.
    fn folio_key(&self, key: AccountKey) -> FolioKey {
        let owned = match key {
            AccountKey::Earmark(transfer) => self
                .earmarks
                .get(&transfer)
                .and_then(|row| row.terms)
                .map(|terms| FolioKey::Personal(terms.sharer, terms.pool)),
            AccountKey::Lot(transfer, hop) => self
                .lots
                .get(&(transfer, hop))
                .and_then(|row| row.terms)
                .map(|terms| FolioKey::Wallet(terms.beneficiary)),
            other => other.folio(),
        };
        owned.expect("earmarks and lots that are posted to have an owner")
    }

    fn next_account(&mut self, sequence: i64) -> AccountNo {
        if self.ordinal.0 != sequence {
            self.ordinal = (sequence, 0);
        }
        let no = AccountNo::new(sequence, self.ordinal.1);
        self.ordinal.1 = self.ordinal.1.checked_add(1).expect("a record opens fewer than 256 accounts");
        no
    }
}
