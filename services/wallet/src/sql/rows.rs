//! Columns of the book's tables, and how they become ledger's rows.
//!
//! A word or code that the nouns do not know is a decoding error: the row was not written by this service.

use ledger::{
    digest::Digest,
    key::{AccountNo, PostingNo},
    rows::{
        AccountRow, EarmarkRow, EarmarkTerms, FolioRow, HopRow, LegRow, LotRow, LotTerms, PaymentRow,
        PaymentTerms, PersonalRow, RefundLegRow, RefundRow, WalletRow,
    },
};
use money::Yuan;
use standards::{BondId, PaymentId, PersonId, Pool, Province, RefundId, TransferId, WalletId};
use time::Date;
use uuid::Uuid;

type Decoded<T> = Result<T, sqlx::Error>;

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(error))
}

/// A stored text as its value.
pub(crate) fn word<T>(text: &str) -> Decoded<T>
where
    T: std::str::FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    text.parse().map_err(unreadable)
}

/// A stored pool.
pub(crate) fn pool(code: i32) -> Decoded<Pool> {
    Pool::from_code(u32::try_from(code).map_err(unreadable)?).map_err(unreadable)
}

/// A pool as it is stored: six digits fit.
pub(crate) fn pool_code(pool: Pool) -> i32 {
    i32::try_from(pool.code()).unwrap_or(i32::MAX)
}

fn digest(bytes: Vec<u8>) -> Decoded<Digest> {
    let bytes: [u8; 32] =
        bytes.try_into().map_err(|_| sqlx::Error::Decode("a content hash has 32 bytes".into()))?;
    Ok(Digest(bytes))
}

fn small<T: TryFrom<i64>>(number: impl Into<i64>) -> Decoded<T>
where
    T::Error: std::error::Error + Send + Sync + 'static,
{
    T::try_from(number.into()).map_err(unreadable)
}

const fn yuan(fen: i64) -> Yuan {
    Yuan::from_fen(fen)
}

mod posting;

pub(crate) use self::posting::Posting;

pub(crate) struct Account {
    pub no: i64,
    pub key: String,
    pub folio: i64,
    pub balance: i64,
}

impl Account {
    pub(crate) fn row(self) -> Decoded<AccountRow> {
        let (no, folio) = (AccountNo(self.no), AccountNo(self.folio));
        Ok(AccountRow { no, key: word(&self.key)?, folio, balance: yuan(self.balance) })
    }
}

pub(crate) struct Folio {
    pub no: i64,
    pub key: String,
    pub balance: i64,
    pub last: i64,
    pub last_day: Date,
    pub earlier: Option<i64>,
}

impl Folio {
    pub(crate) fn row(self) -> Decoded<FolioRow> {
        Ok(FolioRow {
            no: AccountNo(self.no),
            key: word(&self.key)?,
            balance: yuan(self.balance),
            last: PostingNo(self.last),
            last_day: self.last_day,
            earlier: self.earlier.map(PostingNo),
        })
    }
}

pub(crate) struct Personal {
    pub person: Uuid,
    pub pool: i32,
    pub year: i32,
    pub year_start: i64,
    pub shared_in_year: i64,
}

impl Personal {
    pub(crate) fn row(self) -> Decoded<PersonalRow> {
        Ok(PersonalRow {
            person: PersonId::new(self.person),
            pool: pool(self.pool)?,
            year: self.year,
            year_start: yuan(self.year_start),
            shared_in_year: yuan(self.shared_in_year),
        })
    }
}

pub(crate) struct Wallet {
    pub wallet: Uuid,
    pub person: Uuid,
    pub place_of_use: i32,
    pub state: String,
    pub auto_claim: bool,
    pub mobile_masked: String,
    pub opened_by: Option<Uuid>,
    pub terms_version: String,
    pub opened_seq: i64,
    pub revision: i64,
    pub content: Vec<u8>,
}

