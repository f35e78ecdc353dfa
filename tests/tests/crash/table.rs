//! The crash points by name: which service, at which place, doing what. What is named here must be reached.

use std::{collections::BTreeMap, fmt};

use e2e::Dice;

/// A place at which a service is told to die, and what it is doing there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point {
    place: &'static str,
    /// Empty for whatever it is doing.
    label: &'static str,
    hit: u32,
}

/// The points of each service.
pub(crate) type Table = BTreeMap<&'static str, Vec<Point>>;

/// The places of the batch writer: before begin, inside before commit, after the commit before and after the reply.
const BATCH: [&str; 6] = [
    "batch.before_begin",
    "batch.before_fold",
    "batch.while_storing",
    "batch.before_commit",
    "batch.after_commit",
    "batch.after_answer",
];
/// Before and after a book is told something.
const APPLY: [&str; 2] = ["settlement.before_apply", "settlement.after_apply"];
/// After a book's answer, before and after it is stored.
const STORE: [&str; 2] = ["settlement.before_store", "settlement.after_store"];
/// Before and after a page of a stream and its cursor are stored.
const FEED: [&str; 2] = ["feed.before_take", "feed.after_take"];
/// Before and after identity gives a new wallet its place.
const OPENING: [&str; 2] = ["opening.before_assign", "opening.after_assign"];

/// The rows of the table: a service, places, and what it does there.
const ROWS: &[(&str, &[&str], &[&str])] = &[
    ("identity", &BATCH, &["register", "enrol", "assign"]),
    ("kinship-registry", &BATCH, &["propose", "accept", "reject", "expire", "follow"]),
    ("kinship-registry", &FEED, &["identity"]),
    (
        "settlement",
        &BATCH,
        &[
            "accept",
            "claim",
            "decline",
            "step",
            "timeout",
            "drawn-down",
            "followed",
            "put-institution",
            "register",
            "heartbeat",
            "adopt",
        ],
    ),
    ("settlement", &APPLY, &["earmark", "grant", "claim", "return", "draw_down_closed", "draw_down"]),
    // An earmark's answer is stored only if it is a refusal.
    ("settlement", &STORE, &["earmark", "grant", "claim", "return", "draw_down_closed", "drawn-down"]),
    ("settlement", &FEED, &["book-32-01", "book-51-01", "identity", "kinship"]),
    ("wallet-32", &BATCH, &["open_wallet", "credit", "earmark", "draw_down", "identity", "institutions"]),
    ("wallet-32", &FEED, &["identity", "institutions"]),
    ("wallet-32", &OPENING, &[""]),
    (
        "wallet-51",
        &BATCH,
        &[
            "open_wallet",
            "grant",
            "claim",
            "return",
            "pay",
            "refund",
            "reverse_payment",
            "freeze_wallet",
            "unfreeze_wallet",
            "identity",
            "institutions",
        ],
    ),
    ("wallet-51", &FEED, &["identity", "institutions"]),
    ("wallet-51", &OPENING, &[""]),
];

/// What may come once in the life of a process: no second hit is waited for.
const ONCE: [&str; 2] = ["register", "adopt"];

impl Point {
    /// Whatever the service is doing there, the n-th time.
    pub(crate) const fn any(place: &'static str, hit: u32) -> Self {
        Self::at(place, "", hit)
    }

    /// Doing this, the n-th time.
    pub(crate) const fn at(place: &'static str, label: &'static str, hit: u32) -> Self {
        Self { place, label, hit }
    }

    /// Whether it is reached only when the day is over, or the next one.
    pub(crate) fn is_of_the_night(&self) -> bool {
        ["timeout", "expire"].contains(&self.label)
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        if !self.label.is_empty() {
            write!(f, "@{}", self.label)?;
        }
        if self.hit > 1 { write!(f, ":{}", self.hit) } else { Ok(()) }
    }
}

/// Every point, at the hit that `hit` says.
pub(crate) fn every(mut hit: impl FnMut() -> u32) -> Table {
    let mut table = Table::new();
    for (service, places, labels) in ROWS {
        for label in *labels {
            for place in *places {
                let hit = if ONCE.contains(label) { 1 } else { hit() };
                table.entry(service).or_default().push(Point { place, label, hit });
            }
        }
    }
    table
}

/// How many points a table has.
pub(crate) fn count(table: &Table) -> usize {
    table.values().map(Vec::len).sum()
}

/// Pairs by chance, one after the other: a point of the table, and one that a service reaches while it recovers
/// from that.
pub(crate) fn pairs(dice: &mut Dice, of_each: usize) -> Table {
    let mut table = every(|| 1);
    for (service, points) in &mut table {
        let recovery: Vec<&str> = match *service {
            "settlement" => BATCH.into_iter().chain(APPLY).chain(STORE).chain(FEED).collect(),
            "identity" => BATCH.to_vec(),
            _ => BATCH.into_iter().chain(FEED).collect(),
        };
        points.retain(|point| !point.is_of_the_night());
        let mut pairs = Vec::new();
        for _ in 0..of_each {
            pairs.push(dice.pick(points).clone());
            pairs.push(Point::any(dice.pick::<&str>(&recovery), 1));
        }
        *points = pairs;
    }
    table
}

#[test]
fn the_table_names_each_point_once_and_at_least_a_hundred() {
    let table = every(|| 1);
    assert!(count(&table) >= 100, "{}", count(&table));
    for (service, points) in table {
        let mut names: Vec<String> = points.iter().map(Point::to_string).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), points.len(), "{service}");
    }
}
