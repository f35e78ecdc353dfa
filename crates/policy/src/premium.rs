//! Judges the payment of a premium, and quotes it.
//!
//! Tariffs and seasons are those of the place where the insured person is insured, by insurance year. Nothing is
//! paid here.

use money::Yuan;
use standards::civil;
use time::{Date, Time};

use crate::{
    decision::Decision,
    facts::{PersonFacts, PremiumFacts},
    judge::{Draft, Judge, actual, beneficiary_pool, sharer_pool},
    parameter::{Parameter, Value},
    reason::Reason,
    region::Region,
    resolve::{Resolved, strictest},
    rules::Rules,
    standing::names,
    when::When,
    words::{PremiumScheme, Programme, Side},
};

/// What a premium costs, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PremiumQuote {
    /// What is to be paid now; `None` if no rule states a tariff, or if it cannot be paid now.
    pub due: Option<Yuan>,
    /// 集中征缴期: the first and last civil day, if one is stated.
    pub season: Option<(Date, Date)>,
    /// Whether the season is over.
    pub late: bool,
    /// How many months somebody who pays now waits for benefits.
    pub waiting_months: u32,
    /// The version that states the tariff; empty if none does.
    pub policy_version: String,
    /// The text that states it.
    pub source: String,
}

/// The premium of a scheme and insurance year in a region at an instant.
pub fn quote_premium(
    scheme: PremiumScheme,
    insurance_year: u16,
    region: Region,
    rules: &Rules,
    when: impl Into<When>,
) -> PremiumQuote {
    let when = when.into();
    quoted(
        scheme,
        insurance_year,
        &rules.resolve_region(Programme::Premium, region, when),
        civil::day(when.at),
    )
}

fn quoted(scheme: PremiumScheme, insurance_year: u16, resolved: &Resolved, day: Date) -> PremiumQuote {
    let year = insurance_year.to_string();
    let season = match scheme {
        PremiumScheme::Resident => resolved.season_of(Parameter::ResidentSeason, &year),
        PremiumScheme::Ltc => None,
    };
    let early = season.is_some_and(|(first, _)| day < first);
    let late = season.is_some_and(|(_, last)| day > last);
    let parameter = match (scheme, late) {
        (PremiumScheme::Resident, false) => Parameter::ResidentTariff,
        (PremiumScheme::Resident, true) => Parameter::ResidentLateTariff,
        (PremiumScheme::Ltc, _) => Parameter::LtcTariff,
    };
    let origin = resolved.setting(parameter).map(|setting| &setting.origin);
    PremiumQuote {
        due: resolved.amount_of(parameter, &year).filter(|_| !early),
        season,
        late,
        waiting_months: if late { resolved.count(Parameter::WaitingMonths).unwrap_or(0) } else { 0 },
        policy_version: origin.map(|origin| origin.policy_version.clone()).unwrap_or_default(),
        source: origin.map(|origin| origin.source.clone()).unwrap_or_default(),
    }
}

/// Judges the payment of a premium from shared or own funds.
pub fn decide_premium(facts: &PremiumFacts, rules: &Rules, when: impl Into<When>) -> Decision {
    let when = when.into();
    let (payer, insured) = (&facts.payer, &facts.insured);
    let mut judge = Judge::between(rules, Programme::Premium, payer, insured, when);
    bond(&mut judge, facts);
    judge.alive(Side::Sharer, payer);
    judge.insured(Side::Sharer, payer);
    judge.not_suspended(Side::Sharer, payer);
    judge.not_suspended(Side::Beneficiary, insured);
    category(&mut judge, facts, rules, when);
    season(&mut judge, facts);
    paid_before(&mut judge, facts, insured);
    judge.close()
}

/// a relative's premium needs a bond in force, of the programme whose money pays.
fn bond(judge: &mut Judge<'_>, facts: &PremiumFacts) {
    let found = judge.strictest(Parameter::PremiumNeedsBond);
    if facts.payer.person == facts.insured.person {
        let draft = Draft::new("R-059", Parameter::PremiumNeedsBond.name(), Side::Sharer);
        return judge.not_applicable(draft.under_base(&judge.sharer));
    }
    let bond = facts.bond.as_ref();
    judge.by("R-059", Parameter::PremiumNeedsBond, found, |value, draft| {
        let required = *value == Value::Flag(true);
        let holds = if required { bond.map(|bond| bond.active) } else { Some(true) };
        (draft.actual(actual(bond.map(|bond| bond.active))), holds, Reason::BondNotActive)
    });
    let draft = Draft::new("R-005", "bond_programme", Side::Sharer).under_base(&judge.sharer);
    let draft = draft.limit(facts.funded_by).actual(actual(bond.map(|bond| bond.programme)));
    let same = bond.map(|bond| bond.programme == facts.funded_by);
    judge.judge(draft, same, Reason::NotForThisProgramme);
}