impl Wallet {
    pub(crate) fn row(self) -> Decoded<WalletRow> {
        Ok(WalletRow {
            wallet: WalletId::new(self.wallet),
            person: PersonId::new(self.person),
            place_of_use: pool(self.place_of_use)?,
            state: word(&self.state)?,
            auto_claim: self.auto_claim,
            mobile_masked: self.mobile_masked,
            opened_by: self.opened_by.map(PersonId::new),
            terms_version: self.terms_version,
            opened_sequence: self.opened_seq,
            revision: self.revision,
            content: digest(self.content)?,
        })
    }
}

pub(crate) struct Earmark {
    pub transfer: Uuid,
    pub state: String,
    pub sharer: Option<Uuid>,
    pub pool: Option<i32>,
    pub beneficiary: Option<Uuid>,
    pub bond: Option<Uuid>,
    pub amount: Option<i64>,
    pub from_prior: i64,
    pub from_current: i64,
    pub year: i32,
    pub returned: i64,
    pub content: Vec<u8>,
    pub refusal: Option<String>,
    pub seq: i64,
}

impl Earmark {
    pub(crate) fn row(self) -> Decoded<EarmarkRow> {
        let terms = match (self.sharer, self.pool, self.beneficiary, self.bond, self.amount) {
            (Some(sharer), Some(code), Some(beneficiary), Some(bond), Some(amount)) => Some(EarmarkTerms {
                sharer: PersonId::new(sharer),
                pool: pool(code)?,
                beneficiary: PersonId::new(beneficiary),
                bond: BondId::new(bond),
                amount: yuan(amount),
            }),
            _ => None,
        };
        Ok(EarmarkRow {
            transfer: TransferId::new(self.transfer),
            state: word(&self.state)?,
            terms,
            from_prior: yuan(self.from_prior),
            from_current: yuan(self.from_current),
            year: self.year,
            returned: yuan(self.returned),
            content: digest(self.content)?,
            refusal: self.refusal,
            sequence: self.seq,
        })
    }
}

pub(crate) struct Hop {
    pub transfer: Uuid,
    pub hop: i32,
    pub province: i16,
    pub granted: i64,
    pub consumed: i64,
    pub at_seq: i64,
    pub state: String,
}

impl Hop {
    pub(crate) fn row(self) -> Decoded<HopRow> {
        let province = Province::from_code(small(self.province)?);
        Ok(HopRow {
            transfer: TransferId::new(self.transfer),
            hop: small(self.hop)?,
            province: province.ok_or_else(|| sqlx::Error::Decode("no such province".into()))?,
            granted: yuan(self.granted),
            consumed: yuan(self.consumed),
            at_sequence: self.at_seq,
            state: word(&self.state)?,
        })
    }
}

pub(crate) struct Lot {
    pub transfer: Uuid,
    pub hop: i32,
    pub state: String,
    pub beneficiary: Option<Uuid>,
    pub sharer: Option<Uuid>,
    pub bond: Option<Uuid>,
    pub origin: Option<i32>,
    pub granted: i64,
    pub consumed: i64,
    pub granted_seq: i64,
    pub opened_seq: Option<i64>,
    pub at_seq: i64,
    pub closed_by: Option<String>,
    pub content: Vec<u8>,
    pub refusal: Option<String>,
}

impl Lot {
    pub(crate) fn row(self) -> Decoded<LotRow> {
        let terms = match (self.beneficiary, self.sharer, self.bond, self.origin) {
            (Some(beneficiary), Some(sharer), Some(bond), Some(origin)) => Some(LotTerms {
                beneficiary: PersonId::new(beneficiary),
                sharer: PersonId::new(sharer),
                bond: BondId::new(bond),
                origin: pool(origin)?,
            }),
            _ => None,
        };
        Ok(LotRow {
            transfer: TransferId::new(self.transfer),
            hop: small(self.hop)?,
            state: word(&self.state)?,
            terms,
            granted: yuan(self.granted),
            consumed: yuan(self.consumed),
            granted_sequence: self.granted_seq,
            opened_sequence: self.opened_seq,
            at_sequence: self.at_seq,
            closed_by: self.closed_by.as_deref().map(word).transpose()?,
            content: digest(self.content)?,
            refusal: self.refusal,
        })
    }
}

