//! Reads one `[[version]]`: the parameters of a programme in a region, with their evidence.
//!
//! It reads only; how versions are chosen and combined is in [`crate::resolve`].

use std::{collections::BTreeMap, sync::Arc};

use money::Yuan;
use time::Time;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    file::{Reader, RuleFileError, Source},
    parameter::{Kind, Parameter, Value},
    region::Region,
    rules::{Origin, Setting, Version},
    words::{Confidence, Programme},
};

const KEYS: [&str; 13] = [
    "id",
    "programme",
    "region",
    "valid_from",
    "valid_to",
    "recorded_at",
    "source",
    "confidence",
    "last_verified_day",
    "supersedes",
    "overrides_local",
    "unstated",
    "parameters",
];

/// The version that the table describes.
pub(crate) fn read<'a>(
    source: Source<'a>,
    start: usize,
    table: &DeTable<'a>,
) -> Result<Version, RuleFileError> {
    let reader = Reader { source, start, table };
    reader.only(&KEYS)?;
    let region = |text: &str| text.parse::<Region>().ok();
    let origin = Arc::new(Origin {
        policy_version: reader.text("id")?,
        from_region: reader.word(
            "region",
            "six digits: 000000, a province and 0000, or a pooling area",
            region,
        )?,
        valid_from: reader.day("valid_from")?,
        source: reader.text("source")?,
        confidence: reader.word("confidence", "H, M, L or SAMPLE", Confidence::parse)?,
        last_verified_day: reader.day("last_verified_day")?,
    });
    let valid_to = reader.day_if_any("valid_to")?;
    if valid_to.is_some_and(|end| end < origin.valid_from) {
        return Err(reader.error(reader.need("valid_to")?.span(), "`valid_to` is before `valid_from`"));
    }
    let supersedes = reader.find("supersedes").map(|_| reader.text("supersedes")).transpose()?;
    let settings = settings(&reader, &origin)?;
    let version = Version {
        programme: reader.word("programme", "a programme such as WALLET", Programme::parse)?,
        origin,
        valid_to,
        recorded_at: reader.instant("recorded_at")?,
        supersedes,
        settings: Arc::new(settings),
    };
    in_order(&reader, &version, Parameter::WindowOpen, Parameter::WindowClose)?;
    in_order(&reader, &version, Parameter::ClaimUntil, Parameter::ReturnBy)?;
    Ok(version)
}

/// Two clock times of one version must not cross.
fn in_order(
    reader: &Reader<'_, '_>,
    version: &Version,
    first: Parameter,
    second: Parameter,
) -> Result<(), RuleFileError> {
    let clock = |parameter| match version.settings.get(&parameter).and_then(|setting| setting.value.clone()) {
        Some(Value::Clock(clock)) => Some(clock),
        _ => None,
    };
    match (clock(first), clock(second)) {
        (Some(a), Some(b)) if a >= b => {
            let span = reader.need("parameters")?.span();
            Err(reader.error(span, format!("`{first}` must be before `{second}`")))
        }
        _ => Ok(()),
    }
}

fn settings(
    reader: &Reader<'_, '_>,
    origin: &Arc<Origin>,
) -> Result<BTreeMap<Parameter, Arc<Setting>>, RuleFileError> {
    let parameters = reader.need("parameters")?;
    let Some(table) = parameters.get_ref().as_table() else {
        return Err(reader.error(parameters.span(), "`parameters` must be a table"));
    };
    let mut settings = BTreeMap::new();
    for (key, value) in table {
        let parameter = known(reader, key.get_ref(), key.span().start)?;
        let (value, origin) = evidence(reader, parameter, value, origin)?;
        settings.insert(parameter, Setting { value: Some(value), origin, overrides_local: false });
    }
    for (name, span) in reader.texts("unstated")? {
        let parameter = known(reader, &name, span.start)?;
        let setting = Setting { value: None, origin: Arc::clone(origin), overrides_local: false };
        if settings.insert(parameter, setting).is_some() {
            return Err(reader.error(span, format!("`{name}` has a value and is called unstated")));
        }
    }
    for (name, span) in reader.texts("overrides_local")? {
        let parameter = known(reader, &name, span.start)?;
        match settings.get_mut(&parameter) {
            Some(setting) => setting.overrides_local = true,
            None => {
                return Err(
                    reader.error(span, format!("`{name}` overrides, but the version does not set it"))
                );
            }
        }
    }
    Ok(settings.into_iter().map(|(parameter, setting)| (parameter, Arc::new(setting))).collect())
}

