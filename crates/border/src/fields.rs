//! Field parsers that collect what is wrong instead of stopping at the first violation. They never repeat a value.

use chassis::{failure, status::Violations};
use policy::Programme;
use prost_types::Timestamp;
use proto::common::Programme as WireProgramme;
use time::{OffsetDateTime, macros::datetime};
use tonic::Status;

pub use self::said::Said;
use crate::wire;

mod said;

/// Nothing is asked for an earlier time.
const EARLIEST: OffsetDateTime = datetime!(2000-01-01 00:00 +8);

/// Fields of one request under parsing.
#[derive(Debug, Default)]
pub struct Fields(Violations);

impl Fields {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a violation: the field's path, an UPPER_SNAKE_CASE reason, and a sentence in both languages.
    pub fn refuse(&mut self, field: &str, reason: &str, english: &str, chinese: &str) {
        self.0.add(field, reason, english, chinese);
    }

    /// Keeps a value, or its violation.
    pub fn take<T, E: Said>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.refuse(field, error.reason(), &error.english(), error.chinese())).ok()
    }

    /// A value that may be left out: `None` inside for an empty text.
    pub fn maybe<T, E: Said>(
        &mut self,
        field: &str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        if text.is_empty() { Some(None) } else { self.take(field, parse(text)).map(Some) }
    }

    /// A value of an enum; `read` gives `None` for the zero value.
    pub fn choice<W: TryFrom<i32>, T>(
        &mut self,
        field: &str,
        value: i32,
        read: impl FnOnce(W) -> Option<T>,
    ) -> Option<T> {
        match W::try_from(value).map(read) {
            Ok(Some(value)) => Some(value),
            Ok(None) => {
                self.refuse(field, "MISSING", "a value must be chosen", "请选择一项");
                None
            }
            Err(_) => {
                self.refuse(field, "UNKNOWN_VALUE", "this value does not exist", "没有此选项");
                None
            }
        }
    }

    /// A programme of sharing.
    pub fn programme(&mut self, field: &str, value: i32) -> Option<Programme> {
        self.choice(field, value, |programme| match programme {
            WireProgramme::Unspecified => None,
            WireProgramme::LocalRealtime => Some(Programme::LocalRealtime),
            WireProgramme::LocalAllocation => Some(Programme::LocalAllocation),
            WireProgramme::Wallet => Some(Programme::Wallet),
            WireProgramme::Premium => Some(Programme::Premium),
        })
    }

    /// A text of 1 to `most` characters that can be printed on one line.
    pub fn text(&mut self, field: &str, text: String, most: usize) -> Option<String> {
        if text.is_empty() {
            self.refuse(field, "MISSING", "a text is required", "请填写");
        } else if text.chars().count() > most {
            let english = format!("at most {most} characters");
            self.refuse(field, "TOO_LONG", &english, &format!("最多{most}个字符"));
        } else if text.trim() != text || text.chars().any(char::is_control) {
            let english = "no line breaks, control characters or blanks at the ends";
            self.refuse(field, "MALFORMED", english, "不能含有换行、控制字符或首尾空格");
        } else {
            return Some(text);
        }
        None
    }

    /// An instant since 2000, cut to microseconds.
    pub fn instant(&mut self, field: &str, time: Timestamp) -> Option<OffsetDateTime> {
        let at = wire::instant(time).filter(|at| *at >= EARLIEST);
        if at.is_none() {
            self.refuse(field, "OUT_OF_RANGE", "this is no time since 2000", "时间超出范围");
        }
        at
    }

    /// The whole request, if nothing was wrong with it.
    ///
    /// # Errors
    /// All violations together.
    pub fn finish<T>(self, whole: Option<T>) -> Result<T, Status> {
        self.0.finish()?;
        // Every parser that gives nothing has said why.
        whole.ok_or_else(|| failure::broken("a request without violations did not parse").into())
    }
}

#[cfg(test)]
mod tests {
    use standards::PersonId;
    use tonic::Code;

    use super::*;

    #[test]
    fn all_violations_come_together_and_no_value_is_repeated() {
        let mut fields = Fields::new();
        let person = fields.take("person_id", PersonId::parse("secret"));
        let programme = fields.programme("programme", 99);
        let name = fields.text("name", " secret".to_owned(), 64);
        let at = fields.instant("at_time", Timestamp { seconds: 0, nanos: 0 });
        assert!(person.is_none() && programme.is_none() && name.is_none() && at.is_none());
        let status = fields.finish(Some(())).unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.message(), "4 invalid field(s): person_id, programme, name, at_time");
        assert!(!String::from_utf8_lossy(status.details()).contains("secret"));
    }

    #[test]
    fn what_may_be_left_out_is_read_when_it_is_given() {
        let mut fields = Fields::new();
        assert_eq!(fields.maybe("person_id", "", PersonId::parse), Some(None));
        assert_eq!(fields.maybe("person_id", "42", PersonId::parse), None);
        assert_eq!(fields.finish(Some(())).unwrap_err().message(), "1 invalid field(s): person_id");
    }

    #[test]
    fn a_request_with_nothing_wrong_is_whole() {
        let mut fields = Fields::new();
        let name = fields.text("name", "李娜".to_owned(), 2);
        let at = fields.instant("at_time", Timestamp { seconds: 1_768_442_400, nanos: 1_999 });
        let (name, at) = fields.finish(name.zip(at)).unwrap();
        assert_eq!((name.as_str(), at.nanosecond()), ("李娜", 1_000));
    }
}
