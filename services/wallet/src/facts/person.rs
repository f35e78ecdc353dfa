//! A person as identity has told: what of it a credit, a wallet and a payment look at, and what that is on a day.
//!
//! It names nobody and holds no number; it is kept as one text, which a batch reads once for each patient.

use policy::{
    Benefit, Enrolment, EnrolmentStatus, Filing, PersonFacts, PersonStanding, RemoteCare, SwitchState,
};
use serde::{Deserialize, Serialize};
use standards::{InstitutionCode, PersonId, Pool, Province, WalletId, stored};
use time::Date;

use super::KnownInstitution;
use crate::outcome::Refused;

/// A person as identity has told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPerson {
    /// Who it is.
    pub person: PersonId,
    /// 死亡日.
    #[serde(with = "stored::day_or_none", default, skip_serializing_if = "Option::is_none")]
    pub deceased_day: Option<Date>,
    /// 使用地.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place_of_use: Option<Pool>,
    /// The wallet that has the place of use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<WalletId>,
    /// All enrolments, ended ones too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enrolments: Vec<Enrolment>,
    /// 出生日期.
    #[serde(with = "stored::day_or_none", default, skip_serializing_if = "Option::is_none")]
    pub birth_day: Option<Date>,
    /// 待遇, ended ones too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub benefits: Vec<Benefit>,
    /// 暂停联网结算, all that were not lifted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspensions: Vec<Term>,
    /// 异地就医备案, all that were not withdrawn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filings: Vec<Filing>,
    /// 省外购药开关 was switched on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub purchase_elsewhere: bool,
    /// 医保码已激活.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub code_active: bool,
    /// 联系方式逾期未确认.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contact_overdue: bool,
    /// 亲情账户: who may show this person's code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub code_shown_by: Vec<PersonId>,
}

/// A span of civil days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// First civil day.
    #[serde(with = "stored::day")]
    pub from: Date,
    /// Last civil day, included; none until it is lifted.
    #[serde(with = "stored::day_or_none", default)]
    pub to: Option<Date>,
}

/// Whether an enrolment holds on some day of a span.
pub fn meets(enrolment: &Enrolment, from: Date, to: Date) -> bool {
    enrolment.valid_from <= to && enrolment.valid_to.is_none_or(|end| from <= end)
}

impl KnownPerson {
    /// Somebody of whom only the id is known.
    pub const fn blank(person: PersonId) -> Self {
        Self {
            person,
            deceased_day: None,
            place_of_use: None,
            wallet: None,
            enrolments: Vec::new(),
            birth_day: None,
            benefits: Vec::new(),
            suspensions: Vec::new(),
            filings: Vec::new(),
            purchase_elsewhere: false,
            code_active: false,
            contact_overdue: false,
            code_shown_by: Vec::new(),
        }
    }

    /// Where the person's book is on a day: the place of use, else the pool of the personal account, else of any
    /// enrolment.
    pub fn home(&self, day: Date) -> Option<Pool> {
        let on_day = || self.enrolments.iter().filter(|enrolment| enrolment.holds_on(day));
        let insured =
            || on_day().find(|enrolment| enrolment.has_personal_account).or_else(|| on_day().next());
        self.place_of_use.or_else(|| insured().map(|enrolment| enrolment.pool))
    }

    /// Whether the person may have a wallet on a day.
    ///
    /// # Errors
    /// Why not.
    pub fn may_have_wallet(&self, day: Date) -> Result<(), Refused> {
        if self.deceased_day.is_some() {
            return Err(Refused::Deceased);
        }
        let mut insured = self.enrolments.iter().filter(|enrolment| enrolment.holds_on(day)).peekable();
        if insured.peek().is_none() {
            return Err(Refused::BeneficiaryNotInsured);
        }
        let normal = insured.any(|enrolment| enrolment.status == EnrolmentStatus::Normal);
        if normal { Ok(()) } else { Err(Refused::EnrolmentNotNormal) }
    }

    /// The enrolment with a personal account in a province, one that holds on the day before others.
    pub fn account(&self, province: Province, day: Date) -> Option<&Enrolment> {
        let here =
            |enrolment: &&Enrolment| enrolment.has_personal_account && enrolment.pool.province() == province;
        let all = || self.enrolments.iter().filter(here);
        all().find(|enrolment| enrolment.holds_on(day)).or_else(|| all().next_back())
    }

