//! Values of parameters: their kinds, how they are written, and which of two forbids more.
//!
//! The strictest of two values never depends on their order. Nothing here knows a parameter by name.

use std::{
    cmp::{max, min},
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use money::Yuan;
use rust_decimal::Decimal;
use standards::civil;
use time::{Date, Time};

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// An amount in yuan: `2000.00`.
    Amount(Yuan),
    /// A whole number.
    Count(u32),
    /// A share of an amount, from 0 to 1: `0.60`.
    Ratio(Decimal),
    /// A civil clock time: `06:00`.
    Clock(Time),
    /// Yes or no.
    Flag(bool),
    /// One word of a closed list.
    Word(&'static str),
    /// The name of an edition, as a rule file writes it: `2025`.
    Edition(String),
    /// Some words of a closed list.
    Words(BTreeSet<&'static str>),
    /// Words of a closed list in an order.
    Order(Vec<&'static str>),
    /// An amount for some categories or years.
    Amounts(BTreeMap<String, Yuan>),
    /// A whole number for some categories.
    Counts(BTreeMap<String, u32>),
    /// The first and last civil day, for some years.
    Seasons(BTreeMap<String, (Date, Date)>),
    /// Some words of a closed list for each side.
    WordsBy(BTreeMap<String, BTreeSet<&'static str>>),
}

/// What kind of value a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Amount,
    Count,
    Ratio,
    Clock,
    Flag,
    Edition,
    /// One of these, the strictest first.
    Word(&'static [&'static str]),
    /// Any of these.
    Words(&'static [&'static str]),
    /// Any of these, each once.
    Order(&'static [&'static str]),
    Amounts(Keys),
    Counts(Keys),
    Seasons,
    /// For each of the first, any of the second.
    WordsBy(&'static [&'static str], &'static [&'static str]),
}

/// Under which keys a table of values stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Any of these words.
    Of(&'static [&'static str]),
    /// Years such as 2025.
    Years,
}

impl Keys {
    /// Whether a table may have this key.
    pub(crate) fn has(self, key: &str) -> bool {
        match self {
            Self::Of(words) => words.contains(&key),
            Self::Years => key.len() == 4 && key.starts_with("20") && key.bytes().all(|b| b.is_ascii_digit()),
        }
    }
}

impl Kind {
    /// Whether a value of this kind is a table in a rule file.
    pub(crate) const fn is_table(self) -> bool {
        matches!(self, Self::Amounts(_) | Self::Counts(_) | Self::Seasons | Self::WordsBy(..))
    }

    /// What an author should have written.
    pub(crate) fn shape(self) -> String {
        let keys = |keys: Keys| match keys {
            Keys::Of(words) => words.join(", "),
            Keys::Years => "years such as 2025".to_owned(),
        };
        match self {
            Self::Amount => "an amount in quotes such as \"2000.00\"".to_owned(),
            Self::Count => "a whole number".to_owned(),
            Self::Ratio => "a ratio in quotes from 0 to 1 such as \"0.60\"".to_owned(),
            Self::Clock => "a clock time in quotes such as \"06:00\"".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Edition => {
                "an edition in quotes of 1 to 32 capital letters, digits and hyphens such as \"2025\"".to_owned()
            }
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Words(words) => format!("a list of {}", words.join(", ")),
            Self::Order(words) => format!("a list without repetition of {}", words.join(", ")),
            Self::Amounts(of) => format!("a table of amounts in quotes under {}", keys(of)),
            Self::Counts(of) => format!("a table of whole numbers under {}", keys(of)),
            Self::Seasons => {
                "a table of [first day, last day] under years, such as { 2025 = [\"2024-09-01\", \"2024-12-31\"] }"
                    .to_owned()
            }
            Self::WordsBy(of, words) => {
                format!("a table under {} of lists of {}", of.join(", "), words.join(", "))
            }
        }
    }
}

/// Which of two values forbids more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stricter {
    /// The lower; of words the one that stands first; of seasons what both contain.
    Lower,
    Higher,
    /// What both allow.
    Common,
    /// What either names.
    Either,
    No,
    Yes,
    /// Neither forbids more: the place that applies them decides, and of two the first in a fixed order stands.
    Neither,
}

