//! The vault: seals what names a person before it leaves the handler, and opens it only for a masked reply.
//!
//! AES-256-GCM-SIV with a random nonce; the associated data binds a sealed value to its table, column, row and
//! key version, so that it cannot be moved to another person. Numbers are found by an HMAC with its own key.
//! Sealed values and tags may be stored and recorded; neither prints itself.

use std::fmt;

use aes_gcm_siv::{
    Nonce,
    aead::{Aead as _, Generate as _, Payload},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;
use standards::{CitizenId, PersonId, PersonName};
use uuid::Uuid;

use crate::keys::Keys;

/// Bytes before the ciphertext: the key's version and the nonce.
const VERSION_BYTES: usize = 2;
const NONCE_BYTES: usize = 12;

/// A column whose values are sealed: of `person`, unless it says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// 公民身份号码.
    IdNumber,
    /// 姓名.
    Name,
    /// 手机号码.
    Mobile,
    /// 联系地址.
    Address,
    /// 人员编号 of the national interface.
    PsnNo,
    /// 查询事由, of `inquiry`: whoever asks may have written a name.
    Reason,
}

/// A sealed value: key version (2 bytes), nonce (12 bytes), ciphertext and tag. In JSON as hex.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

/// A keyed hash. In JSON as hex.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag([u8; 32]);

/// Why a sealed value cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Its key is not in the key file.
    #[error("sealed with key version {0}, which the key file does not hold")]
    KeyMissing(u16),
    /// Changed, moved from another place, or sealed with another key of that version.
    #[error("the sealed value does not belong here or was changed")]
    Damaged,
}

impl Column {
    const fn name(self) -> &'static str {
        match self {
            Self::IdNumber => "id_number",
            Self::Name => "name",
            Self::Mobile => "mobile",
            Self::Address => "address",
            Self::PsnNo => "psn_no",
            Self::Reason => "reason",
        }
    }

    const fn table(self) -> &'static str {
        match self {
            Self::Reason => "inquiry",
            _ => "person",
        }
    }

    fn context(self, row: Uuid, version: u16) -> Vec<u8> {
        let mut context = Vec::with_capacity(96);
        let (table, column) = (self.table().as_bytes(), self.name().as_bytes());
        let parts = [&b"gongji-seal-1"[..], table, column, row.as_bytes()];
        for part in parts {
            context.extend((part.len() as u64).to_be_bytes());
            context.extend(part);
        }
        context.extend(version.to_be_bytes());
        context
    }
}

impl Keys {
    /// Seals a value for one column of one person's row.
    pub fn seal(&self, column: Column, row: PersonId, value: &str) -> Sealed {
        self.seal_in(column, row.uuid(), value)
    }

    /// Seals a value for one column of one row.
    pub fn seal_in(&self, column: Column, row: Uuid, value: &str) -> Sealed {
        let key = self.sealing();
        let nonce = Nonce::generate();
        let payload = Payload { msg: value.as_bytes(), aad: &column.context(row, key.version) };
        let sealed =
            key.cipher.encrypt(&nonce, payload).expect("a field is far shorter than the cipher's bound");
        let mut bytes = Vec::with_capacity(VERSION_BYTES + NONCE_BYTES + sealed.len());
        bytes.extend(key.version.to_be_bytes());
        bytes.extend(&nonce[..]);
        bytes.extend(sealed);
        Sealed(bytes)
    }

