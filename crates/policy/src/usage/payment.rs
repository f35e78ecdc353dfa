//! Judges a payment as far as no sharer is needed for it: the patient, what was shown (R-030,
//! ), for what shared funds are wanted (R-110…R-115), care elsewhere (R-127…R-131).
//!
//! The patient's own money is nobody's programme: whether the patient is insured, and for what the money goes, is asked
//! only where shared funds are taken. A parameter that no version states is not judged.

use super::{
    care::{self, Care},
    presented,
};
use crate::{
    decision::Decision,
    facts::PaymentFacts,
    judge::Judge,
    rules::Rules,
    when::When,
    words::{Programme, Side},
};

/// Judges one payment for the day of the service; whether the patient is suspended is the caller's fact, of the day of
/// the payment.
pub fn decide_payment(facts: &PaymentFacts, rules: &Rules, when: impl Into<When>) -> Decision {
    judged(facts, rules, when.into(), false).close()
}

/// The same, and nothing at all where nothing refuses and nothing is unknown: a payment that passes costs no text.
pub fn refuse_payment(facts: &PaymentFacts, rules: &Rules, when: impl Into<When>) -> Option<Decision> {
    let when = when.into();
    judged(facts, rules, when, true).refuses().then(|| decide_payment(facts, rules, when))
}

fn judged<'a>(facts: &PaymentFacts, rules: &'a Rules, when: When, quiet: bool) -> Judge<'a> {
    let patient = &facts.patient;
    let programme = facts.funds.unwrap_or(Programme::Wallet);
    let judge = Judge::of_one(rules, programme, patient, when).quiet(quiet);
    let mut judge = judge.treated_in(facts.treatment);
    let (remote, category, treatment) = (&facts.remote, facts.category, facts.treatment);
    judge.alive(Side::Beneficiary, patient);
    if facts.funds.is_some() {
        judge.insured(Side::Beneficiary, patient);
    }
    judge.not_suspended(Side::Beneficiary, patient);
    if facts.funds == Some(Programme::Wallet) {
        judge.region_open(Side::TreatmentPlace, Some(treatment), true);
    }
    judge.activated(Side::Beneficiary, patient, facts.presented.online);
    presented::judged(&mut judge, patient.person, None, &facts.presented);
    if facts.funds.is_some() {
        super::category(&mut judge, category);
    }
    care::elsewhere(&mut judge, &Care { patient, category, treatment, remote, insured_in: facts.insured_in });
    judge
}
