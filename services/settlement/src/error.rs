//! Every refusal of this service, in words a person can act on.
//!
//! It decides nothing: who refuses says why.

use border::verdict;
use chassis::status::Refusal;
use money::Yuan;
use policy::{Reason, Setting, Verdict};
use saga::{NotNow, ReturnCause};
use standards::{BookId, civil};

use crate::transfer::Transfer;

/// What the rules ask for or allow and this release cannot do.
const NOT_SUPPORTED: &str = "NOT_SUPPORTED_YET";

/// A reason of the rules' vocabulary that no rule found.
pub(crate) fn by_reason(reason: Reason, rule: &str) -> Refusal {
    let texts = reason.texts();
    let plain = |text: &str| text.replace(['{', '}'], "");
    Refusal::new(verdict::code(reason), reason.name(), plain(texts.message_en), plain(texts.message_zh))
        .rule(rule)
        .what_to_do(plain(texts.what_to_do_en), plain(texts.what_to_do_zh))
}

/// What a book said, as the saga keeps it.
pub(crate) fn from_book(stored: &str) -> Refusal {
    serde_json::from_str(stored).unwrap_or_else(|_| {
        Refusal::state("BOOK_DISAGREES", "the book refused it", "账簿未受理")
            .what_to_do("ask the agency", "请联系医保经办机构")
    })
}

/// What the sharer's book said about setting so much aside. The book knows a minimum as what must be left; rules and
/// people know it as what the account must hold, which is as much more as the amount.
pub(crate) fn of_earmark(stored: &str, amount: Yuan) -> Refusal {
    let refusal = from_book(stored);
    let before = |left: &str| left.parse::<Yuan>().ok()?.plus(amount).ok();
    let figures = before(&refusal.limit).zip(before(&refusal.actual));
    let Some((needed, held)) = figures.filter(|_| refusal.reason == "BALANCE_BELOW_MINIMUM") else {
        return refusal;
    };
    let mut refusal = refusal.bound(needed.to_string(), held.to_string()).what_to_do(
        format!("send it under a new transfer id when the account holds {needed} or more"),
        format!("请在个人账户余额不低于{needed}元时，以新的转账编号重新提交"),
    );
    refusal.message_en =
        format!("the personal account must hold at least {needed} for this and holds {held}");
    refusal.message_zh = format!("办理本次转账个人账户余额须不低于{needed}元，现有{held}元");
    refusal
}

/// The rules allow to pass on received quota, and nothing here can.
pub(crate) fn own_wallet_not_supported(rule: Option<&Verdict>) -> Refusal {
    let refusal = Refusal::state(
        NOT_SUPPORTED,
        "the rules in force allow to pass on received quota, but this release cannot do it",
        "现行规则允许转出已接收的额度，本版本暂不支持",
    );
    let refusal = refusal.rule("R-105").side("SHARER").bound("PERSONAL_ACCOUNT", "OWN_WALLET");
    let (version, source) = rule.map(|rule| (&rule.policy_version, &rule.source)).unzip();
    refusal
        .policy(version.map_or("", String::as_str), source.map_or("", String::as_str))
        .what_to_do("send from the personal account", "请改用个人账户余额转账")
}

/// A rule bounds what is shared in a year by the balance at its start, which no book tells.
pub(crate) fn annual_quota_not_supported(ratio: &Setting) -> Refusal {
    Refusal::state(
        NOT_SUPPORTED,
        "a rule limits what is shared in a year to a part of the balance at its start; this release cannot count \
         that for transfers, so none is made there",
        "规则以年初余额的一定比例限定年度共济额度，本版本暂不能核算，故不予办理转账",
    )
    .rule("R-075")
    .side("SHARER")
    .bound(ratio.value.as_ref().map(ToString::to_string).unwrap_or_default(), "")
    .policy(ratio.origin.policy_version.as_str(), ratio.origin.source.as_str())
    .what_to_do("ask the agency where the account is kept", "请咨询个人账户所在地医保经办机构")
}