    /// Opens what was sealed for this column and row.
    ///
    /// # Errors
    /// [`OpenError`] if its key is missing, or it was changed or moved.
    pub fn open(&self, column: Column, row: PersonId, sealed: &Sealed) -> Result<String, OpenError> {
        let (version, rest) = sealed.0.split_first_chunk::<VERSION_BYTES>().ok_or(OpenError::Damaged)?;
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::Damaged)?;
        let version = u16::from_be_bytes(*version);
        let key = self.opening(version).ok_or(OpenError::KeyMissing(version))?;
        let payload = Payload { msg: sealed, aad: &column.context(row.uuid(), version) };
        let opened = key.cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| OpenError::Damaged)?;
        String::from_utf8(opened).map_err(|_| OpenError::Damaged)
    }

    /// By which a number is found.
    pub fn id_index(&self, number: &CitizenId) -> Tag {
        self.tag("gongji-id-number-1", &[number.number()])
    }

    /// By which a name is compared with the registered one of the same number.
    pub fn name_check(&self, number: &CitizenId, name: &PersonName) -> Tag {
        self.tag("gongji-name-1", &[number.number(), name.full()])
    }

    /// A keyed hash of a value, for a content hash that nobody can guess values from.
    pub fn content_tag(&self, field: &str, value: &str) -> Tag {
        self.tag("gongji-content-1", &[field, value])
    }

    /// Tells whether a database was filled with this index key.
    pub fn index_check(&self) -> Tag {
        self.tag("gongji-index-key-1", &[])
    }

    fn tag(&self, purpose: &str, parts: &[&str]) -> Tag {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.index()).expect("HMAC takes keys of any length");
        for part in std::iter::once(&purpose).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Tag(mac.finalize().into_bytes().into())
    }
}

impl Sealed {
    /// Wraps what the database holds.
    pub(crate) const fn stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// For the database.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.clone()
    }
}

impl Tag {
    /// Wraps what the database holds; `None` if it is no tag.
    pub(crate) fn stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// For the database and for content hashes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tag(..)")
    }
}

impl Serialize for Sealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Tag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::keys;

    fn ring() -> Keys {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.toml");
        keys::generate(&path).unwrap();
        keys::load(path.to_str().unwrap()).unwrap()
    }

    fn row() -> PersonId {
        PersonId::new(Uuid::new_v4())
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_own_place() {
        let (keys, row, other) = (ring(), row(), row());
        let sealed = keys.seal(Column::Mobile, row, "13812345678");
        assert_eq!(keys.open(Column::Mobile, row, &sealed).as_deref(), Ok("13812345678"));
        assert_eq!(keys.open(Column::Mobile, other, &sealed), Err(OpenError::Damaged));
        assert_eq!(keys.open(Column::Name, row, &sealed), Err(OpenError::Damaged));
        assert_eq!(ring().open(Column::Mobile, row, &sealed), Err(OpenError::Damaged));
        let words = keys.seal_in(Column::Reason, row.uuid(), "核对张桂芳");
        assert_eq!(keys.open(Column::Reason, row, &words).as_deref(), Ok("核对张桂芳"));
        assert_eq!(keys.open(Column::Reason, other, &words), Err(OpenError::Damaged));
    }

    #[test]
    fn a_changed_or_cut_value_never_opens() {
        let (keys, row) = (ring(), row());
        let sealed = keys.seal(Column::Name, row, "张桂芳");
        for at in 0..sealed.0.len() {
            let mut changed = sealed.clone();
            changed.0[at] ^= 1;
            assert!(keys.open(Column::Name, row, &changed).is_err(), "byte {at}");
            assert!(keys.open(Column::Name, row, &Sealed(sealed.0[..at].to_vec())).is_err(), "cut at {at}");
        }
        let mut unknown = sealed;
        unknown.0[..2].copy_from_slice(&[0, 9]);
        assert_eq!(keys.open(Column::Name, row, &unknown), Err(OpenError::KeyMissing(9)));
    }

    #[test]
    fn equal_values_seal_differently_and_are_found_by_the_same_tag() {
        let (keys, row) = (ring(), row());
        let number = CitizenId::compose(320_102, date!(1980 - 02 - 03), 12).unwrap();
        let one = keys.seal(Column::IdNumber, row, number.number());
        assert_ne!(one, keys.seal(Column::IdNumber, row, number.number()));
        assert_eq!(keys.id_index(&number), keys.id_index(&number));
        assert_ne!(keys.id_index(&number), ring().id_index(&number));
        assert_eq!(format!("{one:?} {:?}", keys.id_index(&number)), "Sealed(..) Tag(..)");
        let name: PersonName = "张桂芳".parse().unwrap();
        assert_ne!(keys.name_check(&number, &name), keys.name_check(&number, &"张桂方".parse().unwrap()));
    }

    #[test]
    fn a_sealed_value_is_read_back_from_json() {
        let sealed = ring().seal(Column::Name, row(), "李娜");
        let text = serde_json::to_string(&sealed).unwrap();
        assert_eq!(serde_json::from_str::<Sealed>(&text).unwrap(), sealed);
    }
}
