//! The rules as people read them: every parameter in force with its source.
//!
//! It answers what the rules say; it judges nobody.

use std::fmt;

use standards::civil;
use time::{Date, OffsetDateTime};

use crate::{
    availability::Availability,
    parameter::Parameter,
    region::Region,
    rules::{Rules, Setting},
    when::When,
    words::{Confidence, Programme},
};

/// One parameter in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLine {
    /// The parameter's stable name.
    pub name: &'static str,
    /// What people call it in Chinese.
    pub label_zh: &'static str,
    /// What it means, with the requirements that ask for it.
    pub meaning: &'static str,
    /// The value as in a rule file; `None` where the sources state no such limit.
    pub value: Option<String>,
    /// The region that set it.
    pub from_region: Region,
    /// Whether a narrower region may not change it.
    pub overrides_local: bool,
    /// The version that set it.
    pub policy_version: String,
    /// The text that states it.
    pub source: String,
    /// How well it is founded.
    pub confidence: Confidence,
    /// The first civil day of the version.
    pub valid_from: Date,
    /// When somebody last compared it with the source.
    pub last_verified_day: Date,
}

/// Every parameter of a programme in a region at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyTable {
    /// The region that was asked for.
    pub region: Region,
    /// The programme.
    pub programme: Programme,
    /// The instant.
    pub at: OffsetDateTime,
    /// Whether the programme is open there, and in every narrower region that an entry names.
    pub availability: Vec<(Region, Availability)>,
    /// One line for each parameter, in the order of the catalogue; none if no version is in force.
    pub lines: Vec<PolicyLine>,
}

impl Rules {
    /// Every parameter of a programme that holds in a region at an instant; empty if no version is in force.
    pub fn policy(&self, region: Region, programme: Programme, when: impl Into<When>) -> Vec<PolicyLine> {
        let resolved = self.resolve_region(programme, region, when);
        let line = |(parameter, setting): (Parameter, &Setting)| PolicyLine {
            name: parameter.name(),
            label_zh: parameter.label_zh(),
            meaning: parameter.meaning(),
            value: setting.value.as_ref().map(ToString::to_string),
            from_region: setting.origin.from_region,
            overrides_local: setting.overrides_local,
            policy_version: setting.origin.policy_version.clone(),
            source: setting.origin.source.clone(),
            confidence: setting.origin.confidence,
            valid_from: setting.origin.valid_from,
            last_verified_day: setting.origin.last_verified_day,
        };
        resolved.settings().map(line).collect()
    }

    /// The same as a table that can be printed.
    pub fn policy_table(&self, region: Region, programme: Programme, when: impl Into<When>) -> PolicyTable {
        let when = when.into();
        let inside = self.named_inside(region, programme, when);
        let of = |region| (region, self.availability_in(region, programme, when));
        let availability = [region].into_iter().chain(inside).map(of).collect();
        let lines = self.policy(region, programme, when);
        PolicyTable { region, programme, at: when.at, availability, lines }
    }
}

impl PolicyLine {
    /// The value as it is shown: a dash where the sources state none.
    pub fn shown(&self) -> &str {
        self.value.as_deref().unwrap_or("-")
    }

    /// Who says so: `630000 QH-LOCAL-2 H since 2024-12-01, verified 2026-02-01: …`.
    pub fn origin(&self) -> String {
        let (since, verified) = (civil::day_text(self.valid_from), civil::day_text(self.last_verified_day));
        let (region, version, confidence) = (self.from_region, &self.policy_version, self.confidence);
        let fixed = if self.overrides_local { ", overrides local rules" } else { "" };
        format!("{region} {version} {confidence} since {since}, verified {verified}{fixed}: {}", self.source)
    }
}

impl fmt::Display for PolicyTable {
    /// A heading, where it is open, then one parameter a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, programme, at, availability, lines } = self;
        writeln!(f, "{programme} in {region} at {}", civil::local_text(*at))?;
        for (region, availability) in availability {
            writeln!(f, "availability in {region}: {availability}")?;
        }
        if lines.is_empty() {
            return writeln!(f, "no version is in force");
        }
        let width = |text: fn(&PolicyLine) -> usize| lines.iter().map(text).max().unwrap_or(0).min(40);
        let (names, values) = (width(|line| line.name.len()), width(|line| line.shown().len()));
        for line in lines {
            writeln!(f, "{:names$}  {:values$}  {}", line.name, line.shown(), line.origin())?;
        }
        Ok(())
    }
}
