//! Judges a payment as far as no sharer is needed for it: the patient, what was shown (R-030,
//! ), for what shared funds are wanted (R-110…R-115), the catalogue, care
//! elsewhere (R-127…R-131).
//!
//! The patient's own money is nobody's programme: whether the patient is insured, and for what the money goes, is asked
//! only where shared funds are taken.

use time::OffsetDateTime;

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

/// Judges one payment. `service` is when the care was given, and counts for insurance, place and category; `paid` is when
/// it is paid, and counts for suspensions and for what was shown: nobody gets around these by an earlier day.
pub fn decide_payment(
    facts: &PaymentFacts,
    rules: &Rules,
    (service, paid): (OffsetDateTime, OffsetDateTime),
) -> Decision {
    let [now, then] = judged(facts, rules, (service, paid), false).map(Judge::close);
    Decision::of(When::at(service), now.verdicts.into_iter().chain(then.verdicts).collect())
}

/// The same, and nothing at all where nothing refuses and nothing is unknown: a payment that passes costs no text.
pub fn refuse_payment(
    facts: &PaymentFacts,
    rules: &Rules,
    times: (OffsetDateTime, OffsetDateTime),
) -> Option<Decision> {
    let refuses = judged(facts, rules, times, true).iter().any(Judge::refuses);
    refuses.then(|| decide_payment(facts, rules, times))
}

/// What counts when it is paid, and what counts when the care was given.
fn judged<'a>(
    facts: &PaymentFacts,
    rules: &'a Rules,
    (service, paid): (OffsetDateTime, OffsetDateTime),
    quiet: bool,
) -> [Judge<'a>; 2] {
    let patient = &facts.patient;
    let programme = facts.funds.unwrap_or(Programme::Wallet);
    let mut now = Judge::of_one(rules, programme, patient, When::at(paid)).quiet(quiet);
    now.not_suspended(Side::Beneficiary, patient);
    now.activated(Side::Beneficiary, patient, facts.presented.online);
    presented::judged(&mut now, patient.person, None, &facts.presented);

    let then = Judge::of_one(rules, programme, patient, When::at(service)).quiet(quiet);
    let mut then = then.treated_in(facts.treatment);
    let (remote, category, treatment) = (&facts.remote, facts.category, facts.treatment);
    then.alive(Side::Beneficiary, patient);
    if facts.funds.is_some() {
        then.insured(Side::Beneficiary, patient);
    }
    if facts.funds == Some(Programme::Wallet) {
        then.region_open(Side::TreatmentPlace, Some(treatment), true);
    }
    if facts.funds.is_some() {
        super::category(&mut then, category);
    }
    super::catalogue(&mut then, facts.catalogue.as_deref());
    care::elsewhere(&mut then, &Care { patient, category, treatment, remote, insured_in: facts.insured_in });
    [now, then]
}
