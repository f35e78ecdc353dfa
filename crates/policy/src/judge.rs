//! Collects verdicts: the shape that every rule shares, and the rules about persons that bond, transfer and
//! wallet have in common.
//!
//! A missing fact refuses as undecided; a missing rule refuses as not for this programme, except where a rule only
//! adds a limit ([`Judge::if_stated`]).

use standards::{Pool, civil};
use time::{Date, OffsetDateTime};

use crate::{
    decision::{Decision, Verdict},
    facts::PersonFacts,
    parameter::{Parameter, Value},
    reason::Reason,
    region::Region,
    resolve::{Resolved, strictest},
    rules::{Origin, Rules, Setting},
    when::When,
    words::{Confidence, EnrolmentStatus, Programme, Side, Territory, VerdictResult},
};

/// The facts and rules of one decision, and the verdicts so far.
pub(crate) struct Judge<'a> {
    rules: &'a Rules,
    pub(crate) programme: Programme,
    pub(crate) at: OffsetDateTime,
    pub(crate) day: Date,
    pub(crate) sharer: Resolved,
    pub(crate) beneficiary: Resolved,
    treatment: Option<Resolved>,
    when: When,
    /// No sharer has a say: the patient pays with whatever there is.
    alone: bool,
    /// Only whether anything refuses is wanted, and nothing is written down.
    quiet: bool,
    refuses: bool,
    verdicts: Vec<Verdict>,
}

/// A verdict before it is known whether it passes.
pub(crate) struct Draft {
    verdict: Verdict,
    quiet: bool,
}

impl Draft {
    /// A rule about a fact of one side.
    pub(crate) fn new(rule: &'static str, parameter: &'static str, side: Side) -> Self {
        let verdict = Verdict {
            rule: rule.into(),
            parameter: parameter.into(),
            result: VerdictResult::NotApplicable,
            side,
            limit: String::new(),
            actual: String::new(),
            policy_version: String::new(),
            source: String::new(),
            confidence: None,
            reason: None,
            message_zh: String::new(),
            message_en: String::new(),
            what_to_do_zh: String::new(),
            what_to_do_en: String::new(),
            possible_again: None,
        };
        Self { verdict, quiet: false }
    }

    /// What the rule allows.
    pub(crate) fn limit(mut self, limit: impl ToString) -> Self {
        if !self.quiet {
            self.verdict.limit = limit.to_string();
        }
        self
    }

    /// What was found.
    pub(crate) fn actual(mut self, actual: impl ToString) -> Self {
        if !self.quiet {
            self.verdict.actual = actual.to_string();
        }
        self
    }

    /// As [`Draft::actual`], for a fact that may not be known.
    pub(crate) fn found(self, fact: Option<impl ToString>) -> Self {
        match fact {
            Some(fact) => self.actual(fact),
            None => self,
        }
    }

    /// The version, source and confidence behind the rule.
    pub(crate) fn under(mut self, origin: &Origin) -> Self {
        if !self.quiet {
            self.verdict.policy_version = origin.policy_version.clone();
            self.verdict.source = origin.source.clone();
            self.verdict.confidence = Some(origin.confidence);
        }
        self
    }

    /// As [`Draft::under`], where a version may be absent.
    pub(crate) fn under_base(self, resolved: &Resolved) -> Self {
        match &resolved.base {
            Some(origin) => self.under(origin),
            None => self,
        }
    }

    /// A source of its own; that of the version stays where there is none.
    fn with_source(mut self, source: String, confidence: Option<Confidence>) -> Self {
        if confidence.is_some() {
            self.verdict.source = source;
            self.verdict.confidence = confidence;
        }
        self
    }

    /// When time alone would mend a failure.
    pub(crate) fn again(mut self, at: Option<OffsetDateTime>) -> Self {
        self.verdict.possible_again = at;
        self
    }
}

impl<'a> Judge<'a> {
    /// The judge of a decision between two persons; a person without a known pool is judged by national rules.
    pub(crate) fn between(
        rules: &'a Rules,
        programme: Programme,
        sharer: &PersonFacts,
        beneficiary: &PersonFacts,
        when: When,
    ) -> Self {
        let day = civil::day(when.at);
        let region = |pool: Option<Pool>| pool.map_or(Region::Nation, Region::from);
        let resolve = |pool| rules.resolve_region(programme, region(pool), when);
        Self {
            rules,
            programme,
            at: when.at,
            day,
            sharer: resolve(sharer_pool(sharer, day)),
            beneficiary: resolve(beneficiary_pool(beneficiary, day)),
            treatment: None,
            when,
            alone: false,
            quiet: false,
            refuses: false,
            verdicts: Vec::new(),
        }
    }

    /// The judge of somebody who needs no other person.
    pub(crate) fn of_one(rules: &'a Rules, programme: Programme, person: &PersonFacts, when: When) -> Self {
        Self { alone: true, ..Self::between(rules, programme, person, person, when) }
    }

