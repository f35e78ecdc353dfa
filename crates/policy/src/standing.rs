//! Rules about how a person stands with the authority: sanction, contact data, 医保码,
//! benefits with which nobody may share.
//!
//! They are judged only where the caller brings [`crate::PersonStanding`].

use standards::civil;
use time::{Date, Duration};

use crate::{
    facts::PersonFacts,
    judge::{Judge, actual},
    parameter::{Parameter, Value},
    reason::Reason,
    region::Region,
    rules::{Origin, Rules},
    when::When,
    words::{BenefitKind, Consequence, Programme, Side},
};

impl Judge<'_> {
    /// neither suspended nor overdue, for what is new: bonds, transfers, allocations.
    pub(crate) fn standing(&mut self, side: Side, person: &PersonFacts) {
        self.not_suspended(side, person);
        let Some(standing) = &person.standing else { return };
        let overdue = (standing.contact_overdue, Reason::ContactUpdateOverdue);
        self.mended("R-029", Parameter::ContactConsequence, side, overdue);
    }

    /// networked settlement is not suspended. What was shared before may be used with overdue contact data.
    pub(crate) fn not_suspended(&mut self, side: Side, person: &PersonFacts) {
        let Some(standing) = &person.standing else { return };
        let suspended = (standing.settlement_suspended, Reason::SettlementSuspended);
        self.mended("R-151", Parameter::SanctionConsequence, side, suspended);
    }

    /// Something bad that refuses as far as the region of the person lets it matter.
    fn mended(
        &mut self,
        rule: &'static str,
        parameter: Parameter,
        side: Side,
        (bad, reason): (Option<bool>, Reason),
    ) {
        self.if_stated(rule, parameter, self.of_side(side, parameter), |value, draft| {
            let warns = *value == Value::Word(Consequence::Warn.name());
            (draft.found(bad), bad.map(|bad| !bad || warns), reason)
        });
    }

    /// whoever acts online has an activated code.
    pub(crate) fn activated(&mut self, side: Side, person: &PersonFacts, online: bool) {
        let Some(standing) = &person.standing else { return };
        let parameter = Parameter::MedicalCodeRequired;
        let found = self.of_side(side, parameter);
        if !online && let Some((side, setting)) = &found {
            return self.not_applicable(self.draft("R-030", parameter.name(), *side).under(&setting.origin));
        }
        self.if_stated("R-030", parameter, found, |value, draft| {
            let required = *value == Value::Flag(true);
            let holds = standing.medical_code_activated.map(|active| active || !required);
            (draft.found(standing.medical_code_activated), holds, Reason::MedicalCodeNotActivated)
        });
    }

    /// the sharer has no benefit with which nobody may share.
    pub(crate) fn not_barred(&mut self, sharer: &PersonFacts) {
        let Some(standing) = &sharer.standing else { return };
        let (day, parameter) = (self.day, Parameter::SharerBarredBenefits);
        self.if_stated("R-027", parameter, self.of_side(Side::Sharer, parameter), |value, draft| {
            let found = standing.benefit_on(day, |kind| names(value, kind));
            let text = found.map(|found| found.map_or("NONE", BenefitKind::name));
            (draft.actual(actual(text)), found.map(|found| found.is_none()), Reason::SharerBenefitExcluded)
        });
    }
}

/// Whether a set of words has this benefit.
pub(crate) fn names(value: &Value, kind: BenefitKind) -> bool {
    matches!(value, Value::Words(words) if words.contains(kind.name()))
}

/// How changed contact data stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactState {
    /// The last civil day on which the change is reported in time.
    pub due: Date,
    /// Whether it was reported later, or was not and the day is over.
    pub overdue: bool,
    /// What follows from that, if a rule says so.
    pub consequence: Option<Consequence>,
    /// The version that states the days.
    pub origin: Origin,
}

/// Whether contact data that changed on a civil day were reported in time; `reported` is `None` as long as they
/// were not. `None` if no rule in force states a number of days.
pub fn contact_state(
    (programme, region): (Programme, Region),
    (changed, reported): (Date, Option<Date>),
    rules: &Rules,
    when: impl Into<When>,
) -> Option<ContactState> {
    let when = when.into();
    let resolved = rules.resolve_region(programme, region, when);
    let days = resolved.count(Parameter::ContactUpdateDays)?;
    let due = changed.saturating_add(Duration::days(days.into()));
    let origin = Origin::clone(&resolved.setting(Parameter::ContactUpdateDays)?.origin);
    let overdue = reported.unwrap_or_else(|| civil::day(when.at)) > due;
    let consequence = resolved.word(Parameter::ContactConsequence).and_then(Consequence::parse);
    Some(ContactState { due, overdue, consequence, origin })
}
