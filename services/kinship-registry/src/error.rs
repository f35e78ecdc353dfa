//! How the registry refuses: rules, states and failures as refusals with their words. It decides nothing.

use bond::{BondState, Contradiction, Refusal as LifeRefusal};
use chassis::status::Refusal;
use policy::{Reason, Setting, Side, Verdict};
use time::OffsetDateTime;

/// The names of the sides, as in a refusal.
const SHARER: &str = Side::Sharer.name();
const BENEFICIARY: &str = Side::Beneficiary.name();

/// A rule that failed, in its own words; the others that failed stand beside it.
pub(crate) fn of_verdict<'a>(verdict: &Verdict, others: impl Iterator<Item = &'a Verdict>) -> Refusal {
    let name = verdict.reason.map_or("", Reason::name);
    let mut refusal = Refusal::state(name, &verdict.message_en, &verdict.message_zh)
        .rule(verdict.rule.as_ref())
        .side(verdict.side.name())
        .bound(&verdict.limit, &verdict.actual)
        .policy(&verdict.policy_version, &verdict.source)
        .what_to_do(&verdict.what_to_do_en, &verdict.what_to_do_zh);
    refusal.possible_again = verdict.possible_again;
    others.filter(|other| *other != verdict).fold(refusal, |refusal, other| {
        let reason = other.reason.map_or("", Reason::name);
        refusal.further(reason, other.side.name(), &other.message_en)
    })
}

/// Identity knows nobody with this id.
pub(crate) fn person_unknown(side: Side) -> Refusal {
    let (en, zh) = match side {
        Side::Sharer => ("the sharer", "共济人"),
        Side::Beneficiary | Side::TreatmentPlace => ("the beneficiary", "被共济人"),
    };
    Refusal::not_found(
        "PERSON_UNKNOWN",
        format!("nobody has the id of {en}"),
        format!("没有找到{zh}的登记信息"),
    )
    .side(side.name())
    .what_to_do(
        "check the person's id, or have the person registered; then use a new bond id",
        "请核对人员编号，或先办理登记，之后使用新的关系编号提交",
    )
}

/// No bond has this id.
pub(crate) fn bond_unknown() -> Refusal {
    let texts = Reason::BondUnknown.texts();
    Refusal::not_found("BOND_UNKNOWN", texts.message_en, texts.message_zh)
        .what_to_do(texts.what_to_do_en, texts.what_to_do_zh)
}

/// What the life of a bond forbids.
pub(crate) fn of_life(refusal: LifeRefusal, state: BondState, answer_until: OffsetDateTime) -> Refusal {
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

/// The pair has such a bond already.
pub(crate) fn bound_already(existing: &bond::Bond) -> Refusal {
    Refusal::state(
        "ALREADY_BOUND",
        format!("the two have a bond of this programme already, in state {}", existing.state),
        format!("双方已有同一共济方式的共济关系（{}）", existing.state),
    )
    .rule("R-045")
    .bound("1", existing.id.to_string())
    .what_to_do(
        "use that bond, or end it before proposing another",
        "请使用已有的共济关系，或先解除后再重新申请",
    )
}

/// The rule about how many bonds a person may hold forbids another.
pub(crate) fn cardinality(side: Side, limit: &str, setting: &Setting) -> Refusal {
    Refusal::state(
        "ALREADY_BOUND",
        format!("the rule {limit} allows no further bond of this person"),
        "按当地规定，该人员已有共济关系，不能再建立".to_owned(),
    )
    .rule("R-045")
    .side(side.name())
    .bound(limit, "")
    .policy(&setting.origin.policy_version, &setting.origin.source)
    .what_to_do(
        "end the other bond first, then use a new bond id",
        "请先解除已有的共济关系，之后以新的关系编号提交",
    )
}

/// The sharer has as many members as the rule allows.
pub(crate) fn members(limit: u32, actual: usize, setting: &Setting) -> Refusal {
    Refusal::state(
        "MEMBER_CAP_REACHED",
        format!("with this bond there would be {actual} members; the limit is {limit}"),
        format!("共济人数将达 {actual} 人，超过上限 {limit} 人"),
    )
    .rule("R-046")
    .side(SHARER)
    .bound(limit.to_string(), actual.to_string())
    .policy(&setting.origin.policy_version, &setting.origin.source)
    .what_to_do(
        "end another bond first, then use a new bond id",
        "请先解除其他共济关系，之后以新的关系编号提交",
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
