//! The files that are part of the program, and how an operator's files replace or add to them.
//!
//! It reads no directory: the caller brings names and texts.

use crate::{file::RuleErrors, rules::Rules};

macro_rules! files {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!(concat!("../../", $name)))),*] };
}

/// What official or local sources state.
const OFFICIAL: &[(&str, &str)] = files![
    "rules/national.toml",
    "rules/national-local.toml",
    "rules/national-persons.toml",
    "rules/national-care.toml",
    "rules/national-catalogue.toml",
    "rules/premium.toml",
    "rules/beijing.toml",
    "rules/shanghai.toml",
    "rules/jiangsu.toml",
    "rules/fujian.toml",
    "rules/shandong.toml",
    "rules/henan.toml",
    "rules/hunan.toml",
    "rules/hainan.toml",
    "rules/qinghai.toml",
    "rules/place-change.toml",
    "rules/availability.toml",
];

/// What single or contradicting pages say: for demonstrations, never for a decision about a person.
const SAMPLES: &[(&str, &str)] = files![
    "rules/sample/sample-provinces.toml",
    "rules/sample/sample-national.toml",
    "rules/sample/sample-availability.toml",
];

impl Rules {
    /// The rules that are part of the program. Nothing unverified is among them.
    pub fn built_in() -> Self {
        Self::parse(OFFICIAL).expect("a test parses the files that are compiled in")
    }

    /// The same with the unverified samples, each marked by its topic and confidence.
    pub fn built_in_with_samples() -> Self {
        Self::parse(&[OFFICIAL, SAMPLES].concat()).expect("a test parses the files that are compiled in")
    }

    /// Name and text of the files that are part of the program.
    pub fn built_in_files() -> &'static [(&'static str, &'static str)] {
        OFFICIAL
    }

    /// Name and text of the samples.
    pub fn sample_files() -> &'static [(&'static str, &'static str)] {
        SAMPLES
    }

    /// The built-in rules under an operator's files; see [`overlaid`].
    ///
    /// # Errors
    /// As [`Rules::parse`], over all files together.
    pub fn built_in_with(own: &[(&str, &str)]) -> Result<Self, RuleErrors> {
        Self::parse(&overlaid(OFFICIAL, own))
    }
}

/// `base` with `own` laid over it: a file of the same name (what stands after the last `/`) takes the place of the
/// base's, the others follow in their order. An empty file of the same name so removes one.
pub fn overlaid<'a>(base: &[(&'a str, &'a str)], own: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let name = |path: &'a str| path.rsplit(['/', '\\']).next().unwrap_or(path);
    let replaced = |path: &'a str| own.iter().find(|(other, _)| name(other) == name(path));
    let mut files: Vec<_> = base.iter().map(|file| *replaced(file.0).unwrap_or(file)).collect();
    let adds = |other: &&(&'a str, &'a str)| !base.iter().any(|(path, _)| name(path) == name(other.0));
    files.extend(own.iter().filter(adds));
    files
}
