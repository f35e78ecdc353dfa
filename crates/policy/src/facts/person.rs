//! What is known about one person: enrolments, wallet, and how the person stands with the authority.
//!
//! It chooses the enrolment that counts for a rule; it judges nothing.

use serde::{Deserialize, Serialize};
use standards::{PersonId, Pool};
use time::Date;

use crate::{
    stored,
    words::{BenefitKind, EnrolmentStatus, Scheme, WalletState},
};

/// 参保关系: one enrolment of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Employee, resident …
    pub scheme: Scheme,
    /// Whether a personal account belongs to it.
    pub has_personal_account: bool,
    /// Where the person is insured.
    pub pool: Pool,
    /// Normal, suspended …
    pub status: EnrolmentStatus,
    /// First civil day.
    #[serde(with = "stored::day")]
    pub valid_from: Date,
    /// Last civil day, included; `None` while it goes on.
    #[serde(with = "stored::day_or_none", default)]
    pub valid_to: Option<Date>,
}

impl Enrolment {
    /// Whether the enrolment exists on a civil day, in whatever status.
    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day <= end)
    }
}

/// 待遇: a benefit of a person for some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Benefit {
    /// Which.
    pub kind: BenefitKind,
    /// First civil day.
    #[serde(with = "stored::day")]
    pub valid_from: Date,
    /// Last civil day, included; `None` while it goes on.
    #[serde(with = "stored::day_or_none", default)]
    pub valid_to: Option<Date>,
}

/// How a person stands with the authority, beside being insured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonStanding {
    /// When the person was born.
    #[serde(with = "stored::day_or_none", default)]
    pub birth_day: Option<Date>,
    /// Every benefit, ended ones too.
    pub benefits: Option<Vec<Benefit>>,
    /// Whether networked settlement is suspended for this person.
    pub settlement_suspended: Option<bool>,
    /// Whether a change of contact data was not reported in time and not confirmed since.
    pub contact_overdue: Option<bool>,
    /// Whether the 医保码 is activated.
    pub medical_code_activated: Option<bool>,
}

impl PersonStanding {
    /// Which of these benefits the person has on a civil day; `None` if benefits are not known.
    pub fn benefit_on(&self, day: Date, among: impl Fn(BenefitKind) -> bool) -> Option<Option<BenefitKind>> {
        let holds = |benefit: &&Benefit| {
            benefit.valid_from <= day && benefit.valid_to.is_none_or(|end| day <= end) && among(benefit.kind)
        };
        self.benefits.as_ref().map(|benefits| benefits.iter().find(holds).map(|benefit| benefit.kind))
    }

    /// The age in whole years on a civil day; `None` if the birth day is not known. Somebody born on a 29 February
    /// is a year older from 1 March on in other years.
    pub fn age_on(&self, day: Date) -> Option<u32> {
        let born = self.birth_day?;
        let months = |day: Date| (u8::from(day.month()), day.day());
        let years = day.year() - born.year() - i32::from(months(day) < months(born));
        u32::try_from(years).ok()
    }
}

/// What is known about one of the two persons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonFacts {
    /// Who it is.
    pub person: PersonId,
    /// Whether the person has died.
    pub deceased: Option<bool>,
    /// Every enrolment, ended ones too.
    pub enrolments: Option<Vec<Enrolment>>,
    /// 使用地 if one was assigned; `None` also where nobody needs it.
    pub place_of_use: Option<Pool>,
    /// The wallet, for programmes that need one.
    pub wallet: Option<WalletState>,
    /// Benefits, sanctions, contact data, 医保码.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<PersonStanding>,
}

impl PersonFacts {
    /// The enrolment whose personal account is shared: employee insurance with an account on that day, a
    /// normal one before others, else in the order given.
    pub fn account_enrolment(&self, day: Date) -> Option<&Enrolment> {
        self.best(day, |enrolment| enrolment.scheme.is_employee() && enrolment.has_personal_account)
    }

    /// The enrolment that makes a beneficiary: basic insurance of either type on that day, a normal one
    /// before others, else in the order given.
    pub fn basic_enrolment(&self, day: Date) -> Option<&Enrolment> {
        self.best(day, |enrolment| enrolment.scheme.is_basic())
    }

    /// Every enrolment in basic insurance on that day.
    pub fn basic_enrolments(&self, day: Date) -> impl Iterator<Item = &Enrolment> {
        self.enrolments.iter().flatten().filter(move |one| one.holds_on(day) && one.scheme.is_basic())
    }

    fn best(&self, day: Date, fits: impl Fn(&Enrolment) -> bool) -> Option<&Enrolment> {
        let fitting = || self.enrolments.iter().flatten().filter(|e| e.holds_on(day) && fits(e));
        fitting().find(|enrolment| enrolment.status == EnrolmentStatus::Normal).or_else(|| fitting().next())
    }
}
