//! Identity: asked before a decision, and followed. Nothing here decides.

mod feed;
mod identity;

pub(crate) use self::{
    feed::{FEED, PersonSource},
    identity::{Identity, Named},
};
