//! Care outside the place of insurance: filing, chosen institutions, the switch for pharmacies
//! special outpatient care.
//!
//! Each is judged by the rules of the place where the patient is insured.

use standards::Pool;

use crate::{
    ending::months_after,
    facts::{Filing, PersonFacts, RemoteCare},
    judge::{Judge, actual},
    parameter::{Parameter, Value},
    reason::Reason,
    region::Region,
    words::{BenefitKind, Category, RemoteScope, Side, SwitchState},
};

/// What is to be paid, for whom and where.
pub(super) struct Care<'a> {
    pub(super) patient: &'a PersonFacts,
    pub(super) category: Category,
    pub(super) treatment: Pool,
    pub(super) remote: &'a RemoteCare,
    /// Where the institution says that the patient is insured: it only chooses among several enrolments.
    pub(super) insured_in: Option<Pool>,
}

/// Judges what care elsewhere needs; nothing is judged at the place of insurance.
pub(super) fn elsewhere(judge: &mut Judge<'_>, care: &Care<'_>) {
    // Without an enrolment nothing is elsewhere: whether there has to be one is another rule.
    let Some(home) = home(judge, care).filter(|home| *home != care.treatment) else { return };
    judge.ruled_at(home, |judge| {
        filing(judge, care, home);
        if home.province() == care.treatment.province() {
            return;
        }
        match care.category {
            Category::Pharmacy => switch(judge, care),
            Category::SpecialOutpatient => steps(judge, care),
            _ => {}
        }
    });
}

/// Where the patient is insured. Of several enrolments that are as good as each other the one where the care was given
/// counts, then the one that the institution names.
fn home(judge: &Judge<'_>, care: &Care<'_>) -> Option<Pool> {
    let best = care.patient.basic_enrolment(judge.day)?;
    let as_good = |pool: Pool| {
        care.patient.basic_enrolments(judge.day).any(|one| one.pool == pool && one.status == best.status)
    };
    let named = [Some(care.treatment), care.insured_in].into_iter().flatten().find(|pool| as_good(*pool));
    Some(named.unwrap_or(best.pool))
}

/// a filing in force for the place, and for the institution where some were chosen.
fn filing(judge: &mut Judge<'_>, care: &Care<'_>, home: Pool) {
    let needs = judge.of_side(Side::Beneficiary, Parameter::RemoteFilingCategories);
    let needs = needs.is_some_and(|(_, setting)| {
        matches!(&setting.value, Some(Value::Words(words)) if words.contains(care.category.name()))
    });
    let (day, treatment) = (judge.day, care.treatment);
    let months = judge.beneficiary.count(Parameter::FilingMonths);
    let holds_on = |filing: &&Filing| holds(filing, months, day);
    let covers = |filing: &&Filing| Region::from(treatment).widening().contains(&filing.place);
    let filings = care.remote.filings.as_ref();
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
        let institution = &care.remote.institution;
        let any =
            |filing: &&Filing| filing.institutions.is_empty() || filing.institutions.contains(institution);
        // Where else somebody is treated is nobody's business here.
        let draft = draft.limit("CHOSEN").actual(institution);
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
fn switch(judge: &mut Judge<'_>, care: &Care<'_>) {
    let found = judge.of_side(Side::Beneficiary, Parameter::PurchaseSwitchDefault);
    judge.if_stated("R-130", Parameter::PurchaseSwitchDefault, found, |value, draft| {
        let default = if let Value::Word(word) = value { SwitchState::parse(word) } else { None };
        let state = care.remote.switch.or(default);
        let draft = draft.limit(SwitchState::On).actual(actual(state));
        (draft, state.map(|state| state == SwitchState::On), Reason::OutOfProvinceSwitchOff)
    });
}

/// entitled at home, filed (judged above), and at an institution that is enabled.
fn steps(judge: &mut Judge<'_>, care: &Care<'_>) {
    let entitled = care.patient.standing.as_ref().and_then(|standing| {
        let among = |kind| matches!(kind, BenefitKind::SpecialOutpatient | BenefitKind::ChronicOutpatient);
        standing.benefit_on(judge.day, among).map(|found| found.is_some())
    });
    let enabled = care.remote.institution_enabled;
    for (side, what, fact) in
        [(Side::Beneficiary, "ENTITLED", entitled), (Side::TreatmentPlace, "ENABLED", enabled)]
    {
        let found = judge.of_side(Side::Beneficiary, Parameter::SpecialOutpatientSteps);
        let found = found.map(|(_, setting)| (side, setting));
        judge.if_stated("R-131", Parameter::SpecialOutpatientSteps, found, |value, draft| {
            let required = *value == Value::Flag(true);
            let text = fact.map(|fact| if fact { what.to_owned() } else { format!("NOT_{what}") });
            let holds = if required { fact } else { Some(true) };
            (draft.limit(what).actual(actual(text)), holds, Reason::SpecialCareNotReady)
        });
    }
}
