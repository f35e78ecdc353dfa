//! Orders: whole requests with the credential that makes them, which can be sent as often as one likes.

use checker::history::{Asked, fen};
use prost::Message as _;
use proto::{
    settlement::{ClaimTransferRequest, CreateTransferRequest, DeclineTransferRequest},
    wallet::{CreditPersonalAccountRequest, PayRequest, RefundPaymentRequest, ReversePaymentRequest},
};
use standards::Pool;
use testkit::{
    desk::{Bill, Party, agency, citizen, institution, requests},
    people::id,
};
use uuid::Uuid;

use crate::scene::Family;

/// A request that can be sent again.
#[derive(Clone, Debug)]
pub struct Order {
    /// The id under which it asks.
    pub key: Uuid,
    pub(super) credential: String,
    /// Whose book answers, where a book does.
    pub(super) pool: Pool,
    pub(super) wanted: Wanted,
}

/// What an order says.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    Transfer(CreateTransferRequest),
    Claim(ClaimTransferRequest),
    Decline(DeclineTransferRequest),
    Payment(Box<PayRequest>),
    Refund(RefundPaymentRequest),
    Reversal(ReversePaymentRequest),
    Credit(CreditPersonalAccountRequest),
}

/// A payment as whoever wants to undo it names it.
#[derive(Clone, Debug)]
pub struct Bought {
    /// The payment's id.
    pub payment: String,
    /// The institution that was paid.
    pub institution: String,
    /// Its serial.
    pub serial: String,
    /// The patient's pool, whose book keeps it.
    pub pool: Pool,
}

impl Order {
    fn new(key: &str, credential: String, pool: Pool, wanted: Wanted) -> Self {
        Self { key: uuid(key), credential, pool, wanted }
    }

    /// 转账
    pub fn transfer(family: &Family, amount: &str) -> Self {
        let transfer = id();
        let request = requests::transfer(&transfer, &family.bond, &family.beneficiary, amount);
        let sharer = &family.sharer;
        Self::new(&transfer, citizen(&sharer.person), sharer.pool, Wanted::Transfer(request))
    }

    /// 接收 of a transfer
    pub fn claim(transfer: Uuid, by: &Party) -> Self {
        let request = requests::claim(&id(), &transfer.to_string());
        Self::new(&request.request_id.clone(), citizen(&by.person), by.pool, Wanted::Claim(request))
    }

    /// 拒收 of a transfer
    pub fn decline(transfer: Uuid, by: &Party) -> Self {
        let request = requests::decline(&id(), &transfer.to_string());
        Self::new(&request.request_id.clone(), citizen(&by.person), by.pool, Wanted::Decline(request))
    }

    /// 结算 of a bill
    pub fn payment(patient: &Party, bill: &Bill) -> Self {
        let payment = id();
        let request = requests::payment(&payment, patient, bill);
        let wanted = Wanted::Payment(Box::new(request));
        Self::new(&payment, institution(&bill.institution), patient.pool, wanted)
    }

    /// 退费 of a part of a payment
    pub fn refund(of: &Bought, amount: &str) -> Self {
        let request = requests::refund(&id(), &of.payment, &of.institution, amount);
        let key = request.refund_id.clone();
        Self::new(&key, institution(&of.institution), of.pool, Wanted::Refund(request))
    }

    /// 冲正 of a payment
    pub fn reversal(of: &Bought) -> Self {
        let request = requests::reversal(&id(), &of.payment, &of.institution, &of.serial);
        let key = request.request_id.clone();
        Self::new(&key, institution(&of.institution), of.pool, Wanted::Reversal(request))
    }

    /// 入账 of a month's contribution
    pub fn credit(party: &Party, amount: &str, month: &str) -> Self {
        let request = requests::credit(&id(), party, amount, month);
        let key = request.credit_id.clone();
        Self::new(&key, agency(party.pool.province()), party.pool, Wanted::Credit(request))
    }

    /// The payment that an order asks for.
    ///
    /// # Panics
    /// If it asks for something else.
    pub fn bought(&self) -> Bought {
        let Wanted::Payment(request) = &self.wanted else { panic!("a payment was bought") };
        let draft = request.draft.clone().unwrap_or_default();
        Bought {
            payment: request.payment_id.clone(),
            institution: draft.institution_code,
            serial: draft.institution_serial,
            pool: self.pool,
        }
    }

    /// The request as it is sent.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match &self.wanted {
            Wanted::Transfer(request) => request.encode_to_vec(),
            Wanted::Claim(request) => request.encode_to_vec(),
            Wanted::Decline(request) => request.encode_to_vec(),
            Wanted::Payment(request) => request.encode_to_vec(),
            Wanted::Refund(request) => request.encode_to_vec(),
            Wanted::Reversal(request) => request.encode_to_vec(),
            Wanted::Credit(request) => request.encode_to_vec(),
        }
    }

    /// What it says of its effect.
    pub(super) fn asked(&self) -> Asked {
        let (amount, about) = match &self.wanted {
            Wanted::Transfer(request) => {
                (fen(&request.amount), self.credential.trim_start_matches("citizen:"))
            }
            Wanted::Claim(request) => (None, request.transfer_id.as_str()),
            Wanted::Decline(request) => (None, request.transfer_id.as_str()),
            Wanted::Payment(request) => {
                let draft = request.draft.as_ref();
                let cost = draft.and_then(|draft| draft.cost.as_ref());
                let patient = draft.map_or("", |draft| draft.patient_person_id.as_str());
                (cost.and_then(|cost| fen(&cost.personal_amount)), patient)
            }
            Wanted::Refund(request) => (fen(&request.personal_amount), request.payment_id.as_str()),
            Wanted::Reversal(request) => (None, request.payment_id.as_str()),
            Wanted::Credit(request) => (fen(&request.amount), request.person_id.as_str()),
        };
        Asked { amount, about: Some(uuid(about)) }
    }
}

fn uuid(text: &str) -> Uuid {
    text.parse().expect("ids of tests are ids")
}
