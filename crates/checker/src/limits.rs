//! X7 and the limits on transfers, with numbers and civil time of the checker's own: three a day and sharer,
//! 2,000.00 each, 06:00 to 22:00, one waiting per pair, back by 06:00 of the next day.

use std::collections::{BTreeMap, BTreeSet};

use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use crate::{
    rows::{Transfer, World, civil_clock, civil_day},
    verdict::Judge,
};

const DAILY_COUNT: i32 = 3;
const SINGLE_LIMIT: i64 = 200_000;
const HOUR: i64 = 3_600;

pub(crate) fn check(world: &World, judge: &mut Judge) {
    judge.enter("settlement");
    for row in &world.settlement.transfers {
        let subject = format!("transfer {}", row.id);
        judge.same("X7", format!("{subject}: civil day"), civil_day(row.accepted_at), row.civil_day);
        judge.holds("R-078", &subject, "2,000.00 at most", row.amount > 0 && row.amount <= SINGLE_LIMIT);
        let clock = civil_clock(row.accepted_at);
        judge.holds(
            "R-079",
            &subject,
            "accepted from 06:00 to before 22:00",
            (6 * HOUR..22 * HOUR).contains(&clock),
        );
        let six = next_day_at(row, 6 * HOUR);
        judge.holds("R-103", &subject, "back by 06:00 of the next day", row.return_by <= six);
        judge.holds("R-103", &subject, "claimable until then at most", row.claim_until <= row.return_by);
    }
    slots(world, judge);
    pairs(world, judge);
}

fn next_day_at(row: &Transfer, seconds: i64) -> OffsetDateTime {
    let into_day = civil_clock(row.accepted_at);
    let midnight = row.accepted_at.unix_timestamp() - into_day + 86_400;
    OffsetDateTime::UNIX_EPOCH + Duration::seconds(midnight + seconds)
}

/// Whoever was refused by a book did not use up a transfer of the day.
fn slots(world: &World, judge: &mut Judge) {
    let mut counts: BTreeMap<(Uuid, Date), i32> = BTreeMap::new();
    for row in world.settlement.transfers.iter().filter(|row| row.state_name != "REFUSED") {
        *counts.entry((row.sharer, civil_day(row.accepted_at))).or_default() += 1;
    }
    for ((sharer, day), n) in &counts {
        judge.holds("X7", format!("{sharer} on {day}: {n}"), "three transfers at most", *n <= DAILY_COUNT);
    }
    for row in &world.settlement.slots {
        let n = counts.remove(&(row.sharer, row.civil_day)).unwrap_or_default();
        judge.same("X7", format!("slots of {} on {}", row.sharer, row.civil_day), n, row.n);
    }
    for (sharer, day) in counts.into_keys() {
        judge.holds("X7", format!("slots of {sharer} on {day}"), "there is a row", false);
    }
}

/// Whether a transfer is neither claimed nor back, from the state as it is stored.
fn waits(row: &Transfer) -> bool {
    match row.state_name.as_str() {
        "ACCEPTED" | "EARMARKED" | "PENDING_CLAIM" | "CLAIMING" => true,
        "CLOSING" | "RELEASING" => row.claimed_at.is_none(),
        "PARKED" => row.claimed_at.is_none(),
        _ => false,
    }
}

fn pairs(world: &World, judge: &mut Judge) {
    let mut waiting = BTreeMap::new();
    for row in world.settlement.transfers.iter().filter(|row| waits(row)) {
        let other = waiting.insert((row.sharer, row.beneficiary), row.id);
        let subject = format!("{} to {}", row.sharer, row.beneficiary);
        judge.holds("X7", subject, "one waiting transfer at most", other.is_none());
    }
    let expected: BTreeSet<_> = waiting.into_iter().map(|((from, to), id)| (from, to, id)).collect();
    let found: BTreeSet<_> =
        world.settlement.pairs.iter().map(|row| (row.sharer, row.beneficiary, row.transfer_id)).collect();
    judge.same("X7", "pairs that wait", expected, found);
}
