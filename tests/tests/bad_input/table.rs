//! The table that every request goes through: one fault at a time, then one of each field together.

use std::{collections::BTreeMap, fmt::Debug, future::Future};

use anyhow::{Result, ensure};
use tonic::{Code, Status};

/// The field that must be named, and what is wrong with it.
pub(crate) type Fault<R> = (&'static str, Box<dyn Fn(&mut R)>);

/// Values that are no amount greater than zero.
pub(crate) const AMOUNTS: [&str; 9] =
    ["", "0", "0.00", "-1", "1.005", "abc", "1e3", "99999999999999999999", "１.00"];
/// Values that are no id.
pub(crate) const IDS: [&str; 4] =
    ["", "transfer-1", "01937C3E-6D5A-7B3C-8D1E-2F3A4B5C6D7E", "00000000-0000-0000-0000-000000000000"];
/// Values of an enum that nobody may send.
pub(crate) const KINDS: [i32; 3] = [0, 99, -1];
/// Values that are no pooling area.
pub(crate) const POOLS: [&str; 5] = ["", "32010", "320000", "990100", "３20100"];

/// Each fault alone is refused under its field, and so are all fields at once.
pub(crate) async fn refuses<R, T, Answer>(
    rpc: &str,
    good: &R,
    faults: &[Fault<R>],
    ask: impl Fn(R) -> Answer,
) -> Result<()>
where
    R: Clone,
    T: Debug,
    Answer: Future<Output = Result<T, Status>>,
{
    let mut together = good.clone();
    let mut fields = BTreeMap::new();
    for (number, (field, fault)) in faults.iter().enumerate() {
        let mut bad = good.clone();
        fault(&mut bad);
        let named = violations(&format!("{rpc}, fault {number} in {field}"), ask(bad).await)?;
        ensure!(
            named.contains(&(*field).to_owned()),
            "{rpc}, fault {number}: {field} is not named in {named:?}"
        );
        if fields.insert(*field, ()).is_none() {
            fault(&mut together);
        }
    }
    let named = violations(rpc, ask(together).await)?;
    for field in fields.keys() {
        // A fault may hide those of the fields inside it.
        let hidden = fields.keys().any(|outer| field.starts_with(&format!("{outer}.")));
        ensure!(
            hidden || named.contains(&(*field).to_owned()),
            "{rpc}: of all faults at once, {field} is missing in {named:?}"
        );
    }
    Ok(())
}

/// The fields that a status names, each with a sentence in both languages.
fn violations<T: Debug>(what: &str, answer: Result<T, Status>) -> Result<Vec<String>> {
    let status = match answer {
        Ok(reply) => anyhow::bail!("{what}: accepted as {reply:?}"),
        Err(status) => status,
    };
    ensure!(status.code() == Code::InvalidArgument, "{what}: {status:?}");
    let parsed = chassis::status::read(&status);
    let Some(parsed) = parsed.filter(|parsed| parsed.refusal.reason == "FIELD_INVALID") else {
        anyhow::bail!("{what}: no FIELD_INVALID in {status:?}");
    };
    for (field, _, english, chinese) in &parsed.violations {
        ensure!(!english.is_empty() && !chinese.is_empty(), "{what}: {field} has no text in both languages");
        ensure!(chinese.chars().any(|letter| letter > '\u{2e80}'), "{what}: {chinese:?} is not Chinese");
    }
    Ok(parsed.violations.into_iter().map(|(field, ..)| field).collect())
}

/// A text field set to each of some values.
pub(crate) fn texts<R: 'static>(
    field: &'static str,
    set: fn(&mut R, String),
    values: &[&'static str],
) -> Vec<Fault<R>> {
    let fault = |value: &&'static str| -> Fault<R> {
        let value = *value;
        (field, Box::new(move |request| set(request, value.to_owned())))
    };
    values.iter().map(fault).collect()
}

/// A text field with more letters than it may have.
pub(crate) fn too_long<R: 'static>(
    field: &'static str,
    set: fn(&mut R, String),
    letters: usize,
) -> Vec<Fault<R>> {
    vec![(field, Box::new(move |request| set(request, "长".repeat(letters))))]
}

/// An enum field set to each of some values.
pub(crate) fn kinds<R: 'static>(field: &'static str, set: fn(&mut R, i32)) -> Vec<Fault<R>> {
    KINDS.iter().map(|kind| -> Fault<R> { (field, Box::new(move |request| set(request, *kind))) }).collect()
}

/// Any other fault.
pub(crate) fn fault<R: 'static>(field: &'static str, fault: fn(&mut R)) -> Vec<Fault<R>> {
    vec![(field, Box::new(fault))]
}