/// The value that forbids more. Values of different kinds never meet, since a rule file with the wrong kind does
/// not parse; the first is returned for them.
pub(crate) fn strictest(kind: Kind, stricter: Stricter, a: Value, b: Value) -> Value {
    use Stricter::{Common, Either, Higher, Lower, Neither, No, Yes};
    let rank = |word: &str| match kind {
        Kind::Word(order) => order.iter().position(|known| *known == word),
        _ => None,
    };
    match (stricter, a, b) {
        (Lower, Value::Amount(a), Value::Amount(b)) => Value::Amount(min(a, b)),
        (Higher, Value::Amount(a), Value::Amount(b)) => Value::Amount(max(a, b)),
        (Lower, Value::Count(a), Value::Count(b)) => Value::Count(min(a, b)),
        (Higher, Value::Count(a), Value::Count(b)) => Value::Count(max(a, b)),
        (Lower, Value::Ratio(a), Value::Ratio(b)) => Value::Ratio(min(a, b)),
        (Lower, Value::Clock(a), Value::Clock(b)) => Value::Clock(min(a, b)),
        (Higher, Value::Clock(a), Value::Clock(b)) => Value::Clock(max(a, b)),
        (No, Value::Flag(a), Value::Flag(b)) => Value::Flag(a && b),
        (Yes, Value::Flag(a), Value::Flag(b)) => Value::Flag(a || b),
        (Common, Value::Words(a), Value::Words(b)) => Value::Words(a.intersection(&b).copied().collect()),
        (Either, Value::Words(a), Value::Words(b)) => Value::Words(a.union(&b).copied().collect()),
        (Lower, Value::Word(a), Value::Word(b)) => Value::Word(if rank(b) < rank(a) { b } else { a }),
        (Neither, Value::Order(a), Value::Order(b)) => Value::Order(min(a, b)),
        (Neither, Value::Edition(a), Value::Edition(b)) => Value::Edition(min(a, b)),
        (Lower, Value::Amounts(a), Value::Amounts(b)) => Value::Amounts(joined(a, b, min)),
        (Higher, Value::Amounts(a), Value::Amounts(b)) => Value::Amounts(joined(a, b, max)),
        (Lower, Value::Counts(a), Value::Counts(b)) => Value::Counts(joined(a, b, min)),
        (Lower, Value::Seasons(a), Value::Seasons(b)) => {
            Value::Seasons(joined(a, b, |a, b| (max(a.0, b.0), min(a.1, b.1))))
        }
        (Either, Value::WordsBy(a), Value::WordsBy(b)) => {
            Value::WordsBy(joined(a, b, |a, b| a.union(&b).copied().collect()))
        }
        (_, a, _) => a,
    }
}

/// All keys of both; where both have one, what `stricter` makes of the two.
fn joined<T>(
    mut a: BTreeMap<String, T>,
    b: BTreeMap<String, T>,
    stricter: impl Fn(T, T) -> T,
) -> BTreeMap<String, T> {
    for (key, value) in b {
        let both = match a.remove(&key) {
            Some(first) => stricter(first, value),
            None => value,
        };
        a.insert(key, both);
    }
    a
}

impl fmt::Display for Value {
    /// As in a rule file: `2000.00`, `3`, `0.60`, `06:00`, `false`, `NATIONAL`, `CHILD,PARENT`, `OUTPATIENT=500.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount(amount) => amount.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Ratio(ratio) => ratio.fmt(f),
            Self::Clock(clock) => f.write_str(&clock_text(*clock)),
            Self::Flag(flag) => flag.fmt(f),
            Self::Edition(edition) => f.write_str(edition),
            Self::Word(word) => f.write_str(word),
            Self::Words(words) => f.write_str(&list(words.iter())),
            Self::Order(words) => f.write_str(&words.join(">")),
            Self::Amounts(table) => f.write_str(&table_text(table, Yuan::to_string)),
            Self::Counts(table) => f.write_str(&table_text(table, u32::to_string)),
            Self::Seasons(table) => f.write_str(&table_text(table, |(first, last)| {
                format!("{}..{}", civil::day_text(*first), civil::day_text(*last))
            })),
            Self::WordsBy(table) => {
                f.write_str(&table_text(table, |words| list(words.iter()).replace(',', "+")))
            }
        }
    }
}

fn list<'a>(words: impl Iterator<Item = &'a &'static str>) -> String {
    words.copied().collect::<Vec<_>>().join(",")
}

fn table_text<T>(table: &BTreeMap<String, T>, text: impl Fn(&T) -> String) -> String {
    table.iter().map(|(key, value)| format!("{key}={}", text(value))).collect::<Vec<_>>().join(",")
}

/// `06:00`, or with seconds where there are some: `05:59:59`.
pub(crate) fn clock_text(clock: Time) -> String {
    let (hour, minute, second) = clock.as_hms();
    if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
}

#[cfg(test)]
mod tests;
