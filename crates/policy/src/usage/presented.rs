//! Judges what was shown at the till: whose credential, by whom, who acts, what proved the bond
//!
//!
//! It opens no token and sees no card: whoever does brings whose it is.

use standards::{PersonId, Pool};

use crate::{
    decision::Decision,
    facts::{PersonFacts, Presented},
    judge::{Draft, Judge},
    parameter::{Parameter, Value},
    reason::Reason,
    rules::Rules,
    when::When,
    words::{Programme, Side},
};

/// Judges what was shown before anything else is known of the patient, by the rules of the place where the patient is
/// said to be insured.
pub fn decide_presented(
    presented: &Presented,
    (patient, insured_in): (PersonId, Pool),
    rules: &Rules,
    when: impl Into<When>,
) -> Decision {
    let person = PersonFacts {
        person: patient,
        deceased: None,
        enrolments: None,
        place_of_use: Some(insured_in),
        wallet: None,
        standing: None,
    };
    let mut judge = Judge::of_one(rules, Programme::Wallet, &person, when.into());
    judged(&mut judge, patient, None, presented);
    judge.close()
}

/// `sharer` is whose funds are used, where they are somebody's.
pub(super) fn judged(judge: &mut Judge<'_>, patient: PersonId, sharer: Option<PersonId>, shown: &Presented) {
    // A relative's code on the patient's phone is the other function, used for what this one is for.
    let wrong = shown.credential_of != patient && shown.shown_by == Some(patient);
    let draft = judge.draft("R-031", "code_proxy", Side::Beneficiary).under_base(&judge.beneficiary);
    match (wrong, shown.shown_by) {
        (true, _) => {
            let whose = if sharer == Some(shown.credential_of) { "SHARER" } else { "RELATIVE" };
            judge.judge(draft.actual(whose), Some(false), Reason::WrongFunctionCodeProxy);
        }
        (false, Some(by)) if by != shown.credential_of => {
            let draft = draft.limit(true).found(shown.shower_linked);
            judge.judge(draft, shown.shower_linked, Reason::NotOwnCredential);
        }
        (false, _) => judge.not_applicable(draft),
    }
    let found =
        judge.strictest(Parameter::OwnCredentialOnly).map(|(_, setting)| (Side::Beneficiary, setting));
    let whose = |value: &Value, draft: Draft| {
        let own = shown.credential_of == patient;
        let whose = if own { "PATIENT" } else { "OTHER" };
        (draft.actual(whose), Some(own || *value != Value::Flag(true)), Reason::NotOwnCredential)
    };
    let (rule, parameter) = ("R-122", Parameter::OwnCredentialOnly);
    match sharer {
        // Nobody else's money is used where no rule says how.
        Some(_) => judge.by(rule, parameter, found, whose),
        None => judge.if_stated(rule, parameter, found, whose),
    }
    if let Some(seen) = shown.agent_documents {
        let found = judge.strictest(Parameter::AgentDocuments);
        judge.if_stated("R-123", Parameter::AgentDocuments, found, |value, draft| {
            (draft.actual(seen), Some(seen || *value != Value::Flag(true)), Reason::AgentIdMissing)
        });
    }
    if sharer.is_some_and(|sharer| sharer != patient) {
        let found = judge.strictest(Parameter::ProofAtUse);
        judge.if_stated("R-124", Parameter::ProofAtUse, found, |value, draft| {
            let holds = shown.bond_proof || *value != Value::Flag(true);
            (draft.actual(shown.bond_proof), Some(holds), Reason::KinshipNotProven)
        });
    }
}
