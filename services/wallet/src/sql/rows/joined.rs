//! Rows that come together: accounts with folios, earmarks with hops, payments with legs.

use time::Date;
use uuid::Uuid;

use super::{Account, Earmark, Folio, Hop, Leg, Payment};

/// An account, which has a folio, or a folio.
pub(crate) struct AccountOrFolio {
    pub no: i64,
    pub key: String,
    pub balance: i64,
    pub folio: Option<i64>,
    pub last: Option<i64>,
    pub last_day: Option<Date>,
    pub earlier: Option<i64>,
}

impl AccountOrFolio {
    pub(crate) fn halves(self) -> (Option<Account>, Option<Folio>) {
        let Self { no, key, balance, folio, last, last_day, earlier } = self;
        match (folio, last, last_day) {
            (Some(folio), ..) => (Some(Account { no, key, folio, balance }), None),
            (None, Some(last), Some(last_day)) => {
                (None, Some(Folio { no, key, balance, last, last_day, earlier }))
            }
            _ => (None, None),
        }
    }
}

/// An earmark with one of its hops, or with none if it has none.
pub(crate) struct EarmarkAndHop {
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
    pub hop: Option<i32>,
    pub province: Option<i16>,
    pub granted: Option<i64>,
    pub consumed: Option<i64>,
    pub at_seq: Option<i64>,
    pub hop_state: Option<String>,
}

impl EarmarkAndHop {
    pub(crate) fn halves(self) -> (Earmark, Option<Hop>) {
        let hop = || {
            Some(Hop {
                transfer: self.transfer,
                hop: self.hop?,
                province: self.province?,
                granted: self.granted?,
                consumed: self.consumed?,
                at_seq: self.at_seq?,
                state: self.hop_state?,
            })
        };
        let earmark = Earmark {
            transfer: self.transfer,
            state: self.state,
            sharer: self.sharer,
            pool: self.pool,
            beneficiary: self.beneficiary,
            bond: self.bond,
            amount: self.amount,
            from_prior: self.from_prior,
            from_current: self.from_current,
            year: self.year,
            returned: self.returned,
            content: self.content,
            refusal: self.refusal,
            seq: self.seq,
        };
        (earmark, hop())
    }
}

/// A payment with one of its legs, or with none if none were asked for.
pub(crate) struct PaymentAndLeg {
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
    pub leg: Option<i16>,
    pub kind: Option<String>,
    pub owner: Option<Uuid>,
    pub amount: Option<i64>,
    pub leg_refunded: Option<i64>,
    pub year: Option<i32>,
    pub debtor: Option<i32>,
    pub creditor: Option<i32>,
    pub transfer: Option<Uuid>,
    pub hop: Option<i32>,
    pub bond: Option<Uuid>,
    pub lot_consumed: Option<i64>,
}

impl PaymentAndLeg {
    pub(crate) fn halves(self) -> (Payment, Option<Leg>) {
        let leg = || {
            Some(Leg {
                payment: self.payment,
                leg: self.leg?,
                kind: self.kind?,
                owner: self.owner?,
                amount: self.amount?,
                refunded: self.leg_refunded?,
                year: self.year?,
                debtor: self.debtor,
                creditor: self.creditor?,
                transfer: self.transfer,
                hop: self.hop,
                bond: self.bond,
                lot_consumed: self.lot_consumed,
            })
        };
        let payment = Payment {
            payment: self.payment,
            state: self.state,
            institution: self.institution,
            serial: self.serial,
            patient: self.patient,
            institution_pool: self.institution_pool,
            category: self.category,
            total: self.total,
            fund: self.fund,
            institution_part: self.institution_part,
            personal: self.personal,
            eligible: self.eligible,
            refunded: self.refunded,
            day: self.day,
            seq: self.seq,
            content: self.content,
        };
        (payment, leg())
    }
}
