//! Refusals on the wire: one shape for every gRPC status that this system sends, and its reading side.
//!
//! A status carries one `ErrorInfo` of domain `gongji`, English in its message, one localized message
//! (zh-CN, or en if the caller asked for it), and never more than 4 KiB altogether, because trailers are
//! base64 inside an 8 KiB header list. A status without our `ErrorInfo` decides nothing: its outcome is
//! unknown.

mod language;
mod read;
mod refusal;
mod violations;
mod wire;

pub use self::{
    language::Language,
    read::{Certainty, Parsed, certainty, read, reason},
    refusal::{Further, Parts, Refusal},
    violations::Violations,
};

/// The `domain` of every `ErrorInfo` of ours.
pub const DOMAIN: &str = "gongji";

/// The most bytes that a status message and its details take together.
pub const MAX_BYTES: usize = 4 * 1024;