fn known(reader: &Reader<'_, '_>, name: &str, offset: usize) -> Result<Parameter, RuleFileError> {
    Parameter::parse(name)
        .ok_or_else(|| reader.source.error_at(offset, format!("unknown parameter `{name}`")))
}

/// A plain value with the evidence of the version, or `{ value, source, confidence }` with its own.
fn evidence(
    reader: &Reader<'_, '_>,
    parameter: Parameter,
    value: &Spanned<DeValue<'_>>,
    origin: &Arc<Origin>,
) -> Result<(Value, Arc<Origin>), RuleFileError> {
    let Some(table) = value.get_ref().as_table() else {
        return Ok((read_value(reader, parameter, value)?, Arc::clone(origin)));
    };
    let source = Source { name: reader.source.name, text: reader.source.text };
    let own = Reader { source, start: value.span().start, table };
    own.only(&["value", "source", "confidence", "last_verified_day"])?;
    let last_verified_day = own.day_if_any("last_verified_day")?.unwrap_or(origin.last_verified_day);
    let origin = Origin {
        source: own.text("source")?,
        confidence: own.word("confidence", "H, M, L or SAMPLE", Confidence::parse)?,
        last_verified_day,
        ..Origin::clone(origin)
    };
    Ok((read_value(reader, parameter, own.need("value")?)?, Arc::new(origin)))
}

fn read_value(
    reader: &Reader<'_, '_>,
    parameter: Parameter,
    value: &Spanned<DeValue<'_>>,
) -> Result<Value, RuleFileError> {
    let plain = value.get_ref();
    let read = match parameter.kind() {
        Kind::Amount => plain.as_str().and_then(|text| Yuan::parse(text).ok()).map(Value::Amount),
        Kind::Count => plain.as_integer().and_then(|number| number.as_str().parse().ok()).map(Value::Count),
        Kind::Clock => plain.as_str().and_then(read_clock).map(Value::Clock),
        Kind::Flag => plain.as_bool().map(Value::Flag),
        Kind::Word(words) => plain.as_str().and_then(|text| pick(words, text)).map(Value::Word),
        Kind::Words(words) => plain.as_array().and_then(|entries| {
            let word =
                |entry: &Spanned<DeValue<'_>>| entry.get_ref().as_str().and_then(|text| pick(words, text));
            entries.iter().map(word).collect::<Option<_>>().map(Value::Words)
        }),
    };
    read.ok_or_else(|| {
        let problem = format!("`{parameter}` must be {}", shape(parameter.kind()));
        reader.error(value.span(), problem)
    })
}

fn pick(words: &'static [&'static str], text: &str) -> Option<&'static str> {
    words.iter().copied().find(|word| *word == text)
}

fn shape(kind: Kind) -> String {
    match kind {
        Kind::Amount => "an amount in quotes such as \"2000.00\"".to_owned(),
        Kind::Count => "a whole number".to_owned(),
        Kind::Clock => "a clock time in quotes such as \"06:00\"".to_owned(),
        Kind::Flag => "true or false".to_owned(),
        Kind::Word(words) => format!("one of {}", words.join(", ")),
        Kind::Words(words) => format!("a list of {}", words.join(", ")),
    }
}

/// `06:00`; whole minutes, because no rule knows seconds.
fn read_clock(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str| {
        let shaped = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        shaped.then(|| part.parse::<u8>().ok()).flatten()
    };
    Time::from_hms(number(hour)?, number(minute)?, 0).ok()
}
