//! Turns a refusal into a status that fits its budget of bytes.
//!
//! Texts are cut at character borders, and further rules are dropped from the end, rather than sending a
//! status that a client cannot read.

use std::{collections::HashMap, time::Duration};

use time::format_description::well_known::Rfc3339;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::{DOMAIN, MAX_BYTES, language::Language, refusal::Refusal};

/// The most further rules in one status.
const MAX_FURTHER: usize = 5;

/// The most bytes of one text at first; halved until the whole fits.
const MAX_TEXT: usize = 384;

/// Renders a refusal in a language.
pub(super) fn render(refusal: &Refusal, language: Language) -> Status {
    fit(MAX_FURTHER, |further, text| attempt(refusal, language, further, text))
}

/// Builds with fewer items first and with shorter texts next, until the status fits.
pub(super) fn fit(most: usize, build: impl Fn(usize, usize) -> Status) -> Status {
    let mut text = MAX_TEXT;
    loop {
        let mut items = most;
        loop {
            let status = build(items, text);
            if size(&status) <= MAX_BYTES || (items == 0 && text <= 24) {
                return status;
            }
            if items == 0 {
                break;
            }
            items -= 1;
        }
        text /= 2;
    }
}

/// What a status takes in the trailers, before base64.
pub(super) fn size(status: &Status) -> usize {
    status.message().len() + status.details().len()
}

/// The longest prefix of at most `most` bytes that ends at a character.
pub(super) fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

fn attempt(refusal: &Refusal, language: Language, further: usize, text: usize) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(refusal.reason.as_str(), DOMAIN, metadata(refusal, text));
    let localized = language.pick(&refusal.message_en, &refusal.message_zh);
    details.set_localized_message(language.tag(), cut(localized, text));
    if matches!(refusal.code, Code::ResourceExhausted | Code::Unavailable) {
        details.set_retry_info(Some(refusal.retry_after.unwrap_or(Duration::from_secs(1))));
    }
    for rule in refusal.further.iter().take(further) {
        details.add_precondition_failure_violation(
            rule.reason.as_str(),
            rule.side.as_str(),
            cut(&rule.message, text),
        );
    }
    Status::with_error_details(refusal.code, cut(&refusal.message_en, text), details)
}

fn metadata(refusal: &Refusal, text: usize) -> HashMap<String, String> {
    let again = refusal.possible_again.and_then(|at| at.format(&Rfc3339).ok()).unwrap_or_default();
    [
        ("rule", refusal.rule.as_str()),
        ("side", &refusal.side),
        ("limit", &refusal.limit),
        ("actual", &refusal.actual),
        ("policyVersion", &refusal.policy_version),
        ("source", &refusal.source),
        ("possibleAgainTime", &again),
        ("whatToDoEn", &refusal.what_to_do_en),
        ("whatToDoZh", &refusal.what_to_do_zh),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name.to_owned(), cut(value, text).to_owned()))
    .collect()
}
