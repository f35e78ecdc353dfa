//! Rows as the checker sees them: columns of the databases, untyped where the checker means to distrust them.
//!
//! Amounts are fen, pools and provinces their codes, states their words.

use std::collections::BTreeMap;

use sqlx::FromRow;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Everything, each database in one snapshot.
pub(crate) struct World {
    pub(crate) identity: Identity,
    pub(crate) kinship: Chain,
    pub(crate) settlement: Settlement,
    pub(crate) books: BTreeMap<String, Book>,
}

/// The writer's tables of one database.
pub(crate) struct Chain {
    pub(crate) head: Head,
    pub(crate) batches: Vec<Batch>,
    pub(crate) records: Vec<Record>,
    pub(crate) requests: Vec<Request>,
    pub(crate) quarantine: Vec<SetAside>,
    pub(crate) unreadable: Vec<SetAside>,
}

pub(crate) struct Identity {
    pub(crate) chain: Chain,
    pub(crate) persons: Vec<Person>,
}

pub(crate) struct Settlement {
    pub(crate) chain: Chain,
    pub(crate) cursors: Vec<Cursor>,
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) lots: Vec<Report>,
    pub(crate) slots: Vec<Slot>,
    pub(crate) pairs: Vec<Pair>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) periods: Vec<Period>,
    pub(crate) obligations: Vec<Obligation>,
    pub(crate) positions: Vec<Position>,
}

pub(crate) struct Book {
    pub(crate) chain: Chain,
    pub(crate) accounts: Vec<Account>,
    pub(crate) folios: Vec<Folio>,
    pub(crate) postings: Vec<Posting>,
    pub(crate) wallets: Vec<Wallet>,
    pub(crate) earmarks: Vec<Earmark>,
    pub(crate) hops: Vec<Hop>,
    pub(crate) lots: Vec<Lot>,
    pub(crate) payments: Vec<Payment>,
    pub(crate) legs: Vec<Leg>,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) refund_legs: Vec<RefundLeg>,
}

macro_rules! rows {
    ($($name:ident { $($column:ident: $type:ty),* $(,)? })*) => {$(
        #[derive(Clone, Debug, FromRow)]
        pub(crate) struct $name {
            $(pub(crate) $column: $type),*
        }
    )*};
}

rows! {
    Head { seq: i64, hash: Vec<u8>, at: OffsetDateTime }
    Batch { last_seq: i64, first_seq: i64, root: Vec<u8>, hash: Vec<u8>, at: OffsetDateTime }
    Record { seq: i64, label: String, id: Option<Uuid>, content: Option<Vec<u8>>, body: String, at: OffsetDateTime }
    Request { id: Uuid, seq: i64 }
    SetAside { what: String, error: String }
    Cursor { feed: String, seq: i64, hash: Vec<u8> }
    Person { person_id: Uuid, place_of_use: Option<String>, wallet_id: Option<Uuid> }
    Transfer {
        id: Uuid, bond: Uuid, sharer: Uuid, beneficiary: Uuid, sharer_pool: i32, place_of_use: i32, amount: i64,
        civil_day: Date, accepted_at: OffsetDateTime, claim_until: OffsetDateTime, return_by: OffsetDateTime,
        state_name: String, state: String, due: bool, claimed_at: Option<OffsetDateTime>,
        ended_at: Option<OffsetDateTime>, park_error: Option<String>,
    }
    Report {
        transfer_id: Uuid, hop: i16, at_sequence: i64, consumed: i64, state: String, due: bool,
        stuck_error: Option<String>,
    }
    Slot { sharer: Uuid, civil_day: Date, n: i32 }
    Pair { sharer: Uuid, beneficiary: Uuid, transfer_id: Uuid }
    Claim { request: Uuid, transfer_id: Uuid, refusal: Option<String> }
    Period { id: String, state: String }
    Obligation {
        period: String, book: String, sequence: i64, leg_no: i16, kind: String, source: Uuid, debtor: i32,
        creditor: i32, amount: i64, category: String, civil_day: Date,
    }
    Position { period: String, debtor: i32, creditor: i32, gross: i64, refunded: i64, leg_count: i64 }
    Account { no: i64, key: String, ledger: String, folio: i64, balance: i64 }
    Folio { no: i64, key: String, balance: i64, last: i64, last_day: Date, earlier: Option<i64> }
    Posting {
        seq: i64, n: i16, ledger: String, day: Date, amount: i64, debit_account: i64, debit_balance: i64,
        debit_folio: i64, debit_folio_balance: i64, debit_previous: Option<i64>,
        debit_previous_day: Option<i64>, credit_account: i64, credit_balance: i64, credit_folio: i64,
        credit_folio_balance: i64, credit_previous: Option<i64>, credit_previous_day: Option<i64>,
    }
    Wallet { wallet: Uuid, person: Uuid, place_of_use: i32 }
    Earmark {
        transfer: Uuid, state: String, sharer: Option<Uuid>, pool: Option<i32>, beneficiary: Option<Uuid>,
        bond: Option<Uuid>, amount: Option<i64>, from_prior: i64, from_current: i64, returned: i64,
    }
    Hop {
        transfer: Uuid, hop: i32, province: i16, granted: i64, consumed: i64, at_seq: i64, state: String,
    }
    Lot {
        transfer: Uuid, hop: i32, state: String, beneficiary: Option<Uuid>, sharer: Option<Uuid>,
        bond: Option<Uuid>, origin: Option<i32>, granted: i64, consumed: i64, at_seq: i64,
    }
    Payment {
        payment: Uuid, state: String, patient: Option<Uuid>, institution: String, institution_pool: Option<i32>,
        category: Option<String>, total: Option<i64>, fund: Option<i64>, institution_part: Option<i64>,
        personal: Option<i64>, eligible: Option<i64>, refunded: i64, day: Date, seq: i64,
    }
    Leg {
        payment: Uuid, leg: i16, kind: String, owner: Uuid, amount: i64, refunded: i64, debtor: Option<i32>,
        creditor: i32, transfer: Option<Uuid>, hop: Option<i32>,
    }
    Refund { refund: Uuid, payment: Uuid, kind: String, amount: i64, day: Date, seq: i64 }
    RefundLeg { refund: Uuid, leg: i16, payment: Uuid, amount: i64 }
}

impl Book {
    /// Balances by the key of the account.
    pub(crate) fn held(&self) -> BTreeMap<&str, i64> {
        self.accounts.iter().map(|row| (row.key.as_str(), row.balance)).collect()
    }
}

/// The civil day of an instant: whole days of UTC+8 since 1970, by arithmetic of our own.
pub(crate) fn civil_day(at: OffsetDateTime) -> Date {
    let seconds = at.unix_timestamp() + 8 * 3_600;
    let days = i32::try_from(seconds.div_euclid(86_400)).unwrap_or(i32::MAX);
    // 1970-01-01 is Julian day 2,440,588.
    Date::from_julian_day(days.saturating_add(2_440_588)).unwrap_or(Date::MAX)
}

/// Seconds since the civil midnight.
pub(crate) fn civil_clock(at: OffsetDateTime) -> i64 {
    (at.unix_timestamp() + 8 * 3_600).rem_euclid(86_400)
}
