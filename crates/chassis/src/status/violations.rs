//! Collects what is wrong with the fields of a request, so that the caller hears all of it at once.
//!
//! A request with a violation stores nothing and burns no id.

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, LocalizedMessage, StatusExt as _};

use super::{DOMAIN, language::Language, wire};

/// The most violations in one status.
const MAX_VIOLATIONS: usize = 20;

/// Violations of one request, in the order of their fields.
#[derive(Clone, Debug, Default)]
pub struct Violations {
    found: Vec<Violation>,
}

#[derive(Clone, Debug)]
struct Violation {
    field: String,
    reason: String,
    english: String,
    chinese: String,
}

impl Violations {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one: a field path in the proto's spelling (`cost.total_amount`, `commands[3].amount`), an
    /// UPPER_SNAKE_CASE reason (`MISSING`, `BAD_CHECKSUM`), and a sentence in both languages.
    pub fn add(
        &mut self,
        field: impl Into<String>,
        reason: &str,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) {
        let (english, chinese) = (english.into(), chinese.into());
        self.found.push(Violation { field: field.into(), reason: reason.into(), english, chinese });
    }

    /// True if nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    /// `Ok` if nothing is wrong.
    ///
    /// # Errors
    /// INVALID_ARGUMENT with reason `FIELD_INVALID` and a `BadRequest` of all violations, at most 20.
    pub fn finish(self) -> Result<(), Status> {
        if self.found.is_empty() { Ok(()) } else { Err(self.into_status()) }
    }

    /// The status for what was found; also right for none, though nobody should send that.
    pub fn into_status(self) -> Status {
        let language = Language::current();
        wire::fit(MAX_VIOLATIONS, |most, text| self.attempt(language, most, text))
    }

    fn attempt(&self, language: Language, most: usize, text: usize) -> Status {
        let shown = &self.found[..self.found.len().min(most)];
        let mut details = ErrorDetails::new();
        let count = self.found.len();
        let metadata = [("violationCount".to_owned(), count.to_string())];
        details.set_error_info("FIELD_INVALID", DOMAIN, metadata);
        let names = shown.iter().map(|violation| violation.field.as_str()).collect::<Vec<_>>().join(", ");
        let english = format!("{count} invalid field(s): {names}");
        let chinese = format!("{count} 个字段不正确：{names}");
        details.set_localized_message(language.tag(), wire::cut(language.pick(&english, &chinese), text));
        details.set_bad_request(shown.iter().map(|violation| violation.on_wire(text)).collect::<Vec<_>>());
        Status::with_error_details(Code::InvalidArgument, wire::cut(&english, text), details)
    }
}

impl Violation {
    /// The description stays English and the localized text Chinese, whatever the caller asked for: a form
    /// shows both languages' callers the same field.
    fn on_wire(&self, text: usize) -> FieldViolation {
        FieldViolation {
            field: self.field.clone(),
            description: wire::cut(&self.english, text).to_owned(),
            reason: self.reason.clone(),
            localized_message: Some(LocalizedMessage::new(
                Language::Chinese.tag(),
                wire::cut(&self.chinese, text),
            )),
        }
    }
}