/// both regions let this money pay this premium.
fn category(judge: &mut Judge<'_>, facts: &PremiumFacts, rules: &Rules, when: When) {
    let region = |pool: Option<standards::Pool>| pool.map_or(Region::Nation, Region::from);
    let pools = [sharer_pool(&facts.payer, judge.day), beneficiary_pool(&facts.insured, judge.day)];
    let [payer, insured] = pools.map(|pool| rules.resolve_region(facts.funded_by, region(pool), when));
    let found = strictest(Parameter::Categories, &[(Side::Sharer, &payer), (Side::Beneficiary, &insured)]);
    let category = facts.scheme.category();
    judge.by("R-114", Parameter::Categories, found, |value, draft| {
        let allowed = matches!(value, Value::Words(words) if words.contains(category.name()));
        (draft.actual(category), Some(allowed), Reason::CategoryNotAllowed)
    });
}

/// the year can be paid now, and it is the right sum.
fn season(judge: &mut Judge<'_>, facts: &PremiumFacts) {
    let quote = quoted(facts.scheme, facts.insurance_year, &judge.beneficiary, judge.day);
    let tariff = match facts.scheme {
        PremiumScheme::Resident => Parameter::ResidentTariff,
        PremiumScheme::Ltc => Parameter::LtcTariff,
    };
    let parameter = if quote.late { Parameter::ResidentLateTariff } else { tariff };
    let setting = judge.beneficiary.setting(parameter).filter(|setting| setting.value.is_some()).cloned();
    let Some(setting) = setting else {
        // Nobody states what it costs there.
        return judge.no_rule(Draft::new("R-136", parameter.name(), Side::Beneficiary));
    };
    let days = |(first, last): (Date, Date)| format!("{}..{}", civil::day_text(first), civil::day_text(last));
    let again = quote.season.filter(|(first, _)| judge.day < *first);
    let draft =
        Draft::new("R-136", Parameter::ResidentSeason.name(), Side::Beneficiary).under(&setting.origin);
    let draft = draft.limit(actual(quote.season.map(days))).actual(civil::day_text(judge.day));
    let draft = draft.again(again.map(|(first, _)| civil::instant(first, Time::MIDNIGHT)));
    judge.judge(draft, Some(quote.due.is_some()), Reason::WindowOfPremiumClosed);
    let draft = Draft::new("R-136", parameter.name(), Side::Beneficiary).under(&setting.origin);
    let draft = draft.limit(actual(quote.due)).actual(facts.amount);
    match quote.due {
        Some(due) => judge.judge(draft, Some(facts.amount == due), Reason::AmountsDoNotAddUp),
        None => judge.not_applicable(draft),
    }
}

/// nobody pays what was paid before, or is paid by others.
fn paid_before(judge: &mut Judge<'_>, facts: &PremiumFacts, insured: &PersonFacts) {
    let draft = Draft::new("R-137", "already_paid", Side::Beneficiary).under_base(&judge.beneficiary);
    let draft = draft.limit(false).actual(actual(facts.already_paid));
    judge.judge(draft, facts.already_paid.map(|paid| !paid), Reason::AlreadyPaidOrSubsidised);
    let Some(standing) = &insured.standing else { return };
    let (day, parameter) = (judge.day, Parameter::SubsidisedGroups);
    let found = judge.of_side(Side::Beneficiary, parameter);
    judge.if_stated("R-137", parameter, found, |value, draft| {
        let group = standing.benefit_on(day, |kind| names(value, kind));
        let text = group.map(|group| group.map_or("NONE", |kind| kind.name()));
        (draft.actual(actual(text)), group.map(|group| group.is_none()), Reason::AlreadyPaidOrSubsidised)
    });
}
