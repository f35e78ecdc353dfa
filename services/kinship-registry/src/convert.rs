//! Between the wire and the nouns: requests are parsed once, with all violations together; replies are rendered.
//!
//! Generated types are seen here, in `rpc` and in `peer`, and nowhere else.

mod event;
mod fields;
mod reply;
mod request;

pub(crate) use self::{
    event::events,
    reply::{View, bond, check},
    request::{checks, cursor, get, listing, rejection, reply_to, wish},
};
