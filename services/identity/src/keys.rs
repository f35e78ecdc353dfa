//! The keys of the vault: read from a file that only its owner may read, never from a database or a flag.
//!
//! The file holds sealing keys by version (the highest seals, all of them open) and one key for the blind index.
//! The index key also keys the content hashes of registrations; it is never rotated in place, for every index
//! would have to be computed again. Nothing here prints a key.

use std::{
    ffi::OsString,
    fmt, fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use aes_gcm_siv::{Aes256GcmSiv, KeyInit as _, aead::Generate as _};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use serde::Deserialize;

use crate::key_file;

/// Bytes of a key.
const KEY_BYTES: usize = 32;

/// The keys of one process. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Ring>);

struct Ring {
    /// Highest version first; never empty.
    sealing: Vec<SealingKey>,
    index: SecretBox<[u8; KEY_BYTES]>,
}

/// One key that seals, with the version that sealed values name.
pub(crate) struct SealingKey {
    pub(crate) version: u16,
    pub(crate) cipher: Aes256GcmSiv,
}

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// Missing, or the process may not read it.
    #[error("the key file {0} cannot be read: {1}; make one with `identity --generate-key-file <path>`")]
    Unreadable(PathBuf, #[source] io::Error),
    /// Others could read the keys.
    #[error("the key file {0} can be read by others than its owner; run `chmod 600` on it")]
    Exposed(PathBuf),
    /// Not the expected content; says where, never what.
    #[error("the key file {0} is malformed: {1}")]
    Malformed(PathBuf, String),
    /// It could not be written.
    #[error("the key file {0} cannot be written: {1}")]
    Unwritable(PathBuf, #[source] io::Error),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    seal: Vec<Entry>,
    index: Entry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    version: u16,
    key: SecretString,
}

impl Keys {
    /// The key that seals now.
    pub(crate) fn sealing(&self) -> &SealingKey {
        self.0.sealing.first().expect("a ring is only made with a sealing key")
    }

    /// The key of a version, to open what it sealed.
    pub(crate) fn opening(&self, version: u16) -> Option<&SealingKey> {
        self.0.sealing.iter().find(|key| key.version == version)
    }

    /// The key of the blind index.
    pub(crate) fn index(&self) -> &[u8; KEY_BYTES] {
        self.0.index.expose_secret()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions: Vec<u16> = self.0.sealing.iter().map(|key| key.version).collect();
        f.debug_struct("Keys").field("sealing_versions", &versions).finish_non_exhaustive()
    }
}

/// Reads a key file.
///
/// # Errors
/// [`KeyFileError`] if it is missing, open to others, or not two kinds of 256-bit keys.
pub fn load(path: &str) -> Result<Keys, KeyFileError> {
    let path = Path::new(path);
    let unreadable = |error| KeyFileError::Unreadable(path.to_owned(), error);
    let malformed = |cause: &str| KeyFileError::Malformed(path.to_owned(), cause.to_owned());
    let mode = fs::metadata(path).map_err(unreadable)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed(path.to_owned()));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    // The full error quotes the line, and with it the key.
    let file: KeyFile = toml::from_str(&text).map_err(|error| malformed(error.message()))?;
    let mut sealing = Vec::with_capacity(file.seal.len());
    for entry in &file.seal {
        let key =
            bytes(entry).ok_or_else(|| malformed("a key is 64 lower-case hex digits, version 1 or more"))?;
        let cipher =
            Aes256GcmSiv::new_from_slice(&key).map_err(|_| malformed("a sealing key has 32 bytes"))?;
        sealing.push(SealingKey { version: entry.version, cipher });
    }
    sealing.sort_by_key(|key| std::cmp::Reverse(key.version));
    if sealing.is_empty() {
        return Err(malformed("no sealing key"));
    }
    if sealing.windows(2).any(|pair| pair[0].version == pair[1].version) {
        return Err(malformed("two sealing keys of one version"));
    }
    let index = bytes(&file.index)
        .ok_or_else(|| malformed("a key is 64 lower-case hex digits, version 1 or more"))?;
    Ok(Keys(Arc::new(Ring { sealing, index: SecretBox::new(Box::new(index)) })))
}

fn bytes(entry: &Entry) -> Option<[u8; KEY_BYTES]> {
    let mut key = [0; KEY_BYTES];
    hex::decode_to_slice(entry.key.expose_secret(), &mut key).ok()?;
    (entry.version > 0 && key != [0; KEY_BYTES]).then_some(key)
}

/// Writes a new key file with fresh random keys, readable by its owner only.
///
/// # Errors
/// [`KeyFileError::Unwritable`]; a file that is there is never replaced.
pub fn generate(path: &Path) -> Result<(), KeyFileError> {
    let unwritable = |error| KeyFileError::Unwritable(path.to_owned(), error);
    let key = || hex::encode(<[u8; KEY_BYTES]>::generate());
    let text = format!(
        "# Keys of identity's vault. Losing this file loses every sealed number; whoever reads it can open them.\n\
         # To rotate, add a [[seal]] with a higher version and keep the old ones.\n\n\
         [[seal]]\nversion = 1\nkey = \"{}\"\n\n[index]\nversion = 1\nkey = \"{}\"\n",
        key(),
        key()
    );
    key_file::write_new(path, &text).map_err(unwritable)
}

/// Carries out `--generate-key-file <path>` if these are the process's arguments, without its own name.
pub fn generate_if_asked(arguments: &[OsString]) -> Option<ExitCode> {
    key_file::generate_if_asked(arguments, "--generate-key-file", generate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, mode: u32) -> (tempfile::TempDir, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.toml");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (dir, path)
    }

    #[test]
    fn a_generated_file_is_read_and_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.toml");
        generate(&path).unwrap();
        let keys = load(path.to_str().unwrap()).unwrap();
        assert_eq!(keys.sealing().version, 1);
        assert!(matches!(generate(&path), Err(KeyFileError::Unwritable(..))));
        assert_eq!(format!("{keys:?}"), "Keys { sealing_versions: [1], .. }");
    }

    #[test]
    fn the_highest_version_seals_and_older_ones_open() {
        let (a, b, c) = ("a".repeat(64), "b".repeat(64), "c".repeat(64));
        let text = format!(
            "[[seal]]\nversion = 1\nkey = \"{a}\"\n[[seal]]\nversion = 3\nkey = \"{b}\"\n[index]\nversion = 1\nkey = \"{c}\"\n"
        );
        let (_dir, path) = written(&text, 0o600);
        let keys = load(&path).unwrap();
        assert_eq!(keys.sealing().version, 3);
        assert!(keys.opening(1).is_some() && keys.opening(2).is_none());
    }

    #[test]
    fn a_file_that_cannot_be_used_says_why_and_shows_no_key() {
        let (good, short) = ("d".repeat(64), "d".repeat(63));
        let entry = |name: &str, key: &str| format!("{name}\nversion = 1\nkey = \"{key}\"\n");
        let both = entry("[[seal]]", &good) + &entry("[index]", &good);
        let table = [
            (both.clone(), 0o644, "chmod 600"),
            (String::new(), 0o600, "malformed"),
            (entry("[[seal]]", &good), 0o600, "index"),
            (entry("[[seal]]", &short) + &entry("[index]", &good), 0o600, "64 lower-case hex"),
            (entry("[[seal]]", &"0".repeat(64)) + &entry("[index]", &good), 0o600, "64 lower-case hex"),
            (entry("[[seal]]", &good) + &entry("[index]", "dd' dd"), 0o600, "64 lower-case hex"),
            (entry("[[seal]]", &good) + &both, 0o600, "two sealing keys"),
            (both.replace("key = ", "kex = "), 0o600, "unknown field"),
            (both.replace('"', "'").replace("key = '", "key = "), 0o600, "malformed"),
        ];
        for (text, mode, word) in table {
            let (_dir, path) = written(&text, mode);
            let error = load(&path).unwrap_err().to_string();
            assert!(error.contains(word) && !error.contains("dddd"), "{word}: {error}");
        }
        assert!(load("/nonexistent/keys.toml").unwrap_err().to_string().contains("--generate-key-file"));
    }
}