pub(crate) struct Payment {
    pub payment: Uuid,
    pub state: String,
    pub institution: String,
    pub serial: String,
    pub patient: Option<Uuid>,
    pub institution_pool: Option<i32>,
    pub category: Option<String>,
    pub total: Option<i64>,
    pub fund: Option<i64>,
    pub institution_part: Option<i64>,
    pub personal: Option<i64>,
    pub eligible: Option<i64>,
    pub refunded: i64,
    pub day: Date,
    pub seq: i64,
    pub content: Vec<u8>,
}

impl Payment {
    pub(crate) fn row(self) -> Decoded<PaymentRow> {
        let part = |fen: Option<i64>| yuan(fen.unwrap_or_default());
        let terms = match (self.patient, self.institution_pool, self.category) {
            (Some(patient), Some(code), Some(category)) => Some(PaymentTerms {
                patient: PersonId::new(patient),
                institution_pool: pool(code)?,
                category: word(&category)?,
                total: part(self.total),
                fund: part(self.fund),
                institution: part(self.institution_part),
                personal: part(self.personal),
                eligible: part(self.eligible),
            }),
            _ => None,
        };
        Ok(PaymentRow {
            payment: PaymentId::new(self.payment),
            state: word(&self.state)?,
            institution: word(&self.institution)?,
            serial: self.serial,
            terms,
            refunded: yuan(self.refunded),
            day: self.day,
            sequence: self.seq,
            content: digest(self.content)?,
        })
    }
}

pub(crate) struct Leg {
    pub payment: Uuid,
    pub leg: i16,
    pub kind: String,
    pub owner: Uuid,
    pub amount: i64,
    pub refunded: i64,
    pub year: i32,
    pub debtor: Option<i32>,
    pub creditor: i32,
    pub transfer: Option<Uuid>,
    pub hop: Option<i32>,
    pub bond: Option<Uuid>,
    pub lot_consumed: Option<i64>,
}

impl Leg {
    pub(crate) fn row(self) -> Decoded<LegRow> {
        Ok(LegRow {
            payment: PaymentId::new(self.payment),
            leg: small(self.leg)?,
            kind: word(&self.kind)?,
            owner: PersonId::new(self.owner),
            amount: yuan(self.amount),
            refunded: yuan(self.refunded),
            year: self.year,
            debtor: self.debtor.map(pool).transpose()?,
            creditor: pool(self.creditor)?,
            transfer: self.transfer.map(TransferId::new),
            hop: self.hop.map(small).transpose()?,
            bond: self.bond.map(BondId::new),
            lot_consumed: self.lot_consumed.map(yuan),
        })
    }
}

pub(crate) struct Refund {
    pub refund: Uuid,
    pub payment: Uuid,
    pub kind: String,
    pub amount: i64,
    pub day: Date,
    pub seq: i64,
    pub content: Vec<u8>,
}

impl Refund {
    pub(crate) fn row(self) -> Decoded<RefundRow> {
        Ok(RefundRow {
            refund: RefundId::new(self.refund),
            payment: PaymentId::new(self.payment),
            kind: word(&self.kind)?,
            amount: yuan(self.amount),
            day: self.day,
            sequence: self.seq,
            content: digest(self.content)?,
        })
    }
}

pub(crate) struct RefundLeg {
    pub refund: Uuid,
    pub payment: Uuid,
    pub leg: i16,
    pub amount: i64,
    pub lot_consumed: Option<i64>,
    pub lot_state: Option<String>,
}

impl RefundLeg {
    pub(crate) fn row(self) -> Decoded<RefundLegRow> {
        Ok(RefundLegRow {
            refund: RefundId::new(self.refund),
            payment: PaymentId::new(self.payment),
            leg: small(self.leg)?,
            amount: yuan(self.amount),
            lot_consumed: self.lot_consumed.map(yuan),
            lot_state: self.lot_state.as_deref().map(word).transpose()?,
        })
    }
}
