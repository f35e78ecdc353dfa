//! 异地就医备案: where else a person may be treated, from when to when, and in which institutions. It
//! says nothing about payments there.

use chassis::{batch::Moment, status::Refusal};
use policy::{Parameter, PersonFacts, Programme, Region, Rules};
use standards::{FilingId, civil};

use crate::{
    change::{self, Done},
    command::{By, NewFiling},
    error::Refused,
    person::{EventKind, PartId},
    state::State,
};

/// Decides a filing.
pub(crate) fn file(state: &mut State, new: &NewFiling, by: &By, rules: &Rules, moment: Moment) -> Done {
    let known = change::living(state, new.person, by)?;
    let facts = known.standing.facts(civil::day(moment.at));
    let part = PartId::Filing(new.filing.id);
    // Its id is the request's, so a known one is known with this content.
    if state.owner(part).is_some() {
        return Ok((new.person, None));
    }
    are_few_enough(new, &facts, rules, moment)?;
    let event = state.change_part(new.person, part, (EventKind::RemoteCareFiled, moment.at), |known| {
        known.standing.filings.push(new.filing.clone());
    });
    Ok((new.person, event))
}

/// Decides its withdrawal; one that was withdrawn stays so.
pub(crate) fn withdraw(state: &mut State, filing: FilingId, by: &By, moment: Moment) -> Done {
    let part = PartId::Filing(filing);
    let person = state.owner(part).ok_or(Refused::FilingUnknown)?;
    let known = change::living(state, person, by)?;
    if known.standing.filings.iter().any(|one| one.id == filing && one.withdrawn) {
        return Ok((person, None));
    }
    let event = state.change_part(person, part, (EventKind::RemoteCareWithdrawn, moment.at), |known| {
        known.standing.filings.iter_mut().filter(|one| one.id == filing).for_each(|one| one.withdrawn = true);
    });
    Ok((person, event))
}

/// not more institutions are chosen than the place of insurance allows.
fn are_few_enough(
    new: &NewFiling,
    person: &PersonFacts,
    rules: &Rules,
    moment: Moment,
) -> Result<(), Refused> {
    let home = person.basic_enrolment(civil::day(moment.at));
    let region = home.map_or(Region::Nation, |enrolment| Region::from(enrolment.pool));
    let resolved = rules.resolve_region(Programme::Wallet, region, moment.at);
    let chosen = new.filing.institutions.len();
    let Some((most, setting)) =
        resolved.count(Parameter::FilingInstitutions).zip(resolved.setting(Parameter::FilingInstitutions))
    else {
        return Ok(());
    };
    if u32::try_from(chosen).is_ok_and(|chosen| chosen <= most) {
        return Ok(());
    }
    let english = format!("a filing of that place names at most {most} institutions");
    let chinese = format!("参保地规定备案最多选择{most}家定点医疗机构");
    let refusal = Refusal::state("FILING_NOT_ALLOWED", english, chinese)
        .rule("R-129")
        .bound(most.to_string(), chosen.to_string())
        .policy(&setting.origin.policy_version, &setting.origin.source)
        .what_to_do("choose fewer institutions under a new filing id", "请减少所选机构，以新的备案编号提交");
    Err(Refused::Rule(refusal))
}
