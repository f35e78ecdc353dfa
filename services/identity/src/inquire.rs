//! 查询: from what somebody types to a person. Every attempt is kept, with a keyed hash in place of the number.
//!
//! An unknown number, another name and a purpose that is not the caller's are one answer, found by the same work. By
//! name and number everybody may ask only so often on a civil day.

use chassis::batch::{Moment, Verdict};
use serde::{Deserialize, Serialize};
use standards::{PersonId, civil};
use time::{Date, Duration, OffsetDateTime, Time};
use uuid::Uuid;

use crate::{
    command::Outcome,
    state::{Known, State},
    vault::{Sealed, Tag},
};

/// A question.
#[derive(Clone, Debug, Serialize)]
pub struct Inquiry {
    /// Made for the attempt.
    pub id: Uuid,
    /// The acting person, else the credential.
    pub asked_by: String,
    /// By which the number is found.
    pub id_index: Tag,
    /// By which the name is compared, where one is given; such questions are counted.
    pub name_check: Option<Tag>,
    /// Whether the caller may ask for this purpose at all.
    pub allowed: bool,
    /// Only about persons of this area, if one is named.
    pub area: Option<String>,
    /// For what.
    pub purpose: String,
    /// In the caller's words, where they are asked for; sealed for the row of the attempt.
    pub reason: Option<Sealed>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// This person.
    Person(PersonId),
    /// Nobody, for whatever cause.
    NoMatch,
    /// Asked too often; again from here on.
    TooOften(#[serde(with = "time::serde::rfc3339")] OffsetDateTime),
}

/// How often somebody has asked on a civil day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The day.
    pub day: Date,
    /// Attempts that were answered.
    pub answered: i64,
    /// Attempts that were too many.
    pub refused: i64,
}

/// An attempt as it is kept.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The question.
    pub inquiry: Inquiry,
    /// When.
    pub at: OffsetDateTime,
    /// Who was found.
    pub found: Option<PersonId>,
}

impl Asked {
    /// Not yet.
    pub const fn none(day: Date) -> Self {
        Self { day, answered: 0, refused: 0 }
    }
}

impl Inquiry {
    fn matches(&self, known: &Known) -> bool {
        let named = self.name_check.is_none_or(|name_check| name_check == known.name_check);
        let inside = self.area.as_deref().is_none_or(|area| known.standing.within(area));
        self.allowed && named && inside
    }
}

/// Decides a question; `limit` is how many a day are answered. Nothing of it enters the chain.
pub(crate) fn fold(state: &mut State, inquiry: &Inquiry, limit: u32, moment: Moment) -> Verdict<Outcome> {
    let day = civil::day(moment.at);
    if inquiry.name_check.is_some() {
        let mut asked = state.asked(&inquiry.asked_by, day);
        let room = asked.answered < i64::from(limit);
        if room {
            asked.answered += 1;
        } else {
            asked.refused += 1;
        }
        state.count(&inquiry.asked_by, asked);
        if !room {
            let again = civil::instant(day.saturating_add(Duration::DAY), Time::MIDNIGHT);
            return Verdict::Answer(Outcome::Answered(Found::TooOften(again)));
        }
    }
    let found = state.with_index(inquiry.id_index).filter(|known| inquiry.matches(known));
    let found = found.map(|known| known.standing.person);
    state.attempted(Attempt { inquiry: inquiry.clone(), at: moment.at, found });
    Verdict::Answer(Outcome::Answered(found.map_or(Found::NoMatch, Found::Person)))
}
