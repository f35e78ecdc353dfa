//! 亲情账户: somebody may show a relative's code, as many as the rules allow. It is an object of its own: it
//! uses the relative's own insurance and never funds anything.
//!
//! An adult agrees by face in the own app, or at a counter that has seen the own id card; for a minor documents speak.

use border::verdict;
use chassis::{batch::Moment, status::Refusal, stepup::Method};
use policy::{CodeProxyFacts, Reason, Rules, Ruling, Verdict, decide_code_proxy};
use standards::{CodeProxyId, DocumentKind, civil};

use crate::{
    change::Done,
    command::{Asker, By, NewLink},
    error::Refused,
    person::{EventKind, PartId},
    state::{Known, State},
};

/// Decides a link. The event is the owner's.
pub(crate) fn link(state: &mut State, new: &NewLink, by: &By, rules: &Rules, moment: Moment) -> Done {
    let shower = state.person(new.proxy.shower).ok_or(Refused::PersonUnknown)?;
    let owner = state.person(new.owner).ok_or(Refused::PersonUnknown)?;
    may_ask(shower, owner, by)?;
    let part = PartId::CodeProxy(new.proxy.id);
    // Its id is the request's, so a known one is known with this content.
    if state.owner(part).is_some() {
        return Ok((new.owner, None));
    }
    let standing = &owner.standing.code_proxies;
    if let Some(there) = standing.iter().find(|one| one.shower == new.proxy.shower && !one.unlinked) {
        return Err(Refused::LinkedAlready(there.id));
    }
    let day = civil::day(moment.at);
    let facts = CodeProxyFacts {
        shower: shower.standing.facts(day),
        owner: owner.standing.facts(day),
        linked: Some(state.linked(new.proxy.shower)),
        documents: !new.documents.is_empty(),
        face: agrees(new, by),
    };
    match decide_code_proxy(&facts, rules, moment.at).ruling() {
        Ruling::Allowed => {}
        Ruling::Refused(verdict) | Ruling::Undecided(verdict) => {
            return Err(Refused::Rule(refusal(verdict)));
        }
    }
    state.link(new.proxy.shower, true);
    let event = state.change_part(new.owner, part, (EventKind::CodeProxyLinked, moment.at), |known| {
        known.standing.code_proxies.push(new.proxy);
    });
    Ok((new.owner, event))
}

/// Decides its end, which either of the two may wish; one that was unlinked stays so.
pub(crate) fn unlink(state: &mut State, proxy: CodeProxyId, by: &By, moment: Moment) -> Done {
    let part = PartId::CodeProxy(proxy);
    let person = state.owner(part).ok_or(Refused::CodeProxyUnknown)?;
    let owner = state.person(person).ok_or(Refused::PersonUnknown)?;
    let link = owner.standing.code_proxies.iter().find(|one| one.id == proxy).copied();
    let link = link.ok_or(Refused::CodeProxyUnknown)?;
    let shower = state.person(link.shower).ok_or(Refused::PersonUnknown)?;
    may_ask(shower, owner, by)?;
    if link.unlinked {
        return Ok((person, None));
    }
    state.link(link.shower, false);
    let event = state.change_part(person, part, (EventKind::CodeProxyUnlinked, moment.at), |known| {
        known
            .standing
            .code_proxies
            .iter_mut()
            .filter(|one| one.id == proxy)
            .for_each(|one| one.unlinked = true);
    });
    Ok((person, event))
}

/// Either of the two, or a counter that is responsible for one of them.
fn may_ask(shower: &Known, owner: &Known, by: &By) -> Result<(), Refused> {
    let may = |known: &Known| match &by.asker {
        Asker::Citizen(own) => *own == known.standing.person,
        Asker::Desk(area) => known.standing.within(area),
    };
    if may(shower) || may(owner) { Ok(()) } else { Err(Refused::OutOfReach) }
}

/// Whether the owner agrees in person: a password may be known to the relative who wants to show the code.
fn agrees(new: &NewLink, by: &By) -> bool {
    match &by.asker {
        Asker::Citizen(own) => *own == new.owner && by.agreed == Some(Method::Face),
        Asker::Desk(_) => new.documents.iter().any(|document| document.kind == DocumentKind::IdCard),
    }
}

/// A rule that refuses, in its own words. An agreement that is missing burns nothing: it can still come.
fn refusal(verdict: &Verdict) -> Refusal {
    match verdict.reason {
        // No other factor will do.
        Some(Reason::AuthFailed) => verdict::denied(verdict).what_to_do(
            "the owner of the code asks for this and agrees by FACE; or a counter sees the owner's id card",
            "请由医保码所有人本人通过人脸核验后办理,或携带所有人的身份证到窗口办理",
        ),
        None | Some(Reason::FeedBehind) => Refusal::feed_behind("identity"),
        Some(_) => verdict::refusal(verdict, std::iter::empty()),
    }
}
