//! Signs the chain's head, so that whoever keeps a head can prove later what the book said.
//!
//! The signed text is the lines `gongji-chain-head-1`, book, sequence, hash and time in microseconds, each ended
//! by LF.

use std::path::Path;

use anyhow::Context as _;
use ed25519_dalek::{Signer as _, SigningKey};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use standards::BookId;
use time::OffsetDateTime;

/// A book's signing key.
pub(crate) struct Signer {
    key: SigningKey,
    id: String,
}

impl Signer {
    /// Reads a seed of 64 hex digits.
    pub(crate) fn from_file(path: &Path) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("the signing key {}", path.display()))?;
        let text = SecretString::from(text);
        let mut seed = [0; 32];
        hex::decode_to_slice(text.expose_secret().trim(), &mut seed)
            .ok()
            .with_context(|| format!("the signing key {} is not 64 hex digits", path.display()))?;
        let key = SigningKey::from_bytes(&seed);
        let id = hex::encode(&Sha256::digest(key.verifying_key().as_bytes())[..8]);
        Ok(Self { key, id })
    }

    /// The first eight bytes of the SHA-256 of the public key, hex.
    pub(crate) fn key_id(&self) -> &str {
        &self.id
    }

    /// The signature, hex.
    pub(crate) fn sign(&self, book: BookId, sequence: i64, hash: &str, at: OffsetDateTime) -> String {
        let text = head_text(book, sequence, hash, at);
        hex::encode(self.key.sign(text.as_bytes()).to_bytes())
    }
}

fn head_text(book: BookId, sequence: i64, hash: &str, at: OffsetDateTime) -> String {
    let micros = at.unix_timestamp_nanos() / 1_000;
    format!("gongji-chain-head-1\n{book}\n{sequence}\n{hash}\n{micros}\n")
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signature, Verifier as _};

    use super::*;

    #[test]
    fn a_signature_is_verified_with_the_public_key_over_the_written_text() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("seed");
        std::fs::write(&path, format!("{}\n", "07".repeat(32))).expect("the file is written");
        let signer = Signer::from_file(&path).expect("a seed");
        let book: BookId = "32-01".parse().expect("a book");
        let at = OffsetDateTime::from_unix_timestamp(1_768_464_000).expect("a time");
        let signature = hex::decode(signer.sign(book, 7, "ab", at)).expect("hex");
        let signature = Signature::from_slice(&signature).expect("64 bytes");
        let text = "gongji-chain-head-1\n32-01\n7\nab\n1768464000000000\n";
        signer.key.verifying_key().verify(text.as_bytes(), &signature).expect("it verifies");
        assert_eq!(signer.key_id().len(), 16);
        std::fs::write(&path, "not a seed").expect("the file is written");
        assert!(Signer::from_file(&path).is_err());
    }
}
