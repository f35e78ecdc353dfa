//! What the border of every service has in common: fields parsed once, with all violations together; instants,
//! decisions and refusals on the wire; the rules as they are loaded and as people read them; the tokens that identity
//! signs, and the keys to check them with.
//!
//! It decides nothing, stores nothing and asks nobody but identity for its keys. What only one service says stays in
//! that service.

pub mod fields;
pub mod keyring;
pub mod policy_rpc;
pub mod rules;
pub mod tokens;
pub mod verdict;
pub mod wire;
