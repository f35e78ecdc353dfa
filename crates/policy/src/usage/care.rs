//! Care outside the place of insurance: filing, chosen institutions, the switch for pharmacies
//! special outpatient care.
//!
//! Each is judged by the rules of the place where the patient is insured.

use standards::Pool;

use crate::{
    ending::months_after,
    facts::{Filing, UseFacts},
    judge::{Judge, actual},
    parameter::{Parameter, Value},
    reason::Reason,
    region::Region,
    words::{BenefitKind, Category, RemoteScope, Side, SwitchState},
};

/// Judges what care elsewhere needs; nothing is judged at the place of insurance.
pub(super) fn elsewhere(judge: &mut Judge<'_>, facts: &UseFacts) {
    let home = facts.patient.basic_enrolment(judge.day).map(|enrolment| enrolment.pool);
    // Without an enrolment the patient is refused anyway; unknown enrolments leave the decision open there.
    let Some(home) = home.filter(|home| *home != facts.treatment) else { return };
    filing(judge, facts, home);
    if home.province() == facts.treatment.province() {
        return;
    }
    match facts.category {
        Category::Pharmacy => switch(judge, facts),
        Category::SpecialOutpatient => steps(judge, facts),
        _ => {}
    }
}

/// a filing in force for the place, and for the institution where some were chosen.
fn filing(judge: &mut Judge<'_>, facts: &UseFacts, home: Pool) {
    let needs = judge.of_side(Side::Beneficiary, Parameter::RemoteFilingCategories);
    let needs = needs.is_some_and(|(_, setting)| {
        matches!(&setting.value, Some(Value::Words(words)) if words.contains(facts.category.name()))
    });
    let (day, treatment) = (judge.day, facts.treatment);
    let months = judge.beneficiary.count(Parameter::FilingMonths);
    let holds_on = |filing: &&Filing| holds(filing, months, day);
    let covers = |filing: &&Filing| Region::from(treatment).widening().contains(&filing.place);
    let filings = facts.remote.filings.as_ref();
    let found: Option<Vec<&Filing>> =
        filings.map(|filings| filings.iter().filter(holds_on).filter(covers).collect());
    let scope = judge.of_side(Side::Beneficiary, Parameter::RemoteFiling).filter(|_| needs);
    let mut filed = false;
    judge.if_stated("R-127", Parameter::RemoteFiling, scope, |value, draft| {
        let outside =
            *value == Value::Word(RemoteScope::OutsidePool.name()) || home.province() != treatment.province();
        filed = outside;
        let text = found.as_ref().map(|found| if found.is_empty() { "NONE" } else { "FILED" });
        let draft = draft.actual(format!("{home}-{treatment} {}", actual(text)));
        let holds = if outside { found.as_ref().map(|found| !found.is_empty()) } else { Some(true) };
        (draft, holds, Reason::NoRemoteFiling)
    });
    let found = found.unwrap_or_default();
    if !filed || found.is_empty() {
        return;
    }
    let chosen = judge.of_side(Side::Beneficiary, Parameter::FilingInstitutions);
    judge.if_stated("R-129", Parameter::FilingInstitutions, chosen, |_, draft| {
        let institution = &facts.remote.institution;
        let any =
            |filing: &&Filing| filing.institutions.is_empty() || filing.institutions.contains(institution);
        let chosen: Vec<&str> =
            found.iter().flat_map(|filing| &filing.institutions).map(String::as_str).collect();
        let draft = draft.limit(chosen.join(",")).actual(institution);
        (draft, Some(found.iter().any(any)), Reason::NoRemoteFiling)
    });
}

/// from its first to its last day; where none was named, as many months as the rule says.
fn holds(filing: &Filing, months: Option<u32>, day: time::Date) -> bool {
    let last = filing
        .valid_to
        .or_else(|| months.and_then(|months| months_after(filing.valid_from, months).previous_day()));
    filing.valid_from <= day && last.is_none_or(|last| day <= last)
}

/// pharmacies of another province are paid only with the switch on, where there is such a switch.
fn switch(judge: &mut Judge<'_>, facts: &UseFacts) {
    let found = judge.of_side(Side::Beneficiary, Parameter::PurchaseSwitchDefault);
    judge.if_stated("R-130", Parameter::PurchaseSwitchDefault, found, |value, draft| {
        let default = if let Value::Word(word) = value { SwitchState::parse(word) } else { None };
        let state = facts.remote.switch.or(default);
        let draft = draft.limit(SwitchState::On).actual(actual(state));
        (draft, state.map(|state| state == SwitchState::On), Reason::OutOfProvinceSwitchOff)
    });
}

/// entitled at home, filed (judged above), and at an institution that is enabled.
fn steps(judge: &mut Judge<'_>, facts: &UseFacts) {
    let entitled = facts.patient.standing.as_ref().and_then(|standing| {
        let among = |kind| matches!(kind, BenefitKind::SpecialOutpatient | BenefitKind::ChronicOutpatient);
        standing.benefit_on(judge.day, among).map(|found| found.is_some())
    });
    let enabled = facts.remote.institution_enabled;
    for (side, what, fact) in
        [(Side::Beneficiary, "ENTITLED", entitled), (Side::TreatmentPlace, "ENABLED", enabled)]
    {
        let found = judge.of_side(Side::Beneficiary, Parameter::SpecialOutpatientSteps);
        let found = found.map(|(_, setting)| (side, setting));
        judge.if_stated("R-131", Parameter::SpecialOutpatientSteps, found, |value, draft| {
            let required = *value == Value::Flag(true);
            let text = fact.map(|fact| if fact { what.to_owned() } else { format!("NOT_{what}") });
            let holds = if required { fact } else { Some(true) };
            (draft.limit(what).actual(actual(text)), holds, Reason::CategoryNotAllowed)
        });
    }
}
