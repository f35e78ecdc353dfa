//! Reads one `[[version]]`: the parameters of a programme in a region, with their evidence.
//!
//! It reads only; how versions are chosen and combined is in [`crate::resolve`].

use std::{collections::BTreeMap, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    file::{Reader, RuleFileError, Source, value},
    parameter::{Parameter, Value},
    region::Region,
    rules::{Origin, Setting, Version},
    words::{Confidence, Programme, Topic},
};

const KEYS: [&str; 14] = [
    "id",
    "programme",
    "region",
    "topic",
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

/// One version per programme and region of the table; none if anything is wrong.
pub(crate) fn read<'a>(source: Source<'a>, start: usize, table: &DeTable<'a>) -> Vec<Version> {
    let reader = Reader { source, start, table };
    let before = source.log.count();
    reader.only(&KEYS);
    let programmes = reader.keep(reader.words("programme", "a programme such as WALLET", Programme::parse));
    let shape = "six digits: 000000, a province and 0000, or a pooling area";
    let regions = reader.keep(reader.words("region", shape, |text| text.parse::<Region>().ok()));
    let valid_to = reader.keep(reader.day_if_any("valid_to"));
    let recorded_at = reader.keep(reader.instant("recorded_at"));
    let has = |key: &str| reader.find(key).is_some();
    let topic = has("topic").then(|| {
        reader.keep(reader.word("topic", &format!("one of {}", Topic::NAMES.join(", ")), Topic::parse))
    });
    let supersedes = has("supersedes").then(|| reader.keep(reader.text("supersedes")));
    let origin = origin(&reader);
    if let (Some(origin), Some(Some(end))) = (&origin, valid_to)
        && end < origin.valid_from
    {
        let span = reader.find("valid_to").map_or(start..start, Spanned::span);
        source.log.note(reader.error(span, "`valid_to` is before `valid_from`"));
    }
    let settings = settings(&reader, origin.as_ref().unwrap_or(&nobody()));
    let known = (|| Some((programmes?, regions?, valid_to?, recorded_at?, origin?)))();
    let Some((programmes, regions, valid_to, recorded_at, origin)) = known else { return Vec::new() };
    in_order(&reader, &settings, Parameter::WindowOpen, Parameter::WindowClose);
    in_order(&reader, &settings, Parameter::ClaimUntil, Parameter::ReturnBy);
    if source.log.count() > before {
        return Vec::new();
    }
    let topic = topic.flatten();
    let supersedes = supersedes.flatten();
    let mut versions = Vec::new();
    for &region in &regions {
        let origin = Arc::new(Origin { from_region: region, ..origin.clone() });
        let placed = placed(&settings, &origin);
        for &programme in &programmes {
            versions.push(Version {
                programme,
                topic,
                origin: Arc::clone(&origin),
                valid_to,
                recorded_at,
                supersedes: supersedes.clone(),
                settings: placed.clone(),
            });
        }
    }
    versions
}

/// Id, first day and evidence of the version; its region is put in later.
fn origin(reader: &Reader<'_, '_>) -> Option<Origin> {
    let id = reader.keep(reader.text("id"));
    let valid_from = reader.keep(reader.day("valid_from"));
    let source = reader.keep(reader.text("source"));
    let confidence = reader.keep(reader.word("confidence", "H, M, L or SAMPLE", Confidence::parse));
    let last_verified_day = reader.keep(reader.day("last_verified_day"));
    Some(Origin {
        policy_version: id?,
        from_region: Region::Nation,
        valid_from: valid_from?,
        source: source?,
        confidence: confidence?,
        last_verified_day: last_verified_day?,
    })
}

/// Stands for the evidence of a version whose own cannot be read, so that its parameters are still looked at.
fn nobody() -> Origin {
    Origin {
        policy_version: String::new(),
        from_region: Region::Nation,
        valid_from: time::Date::MIN,
        source: String::new(),
        confidence: Confidence::Low,
        last_verified_day: time::Date::MIN,
    }
}

/// A parameter as it stands in the file: its value and, where it has some, evidence of its own.
struct Read {
    value: Option<Value>,
    own: Option<Origin>,
    overrides_local: bool,
}

