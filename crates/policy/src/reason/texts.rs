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
    MemberCapReached "MEMBER_CAP_REACHED":
        "共济人数将达 {actual} 人,超过上限 {limit} 人。", "请先解除其他共济关系,之后以新的关系编号提交。",
        "With this one there would be {actual} members; the limit is {limit}.",
        "End another bond or link first, then use a new id.";
    AlreadyBound "ALREADY_BOUND":
        "按当地规定({limit}),{who}已有共济关系({actual}),不能再建立。", "请先解除已有的共济关系,之后以新的关系编号提交。",
        "The rule ({limit}) allows no further bond of {who} ({actual}).",
        "End the other bond first, then use a new bond id.";
    KinshipNotProven "KINSHIP_NOT_PROVEN":
        "尚未提供所需的亲属关系证明。", "请出示或上传证明材料(如户口簿、结婚证、共济关系凭证)后重新提交。",
        "The proof of kinship that is needed here was not given.",
        "Show or upload a document, such as the household register, a marriage certificate or the bond's certificate, and try again.";
    CodeProxyFirst "CODE_PROXY_FIRST":
        "当地要求先绑定亲情账户,再办理家庭共济。", "请先为该亲属绑定亲情账户,之后以新的关系编号提交。",
        "Here the relative's code must be linked before a bond is made.",
        "Link the code of that relative first, then use a new bond id.";
    GuardianRequired "GUARDIAN_REQUIRED":
        "被共济人({actual} 周岁)未满 {limit} 周岁,须由监护人确认。", "请由监护人办理,或到参保地医保经办窗口办理。",
        "The beneficiary is {actual} years old; below {limit} a guardian has to agree.",
        "Have a guardian do it, or go to the counter at the place of insurance.";
    SharerBenefitExcluded "SHARER_BENEFIT_EXCLUDED":
        "共济人享受的待遇({actual})按当地规定不能参加家庭共济。", "如待遇信息有误,请到参保地医保经办机构更正。",
        "With the benefit {actual} a person may not share there.",
        "If the benefit is recorded wrongly, have it corrected by the agency at the place of insurance.";
    BondChangeLocked "BOND_CHANGE_LOCKED":
        "按当地规定({limit}),现在({actual})不能变更或解除共济关系。", "{again} 起可以办理。",
        "The rule of the place ({limit}) does not allow a change of bonds now ({actual}).",
        "It is possible from {again} on.";
    SettlementSuspended "SETTLEMENT_SUSPENDED":
        "{who}已被暂停医疗费用联网结算。", "请联系作出处理的医保经办机构;恢复前余额保留,不能使用。",
        "Networked settlement of {who} is suspended.",
        "Ask the agency that decided it; the balance is kept and cannot be used until then.";
    ContactUpdateOverdue "CONTACT_UPDATE_OVERDUE":
        "{who}的手机号或住址变更后未按期更新。", "请由本人更新或确认联系信息,之后再次提交。",
        "Changed contact data of {who} were not reported in time.",
        "That person updates or confirms mobile number and address; then try again.";
    MedicalCodeNotActivated "MEDICAL_CODE_NOT_ACTIVATED":
        "{who}尚未激活医保码。", "请在国家医保服务平台App、微信或支付宝完成实名认证并激活,或到窗口办理,再以新的编号重新提交。",
        "The medical code of {who} is not activated.",
        "Activate it with real-name authentication in the national app, WeChat or Alipay, or at a counter; then use a new id.";
    WrongFunctionCodeProxy "WRONG_FUNCTION_CODE_PROXY":
        "这是亲情账户:展示家人的医保码,花的是家人本人就医的待遇和账户,不能用来为您付费。",
        "要用家人的个人账户为自己付费,请由家人建立家庭共济关系,就医时出示您本人的医保码。",
        "Showing a relative's code (亲情账户) is for that relative's own care; it does not pay for yours.",
        "To use a relative's account, have the relative make a bond of family sharing and show your own code.";
    NotOwnCredential "NOT_OWN_CREDENTIAL":
        "出示的不是就诊人本人的医保卡或医保码。", "请出示就诊人本人的医保卡或医保码;钱可以共济,卡不能共用。",
        "The card or code is not the patient's own.",
        "Show the patient's own card or code: the money is shared, the card never is.";
    AuthFailed "AUTH_FAILED":
        "未完成所需的身份核验。", "请由本人完成人脸核验;无法核验的,请换用其他方式或到窗口办理。",
        "The verification that is needed was not given.",
        "The person verifies by face; if that fails, use another factor or go to a counter.";
    AgentIdMissing "AGENT_ID_MISSING":
        "代办人未出示双方的身份证件。", "请同时出示就诊人和代办人的身份证件。",
        "Somebody acts for the patient without the documents of both.",
        "Show the identity documents of the patient and of the person who acts.";
    BalanceBelowMinimum "BALANCE_BELOW_MINIMUM":
        "个人账户余额({actual} 元)低于当地规定的最低余额({limit} 元)。", "请待个人账户入账或减少金额后,以新的编号重新提交。",
        "The balance of the personal account, {actual}, is below the minimum of {limit} there.",
        "Wait for the next contribution or use a smaller amount, with a new id.";
    BelowMinAllocation "BELOW_MIN_ALLOCATION":
        "划拨金额 {actual} 元低于每次最低 {limit} 元。", "请把金额提高到最低数额,以新的编号重新提交。",
        "The amount {actual} is below the smallest allocation of {limit}.", "Use a larger amount with a new id.";
    AnnualQuotaExceeded "ANNUAL_QUOTA_EXCEEDED":
        "本年度累计共济将达 {actual} 元,超过年度额度 {limit} 元。", "请减少金额,或待下一年度再办理。",
        "Sharing of this year would come to {actual}; the yearly quota is {limit}.",
        "Use a smaller amount, or wait for the next year.";
    PerUseLimit "PER_USE_LIMIT":
        "单次使用金额 {actual} 元超过上限 {limit} 元。", "超出部分请使用本人账户或现金支付。",
        "The amount {actual} is above the limit of {limit} for one use.",
        "Pay the rest from the own account or in cash.";
    PeriodCap "PERIOD_CAP":
        "该类使用在规定期间内已达上限(上限 {limit},本次后 {actual})。", "超出部分请使用本人账户或现金支付,或待下一期间。",
        "The cap of {limit} for this period is reached (found: {actual}).",
        "Pay the rest from the own account or in cash, or wait for the next period.";
    CategoryNotAllowed "CATEGORY_NOT_ALLOWED":
        "该项费用({actual})按现行政策不能这样使用共济资金({limit})。", "请改用本人账户或现金支付;可查询当地可用范围。",
        "Shared funds may not be used so for {actual} ({limit}).",
        "Pay it from the own account or in cash; ask for what funds may be used at that place.";
    SpecialCareNotReady "SPECIAL_CARE_NOT_READY":
        "门诊慢特病跨省直接结算的条件不具备({actual},须{limit})。", "请在参保地办理待遇认定和异地就医备案,选择已开通的定点医疗机构,再以新的编号重新提交。",
        "Special outpatient care in another province cannot be settled directly: {actual} instead of {limit}.",
        "Have the entitlement recognised and care elsewhere filed at home, go to an enabled institution, use a new id.";
    NoRemoteFiling "NO_REMOTE_FILING":
        "没有适用于该就医地或机构的异地就医备案({actual})。", "请先在国家医保服务平台App、当地App或参保地窗口办理备案,再以新的编号重新提交。",
        "There is no filing of care elsewhere for this place or institution ({actual}).",
        "File it in the national or local app, or at a counter at the place of insurance, then use a new id.";
    OutOfProvinceSwitchOff "OUT_OF_PROVINCE_SWITCH_OFF":
        "异地购药“跨省”开关未开启,医保卡本身没有问题。", "请在参保地医保App(福建为闽政通、福建医疗保障的“刷卡购药设置”)中开启“跨省”开关,再以新的编号支付。",
        "The switch for pharmacies in other provinces is off; the card is in order.",
        "Turn on the out-of-province switch in the app of the place of insurance, then pay with a new id.";
    CatalogueNotInForce "CATALOGUE_NOT_IN_FORCE":
        "医保目录版本 {actual} 在就诊当日、就医地不适用,适用版本为 {limit}。", "请按就医地就诊当日的目录版本重新核对费用,再以新的编号支付。",
        "The catalogue edition {actual} was not in force on the day and at the place of treatment; {limit} was.",
        "Sort the bill by the edition in force there on that day, then pay with a new id.";
    TraceCodeMissing "TRACE_CODE_MISSING":
        "有 {actual} 种药品没有有效的追溯码。", "请更换有追溯码的药品。",
        "{actual} drug lines have no sound traceability code.",
        "Choose packs that have a code which can be read.";
    WindowOfPremiumClosed "WINDOW_OF_PREMIUM_CLOSED":
        "该年度现在({actual})不能缴费,集中征缴期为 {limit}。", "请在征缴期内缴费,或咨询参保地税务、医保部门。",
        "The premium of that year cannot be paid now ({actual}); its season is {limit}.",
        "Pay within the season, or ask the tax office or agency at the place of insurance.";
    AlreadyPaidOrSubsidised "ALREADY_PAID_OR_SUBSIDISED":
        "该年度保费已缴纳,或由财政全额资助({actual})。", "无需再次缴费;如有疑问请咨询参保地医保经办机构。",
        "The premium of that year was paid before, or is paid in full by others ({actual}).",
        "Nothing is to be paid; ask the agency at the place of insurance if in doubt.";
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
