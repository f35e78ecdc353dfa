//! How refusals and failures are said on the wire: one table from the book's reasons and from the facts around
//! it to the contract's closed list, in both languages. What only says that there is no decision is chassis's.

mod words;

use chassis::status::{Refusal, Violations};
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

/// What stands in our own database contradicts itself.
pub(crate) fn broken(what: &str) -> Status {
    chassis::failure::broken(what).into()
}
