//! Which value of each parameter holds for a region at an instant, and which of several sides is the strictest.
//!
//! A narrower region wins, parameter by parameter, unless the wider one overrides; "not stated" never replaces
//! a stated value.

use std::{collections::BTreeMap, sync::Arc};

use money::Yuan;
use standards::{Pool, civil};
use time::{OffsetDateTime, Time};

use crate::{
    parameter::{Parameter, Value},
    region::Region,
    rules::{Origin, Rules, Setting},
    words::{Programme, Side},
};

/// The rules of a programme for one region at one instant.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The region that was asked for.
    pub region: Region,
    /// The widest version in force: what a rule without a parameter refers to.
    pub base: Option<Arc<Origin>>,
    /// Those of the widest version itself while no narrower one speaks.
    settings: Arc<BTreeMap<Parameter, Arc<Setting>>>,
}

impl Rules {
    /// What holds in a pooling area at an instant (the event's own time, read as civil time).
    pub fn resolve(&self, programme: Programme, pool: Pool, at: OffsetDateTime) -> Resolved {
        self.resolve_region(programme, pool.into(), at)
    }

    /// As [`Rules::resolve`], for any policy region.
    pub fn resolve_region(&self, programme: Programme, region: Region, at: OffsetDateTime) -> Resolved {
        let day = civil::day(at);
        let mut base = None;
        let mut shared: Arc<BTreeMap<Parameter, Arc<Setting>>> = Arc::default();
        for wide in region.widening() {
            let Some(version) = self.version_on(programme, wide, day) else { continue };
            if base.is_none() {
                base = Some(Arc::clone(&version.origin));
                shared = Arc::clone(&version.settings);
                continue;
            }
            let settings = Arc::make_mut(&mut shared);
            for (&parameter, setting) in version.settings.iter() {
                let keeps = settings.get(&parameter).is_some_and(|wider| {
                    wider.overrides_local || (wider.value.is_some() && setting.value.is_none())
                });
                if !keeps {
                    settings.insert(parameter, Arc::clone(setting));
                }
            }
        }
        Resolved { region, base, settings: shared }
    }
}

impl Resolved {
    /// The parameter with its origin; `None` if no version in force speaks of it.
    pub fn setting(&self, parameter: Parameter) -> Option<&Setting> {
        self.settings.get(&parameter).map(Arc::as_ref)
    }

    /// Every parameter that a version in force speaks of, in the order of the catalogue.
    pub fn settings(&self) -> impl Iterator<Item = (Parameter, &Setting)> {
        self.settings.iter().map(|(&parameter, setting)| (parameter, setting.as_ref()))
    }

    fn value(&self, parameter: Parameter) -> Option<&Value> {
        self.setting(parameter)?.value.as_ref()
    }

    /// The amount of a parameter, if one is stated.
    pub fn amount(&self, parameter: Parameter) -> Option<Yuan> {
        if let Some(Value::Amount(amount)) = self.value(parameter) { Some(*amount) } else { None }
    }

    /// The number of a parameter, if one is stated.
    pub fn count(&self, parameter: Parameter) -> Option<u32> {
        if let Some(Value::Count(count)) = self.value(parameter) { Some(*count) } else { None }
    }

    /// The clock time of a parameter, if one is stated.
    pub fn clock(&self, parameter: Parameter) -> Option<Time> {
        if let Some(Value::Clock(clock)) = self.value(parameter) { Some(*clock) } else { None }
    }

    /// The yes or no of a parameter, if one is stated.
    pub fn flag(&self, parameter: Parameter) -> Option<bool> {
        if let Some(Value::Flag(flag)) = self.value(parameter) { Some(*flag) } else { None }
    }
}

/// The strictest of several sides, with the side that made it so (the first of equals).
///
/// A side that says nothing does not weaken the others; a limit that no side states is stated by none. Of two
/// value sets what both allow remains, and the side that narrowed it last is named.
pub fn strictest(parameter: Parameter, sides: &[(Side, &Resolved)]) -> Option<(Side, Setting)> {
    let mut found: Option<(Side, Setting)> = None;
    for (side, resolved) in sides {
        let Some(setting) = resolved.setting(parameter) else { continue };
        found = Some(match found {
            None => (*side, setting.clone()),
            Some((first, kept)) => match (kept.value.clone(), setting.value.clone()) {
                (None, Some(_)) => (*side, setting.clone()),
                (_, None) => (first, kept),
                (Some(a), Some(b)) => {
                    let value = parameter.strictest(a.clone(), b);
                    let named = if value == a { first } else { *side };
                    let origin = if named == first { kept } else { setting.clone() };
                    (named, Setting { value: Some(value), ..origin })
                }
            },
        });
    }
    found
}
