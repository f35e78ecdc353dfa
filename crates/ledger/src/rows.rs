//! The rows of a book, as they lie in its database.
//!
//! Plain data: nothing here decides. States are kept by their words (`codes`), keys by their texts (`key`).

use money::Yuan;
use serde::{Deserialize, Serialize};
use standards::{
    BondId, PaymentId, PersonId, Pool, Province, RefundId, TransferId, WalletId, institution::InstitutionCode,
};
use time::Date;

use crate::{
    codes::{
        Category, ClosedBy, EarmarkState, HopState, Ledger, LegKind, LotState, PaymentState, RefundKind,
        WalletState,
    },
    digest::Digest,
    key::{AccountKey, AccountNo, FolioKey, PostingNo},
};

/// An account. Key: `no`; unique: `key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRow {
    /// Its number.
    pub no: AccountNo,
    /// What it is.
    pub key: AccountKey,
    /// The number of its folio.
    pub folio: AccountNo,
    /// Credits − debits.
    pub balance: Yuan,
}

/// A folio: accounts with one history. Key: `no`; unique: `key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolioRow {
    /// The number of the account that opened it.
    pub no: AccountNo,
    /// What it is.
    pub key: FolioKey,
    /// The sum of its accounts.
    pub balance: Yuan,
    /// Its last posting.
    pub last: PostingNo,
    /// The civil day of its last posting.
    pub last_day: Date,
    /// Its last posting of an earlier civil day than `last_day`.
    pub earlier: Option<PostingNo>,
}

/// A person's account in one pool. Key: (`person`, `pool`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalRow {
    /// Whose it is.
    pub person: PersonId,
    /// The pool.
    pub pool: Pool,
    /// The civil year the current pot belongs to.
    pub year: i32,
    /// Both pots at the start of that year, what was earmarked then not counted (basis of R-075).
    pub year_start: Yuan,
    /// What was earmarked in that year, less what came back of it in the same year.
    pub shared_in_year: Yuan,
}

/// A wallet. Key: `wallet`; unique: `person`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletRow {
    /// Its id.
    pub wallet: WalletId,
    /// Whose it is.
    pub person: PersonId,
    /// 使用地
    pub place_of_use: Pool,
    /// Its state.
    pub state: WalletState,
    /// Grants open at once.
    pub auto_claim: bool,
    /// The mobile number as it may be shown.
    pub mobile_masked: String,
    /// Who opened it for the person, if somebody did.
    pub opened_by: Option<PersonId>,
    /// The version of the terms that were agreed to.
    pub terms_version: String,
    /// The record that opened it.
    pub opened_sequence: i64,
    /// Grows with each change, from 1.
    pub revision: i64,
    /// The content of the opening command.
    pub content: Digest,
}

/// What was asked for when an amount was earmarked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarmarkTerms {
    /// 共济人
    pub sharer: PersonId,
    /// The pool of the sharer's account.
    pub pool: Pool,
    /// 被共济人
    pub beneficiary: PersonId,
    /// The bond that carries the transfer.
    pub bond: BondId,
    /// How much was asked for.
    pub amount: Yuan,
}

/// An earmark, also one that was refused or undone before it came. Key: `transfer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarmarkRow {
    /// The transfer.
    pub transfer: TransferId,
    /// Its state.
    pub state: EarmarkState,
    /// None if it was undone before it came.
    pub terms: Option<EarmarkTerms>,
    /// What was taken from the prior-year pot.
    pub from_prior: Yuan,
    /// What was taken from the current-year pot.
    pub from_current: Yuan,
    /// The civil year in which it was taken.
    pub year: i32,
    /// What has come back to the account.
    pub returned: Yuan,
    /// The content of the command; zero if it was undone before it came.
    pub content: Digest,
    /// The reason of a refusal.
    pub refusal: Option<String>,
    /// The record that made the row.
    pub sequence: i64,
}

/// What the sharer's book knows of one lot. Key: (`transfer`, `hop`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HopRow {
    /// The transfer.
    pub transfer: TransferId,
    /// 0 at first.
    pub hop: u16,
    /// The province whose book keeps the lot: the creditor of what it consumes.
    pub province: Province,
    /// What the lot was granted.
    pub granted: Yuan,
    /// What it has consumed as of `at_sequence`.
    pub consumed: Yuan,
    /// The record of the lot's book that was last heard of; 0 before the first.
    pub at_sequence: i64,
    /// What is known of it.
    pub state: HopState,
}

/// What was asked for when a lot was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotTerms {
    /// 被共济人
    pub beneficiary: PersonId,
    /// 共济人
    pub sharer: PersonId,
    /// The bond that carries the transfer.
    pub bond: BondId,
    /// The sharer's pool.
    pub origin: Pool,
}

/// A lot, also one that was refused or undone before it came. Key: (`transfer`, `hop`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LotRow {
    /// The transfer.
    pub transfer: TransferId,
    /// 0 at first.
    pub hop: u16,
    /// Its state.
    pub state: LotState,
    /// None if it was undone before it came.
    pub terms: Option<LotTerms>,
    /// What was granted; 0 if refused or undone.
    pub granted: Yuan,
    /// What was spent, refunds taken off, also after it was closed.
    pub consumed: Yuan,
    /// The record that made the row.
    pub granted_sequence: i64,
    /// The record that made it spendable: lots are spent in this order.
    pub opened_sequence: Option<i64>,
    /// The record that last changed its state or what it consumed.
    pub at_sequence: i64,
    /// What closed it.
    pub closed_by: Option<ClosedBy>,
    /// The content of the grant; zero if it was undone before it came.
    pub content: Digest,
    /// The reason of a refusal.
    pub refusal: Option<String>,
}

