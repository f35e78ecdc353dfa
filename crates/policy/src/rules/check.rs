//! What no version or opening can see alone: ids used twice, versions of the same days, corrections of nothing.
//!
//! It only compares; each table was read and found sound before.

use crate::{
    availability::Opening,
    file::{Log, RuleFileError},
    rules::Version,
};

/// Where a version or an opening begins; the problem is filled in.
#[derive(Clone)]
pub(super) struct Place {
    /// The place of the file among the files.
    pub(super) file: usize,
    pub(super) error: RuleFileError,
}

impl Place {
    fn note(&self, log: &Log, problem: String) {
        log.note(RuleFileError { problem, ..self.error.clone() });
    }

    fn is(&self, other: &Self) -> bool {
        (self.file, self.error.line) == (other.file, other.error.line)
    }

    fn name(&self) -> String {
        format!("{}:{}", self.error.file, self.error.line)
    }
}

impl Version {
    fn overlaps(&self, other: &Self) -> bool {
        let meets = |a: &Self, b: &Self| a.valid_to.is_none_or(|end| b.origin.valid_from <= end);
        self.programme == other.programme
            && self.origin.from_region == other.origin.from_region
            && meets(self, other)
            && meets(other, self)
    }

    fn corrects(&self, other: &Self) -> bool {
        self.supersedes.as_ref() == Some(&other.origin.policy_version)
            && self.is_about_the_same(other)
            && other.recorded_at < self.recorded_at
    }

    fn is_about_the_same(&self, other: &Self) -> bool {
        (self.programme, self.topic, self.origin.from_region)
            == (other.programme, other.topic, other.origin.from_region)
    }

    /// Whether it corrects the other, or a correction of it.
    fn descends<'a>(&'a self, other: &Self, versions: &'a [(Place, Self)]) -> bool {
        let mut younger = self;
        // Each step goes to something recorded earlier, so this ends.
        while !younger.corrects(other) {
            match versions.iter().find(|(_, older)| younger.corrects(older)) {
                Some((_, older)) => younger = older,
                None => return false,
            }
        }
        true
    }
}

/// Notes every contradiction.
pub(super) fn together(versions: &[(Place, Version)], openings: &[(Place, Opening)], log: &Log) {
    let sound = log.count() == 0;
    for (index, (here, version)) in versions.iter().enumerate() {
        let id = &version.origin.policy_version;
        for (there, other) in versions[..index].iter().filter(|(there, _)| !there.is(here)) {
            if other.origin.policy_version == *id {
                here.note(log, format!("version `{id}` is already in {}", there.name()));
            } else if version.overlaps(other) {
                let related = version.descends(other, versions) || other.descends(version, versions);
                beside(here, (version, other), related, log);
            }
        }
        // A correction may be of a version that could not be read.
        if let Some(older) = version.supersedes.as_ref().filter(|_| sound)
            && !versions.iter().any(|(_, other)| version.corrects(other) && version.overlaps(other))
        {
            let why =
                "no version of that id, topic, programme and region that overlaps and was recorded earlier";
            here.note(log, format!("version `{id}` supersedes `{older}`: {why}"));
        }
    }
    for (index, (here, opening)) in openings.iter().enumerate() {
        if openings[..index].iter().any(|(_, known)| known.same_slot(opening)) {
            let why = "to correct an entry, record the other one later";
            here.note(log, format!("{} is listed twice for this day: {why}", opening.region));
        }
    }
}

/// Two versions of the same programme, region and days; `related` if one corrects the other.
fn beside(here: &Place, (version, other): (&Version, &Version), related: bool, log: &Log) {
    let (id, name) = (&version.origin.policy_version, &other.origin.policy_version);
    if version.topic == other.topic {
        if !related {
            let why = "end one of them, or name the older in `supersedes` and record this one later";
            here.note(log, format!("version `{id}` holds on days of `{name}`: {why}"));
        }
        return;
    }
    for (parameter, setting) in &version.settings {
        let both = other.settings.get(parameter).is_some_and(|there| there.value.is_some());
        if both && setting.value.is_some() {
            here.note(
                log,
                format!("version `{id}` sets `{parameter}`, and so does `{name}` on the same days"),
            );
        }
    }
}
