//! Which event ends a bond, and whether one of the two may end it now (R-055, R-060…R-066).
//!
//! The registry asks with the rules of the event's own time. It ends bonds; here is only said whether they end.

use std::collections::BTreeSet;

use standards::civil;
use time::{Date, Month, Time};

use crate::{
    bond::context::changes,
    decision::Decision,
    facts::UnbindFacts,
    judge::Judge,
    parameter::{Parameter, Value},
    reason::Reason,
    region::Region,
    resolve::{Resolved, strictest},
    rules::{Origin, Rules, Setting},
    when::When,
    words::{Consequence, LifeEvent, Programme, Relation, Side},
};

/// An event that happened to one of the two of a bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BondEvent {
    /// The programme of the bond.
    pub programme: Programme,
    /// What happened.
    pub event: LifeEvent,
    /// To whom.
    pub side: Side,
    /// What the beneficiary is to the sharer.
    pub relation: Relation,
    /// Where the sharer's account was before the event.
    pub sharer_region: Region,
    /// Where the beneficiary was insured before it, or keeps the wallet.
    pub beneficiary_region: Region,
}

/// Whether a bond ends by an event, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Whether it ends.
    pub ends: bool,
    /// The requirement that speaks of the event.
    pub rule: &'static str,
    /// The reason in the registry's words.
    pub dissolve_reason: &'static str,
    /// The version that makes it end; `None` if none does.
    pub origin: Option<Origin>,
}

/// Whether a bond ends by an event (R-060…R-066). A divorce ends only a bond between spouses.
pub fn ending(event: &BondEvent, rules: &Rules, when: impl Into<When>) -> Ending {
    let regions = [event.sharer_region, event.beneficiary_region];
    let found = endings(event.programme, regions, rules, when);
    let hit = found.into_iter().find(|(what, side, _)| (*what, *side) == (event.event, event.side));
    let concerns = event.event != LifeEvent::Divorce || event.relation == Relation::Spouse;
    let origin = hit.map(|(_, _, origin)| origin).filter(|_| concerns);
    let dissolve_reason = event.event.dissolve_reason(event.side);
    Ending { ends: origin.is_some(), rule: event.event.rule(event.side), dissolve_reason, origin }
}

/// Every event that ends a bond of a programme between two regions, with the side to which it happens and the
/// version that says so.
pub fn endings(
    programme: Programme,
    [sharer, beneficiary]: [Region; 2],
    rules: &Rules,
    when: impl Into<When>,
) -> Vec<(LifeEvent, Side, Origin)> {
    let when = when.into();
    let [sharer, beneficiary] =
        [sharer, beneficiary].map(|region| rules.resolve_region(programme, region, when));
    let mut found: Vec<(LifeEvent, Side, Origin)> = Vec::new();
    for parameter in [Parameter::DissolveOn, Parameter::DissolveAlso] {
        let sides: [(Side, &Resolved); 2] = [(Side::Sharer, &sharer), (Side::Beneficiary, &beneficiary)];
        let Some((_, all)) = strictest(parameter, &sides) else { continue };
        for (event, side) in listed(&all) {
            let by = |resolved: &&Resolved| {
                resolved.setting(parameter).is_some_and(|setting| listed(setting).contains(&(event, side)))
            };
            let stated = [&sharer, &beneficiary].into_iter().find(by).and_then(|it| it.setting(parameter));
            let origin = stated.map_or(&all.origin, |setting| &setting.origin);
            if !found.iter().any(|(known, whose, _)| (*known, *whose) == (event, side)) {
                found.push((event, side, Origin::clone(origin)));
            }
        }
    }
    found
}

/// What follows for bonds of a programme between two regions, as one value for whoever keeps them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BondConsequences {
    /// What ends a bond, and on whose side (R-060…R-066).
    pub dissolve_on: BTreeSet<(Side, LifeEvent)>,
    /// Whether a sanction suspends it.
    pub sanction_suspends: bool,
    /// Whether overdue contact data suspend it.
    pub overdue_contact_suspends: bool,
}

/// What follows from changes about the two of a bond; nothing where no rule is in force.
pub fn bond_consequences(
    programme: Programme,
    regions: [Region; 2],
    rules: &Rules,
    when: impl Into<When>,
) -> BondConsequences {
    let when = when.into();
    let resolved = regions.map(|region| rules.resolve_region(programme, region, when));
    let suspends = |parameter| {
        resolved.iter().any(|resolved| resolved.word(parameter) == Some(Consequence::Suspend.name()))
    };
    let found = endings(programme, regions, rules, when);
    BondConsequences {
        dissolve_on: found.into_iter().map(|(event, side, _)| (side, event)).collect(),
        sanction_suspends: suspends(Parameter::SanctionConsequence),
        overdue_contact_suspends: suspends(Parameter::ContactConsequence),
    }
}

fn listed(setting: &Setting) -> Vec<(LifeEvent, Side)> {
    let Some(Value::WordsBy(table)) = &setting.value else { return Vec::new() };
    let events = |(side, words): (&String, &BTreeSet<&'static str>)| {
        let side = Side::parse(side);
        words.iter().filter_map(|word| LifeEvent::parse(word).zip(side)).collect::<Vec<_>>()
    };
    table.iter().flat_map(events).collect()
}

/// Judges the wish of one of the two to end a bond: cooling time and changes of the year, where the sharer's region
/// has such rules. What happens to people ends a bond without being asked here.
pub fn decide_unbind(facts: &UnbindFacts, rules: &Rules, when: impl Into<When>) -> Decision {
    let mut judge = Judge::between(rules, facts.programme, &facts.sharer, &facts.beneficiary, when.into());
    let (day, parameter) = (judge.day, Parameter::UnbindWaitMonths);
    let found = judge.of_side(Side::Sharer, parameter);
    judge.if_stated("R-055", parameter, found, |value, draft| {
        let Value::Count(months) = value else { return (draft, None, Reason::BondChangeLocked) };
        let free = months_after(facts.active_from, *months);
        let draft = draft.limit(civil::day_text(free)).actual(civil::day_text(day));
        (draft.again(Some(civil::instant(free, Time::MIDNIGHT))), Some(day >= free), Reason::BondChangeLocked)
    });
    changes(&mut judge, facts.changes_this_year);
    judge.close()
}

/// The same day of a later month, or its last day where the month is shorter.
pub(crate) fn months_after(day: Date, months: u32) -> Date {
    let index = u32::from(u8::from(day.month())) - 1 + months;
    let year = day.year().saturating_add(i32::try_from(index / 12).unwrap_or(i32::MAX));
    let month = u8::try_from(index % 12 + 1).ok().and_then(|month| Month::try_from(month).ok());
    let Some(month) = month else { return Date::MAX };
    let last = month.length(year);
    Date::from_calendar_date(year, month, day.day().min(last)).unwrap_or(Date::MAX)
}
