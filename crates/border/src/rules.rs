//! The rules a service decides by: those that are part of the program, under an operator's own files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use policy::Rules;

/// Where a service finds an operator's rules: every service takes it alike.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct RuleArgs {
    /// Directory of rule files (*.toml): one takes the place of the built-in file of its name, others are added
    #[arg(long = "rules", env = "GONGJI_RULES", value_name = "DIRECTORY")]
    pub rules: Option<PathBuf>,
}

impl RuleArgs {
    /// The rules to decide by.
    ///
    /// # Errors
    /// As [`load`].
    pub fn load(&self) -> anyhow::Result<Rules> {
        load(self.rules.as_deref())
    }
}

/// The built-in rules, under every `*.toml` of `directory` in the order of their names: one of the same name as a
/// built-in file takes its place, others are added.
///
/// # Errors
/// If a file cannot be read, and for a directory without any. Every mistake in the files, one a line, with its file
/// and line.
pub fn load(directory: Option<&Path>) -> anyhow::Result<Rules> {
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
    Ok(Rules::built_in_with(&files)?)
}

#[cfg(test)]
mod tests {
    use policy::{Programme, Region};
    use time::macros::datetime;

    use super::*;

    const VERSION: &str = r#"
        [[version]]
        id = "TEST-1"
        programme = "WALLET"
        region = "000000"
        valid_from = "2025-01-01"
        recorded_at = "2025-01-01T00:00:00+08:00"
        source = "测试"
        confidence = "SAMPLE"
        last_verified_day = "2025-01-01"

        [version.parameters]
        max_members = 6
    "#;

    #[test]
    fn without_a_directory_the_built_in_rules_hold() {
        let rules = load(None).unwrap();
        assert_eq!(rules.versions().len(), Rules::built_in().versions().len());
    }

    #[test]
    fn a_file_of_a_directory_takes_the_place_of_its_namesake_or_is_added() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("national.toml"), VERSION).unwrap();
        fs::write(directory.path().join("notes.txt"), "not a rule").unwrap();
        let rules = load(Some(directory.path())).unwrap();
        let ids: Vec<_> = rules.versions().iter().map(|version| &version.origin.policy_version).collect();
        assert!(ids.iter().any(|id| *id == "TEST-1") && !ids.iter().any(|id| *id == "NAT-WALLET-2026-1"));
        let lines = rules.policy(Region::Nation, Programme::Wallet, datetime!(2026-01-15 10:00 +8));
        let members = lines.iter().find(|line| line.name == "max_members").unwrap();
        assert_eq!(members.value.as_deref(), Some("6"));
        fs::rename(directory.path().join("national.toml"), directory.path().join("own.toml")).unwrap();
        assert!(load(Some(directory.path())).is_err(), "it holds on days of the built-in version");
    }

    #[test]
    fn a_directory_without_rules_or_with_bad_ones_is_an_error_that_names_the_file() {
        let directory = tempfile::tempdir().unwrap();
        assert!(load(Some(directory.path())).unwrap_err().to_string().contains("no *.toml"));
        fs::write(directory.path().join("spoilt.toml"), VERSION.replace("max_members", "max_friends"))
            .unwrap();
        assert!(load(Some(directory.path())).unwrap_err().to_string().contains("spoilt.toml"));
        assert!(load(Some(&directory.path().join("absent"))).is_err());
    }
}
