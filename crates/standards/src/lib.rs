//! The formats that the field has agreed on: ids, citizen ids, regions and pooling areas, institution,
//! traceability, insured-person and credit codes, documents, mobile numbers and names, civil time.
//!
//! Everything here is a value with a checked shape; nothing here knows a rule of the insurance. Each parse
//! error is a small enum: `Display` says it in English, `zh()` in Chinese.

pub mod area;
pub mod citizen;
pub mod civil;
pub mod document;
pub mod id;
pub mod institution;
pub mod mobile;
pub mod psn;
pub mod stored;
pub mod trace;
pub mod uscc;

mod typed;

pub use crate::{
    area::{Pool, Province},
    citizen::{CitizenId, CitizenIdKind, Sex},
    document::{DocumentKind, DocumentReference},
    id::{
        BenefitId, BondId, BookId, CodeProxyId, EnrolmentId, FactId, FilingId, PaymentId, PersonId, RefundId,
        RequestId, SanctionId, TransferId, VerificationId, WalletId,
    },
    institution::{InstitutionCode, InstitutionKind},
    mobile::{Mobile, PersonName},
    psn::PsnNo,
    trace::TraceCode,
    uscc::Uscc,
};
