//! What changed in the rules of a region between two instants.
//!
//! Only values count: a parameter that another version states alike has not changed.

use std::{collections::BTreeSet, fmt};

use standards::civil;
use time::OffsetDateTime;

use crate::{
    availability::Availability, catalogue::PolicyLine, region::Region, rules::Rules, when::When,
    words::Programme,
};

/// One parameter that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyChange {
    /// Nothing spoke of it before.
    Added(PolicyLine),
    /// Nothing speaks of it any more.
    Removed(PolicyLine),
    /// It has another value.
    Changed {
        /// As it was.
        before: PolicyLine,
        /// As it is.
        after: PolicyLine,
    },
}

/// The rules of one region and programme at two instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDifference {
    /// The region that was asked for.
    pub region: Region,
    /// The programme.
    pub programme: Programme,
    /// The earlier instant.
    pub from: OffsetDateTime,
    /// The later one.
    pub to: OffsetDateTime,
    /// Where the programme was opened or closed, here and in narrower regions: as it was, and as it is.
    pub availability: Vec<(Region, [Availability; 2])>,
    /// Every parameter that changed, in the order of the catalogue, removed ones last.
    pub changes: Vec<PolicyChange>,
}

impl Rules {
    /// What changed in a programme and region between two instants; each may name its own instant of knowledge.
    pub fn policy_difference(
        &self,
        region: Region,
        programme: Programme,
        from: impl Into<When>,
        to: impl Into<When>,
    ) -> PolicyDifference {
        let (from, to) = (from.into(), to.into());
        let mut before = self.policy(region, programme, from);
        let mut changes = Vec::new();
        for after in self.policy(region, programme, to) {
            match before.iter().position(|line| line.name == after.name) {
                None => changes.push(PolicyChange::Added(after)),
                Some(index) => {
                    let before = before.swap_remove(index);
                    if before.value != after.value {
                        changes.push(PolicyChange::Changed { before, after });
                    }
                }
            }
        }
        before.sort_by_key(|line| line.name);
        changes.extend(before.into_iter().map(PolicyChange::Removed));
        let availability = self.opened(region, programme, [from, to]);
        PolicyDifference { region, programme, from: from.at, to: to.at, availability, changes }
    }

    /// Which regions were opened or closed between two instants: this one, and those inside it that an entry names.
    fn opened(
        &self,
        region: Region,
        programme: Programme,
        times: [When; 2],
    ) -> Vec<(Region, [Availability; 2])> {
        let mut regions = BTreeSet::from([region]);
        regions.extend(times.iter().flat_map(|&when| self.named_inside(region, programme, when)));
        let both = |region| (region, times.map(|when| self.availability_in(region, programme, when)));
        regions.into_iter().map(both).filter(|(_, [before, after])| before.open != after.open).collect()
    }
}

impl fmt::Display for PolicyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(line) => write!(f, "+ {} = {}\n    {}", line.name, line.shown(), line.origin()),
            Self::Removed(line) => write!(f, "- {} = {}\n    {}", line.name, line.shown(), line.origin()),
            Self::Changed { before, after } => write!(
                f,
                "~ {}: {} -> {}\n    was {}\n    is  {}",
                after.name,
                before.shown(),
                after.shown(),
                before.origin(),
                after.origin()
            ),
        }
    }
}

impl fmt::Display for PolicyDifference {
    /// A heading, where it was opened or closed, then the changes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, programme, from, to, availability, changes } = self;
        let (from, to) = (civil::local_text(*from), civil::local_text(*to));
        writeln!(f, "{programme} in {region} from {from} to {to}")?;
        if changes.is_empty() && availability.is_empty() {
            writeln!(f, "nothing changed")?;
        }
        let word = |availability: &Availability| if availability.open { "OPEN" } else { "CLOSED" };
        for (region, [before, after]) in availability {
            writeln!(f, "~ availability in {region}: {} -> {}", word(before), word(after))?;
            writeln!(f, "    was {before}\n    is  {after}")?;
        }
        changes.iter().try_for_each(|change| writeln!(f, "{change}"))
    }
}
