//! All versions and openings, checked against each other when they are parsed.
//!
//! Versions are never changed: a correction is a new version that names the one it supersedes, so that what was
//! known on a day ([`Rules::known_at`]) can be judged again with the same answer.

use std::{collections::BTreeMap, sync::Arc};

use time::{Date, OffsetDateTime};

use crate::{
    availability::Opening,
    file::{self, Kind, RuleFileError, Source},
    parameter::{Parameter, Value},
    region::Region,
    words::{Confidence, Programme},
};

/// Where a value comes from and how far it can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The id of the version, such as `NAT-WALLET-2026-1`.
    pub policy_version: String,
    /// The region that set the value.
    pub from_region: Region,
    /// The first civil day of the version.
    pub valid_from: Date,
    /// The text that states the value.
    pub source: String,
    /// How well the value is founded.
    pub confidence: Confidence,
    /// When somebody last compared the value with its source.
    pub last_verified_day: Date,
}

/// A parameter of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The value; `None` where the sources state no such limit.
    pub value: Option<Value>,
    /// Where it comes from.
    pub origin: Arc<Origin>,
    /// Whether a narrower region may not change it.
    pub overrides_local: bool,
}

/// The rules of one programme in one region for a span of civil days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The programme.
    pub programme: Programme,
    /// Id, region, first day and evidence.
    pub origin: Arc<Origin>,
    /// The last civil day, included; `None` while the version is in force.
    pub valid_to: Option<Date>,
    /// When the version became known to this system.
    pub recorded_at: OffsetDateTime,
    /// The version that this one corrects.
    pub supersedes: Option<String>,
    pub(crate) settings: Arc<BTreeMap<Parameter, Arc<Setting>>>,
}

impl Version {
    /// Whether the version holds on a civil day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.origin.valid_from <= day && self.valid_to.is_none_or(|end| day <= end)
    }

    fn overlaps(&self, other: &Self) -> bool {
        let meets = |a: &Self, b: &Self| a.valid_to.is_none_or(|end| b.origin.valid_from <= end);
        self.programme == other.programme
            && self.origin.from_region == other.origin.from_region
            && meets(self, other)
            && meets(other, self)
    }

    fn corrects(&self, other: &Self) -> bool {
        self.supersedes.as_ref() == Some(&other.origin.policy_version) && other.recorded_at < self.recorded_at
    }
}

/// Every version and opening that is known.
#[derive(Clone, Debug)]
pub struct Rules {
    pub(crate) versions: Vec<Version>,
    pub(crate) openings: Vec<Opening>,
}

/// The files that are part of the program.
const BUILT_IN: [(&str, &str); 2] = [
    ("rules/national.toml", include_str!("../rules/national.toml")),
    ("rules/availability.toml", include_str!("../rules/availability.toml")),
];

impl Rules {
    /// The rules that are part of the program.
    pub fn built_in() -> Self {
        Self::parse(&BUILT_IN).expect("a test parses the files that are compiled in")
    }

    /// Parses rule files, each a name for messages and its text; reading a directory is the caller's work.
    ///
    /// # Errors
    /// The first mistake with file and line: not TOML, an unknown key or parameter, a missing source, a value of
    /// the wrong kind, an id used twice, or two versions that hold on the same day without one naming the other
    /// in `supersedes`.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, RuleFileError> {
        let mut versions: Vec<(RuleFileError, Version)> = Vec::new();
        let mut openings: Vec<Opening> = Vec::new();
        for &(name, text) in files {
            let source = Source { name, text };
            for (kind, start, table) in source.tables()? {
                match kind {
                    Kind::Version => {
                        let here = source.error_at(start, "");
                        versions.push((here, file::version::read(source, start, &table)?));
                    }
                    Kind::Availability => {
                        for (offset, opening) in file::opening::read(source, start, &table)? {
                            if openings.iter().any(|known| known.same_slot(&opening)) {
                                let problem = format!("{} is listed twice for this day", opening.region);
                                return Err(source.error_at(offset, problem));
                            }
                            openings.push(opening);
                        }
                    }
                }
            }
        }
        check_together(&versions)?;
        Ok(Self { versions: versions.into_iter().map(|(_, version)| version).collect(), openings })
    }

    /// The rules as they were known at an instant: nothing recorded later.
    pub fn known_at(&self, at: OffsetDateTime) -> Self {
        let versions = self.versions.iter().filter(|version| version.recorded_at <= at).cloned().collect();
        let openings = self.openings.iter().filter(|opening| opening.recorded_at <= at).cloned().collect();
        Self { versions, openings }
    }

    /// Every version, in the order of the files.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The version of exactly this region that holds on a civil day; of several the one recorded last.
    pub(crate) fn version_on(&self, programme: Programme, region: Region, day: Date) -> Option<&Version> {
        let here =
            |version: &&Version| version.programme == programme && version.origin.from_region == region;
        let holding = self.versions.iter().filter(here).filter(|version| version.holds_on(day));
        holding.max_by_key(|version| version.recorded_at)
    }
}

/// What no version can see alone: ids used twice, overlaps, corrections of nothing.
fn check_together(versions: &[(RuleFileError, Version)]) -> Result<(), RuleFileError> {
    for (index, (here, version)) in versions.iter().enumerate() {
        let problem = |problem: String| Err(RuleFileError { problem, ..here.clone() });
        let id = &version.origin.policy_version;
        for (there, other) in &versions[..index] {
            if other.origin.policy_version == *id {
                return problem(format!("version `{id}` is already in {}:{}", there.file, there.line));
            }
            if version.overlaps(other) && !version.corrects(other) && !other.corrects(version) {
                let other = &other.origin.policy_version;
                let why = "end one of them, or name the older in `supersedes` and record this one later";
                return problem(format!("version `{id}` holds on days of `{other}`: {why}"));
            }
        }
        if let Some(older) = &version.supersedes
            && !versions.iter().any(|(_, other)| version.corrects(other) && version.overlaps(other))
        {
            let why = "no version of that id, programme and region that overlaps and was recorded earlier";
            return problem(format!("version `{id}` supersedes `{older}`: {why}"));
        }
    }
    Ok(())
}
