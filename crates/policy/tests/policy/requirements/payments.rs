//! What is judged at every payment, whoever's money it takes.

use policy::{
    Category, Decision, EnrolmentStatus, Filing, PaymentFacts, PersonFacts, PersonStanding, Programme,
    Reason, Ruling, Scheme, Side, decide_payment, decide_presented, refuse_payment,
};
use standards::PersonId;

use crate::support::*;

const NOON: &str = "2026-01-15 12:00";

/// The mother of 成都 at home, with quota in her wallet.
fn payment() -> PaymentFacts {
    let facts = use_of(Programme::Wallet, "320100", "510100");
    PaymentFacts {
        patient: facts.patient,
        category: facts.category,
        treatment: facts.treatment,
        insured_in: None,
        catalogue: None,
        funds: Some(Programme::Wallet),
        presented: facts.presented,
        remote: facts.remote,
    }
}

/// Reason, rule and side of what refuses; both ways of asking agree.
fn refused_by(facts: &PaymentFacts) -> Option<(Reason, String, Side)> {
    let decision = decide_payment(facts, &rules(), (at(NOON), at(NOON)));
    let short = refuse_payment(facts, &rules(), (at(NOON), at(NOON)));
    assert_eq!(short.is_none(), decision.allowed, "{decision:?}");
    assert!(short.is_none_or(|short| short == decision));
    why(&decision).map(|(reason, rule, side)| (reason, rule.to_owned(), side))
}

fn with(change: impl FnOnce(&mut PaymentFacts)) -> Option<(Reason, String, Side)> {
    let mut facts = payment();
    change(&mut facts);
    refused_by(&facts)
}

fn by(reason: Reason, rule: &str) -> Option<(Reason, String, Side)> {
    Some((reason, rule.to_owned(), Side::Beneficiary))
}

fn standing(facts: &mut PaymentFacts) -> &mut PersonStanding {
    facts.patient.standing.get_or_insert_with(in_order)
}

#[test]
fn r_151_the_dead_and_the_suspended_pay_nothing_with_any_money() {
    for funds in [Some(Programme::Wallet), None] {
        assert_eq!(with(|facts| facts.funds = funds), None);
        let dead = |facts: &mut PaymentFacts| (facts.funds, facts.patient.deceased) = (funds, Some(true));
        assert_eq!(with(dead), by(Reason::Deceased, "R-066"));
        let suspended = |facts: &mut PaymentFacts| {
            facts.funds = funds;
            standing(facts).settlement_suspended = Some(true);
        };
        assert_eq!(with(suspended), by(Reason::SettlementSuspended, "R-151"));
    }
    let mut suspended = payment();
    standing(&mut suspended).settlement_suspended = Some(true);
    // Not by a day on which no rule held yet, either.
    let long_ago = at("2020-05-01 12:00");
    assert!(refuse_payment(&suspended, &rules(), (long_ago, at(NOON))).is_some());
    let decision = decide_payment(&suspended, &rules(), (at(NOON), at(NOON)));
    assert!(refused(&decision).message_zh.starts_with("就诊人"), "nobody is a beneficiary of the own money");
}

#[test]
fn r_024_insurance_is_asked_for_where_quota_may_be_spent() {
    let arrears = |facts: &mut PaymentFacts| {
        facts.patient.enrolments.as_mut().unwrap()[0].status = EnrolmentStatus::InArrears;
    };
    assert_eq!(with(arrears), by(Reason::EnrolmentNotNormal, "R-023"));
    assert_eq!(
        with(|facts| facts.patient.enrolments = Some(vec![])),
        by(Reason::BeneficiaryNotInsured, "R-021")
    );
    let own = |facts: &mut PaymentFacts| {
        arrears(facts);
        facts.funds = None;
    };
    assert_eq!(with(own), None);
}

#[test]
fn r_110_the_programme_says_for_what_its_quota_goes_and_nothing_about_other_money() {
    let of = |category: Category, funds| with(|facts| (facts.category, facts.funds) = (category, funds));
    assert_eq!(of(Category::Vaccination, Some(Programme::Wallet)), by(Reason::CategoryNotAllowed, "R-110"));
    assert_eq!(of(Category::Vaccination, None), None);
    assert_eq!(of(Category::Pharmacy, Some(Programme::Wallet)), None);
}

#[test]
fn r_127_care_elsewhere_is_judged_by_the_place_of_insurance_and_not_of_use() {
    // Insured in 徐州, which asks for filings inside the province; the wallet is kept in 南京, which does not.
    let mut facts = payment();
    facts.patient = PersonFacts {
        place_of_use: Some(pool("320100")),
        standing: Some(in_order()),
        ..insured(MOTHER, Scheme::Resident, "320300")
    };
    facts.treatment = pool("320500");
    assert_eq!(refused_by(&facts), by(Reason::NoRemoteFiling, "R-127"));
    facts.funds = None;
    assert_eq!(refused_by(&facts), by(Reason::NoRemoteFiling, "R-127"));
    facts.treatment = pool("320300");
    assert_eq!(refused_by(&facts), None);
}

