//! The transfer's life (转账) as data: what must be done next, and what an answer means.
//!
//! [`next`] says which command a book must be sent, [`apply`] moves the transfer on by the book's answer, and
//! [`request`] by what people and clocks ask for. All three are total and pure: a driver that crashed reads
//! the stored [`State`] and calls [`next`] again. Commands follow from the transfer's row alone, so a repeat
//! is the same command under the same id.
//!
//! Nothing here reads a clock, talks to a book, decides a rule or counts money; and once the beneficiary has
//! claimed, nothing here gives up.

mod apply;
mod cause;
mod draw;
mod request;
mod state;
mod step;
mod timer;
mod view;

pub use crate::{
    apply::{IllegalStep, apply},
    cause::{Reason, ReturnCause},
    draw::{DrawDue, LotState, Sent},
    request::{NotNow, Request, request},
    state::{DEFINITION, End, FIRST_HOP, NEVER_GRANTED, Since, State},
    step::{Outcome, Step, next},
    timer::{Deadlines, TimerError, Timers},
    view::{MoneyPlace, TransferState},
};
