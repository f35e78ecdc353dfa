//! Reads a rule file key by key, so that every mistake is named with its file and line.
//!
//! It knows TOML and lines; what the keys mean is in [`version`] and [`opening`]. It opens no file.

pub(crate) mod opening;
mod value;
pub(crate) mod version;

use std::{cell::RefCell, fmt, ops::Range};

use standards::civil;
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// What is wrong with a rule file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct RuleFileError {
    /// The name under which the file was handed in.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, in a sentence.
    pub problem: String,
}

/// Everything that is wrong with some rule files, in the order of the files and lines. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleErrors(pub Vec<RuleFileError>);

impl fmt::Display for RuleErrors {
    /// One mistake a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for RuleErrors {}

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Log(RefCell<Vec<RuleFileError>>);

impl Log {
    pub(crate) fn note(&self, error: RuleFileError) {
        self.0.borrow_mut().push(error);
    }

    /// The value, or `None` with its mistake noted.
    pub(crate) fn keep<T>(&self, read: Result<T, RuleFileError>) -> Option<T> {
        read.map_err(|error| self.note(error)).ok()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.borrow().len()
    }

    pub(crate) fn into_errors(self) -> Vec<RuleFileError> {
        self.0.into_inner()
    }
}

/// A file's name and text, and where its mistakes are noted.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
    pub(crate) log: &'a Log,
}

impl<'a> Source<'a> {
    fn line(self, offset: usize) -> usize {
        let before = self.text.as_bytes().iter().take(offset);
        before.filter(|&&byte| byte == b'\n').count() + 1
    }

    pub(crate) fn error_at(self, offset: usize, problem: impl Into<String>) -> RuleFileError {
        RuleFileError { file: self.name.to_owned(), line: self.line(offset), problem: problem.into() }
    }

    /// The tables of the file: `[[version]]` and `[[availability]]`, nothing else. A file that is no TOML has none.
    pub(crate) fn tables(self) -> Vec<(Kind, usize, DeTable<'a>)> {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let start = error.span().map_or(0, |span| span.start);
            self.log.note(self.error_at(start, format!("not TOML: {}", error.message())));
        }
        if !errors.is_empty() {
            return Vec::new();
        }
        let mut tables = Vec::new();
        for (key, value) in document.into_inner() {
            let start = key.span().start;
            let kind = match key.get_ref().as_ref() {
                "version" => Kind::Version,
                "availability" => Kind::Availability,
                other => {
                    let problem =
                        format!("unknown key `{other}`: a rule file holds [[version]] and [[availability]]");
                    self.log.note(self.error_at(start, problem));
                    continue;
                }
            };
            let DeValue::Array(entries) = value.into_inner() else {
                let problem = "write [[version]] or [[availability]] with double brackets";
                self.log.note(self.error_at(start, problem));
                continue;
            };
            for entry in entries {
                let start = entry.span().start;
                match entry.into_inner() {
                    DeValue::Table(table) => tables.push((kind, start, table)),
                    _ => self.log.note(self.error_at(start, "a table is expected here")),
                }
            }
        }
        tables.sort_by_key(|&(_, start, _)| start);
        tables
    }
}

/// The two kinds of table in a rule file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Version,
    Availability,
}

/// One table being read.
pub(crate) struct Reader<'r, 'a> {
    pub(crate) source: Source<'a>,
    pub(crate) start: usize,
    pub(crate) table: &'r DeTable<'a>,
}

impl<'r, 'a> Reader<'r, 'a> {
    /// The value, or `None` with its mistake noted.
    pub(crate) fn keep<T>(&self, read: Result<T, RuleFileError>) -> Option<T> {
        self.source.log.keep(read)
    }

    /// Notes every key that is not one of these.
    pub(crate) fn only(&self, known: &[&str]) {
        for key in self.table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let problem = format!("unknown key `{}`", key.get_ref());
            self.source.log.note(self.source.error_at(key.span().start, problem));
        }
    }

    pub(crate) fn find(&self, key: &str) -> Option<&'r Spanned<DeValue<'a>>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    pub(crate) fn need(&self, key: &str) -> Result<&'r Spanned<DeValue<'a>>, RuleFileError> {
        let missing = || self.source.error_at(self.start, format!("`{key}` is missing"));
        self.find(key).ok_or_else(missing)
    }

    pub(crate) fn error(&self, span: Range<usize>, problem: impl Into<String>) -> RuleFileError {
        self.source.error_at(span.start, problem)
    }

    /// A text that is there and not empty.
    pub(crate) fn text(&self, key: &str) -> Result<String, RuleFileError> {
        let value = self.need(key)?;
        match value.get_ref().as_str().map(str::trim) {
            Some("") => Err(self.error(value.span(), format!("`{key}` is empty"))),
            Some(text) => Ok(text.to_owned()),
            None => Err(self.error(value.span(), format!("`{key}` must be a text"))),
        }
    }

    /// A text of a closed shape, read by `parse`; `shape` tells the author what was expected.
    pub(crate) fn word<T>(
        &self,
        key: &str,
        shape: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, RuleFileError> {
        let text = self.text(key)?;
        let span = self.need(key)?.span();
        parse(&text).ok_or_else(|| self.error(span, format!("`{key}` is `{text}`; expected {shape}")))
    }

    /// One such text or a list of them; never empty.
    pub(crate) fn words<T>(
        &self,
        key: &str,
        shape: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, RuleFileError> {
        if self.need(key)?.get_ref().as_array().is_none() {
            return Ok(vec![self.word(key, shape, parse)?]);
        }
        let texts = self.texts(key)?;
        if texts.is_empty() {
            return Err(self.error(self.need(key)?.span(), format!("`{key}` is empty")));
        }
        let read = |(text, span): (String, Range<usize>)| {
            parse(&text).ok_or_else(|| self.error(span, format!("`{key}` has `{text}`; expected {shape}")))
        };
        texts.into_iter().map(read).collect()
    }

    pub(crate) fn day(&self, key: &str) -> Result<Date, RuleFileError> {
        self.word(key, "a day such as 2026-01-09", civil::parse_day)
    }

    pub(crate) fn day_if_any(&self, key: &str) -> Result<Option<Date>, RuleFileError> {
        self.find(key).map(|_| self.day(key)).transpose()
    }

    pub(crate) fn instant(&self, key: &str) -> Result<OffsetDateTime, RuleFileError> {
        let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok().map(civil::micros);
        self.word(key, "an instant such as 2026-01-09T00:00:00+08:00", parse)
    }

    /// A list of texts with the place of each; empty if the key is absent.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<(String, Range<usize>)>, RuleFileError> {
        let Some(value) = self.find(key) else { return Ok(Vec::new()) };
        let Some(entries) = value.get_ref().as_array() else {
            return Err(self.error(value.span(), format!("`{key}` must be a list of texts")));
        };
        let text = |entry: &Spanned<DeValue<'a>>| match entry.get_ref().as_str() {
            Some(text) => Ok((text.to_owned(), entry.span())),
            None => Err(self.error(entry.span(), format!("`{key}` must be a list of texts"))),
        };
        entries.iter().map(text).collect()
    }
}
