//! What a person is shown before agreeing: the operation in words, both languages. Closed: whoever asks for an
//! agreement to something that is not in this list gets none.

use chassis::stepup::{Operation, READ};
use standards::civil;
use time::Date;

/// The RPCs that need an agreement, with what they are to a person.
const KINDS: &[(&str, &str, &str)] = &[
    (READ, "查询本人信息(30分钟)", "read your own data for 30 minutes"),
    ("SetPassword", "设置医保码密码", "set your medical code password"),
    ("IssueMedicalCode", "展示医保码", "show a medical code"),
    ("ActivateMedicalCode", "激活医保码", "activate your medical code"),
    ("UpdateContact", "变更联系方式", "change your contact data"),
    ("ConfirmContact", "确认联系方式", "confirm your contact data"),
    ("FileRemoteCare", "异地就医备案", "file care in another area"),
    ("WithdrawRemoteCare", "撤销异地就医备案", "withdraw a filing of care in another area"),
    ("SetPurchaseSwitch", "设置省外购药开关", "set the switch for purchases in other provinces"),
    ("LinkCodeProxy", "绑定亲情账户", "let somebody show a medical code"),
    ("UnlinkCodeProxy", "解绑亲情账户", "no longer let somebody show a medical code"),
    ("ProposeBond", "申请家庭共济", "propose to share your account with family"),
    ("AcceptBond", "确认家庭共济", "accept sharing"),
    ("RejectBond", "拒绝家庭共济", "reject sharing"),
    ("WithdrawBond", "撤回家庭共济申请", "withdraw a proposal of sharing"),
    ("RegisterBondAtCounter", "窗口登记家庭共济", "register sharing at the counter"),
    ("SetSharing", "设置共济额度", "set how much is shared"),
    ("DissolveBond", "解除家庭共济", "end sharing"),
    ("OpenWallet", "开通医保钱包", "open a medical insurance wallet"),
    ("ActivateWallet", "激活医保钱包", "activate a medical insurance wallet"),
    ("SetAutoClaim", "设置自动接收", "set automatic claiming"),
    ("ChangePlaceOfUse", "变更使用地", "change the place of use"),
    ("FreezeWallet", "冻结医保钱包", "freeze a medical insurance wallet"),
    ("CloseWallet", "注销医保钱包", "close a medical insurance wallet"),
    ("CreateTransfer", "医保钱包转账", "send a wallet transfer"),
    ("CancelTransfer", "撤回转账", "cancel a transfer"),
    ("ClaimTransfer", "接收转账", "claim a transfer"),
    ("DeclineTransfer", "拒收转账", "decline a transfer"),
    ("Pay", "医保结算", "pay by medical insurance"),
    ("PayPremium", "代缴保费", "pay a premium"),
];

/// Whether an agreement to this RPC can be asked for.
pub fn is_known(kind: &str) -> bool {
    KINDS.iter().any(|(known, ..)| *known == kind)
}

/// The operation in Chinese and in English; `counterparty` is the masked name of the other person, if known.
pub fn text(operation: &Operation, day: Date, counterparty: Option<&str>) -> (String, String) {
    let known = KINDS.iter().find(|(known, ..)| *known == operation.kind);
    let (mut zh, mut en) = known.map_or_else(
        || (operation.kind.clone(), operation.kind.clone()),
        |(_, zh, en)| ((*zh).to_owned(), (*en).to_owned()),
    );
    if let Some(amount) = &operation.amount {
        zh.push_str(&format!(",金额 {amount} 元"));
        en.push_str(&format!(", amount {amount} yuan"));
    }
    if let Some(other) = operation.counterparty {
        let other = counterparty.map_or_else(|| other.to_string(), str::to_owned);
        zh.push_str(&format!(",对方 {other}"));
        en.push_str(&format!(", other person {other}"));
    }
    if let Some(place) = &operation.place {
        zh.push_str(&format!(",地点 {place}"));
        en.push_str(&format!(", place {place}"));
    }
    let day = civil::day_text(day);
    (format!("{zh},日期 {day}"), format!("{en}, on {day}"))
}

#[cfg(test)]
mod tests {
    use time::macros::date;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn r_033_a_person_is_shown_amount_and_payee() {
        let operation = Operation::of("CreateTransfer", Uuid::from_u128(1), Uuid::from_u128(2))
            .with(Uuid::from_u128(3))
            .about("1200.50");
        let (zh, en) = text(&operation, date!(2026 - 01 - 15), Some("张*芳"));
        assert_eq!(zh, "医保钱包转账,金额 1200.50 元,对方 张*芳,日期 2026-01-15");
        assert_eq!(en, "send a wallet transfer, amount 1200.50 yuan, other person 张*芳, on 2026-01-15");
    }

    #[test]
    fn every_kind_stands_once() {
        for (at, (kind, zh, en)) in KINDS.iter().enumerate() {
            assert!(KINDS[at + 1..].iter().all(|(other, ..)| other != kind), "{kind}");
            assert!(!zh.is_ascii() && en.is_ascii() && is_known(kind), "{kind}");
        }
        assert!(!is_known("Apply"));
    }
}