    /// Writes nothing down: [`Judge::refuses`] is all that can be asked.
    pub(crate) fn quiet(self, quiet: bool) -> Self {
        Self { quiet, ..self }
    }

    /// Whether anything refused so far, or was not known.
    pub(crate) const fn refuses(&self) -> bool {
        self.refuses
    }

    /// A verdict of this judge.
    pub(crate) fn draft(&self, rule: &'static str, parameter: &'static str, side: Side) -> Draft {
        Draft { quiet: self.quiet, ..Draft::new(rule, parameter, side) }
    }

    /// Judges by the rules of another place on the beneficiary's side, for as long as `by` does.
    pub(crate) fn ruled_at(&mut self, pool: Pool, by: impl FnOnce(&mut Self)) {
        let there = self.rules.resolve(self.programme, pool, self.when);
        let before = std::mem::replace(&mut self.beneficiary, there);
        by(self);
        self.beneficiary = before;
    }

    /// The third side: where the institution is.
    pub(crate) fn treated_in(mut self, pool: Pool) -> Self {
        self.treatment = Some(self.rules.resolve(self.programme, pool, self.when));
        self
    }

    pub(crate) fn side(&self, side: Side) -> &Resolved {
        match (side, &self.treatment) {
            (Side::Sharer, _) => &self.sharer,
            (Side::TreatmentPlace, Some(treatment)) => treatment,
            _ => &self.beneficiary,
        }
    }

    /// The strictest of all sides.
    pub(crate) fn strictest(&self, parameter: Parameter) -> Option<(Side, Setting)> {
        let mut sides = Vec::with_capacity(3);
        if !self.alone {
            sides.push((Side::Sharer, &self.sharer));
        }
        sides.push((Side::Beneficiary, &self.beneficiary));
        sides.extend(self.treatment.as_ref().map(|resolved| (Side::TreatmentPlace, resolved)));
        strictest(parameter, &sides)
    }

    /// What the region of one side says.
    pub(crate) fn of_side(&self, side: Side, parameter: Parameter) -> Option<(Side, Setting)> {
        self.side(side).setting(parameter).map(|setting| (side, setting.clone()))
    }

    /// Pass or fail; `None` is a missing fact.
    pub(crate) fn judge(&mut self, draft: Draft, holds: Option<bool>, reason: Reason) {
        match holds {
            Some(true) => self.push(draft, VerdictResult::Pass, None),
            Some(false) => self.push(draft, VerdictResult::Fail, Some(reason)),
            None => self.push(draft, VerdictResult::NotKnown, Some(Reason::FeedBehind)),
        }
    }

    /// The rule says nothing here.
    pub(crate) fn not_applicable(&mut self, draft: Draft) {
        self.push(draft, VerdictResult::NotApplicable, None);
    }

    /// No version in force speaks of it, so nothing is allowed by it.
    pub(crate) fn no_rule(&mut self, draft: Draft) {
        self.push(draft, VerdictResult::NotKnown, Some(Reason::NotForThisProgramme));
    }

    fn push(&mut self, draft: Draft, result: VerdictResult, reason: Option<Reason>) {
        self.refuses |= reason.is_some();
        if self.quiet {
            return;
        }
        let mut verdict = Verdict { result, reason, ..draft.verdict };
        if reason.is_none() {
            verdict.possible_again = None;
        }
        if self.alone {
            verdict.explain_to_patient()
        } else {
            verdict.explain()
        }
        self.verdicts.push(verdict);
    }

    /// Judges a stated parameter: no version in force refuses, "not stated" does not apply.
    pub(crate) fn by(
        &mut self,
        rule: &'static str,
        parameter: Parameter,
        found: Option<(Side, Setting)>,
        holds: impl FnOnce(&Value, Draft) -> (Draft, Option<bool>, Reason),
    ) {
        let Some((side, setting)) = found else {
            let side = if self.alone { Side::Beneficiary } else { Side::Sharer };
            return self.no_rule(self.draft(rule, parameter.name(), side));
        };
        let draft = self.draft(rule, parameter.name(), side).under(&setting.origin);
        match &setting.value {
            None => self.not_applicable(draft),
            Some(value) => {
                let (draft, holds, reason) = holds(value, draft.limit(value));
                self.judge(draft, holds, reason);
            }
        }
    }

    /// Judges a parameter that only adds a limit: where no version in force speaks of it there is nothing to judge.
    pub(crate) fn if_stated(
        &mut self,
        rule: &'static str,
        parameter: Parameter,
        found: Option<(Side, Setting)>,
        holds: impl FnOnce(&Value, Draft) -> (Draft, Option<bool>, Reason),
    ) {
        if found.is_some() {
            self.by(rule, parameter, found, holds);
        }
    }

    /// Rules about one side that wait: they are named, and nothing is read for them.
    pub(crate) fn waiting(&mut self, side: Side, rules: &[(&'static str, &'static str)]) {
        for (rule, fact) in rules {
            let draft = Draft::new(rule, fact, side).under_base(&self.sharer);
            self.not_applicable(draft);
        }
    }

