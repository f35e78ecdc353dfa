//! How refusals and failures are said on the wire: one table from the book's reasons and from the facts around
//! it to the contract's closed list, in both languages. What only says that there is no decision is chassis's.

mod words;

use chassis::status::{Refusal, Violations};
use policy::Reason;
use tonic::Status;

pub(crate) use self::words::{book_refusal, refused};
use crate::facts::FeedName;

/// A feed of another service is too late.
pub(crate) fn behind(feed: FeedName) -> Refusal {
    Refusal::feed_behind(feed.name())
}

/// One field is wrong in the light of others.
pub(crate) fn field(field: &str, reason: &str, english: &str, chinese: &str) -> Status {
    let mut violations = Violations::new();
    violations.add(field, reason, english, chinese);
    violations.into_status()
}

/// The credential is another person's.
pub(crate) fn not_own() -> Refusal {
    let texts = Reason::NotOwnCredential.texts();
    Refusal::denied(Reason::NotOwnCredential.name(), texts.message_en, texts.message_zh)
        .rule("R-122")
        .side("BENEFICIARY")
        .what_to_do(texts.what_to_do_en, texts.what_to_do_zh)
}

/// The patient agreed, and was not recognised by face.
pub(crate) fn not_by_face() -> Refusal {
    Refusal::denied("AUTH_FAILED", "the patient was not recognised by face", "就诊人未通过刷脸核验")
        .rule("R-034")
        .side("BENEFICIARY")
        .what_to_do(
            "verify the patient by face for this payment, or take the medical code or a card",
            "请就本次结算刷脸核验，或使用医保码、实体卡",
        )
}

/// What stands in our own database contradicts itself.
pub(crate) fn broken(what: &str) -> Status {
    chassis::failure::broken(what).into()
}
