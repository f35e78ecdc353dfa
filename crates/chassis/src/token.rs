//! Signed tokens as compact text, `kid.payload.signature`: what one service states and another one verifies offline.
//!
//! The algorithm belongs to the key and is never read from a token, and a key signs for one use only: a token of one
//! kind is none of another. Nothing here reads a clock or a request; what a payload means is its owner's matter.

mod together;

use std::{collections::HashMap, fmt, path::Path};

use anyhow::Context as _;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64},
};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

pub use self::together::Together;

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 2_048;

/// What stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410).
const ED25519_INFO: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const PEM: [&str; 2] = ["-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"];

/// What a key signs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Use {
    /// 核验凭据: that a person agreed to an operation.
    Assertion,
    /// 医保码: that the holder shows a person's code.
    MedicalCode,
    /// 共济关系证明.
    Certificate,
    /// What a matcher of faces found.
    FaceMatch,
    /// The head of a book's chain.
    ChainHead,
}

/// How a key signs. There is one suite so far; another one has keys of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// RFC 8032.
    Ed25519,
}

/// A key that signs.
pub struct Signer {
    key: SigningKey,
    id: String,
    purpose: Use,
}

/// A key as it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Its id: the first eight bytes of the SHA-256 of the public key, hex.
    pub id: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// The 32 bytes of the key.
    pub bytes: [u8; 32],
    /// What it signs for.
    pub purpose: Use,
    /// From when on its tokens are accepted.
    pub valid_from: OffsetDateTime,
    /// Until when; none while it is in use.
    pub valid_to: Option<OffsetDateTime>,
}

/// Why a token proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not three parts of base64url, or too long.
    #[error("not a token of the form kid.payload.signature")]
    Malformed,
    /// No key of this id signs for this, now.
    #[error("signed with a key that is not known for this use, or not valid now")]
    KeyUnknown,
    /// Signed by somebody else, or changed.
    #[error("the signature does not fit")]
    Forged,
}

/// The keys that others published, by id.
#[derive(Clone, Debug, Default)]
pub struct Ring(HashMap<String, (PublicKey, VerifyingKey)>);

impl Signer {
    /// The key with this seed.
    pub fn from_seed(seed: &[u8; 32], purpose: Use) -> Self {
        let key = SigningKey::from_bytes(seed);
        let id = key_id(key.verifying_key().as_bytes());
        Self { key, id, purpose }
    }

    /// Reads a seed of 64 hex digits.
    ///
    /// # Errors
    /// If the file cannot be read or holds something else; never with what it holds.
    pub fn from_file(path: &Path, purpose: Use) -> anyhow::Result<Self> {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("the signing key {}", path.display()))?;
        let text = SecretString::from(text);
        let mut seed = [0; 32];
        hex::decode_to_slice(text.expose_secret().trim(), &mut seed)
            .ok()
            .with_context(|| format!("the signing key {} is not 64 hex digits", path.display()))?;
        Ok(Self::from_seed(&seed, purpose))
    }

    /// The id of the key.
    pub fn key_id(&self) -> &str {
        &self.id
    }

    /// The key as it is published.
    pub fn public(&self, valid_from: OffsetDateTime, valid_to: Option<OffsetDateTime>) -> PublicKey {
        PublicKey {
            id: self.id.clone(),
            algorithm: Algorithm::Ed25519,
            bytes: self.key.verifying_key().to_bytes(),
            purpose: self.purpose,
            valid_from,
            valid_to,
        }
    }

    /// Signs bytes that stand elsewhere.
    pub fn sign_detached(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(bytes).to_bytes()
    }

    /// A token with this payload, as JSON.
    ///
    /// # Panics
    /// If the payload cannot be written as JSON, which is a mistake in its type.
    pub fn sign(&self, payload: &impl Serialize) -> String {
        let json = serde_json::to_vec(payload).expect("a payload is plain values");
        let signed = format!("{}.{}", self.id, BASE64.encode(json));
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", BASE64.encode(signature.to_bytes()))
    }
}

impl PublicKey {
    /// A key from its 32 bytes, valid for good; its id follows from them.
    pub fn of(bytes: [u8; 32], purpose: Use) -> Self {
        let valid_from = OffsetDateTime::UNIX_EPOCH;
        Self { id: key_id(&bytes), algorithm: Algorithm::Ed25519, bytes, purpose, valid_from, valid_to: None }
    }

    /// As PEM, which every library reads.
    pub fn pem(&self) -> String {
        let info = [&ED25519_INFO[..], &self.bytes].concat();
        format!("{}\n{}\n{}\n", PEM[0], STANDARD.encode(info), PEM[1])
    }

