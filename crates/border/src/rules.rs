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
    /// Unverified samples to decide by as well, for demonstrations only; once per name, or separated by commas in the
    /// environment
    #[arg(long, env = "GONGJI_SAMPLE_RULES", value_name = "NAME", value_delimiter = ',', value_parser = sample)]
    pub sample_rules: Vec<String>,
}

impl RuleArgs {
    /// The rules to decide by. Samples are told of in the log.
    ///
    /// # Errors
    /// As [`load`].
    pub fn load(&self) -> anyhow::Result<Rules> {
        if !self.sample_rules.is_empty() {
            let names = self.sample_rules.join(", ");
            tracing::warn!(names, "decides by UNVERIFIED sample rules too: for demonstrations only");
        }
        let samples =
            self.sample_rules.iter().filter_map(|wanted| samples().find(|(name, _)| name == wanted));
        let samples: Vec<_> = samples.map(|(name, text)| (format!("{name}.toml"), text.to_owned())).collect();
        read(self.rules.as_deref(), samples)
    }
}

/// Name and text of each sample.
fn samples() -> impl Iterator<Item = (&'static str, &'static str)> {
    let name = |path: &'static str| Path::new(path).file_stem()?.to_str();
    Rules::sample_files().iter().filter_map(move |(path, text)| Some((name(path)?, *text)))
}

/// The name of a sample.
fn sample(text: &str) -> Result<String, String> {
    let expected = || samples().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
    let known = samples().find(|(name, _)| *name == text);
    known.map(|(name, _)| name.to_owned()).ok_or_else(|| format!("expected one of {}", expected()))
}

/// The built-in rules, under every `*.toml` of `directory` in the order of their names: one of the same name as a
/// built-in file takes its place, others are added.
///
/// # Errors
/// If a file cannot be read, and for a directory without any. Every mistake in the files, one a line, with its file
/// and line.
pub fn load(directory: Option<&Path>) -> anyhow::Result<Rules> {
    read(directory, Vec::new())
}

/// The same with some samples, which a file of the directory replaces like a built-in one.
fn read(directory: Option<&Path>, samples: Vec<(String, String)>) -> anyhow::Result<Rules> {
    let mut own = directory.map(files).transpose()?.unwrap_or_default();
    let named = |path: &str| Path::new(path).file_name().map(ToOwned::to_owned);
    let added =
        samples.into_iter().filter(|(name, _)| !own.iter().any(|(path, _)| named(path) == named(name)));
    let added: Vec<_> = added.collect();
    own.extend(added);
    if own.is_empty() {
        return Ok(Rules::built_in());
    }
    let own: Vec<(&str, &str)> = own.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Ok(Rules::built_in_with(&own)?)
}

/// Name and text of every `*.toml` of a directory, in the order of their names.
fn files(directory: &Path) -> anyhow::Result<Vec<(String, String)>> {
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
    Ok(files)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
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

    #[derive(clap::Parser)]
    struct Arguments {
        #[command(flatten)]
        rules: RuleArgs,
    }

    fn started_with(arguments: &[&str]) -> Result<RuleArgs, String> {
        let parsed = Arguments::try_parse_from(["service"].iter().chain(arguments));
        parsed.map(|arguments| arguments.rules).map_err(|error| error.to_string())
    }

    #[test]
    fn samples_hold_only_where_they_are_switched_on_by_name() {
        let ids = |rules: &RuleArgs| {
            let rules = rules.load().unwrap();
            let ids = rules.versions().iter().map(|version| version.origin.policy_version.clone());
            ids.filter(|id| id.starts_with("SAMPLE-")).collect::<Vec<_>>()
        };
        assert_eq!(ids(&started_with(&[]).unwrap()), Vec::<String>::new());
        let national = ids(&started_with(&["--sample-rules", "sample-national"]).unwrap());
        assert!(national.iter().any(|id| id == "SAMPLE-LIMITS"), "{national:?}");
        assert!(!national.iter().any(|id| id == "SAMPLE-BJ-LOCAL"), "{national:?}");
        let all = started_with(&["--sample-rules", "sample-provinces,sample-national,sample-availability"]);
        assert_eq!(all.unwrap().load().unwrap().versions(), Rules::built_in_with_samples().versions());
        for (name, _) in samples() {
            assert!(started_with(&["--sample-rules", name]).unwrap().load().is_ok(), "{name}");
        }
        let unknown = started_with(&["--sample-rules", "sample-moon"]).unwrap_err();
        assert!(unknown.contains("sample-provinces"), "{unknown}");
    }

    #[test]
    fn a_file_of_ones_own_takes_the_place_of_a_sample() {
        let directory = tempfile::tempdir().unwrap();
        let own = VERSION.replace("000000", "320000");
        fs::write(directory.path().join("sample-national.toml"), own).unwrap();
        let path = directory.path().to_str().unwrap();
        let rules = started_with(&["--rules", path, "--sample-rules", "sample-national"]).unwrap();
        let rules = rules.load().unwrap();
        let has = |wanted: &str| rules.versions().iter().any(|v| v.origin.policy_version == wanted);
        assert!(has("TEST-1") && !has("SAMPLE-LIMITS"));
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
