//! The nouns behind the messages: an enrolment, a place of use, the standing of a person, and the event that tells
//! others what changed. Plain values; what is serialized here stands in records and keeps its form.

use policy::{EnrolmentStatus, Scheme};
use serde::{Deserialize, Serialize};
use standards::{EnrolmentId, PersonId, Pool, WalletId};
use time::{Date, OffsetDateTime};

/// 参保关系: one enrolment of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Chosen by the recording agency.
    pub id: EnrolmentId,
    /// Whose it is.
    pub person: PersonId,
    /// 险种.
    pub scheme: Scheme,
    /// 统筹区.
    pub pool: Pool,
    /// 参保状态.
    pub status: EnrolmentStatus,
    /// First civil day.
    #[serde(with = "day")]
    pub valid_from: Date,
    /// Last civil day, inclusive; `None` while it goes on.
    #[serde(with = "day::or_none")]
    pub valid_to: Option<Date>,
    /// From 1, one more with each change.
    pub revision: i64,
}

/// 使用地: where a person's one wallet is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The pooling area.
    pub pool: Pool,
    /// The wallet that has it.
    pub wallet: WalletId,
    /// Number of the record by which it was assigned.
    pub position: i64,
}

/// 参保资格: what other services need to know; names nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Who.
    pub person: PersonId,
    /// In order of their first day.
    pub enrolments: Vec<Enrolment>,
    /// 使用地, if one was assigned.
    pub place: Option<Place>,
}

/// What happened to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventKind {
    /// 登记.
    Registered,
    /// 参保变更.
    EnrolmentRecorded,
    /// 使用地变更.
    PlaceOfUseAssigned,
}

/// One change of a person, with what holds since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// Its number among this person's events, from 1 without gaps.
    pub sequence: i64,
    /// When it happened outside.
    #[serde(with = "time::serde::rfc3339")]
    pub business_time: OffsetDateTime,
    /// Everything that holds now, ended enrolments included.
    pub standing: Standing,
}

impl Enrolment {
    /// Whether it exists on a civil day, in whatever status.
    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day <= end)
    }

    /// Whether both exist on some day.
    pub fn overlaps(&self, other: &Self) -> bool {
        let begins_before_end_of = |a: &Self, b: &Self| b.valid_to.is_none_or(|end| a.valid_from <= end);
        begins_before_end_of(self, other) && begins_before_end_of(other, self)
    }
}

/// 险种类型 of the national interface. Flexible employment is employee insurance.
pub const fn insutype(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Employee | Scheme::FlexibleEmployee => "310",
        Scheme::Resident => "390",
        Scheme::RetiredCadre => "340",
    }
}

/// Whether a personal account belongs to the scheme.
pub const fn has_personal_account(scheme: Scheme) -> bool {
    scheme.is_employee()
}

mod day {
    //! A civil day in JSON: `YYYY-MM-DD`.

    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use standards::civil;
    use time::Date;

    pub(super) fn serialize<S: Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&civil::day_text(*day))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        let text = String::deserialize(deserializer)?;
        civil::parse_day(&text).ok_or_else(|| D::Error::custom("not a civil day"))
    }

    pub(super) mod or_none {
        //! The same, or nothing.

        use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
        use standards::civil;
        use time::Date;

        pub(in super::super) fn serialize<S: Serializer>(
            day: &Option<Date>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            match day {
                Some(day) => serializer.serialize_some(&civil::day_text(*day)),
                None => serializer.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Date>, D::Error> {
            let text = Option::<String>::deserialize(deserializer)?;
            let parsed =
                text.map(|text| civil::parse_day(&text).ok_or_else(|| D::Error::custom("not a civil day")));
            parsed.transpose()
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Duration, macros::date};
    use uuid::Uuid;

    use super::*;

    fn enrolment(from: i64, length: Option<i64>) -> Enrolment {
        let valid_from = date!(2026 - 01 - 01) + Duration::days(from);
        Enrolment {
            id: EnrolmentId::new(Uuid::nil()),
            person: PersonId::new(Uuid::nil()),
            scheme: Scheme::Resident,
            pool: "510100".parse().unwrap(),
            status: EnrolmentStatus::Normal,
            valid_from,
            valid_to: length.map(|length| valid_from + Duration::days(length)),
            revision: 1,
        }
    }

    proptest! {
        #[test]
        fn enrolments_overlap_iff_both_hold_on_some_day(
            a in (0_i64..20, proptest::option::of(0_i64..10)),
            b in (0_i64..20, proptest::option::of(0_i64..10)),
        ) {
            let (one, other) = (enrolment(a.0, a.1), enrolment(b.0, b.1));
            let days = (0..40).map(|day| date!(2026 - 01 - 01) + Duration::days(day));
            let both = days.into_iter().any(|day| one.holds_on(day) && other.holds_on(day));
            prop_assert_eq!(one.overlaps(&other), both);
            prop_assert_eq!(other.overlaps(&one), both);
        }

        #[test]
        fn an_event_is_read_back_from_its_record(from in 0_i64..400, length in proptest::option::of(0_i64..400)) {
            let enrolment = enrolment(from, length);
            let standing = Standing { person: enrolment.person, enrolments: vec![enrolment], place: None };
            let at = OffsetDateTime::UNIX_EPOCH + Duration::microseconds(from * 1_234_567);
            let event = Event { kind: EventKind::EnrolmentRecorded, sequence: 1, business_time: at, standing };
            let text = serde_json::to_string(&event).unwrap();
            prop_assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        }
    }
}
