//! Judges a bond: self, relation (R-040…R-042), commitment, persons (R-020… ), regions
//! (R-006…R-008), territory, and what surrounds it ([`context`]).
//!
//! It does not count bonds or compare them with the rest of a family: that needs the registry's rows.

pub(crate) mod context;

use crate::{
    decision::Decision,
    facts::BondFacts,
    judge::{Draft, Judge, beneficiary_pool, sharer_pool},
    parameter::{Parameter, Value},
    reason::Reason,
    rules::Rules,
    when::When,
    words::{BondStage, Relation, Side},
};

/// Judges a bond at an instant. Rules about the invitee are not applicable while it is only proposed.
pub fn decide_bond(facts: &BondFacts, rules: &Rules, when: impl Into<When>) -> Decision {
    let when = when.into();
    let mut judge = Judge::between(rules, facts.programme, &facts.sharer, &facts.beneficiary, when);
    let (sharer, beneficiary) = (&facts.sharer, &facts.beneficiary);
    if facts.stage == BondStage::Propose {
        // What the caller happens to know about the invitee must not even choose the rules.
        judge.beneficiary = judge.sharer.clone();
    }
    let other = sharer.person != beneficiary.person;
    let draft = Draft::new("R-040", "person", Side::Sharer).under_base(&judge.sharer);
    judge.judge(draft, Some(other), Reason::SelfBond);
    relation(&mut judge, facts.relation);
    commitment(&mut judge, facts.commitment);
    judge.alive(Side::Sharer, sharer);
    judge.insured(Side::Sharer, sharer);
    let pool = sharer_pool(sharer, judge.day);
    judge.region_open(Side::Sharer, pool, sharer.enrolments.is_some());
    judge.not_barred(sharer);
    judge.standing(Side::Sharer, sharer);
    match facts.stage {
        BondStage::Propose => judge.waiting(
            Side::Beneficiary,
            &[
                ("R-066", "deceased"),
                ("R-021", "scheme"),
                ("R-023", "enrolment_status"),
                ("R-006", "availability"),
                ("R-012", Parameter::TerritorialScope.name()),
            ],
        ),
        BondStage::Accept => {
            judge.alive(Side::Beneficiary, beneficiary);
            judge.insured(Side::Beneficiary, beneficiary);
            let pool = beneficiary_pool(beneficiary, judge.day);
            judge.region_open(Side::Beneficiary, pool, beneficiary.enrolments.is_some());
            judge.territory(sharer, beneficiary);
            judge.standing(Side::Beneficiary, beneficiary);
        }
    }
    if let Some(context) = &facts.context {
        context::judge(&mut judge, facts, context);
    }
    judge.close()
}

/// R-040…R-042: the relation is in the scope of the sharer's and the beneficiary's region.
fn relation(judge: &mut Judge<'_>, relation: Relation) {
    let found = judge.strictest(Parameter::RelationScope);
    let (rule, reason) = match relation {
        Relation::ParentInLaw => ("R-042", Reason::InLawExcluded),
        _ => ("R-040", Reason::RelationNotInScope),
    };
    judge.by(rule, Parameter::RelationScope, found, |value, draft| {
        let Value::Words(scope) = value else { return (draft, None, reason) };
        (draft.actual(relation), Some(scope.contains(relation.name())), reason)
    });
}

/// the sharer accepted the commitment text.
fn commitment(judge: &mut Judge<'_>, given: bool) {
    let found = judge.strictest(Parameter::CommitmentRequired);
    judge.by("R-053", Parameter::CommitmentRequired, found, |value, draft| {
        let required = *value == Value::Flag(true);
        (draft.actual(given), Some(given || !required), Reason::CommitmentMissing)
    });
}
