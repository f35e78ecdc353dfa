//! The names of the contract in both languages: `TRANSFER_STATE_PENDING_CLAIM` is 待接收 `PENDING_CLAIM`.

/// Name on the wire without its enum's prefix, the prefix, and the Chinese term.
const TERMS: [(&str, &str, &str); 23] = [
    ("PERSON_STATE_", "ALIVE", "正常"),
    ("ENROLMENT_STATUS_", "NORMAL", "正常参保"),
    ("WALLET_STATE_", "ACTIVE", "正常"),
    ("RELATION_", "PARENT", "父母"),
    ("BOND_STATE_", "PENDING_CONSENT", "待确认"),
    ("BOND_STATE_", "ACTIVE", "生效"),
    ("TRANSFER_STATE_", "ACCEPTED", "已受理"),
    ("TRANSFER_STATE_", "PENDING_CLAIM", "待接收"),
    ("TRANSFER_STATE_", "CLAIMED", "已接收"),
    ("TRANSFER_STATE_", "CLOSING", "处理中"),
    ("TRANSFER_STATE_", "RETURNED", "已退回"),
    ("TRANSFER_STATE_", "REFUSED", "已拒绝"),
    ("RETURN_CAUSE_", "UNCLAIMED", "逾期未接收"),
    ("MONEY_PLACE_", "WALLET_PENDING", "待接收额度"),
    ("MONEY_PLACE_", "WALLET", "可用额度"),
    ("MONEY_PLACE_", "RETURNED", "已退回"),
    ("LOT_STATE_", "PENDING", "待接收"),
    ("LOT_STATE_", "OPEN", "可用"),
    ("LOT_STATE_", "RETURNED", "已退回"),
    ("PAYMENT_STATE_", "PAID", "已支付"),
    ("PAYMENT_STATE_", "PARTLY_REFUNDED", "部分退费"),
    ("LEG_KIND_", "LOT", "共济额度"),
    ("REFUND_DESTINATION_", "LOT", "原共济额度"),
];

/// A name of the contract with its Chinese term; a name that the story never expects stays as it is.
pub(super) fn term(name: &str) -> String {
    TERMS
        .iter()
        .find(|(prefix, short, _)| name.strip_prefix(prefix) == Some(short))
        .map_or_else(|| name.to_owned(), |(_, short, chinese)| format!("{chinese} {short}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_contract_are_told_in_both_languages() {
        assert_eq!(term("TRANSFER_STATE_RETURNED"), "已退回 RETURNED");
        assert_eq!(term("LOT_STATE_PENDING"), "待接收 PENDING");
        assert_eq!(term("WALLET_STATE_FROZEN"), "WALLET_STATE_FROZEN");
    }
}
