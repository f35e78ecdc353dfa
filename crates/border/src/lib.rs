//! What the border of every service has in common: fields parsed once, with all violations together; instants,
//! decisions and refusals on the wire; the rules as they are loaded and as people read them.
//!
//! It decides nothing, stores nothing and asks nobody. What only one service says stays in that service.

pub mod fields;
pub mod policy_rpc;
pub mod rules;
pub mod wire;
