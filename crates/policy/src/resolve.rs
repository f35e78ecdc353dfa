//! Which value of each parameter holds for a region at an instant, and which of several sides is the strictest.
//!
//! A narrower region wins, parameter by parameter, unless the wider one overrides; "not stated" never replaces
//! a stated value.

use std::{collections::BTreeSet, sync::Arc};

use money::Yuan;
use rust_decimal::Decimal;
use standards::{Pool, civil};
use time::{Date, Time};

use crate::{
    parameter::{Parameter, Value},
    region::Region,
    rules::{Origin, Rules, Setting, Settings},
    when::When,
    words::{FundingSource, Programme, SharerOrder, Side},
};

/// The rules of a programme for one region at one instant.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The region that was asked for.
    pub region: Region,
    /// The widest version in force: what a rule without a parameter refers to.
    pub base: Option<Arc<Origin>>,
    settings: Arc<Settings>,
}

impl Rules {
    /// What holds in a pooling area at an instant (the event's own time, read as civil time).
    pub fn resolve(&self, programme: Programme, pool: Pool, when: impl Into<When>) -> Resolved {
        self.resolve_region(programme, pool.into(), when)
    }

    /// As [`Rules::resolve`], for any policy region.
    pub fn resolve_region(&self, programme: Programme, region: Region, when: impl Into<When>) -> Resolved {
        let when = when.into();
        let day = civil::day(when.at);
        let (base, settings) = if when.known.is_none() {
            self.settled.on(programme, region, day)
        } else {
            let (base, settings) = self.merged(programme, region, day, when);
            (base, Arc::new(settings))
        };
        Resolved { region, base, settings }
    }

    /// The versions that hold on a civil day laid over each other, and the widest of them.
    pub(crate) fn merged(
        &self,
        programme: Programme,
        region: Region,
        day: Date,
        when: When,
    ) -> (Option<Arc<Origin>>, Settings) {
        let mut base = None;
        let mut settings = Settings::new();
        for wide in region.widening() {
            for (topic, version) in self.versions_on(programme, wide, day, when) {
                if topic.is_none() {
                    base.get_or_insert_with(|| Arc::clone(&version.origin));
                }
                for (&parameter, setting) in &version.settings {
                    let keeps = settings.get(&parameter).is_some_and(|wider: &Arc<Setting>| {
                        wider.overrides_local || (wider.value.is_some() && setting.value.is_none())
                    });
                    if !keeps {
                        settings.insert(parameter, Arc::clone(setting));
                    }
                }
            }
        }
        if base.is_none() {
            // Topics add to a programme; where there is none they say nothing.
            settings.clear();
        }
        (base, settings)
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

    /// The ratio of a parameter, if one is stated.
    pub fn ratio(&self, parameter: Parameter) -> Option<Decimal> {
        if let Some(Value::Ratio(ratio)) = self.value(parameter) { Some(*ratio) } else { None }
    }

    /// The word of a parameter, if one is stated.
    pub fn word(&self, parameter: Parameter) -> Option<&'static str> {
        if let Some(Value::Word(word)) = self.value(parameter) { Some(word) } else { None }
    }

    /// The words of a parameter, if some are stated.
    pub fn words(&self, parameter: Parameter) -> Option<&BTreeSet<&'static str>> {
        if let Some(Value::Words(words)) = self.value(parameter) { Some(words) } else { None }
    }

    /// The words of a parameter in their order, if one is stated.
    pub fn order(&self, parameter: Parameter) -> Option<&[&'static str]> {
        if let Some(Value::Order(words)) = self.value(parameter) { Some(words) } else { None }
    }

    /// The amount of a parameter under a category or year, if one is stated.
    pub fn amount_of(&self, parameter: Parameter, key: &str) -> Option<Yuan> {
        if let Some(Value::Amounts(table)) = self.value(parameter) { table.get(key).copied() } else { None }
    }

    /// The first and last day of a parameter in a year, if they are stated.
    pub fn season_of(&self, parameter: Parameter, year: &str) -> Option<(Date, Date)> {
        if let Some(Value::Seasons(table)) = self.value(parameter) { table.get(year).copied() } else { None }
    }

    /// In which order a payment takes money where this region's rules apply; empty if nothing is stated.
    pub fn funding_order(&self) -> Vec<FundingSource> {
        let words = self.order(Parameter::FundingOrder).unwrap_or_default();
        words.iter().filter_map(|word| FundingSource::parse(word)).collect()
    }

    /// Which of several sharers is asked first; `None` if nothing is stated.
    pub fn sharer_order(&self) -> Option<SharerOrder> {
        self.word(Parameter::SharerOrder).and_then(SharerOrder::parse)
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
