//! The rules as people read them: every parameter in force with its source.
//!
//! It answers what the rules say; it judges nobody.

use time::{Date, OffsetDateTime};

use crate::{
    region::Region,
    rules::Rules,
    words::{Confidence, Programme},
};

/// One parameter in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLine {
    /// The parameter's stable name.
    pub name: &'static str,
    /// The value as in a rule file; `None` where the sources state no such limit.
    pub value: Option<String>,
    /// The region that set it.
    pub from_region: Region,
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

impl Rules {
    /// Every parameter of a programme that holds in a region at an instant; empty if no version is in force.
    pub fn policy(&self, region: Region, programme: Programme, at: OffsetDateTime) -> Vec<PolicyLine> {
        let resolved = self.resolve_region(programme, region, at);
        let line = |(parameter, setting): (crate::Parameter, &crate::Setting)| PolicyLine {
            name: parameter.name(),
            value: setting.value.as_ref().map(ToString::to_string),
            from_region: setting.origin.from_region,
            policy_version: setting.origin.policy_version.clone(),
            source: setting.origin.source.clone(),
            confidence: setting.origin.confidence,
            valid_from: setting.origin.valid_from,
            last_verified_day: setting.origin.last_verified_day,
        };
        resolved.settings().map(line).collect()
    }
}
