//! Names of accounts and folios: what an account is, in which ledger, which sign it may carry.
//!
//! The text form round-trips and is the unique key in the database. Numbers are made from the creating
//! record, so they need no counter and grow at the end of every index.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use standards::{PersonId, Pool, Province, TransferId, institution::InstitutionCode};

use crate::codes::Ledger;

/// The number of an account: creating sequence × 256 + ordinal within that record. Also names a folio
/// (the number of the account that opened it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountNo(pub i64);

/// The place of a posting: sequence × 256 + its number within the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PostingNo(pub i64);

impl AccountNo {
    /// The `ordinal`-th account made by record `sequence`.
    pub const fn new(sequence: i64, ordinal: u8) -> Self {
        Self((sequence << 8) | ordinal as i64)
    }
}

impl PostingNo {
    /// The `n`-th posting of record `sequence`.
    pub const fn new(sequence: i64, n: u8) -> Self {
        Self((sequence << 8) | n as i64)
    }

    /// The record the posting belongs to.
    pub const fn sequence(self) -> i64 {
        self.0 >> 8
    }

    /// Its number within the record, from 0.
    pub const fn n(self) -> u8 {
        (self.0 & 0xff) as u8
    }
}

/// What an account is. Money accounts first, then quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum AccountKey {
    /// 医保基金: the fund of a pooling area, normally ≤ 0.
    Fund(Pool),
    /// 历年结余: a person's pot from earlier years, ≥ 0.
    PersonalPrior(PersonId, Pool),
    /// 当年计入: a person's pot of the running year, ≥ 0.
    PersonalCurrent(PersonId, Pool),
    /// What a transfer has set aside at the sharer's book, ≥ 0.
    Earmark(TransferId),
    /// Owed by a pool of this book to a province.
    Payable {
        /// The pool whose money was spent.
        debtor: Pool,
        /// The province where it was spent.
        creditor: Province,
    },
    /// Owed to a pool of this book by a pool anywhere, normally ≤ 0.
    Receivable {
        /// The pool whose money was spent.
        debtor: Pool,
        /// The institution's pool.
        creditor: Pool,
    },
    /// 定点医药机构: owed to an institution.
    Institution(InstitutionCode),
    /// Differences under investigation.
    Suspense(Pool),
    /// Quota given out under the guarantee of an origin pool, ≤ 0.
    Quota(Pool),
    /// 共济额度: what is left of a lot, ≥ 0.
    Lot(TransferId, u16),
}

/// What shares one history and one running balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum FolioKey {
    /// A person's account in one pool: both pots and its earmarks.
    Personal(PersonId, Pool),
    /// A person's wallet: all its lots.
    Wallet(PersonId),
    /// An account that stands alone.
    Alone(AccountKey),
}

/// A text that names no account or folio.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no account")]
pub struct BadKey(pub String);

impl AccountKey {
    /// The ledger of the account.
    pub const fn ledger(self) -> Ledger {
        match self {
            Self::Quota(_) | Self::Lot(..) => Ledger::Quota,
            Self::Fund(_)
            | Self::PersonalPrior(..)
            | Self::PersonalCurrent(..)
            | Self::Earmark(_)
            | Self::Payable { .. }
            | Self::Receivable { .. }
            | Self::Institution(_)
            | Self::Suspense(_) => Ledger::Money,
        }
    }

    /// Whether the account may carry this balance (B2); system accounts carry any sign.
    pub const fn may_hold(self, fen: i64) -> bool {
        match self {
            Self::PersonalPrior(..) | Self::PersonalCurrent(..) | Self::Earmark(_) | Self::Lot(..) => {
                fen >= 0
            }
            Self::Quota(_) => fen <= 0,
            Self::Fund(_)
            | Self::Payable { .. }
            | Self::Receivable { .. }
            | Self::Institution(_)
            | Self::Suspense(_) => true,
        }
    }

