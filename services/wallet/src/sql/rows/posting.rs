//! Columns of a posting: the record's part, then both sides.

use ledger::{
    key::{AccountNo, PostingNo},
    rows::{PostingRow, Side},
};
use money::Yuan;
use time::Date;

use super::{small, word};

pub(crate) struct Posting {
    pub seq: i64,
    pub n: i16,
    pub ledger: String,
    pub day: Date,
    pub amount: i64,
    pub debit_account: i64,
    pub debit_balance: i64,
    pub debit_folio: i64,
    pub debit_folio_balance: i64,
    pub debit_previous: Option<i64>,
    pub debit_previous_day: Option<i64>,
    pub credit_account: i64,
    pub credit_balance: i64,
    pub credit_folio: i64,
    pub credit_folio_balance: i64,
    pub credit_previous: Option<i64>,
    pub credit_previous_day: Option<i64>,
}

impl Posting {
    pub(crate) fn row(self) -> Result<PostingRow, sqlx::Error> {
        Ok(PostingRow {
            sequence: self.seq,
            n: small(self.n)?,
            ledger: word(&self.ledger)?,
            day: self.day,
            amount: Yuan::from_fen(self.amount),
            debit: Side {
                account: AccountNo(self.debit_account),
                balance: Yuan::from_fen(self.debit_balance),
                folio: AccountNo(self.debit_folio),
                folio_balance: Yuan::from_fen(self.debit_folio_balance),
                previous: self.debit_previous.map(PostingNo),
                previous_day: self.debit_previous_day.map(PostingNo),
            },
            credit: Side {
                account: AccountNo(self.credit_account),
                balance: Yuan::from_fen(self.credit_balance),
                folio: AccountNo(self.credit_folio),
                folio_balance: Yuan::from_fen(self.credit_folio_balance),
                previous: self.credit_previous.map(PostingNo),
                previous_day: self.credit_previous_day.map(PostingNo),
            },
        })
    }
}
