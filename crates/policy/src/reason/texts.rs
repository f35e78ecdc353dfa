//! Every reason with its texts. The table is the only place where they stand.
//!
//! Reasons that other crates judge (balances, states of a transfer) are here too, so that one table has all the
//! words; this crate never returns those.

use serde::{Deserialize, Serialize};

use crate::reason::Texts;

macro_rules! reasons {
    ($($variant:ident $name:literal: $zh:literal, $do_zh:literal, $en:literal, $do_en:literal;)*) => {
        /// Why something is refused. The name is the one on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Reason {
            $(#[doc = $en] #[serde(rename = $name)] $variant,)*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The reason with this name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.name() == name)
            }

            /// What to say about it, before values are filled in.
            pub const fn texts(self) -> Texts {
                match self {
                    $(Self::$variant => Texts {
                        message_zh: $zh, what_to_do_zh: $do_zh, message_en: $en, what_to_do_en: $do_en,
                    },)*
                }
            }
        }

        impl std::fmt::Display for Reason {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

reasons! {
    // Judged here.
    SelfBond "SELF_BOND":
        "不能与本人建立共济关系。", "请填写近亲属的信息。",
        "A person cannot be bound to himself or herself.", "Name a close relative instead.";
    RelationNotInScope "RELATION_NOT_IN_SCOPE":
        "该亲属关系({actual})不在共济范围内。", "共济范围以当地现行政策为准,请核对所选关系,或咨询参保地医保经办机构。",
        "The relation {actual} is outside the scope of sharing.",
        "Check the relation you chose, or ask the agency where you are insured which relatives may take part.";
    InLawExcluded "IN_LAW_EXCLUDED":
        "配偶的父母不属于共济范围内的近亲属。", "可由配偶本人(其子女)作为共济人,为父母建立共济关系。",
        "A spouse's parents are not among the relatives who may share.",
        "Their own child, your spouse, can make a bond with them if insured as an employee.";
    CommitmentMissing "COMMITMENT_MISSING":
        "尚未同意共济承诺书。", "请阅读并同意承诺书后,以新的关系编号重新提交。",
        "The commitment has not been accepted.", "Read and accept the commitment, then propose again with a new bond id.";
    Deceased "DECEASED":
        "{who}已登记死亡,不能再办理。", "如登记有误,请到参保地医保经办机构更正。",
        "{who} is recorded as deceased.", "If that is wrong, have it corrected by the agency at the place of insurance.";
    SharerNotEmployeeInsured "SHARER_NOT_EMPLOYEE_INSURED":
        "共济人没有带个人账户的职工医保(查得:{actual})。", "只有职工医保参保人可以共济个人账户,请核对参保信息。",
        "The sharer has no employee insurance with a personal account (found: {actual}).",
        "Only employee insurance has an account to share; check the enrolment with the agency at the place of insurance.";
    BeneficiaryNotInsured "BENEFICIARY_NOT_INSURED":
        "被共济人没有参加基本医疗保险。", "请先参加职工医保或城乡居民医保,再重新办理。",
        "The beneficiary is not enrolled in basic medical insurance.",
        "Enrol in employee or resident insurance first, then try again with a new id.";
    EnrolmentNotNormal "ENROLMENT_NOT_NORMAL":
        "{who}的参保状态不正常({actual})。", "请到参保地恢复正常参保状态(如补缴欠费)后,以新的编号重新提交。",
        "The enrolment of {who} is not in a normal state ({actual}).",
        "Have the enrolment restored at the place of insurance, for example by paying arrears; then send a new request with a new id.";
    RegionNotOpen "REGION_NOT_OPEN":
        "{who}所在统筹区({actual})尚未开通该功能。", "请关注当地医保部门的开通公告,开通后以新的编号重新提交。",
        "The programme is not open in the pooling area of {who} ({actual}).",
        "Watch the announcements of the local authority and send a new request with a new id once it is open.";
    OutOfTerritory "OUT_OF_TERRITORY":
        "双方参保地({actual})超出了政策允许的地域范围({limit})。", "请改用允许跨区域的共济方式(如医保钱包),或咨询参保地医保经办机构。",
        "The two are insured too far apart ({actual}) for the territory that the rule allows ({limit}).",
        "Use a programme that reaches further, such as the wallet, or ask the agency at the place of insurance.";
    InviteeNotEligible "INVITEE_NOT_ELIGIBLE":
        "受邀人目前不符合建立共济关系的条件。", "具体原因只告知受邀人本人,请与其联系。",
        "The invited person cannot take part at present.", "The cause is told to that person only; please ask them.";
    BondNotActive "BOND_NOT_ACTIVE":
        "共济关系未生效或已解除。", "请先建立共济关系并由对方确认,再以新的编号提交。",
        "The bond is not in force.", "Make the bond and have it accepted first, then use a new id.";
    NotForThisProgramme "NOT_FOR_THIS_PROGRAMME":
        "该共济方式在此地此时没有适用的规则,或与共济关系的类型不符。", "请核对共济方式和日期,或为该方式另建共济关系。",
        "The programme has no rule for this here and now, or the bond was made for another programme.",
        "Check programme and date, or make a bond for this programme.";
    WalletNotOpen "WALLET_NOT_OPEN":
        "{who}尚未开通医保钱包。", "双方都开通医保钱包后,请以新的转账编号重新提交。",
        "The wallet of {who} is not open.", "Both need an open wallet; open it, then send a new transfer with a new transfer id.";
    WalletFrozen "WALLET_FROZEN":
        "{who}的医保钱包已被冻结。", "请联系使用地医保经办机构解除冻结,之后以新的编号提交。",
        "The wallet of {who} is frozen.", "Ask the agency at the place of use to lift the freeze, then use a new id.";
    WalletPendingActivation "WALLET_PENDING_ACTIVATION":
        "{who}的医保钱包由他人代开通,尚待激活。", "请先由本人或经办机构激活,之后以新的编号提交。",
        "The wallet of {who} was opened by a proxy and waits for activation.", "Activate it first, then use a new id.";
    FieldInvalid "FIELD_INVALID":
        "填写的内容无效({actual})。", "请按提示修改后重新提交,编号可以不变。",
        "The value {actual} is not valid here.", "Mend the field and send the request again; the id may stay.";
    OutsideTransferWindow "OUTSIDE_TRANSFER_WINDOW":
        "现在({actual})不在转账时间内,转账时间为 {limit}。", "{again} 起可以转账,届时请使用新的转账编号。",
        "Transfers are accepted {limit}; it is {actual} now (China Standard Time).",
        "Send a new transfer with a new transfer id from {again} on.";
    OverSingleTransferLimit "OVER_SINGLE_TRANSFER_LIMIT":
        "转账金额 {actual} 元超过单笔上限 {limit} 元。", "请把金额减到上限以内,以新的转账编号重新提交。",
        "The amount {actual} is above the limit of {limit} for one transfer.",
        "Send a smaller amount with a new transfer id.";
    DailyTransferCount "DAILY_TRANSFER_COUNT":
        "今天已转账 {actual} 笔,达到单日上限 {limit} 笔。", "{again} 起可以再次转账,届时请使用新的转账编号。",
        "{actual} transfers were already made today; the limit is {limit} a day.",
        "Send a new transfer with a new transfer id from {again} on.";
    PendingTransferExists "PENDING_TRANSFER_EXISTS":
        "对方还有未接收的转账,暂不能再次转账。", "请对方先接收;如未接收,最迟 {again} 退回后可使用新的转账编号重新提交。",
        "An earlier transfer to the same person has not been claimed yet.",
        "Ask them to claim it; unclaimed it goes back, and from {again} on a new transfer with a new transfer id is possible.";
    PlaceOfUseNotAllowed "PLACE_OF_USE_NOT_ALLOWED":
        "所选使用地({actual})不在允许的范围内({limit})。", "请选择本人参保省份内的统筹区作为使用地。",
        "The place of use {actual} is outside what the rule allows ({limit}).",
        "Choose a pooling area in a province where the person is insured.";
    FeedBehind "FEED_BEHIND":
        "暂时无法确认所需信息,尚未作出决定。", "请稍后用同一编号重试。",
        "A fact that the decision needs is not known at the moment; nothing was decided.",
        "Send the same request again a little later.";
    // Judged by the registry.
    InvitationExpired "INVITATION_EXPIRED":
        "邀请已过期。", "请共济人重新发起邀请。",
        "The invitation has expired.", "Ask the sharer to propose the bond again.";
    // Judged by the book.
    BalanceZero "BALANCE_ZERO":
        "共济人个人账户余额为零。", "个人账户入账后,请以新的转账编号重新提交。",
        "The sharer's personal account is empty.", "After the next contribution send a new transfer with a new transfer id.";
    InsufficientBalance "INSUFFICIENT_BALANCE":
        "可用余额 {actual} 元,少于所需的 {limit} 元。", "请减少金额,以新的编号重新提交。",
        "{actual} is available, less than the {limit} needed.", "Use a smaller amount with a new id.";
    WalletAlreadyOpen "WALLET_ALREADY_OPEN":
        "该参保人已开通医保钱包。", "每人只有一个医保钱包,请使用已开通的钱包。",
        "The person already has a wallet.", "Everybody has one wallet only; use the one that is open.";
    WalletUnknown "WALLET_UNKNOWN":
        "没有找到该医保钱包。", "请核对使用地,或先开通医保钱包。",
        "There is no such wallet here.", "Check the place of use, or open a wallet first.";
    WrongBook "WRONG_BOOK":
        "该参保人的医保钱包不在本地,使用地为 {actual}。", "请向使用地的服务提交。",
        "This person's wallet is kept elsewhere: {actual}.", "Send the request to the service of that place of use.";
    RefundExceedsPayment "REFUND_EXCEEDS_PAYMENT":
        "退费金额 {actual} 元超过可退的 {limit} 元。", "请核对原结算单和已退金额。",
        "The refund of {actual} is above the {limit} that can still be refunded.", "Compare it with the payment and earlier refunds.";
    AmountsDoNotAddUp "AMOUNTS_DO_NOT_ADD_UP":
        "各项金额之和({actual})与总额({limit})不符。", "请核对费用构成后,以新的编号重新提交。",
        "The parts add up to {actual}, the total is {limit}.", "Correct the split and use a new id.";
    InstitutionUnknown "INSTITUTION_UNKNOWN":
        "没有找到该定点医药机构。", "请核对机构编码。",
        "There is no such institution.", "Check the institution code.";
    InstitutionNotDesignated "INSTITUTION_NOT_DESIGNATED":
        "该机构当日不是定点医药机构。", "请到定点医疗机构或定点零售药店使用。",
        "The institution was not designated on that day.", "Use a designated hospital or pharmacy.";
    NoWalletSupport "NO_WALLET_SUPPORT":
        "该机构暂不支持医保钱包。", "请在机构目录中选择支持医保钱包的机构。",
        "The institution does not take the wallet yet.", "Choose one from the directory that does.";
    PaymentUnknown "PAYMENT_UNKNOWN":
        "没有找到该笔结算。", "请核对结算编号和机构。",
        "There is no such payment.", "Check the payment id and the institution.";
    UndoneBefore "UNDONE_BEFORE":
        "该编号已被撤销,不能再使用。", "如仍需办理,请使用新的编号。",
        "This id was already undone.", "If it is still wanted, use a new id.";
    // Judged by settlement.
    BondUnknown "BOND_UNKNOWN":
        "没有找到该共济关系。", "请核对关系编号,或先建立共济关系。",
        "There is no such bond.", "Check the bond id, or make a bond first.";
    TransferUnknown "TRANSFER_UNKNOWN":
        "没有找到该笔转账。", "请核对转账编号。",
        "There is no such transfer.", "Check the transfer id.";
    TransferNotPending "TRANSFER_NOT_PENDING":
        "该笔转账不在待接收状态({actual})。", "请查询转账的当前状态。",
        "The transfer does not wait to be claimed ({actual}).", "Look at its present state.";
    TransferNotRecallable "TRANSFER_NOT_RECALLABLE":
        "转账成功后不能撤回。", "对方可以拒收;未接收的,次日 06:00 前自动退回。",
        "A transfer cannot be taken back once it is made.",
        "The beneficiary may decline it; unclaimed it is back by 06:00 on the next day.";
}
