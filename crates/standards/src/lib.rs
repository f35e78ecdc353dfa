//! The formats that the field has agreed on: ids, citizen ids, regions and pooling areas, institution,
//! traceability and credit codes, mobile numbers and names, civil time.
//!
//! Everything here is a value with a checked shape; nothing here knows a rule of the insurance. Each parse
//! error is a small enum: `Display` says it in English, `zh()` in Chinese.

pub mod area;
pub mod citizen;
pub mod civil;
pub mod id;
pub mod institution;
pub mod mobile;
pub mod trace;
pub mod uscc;

pub use crate::{
    area::{Pool, Province},
    citizen::{CitizenId, Sex},
    id::{BondId, BookId, EnrolmentId, PaymentId, PersonId, RefundId, RequestId, TransferId, WalletId},
    institution::{InstitutionCode, InstitutionKind},
    mobile::{Mobile, PersonName},
    trace::TraceCode,
    uscc::Uscc,
};
