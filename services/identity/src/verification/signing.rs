//! The keys with which identity signs assertions and 医保码: one file, several keys for each use, each from its time on.
//!
//! A key signs from its `from` until the next one's; it is published before it signs and until its last token has
//! ended, so that nobody sees a change of keys. The file is read again when it changes; one that cannot be used is
//! reported, and the keys that are there stay. Nothing here prints a key.

use std::{
    ffi::OsString,
    fmt, fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

use aes_gcm_siv::aead::Generate as _;
use chassis::{
    stepup::READ_FOR,
    token::{PublicKey, Ring, Signer, Use},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use tokio_util::sync::CancellationToken;

use crate::key_file;

/// By how much clocks may differ, on both ends of a key's life.
const SLACK: Duration = Duration::minutes(5);
/// How often the file is looked at.
const GLANCE: std::time::Duration = std::time::Duration::from_secs(1);

/// The signing keys of one process. Cheap to clone.
#[derive(Clone)]
pub struct Signing(Arc<Inner>);

struct Inner {
    path: PathBuf,
    keys: RwLock<Arc<KeySet>>,
}

/// The keys of one reading of the file.
pub struct KeySet {
    assertion: Vec<Dated>,
    medical_code: Vec<Dated>,
    published: Vec<PublicKey>,
    ring: Ring,
}

struct Dated {
    from: OffsetDateTime,
    signer: Signer,
}

/// Why a file of signing keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SigningFileError {
    /// Missing, or the process may not read it.
    #[error(
        "the signing keys {0} cannot be read: {1}; make some with `identity --generate-signing-key-file <path>`"
    )]
    Unreadable(PathBuf, #[source] io::Error),
    /// Others could sign with them.
    #[error("the signing keys {0} can be read by others than their owner; run `chmod 600` on the file")]
    Exposed(PathBuf),
    /// Not the expected content; says where, never what.
    #[error("the signing keys {0} are malformed: {1}")]
    Malformed(PathBuf, String),
    /// They could not be written.
    #[error("the signing keys {0} cannot be written: {1}")]
    Unwritable(PathBuf, #[source] io::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    assertion: Vec<Entry>,
    medical_code: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    seed: SecretString,
    from: Option<String>,
}

impl Signing {
    /// The keys as they are now.
    pub fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.0.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the file again whenever it has changed, until `stop`.
    pub async fn follow_file(self, stop: CancellationToken) {
        let mut seen = modified(&self.0.path);
        while stop.run_until_cancelled(tokio::time::sleep(GLANCE)).await.is_some() {
            let now = modified(&self.0.path);
            if now == seen {
                continue;
            }
            seen = now;
            match read(&self.0.path) {
                Ok(keys) => {
                    *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                    tracing::info!("the signing keys were read again");
                }
                Err(error) => {
                    tracing::error!(%error, "changed signing keys cannot be used; the earlier ones stay");
                }
            }
        }
    }
}

fn modified(path: &Path) -> Option<(SystemTime, u64)> {
    let file = fs::metadata(path).ok()?;
    Some((file.modified().ok()?, file.len()))
}

impl KeySet {
    fn of(assertion: Vec<Dated>, medical_code: Vec<Dated>) -> Self {
        let published: Vec<PublicKey> =
            publish(&assertion, READ_FOR).chain(publish(&medical_code, border::tokens::CODE_FOR)).collect();
        let ring = Ring::of(published.clone());
        Self { assertion, medical_code, published, ring }
    }

    /// A token with this payload, by the key that signs at `now`.
    pub fn sign(&self, purpose: Use, payload: &impl Serialize, now: OffsetDateTime) -> String {
        let keys = if purpose == Use::MedicalCode { &self.medical_code } else { &self.assertion };
        let current = keys.iter().rev().find(|key| key.from <= now).or_else(|| keys.first());
        current.expect("a set is only made with a key of each use").signer.sign(payload)
    }

    /// Every key with which a token may be signed that is still good, and the next ones.
    pub fn published(&self) -> &[PublicKey] {
        &self.published
    }

    /// The same, to check tokens with.
    pub fn ring(&self) -> &Ring {
        &self.ring
    }
}

fn publish(keys: &[Dated], token_life: Duration) -> impl Iterator<Item = PublicKey> {
    keys.iter().enumerate().map(move |(at, key)| {
        let next = keys.get(at + 1);
        let from = key.from.checked_sub(SLACK).unwrap_or(key.from);
        key.signer.public(from, next.map(|next| next.from + token_life + SLACK))
    })
}

/// Reads a file of signing keys.
///
/// # Errors
/// [`SigningFileError`].
pub fn load(path: &str) -> Result<Signing, SigningFileError> {
    let path = PathBuf::from(path);
    let keys = RwLock::new(Arc::new(read(&path)?));
    Ok(Signing(Arc::new(Inner { path, keys })))
}

fn read(path: &Path) -> Result<KeySet, SigningFileError> {
    let unreadable = |error| SigningFileError::Unreadable(path.to_owned(), error);
    let malformed = |cause: &str| SigningFileError::Malformed(path.to_owned(), cause.to_owned());
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(SigningFileError::Exposed(path.to_owned()));
    }
    let text = SecretString::from(fs::read_to_string(path).map_err(unreadable)?);
    // The full error quotes the line, and with it the key.
    let file: File = toml::from_str(text.expose_secret()).map_err(|error| malformed(error.message()))?;
    let dated = |entries: &[Entry], purpose| dated(entries, purpose).map_err(malformed);
    let assertion = dated(&file.assertion, Use::Assertion)?;
    let medical_code = dated(&file.medical_code, Use::MedicalCode)?;
    let ids = || assertion.iter().map(|key| key.signer.key_id());
    if medical_code.iter().any(|key| ids().any(|id| id == key.signer.key_id())) {
        return Err(malformed("one seed for two uses"));
    }
    Ok(KeySet::of(assertion, medical_code))
}

