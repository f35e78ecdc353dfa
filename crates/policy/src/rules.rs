//! All versions and openings, checked against each other when they are parsed ([`check`]).
//!
//! Versions are never changed: a correction is a new version that names the one it supersedes, so that what was
//! known on a day ([`Rules::known_at`]) can be judged again with the same answer.

pub(crate) mod built_in;
mod check;
mod settled;

use std::{collections::BTreeMap, sync::Arc};

use time::{Date, OffsetDateTime};

pub(crate) use self::settled::{Settings, Settled};
use crate::{
    availability::Opening,
    file::{self, Kind, Log, RuleErrors, Source},
    parameter::{Parameter, Value},
    region::Region,
    when::When,
    words::{Confidence, Programme, Topic},
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
    /// What the version is about; `None` for the programme as a whole. Versions with a topic only add to one
    /// without: alone they make no programme.
    pub topic: Option<Topic>,
    /// Id, region, first day and evidence.
    pub origin: Arc<Origin>,
    /// The last civil day, included; `None` while the version is in force.
    pub valid_to: Option<Date>,
    /// When the version became known to this system.
    pub recorded_at: OffsetDateTime,
    /// The version that this one corrects.
    pub supersedes: Option<String>,
    pub(crate) settings: BTreeMap<Parameter, Arc<Setting>>,
}

impl Version {
    /// Whether the version holds on a civil day.
    pub fn holds_on(&self, day: Date) -> bool {
        self.origin.valid_from <= day && self.valid_to.is_none_or(|end| day <= end)
    }

    /// Every parameter that the version speaks of, in the order of the catalogue.
    pub fn settings(&self) -> impl Iterator<Item = (Parameter, &Setting)> {
        self.settings.iter().map(|(&parameter, setting)| (parameter, setting.as_ref()))
    }
}

/// Every version and opening that is known.
#[derive(Clone, Debug)]
pub struct Rules {
    versions: Vec<Version>,
    pub(crate) openings: Vec<Opening>,
    /// Which of the versions are about a programme and region.
    about: BTreeMap<(Programme, Region), Vec<usize>>,
    pub(crate) settled: Settled,
}

impl Rules {
    /// Parses rule files, each a name for messages and its text; reading a directory is the caller's work.
    ///
    /// # Errors
    /// Every mistake with file and line: not TOML, an unknown key or parameter, a missing source, a value of the
    /// wrong kind, an id used twice, or two versions that hold on the same day without one naming the other in
    /// `supersedes`.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, RuleErrors> {
        let log = Log::default();
        let mut versions = Vec::new();
        let mut openings = Vec::new();
        for (file, &(name, text)) in files.iter().enumerate() {
            let source = Source { name, text, log: &log };
            for (kind, start, table) in source.tables() {
                match kind {
                    Kind::Version => {
                        let here = check::Place { file, error: source.error_at(start, "") };
                        let read = file::version::read(source, start, &table);
                        versions.extend(read.into_iter().map(|version| (here.clone(), version)));
                    }
                    Kind::Availability => {
                        let read = file::opening::read(source, start, &table);
                        let place = |offset| check::Place { file, error: source.error_at(offset, "") };
                        openings.extend(read.into_iter().map(|(offset, opening)| (place(offset), opening)));
                    }
                }
            }
        }
        check::together(&versions, &openings, &log);
        let mut errors = log.into_errors();
        if errors.is_empty() {
            let versions = versions.into_iter().map(|(_, version)| version).collect();
            return Ok(Self::of(versions, openings.into_iter().map(|(_, opening)| opening).collect()));
        }
        let file_of = |error: &file::RuleFileError| files.iter().position(|(name, _)| *name == error.file);
        errors.sort_by_key(|error| (file_of(error), error.line));
        errors.dedup();
        Err(RuleErrors(errors))
    }

    /// The rules as they were known at an instant: nothing recorded later. To judge one event so,
    /// [`When::known_at`] does the same without a copy.
    pub fn known_at(&self, at: OffsetDateTime) -> Self {
        let versions = self.versions.iter().filter(|version| version.recorded_at <= at).cloned().collect();
        let openings = self.openings.iter().filter(|opening| opening.recorded_at <= at).cloned().collect();
        Self::of(versions, openings)
    }

    fn of(versions: Vec<Version>, openings: Vec<Opening>) -> Self {
        let mut about: BTreeMap<(Programme, Region), Vec<usize>> = BTreeMap::new();
        for (index, version) in versions.iter().enumerate() {
            about.entry((version.programme, version.origin.from_region)).or_default().push(index);
        }
        let mut rules = Self { versions, openings, about, settled: Settled::default() };
        rules.settled = Settled::of(&rules);
        rules
    }

    /// Every version, in the order of the files; one that names several programmes or regions is there for each.
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The version of exactly this region about the programme as a whole, then those with topics, that hold on a
    /// civil day; of several about the same the one recorded last.
    pub(crate) fn versions_on(
        &self,
        programme: Programme,
        region: Region,
        day: Date,
        when: When,
    ) -> BTreeMap<Option<Topic>, &Version> {
        let mut found: BTreeMap<Option<Topic>, &Version> = BTreeMap::new();
        for index in self.about.get(&(programme, region)).into_iter().flatten() {
            let version = &self.versions[*index];
            if version.holds_on(day) && when.knows(version.recorded_at) {
                let kept = found.entry(version.topic).or_insert(version);
                if kept.recorded_at <= version.recorded_at {
                    *kept = version;
                }
            }
        }
        found
    }
}