/// The facts of a payment that arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentTerms {
    /// 就诊人
    pub patient: PersonId,
    /// The institution's pool.
    pub institution_pool: Pool,
    /// What was paid for.
    pub category: Category,
    /// The whole cost.
    pub total: Yuan,
    /// Paid by the fund.
    pub fund: Yuan,
    /// Borne by the institution.
    pub institution: Yuan,
    /// Borne by the patient: the sum of the legs.
    pub personal: Yuan,
    /// The part that accounts and lots may fund.
    pub eligible: Yuan,
}

/// A payment, also one that was reversed before it came. Key: `payment`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRow {
    /// Its id.
    pub payment: PaymentId,
    /// Its state.
    pub state: PaymentState,
    /// Who is paid.
    pub institution: InstitutionCode,
    /// The institution's own number.
    pub serial: String,
    /// None if it was reversed before it came.
    pub terms: Option<PaymentTerms>,
    /// What was refunded of the personal amount.
    pub refunded: Yuan,
    /// The civil day it was recorded.
    pub day: Date,
    /// The record that made the row.
    pub sequence: i64,
    /// The content of the command; zero if it was reversed before it came.
    pub content: Digest,
}

/// One leg of a payment. Key: (`payment`, `leg`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegRow {
    /// The payment.
    pub payment: PaymentId,
    /// Its number, from 1 in funding order.
    pub leg: u16,
    /// Who funds it.
    pub kind: LegKind,
    /// Whose money or quota.
    pub owner: PersonId,
    /// How much, > 0.
    pub amount: Yuan,
    /// What was refunded of it.
    pub refunded: Yuan,
    /// The civil year of the pot.
    pub year: i32,
    /// The pool that owes; none for cash.
    pub debtor: Option<Pool>,
    /// The institution's pool.
    pub creditor: Pool,
    /// The lot of a lot leg.
    pub transfer: Option<TransferId>,
    /// The hop of a lot leg.
    pub hop: Option<u16>,
    /// The bond of a lot leg.
    pub bond: Option<BondId>,
    /// What the lot had consumed with this leg.
    pub lot_consumed: Option<Yuan>,
}

/// A refund or a reversal. Key: `refund`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundRow {
    /// Its id; of a reversal, the id of the request.
    pub refund: RefundId,
    /// The payment.
    pub payment: PaymentId,
    /// Why.
    pub kind: RefundKind,
    /// How much of the personal amount; 0 only in the reversal of a payment that moved nothing.
    pub amount: Yuan,
    /// The civil day it was recorded.
    pub day: Date,
    /// The record that made the row.
    pub sequence: i64,
    /// The content of the command.
    pub content: Digest,
}

/// What a refund took back of one leg. Key: (`refund`, `leg`). Only ever inserted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundLegRow {
    /// The refund.
    pub refund: RefundId,
    /// The payment.
    pub payment: PaymentId,
    /// The leg.
    pub leg: u16,
    /// How much, > 0.
    pub amount: Yuan,
    /// What the lot of a lot leg had consumed afterwards.
    pub lot_consumed: Option<Yuan>,
    /// The lot's state then.
    pub lot_state: Option<LotState>,
}

/// One side of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// The account.
    pub account: AccountNo,
    /// Its balance after the posting.
    pub balance: Yuan,
    /// Its folio.
    pub folio: AccountNo,
    /// The folio's balance after the posting (both sides, if both are of one folio).
    pub folio_balance: Yuan,
    /// The folio's posting before this one.
    pub previous: Option<PostingNo>,
    /// The folio's last posting of an earlier civil day.
    pub previous_day: Option<PostingNo>,
}

/// A posting. Key: (`sequence`, `n`). Only ever inserted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostingRow {
    /// The record it belongs to.
    pub sequence: i64,
    /// Its number in the record, from 0.
    pub n: u8,
    /// Its ledger.
    pub ledger: Ledger,
    /// The civil day.
    pub day: Date,
    /// How much, > 0.
    pub amount: Yuan,
    /// Takes from this account.
    pub debit: Side,
    /// Gives to this account.
    pub credit: Side,
}

/// Rows of a book: what was loaded for a batch, or everything for an audit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each field is the table of its row type")]
pub struct Rows {
    pub accounts: Vec<AccountRow>,
    pub folios: Vec<FolioRow>,
    pub personal: Vec<PersonalRow>,
    pub wallets: Vec<WalletRow>,
    pub earmarks: Vec<EarmarkRow>,
    pub hops: Vec<HopRow>,
    pub lots: Vec<LotRow>,
    pub payments: Vec<PaymentRow>,
    pub legs: Vec<LegRow>,
    pub refunds: Vec<RefundRow>,
    pub refund_legs: Vec<RefundLegRow>,
    pub postings: Vec<PostingRow>,
}
