//! How the registry refuses: rules, states and failures as refusals with their words. It decides nothing.

use bond::{
    Bond, BondState, Contradicted, Contradiction, Fact, FactRefused, NoRight, Refusal as LifeRefusal, Side,
};
use chassis::status::Refusal;
use policy::{Reason, Setting};
use time::OffsetDateTime;

/// The names of the sides, as in a refusal.
const SHARER: &str = Side::Sharer.name();
const BENEFICIARY: &str = Side::Beneficiary.name();

/// Whoever answers may not answer for the invitee.
pub(crate) fn no_right(why: NoRight, stated: Option<&Setting>) -> Refusal {
    let (en, zh) = match why {
        NoRight::GuardianNeeded { adult_at } => (
            format!("the beneficiary is younger than {adult_at}: a guardian answers"),
            format!("被共济人未满{adult_at}周岁，须由监护人确认"),
        ),
        // Nobody learns how old somebody else is by calling oneself the guardian.
        NoRight::NotAMinor { .. } | NoRight::AgeNotKnown | NoRight::NotKnownAsGuardian => (
            "nothing recorded tells that this person answers for the beneficiary".to_owned(),
            "没有登记信息表明该人可代被共济人确认".to_owned(),
        ),
        NoRight::GuardianIsMinor => {
            ("whoever answers for a minor is of age".to_owned(), "监护人须为成年人".to_owned())
        }
        NoRight::SharerOwnProposal => (
            "a sharer who is a parent confirms at the counter, or by a recorded guardianship".to_owned(),
            "共济人本人为监护人的，须到窗口办理，或先登记监护关系".to_owned(),
        ),
    };
    let refusal = Refusal::denied("GUARDIAN_REQUIRED", en, zh).rule("R-049").side(BENEFICIARY).what_to_do(
        "have a recorded guardian answer, or go to a counter with the household register; the id stays usable",
        "请由已登记的监护人办理，或持户口簿等材料到窗口办理；编号可以继续使用",
    );
    match stated {
        Some(setting) => refusal.policy(&setting.origin.policy_version, &setting.origin.source),
        None => refusal,
    }
}

/// Identity knows nobody with this id.
pub(crate) fn person_unknown(side: Side) -> Refusal {
    let (en, zh) = match side {
        Side::Sharer => ("the sharer", "共济人"),
        Side::Beneficiary => ("the beneficiary", "被共济人"),
    };
    nobody(&format!("nobody has the id of {en}"), &format!("没有找到{zh}的登记信息")).side(side.name())
}

/// Identity does not know one of the two of a fact.
pub(crate) fn relative_unknown() -> Refusal {
    nobody("nobody has the id of one of the two", "没有找到其中一方的登记信息")
}

fn nobody(en: &str, zh: &str) -> Refusal {
    Refusal::not_found("PERSON_UNKNOWN", en, zh).what_to_do(
        "check the person's id, or have the person registered; then use a new id",
        "请核对人员编号，或先办理登记，之后使用新的编号提交",
    )
}

/// No bond has this id.
pub(crate) fn bond_unknown() -> Refusal {
    let texts = Reason::BondUnknown.texts();
    Refusal::not_found("BOND_UNKNOWN", texts.message_en, texts.message_zh)
        .what_to_do(texts.what_to_do_en, texts.what_to_do_zh)
}

/// What the life of a bond forbids while it is made or answered.
pub(crate) fn of_answer(refusal: LifeRefusal, state: BondState, answer_until: OffsetDateTime) -> Refusal {
    match refusal {
        LifeRefusal::InvitationExpired => expired(answer_until),
        LifeRefusal::Ended(BondState::Expired) => expired(answer_until),
        LifeRefusal::SelfBond => of_texts(Reason::SelfBond),
        LifeRefusal::RelationExcluded(_) => of_texts(Reason::InLawExcluded).rule("R-042"),
        LifeRefusal::OperatorMissing
        | LifeRefusal::CounterOnly
        | LifeRefusal::NotBothPresent
        | LifeRefusal::FormMissing
        | LifeRefusal::NotForThisProgramme(_)
        | LifeRefusal::InvitationOpen
        | LifeRefusal::NotPending
        | LifeRefusal::NotActive
        | LifeRefusal::SharingAmount
        | LifeRefusal::Ended(_) => Refusal::state(
            "BOND_NOT_PENDING",
            format!("the bond does not wait for an answer; its state is {state}"),
            format!("该共济关系不在待确认状态（{state}）"),
        )
        .bound(BondState::PendingConsent.name(), state.name())
        .what_to_do("look at the bond's present state", "请查询共济关系的当前状态"),
    }
}

/// What the life of a bond forbids once it was made.
pub(crate) fn of_change(refusal: LifeRefusal, bond: &Bond) -> Refusal {
    match refusal {
        LifeRefusal::NotForThisProgramme(programme) => Refusal::state(
            Reason::NotForThisProgramme.name(),
            format!("bonds of the programme {programme} have no sharing amount: each transfer says how much"),
            "医保钱包的共济额度由每笔转账确定，不在关系中设置",
        )
        .rule("R-056")
        .what_to_do("transfer the amount that is to be shared", "请通过转账设定共济额度"),
        _ => not_active(bond),
    }
}