fn placed(settings: &BTreeMap<Parameter, Read>, origin: &Arc<Origin>) -> BTreeMap<Parameter, Arc<Setting>> {
    let place = |(&parameter, read): (&Parameter, &Read)| {
        let own =
            read.own.as_ref().map(|own| Arc::new(Origin { from_region: origin.from_region, ..own.clone() }));
        let origin = own.unwrap_or_else(|| Arc::clone(origin));
        let setting = Setting { value: read.value.clone(), origin, overrides_local: read.overrides_local };
        (parameter, Arc::new(setting))
    };
    settings.iter().map(place).collect()
}

/// Two clock times of one version must not cross.
fn in_order(
    reader: &Reader<'_, '_>,
    settings: &BTreeMap<Parameter, Read>,
    first: Parameter,
    second: Parameter,
) {
    let clock = |parameter| match settings.get(&parameter).and_then(|read| read.value.clone()) {
        Some(Value::Clock(clock)) => Some(clock),
        _ => None,
    };
    if let (Some(a), Some(b), Some(parameters)) = (clock(first), clock(second), reader.find("parameters"))
        && a >= b
    {
        let problem = format!("`{first}` must be before `{second}`");
        reader.source.log.note(reader.error(parameters.span(), problem));
    }
}

fn settings(reader: &Reader<'_, '_>, origin: &Origin) -> BTreeMap<Parameter, Read> {
    let mut settings = BTreeMap::new();
    let Some(parameters) = reader.keep(reader.need("parameters")) else { return settings };
    let Some(table) = parameters.get_ref().as_table() else {
        reader.source.log.note(reader.error(parameters.span(), "`parameters` must be a table"));
        return settings;
    };
    let before = reader.source.log.count();
    for (key, value) in table {
        let read = known(reader, key.get_ref(), key.span().start)
            .and_then(|parameter| Ok((parameter, evidence(reader, parameter, value, origin)?)));
        if let Some((parameter, (value, own))) = reader.keep(read) {
            settings.insert(parameter, Read { value: Some(value), own, overrides_local: false });
        }
    }
    for (name, span) in reader.keep(reader.texts("unstated")).into_iter().flatten() {
        let Some(parameter) = reader.keep(known(reader, &name, span.start)) else { continue };
        let read = Read { value: None, own: None, overrides_local: false };
        if settings.insert(parameter, read).is_some() {
            let problem = format!("`{name}` has a value and is called unstated");
            reader.source.log.note(reader.error(span, problem));
        }
    }
    let complete = reader.source.log.count() == before;
    for (name, span) in reader.keep(reader.texts("overrides_local")).into_iter().flatten() {
        let Some(parameter) = reader.keep(known(reader, &name, span.start)) else { continue };
        match settings.get_mut(&parameter) {
            Some(setting) => setting.overrides_local = true,
            // It may be one of those that could not be read.
            None if !complete => {}
            None => {
                let problem = format!("`{name}` overrides, but the version does not set it");
                reader.source.log.note(reader.error(span, problem));
            }
        }
    }
    settings
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
    origin: &Origin,
) -> Result<(Value, Option<Origin>), RuleFileError> {
    let plain = match value.get_ref().as_table() {
        None => true,
        Some(table) => parameter.kind().is_table() && !table.keys().any(|key| key.get_ref() == "value"),
    };
    let Some(table) = value.get_ref().as_table().filter(|_| !plain) else {
        return Ok((read_value(reader, parameter, value)?, None));
    };
    let own = Reader { source: reader.source, start: value.span().start, table };
    own.only(&["value", "source", "confidence", "last_verified_day"]);
    let read = read_value(reader, parameter, own.need("value")?);
    let source = own.text("source");
    let confidence = own.word("confidence", "H, M, L or SAMPLE", Confidence::parse);
    let last_verified_day = own.day_if_any("last_verified_day")?.unwrap_or(origin.last_verified_day);
    let (source, confidence) = (source?, confidence?);
    Ok((read?, Some(Origin { source, confidence, last_verified_day, ..origin.clone() })))
}

fn read_value(
    reader: &Reader<'_, '_>,
    parameter: Parameter,
    value: &Spanned<DeValue<'_>>,
) -> Result<Value, RuleFileError> {
    value::read(parameter.kind(), value.get_ref()).ok_or_else(|| {
        let problem = format!("`{parameter}` must be {}", parameter.kind().shape());
        reader.error(value.span(), problem)
    })
}
