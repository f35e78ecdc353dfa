//! 参保资格: how a person stands, as identity tells it, and what that is on a civil day: facts for the rules, a
//! situation for bonds.
//!
//! It names nobody and decides nothing. Time alone changes a situation: the next day on which it may is known here.

use std::collections::BTreeSet;

use bond::{Insured, Member, Seat, Side, Situation};
use policy::{Benefit, Enrolment, EnrolmentStatus, PersonFacts, PersonStanding, Region};
use serde::{Deserialize, Serialize};
use standards::{PersonId, Pool, stored};
use time::Date;

use crate::words;

/// 暂停联网结算: for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Term {
    /// First civil day.
    #[serde(with = "stored::day")]
    pub(crate) from: Date,
    /// Last civil day, included; `None` until it is lifted.
    #[serde(with = "stored::day_or_none", default)]
    pub(crate) to: Option<Date>,
}

/// What identity says about somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stand {
    /// 参保关系.
    pub(crate) enrolments: Vec<Enrolment>,
    /// 使用地.
    pub(crate) place_of_use: Option<Pool>,
    /// 死亡日; `None` also while alive.
    #[serde(with = "stored::day_or_none", default)]
    pub(crate) deceased: Option<Date>,
    /// 出生日期; `None` as long as identity does not tell it, and then nothing of what follows is a fact for a rule.
    #[serde(with = "stored::day_or_none", default)]
    pub(crate) born: Option<Date>,
    /// 待遇.
    pub(crate) benefits: Vec<Benefit>,
    /// 暂停联网结算.
    pub(crate) suspensions: Vec<Term>,
    /// 联系方式逾期未确认.
    pub(crate) contact_overdue: bool,
    /// 医保码已激活.
    pub(crate) medical_code_activated: bool,
    /// 亲情账户: who may show this person's code.
    pub(crate) code_shown_by: Vec<PersonId>,
}

impl Term {
    fn holds_on(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|end| day <= end)
    }
}

impl Stand {
    /// The facts that a rule may read.
    pub(crate) fn facts(&self, person: PersonId, day: Date) -> PersonFacts {
        let standing = self.born.map(|born| PersonStanding {
            birth_day: Some(born),
            benefits: Some(self.benefits.clone()),
            settlement_suspended: Some(self.is_suspended(day)),
            contact_overdue: Some(self.contact_overdue),
            medical_code_activated: Some(self.medical_code_activated),
        });
        PersonFacts {
            person,
            deceased: Some(self.has_died(day)),
            enrolments: Some(self.enrolments.clone()),
            place_of_use: self.place_of_use,
            wallet: None,
            standing,
        }
    }

    /// What matters to bonds. Of several enrolments that would do, the one that counted `before` counts on.
    pub(crate) fn situation(&self, day: Date, before: Insured) -> Situation {
        let account = |one: &Enrolment| one.scheme.is_employee() && one.has_personal_account;
        let insured = Insured {
            account: self.seat(day, account, before.account),
            basic: self.seat(day, |one| one.scheme.is_basic(), before.basic),
        };
        let holds = |one: &&Benefit| one.valid_from <= day && one.valid_to.is_none_or(|end| day <= end);
        let benefits: BTreeSet<_> =
            self.benefits.iter().filter(holds).filter_map(|one| words::benefit(one.kind)).collect();
        Situation {
            insured,
            benefits,
            sanctioned: self.is_suspended(day),
            contact_overdue: self.contact_overdue,
            died: self.has_died(day),
        }
    }

    fn seat(&self, day: Date, fits: impl Fn(&Enrolment) -> bool, before: Option<Seat>) -> Option<Seat> {
        // Whoever has left an insurance has none, whatever days stand beside it.
        let holds = |one: &&Enrolment| one.holds_on(day) && one.status != EnrolmentStatus::Terminated;
        let seats = self.enrolments.iter().filter(holds).filter(|one| fits(one));
        let seats = seats.map(|one| Seat { pool: one.pool, normal: one.status == EnrolmentStatus::Normal });
        let kept = |seat: &Seat| before.is_some_and(|before| before.pool == seat.pool);
        // The first of the best: normal ones before others, and among them where the person was.
        seats.min_by_key(|seat| (!seat.normal, !kept(seat)))
    }

