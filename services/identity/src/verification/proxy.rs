//! 展示医保码: who may show whose code, and what stands in the way. Everybody shows the own one, and a relative's that is
//! linked (亲情账户, R-031, R-122), for as long as neither has died or is suspended.

use chassis::status::Refusal;
use policy::{CodeProxyFacts, Reason, Rules, Side, Verdict, decide_code_proxy};
use standards::civil;
use time::OffsetDateTime;

use crate::person::Standing;

/// The rules of a link that go on to be asked once it is there: its number and the agreement were judged then.
const LASTING: [&str; 3] = ["R-064", "R-066", "R-151"];

/// Whether somebody may show a person's code now, both as they are known today.
///
/// # Errors
/// NOT_OWN_CREDENTIAL, DECEASED, SETTLEMENT_SUSPENDED, MEDICAL_CODE_NOT_ACTIVATED.
pub fn may_show(
    shower: &Standing,
    owner: &Standing,
    rules: &Rules,
    now: OffsetDateTime,
) -> Result<(), Refusal> {
    let own = shower.person == owner.person;
    let linked = owner.code_proxies.iter().any(|link| link.shower == shower.person && !link.unlinked);
    if !own && !linked {
        return Err(not_own());
    }
    let day = civil::day(now);
    let facts = CodeProxyFacts {
        shower: shower.facts(day),
        owner: owner.facts(day),
        linked: Some(0),
        documents: true,
        face: true,
    };
    let decision = decide_code_proxy(&facts, rules, now);
    if let Some(verdict) = decision.refusing().find(|verdict| LASTING.contains(&verdict.rule.as_ref())) {
        return Err(standing(verdict, own));
    }
    //
    if owner.code_active { Ok(()) } else { Err(not_activated()) }
}

/// The code of somebody who is not a linked relative, or whom nobody knows.
pub fn not_own() -> Refusal {
    Refusal::denied("NOT_OWN_CREDENTIAL", "this person may not show that code", "不能展示该人员的医保码")
        .rule("R-122")
        .what_to_do(
            "show the own code; to show a relative's code, link it as a code proxy first",
            "请展示本人医保码;如需展示家人医保码,请先绑定亲情账户",
        )
}

/// What one of the two may not, in the words of those who show codes: nobody shares money here.
fn standing(verdict: &Verdict, own: bool) -> Refusal {
    let (en, zh) = match verdict.side {
        Side::Sharer if !own => ("whoever shows the code", "展码人"),
        _ => ("the owner of the code", "医保码所有人"),
    };
    let refusal = match verdict.reason {
        Some(Reason::Deceased) => {
            let (en, zh) = (format!("{en} is recorded as deceased"), format!("{zh}已登记死亡"));
            Refusal::state(Reason::Deceased.name(), en, zh)
        }
        Some(Reason::SettlementSuspended) => {
            let en = format!("networked settlement of {en} is suspended");
            Refusal::state(Reason::SettlementSuspended.name(), en, format!("{zh}已被暂停医疗费用联网结算"))
        }
        _ => return Refusal::feed_behind("identity"),
    };
    refusal
        .rule(verdict.rule.as_ref())
        .bound(&verdict.limit, &verdict.actual)
        .policy(&verdict.policy_version, &verdict.source)
        .what_to_do(&verdict.what_to_do_en, &verdict.what_to_do_zh)
}

fn not_activated() -> Refusal {
    let texts = Reason::MedicalCodeNotActivated.texts();
    Refusal::state(
        Reason::MedicalCodeNotActivated.name(),
        "the medical code is not activated",
        "该医保码尚未激活",
    )
    .rule("R-030")
    .what_to_do(texts.what_to_do_en, texts.what_to_do_zh)
}

#[cfg(test)]
mod tests {
    use standards::{CodeProxyId, PersonId, SanctionId};
    use time::macros::{date, datetime};
    use uuid::Uuid;

    use super::*;
    use crate::person::{CodeProxy, Sanction};

