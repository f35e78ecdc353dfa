//! The story as a table: civil time, who, what, amount and state, and below it the facts that were read back.
//!
//! Every fact comes as a pair: what it must be, and what a service says it is. The timeline prints what was
//! found and counts what does not match; it reads nothing by itself.

mod terms;
mod width;

use standards::civil;
use time::OffsetDateTime;

use self::{
    terms::term,
    width::{pad, pad_left},
};
use crate::say;

const WHO: usize = 24;
const WHAT: usize = 54;
const AMOUNT: usize = 9;
/// Facts stand below `what`.
const INDENT: usize = 5 + 2 + WHO + 2;
const NAME: usize = 26;

/// One thing that must be so, and what was found.
#[derive(Debug)]
pub(crate) struct Fact {
    name: String,
    expected: String,
    found: String,
}

impl Fact {
    fn new(name: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { name: name.into(), expected: term(&expected.into()), found: term(&found.into()) }
    }

    fn holds(&self) -> bool {
        self.expected == self.found
    }

    fn text(&self) -> String {
        let name = pad(&self.name, NAME);
        if self.holds() {
            format!("✓ {name} {}", self.found)
        } else {
            format!("✗ {name} {}", self.both())
        }
    }

    fn both(&self) -> String {
        let found = if self.found.is_empty() { "无 nothing" } else { &self.found };
        format!("{found}  ← 应为 expected {}", self.expected)
    }
}

/// One row of the timeline with its facts.
#[derive(Debug)]
pub(crate) struct Event {
    at: OffsetDateTime,
    who: String,
    what: String,
    amount: Option<Fact>,
    state: Option<Fact>,
    facts: Vec<Fact>,
    notes: Vec<String>,
}

impl Event {
    /// Somebody did something at an instant.
    pub(crate) fn new(at: OffsetDateTime, who: impl Into<String>, what: impl Into<String>) -> Self {
        let (who, what) = (who.into(), what.into());
        Self { at, who, what, amount: None, state: None, facts: vec![], notes: vec![] }
    }

    /// The amount it was about.
    pub(crate) fn amount(mut self, expected: impl Into<String>, found: impl Into<String>) -> Self {
        self.amount = Some(Fact::new("金额 amount", expected, found));
        self
    }

    /// The state afterwards, by the names of the contract.
    pub(crate) fn state(mut self, expected: &str, found: &str) -> Self {
        self.state = Some(Fact::new("状态 state", expected, found));
        self
    }

    /// A further fact.
    pub(crate) fn fact(
        mut self,
        name: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        self.facts.push(Fact::new(name, expected, found));
        self
    }

    /// Words that no fact stands behind but the service's own.
    pub(crate) fn note(mut self, name: &str, text: impl AsRef<str>) -> Self {
        self.notes.push(format!("  {} {}", pad(name, NAME), text.as_ref()));
        self
    }

    fn all(&self) -> impl Iterator<Item = &Fact> {
        self.amount.iter().chain(&self.state).chain(&self.facts)
    }

    fn head(&self) -> String {
        let found = |fact: &Option<Fact>| fact.as_ref().map(|fact| fact.found.clone()).unwrap_or_default();
        let holds = self.amount.iter().chain(&self.state).all(Fact::holds);
        let checked = self.amount.is_some() || self.state.is_some();
        format!(
            "{}  {}  {}  {}  {} {}",
            hours(self.at),
            pad(&self.who, WHO),
            pad(&self.what, WHAT),
            pad_left(&found(&self.amount), AMOUNT),
            if checked && holds {
                "✓"
            } else if checked {
                "✗"
            } else {
                " "
            },
            found(&self.state),
        )
    }
}

/// `21:30`
pub(crate) fn hours(at: OffsetDateTime) -> String {
    let clock = civil::clock(at);
    format!("{:02}:{:02}", clock.hour(), clock.minute())
}

/// The whole table.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    facts: usize,
    wrong: Vec<String>,
}

impl Timeline {
    /// Opens a chapter.
    pub(crate) fn chapter(&self, day: &str, title: &str) {
        say::gap();
        say::line(format!("── {day}  {title}"));
    }

    /// Prints an event and counts its facts.
    pub(crate) fn tell(&mut self, event: &Event) {
        say::line(event.head());
        let indent = " ".repeat(INDENT);
        let wrong_head = event.amount.iter().chain(&event.state).filter(|fact| !fact.holds());
        for fact in wrong_head.chain(&event.facts) {
            say::line(format!("{indent}{}", fact.text()));
        }
        for note in &event.notes {
            say::line(format!("{indent}{note}"));
        }
        for fact in event.all() {
            self.facts += 1;
            if !fact.holds() {
                let Event { at, who, what, .. } = event;
                self.wrong.push(format!("{} {who}, {what}: {} {}", hours(*at), fact.name, fact.both()));
            }
        }
    }

    /// Prints the count, names what did not match, and says whether everything did.
    pub(crate) fn close(&self) -> bool {
        say::gap();
        let right = self.facts - self.wrong.len();
        say::line(format!(
            "核对 read back: {} 项事实,{right} 项相符,{} 项不符 · {} facts, {right} matched, {} did not",
            self.facts,
            self.wrong.len(),
            self.facts,
            self.wrong.len()
        ));
        for wrong in &self.wrong {
            say::line(format!("  ✗ {wrong}"));
        }
        self.wrong.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn event() -> Event {
        Event::new(datetime!(2026-03-01 13:30 UTC), "共济人 sharer", "转账 transfers quota")
    }

    #[test]
    fn what_matches_is_printed_once_and_counted() {
        let mut timeline = Timeline::default();
        let event = event()
            .amount("300.00", "300.00")
            .state("TRANSFER_STATE_PENDING_CLAIM", "TRANSFER_STATE_PENDING_CLAIM")
            .fact("可用 available", "600.00", "600.00");
        assert!(event.head().starts_with("21:30  共济人 sharer"), "{}", event.head());
        assert!(event.head().ends_with("300.00  ✓ 待接收 PENDING_CLAIM"), "{}", event.head());
        timeline.tell(&event);
        assert_eq!(timeline.facts, 3);
        assert!(timeline.close());
    }

    #[test]
    fn what_does_not_match_is_named_with_both_values() {
        let mut timeline = Timeline::default();
        timeline.tell(&event().amount("300.00", "").fact("可用 available", "600.00", "599.99"));
        assert_eq!(timeline.wrong.len(), 2);
        assert!(timeline.wrong[0].contains("nothing") && timeline.wrong[0].contains("300.00"));
        assert!(timeline.wrong[1].contains("599.99") && timeline.wrong[1].contains("600.00"));
        assert!(!timeline.close());
    }
}
