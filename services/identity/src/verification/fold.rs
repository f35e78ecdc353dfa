//! Decides verifications: pure, over what a batch has loaded.

use chassis::{
    batch::{Moment, Verdict},
    stepup::Method,
};
use standards::PersonId;
use time::OffsetDateTime;

use super::{
    Answer, Ask, Begin, Complete, OPEN_FOR, Proof, Refused, SetPassword, Verification,
    desk::{Desk, Factor},
    tries::{OF_CALLER, OF_PERSON, Tries},
};
use crate::state::State;

/// Decides one of them.
pub fn fold(state: &mut State, ask: &Ask, moment: Moment) -> Verdict<Answer> {
    if state.person(ask.person()).is_none() {
        return Verdict::Answer(Answer::Refused(Refused::PersonUnknown));
    }
    let desk = &mut state.verification;
    match ask {
        Ask::Begin(begin) => Verdict::Answer(begun(desk, begin, moment.at).unwrap_or_else(Answer::Refused)),
        Ask::Complete(complete) => completed(desk, complete, moment.at),
        Ask::SetPassword(set) => Verdict::Record(password_set(desk, set, moment.at)),
    }
}

fn begun(desk: &mut Desk, begin: &Begin, now: OffsetDateTime) -> Result<Answer, Refused> {
    let asked = &begin.verification;
    let alternatives = alternatives(desk, asked, &begin.offered, now);
    if let Some(known) = desk.verification(asked.id) {
        if known.content != asked.content {
            return Err(Refused::IdReused);
        }
        if known.until <= now {
            return Err(Refused::Unknown);
        }
        return Ok(Answer::Begun { nonce: hex::encode(known.nonce), until: known.until, alternatives });
    }
    let method = asked.method;
    if let Some(until) = locked(desk, asked, now) {
        return Err(Refused::Locked { method, until, alternatives });
    }
    if !is_set_up(desk, asked.person, method, &begin.offered) {
        return Err(Refused::NotSetUp { method, alternatives });
    }
    let until = now + OPEN_FOR;
    desk.put(Verification { until, done: None, ..asked.clone() });
    Ok(Answer::Begun { nonce: hex::encode(asked.nonce), until, alternatives })
}

fn completed(desk: &mut Desk, complete: &Complete, now: OffsetDateTime) -> Verdict<Answer> {
    let refused = |refused| Verdict::Answer(Answer::Refused(refused));
    let Some(known) = desk.verification(complete.id).cloned() else { return refused(Refused::Unknown) };
    if known.by != complete.by || known.person != complete.person {
        return refused(Refused::NotYours);
    }
    // What is done is answered again for as long as its assertion is good.
    let given = known.done.map(|at| known.claims(at));
    let over = given.as_ref().map_or(known.until <= now, |claims| claims.expires <= now.unix_timestamp());
    if over {
        return refused(Refused::Unknown);
    }
    let alternatives = alternatives(desk, &known, &complete.offered, now);
    if let Some(until) = locked(desk, &known, now) {
        return refused(Refused::Locked { method: known.method, until, alternatives });
    }
    let is_right = match &complete.proof {
        Proof::Right { password, .. } => {
            known.method != Method::Password || *password == desk.password(known.person)
        }
        Proof::Wrong => false,
        Proof::Unsure => return refused(Refused::Unsure { method: known.method, alternatives }),
    };
    if !is_right {
        return refused(wrong(desk, &known, alternatives, now));
    }
    let [of_person, _] = known.factors();
    if desk.tries(&of_person) != Tries::default() {
        desk.count(of_person, Tries::default());
    }
    match given {
        Some(claims) => Verdict::Answer(Answer::Agreed { claims }),
        None => {
            let claims = known.claims(now);
            desk.put(Verification { done: Some(now), ..known });
            Verdict::Record(Answer::Agreed { claims })
        }
    }
}

/// Counts a wrong proof.
fn wrong(desk: &mut Desk, known: &Verification, alternatives: Vec<Method>, now: OffsetDateTime) -> Refused {
    for (factor, bound) in known.factors().into_iter().zip([OF_PERSON, OF_CALLER]) {
        let mut tries = desk.tries(&factor);
        tries.fail(bound, now);
        desk.count(factor, tries);
    }
    let [of_person, _] = known.factors();
    let locked = locked(desk, known, now);
    let used = match locked {
        Some(_) => OF_PERSON.failures,
        None => desk.tries(&of_person).used(OF_PERSON, now),
    };
    Refused::Wrong { method: known.method, allowed: OF_PERSON.failures, used, until: locked, alternatives }
}

fn password_set(desk: &mut Desk, set: &SetPassword, now: OffsetDateTime) -> Answer {
    let revision = desk.set_password(set.person, set.hash.clone(), now);
    let factor = Factor::of_person(set.person, Method::Password);
    if desk.tries(&factor) != Tries::default() {
        desk.count(factor, Tries::default());
    }
    Answer::PasswordSet { revision }
}

fn locked(desk: &Desk, verification: &Verification, now: OffsetDateTime) -> Option<OffsetDateTime> {
    verification.factors().iter().filter_map(|factor| desk.tries(factor).locked(now)).max()
}

fn is_set_up(desk: &Desk, person: PersonId, method: Method, offered: &[Method]) -> bool {
    offered.contains(&method) && (method != Method::Password || desk.password(person).is_some())
}

/// What else the person may use now; a counter is always there.
fn alternatives(
    desk: &Desk,
    verification: &Verification,
    offered: &[Method],
    now: OffsetDateTime,
) -> Vec<Method> {
    let usable = |method: &Method| {
        let other = Verification { method: *method, ..verification.clone() };
        *method == Method::Counter
            || (is_set_up(desk, verification.person, *method, offered) && locked(desk, &other, now).is_none())
    };
    Method::ALL.into_iter().filter(|method| *method != verification.method).filter(usable).collect()
}
