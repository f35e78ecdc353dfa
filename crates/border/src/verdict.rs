//! A rule that failed, as a refusal with the rule's own words.

use chassis::status::Refusal;
use policy::{Reason, Verdict};
use tonic::Code;

/// What a decision refuses or leaves open: its first failed rule, the others beside it.
pub fn refusal<'a>(verdict: &Verdict, others: impl Iterator<Item = &'a Verdict>) -> Refusal {
    let first = said(verdict, verdict.reason.map_or(Code::FailedPrecondition, code));
    others
        .filter(|other| *other != verdict)
        .fold(first, |refusal, other| refusal.further(name(other), other.side.name(), &other.message_en))
}

/// The code of a reason that a rule gives: remembered under the request's id, unless facts are missing.
pub const fn code(reason: Reason) -> Code {
    match reason {
        Reason::FeedBehind => Code::Unavailable,
        Reason::FieldInvalid => Code::InvalidArgument,
        _ => Code::FailedPrecondition,
    }
}

/// A rule that failed in a way that the caller can mend at once: nothing is remembered.
pub fn denied(verdict: &Verdict) -> Refusal {
    said(verdict, Code::PermissionDenied)
}

fn name(verdict: &Verdict) -> &'static str {
    verdict.reason.map_or("", Reason::name)
}

fn said(verdict: &Verdict, code: Code) -> Refusal {
    let mut refusal = Refusal::new(code, name(verdict), &verdict.message_en, &verdict.message_zh)
        .rule(verdict.rule.as_ref())
        .side(verdict.side.name())
        .bound(&verdict.limit, &verdict.actual)
        .policy(&verdict.policy_version, &verdict.source)
        .what_to_do(&verdict.what_to_do_en, &verdict.what_to_do_zh);
    refusal.possible_again = verdict.possible_again;
    refusal
}
