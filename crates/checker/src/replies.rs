//! I6: what callers were answered is true. What was done is in the databases with the figures of the reply, what was
//! refused left nothing but a remembered refusal, and of what is unknown both may be so. I3: one id does one thing
//! once.
//!
//! It knows nothing of a caller but the history, and judges a key by all calls under it: a shed repeat says nothing
//! of the first call.

mod effects;
mod figures;

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::{
    history::{Call, Operation, Outcome, Reply},
    rows::World,
    verdict::Judge,
};

use self::effects::Effects;

/// gRPC codes that refuse by what the databases hold.
const BY_STATE: [i32; 2] = [5, 9];

pub(crate) fn check(world: &World, calls: &[Call], judge: &mut Judge) {
    judge.enter("replies");
    let effects = Effects::of(world);
    let mut keys: BTreeMap<(Operation, Uuid), Vec<&Call>> = BTreeMap::new();
    for call in calls {
        keys.entry((call.operation, call.key)).or_default().push(call);
    }
    for calls in keys.values() {
        done(&effects, calls, judge);
        refused(&effects, calls, judge);
        once(calls, judge);
    }
    in_order(&effects, &keys, judge);
}

/// How a call is named in an example.
fn name(call: &Call) -> String {
    format!("{:?} {} ({}/{})", call.operation, call.key, call.process, call.number)
}

/// What was answered ok stands there, as it was said.
fn done(effects: &Effects, calls: &[&Call], judge: &mut Judge) {
    for call in calls.iter().filter(|call| call.outcome == Outcome::Ok) {
        let subject = name(call);
        let Some(reply) = &call.reply else {
            judge.holds("I6", &subject, "an answer shows what was done", false);
            continue;
        };
        let found = figures::compare(effects, &subject, call, reply, judge);
        judge.holds("I6", &subject, "what was answered ok is in the databases", found);
    }
}

/// What was refused, and what nothing else under its id may have done, left no effect.
fn refused(effects: &Effects, calls: &[&Call], judge: &mut Judge) {
    let is = |outcome| calls.iter().any(|call| call.outcome == outcome);
    if is(Outcome::Unknown) || calls.iter().any(|call| is_final(call)) {
        return;
    }
    for call in calls.iter().filter(|call| call.outcome == Outcome::Fail) {
        // Once something was answered, only what says why may take it back.
        if !is(Outcome::Ok) || BY_STATE.contains(&call.code) {
            let effect = effects.of_call(call);
            let what = format!("what was refused ({} {}) has no effect", call.code, call.reason);
            let subject = effect.as_ref().map_or_else(|| name(call), |it| format!("{}: {it}", name(call)));
            judge.holds("I6", subject, &what, effect.is_none());
        }
    }
}

/// Whether an answer says that it is done, and not merely under way.
fn is_final(call: &Call) -> bool {
    let state = call.reply.as_ref().map_or("", |reply: &Reply| reply.state.as_str());
    call.outcome == Outcome::Ok
        && match call.operation {
            Operation::Transfer => !matches!(state, "ACCEPTED" | "CLOSING"),
            Operation::Claim => matches!(state, "CLAIMED" | "RETURNED"),
            _ => true,
        }
}

/// An id stands for one content, and what was done under it is not refused to whoever asks again.
fn once(calls: &[&Call], judge: &mut Judge) {
    let done: Vec<&&Call> = calls.iter().filter(|call| is_final(call)).collect();
    let Some(first) = done.iter().min_by_key(|call| call.ended.micros) else { return };
    for call in &done {
        judge.same("I3", format!("{}: content", name(call)), &first.content, &call.content);
    }
    let later = |call: &&&Call| call.content == first.content && call.invoked.micros > first.ended.micros;
    for call in calls.iter().filter(later) {
        let again = call.outcome != Outcome::Fail || !BY_STATE.contains(&call.code);
        judge.holds("I3", name(call), "what was done before is answered again", again);
    }
}

/// Records of one database stand in the order of time: nothing that had ended comes after what began later.
fn in_order(effects: &Effects, keys: &BTreeMap<(Operation, Uuid), Vec<&Call>>, judge: &mut Judge) {
    let mut spans: Vec<((&str, i64), u64, u64, String)> = Vec::new();
    for calls in keys.values() {
        let ended = calls.iter().filter(|call| is_final(call)).map(|call| call.ended.micros).min();
        let invoked = calls.iter().map(|call| call.invoked.micros).min();
        let record = calls.first().and_then(|call| effects.record_of(call));
        if let (Some(ended), Some(invoked), Some(record)) = (ended, invoked, record) {
            spans.push((record, invoked, ended, name(calls[0])));
        }
    }
    spans.sort();
    let mut latest: Option<(&str, u64, &str)> = None;
    for ((place, seq), invoked, ended, name) in &spans {
        let before = latest.filter(|(other, ..)| other == place);
        if let Some((_, began, other)) = before {
            let what =
                format!("record {seq} of {place} had ended before {other}, which stands earlier, began");
            judge.holds("I6", name, &what, *ended >= began);
        }
        if before.is_none_or(|(_, began, _)| *invoked > began) {
            latest = Some((place, *invoked, name));
        }
    }
}
