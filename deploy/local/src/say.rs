//! What goes to standard output: the timeline and the commands, line by line.
//!
//! Progress and complaints go to standard error, so that the story can be piped on its own.

use std::io::{Write, stdout};

/// Prints one line.
pub(crate) fn line(text: impl AsRef<str>) {
    // A reader that has gone (`up | head`) is no reason to leave the services unattended.
    let _ = writeln!(stdout().lock(), "{}", text.as_ref().trim_end());
}

/// Prints an empty line.
pub(crate) fn gap() {
    line("");
}

/// Prints to standard error.
pub(crate) fn aside(text: impl AsRef<str>) {
    eprintln!("{}", text.as_ref());
}
