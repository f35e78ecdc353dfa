//! The strictest of two values, for every parameter of the catalogue.

use proptest::prelude::*;

use super::*;
use crate::parameter::Parameter;

/// Any value of a kind.
fn value_of(kind: Kind) -> BoxedStrategy<Value> {
    let amount = || (0_i64..1_000_000).prop_map(Yuan::from_fen);
    match kind {
        Kind::Amount => amount().prop_map(Value::Amount).boxed(),
        Kind::Count => (0_u32..50).prop_map(Value::Count).boxed(),
        Kind::Ratio => (0_i64..=100).prop_map(|parts| Value::Ratio(Decimal::new(parts, 2))).boxed(),
        Kind::Clock => (0_u8..24, 0_u8..60)
            .prop_map(|(hour, minute)| Value::Clock(Time::from_hms(hour, minute, 0).expect("a time")))
            .boxed(),
        Kind::Flag => any::<bool>().prop_map(Value::Flag).boxed(),
        Kind::Edition => (2020_u32..2030).prop_map(|year| Value::Edition(year.to_string())).boxed(),
        Kind::Word(words) => proptest::sample::select(words).prop_map(Value::Word).boxed(),
        Kind::Words(words) => some(words).prop_map(|words| Value::Words(words.into_iter().collect())).boxed(),
        Kind::Order(words) => some(words).prop_shuffle().prop_map(Value::Order).boxed(),
        Kind::Amounts(keys) => table(keys, amount().boxed()).prop_map(Value::Amounts).boxed(),
        Kind::Counts(keys) => table(keys, (0_u32..50).boxed()).prop_map(Value::Counts).boxed(),
        Kind::Seasons => {
            let day = |index: i32| Date::from_julian_day(2_460_000 + index).expect("a day");
            let season =
                (0_i32..400, 0_i32..400).prop_map(move |(from, length)| (day(from), day(from + length)));
            table(Keys::Years, season.boxed()).prop_map(Value::Seasons).boxed()
        }
        Kind::WordsBy(keys, words) => {
            let some = some(words).prop_map(|words| words.into_iter().collect::<BTreeSet<_>>());
            table(Keys::Of(keys), some.boxed()).prop_map(Value::WordsBy).boxed()
        }
    }
}

fn some(words: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(words, 0..=words.len())
}

fn table<T: fmt::Debug + Clone + 'static>(
    keys: Keys,
    value: BoxedStrategy<T>,
) -> impl Strategy<Value = BTreeMap<String, T>> {
    let names: &'static [&'static str] = match keys {
        Keys::Of(words) => words,
        Keys::Years => &["2024", "2025", "2026"],
    };
    let key = proptest::sample::select(names).prop_map(str::to_owned);
    proptest::collection::btree_map(key, value, 0..4)
}

/// Whether what a value allows is also allowed by another: nothing that the second forbids gets through the first.
fn forbids_no_less(parameter: Parameter, strict: &Value, other: &Value) -> bool {
    use Stricter::{Common, Either, Higher, Lower, Neither, No, Yes};
    match (parameter.stricter(), strict, other) {
        (Lower, Value::Amount(a), Value::Amount(b)) => a <= b,
        (Higher, Value::Amount(a), Value::Amount(b)) => a >= b,
        (Lower, Value::Count(a), Value::Count(b)) => a <= b,
        (Higher, Value::Count(a), Value::Count(b)) => a >= b,
        (Lower, Value::Ratio(a), Value::Ratio(b)) => a <= b,
        (Lower, Value::Clock(a), Value::Clock(b)) => a <= b,
        (Higher, Value::Clock(a), Value::Clock(b)) => a >= b,
        (No, Value::Flag(a), Value::Flag(b)) => !a || *b,
        (Yes, Value::Flag(a), Value::Flag(b)) => *a || !b,
        (Common, Value::Words(a), Value::Words(b)) => a.is_subset(b),
        (Either, Value::Words(a), Value::Words(b)) => a.is_superset(b),
        (Lower, Value::Amounts(a), Value::Amounts(b)) => b.iter().all(|(key, most)| a[key] <= *most),
        (Higher, Value::Amounts(a), Value::Amounts(b)) => b.iter().all(|(key, least)| a[key] >= *least),
        (Lower, Value::Counts(a), Value::Counts(b)) => b.iter().all(|(key, most)| a[key] <= *most),
        (Lower, Value::Seasons(a), Value::Seasons(b)) => {
            b.iter().all(|(key, (first, last))| a[key].0 >= *first && a[key].1 <= *last)
        }
        (Either, Value::WordsBy(a), Value::WordsBy(b)) => b.iter().all(|(key, all)| a[key].is_superset(all)),
        (Lower, Value::Word(a), Value::Word(b)) => {
            let Kind::Word(order) = parameter.kind() else { return false };
            let rank = |word: &str| order.iter().position(|known| *known == word);
            rank(a) <= rank(b)
        }
        (Neither, Value::Order(_), Value::Order(_)) | (Neither, Value::Edition(_), Value::Edition(_)) => true,
        _ => false,
    }
}

fn three() -> impl Strategy<Value = (Parameter, [Value; 3])> {
    proptest::sample::select(Parameter::ALL).prop_flat_map(|parameter| {
        let value = || value_of(parameter.kind());
        (Just(parameter), [value(), value(), value()])
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_strictest_of_values_does_not_depend_on_order_or_repetition((parameter, [a, b, c]) in three()) {
        let strict = |a: &Value, b: &Value| parameter.strictest(a.clone(), b.clone());
        prop_assert_eq!(strict(&a, &a), a.clone());
        prop_assert_eq!(strict(&a, &b), strict(&b, &a));
        prop_assert_eq!(strict(&strict(&a, &b), &c), strict(&a, &strict(&b, &c)));
        prop_assert_eq!(strict(&strict(&a, &b), &b), strict(&a, &b));
    }

    #[test]
    fn the_strictest_lets_nothing_through_that_one_of_them_forbids((parameter, [a, b, _]) in three()) {
        let strict = parameter.strictest(a.clone(), b.clone());
        prop_assert!(forbids_no_less(parameter, &strict, &a), "{} {} {}", parameter, strict, a);
        prop_assert!(forbids_no_less(parameter, &strict, &b), "{} {} {}", parameter, strict, b);
    }
}

#[test]
fn every_parameter_has_a_name_a_meaning_and_a_shape() {
    let mut names: Vec<_> = Parameter::ALL.iter().map(|parameter| parameter.name()).collect();
    for parameter in Parameter::ALL {
        assert_eq!(Parameter::parse(parameter.name()), Some(*parameter));
        assert!(parameter.meaning().ends_with('.') && !parameter.kind().shape().is_empty(), "{parameter}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Parameter::ALL.len());
}
