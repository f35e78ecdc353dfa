//! The founding story's family, and short ways to say an instant, a pool or an expected verdict. No test here.

use money::Yuan;
use policy::{
    BondFacts, BondStage, BondStanding, Decision, Enrolment, EnrolmentStatus, PersonFacts, Programme, Reason,
    Relation, Rules, Ruling, Scheme, TransferFacts, Verdict, WalletState,
};
use standards::{PersonId, Pool, civil};
use time::{Date, OffsetDateTime, Time};

pub(crate) const SHARER: &str = "0198f000-0000-7000-8000-000000000001";
pub(crate) const MOTHER: &str = "0198f000-0000-7000-8000-000000000002";

pub(crate) fn day(text: &str) -> Date {
    civil::parse_day(text).unwrap()
}

/// `at("2026-01-15 21:59:59.999999")`, in civil time.
pub(crate) fn at(text: &str) -> OffsetDateTime {
    let (date, clock) = text.split_once(' ').unwrap();
    let format = time::macros::format_description!(
        version = 2,
        "[hour]:[minute][optional [:[second][optional [.[subsecond]]]]]"
    );
    civil::instant(day(date), Time::parse(clock, format).unwrap())
}

pub(crate) fn pool(text: &str) -> Pool {
    text.parse().unwrap()
}

pub(crate) fn yuan(text: &str) -> Yuan {
    text.parse().unwrap()
}

pub(crate) fn enrolment(scheme: Scheme, at: &str) -> Enrolment {
    Enrolment {
        scheme,
        has_personal_account: scheme.is_employee(),
        pool: pool(at),
        status: EnrolmentStatus::Normal,
        valid_from: day("2020-01-01"),
        valid_to: None,
    }
}

fn person(id: &str, scheme: Scheme, at: &str) -> PersonFacts {
    PersonFacts {
        person: PersonId::parse(id).unwrap(),
        deceased: Some(false),
        enrolments: Some(vec![enrolment(scheme, at)]),
        place_of_use: Some(pool(at)),
        wallet: Some(WalletState::Active),
    }
}

/// Employed in 南京.
pub(crate) fn sharer() -> PersonFacts {
    person(SHARER, Scheme::Employee, "320100")
}

/// Insured as a resident in 成都.
pub(crate) fn mother() -> PersonFacts {
    person(MOTHER, Scheme::Resident, "510100")
}

pub(crate) fn bond(stage: BondStage) -> BondFacts {
    BondFacts {
        programme: Programme::Wallet,
        stage,
        relation: Relation::Parent,
        commitment: true,
        sharer: sharer(),
        beneficiary: mother(),
    }
}

pub(crate) fn transfer() -> TransferFacts {
    TransferFacts {
        programme: Programme::Wallet,
        bond: Some(BondStanding { active: true, programme: Programme::Wallet }),
        amount: yuan("1200.00"),
        sharer: sharer(),
        beneficiary: mother(),
        sent_today: Some(0),
        unclaimed: Some(0),
    }
}

pub(crate) fn rules() -> Rules {
    Rules::built_in()
}

/// The verdict by which a decision refuses.
pub(crate) fn refused(decision: &Decision) -> &Verdict {
    match decision.ruling() {
        Ruling::Refused(verdict) => verdict,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

pub(crate) fn reason(decision: &Decision) -> Option<Reason> {
    decision.refusing().next().and_then(|verdict| verdict.reason)
}

pub(crate) fn by_parameter<'a>(decision: &'a Decision, parameter: &str) -> &'a Verdict {
    decision.verdicts.iter().find(|verdict| verdict.parameter == parameter).unwrap()
}