    /// the dead neither share nor receive.
    pub(crate) fn alive(&mut self, side: Side, person: &PersonFacts) {
        let rule = if side == Side::Sharer { "R-064" } else { "R-066" };
        let draft = self.draft(rule, "deceased", side).under_base(self.side(side));
        let holds = person.deceased.map(|deceased| !deceased);
        self.judge(draft.limit(false).found(person.deceased), holds, Reason::Deceased);
    }

    /// then R-023: insured in the right scheme, and in a normal state.
    pub(crate) fn insured(&mut self, side: Side, person: &PersonFacts) {
        let (rule, limit, reason) = match side {
            Side::Sharer => ("R-020", "EMPLOYEE with personal account", Reason::SharerNotEmployeeInsured),
            _ => ("R-021", "EMPLOYEE or RESIDENT", Reason::BeneficiaryNotInsured),
        };
        let counts = match side {
            Side::Sharer => person.account_enrolment(self.day),
            _ => person.basic_enrolment(self.day),
        };
        let known = person.enrolments.is_some();
        let scheme = counts.map_or("NONE", |enrolment| enrolment.scheme.name());
        let draft = self.draft(rule, "scheme", side).under_base(self.side(side)).limit(limit);
        let draft = if known { draft.actual(scheme) } else { draft };
        self.judge(draft, known.then_some(counts.is_some()), reason);
        let draft = self.draft("R-023", "enrolment_status", side).under_base(self.side(side));
        let draft = draft.limit(EnrolmentStatus::Normal);
        match (known, counts) {
            (false, _) => self.judge(draft, None, Reason::EnrolmentNotNormal),
            (true, None) => self.not_applicable(draft),
            (true, Some(enrolment)) => {
                let normal = enrolment.status == EnrolmentStatus::Normal;
                self.judge(draft.actual(enrolment.status), Some(normal), Reason::EnrolmentNotNormal);
            }
        }
    }

    /// R-006…R-008: the programme is open in the pooling area of this side.
    pub(crate) fn region_open(&mut self, side: Side, pool: Option<Pool>, known: bool) {
        let draft = self.draft("R-006", "availability", side).under_base(self.side(side)).limit("OPEN");
        match pool {
            Some(pool) => {
                let answer = self.rules.availability(pool, self.programme, self.when);
                let draft = draft.actual(pool).with_source(answer.source, answer.confidence);
                self.judge(draft, Some(answer.open), Reason::RegionNotOpen);
            }
            None if known => self.not_applicable(draft),
            None => self.judge(draft, None, Reason::RegionNotOpen),
        }
    }

    /// the two are insured close enough to each other. It tells where the beneficiary is insured, so
    /// it stands on that side.
    pub(crate) fn territory(&mut self, sharer: &PersonFacts, beneficiary: &PersonFacts) {
        let from = sharer.account_enrolment(self.day).map(|enrolment| enrolment.pool);
        let to = beneficiary.basic_enrolment(self.day).map(|enrolment| enrolment.pool);
        let known = sharer.enrolments.is_some() && beneficiary.enrolments.is_some();
        let found = self.strictest(Parameter::TerritorialScope);
        let found = found.map(|(_, setting)| (Side::Beneficiary, setting));
        let (Some(from), Some(to)) = (from, to) else {
            let draft = Draft::new("R-012", Parameter::TerritorialScope.name(), Side::Beneficiary);
            let draft = draft.under_base(&self.beneficiary);
            return if known {
                self.not_applicable(draft)
            } else {
                self.judge(draft, None, Reason::OutOfTerritory)
            };
        };
        self.by("R-012", Parameter::TerritorialScope, found, |value, draft| {
            let scope = if let Value::Word(word) = value { Territory::parse(word) } else { None };
            let holds = match scope {
                Some(Territory::National) => true,
                Some(Territory::SameProvince) => from.province() == to.province(),
                Some(Territory::SamePool) | None => from == to,
            };
            (draft.actual(format!("{from}-{to}")), Some(holds), Reason::OutOfTerritory)
        });
    }

    /// The decision.
    pub(crate) fn close(self) -> Decision {
        Decision::of(self.when, self.verdicts)
    }
}

/// The region whose rules bind the sharer: where the personal account is.
pub(crate) fn sharer_pool(person: &PersonFacts, day: Date) -> Option<Pool> {
    person.account_enrolment(day).map(|enrolment| enrolment.pool)
}

/// The region whose rules bind the beneficiary: the place of use, else where the person is insured.
pub(crate) fn beneficiary_pool(person: &PersonFacts, day: Date) -> Option<Pool> {
    person.place_of_use.or_else(|| person.basic_enrolment(day).map(|enrolment| enrolment.pool))
}

/// A fact as text; empty if it is not known.
pub(crate) fn actual(fact: Option<impl ToString>) -> String {
    fact.map(|fact| fact.to_string()).unwrap_or_default()
}