#[test]
fn of_several_enrolments_the_one_at_the_place_of_treatment_counts_and_then_the_one_that_is_named() {
    let mut facts = payment();
    let at_home = enrolment(Scheme::Employee, "510100");
    let in_xuzhou = enrolment(Scheme::Resident, "320300");
    facts.treatment = pool("320300");
    facts.patient.enrolments = Some(vec![at_home.clone(), in_xuzhou]);
    assert_eq!(refused_by(&facts), None, "insured where the care was given");
    facts.treatment = pool("320500");
    assert_eq!(refused_by(&facts), by(Reason::NoRemoteFiling, "R-127"));
    let actual =
        |facts: &PaymentFacts| refused(&decide_payment(facts, &rules(), (at(NOON), at(NOON)))).actual.clone();
    assert_eq!(actual(&facts), "510100-320500 NONE");
    facts.insured_in = Some(pool("320300"));
    assert_eq!(actual(&facts), "320300-320500 NONE");
    facts.insured_in = Some(pool("330100"));
    assert_eq!(actual(&facts), "510100-320500 NONE", "where nobody has enrolled the patient");
}

#[test]
fn r_125_whoever_pays_the_bill_was_sorted_by_the_edition_of_its_day() {
    for funds in [Some(Programme::Wallet), None] {
        let named =
            |edition: &str| with(|facts| (facts.funds, facts.catalogue) = (funds, Some(edition.to_owned())));
        assert_eq!(named("2025"), None);
        let refused = (Reason::CatalogueNotInForce, "R-125".to_owned(), Side::TreatmentPlace);
        assert_eq!(named("2024"), Some(refused));
    }
}

#[test]
fn r_126_whoever_pays_the_catalogue_is_that_of_the_place_of_treatment() {
    let mut facts = payment();
    facts.treatment = pool("320100");
    facts.remote.filings = Some(vec![Filing {
        place: "320000".parse().unwrap(),
        institutions: vec![],
        valid_from: day("2026-01-01"),
        valid_to: None,
    }]);
    for funds in [Some(Programme::Wallet), None] {
        let mut named = |edition: &str| {
            (facts.funds, facts.catalogue) = (funds, Some(edition.to_owned()));
            let refused = refuse_payment(&facts, &with_editions(), (at(NOON), at(NOON)));
            refused.map(|decision| refused_actual(&decision))
        };
        assert_eq!(named("JS-2026"), None, "insured in 四川, treated in 江苏");
        assert_eq!(named("SC-2026").as_deref(), Some("SC-2026 for JS-2026"));
    }
}

/// What was found, for what the rule wants.
fn refused_actual(decision: &Decision) -> String {
    let verdict = refused(decision);
    format!("{} for {}", verdict.actual, verdict.limit)
}

#[test]
fn a_fact_that_is_not_known_leaves_it_open() {
    let mut facts = payment();
    facts.patient.deceased = None;
    let decision = refuse_payment(&facts, &rules(), (at(NOON), at(NOON))).unwrap();
    assert!(matches!(decision.ruling(), Ruling::Undecided(_)));
    facts.category = Category::Vaccination;
    let decision = refuse_payment(&facts, &rules(), (at(NOON), at(NOON))).unwrap();
    assert_eq!(refused(&decision).reason, Some(Reason::CategoryNotAllowed), "what is known refuses");
}

#[test]
fn r_122_r_031_a_credential_is_judged_before_anything_is_known_of_the_patient() {
    let mut facts = payment();
    let (mother, daughter) = (facts.patient.person, PersonId::parse(SHARER).unwrap());
    let shown = |facts: &PaymentFacts| {
        let decision = decide_presented(&facts.presented, (mother, pool("510100")), &rules(), at(NOON));
        let Ruling::Refused(verdict) = decision.ruling() else { return None };
        Some((verdict.reason.unwrap(), verdict.rule.to_string(), verdict.policy_version.clone()))
    };
    assert_eq!(shown(&facts), None);
    facts.presented.credential_of = daughter;
    let own = (Reason::NotOwnCredential, "R-122".to_owned(), "NAT-PERSON-1".to_owned());
    assert_eq!(shown(&facts), Some(own.clone()));
    facts.presented.shown_by = Some(PersonId::parse(UNCLE).unwrap());
    assert_eq!(shown(&facts), Some(own));
    facts.presented.shown_by = Some(mother);
    assert_eq!(shown(&facts).unwrap().0, Reason::WrongFunctionCodeProxy);
}
