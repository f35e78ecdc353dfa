//! Between the wire and the nouns: requests are parsed once, with all violations together; replies are rendered.
//!
//! Generated types are seen here, in `rpc` and in `peer`, and nowhere else.

mod event;
mod fields;
mod reply;
mod request;
mod writes;

pub(crate) use self::{
    event::events,
    reply::{View, bond, check, eligibility, fact as recorded_fact, issued, key, told},
    request::{checks, cursor, get, listing, rejection, reply_to, wish},
    writes::{certify, dissolution, fact, question, registration, sharing, withdrawal},
};
