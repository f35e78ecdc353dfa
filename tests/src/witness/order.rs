//! Orders: whole requests with the credential that makes them, which can be sent as often as one likes.

use checker::history::{Asked, fen};
use prost::Message as _;
use proto::{
    common::{Channel as Way, Programme},
    settlement::{
        ClaimTransferRequest, CreateTransferRequest, DeclineTransferRequest, Source,
        create_transfer_request::Target,
    },
    wallet::{
        Cost, Credential, CredentialType, CreditKind, CreditPersonalAccountRequest, PayRequest,
        PaymentChannel, PaymentDraft, RefundKind, RefundPaymentRequest, ReversePaymentRequest, SharedWanted,
    },
};
use standards::Pool;
use testkit::{
    desk::{Bill, Party, agency, citizen, institution},
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
        let request = CreateTransferRequest {
            transfer_id: transfer.clone(),
            programme: Programme::Wallet.into(),
            bond_id: family.bond.clone(),
            amount: amount.to_owned(),
            source: Source::PersonalAccount.into(),
            channel: Way::NationalApp.into(),
            target: Some(Target::BeneficiaryPersonId(family.beneficiary.person.clone())),
            ..Default::default()
        };
        let sharer = &family.sharer;
        Self::new(&transfer, citizen(&sharer.person), sharer.pool, Wanted::Transfer(request))
    }

    /// 接收 of a transfer
    pub fn claim(transfer: Uuid, by: &Party) -> Self {
        let request = ClaimTransferRequest {
            request_id: id(),
            transfer_id: transfer.to_string(),
            ..Default::default()
        };
        Self::new(&request.request_id.clone(), citizen(&by.person), by.pool, Wanted::Claim(request))
    }

    /// 拒收 of a transfer
    pub fn decline(transfer: Uuid, by: &Party) -> Self {
        let request = DeclineTransferRequest {
            request_id: id(),
            transfer_id: transfer.to_string(),
            ..Default::default()
        };
        Self::new(&request.request_id.clone(), citizen(&by.person), by.pool, Wanted::Decline(request))
    }

    /// 结算 of a bill
    pub fn payment(patient: &Party, bill: &Bill) -> Self {
        let payment = id();
        let request = PayRequest {
            payment_id: payment.clone(),
            draft: Some(draft(patient, bill)),
            ..Default::default()
        };
        let wanted = Wanted::Payment(Box::new(request));
        Self::new(&payment, institution(&bill.institution), patient.pool, wanted)
    }

    /// 退费 of a part of a payment
    pub fn refund(of: &Bought, amount: &str) -> Self {
        let request = RefundPaymentRequest {
            refund_id: id(),
            payment_id: of.payment.clone(),
            institution_code: of.institution.clone(),
            kind: RefundKind::GoodsReturned.into(),
            personal_amount: amount.to_owned(),
            refunded_cost: Some(cost(amount)),
            returned_trace_codes: vec![],
        };
        let key = request.refund_id.clone();
        Self::new(&key, institution(&of.institution), of.pool, Wanted::Refund(request))
    }

    /// 冲正 of a payment
    pub fn reversal(of: &Bought) -> Self {
        let request = ReversePaymentRequest {
            request_id: id(),
            payment_id: of.payment.clone(),
            institution_code: of.institution.clone(),
            institution_serial: of.serial.clone(),
        };
        let key = request.request_id.clone();
        Self::new(&key, institution(&of.institution), of.pool, Wanted::Reversal(request))
    }

    /// 入账 of a month's contribution
    pub fn credit(party: &Party, amount: &str, month: &str) -> Self {
        let request = CreditPersonalAccountRequest {
            credit_id: id(),
            person_id: party.person.clone(),
            pooling_area: party.pool.to_string(),
            month: month.to_owned(),
            amount: amount.to_owned(),
            kind: CreditKind::Contribution.into(),
            reference: "contribution".to_owned(),
        };
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

/// All of it personal, and all of that eligible.
fn cost(amount: &str) -> Cost {
    Cost {
        total_amount: amount.to_owned(),
        fund_amount: "0".to_owned(),
        institution_amount: "0".to_owned(),
        personal_amount: amount.to_owned(),
        eligible_amount: amount.to_owned(),
    }
}

fn draft(patient: &Party, bill: &Bill) -> PaymentDraft {
    PaymentDraft {
        patient_person_id: patient.person.clone(),
        credential: Some(Credential {
            r#type: CredentialType::MedicalCode.into(),
            token: "development".to_owned(),
            card_reference: String::new(),
        }),
        institution_code: bill.institution.clone(),
        visit_id: id(),
        institution_serial: id().replace('-', "")[..30].to_owned(),
        med_type: if bill.institution.starts_with('P') { "41" } else { "11" }.to_owned(),
        category: bill.category.into(),
        channel: PaymentChannel::Counter.into(),
        service_time: Some(prost_types::Timestamp { seconds: bill.at.unix_timestamp(), nanos: 0 }),
        insured_pooling_area: patient.pool.to_string(),
        catalogue_version: "2026".to_owned(),
        cost: Some(cost(&bill.amount)),
        shared_wanted: SharedWanted::All.into(),
        ..Default::default()
    }
}