    /// the pools in which the person's account is frozen on a day.
    pub fn frozen(&self, day: Date) -> Vec<Pool> {
        let frozen = |enrolment: &&Enrolment| {
            enrolment.has_personal_account
                && enrolment.status == EnrolmentStatus::Frozen
                && enrolment.holds_on(day)
        };
        self.enrolments.iter().filter(frozen).map(|enrolment| enrolment.pool).collect()
    }

    /// The facts that the rules of a payment read: those of the day of the service, and whether networked settlement
    /// is suspended on the day of the payment, since it is the settlement that is.
    pub(super) fn facts(&self, service: Date, today: Date) -> PersonFacts {
        let suspended = self.suspensions.iter().any(|term| term.holds_on(today));
        PersonFacts {
            person: self.person,
            deceased: Some(self.deceased_day.is_some_and(|died| died < service)),
            enrolments: Some(self.enrolments.clone()),
            place_of_use: self.place_of_use,
            wallet: None,
            standing: Some(PersonStanding {
                birth_day: self.birth_day,
                benefits: Some(self.benefits.clone()),
                settlement_suspended: Some(suspended),
                contact_overdue: Some(self.contact_overdue),
                medical_code_activated: Some(self.code_active),
            }),
        }
    }

    /// What is known for care at an institution elsewhere. Whether the switch was turned off or never touched is not
    /// told: what is not on is as the rules have it.
    pub(super) fn remote(&self, code: InstitutionCode, institution: &KnownInstitution) -> RemoteCare {
        RemoteCare {
            institution: code.to_string(),
            filings: Some(self.filings.clone()),
            switch: self.purchase_elsewhere.then_some(SwitchState::On),
            institution_enabled: Some(institution.special_outpatient),
        }
    }
}

impl Term {
    fn holds_on(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|end| day <= end)
    }
}

#[cfg(test)]
mod tests {
    use policy::Scheme;
    use time::macros::date;
    use uuid::Uuid;

    use super::*;

    fn person() -> KnownPerson {
        KnownPerson::blank(PersonId::new(Uuid::from_u128(7)))
    }

    fn employed(pool: &str, status: EnrolmentStatus) -> Enrolment {
        Enrolment {
            scheme: Scheme::Employee,
            has_personal_account: true,
            pool: pool.parse().expect("a pool"),
            status,
            valid_from: date!(2020 - 07 - 01),
            valid_to: Some(date!(2026 - 01 - 31)),
        }
    }

    #[test]
    fn what_is_kept_comes_back_and_what_is_not_there_takes_no_room() {
        let known = KnownPerson {
            enrolments: vec![employed("320100", EnrolmentStatus::Normal)],
            suspensions: vec![Term { from: date!(2026 - 01 - 01), to: None }],
            ..person()
        };
        let text = serde_json::to_string(&known).expect("plain values");
        assert_eq!(serde_json::from_str::<KnownPerson>(&text).expect("what was written"), known);
        let empty = serde_json::to_string(&person()).expect("plain values");
        assert_eq!(empty, "{\"person\":\"00000000-0000-0000-0000-000000000007\"}");
    }

    #[test]
    fn r_028_an_account_is_frozen_while_its_enrolment_is() {
        let known = KnownPerson {
            enrolments: vec![
                employed("320100", EnrolmentStatus::Normal),
                employed("320200", EnrolmentStatus::Frozen),
            ],
            ..person()
        };
        assert_eq!(known.frozen(date!(2026 - 01 - 31)), ["320200".parse().expect("a pool")]);
        assert_eq!(known.frozen(date!(2026 - 02 - 01)), []);
    }

    #[test]
    fn r_151_a_suspension_counts_on_the_day_of_the_payment_and_a_death_on_that_of_the_service() {
        let known = KnownPerson {
            deceased_day: Some(date!(2026 - 01 - 10)),
            suspensions: vec![Term { from: date!(2026 - 01 - 05), to: Some(date!(2026 - 01 - 06)) }],
            ..person()
        };
        let at = |service, today| {
            let facts = known.facts(service, today);
            (facts.deceased, facts.standing.and_then(|standing| standing.settlement_suspended))
        };
        assert_eq!(at(date!(2026 - 01 - 04), date!(2026 - 01 - 06)), (Some(false), Some(true)));
        assert_eq!(at(date!(2026 - 01 - 06), date!(2026 - 01 - 07)), (Some(false), Some(false)));
        assert_eq!(at(date!(2026 - 01 - 11), date!(2026 - 01 - 11)), (Some(true), Some(false)));
    }
}
