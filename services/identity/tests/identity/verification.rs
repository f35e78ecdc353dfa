//! 身份核验 over gRPC: what proves what, for whom, how often and for how long.

mod bad_input;
pub(crate) mod bench;
mod code;
mod face;
mod keys;
mod locks;
mod password;
mod repeats;
mod scope;