    /// The folio, where the key alone tells it: earmarks and lots take their owner's.
    pub const fn folio(self) -> Option<FolioKey> {
        match self {
            Self::PersonalPrior(person, pool) | Self::PersonalCurrent(person, pool) => {
                Some(FolioKey::Personal(person, pool))
            }
            Self::Earmark(_) | Self::Lot(..) => None,
            Self::Fund(_)
            | Self::Payable { .. }
            | Self::Receivable { .. }
            | Self::Institution(_)
            | Self::Suspense(_)
            | Self::Quota(_) => Some(FolioKey::Alone(self)),
        }
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fund(pool) => write!(f, "fund/{pool}"),
            Self::PersonalPrior(person, pool) => write!(f, "pa.prior/{person}/{pool}"),
            Self::PersonalCurrent(person, pool) => write!(f, "pa.current/{person}/{pool}"),
            Self::Earmark(transfer) => write!(f, "earmark/{transfer}"),
            Self::Payable { debtor, creditor } => write!(f, "payable/{debtor}/{creditor}"),
            Self::Receivable { debtor, creditor } => write!(f, "receivable/{debtor}/{creditor}"),
            Self::Institution(code) => write!(f, "institution/{code}"),
            Self::Suspense(pool) => write!(f, "suspense/{pool}"),
            Self::Quota(pool) => write!(f, "quota/{pool}"),
            Self::Lot(transfer, hop) => write!(f, "lot/{transfer}/{hop}"),
        }
    }
}

impl FromStr for AccountKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        parse_account(text).filter(|key| key.to_string() == text).ok_or_else(|| BadKey(text.to_owned()))
    }
}

fn parse_account(text: &str) -> Option<AccountKey> {
    let mut parts = text.split('/');
    let kind = parts.next()?;
    let first = parts.next()?;
    let second = parts.next();
    if parts.next().is_some() {
        return None;
    }
    Some(match (kind, second) {
        ("fund", None) => AccountKey::Fund(first.parse().ok()?),
        ("pa.prior", Some(pool)) => AccountKey::PersonalPrior(first.parse().ok()?, pool.parse().ok()?),
        ("pa.current", Some(pool)) => AccountKey::PersonalCurrent(first.parse().ok()?, pool.parse().ok()?),
        ("earmark", None) => AccountKey::Earmark(first.parse().ok()?),
        ("payable", Some(creditor)) => {
            AccountKey::Payable { debtor: first.parse().ok()?, creditor: creditor.parse().ok()? }
        }
        ("receivable", Some(creditor)) => {
            AccountKey::Receivable { debtor: first.parse().ok()?, creditor: creditor.parse().ok()? }
        }
        ("institution", None) => AccountKey::Institution(first.parse().ok()?),
        ("suspense", None) => AccountKey::Suspense(first.parse().ok()?),
        ("quota", None) => AccountKey::Quota(first.parse().ok()?),
        ("lot", Some(hop)) => AccountKey::Lot(first.parse().ok()?, hop.parse().ok()?),
        _ => return None,
    })
}

impl fmt::Display for FolioKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Personal(person, pool) => write!(f, "personal/{person}/{pool}"),
            Self::Wallet(person) => write!(f, "wallet/{person}"),
            Self::Alone(account) => account.fmt(f),
        }
    }
}

impl FromStr for FolioKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let bad = || BadKey(text.to_owned());
        let parsed = match text.split_once('/').ok_or_else(bad)? {
            ("personal", rest) => {
                let (person, pool) = rest.split_once('/').ok_or_else(bad)?;
                Self::Personal(person.parse().map_err(|_| bad())?, pool.parse().map_err(|_| bad())?)
            }
            ("wallet", person) => Self::Wallet(person.parse().map_err(|_| bad())?),
            _ => {
                let account: AccountKey = text.parse()?;
                if account.folio() != Some(Self::Alone(account)) {
                    return Err(bad());
                }
                Self::Alone(account)
            }
        };
        if parsed.to_string() == text { Ok(parsed) } else { Err(bad()) }
    }
}

impl From<AccountKey> for String {
    fn from(key: AccountKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for AccountKey {
    type Error = BadKey;

    fn try_from(text: String) -> Result<Self, BadKey> {
        text.parse()
    }
}

impl From<FolioKey> for String {
    fn from(key: FolioKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for FolioKey {
    type Error = BadKey;

    fn try_from(text: String) -> Result<Self, BadKey> {
        text.parse()
    }
}
