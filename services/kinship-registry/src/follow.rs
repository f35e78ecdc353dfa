//! What happens to people, as identity tells it or as days pass, and what follows for their bonds (R-024, R-029,
//!
//!
//! A page of the stream, the bonds that it changes and the cursor are one transaction: each event counts once,
//! whenever the process stops. What was known when a bond was judged does nothing to it any more.

use bond::{Change, Consequences, Side, apply, changes, follow};
use chassis::{
    batch::{Moment, Verdict},
    feed::Cursor,
};
use policy::{Region, Rules, bond_consequences};
use serde::Serialize;
use standards::{PersonId, civil};
use time::{Date, OffsetDateTime, Time};

use crate::{
    outcome::Outcome,
    persons::Pair,
    registered::Registered,
    registry::{Known, Registry, Unreadable},
    stand::Stand,
    words,
};

/// One event of identity's stream.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PersonItem {
    /// Its position.
    pub(crate) position: i64,
    /// Whom it is about.
    pub(crate) person: PersonId,
    /// How the person stands after it.
    pub(crate) stand: Stand,
    /// When it happened outside.
    #[serde(with = "time::serde::rfc3339::option")]
    pub(crate) happened: Option<OffsetDateTime>,
}

/// A page of identity's stream.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Followed {
    /// Where the page begins.
    pub(crate) from: Cursor,
    /// Where it ends.
    pub(crate) to: Cursor,
    /// Its events.
    pub(crate) items: Vec<PersonItem>,
    /// Those that could not be read.
    pub(crate) unreadable: Vec<Unreadable>,
}

/// People whose situation may change with the day.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Review {
    /// Who.
    pub(crate) persons: Vec<PersonId>,
}

/// Since when a change counts for a bond.
#[derive(Clone, Copy)]
enum Since {
    /// For bonds that were judged before this position.
    Position(i64),
    /// For bonds that were judged before this day.
    Day(Date),
    /// For all.
    Always,
}

impl Since {
    fn concerns(self, registered: &Registered, side: Side) -> bool {
        match self {
            Self::Position(position) => registered.seen.on(side) < position,
            Self::Day(day) => {
                let judged = registered.bond.active_at.unwrap_or(registered.bond.created_at);
                civil::day(judged) < day
            }
            Self::Always => true,
        }
    }
}

impl Followed {
    /// Takes in the page, if the cursor stands where it begins.
    pub(crate) fn decide(&self, registry: &mut Registry, rules: &Rules, moment: Moment) -> Verdict<Outcome> {
        if !registry.advance(self.from, self.to) {
            return Verdict::Answer(Outcome::Elsewhere);
        }
        for item in &self.unreadable {
            registry.set_aside(item.clone(), moment.at);
        }
        let mut changed = Vec::new();
        for item in &self.items {
            changed.extend(item.take(registry, rules, moment));
        }
        followed(changed)
    }
}

impl PersonItem {
    fn take(&self, registry: &mut Registry, rules: &Rules, moment: Moment) -> Vec<Registered> {
        let before = registry.known(self.person).map(|known| known.situation.clone()).unwrap_or_default();
        let day = civil::day(moment.at);
        let situation = self.stand.situation(day, before.insured);
        let found = changes(&before, &situation);
        // The rules of the event's own time, as far as that is not in the future.
        let at = self.happened.map_or(moment.at, |happened| happened.min(moment.at));
        let since = Since::Position(self.position);
        let changed = react(registry, rules, (self.person, &found), (since, at), moment);
        let review_day = self.stand.next_day(day);
        let known = Known { position: self.position, stand: self.stand.clone(), situation, review_day };
        registry.know(self.person, known);
        changed
    }
}

impl Review {
    /// Looks again at people whose day has come.
    pub(crate) fn decide(&self, registry: &mut Registry, rules: &Rules, moment: Moment) -> Verdict<Outcome> {
        let day = civil::day(moment.at);
        let mut changed = Vec::new();
        for person in &self.persons {
            let Some(known) = registry.known(*person).cloned() else { continue };
            let Some(due) = known.review_day.filter(|due| *due <= day) else { continue };
            let situation = known.stand.situation(day, known.situation.insured);
            let found = changes(&known.situation, &situation);
            let at = civil::instant(due, Time::MIDNIGHT);
            changed.extend(react(registry, rules, (*person, &found), (Since::Day(due), at), moment));
            let review_day = known.stand.next_day(day);
            registry.know(*person, Known { situation, review_day, ..known });
        }
        followed(changed)
    }
}

