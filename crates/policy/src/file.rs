//! Reads a rule file key by key, so that every mistake is named with its file and line.
//!
//! It knows TOML and lines; what the keys mean is in [`version`] and [`opening`]. It opens no file.

pub(crate) mod opening;
pub(crate) mod version;

use std::ops::Range;

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

/// A file's name and text.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

impl<'a> Source<'a> {
    pub(crate) fn line(self, offset: usize) -> usize {
        let before = self.text.as_bytes().iter().take(offset);
        before.filter(|&&byte| byte == b'\n').count() + 1
    }

    pub(crate) fn error_at(self, offset: usize, problem: impl Into<String>) -> RuleFileError {
        RuleFileError { file: self.name.to_owned(), line: self.line(offset), problem: problem.into() }
    }

    /// The tables of the file: `[[version]]` and `[[availability]]`, nothing else.
    pub(crate) fn tables(self) -> Result<Vec<(Kind, usize, DeTable<'a>)>, RuleFileError> {
        let document = DeTable::parse(self.text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            self.error_at(start, format!("not TOML: {}", error.message()))
        })?;
        let mut entries: Vec<_> = document.into_inner().into_iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut tables = Vec::new();
        for (key, value) in entries {
            let kind = match key.get_ref().as_ref() {
                "version" => Kind::Version,
                "availability" => Kind::Availability,
                other => {
                    let problem =
                        format!("unknown key `{other}`: a rule file holds [[version]] and [[availability]]");
                    return Err(self.error_at(key.span().start, problem));
                }
            };
            let start = key.span().start;
            let DeValue::Array(entries) = value.into_inner() else {
                return Err(
                    self.error_at(start, "write [[version]] or [[availability]] with double brackets")
                );
            };
            for entry in entries {
                let start = entry.span().start;
                let DeValue::Table(table) = entry.into_inner() else {
                    return Err(self.error_at(start, "a table is expected here"));
                };
                tables.push((kind, start, table));
            }
        }
        tables.sort_by_key(|&(_, start, _)| start);
        Ok(tables)
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
    /// Every key must be one of these.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), RuleFileError> {
        match self.table.keys().find(|key| !known.contains(&key.get_ref().as_ref())) {
            Some(key) => {
                Err(self.source.error_at(key.span().start, format!("unknown key `{}`", key.get_ref())))
            }
            None => Ok(()),
        }
    }

    pub(crate) fn missing(&self, key: &str) -> RuleFileError {
        self.source.error_at(self.start, format!("`{key}` is missing"))
    }

    pub(crate) fn find(&self, key: &str) -> Option<&'r Spanned<DeValue<'a>>> {
        self.table.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    pub(crate) fn need(&self, key: &str) -> Result<&'r Spanned<DeValue<'a>>, RuleFileError> {
        self.find(key).ok_or_else(|| self.missing(key))
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
