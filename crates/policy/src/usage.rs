//! Judges the use of a sharer's funds at an institution: bond, persons, what was shown (R-031,
//! R-122…R-124), what it is for (R-110…R-115), limits of uses, care elsewhere (R-127…R-131),
//! traceability.
//!
//! It prices nothing and takes no money: the wallet counts, holds the lock and splits the payment.

mod care;
mod limits;

use crate::{
    account::exception,
    decision::Decision,
    facts::UseFacts,
    judge::{Draft, Judge, actual},
    parameter::{Parameter, Value},
    reason::Reason,
    rules::Rules,
    when::When,
    words::{Programme, Side, TraceDuty},
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
    presented(&mut judge, facts);
    let draft = Draft::new("R-117", "amount", Side::Beneficiary).under_base(&judge.beneficiary);
    let draft = draft.limit("> 0.00").actual(facts.amount);
    judge.judge(draft, Some(facts.amount.is_positive()), Reason::FieldInvalid);
    let found = judge.strictest(Parameter::Categories);
    judge.by("R-110", Parameter::Categories, found, |value, draft| {
        let allowed = matches!(value, Value::Words(words) if words.contains(facts.category.name()));
        (draft.actual(facts.category), Some(allowed), Reason::CategoryNotAllowed)
    });
    let excepted = exception(&judge, patient);
    limits::per_use(&mut judge, facts.category, facts.amount, excepted);
    limits::per_month(&mut judge, facts.category, facts.amount, facts.month);
    care::elsewhere(&mut judge, facts);
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

/// whose credential it was, who showed it, who acted, what proved the bond.
fn presented(judge: &mut Judge<'_>, facts: &UseFacts) {
    let shown = &facts.presented;
    let (patient, sharer) = (facts.patient.person, facts.sharer.person);
    judge.activated(Side::Beneficiary, &facts.patient, shown.online);
    // The sharer's code on the patient's phone is the other function, used for what this one is for.
    let wrong = shown.credential_of == sharer && sharer != patient && shown.shown_by == Some(patient);
    let draft = Draft::new("R-031", "code_proxy", Side::Beneficiary).under_base(&judge.beneficiary);
    match (wrong, shown.shown_by) {
        (true, _) => judge.judge(draft.actual("SHARER"), Some(false), Reason::WrongFunctionCodeProxy),
        (false, Some(by)) if by != shown.credential_of => {
            let draft = draft.limit(true).actual(actual(shown.shower_linked));
            judge.judge(draft, shown.shower_linked, Reason::NotOwnCredential);
        }
        (false, _) => judge.not_applicable(draft),
    }
    let found =
        judge.strictest(Parameter::OwnCredentialOnly).map(|(_, setting)| (Side::Beneficiary, setting));
    judge.by("R-122", Parameter::OwnCredentialOnly, found, |value, draft| {
        let own = shown.credential_of == patient;
        let whose = if own { "PATIENT" } else { "OTHER" };
        (draft.actual(whose), Some(own || *value != Value::Flag(true)), Reason::NotOwnCredential)
    });
    if let Some(seen) = shown.agent_documents {
        let found = judge.strictest(Parameter::AgentDocuments);
        judge.if_stated("R-123", Parameter::AgentDocuments, found, |value, draft| {
            (draft.actual(seen), Some(seen || *value != Value::Flag(true)), Reason::AgentIdMissing)
        });
    }
    if sharer != patient {
        let found = judge.strictest(Parameter::ProofAtUse);
        judge.if_stated("R-124", Parameter::ProofAtUse, found, |value, draft| {
            let holds = shown.bond_proof || *value != Value::Flag(true);
            (draft.actual(shown.bond_proof), Some(holds), Reason::KinshipNotProven)
        });
    }
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