/// One record for what changed bonds; a page that changed none is only a projection.
fn followed(changed: Vec<Registered>) -> Verdict<Outcome> {
    if changed.is_empty() {
        Verdict::Answer(Outcome::Stored)
    } else {
        Verdict::Record(Outcome::Followed { changed })
    }
}

/// What a recorded family fact does to the bonds of a person.
pub(crate) fn by_fact(
    registry: &mut Registry,
    rules: &Rules,
    (person, change): (PersonId, Change),
    moment: Moment,
) -> Vec<Registered> {
    react(registry, rules, (person, &[change]), (Since::Always, moment.at), moment)
}

/// Carries out what changes about a person do to the bonds; the bonds after it.
fn react(
    registry: &mut Registry,
    rules: &Rules,
    (person, found): (PersonId, &[Change]),
    (since, at): (Since, OffsetDateTime),
    moment: Moment,
) -> Vec<Registered> {
    let mut changed = Vec::new();
    if found.is_empty() {
        return changed;
    }
    for registered in registry.standing_of(person) {
        let Some(side) = registered.bond.side_of(person) else { continue };
        if !since.concerns(&registered, side) {
            continue;
        }
        let stated = consequences(registry, rules, &registered, at);
        if let Some(moved) = moved(&registered, side, found, &stated, moment) {
            registry.put(moved.clone());
            changed.push(moved);
        }
    }
    changed
}

fn moved(
    registered: &Registered,
    side: Side,
    found: &[Change],
    stated: &Consequences,
    moment: Moment,
) -> Option<Registered> {
    let mut bond = registered.bond.clone();
    for change in found {
        let event = follow(&bond, side, change, stated);
        // An event that the state forbids changes nothing.
        if let Some(Ok(next)) = event.map(|event| apply(bond.clone(), event, moment.at)) {
            bond = next;
        }
    }
    let differs = bond.revision != registered.bond.revision;
    differs.then(|| Registered { bond, changed_seq: moment.sequence, ..registered.clone() })
}

/// What the rules of both regions make of changes, as the two were insured before them.
fn consequences(
    registry: &Registry,
    rules: &Rules,
    registered: &Registered,
    at: OffsetDateTime,
) -> Consequences {
    let day = civil::day(at);
    let region = |side| {
        let known = registry.known(registered.bond.person_on(side));
        known.map_or(Region::Nation, |known| known.region(side, day))
    };
    let regions = [region(Side::Sharer), region(Side::Beneficiary)];
    words::consequences(bond_consequences(registered.programme(), regions, rules, at))
}

impl Known {
    /// The region of somebody on a side: where the person was insured when that was last looked at.
    fn region(&self, side: Side, day: Date) -> Region {
        let seat = self.situation.insured.seat(side).map(|seat| seat.pool);
        match side {
            Side::Sharer => seat.map(Region::from),
            Side::Beneficiary => self.stand.place_of_use.or(seat).map(Region::from),
        }
        .unwrap_or_else(|| self.stand.region(side, day))
    }
}

/// Brings a bond that was just accepted up to what the stream has told since its facts were asked for.
pub(crate) fn catch_up(
    registry: &Registry,
    rules: &Rules,
    mut registered: Registered,
    pair: &Pair,
    moment: Moment,
) -> Registered {
    let day = civil::day(moment.at);
    for side in [Side::Sharer, Side::Beneficiary] {
        let person = pair.on_side(side);
        let Some(known) = registry.known(person.id).filter(|known| known.position > person.seen) else {
            continue;
        };
        let Some(judged) = &person.stand else { continue };
        // Of several enrolments the same one counts on both sides of the comparison.
        let found = changes(&judged.situation(day, known.situation.insured), &known.situation);
        let stated = consequences(registry, rules, &registered, moment.at);
        registered = moved(&registered, side, &found, &stated, moment).unwrap_or(registered);
    }
    registered
}

#[cfg(test)]
mod tests;
