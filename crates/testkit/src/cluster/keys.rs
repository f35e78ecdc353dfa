//! Keys for a cluster on one machine: made once, kept in files that only their owner reads.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use rand::Rng;
use standards::Province;

use crate::process;

/// Where the keys lie.
pub(super) struct Keys {
    pub(super) identity: PathBuf,
    /// Signs bond certificates.
    pub(super) certificates: PathBuf,
    /// The signing key of each book, in the order of the provinces.
    pub(super) books: Vec<PathBuf>,
}

/// Makes what is missing in `home`.
pub(super) fn make(home: &Path, provinces: &[Province]) -> Result<Keys> {
    fs::create_dir_all(home)?;
    let identity = home.join("identity.toml");
    if !identity.exists() {
        let program = process::programs()?.join("identity");
        let made = Command::new(&program).arg("--generate-key-file").arg(&identity).output();
        let made = made.with_context(|| format!("{} could not be started", program.display()))?;
        if !made.status.success() {
            bail!("identity made no keys: {}", String::from_utf8_lossy(&made.stderr).trim());
        }
    }
    let books = provinces.iter().map(|province| signing_key(&home.join(format!("book-{province}.seed"))));
    let certificates = signing_key(&home.join("certificates.seed"))?;
    Ok(Keys { identity, certificates, books: books.collect::<Result<_>>()? })
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
