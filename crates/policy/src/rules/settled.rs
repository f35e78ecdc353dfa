//! What every version together comes to, worked out once: per programme and region one table for each span of civil
//! days in which nothing changes. A decision about now looks it up; it never merges versions again.
//!
//! It holds with every recording that is known. A question with an instant of knowledge is answered from the versions.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use time::Date;

use super::{Origin, Rules, Setting};
use crate::{parameter::Parameter, region::Region, when::When, words::Programme};

/// The settings of a region, by parameter.
pub(crate) type Settings = BTreeMap<Parameter, Arc<Setting>>;

/// What holds from a civil day on, until the next one begins.
#[derive(Clone, Debug)]
struct Span {
    from: Date,
    base: Option<Arc<Origin>>,
    settings: Arc<Settings>,
}

/// Spans in the order of their days, for each region that a version names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settled(BTreeMap<(Programme, Region), Vec<Span>>);

impl Settled {
    /// Works it out.
    pub(super) fn of(rules: &Rules) -> Self {
        let named: BTreeSet<(Programme, Region)> =
            rules.versions.iter().map(|version| (version.programme, version.origin.from_region)).collect();
        let spans = |&(programme, region): &(Programme, Region)| {
            let begins = begins(rules, programme, region).into_iter();
            let span = |from: Date| {
                let (base, settings) = rules.merged(programme, region, from, When::always());
                Span { from, base, settings: Arc::new(settings) }
            };
            ((programme, region), begins.map(span).collect())
        };
        Self(named.iter().map(spans).collect())
    }

    /// What holds in a region on a civil day: its own table, or that of the narrowest region around it that has one.
    pub(crate) fn on(
        &self,
        programme: Programme,
        region: Region,
        day: Date,
    ) -> (Option<Arc<Origin>>, Arc<Settings>) {
        let around = region.widening();
        let spans = around.iter().rev().find_map(|region| self.0.get(&(programme, *region)));
        let span = spans.and_then(|spans| spans.iter().rev().find(|span| span.from <= day));
        span.map(|span| (span.base.clone(), Arc::clone(&span.settings))).unwrap_or_default()
    }
}

/// The days on which something begins to hold, or holds no longer, in a region or around it.
fn begins(rules: &Rules, programme: Programme, region: Region) -> BTreeSet<Date> {
    let around = region.widening();
    let here = |version: &&super::Version| {
        version.programme == programme && around.contains(&version.origin.from_region)
    };
    let versions = rules.versions.iter().filter(here);
    versions
        .flat_map(|version| [Some(version.origin.valid_from), version.valid_to.and_then(Date::next_day)])
        .flatten()
        .collect()
}