/// Only a bond that was made and has not ended can be used like this.
pub(crate) fn not_active(bond: &Bond) -> Refusal {
    let state = bond.state;
    let (en, zh) = if state == BondState::PendingConsent {
        ("withdraw or reject the invitation instead", "请撤回或拒绝该邀请")
    } else {
        ("a bond that has ended stays so; make a new one", "已终止的共济关系不能恢复，请重新申请")
    };
    Refusal::state(
        "BOND_NOT_ACTIVE",
        format!("the bond is not in force; its state is {state}"),
        format!("该共济关系未生效（{state}）"),
    )
    .bound(BondState::Active.name(), state.name())
    .what_to_do(en, zh)
}

/// No rule in force says how an invitation is made.
pub(crate) fn no_rule() -> Refusal {
    of_texts(Reason::NotForThisProgramme).rule("R-049").side(SHARER)
}

fn of_texts(reason: Reason) -> Refusal {
    let texts = reason.texts();
    Refusal::state(reason.name(), texts.message_en, texts.message_zh)
        .what_to_do(texts.what_to_do_en, texts.what_to_do_zh)
}

fn expired(answer_until: OffsetDateTime) -> Refusal {
    let limit = standards::civil::local_text(answer_until);
    of_texts(Reason::InvitationExpired).side(BENEFICIARY).bound(limit, "")
}

/// The sharer's commitment is missing.
pub(crate) fn commitment_missing() -> Refusal {
    of_texts(Reason::CommitmentMissing).rule("R-053").side(SHARER)
}

/// Another bond of the two says something else about them.
pub(crate) fn contradicted(found: Contradiction) -> Refusal {
    let Contradiction { declared, standing } = found;
    Refusal::state(
        "RELATION_CONTRADICTED",
        format!("the relation is declared as {declared}, but another bond of the two says {standing}"),
        format!("所填亲属关系（{declared}）与双方已有共济关系（{standing}）矛盾"),
    )
    .rule("R-054")
    .bound(standing.name(), declared.name())
    .what_to_do(
        "correct the relation and use a new bond id; if the other bond is wrong, end it first",
        "请核对亲属关系后，以新的关系编号重新提交；如已有关系填写有误，请先解除",
    )
}

/// The family record makes the two something else to each other, or nothing.
pub(crate) fn against_the_record(found: &Contradicted) -> Refusal {
    let facts: Vec<String> = found.facts.iter().map(ToString::to_string).collect();
    Refusal::state(
        "RELATION_CONTRADICTED",
        format!("the relation is declared as {}, but {}", found.declared, found.why),
        format!("所填亲属关系（{}）与登记信息不符：{}", found.declared, found.why.zh()),
    )
    .rule("R-054")
    .bound(facts.join(","), found.declared.name())
    .what_to_do(
        "correct the relation and use a new bond id; if the record is wrong, have it corrected at a counter",
        "请核对亲属关系后，以新的关系编号重新提交；如登记信息有误，请到窗口更正",
    )
}

/// The record says otherwise, in a way that only the other one may know.
pub(crate) fn recorded_otherwise(found: &Contradicted) -> Refusal {
    Refusal::state(
        "RELATION_CONTRADICTED",
        format!("the relation is declared as {}, but the record says otherwise", found.declared),
        format!("所填亲属关系（{}）与登记信息不符", found.declared),
    )
    .rule("R-054")
    .bound("", found.declared.name())
    .what_to_do("ask the sharer to look into it", "请共济人核对登记信息")
}

/// By the record the one is a parent of the other one's spouse.
pub(crate) fn recorded_in_law(found: &Contradicted) -> Refusal {
    let facts: Vec<String> = found.facts.iter().map(ToString::to_string).collect();
    of_texts(Reason::InLawExcluded).rule("R-042").side(SHARER).bound(facts.join(","), found.declared.name())
}

/// A fact cannot be true beside those that are recorded.
pub(crate) fn fact_refused(why: FactRefused, fact: &Fact) -> Refusal {
    let zh = match why {
        FactRefused::OnePerson => "亲属事实须涉及两个人".to_owned(),
        FactRefused::InTheFuture => "生效日不能晚于当日".to_owned(),
        FactRefused::AuthorityMissing => "请填写认定机关".to_owned(),
        FactRefused::TooClose { years: 0 } => "父母的出生日期须早于子女".to_owned(),
        FactRefused::TooClose { years } => format!("父母与子女年龄差不足{years}岁"),
        FactRefused::OwnAncestor => "该事实将使某人成为自己的长辈".to_owned(),
        FactRefused::RecordedAs(relation) => format!("双方已登记为 {relation}"),
    };
    Refusal::state("RELATION_CONTRADICTED", why.to_string(), zh).rule("R-054").bound("", fact.kind.name()).what_to_do(
        "compare with the documents; if an earlier record is wrong, revoke its proof first, then use a new fact id",
        "请核对材料；如原登记有误，请先登记证明撤销，再以新的事实编号提交",
    )
}

/// All that anybody but the invitee is told about a fact of the invitee.
pub(crate) fn invitee_not_eligible() -> Refusal {
    of_texts(Reason::InviteeNotEligible).rule("R-021").side(BENEFICIARY)
}

/// Identity is away, or what it said no longer holds: nothing was decided.
pub(crate) fn identity_away() -> Refusal {
    Refusal::feed_behind("identity")
}