    /// The 32 bytes in a PEM that [`Self::pem`] wrote; none for any other.
    pub fn bytes_of_pem(pem: &str) -> Option<[u8; 32]> {
        let text = pem.trim().strip_prefix(PEM[0])?.strip_suffix(PEM[1])?;
        let info = STANDARD.decode(text.trim()).ok()?;
        info.strip_prefix(&ED25519_INFO)?.try_into().ok()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("id", &self.id).field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

impl Ring {
    /// A ring of published keys; one whose bytes are no key, or with which anybody could sign, is left out.
    pub fn of(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        let readable = |key: PublicKey| {
            let verifying = VerifyingKey::from_bytes(&key.bytes).ok().filter(|key| !key.is_weak())?;
            Some((key.id.clone(), (key, verifying)))
        };
        Self(keys.into_iter().filter_map(readable).collect())
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a key of this id is there.
    pub fn knows(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// The payload of a token that was signed for this use with a key that is valid at `now`.
    ///
    /// # Errors
    /// Why it proves nothing. A payload of another shape counts as malformed.
    pub fn open<T: DeserializeOwned>(
        &self,
        purpose: Use,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<T, TokenError> {
        let sealed = self.sealed(purpose, token, now)?;
        if sealed.holds() { sealed.payload() } else { Err(TokenError::Forged) }
    }

    /// The token as far as it can be read before its signature is looked at.
    fn sealed<'a>(
        &'a self,
        purpose: Use,
        token: &'a str,
        now: OffsetDateTime,
    ) -> Result<Sealed<'a>, TokenError> {
        let (signed, signature) = split(token).ok_or(TokenError::Malformed)?;
        let (id, payload) = signed.split_once('.').ok_or(TokenError::Malformed)?;
        let (key, verifying) = self.0.get(id).ok_or(TokenError::KeyUnknown)?;
        let valid = key.valid_from <= now && key.valid_to.is_none_or(|end| now < end);
        if key.purpose != purpose || !valid {
            return Err(TokenError::KeyUnknown);
        }
        match key.algorithm {
            Algorithm::Ed25519 => Ok(Sealed { verifying, signed, signature, payload }),
        }
    }
}

/// A token whose signature was not looked at.
struct Sealed<'a> {
    verifying: &'a VerifyingKey,
    signed: &'a str,
    signature: Signature,
    payload: &'a str,
}

impl Sealed<'_> {
    fn holds(&self) -> bool {
        self.verifying.verify_strict(self.signed.as_bytes(), &self.signature).is_ok()
    }

    /// What was signed, once the signature holds.
    fn payload<T: DeserializeOwned>(&self) -> Result<T, TokenError> {
        let json = BASE64.decode(self.payload).map_err(|_| TokenError::Malformed)?;
        serde_json::from_slice(&json).map_err(|_| TokenError::Malformed)
    }
}

/// The id of the key of a token, before anything is verified: to look whether its key must be fetched.
pub fn key_of(token: &str) -> Option<&str> {
    split(token)?.0.split_once('.').map(|(id, _)| id)
}

fn split(token: &str) -> Option<(&str, Signature)> {
    let (signed, signature) = Some(token).filter(|token| token.len() <= LONGEST)?.rsplit_once('.')?;
    let signature = BASE64.decode(signature).ok()?;
    Some((signed, Signature::from_slice(&signature).ok()?))
}

fn key_id(public: &[u8; 32]) -> String {
    hex::encode(&Sha256::digest(public)[..8])
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-01-15 02:00 UTC);

    fn signer(purpose: Use) -> Signer {
        Signer::from_seed(&[7; 32], purpose)
    }

    fn ring(purpose: Use) -> Ring {
        Ring::of([signer(purpose).public(NOW - Duration::DAY, Some(NOW + Duration::DAY))])
    }

    #[test]
    fn a_token_is_opened_with_the_published_key_while_it_is_valid() {
        let token = signer(Use::Assertion).sign(&"agreed");
        let ring = ring(Use::Assertion);
        assert_eq!(key_of(&token), Some(signer(Use::Assertion).key_id()));
        assert_eq!(ring.open::<String>(Use::Assertion, &token, NOW), Ok("agreed".to_owned()));
        for at in [NOW - Duration::DAY - Duration::SECOND, NOW + Duration::DAY] {
            assert_eq!(ring.open::<String>(Use::Assertion, &token, at), Err(TokenError::KeyUnknown));
        }
    }

    #[test]
    fn a_published_key_is_read_back_from_its_pem() {
        let key = signer(Use::Assertion).public(OffsetDateTime::UNIX_EPOCH, None);
        assert_eq!(PublicKey::bytes_of_pem(&key.pem()), Some(key.bytes));
        assert_eq!(PublicKey::of(key.bytes, Use::Assertion), key);
        for pem in ["", "-----BEGIN PUBLIC KEY-----", &key.pem().replace("MCow", "MCox"), &key.pem()[..50]] {
            assert_eq!(PublicKey::bytes_of_pem(pem), None, "{pem}");
        }
    }

    #[test]
    fn a_key_signs_for_one_use_only() {
        let token = signer(Use::MedicalCode).sign(&"code");
        let ring = ring(Use::MedicalCode);
        assert_eq!(ring.open::<String>(Use::Assertion, &token, NOW), Err(TokenError::KeyUnknown));
    }

    #[test]
    fn a_key_with_which_anybody_could_sign_is_none() {
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let keys = [PublicKey::of(neutral, Use::Assertion), signer(Use::Assertion).public(NOW, None)];
        let ids = keys.clone().map(|key| key.id);
        let ring = Ring::of(keys);
        assert_eq!(ids.map(|id| ring.knows(&id)), [false, true]);
    }

    #[test]
    fn whoever_changes_a_character_of_a_token_has_none() {
        let token = signer(Use::Assertion).sign(&"agreed");
        let ring = ring(Use::Assertion);
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("ASCII");
            assert!(ring.open::<String>(Use::Assertion, &changed, NOW).is_err(), "{at}: {changed}");
        }
    }

    #[test]
    fn what_is_no_token_is_malformed() {
        let ring = ring(Use::Assertion);
        for text in ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", &"x".repeat(3_000), "令牌.令.牌"] {
            let opened = ring.open::<String>(Use::Assertion, text, NOW);
            assert_eq!(opened, Err(TokenError::Malformed), "{text}");
        }
        let number = signer(Use::Assertion).sign(&7);
        assert_eq!(ring.open::<String>(Use::Assertion, &number, NOW), Err(TokenError::Malformed));
    }

    #[test]
    fn a_signer_does_not_print_its_key() {
        let text = format!("{:?}", signer(Use::Assertion));
        assert!(text.contains(signer(Use::Assertion).key_id()) && !text.contains("SecretKey"), "{text}");
    }
}
