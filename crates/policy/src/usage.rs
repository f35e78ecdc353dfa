//! Judges the use of a sharer's funds at an institution: bond, persons, what was shown (R-031,
//! R-122…R-124), what it is for (R-110…R-115), the catalogue, limits of uses, care
//! elsewhere (R-127…R-131), traceability.
//!
//! It prices nothing and takes no money: the wallet counts, holds the lock and splits the payment.

mod care;
mod limits;
mod payment;
mod presented;

pub use self::{
    payment::{decide_payment, refuse_payment},
    presented::decide_presented,
};

use crate::{
    account::exception,
    decision::Decision,
    facts::UseFacts,
    judge::{Draft, Judge, actual},
    parameter::{Parameter, Value},
    reason::Reason,
    rules::Rules,
    when::When,
    words::{Category, Programme, Side, TraceDuty},
};

/// Judges one use of one sharer's funds by one patient, under the rules of three regions.
pub fn decide_use(facts: &UseFacts, rules: &Rules, when: impl Into<When>) -> Decision {
    let (sharer, patient) = (&facts.sharer, &facts.patient);
    let judge = Judge::between(rules, facts.programme, sharer, patient, when.into());
    let mut judge = judge.treated_in(facts.treatment);
    bond(&mut judge, facts);
    judge.alive(Side::Sharer, sharer);
    judge.alive(Side::Beneficiary, patient);
    judge.insured(Side::Sharer, sharer);
    judge.insured(Side::Beneficiary, patient);
    judge.not_suspended(Side::Sharer, sharer);
    judge.not_suspended(Side::Beneficiary, patient);
    if facts.programme == Programme::Wallet {
        judge.region_open(Side::TreatmentPlace, Some(facts.treatment), true);
    }
    judge.activated(Side::Beneficiary, patient, facts.presented.online);
    presented::judged(&mut judge, patient.person, Some(sharer.person), &facts.presented);
    let draft = Draft::new("R-117", "amount", Side::Beneficiary).under_base(&judge.beneficiary);
    let draft = draft.limit("> 0.00").actual(facts.amount);
    judge.judge(draft, Some(facts.amount.is_positive()), Reason::FieldInvalid);
    category(&mut judge, facts.category);
    catalogue(&mut judge, facts.catalogue.as_deref());
    let excepted = exception(&judge, patient);
    limits::per_use(&mut judge, facts.category, facts.amount, excepted);
    limits::per_month(&mut judge, facts.category, facts.amount, facts.month);
    let (remote, category, treatment) = (&facts.remote, facts.category, facts.treatment);
    care::elsewhere(&mut judge, &care::Care { patient, category, treatment, remote, insured_in: None });
    traceable(&mut judge, facts.lines_without_code);
    judge.close()
}

/// the bond is in force, of this programme, and older than the care. The own shared account needs none
///
fn bond(judge: &mut Judge<'_>, facts: &UseFacts) {
    if facts.sharer.person == facts.patient.person {
        let found = judge.of_side(Side::Sharer, Parameter::SharerMayUse);
        return judge.by("R-121", Parameter::SharerMayUse, found, |value, draft| {
            (draft.actual("OWN"), Some(*value == Value::Flag(true)), Reason::NotForThisProgramme)
        });
    }
    let bond = facts.bond.as_ref();
    let draft = Draft::new("R-057", "bond_state", Side::Sharer).under_base(&judge.sharer).limit("ACTIVE");
    let state = bond.map(|bond| if bond.active { "ACTIVE" } else { "NOT_ACTIVE" });
    judge.judge(draft.actual(actual(state)), bond.map(|bond| bond.active), Reason::BondNotActive);
    let draft = Draft::new("R-005", "bond_programme", Side::Sharer).under_base(&judge.sharer);
    let draft = draft.limit(facts.programme).actual(actual(bond.map(|bond| bond.programme)));
    let same = bond.map(|bond| bond.programme == facts.programme);
    judge.judge(draft, same, Reason::NotForThisProgramme);
    let text = standards::civil::local_text;
    let draft = Draft::new("R-057", "bond_since", Side::Sharer).under_base(&judge.sharer);
    let draft = draft.limit(text(facts.care_from)).actual(actual(facts.bond_since.map(text)));
    judge.judge(draft, facts.bond_since.map(|since| since <= facts.care_from), Reason::BondNotActive);
}

/// R-110…R-115: for what the programme's funds may be used, wherever it has a say.
fn category(judge: &mut Judge<'_>, category: Category) {
    let found = judge.strictest(Parameter::Categories);
    judge.by("R-110", Parameter::Categories, found, |value, draft| {
        let allowed = matches!(value, Value::Words(words) if words.contains(category.name()));
        (draft.actual(category), Some(allowed), Reason::CategoryNotAllowed)
    });
}

/// what is reimbursed was looked up in the edition in force where the care was given; how much of it, and
/// with which limits, is the place of insurance's. Nothing is judged where the bill names no edition.
fn catalogue(judge: &mut Judge<'_>, named: Option<&str>) {
    let Some(named) = named else { return };
    let found = judge.of_side(Side::TreatmentPlace, Parameter::CatalogueVersion);
    judge.if_stated("R-125", Parameter::CatalogueVersion, found, |value, draft| {
        let same = matches!(value, Value::Edition(edition) if edition == named);
        (draft.actual(named), Some(same), Reason::CatalogueNotInForce)
    });
}

/// no drug line without a traceability code, once every line needs one.
fn traceable(judge: &mut Judge<'_>, without: Option<u32>) {
    let Some(without) = without else { return };
    let found = judge.of_side(Side::TreatmentPlace, Parameter::TraceCode);
    judge.if_stated("R-132", Parameter::TraceCode, found, |value, draft| {
        let holds = without == 0 || *value == Value::Word(TraceDuty::Transition.name());
        (draft.actual(without), Some(holds), Reason::TraceCodeMissing)
    });
}
