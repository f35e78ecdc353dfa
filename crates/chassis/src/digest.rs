//! The canonical hash of what a request asks: parsed values, each preceded by its name and length, under a
//! versioned purpose. Wire bytes are never hashed: two encoders send different bytes for one content.
//!
//! A field that is added later is put in only when it is not its default, so that old requests keep their
//! hash. Assertions, channels and request metadata stay out.

use sha2::{Digest as _, Sha256};

/// Collects a request's fields in a fixed order.
pub struct Content(Sha256);

impl Content {
    /// Begins the content of one kind of request, such as `wallet.pay.1`.
    pub fn of(purpose: &str) -> Self {
        Self(Sha256::new()).bytes("content", purpose.as_bytes())
    }

    /// Adds bytes.
    pub fn bytes(mut self, name: &str, value: &[u8]) -> Self {
        for part in [name.as_bytes(), value] {
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
        self
    }

    /// Adds a value by its canonical text.
    pub fn text(self, name: &str, value: impl std::fmt::Display) -> Self {
        self.bytes(name, value.to_string().as_bytes())
    }

    /// Adds a value if it is there.
    pub fn maybe(self, name: &str, value: Option<impl std::fmt::Display>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// The SHA-256 of everything that was added.
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}
