//! Reads the value of one parameter in the kind that it takes.
//!
//! It only says whether the value has the right kind; where it comes from is read in [`super::version`].

use std::collections::{BTreeMap, BTreeSet};

use money::Yuan;
use rust_decimal::Decimal;
use standards::civil;
use time::{Date, Time};
use toml::{Spanned, de::DeValue};

use crate::parameter::value::{Keys, Kind, Value};

/// The value; `None` if it is of another kind.
pub(super) fn read(kind: Kind, value: &DeValue<'_>) -> Option<Value> {
    match kind {
        Kind::Amount => amount(value).map(Value::Amount),
        Kind::Count => count(value).map(Value::Count),
        Kind::Ratio => value.as_str().and_then(ratio).map(Value::Ratio),
        Kind::Clock => value.as_str().and_then(clock).map(Value::Clock),
        Kind::Flag => value.as_bool().map(Value::Flag),
        Kind::Edition => {
            value.as_str().filter(|text| edition(text)).map(|text| Value::Edition(text.to_owned()))
        }
        Kind::Word(words) => value.as_str().and_then(|text| pick(words, text)).map(Value::Word),
        Kind::Words(words) => list(words, value).map(|words| Value::Words(words.into_iter().collect())),
        Kind::Order(words) => {
            let order = list(words, value)?;
            let once = order.iter().collect::<BTreeSet<_>>().len() == order.len();
            (once && !order.is_empty()).then_some(Value::Order(order))
        }
        Kind::Amounts(keys) => table(keys, value, amount).map(Value::Amounts),
        Kind::Counts(keys) => table(keys, value, count).map(Value::Counts),
        Kind::Seasons => table(Keys::Years, value, season).map(Value::Seasons),
        Kind::WordsBy(keys, words) => {
            let read = |value: &DeValue<'_>| list(words, value).map(|words| words.into_iter().collect());
            table(Keys::Of(keys), value, read).map(Value::WordsBy)
        }
    }
}

fn amount(value: &DeValue<'_>) -> Option<Yuan> {
    value.as_str().and_then(|text| Yuan::parse(text).ok())
}

fn count(value: &DeValue<'_>) -> Option<u32> {
    value.as_integer().and_then(|number| number.as_str().parse().ok())
}

/// What an institution can name in a payment, too.
fn edition(text: &str) -> bool {
    let named = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(named)
}

/// From 0 to 1 with at most four digits; in quotes, since a number with a point is a float in TOML.
fn ratio(text: &str) -> Option<Decimal> {
    let ratio: Decimal = text.parse().ok()?;
    let fits = ratio >= Decimal::ZERO && ratio <= Decimal::ONE && ratio.scale() <= 4;
    (fits && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')).then_some(ratio)
}

/// `06:00`; whole minutes, because no rule knows seconds.
fn clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str| {
        let shaped = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        shaped.then(|| part.parse::<u8>().ok()).flatten()
    };
    Time::from_hms(number(hour)?, number(minute)?, 0).ok()
}

fn season(value: &DeValue<'_>) -> Option<(Date, Date)> {
    let days: Option<Vec<Date>> =
        value.as_array()?.iter().map(|day| day.get_ref().as_str().and_then(civil::parse_day)).collect();
    match days?.as_slice() {
        [first, last] if first <= last => Some((*first, *last)),
        _ => None,
    }
}

fn list(words: &'static [&'static str], value: &DeValue<'_>) -> Option<Vec<&'static str>> {
    let word = |entry: &Spanned<DeValue<'_>>| entry.get_ref().as_str().and_then(|text| pick(words, text));
    value.as_array()?.iter().map(word).collect()
}

fn table<T>(
    keys: Keys,
    value: &DeValue<'_>,
    read: impl Fn(&DeValue<'_>) -> Option<T>,
) -> Option<BTreeMap<String, T>> {
    let mut table = BTreeMap::new();
    for (key, value) in value.as_table()? {
        let key = key.get_ref();
        if !keys.has(key) {
            return None;
        }
        table.insert(key.to_string(), read(value.get_ref())?);
    }
    (!table.is_empty()).then_some(table)
}

fn pick(words: &'static [&'static str], text: &str) -> Option<&'static str> {
    words.iter().copied().find(|word| *word == text)
}
