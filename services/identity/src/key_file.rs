//! Files of secret keys: made once, readable by their owner only, never replaced. What is in them is known to others.

use std::{
    ffi::OsString,
    fmt::Display,
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    process::ExitCode,
};

/// Writes a new file.
///
/// # Errors
/// If it is there already, or cannot be written.
pub(crate) fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Carries out `<flag> <path>` if these are the process's arguments, without its own name.
pub(crate) fn generate_if_asked<E: Display>(
    arguments: &[OsString],
    asked: &str,
    generate: impl FnOnce(&Path) -> Result<(), E>,
) -> Option<ExitCode> {
    let [flag, path] = arguments else { return None };
    if flag != asked {
        return None;
    }
    Some(match generate(Path::new(path)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("identity: {error}");
            ExitCode::FAILURE
        }
    })
}
