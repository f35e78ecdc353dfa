//! Between the wire and the nouns: requests are parsed once, with all violations together; replies are rendered.
//!
//! Only this folder and `rpc` see generated types. A message with a number in it is taken apart here and dropped.

pub(crate) mod care;
pub(crate) mod change;
mod event;
mod fields;
pub(crate) mod inquiry;
pub(crate) mod part;
mod reply;
mod request;
pub(crate) mod verification;

pub(crate) use self::{
    event::page,
    reply::{assigned, contact, enrolled, person, registered, standings},
    request::{asker, assignment, by, cursor, enrolling, person_id, question, registration},
};
