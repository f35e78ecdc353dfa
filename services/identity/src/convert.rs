//! Between the wire and the nouns: requests are parsed once, with all violations together; replies are rendered.
//!
//! Only this folder and `rpc` see generated types. A message with a number in it is taken apart here and dropped.

mod event;
mod fields;
mod reply;
mod request;
pub(crate) mod verification;

pub(crate) use self::{
    event::page,
    reply::{assigned, enrolled, person, registered, standings},
    request::{asker, assignment, cursor, enrolling, person_id, question, registration},
};