fn dated(entries: &[Entry], purpose: Use) -> Result<Vec<Dated>, &'static str> {
    let mut keys = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut seed = [0; 32];
        hex::decode_to_slice(entry.seed.expose_secret(), &mut seed).map_err(|_| "a seed is 64 hex digits")?;
        if seed == [0; 32] {
            return Err("a seed is not all zeros");
        }
        let from = match &entry.from {
            Some(text) => OffsetDateTime::parse(text, &Rfc3339)
                .map_err(|_| "from is a time such as 2026-03-01T00:00:00Z")?,
            None => OffsetDateTime::UNIX_EPOCH,
        };
        keys.push(Dated { from, signer: Signer::from_seed(&seed, purpose) });
    }
    keys.sort_by_key(|key| key.from);
    match keys.windows(2).any(|pair| pair[0].from == pair[1].from) {
        true => Err("two keys of one use from the same time on"),
        false if keys.is_empty() => Err("a use without a key"),
        false => Ok(keys),
    }
}

/// Writes a new file with fresh keys, readable by its owner only.
///
/// # Errors
/// [`SigningFileError::Unwritable`]; a file that is there is never replaced.
pub fn generate(path: &Path) -> Result<(), SigningFileError> {
    let unwritable = |error| SigningFileError::Unwritable(path.to_owned(), error);
    let seed = || hex::encode(<[u8; 32]>::generate());
    let text = format!(
        "# Keys with which identity signs. Whoever reads them can agree for everybody.\n\
         # To rotate, add a key of the same use with `from` a few minutes ahead (RFC 3339): it is published at once\n\
         # and signs from then on. Remove the earlier one half an hour later or whenever you like after that.\n\n\
         [[assertion]]\nseed = \"{}\"\n\n[[medical_code]]\nseed = \"{}\"\n",
        seed(),
        seed()
    );
    key_file::write_new(path, &text).map_err(unwritable)
}

/// Carries out `--generate-signing-key-file <path>` if these are the process's arguments, without its own name.
pub fn generate_if_asked(arguments: &[OsString]) -> Option<ExitCode> {
    key_file::generate_if_asked(arguments, "--generate-signing-key-file", generate)
}

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.keys();
        let ids: Vec<&str> = keys.published.iter().map(|key| key.id.as_str()).collect();
        f.debug_struct("Signing").field("keys", &ids).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("signing.toml");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (dir, path)
    }

    fn entry(purpose: &str, digit: char, rest: &str) -> String {
        format!("[[{purpose}]]\nseed = \"{}\"\n{rest}\n", digit.to_string().repeat(64))
    }

    #[test]
    fn a_generated_file_has_a_key_of_each_use_and_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("signing.toml");
        generate(&path).unwrap();
        let keys = load(path.to_str().unwrap()).unwrap().keys();
        let uses: Vec<Use> = keys.published().iter().map(|key| key.purpose).collect();
        assert_eq!(uses, [Use::Assertion, Use::MedicalCode]);
        assert!(matches!(generate(&path), Err(SigningFileError::Unwritable(..))));
    }

    #[test]
    fn a_token_is_good_over_a_change_of_keys() {
        let next = datetime!(2026-01-15 10:00 UTC);
        let both = entry("assertion", 'b', "from = \"2026-01-15T10:00:00Z\"") + &entry("assertion", 'a', "");
        let (_dir, path) = written(&(both + &entry("medical_code", 'c', "")));
        let keys = load(&path).unwrap().keys();
        let signed = |at| keys.sign(Use::Assertion, &7, at);
        let (before, after) = (signed(next - Duration::SECOND), signed(next));
        assert_ne!(before.split_once('.').unwrap().0, after.split_once('.').unwrap().0);
        let open = |token: &str, at| keys.ring().open::<i32>(Use::Assertion, token, at).is_ok();
        // Some clocks are late, and the last token of the old key may be as old as a token gets.
        assert!(open(&after, next - Duration::minutes(4)) && !open(&after, next - Duration::minutes(6)));
        assert!(open(&before, next + READ_FOR) && !open(&before, next + READ_FOR + SLACK));
        assert_eq!(keys.published().len(), 3);
    }

    #[test]
    fn a_file_that_cannot_be_used_says_why_and_shows_no_seed() {
        let code = entry("medical_code", 'c', "");
        let table = [
            (String::new(), "assertion"),
            (entry("assertion", 'a', ""), "medical_code"),
            (entry("assertion", 'c', "") + &code, "two uses"),
            (entry("assertion", '0', "") + &code, "zeros"),
            (entry("assertion", 'g', "") + &code, "64 hex"),
            (entry("assertion", 'a', "from = \"soon\"") + &code, "from is a time"),
            (entry("assertion", 'a', "") + &entry("assertion", 'b', "") + &code, "same time"),
            (entry("assertion", 'a', "algorithm = \"none\"") + &code, "unknown field"),
        ];
        for (text, word) in table {
            let (_dir, path) = written(&text);
            let error = load(&path).unwrap_err().to_string();
            assert!(error.contains(word) && !error.contains("aaaa"), "{word}: {error}");
        }
        assert!(load("/nonexistent").unwrap_err().to_string().contains("--generate-signing-key-file"));
    }
}