/// No book of the province can be reached from here.
pub(crate) fn no_book(book: BookId) -> Refusal {
    let mut refusal = Refusal::feed_behind("book");
    refusal.message_en = format!("the book {book} cannot be reached from here");
    refusal.message_zh = format!("账簿{book}暂不可达，请稍后再试");
    refusal
}

/// The book has another history than the one that was followed.
pub(crate) fn book_forked(book: BookId) -> Refusal {
    let mut refusal = Refusal::feed_behind("book");
    refusal.message_en =
        format!("the book {book} was restored to an older state; its operator must decide before it is used");
    refusal.message_zh = format!("账簿{book}已回退至较早状态，待人工核对后恢复，请稍后再试");
    refusal
}

/// The bond is not known.
pub(crate) fn bond_unknown() -> Refusal {
    Refusal::not_found("BOND_UNKNOWN", "there is no such bond", "共济关系不存在").side("SHARER").what_to_do(
        "check the bond's id, or make the bond first; then send a new transfer id",
        "请核对共济关系编号，或先建立共济关系，再以新的转账编号提交",
    )
}

/// The transfer is not known.
pub(crate) fn transfer_unknown() -> Refusal {
    Refusal::not_found("TRANSFER_UNKNOWN", "there is no such transfer", "转账不存在")
        .what_to_do("check the transfer's id", "请核对转账编号")
}

/// The claim came after its end.
pub(crate) fn too_late(transfer: &Transfer) -> Refusal {
    let until = civil::local_text(transfer.pinned.claim_until);
    Refusal::state(
        "TRANSFER_NOT_PENDING",
        format!("the transfer could be claimed until {until}"),
        format!("该转账的接收时间已于{until}截止"),
    )
    .rule("R-103")
    .side("BENEFICIARY")
    .bound(until, "")
    .what_to_do(
        "it goes back to the sharer, who can send a new one in the next window",
        "款项将退回共济人，可在下一转账时段重新转账",
    )
}

/// The transfer's state does not allow what is asked.
pub(crate) fn not_pending(transfer: &Transfer, why: NotNow) -> Refusal {
    let ended = transfer.state.return_cause();
    if matches!(why, NotNow::Closing | NotNow::Returned) && ended == Some(ReturnCause::BondDissolved) {
        return Refusal::state(
            "BOND_NOT_ACTIVE",
            "the bond has ended and the transfer goes back",
            "共济关系已解除，款项退回",
        )
        .rule("R-057")
        .what_to_do("make a new bond if it is still wanted", "如仍需共济，请重新建立共济关系");
    }
    let (en, zh) = match why {
        NotNow::NotYetPending => ("try again with a new request id in a moment", "请稍后以新的请求编号重试"),
        NotNow::ClaimInProgress => {
            ("read the transfer: a claim is being decided", "正在接收，请稍后查询结果")
        }
        NotNow::AlreadyClaimed => ("nothing more is needed", "无需再次操作"),
        NotNow::Closing | NotNow::Returned => {
            ("the sharer can send a new transfer in the window", "共济人可在转账时段重新转账")
        }
        NotNow::Refused => ("see the transfer's refusal", "请查看该转账的拒绝原因"),
        NotNow::UnderReview | NotNow::NotParked => {
            ("a person looks at it; read it later", "人工处理中，请稍后查询")
        }
    };
    Refusal::state("TRANSFER_NOT_PENDING", why.to_string(), "该转账不在待接收状态")
        .rule("R-103")
        .bound("PENDING_CLAIM", transfer.state.view().name())
        .what_to_do(en, zh)
}

/// The institution is not known.
pub(crate) fn institution_unknown() -> Refusal {
    Refusal::not_found("INSTITUTION_UNKNOWN", "there is no such institution", "定点医药机构不存在")
        .what_to_do("check the code", "请核对机构编码")
}

/// The period is not known.
pub(crate) fn period_unknown() -> Refusal {
    Refusal::not_found("PERIOD_UNKNOWN", "nothing was counted in such a period", "清算期不存在").what_to_do(
        "name a month such as 2026-01, or leave it empty for the open one",
        "请填写月份，如 2026-01；留空为当前清算期",
    )
}
