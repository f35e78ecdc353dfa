//! The rules that settlement decides by: those that are part of the program, or a directory of rule files.

use std::{fs, path::Path};

use anyhow::Context as _;
use policy::Rules;

/// Reads every `*.toml` of `directory` in the order of their names; the built-in rules if none is named.
///
/// # Errors
/// If a file cannot be read or is not a rule file, and for a directory without any.
pub(crate) fn load(directory: Option<&Path>) -> anyhow::Result<Rules> {
    let Some(directory) = directory else { return Ok(Rules::built_in()) };
    let place = || format!("the rules in {}", directory.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).with_context(place)? {
        let path = entry.with_context(place)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            files.push((path.display().to_string(), text));
        }
    }
    files.sort();
    anyhow::ensure!(!files.is_empty(), "{}: no *.toml", place());
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Ok(Rules::parse(&files)?)
}
