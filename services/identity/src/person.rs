//! The nouns behind the messages: an enrolment, a place of use, the standing of a person, and the event that tells
//! others what changed. Plain values; what is serialized here stands in records and keeps its form.

mod parts;

use policy::{EnrolmentStatus, PersonFacts, PersonStanding, Scheme};
use serde::{Deserialize, Serialize};
use standards::{
    EnrolmentId, PersonId, Pool, WalletId,
    stored::{day, day_or_none},
};
use time::{Date, OffsetDateTime};

pub use self::parts::{Benefit, CodeProxy, Filing, FilingKind, PartId, Sanction, holds};

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
    #[serde(with = "day_or_none")]
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

/// 参保资格: what other services need to know; names nobody. As it is loaded it holds everything; others are told
/// what is [open](Self::open), or what holds [on a day](Self::on).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Who.
    pub person: PersonId,
    /// From the id number.
    #[serde(with = "day")]
    pub birth_day: Date,
    /// In order of their first day.
    pub enrolments: Vec<Enrolment>,
    /// 待遇, in order of their first day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub benefits: Vec<Benefit>,
    /// 暂停联网结算, in order of their first day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sanctions: Vec<Sanction>,
    /// 异地就医备案, in order of their first day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filings: Vec<Filing>,
    /// 亲情账户: who may show this person's code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub code_proxies: Vec<CodeProxy>,
    /// 死亡日.
    #[serde(with = "day_or_none", default, skip_serializing_if = "Option::is_none")]
    pub deceased_on: Option<Date>,
    /// 医保码已激活.
    #[serde(default)]
    pub code_active: bool,
    /// A change of contact data was reported too late and is not confirmed.
    #[serde(default)]
    pub contact_overdue: bool,
    /// 省外购药开关; `None` while it was never set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_province: Option<bool>,
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
    /// 待遇登记.
    BenefitRecorded,
    /// 死亡登记.
    Died,
    /// 联系方式变更.
    ContactUpdated,
    /// 联系方式确认.
    ContactConfirmed,
    /// 暂停联网结算.
    SanctionImposed,
    /// 恢复联网结算.
    SanctionLifted,
    /// 异地就医备案.
    RemoteCareFiled,
    /// 撤销异地就医备案.
    RemoteCareWithdrawn,
    /// 省外购药开关.
    PurchaseSwitchSet,
    /// 亲情账户绑定.
    CodeProxyLinked,
    /// 亲情账户解绑.
    CodeProxyUnlinked,
    /// 医保码激活.
    MedicalCodeActivated,
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
    /// Everything that is open now; enrolments, benefits and filings that have ended by their days included.
    pub standing: Standing,
}

impl Standing {
    /// Somebody of whom nothing is known but the day of birth.
    pub const fn newborn(person: PersonId, birth_day: Date) -> Self {
        Self {
            person,
            birth_day,
            enrolments: Vec::new(),
            benefits: Vec::new(),
            sanctions: Vec::new(),
            filings: Vec::new(),
            code_proxies: Vec::new(),
            deceased_on: None,
            code_active: false,
            contact_overdue: false,
            out_of_province: None,
            place: None,
        }
    }

    /// Without what was lifted, withdrawn or unlinked.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.sanctions.retain(|sanction| !sanction.lifted);
        self.filings.retain(|filing| !filing.withdrawn);
        self.code_proxies.retain(|proxy| !proxy.unlinked);
        self
    }

    /// What holds on a civil day.
    #[must_use]
    pub fn on(self, day: Date) -> Self {
        let mut standing = self.open();
        standing.enrolments.retain(|enrolment| enrolment.holds_on(day));
        standing.benefits.retain(|benefit| holds(benefit.valid_from, benefit.valid_to, day));
        standing.sanctions.retain(|sanction| holds(sanction.from, sanction.to, day));
        standing.filings.retain(|filing| holds(filing.valid_from, filing.valid_to, day));
        standing
    }

    /// Whether anything beside enrolments belongs to the person.
    pub const fn has_more(&self) -> bool {
        !(self.benefits.is_empty()
            && self.sanctions.is_empty()
            && self.filings.is_empty()
            && self.code_proxies.is_empty())
    }

    /// Puts everything in order of first day and id, so that equal standings look equal.
    pub fn sort(&mut self) {
        self.enrolments.sort_by_key(|enrolment| (enrolment.valid_from, enrolment.id));
        self.benefits.sort_by_key(|benefit| (benefit.valid_from, benefit.id));
        self.sanctions.sort_by_key(|sanction| (sanction.from, sanction.id));
        self.filings.sort_by_key(|filing| (filing.valid_from, filing.id));
        self.code_proxies.sort_by_key(|proxy| proxy.id);
    }

    /// Whether a counter (pooling area) or agency (province) is responsible: for whom no enrolment is known, any.
    pub fn within(&self, area: &str) -> bool {
        let inside = |enrolment: &Enrolment| enrolment.pool.to_string().starts_with(area);
        self.enrolments.is_empty() || self.enrolments.iter().any(inside)
    }

    /// What the rules look at on a civil day.
    pub fn facts(&self, day: Date) -> PersonFacts {
        let enrolment = |enrolment: &Enrolment| policy::Enrolment {
            scheme: enrolment.scheme,
            has_personal_account: has_personal_account(enrolment.scheme),
            pool: enrolment.pool,
            status: enrolment.status,
            valid_from: enrolment.valid_from,
            valid_to: enrolment.valid_to,
        };
        let benefit = |benefit: &Benefit| policy::Benefit {
            kind: benefit.kind,
            valid_from: benefit.valid_from,
            valid_to: benefit.valid_to,
        };
        let suspends = |sanction: &Sanction| !sanction.lifted && holds(sanction.from, sanction.to, day);
        PersonFacts {
            person: self.person,
            deceased: Some(self.deceased_on.is_some()),
            enrolments: Some(self.enrolments.iter().map(enrolment).collect()),
            place_of_use: self.place.map(|place| place.pool),
            wallet: None,
            standing: Some(PersonStanding {
                birth_day: Some(self.birth_day),
                benefits: Some(self.benefits.iter().map(benefit).collect()),
                settlement_suspended: Some(self.sanctions.iter().any(suspends)),
                contact_overdue: Some(self.contact_overdue),
                medical_code_activated: Some(self.code_active),
            }),
        }
    }
}

impl Enrolment {
    /// Whether it exists on a civil day, in whatever status.
    pub fn holds_on(&self, day: Date) -> bool {
        holds(self.valid_from, self.valid_to, day)
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
            let mut standing = Standing::newborn(enrolment.person, date!(1980 - 02 - 03));
            standing.enrolments.push(enrolment);
            standing.deceased_on = length.map(|length| date!(2026 - 01 - 01) + Duration::days(length));
            let at = OffsetDateTime::UNIX_EPOCH + Duration::microseconds(from * 1_234_567);
            let event = Event { kind: EventKind::EnrolmentRecorded, sequence: 1, business_time: at, standing };
            let text = serde_json::to_string(&event).unwrap();
            prop_assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        }
    }
}