    const NOW: OffsetDateTime = datetime!(2026-01-15 09:00 +8);

    fn somebody(number: u128) -> Standing {
        let person = PersonId::new(Uuid::from_u128(number));
        Standing { code_active: true, ..Standing::newborn(person, date!(1957 - 05 - 06)) }
    }

    /// An owner whose code the shower has linked.
    fn linked(shower: &Standing) -> Standing {
        let id = CodeProxyId::new(Uuid::from_u128(9));
        let mut owner = somebody(2);
        owner.code_proxies.push(CodeProxy { id, shower: shower.person, unlinked: false });
        owner
    }

    fn suspended(mut standing: Standing, lifted: bool) -> Standing {
        standing.sanctions.push(Sanction {
            id: SanctionId::new(Uuid::from_u128(8)),
            case_reference: "CASE-1".to_owned(),
            from: date!(2026 - 01 - 15),
            to: None,
            imposed_by: "agency:32".to_owned(),
            lifted,
            lifted_by: None,
        });
        standing
    }

    fn said(shower: &Standing, owner: &Standing) -> Option<(String, String)> {
        let refusal = may_show(shower, owner, &Rules::built_in(), NOW).err()?;
        assert!(!refusal.what_to_do_en.is_empty() && !refusal.what_to_do_zh.is_empty());
        assert!(!refusal.message_zh.contains("共济"), "{}", refusal.message_zh);
        Some((refusal.reason.clone(), refusal.rule.clone()))
    }

    fn because(reason: &str, rule: &str) -> Option<(String, String)> {
        Some((reason.to_owned(), rule.to_owned()))
    }

    #[test]
    fn r_122_the_own_code_and_a_linked_relatives_are_shown_and_no_other() {
        let (shower, stranger) = (somebody(1), somebody(3));
        let mut owner = linked(&shower);
        assert_eq!((said(&owner, &owner), said(&shower, &owner)), (None, None));
        assert_eq!(said(&stranger, &owner), because("NOT_OWN_CREDENTIAL", "R-122"));
        assert_eq!(said(&owner, &shower), because("NOT_OWN_CREDENTIAL", "R-122"), "a link has a direction");
        owner.code_proxies[0].unlinked = true;
        assert_eq!(said(&shower, &owner), because("NOT_OWN_CREDENTIAL", "R-122"));
    }

    #[test]
    fn r_151_whoever_is_suspended_shows_no_code_and_none_of_theirs_is_shown() {
        let shower = somebody(1);
        let owner = linked(&shower);
        let because = because("SETTLEMENT_SUSPENDED", "R-151");
        assert_eq!(said(&suspended(shower.clone(), false), &owner), because);
        assert_eq!(said(&shower, &suspended(owner.clone(), false)), because);
        let own = suspended(owner.clone(), false);
        assert_eq!(said(&own, &own), because);
        assert_eq!(said(&suspended(shower, true), &suspended(owner, true)), None);
    }

    #[test]
    fn r_064_r_030_nobody_shows_a_code_of_the_dead_or_one_that_is_not_activated() {
        let shower = somebody(1);
        let owner = linked(&shower);
        let dead = |one: &Standing| Standing { deceased_on: Some(date!(2026 - 01 - 10)), ..one.clone() };
        assert_eq!(said(&dead(&shower), &owner), because("DECEASED", "R-064"));
        assert_eq!(said(&shower, &dead(&owner)), because("DECEASED", "R-066"));
        assert_eq!(said(&dead(&owner), &dead(&owner)).map(|(reason, _)| reason), Some("DECEASED".to_owned()));
        let inactive = |one: &Standing| Standing { code_active: false, ..one.clone() };
        assert_eq!(said(&shower, &inactive(&owner)), because("MEDICAL_CODE_NOT_ACTIVATED", "R-030"));
        assert_eq!(said(&inactive(&shower), &owner), None, "it is the owner's code");
    }
}