    /// The region whose rules bind somebody on a side.
    pub(crate) fn region(&self, side: Side, day: Date) -> Region {
        let insured = self.situation(day, Insured::default()).insured;
        let seat = insured.seat(side).map(|seat| seat.pool);
        let pool = match side {
            Side::Sharer => seat,
            Side::Beneficiary => self.place_of_use.or(seat),
        };
        pool.map_or(Region::Nation, Region::from)
    }

    /// The next day on which the situation may be another one without anybody saying so.
    pub(crate) fn next_day(&self, day: Date) -> Option<Date> {
        let after = |last: Option<Date>| last.and_then(Date::next_day);
        let enrolments = self.enrolments.iter().flat_map(|one| [Some(one.valid_from), after(one.valid_to)]);
        let benefits = self.benefits.iter().flat_map(|one| [Some(one.valid_from), after(one.valid_to)]);
        let terms = self.suspensions.iter().flat_map(|one| [Some(one.from), after(one.to)]);
        let all = enrolments.chain(benefits).chain(terms).chain([self.deceased]);
        all.flatten().filter(|next| *next > day).min()
    }

    /// The person as a member of a family.
    pub(crate) fn member(&self) -> Member {
        Member { born: self.born, sex: None, died: self.deceased }
    }

    /// The pooling areas whose counters serve the person.
    pub(crate) fn pools(&self) -> impl Iterator<Item = Pool> {
        self.enrolments.iter().map(|one| one.pool).chain(self.place_of_use)
    }

    fn has_died(&self, day: Date) -> bool {
        self.deceased.is_some_and(|died| died <= day)
    }

    fn is_suspended(&self, day: Date) -> bool {
        self.suspensions.iter().any(|term| term.holds_on(day))
    }
}

#[cfg(test)]
mod tests {
    use policy::Scheme;
    use time::macros::date;

    use super::*;

    fn enrolled(pool: &str, status: EnrolmentStatus, to: Option<Date>) -> Enrolment {
        let pool = pool.parse().unwrap();
        let (valid_from, valid_to) = (date!(2020 - 07 - 01), to);
        Enrolment { scheme: Scheme::Employee, has_personal_account: true, pool, status, valid_from, valid_to }
    }

    fn seat_of(stand: &Stand, before: Option<&str>) -> Option<(String, bool)> {
        let before = before.map(|pool| Seat { pool: pool.parse().unwrap(), normal: true });
        let insured = Insured { account: before, basic: before };
        let seat = stand.situation(date!(2026 - 01 - 15), insured).insured.account;
        seat.map(|seat| (seat.pool.to_string(), seat.normal))
    }

    #[test]
    fn a_second_enrolment_is_no_move_and_a_suspended_first_one_is() {
        let normal = EnrolmentStatus::Normal;
        let mut stand = Stand {
            enrolments: vec![enrolled("510100", normal, None), enrolled("320100", normal, None)],
            ..Stand::default()
        };
        assert_eq!(seat_of(&stand, Some("320100")), Some(("320100".to_owned(), true)));
        assert_eq!(seat_of(&stand, None), Some(("510100".to_owned(), true)));
        stand.enrolments[1].status = EnrolmentStatus::Suspended;
        assert_eq!(seat_of(&stand, Some("320100")), Some(("510100".to_owned(), true)));
        stand.enrolments[0].status = EnrolmentStatus::Terminated;
        assert_eq!(seat_of(&stand, Some("320100")), Some(("320100".to_owned(), false)));
        stand.enrolments[1].status = EnrolmentStatus::Terminated;
        assert_eq!(seat_of(&stand, Some("320100")), None);
    }

    #[test]
    fn the_next_day_is_the_first_on_which_anything_begins_or_has_ended() {
        let today = date!(2026 - 01 - 15);
        let mut stand = Stand {
            enrolments: vec![enrolled("320100", EnrolmentStatus::Normal, Some(date!(2026 - 03 - 31)))],
            ..Stand::default()
        };
        assert_eq!(stand.next_day(today), Some(date!(2026 - 04 - 01)));
        stand.suspensions.push(Term { from: date!(2026 - 01 - 10), to: Some(date!(2026 - 01 - 20)) });
        assert_eq!(stand.next_day(today), Some(date!(2026 - 01 - 21)));
        stand.deceased = Some(date!(2026 - 01 - 16));
        assert_eq!(stand.next_day(today), Some(date!(2026 - 01 - 16)));
        assert_eq!(stand.next_day(date!(2026 - 04 - 01)), None);
    }
}
