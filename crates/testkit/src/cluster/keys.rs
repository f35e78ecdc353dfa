//! Keys for a cluster on one machine: made once, kept in files that only their owner reads.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use ed25519_dalek::SigningKey;
use rand::Rng;
use standards::Province;

use crate::process;

/// The seed of the matcher of faces.
pub(super) const MATCHER: &str = "face-matcher.seed";

/// Where the keys lie.
pub(super) struct Keys {
    pub(super) identity: PathBuf,
    /// Signs bond certificates.
    pub(super) certificates: PathBuf,
    /// With which identity signs assertions and medical codes.
    pub(super) signing: PathBuf,
    /// Public key of the matcher of faces, hex.
    pub(super) matcher: String,
    /// The signing key of each book, in the order of the provinces.
    pub(super) books: Vec<PathBuf>,
}

/// With which identity signs, in a cluster's folder.
pub(super) fn signing(home: &Path) -> PathBuf {
    home.join("keys").join("signing.toml")
}

/// Makes what is missing in `home`.
pub(super) fn make(home: &Path, provinces: &[Province]) -> Result<Keys> {
    fs::create_dir_all(home)?;
    let identity = home.join("identity.toml");
    generated("--generate-key-file", &identity)?;
    let signing = home.join("signing.toml");
    generated("--generate-signing-key-file", &signing)?;
    let matcher = public_key(&signing_key(&home.join(MATCHER))?)?;
    let books = provinces.iter().map(|province| signing_key(&home.join(format!("book-{province}.seed"))));
    let certificates = signing_key(&home.join("certificates.seed"))?;
    Ok(Keys { identity, certificates, signing, matcher, books: books.collect::<Result<_>>()? })
}

/// Has identity make a file of keys if there is none.
fn generated(option: &str, path: &Path) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let program = process::programs()?.join("identity");
    let made = Command::new(&program).arg(option).arg(path).output();
    let made = made.with_context(|| format!("{} could not be started", program.display()))?;
    if !made.status.success() {
        bail!("identity made no keys: {}", String::from_utf8_lossy(&made.stderr).trim());
    }
    Ok(())
}

/// The public key of a seed, hex.
fn public_key(seed: &Path) -> Result<String> {
    let mut bytes = [0_u8; 32];
    hex::decode_to_slice(fs::read_to_string(seed)?.trim(), &mut bytes).context("a seed is 64 hex digits")?;
    Ok(hex::encode(SigningKey::from_bytes(&bytes).verifying_key().to_bytes()))
}

/// An Ed25519 seed as 64 hex digits.
fn signing_key(path: &Path) -> Result<PathBuf> {
    if !path.exists() {
        let mut seed = [0_u8; 32];
        rand::rng().fill_bytes(&mut seed);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{}", hex::encode(seed))?;
    }
    Ok(path.to_owned())
}
