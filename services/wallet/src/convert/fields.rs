//! The wallet's fields: `border`'s parsers with the names of nested messages, and those that only the wallet has.

use border::fields::Said;
use money::Yuan;
use prost_types::Timestamp;
use standards::{InstitutionCode, Mobile, Pool, TraceCode, civil, id::IdError};
use time::{Date, OffsetDateTime};
use tonic::Status;

/// Fields of one request under parsing.
pub(crate) struct Fields {
    found: border::fields::Fields,
    prefix: String,
}

impl Fields {
    pub(crate) fn new() -> Self {
        Self { found: border::fields::Fields::new(), prefix: String::new() }
    }

    /// Parses a nested message: its fields are named behind `prefix`.
    pub(crate) fn within<T>(&mut self, prefix: &str, parse: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.prefix.len();
        self.prefix.push_str(prefix);
        self.prefix.push('.');
        let parsed = parse(self);
        self.prefix.truncate(length);
        parsed
    }

    /// A field's path.
    fn path(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }

    /// Adds a violation.
    pub(crate) fn refuse(&mut self, field: &str, reason: &str, english: &str, chinese: &str) {
        self.found.refuse(&self.path(field), reason, english, chinese);
    }

    /// Keeps a value, or its violation.
    pub(crate) fn take<T, E: Said>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        self.found.take(&self.path(field), parsed)
    }

    pub(crate) fn id<T>(
        &mut self,
        field: &str,
        text: &str,
        parse: fn(&str) -> Result<T, IdError>,
    ) -> Option<T> {
        self.take(field, parse(text))
    }

    pub(crate) fn pool(&mut self, field: &str, text: &str) -> Option<Pool> {
        self.take(field, text.parse())
    }

    pub(crate) fn institution(&mut self, field: &str, text: &str) -> Option<InstitutionCode> {
        self.take(field, text.parse())
    }

    pub(crate) fn mobile(&mut self, field: &str, text: &str) -> Option<Mobile> {
        self.take(field, text.parse())
    }

    /// An amount greater than zero.
    pub(crate) fn positive(&mut self, field: &str, text: &str) -> Option<Yuan> {
        self.take(field, Yuan::parse_positive(text))
    }

    /// An amount or zero.
    pub(crate) fn amount(&mut self, field: &str, text: &str) -> Option<Yuan> {
        self.take(field, Yuan::parse(text))
    }

    /// An amount or zero; `None` inside when nothing was given.
    pub(crate) fn maybe_amount(&mut self, field: &str, text: &str) -> Option<Option<Yuan>> {
        self.found.maybe(&self.path(field), text, Yuan::parse)
    }

    /// A text of 1 to `most` characters that can be printed on one line.
    pub(crate) fn text(&mut self, field: &str, text: String, most: usize) -> Option<String> {
        self.found.text(&self.path(field), text, most)
    }

    /// A text of up to `most` characters that can be printed on one line.
    pub(crate) fn maybe_text(&mut self, field: &str, text: String, most: usize) -> Option<String> {
        if text.is_empty() { Some(text) } else { self.text(field, text, most) }
    }

    /// 64 lower-case hex digits.
    pub(crate) fn hash(&mut self, field: &str, text: String) -> Option<String> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 64 && text.bytes().all(digit) {
            return Some(text);
        }
        let reason = if text.is_empty() { "MISSING" } else { "MALFORMED" };
        self.refuse(field, reason, "a hash is 64 lower-case hex digits", "哈希应为64位小写十六进制");
        None
    }

    /// A value of an enumeration; `of` gives `None` for a zero that means nothing.
    pub(crate) fn choice<T, W: TryFrom<i32>>(
        &mut self,
        field: &str,
        number: i32,
        of: impl FnOnce(W) -> Option<T>,
    ) -> Option<T> {
        self.found.choice(&self.path(field), number, of)
    }

    /// The size of a page; 0 asks for the usual one.
    pub(crate) fn page_size(&mut self, size: i32) {
        if size < 0 {
            self.refuse("page_size", "NEGATIVE", "not a negative number", "不能为负数");
        }
    }

    /// A civil day; `None` inside for an empty text.
    pub(crate) fn maybe_day(&mut self, field: &str, text: &str) -> Option<Option<Date>> {
        if text.is_empty() {
            return Some(None);
        }
        let day = civil::parse_day(text);
        if day.is_none() {
            self.refuse(field, "MALFORMED", "a civil day is YYYY-MM-DD", "日期格式应为YYYY-MM-DD");
        }
        day.map(Some)
    }

    /// A span of civil days, both ends open when empty.
    pub(crate) fn span(&mut self, from: &str, to: &str) -> Option<(Option<Date>, Option<Date>)> {
        let (from, to) = (self.maybe_day("from_day", from), self.maybe_day("to_day", to));
        let (from, to) = (from?, to?);
        if let (Some(first), Some(last)) = (from, to)
            && first > last
        {
            self.refuse("to_day", "OUT_OF_ORDER", "the last day is before the first", "终止日早于起始日");
            return None;
        }
        Some((from, to))
    }

    /// A month `YYYY-MM` as its first and last day.
    pub(crate) fn month(&mut self, field: &str, text: &str) -> Option<(Date, Date)> {
        let first = civil::parse_day(&format!("{text}-01"));
        let Some(first) = first else {
            let reason = if text.is_empty() { "MISSING" } else { "MALFORMED" };
            self.refuse(field, reason, "a month is YYYY-MM", "月份格式应为YYYY-MM");
            return None;
        };
        let last = first.replace_day(first.month().length(first.year())).unwrap_or(first);
        Some((first, last))
    }

    /// An instant since 2000, cut to whole microseconds.
    pub(crate) fn instant(&mut self, field: &str, time: Option<Timestamp>) -> Option<OffsetDateTime> {
        let Some(time) = time else {
            self.refuse(field, "MISSING", "a time is required", "请填写时间");
            return None;
        };
        self.found.instant(&self.path(field), time)
    }

    /// A number of a lot's hop.
    pub(crate) fn hop(&mut self, field: &str, number: i32) -> Option<u16> {
        let hop = u16::try_from(number).ok();
        if hop.is_none() {
            self.refuse(field, "OUT_OF_RANGE", "a hop is 0 to 65535", "环节序号超出范围");
        }
        hop
    }

    /// At most `most` traceability codes.
    pub(crate) fn trace_codes(
        &mut self,
        field: &str,
        codes: &[String],
        most: usize,
    ) -> Option<Vec<TraceCode>> {
        if codes.len() > most {
            self.refuse(field, "TOO_MANY", &format!("at most {most} codes"), &format!("最多{most}个追溯码"));
            return None;
        }
        let parsed: Vec<_> = codes
            .iter()
            .enumerate()
            .map(|(at, code)| self.take(&format!("{field}[{at}]"), code.parse::<TraceCode>()))
            .collect();
        parsed.into_iter().collect()
    }

    /// The parsed request, or everything that is wrong with it.
    pub(crate) fn finish<T>(self, parsed: Option<T>) -> Result<T, Status> {
        self.found.finish(parsed)
    }
}
