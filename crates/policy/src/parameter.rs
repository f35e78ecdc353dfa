//! The parameters that a rule file may set: name, kind of value, and which of two values is the stricter.
//!
//! A new parameter is one line in the table below; a name that is not in it is an error in a rule file.

pub(crate) mod value;

use std::fmt;

use crate::{
    parameter::value::{Keys, Kind, Stricter},
    words::{
        BenefitKind, Cardinality, Category, Consequence, FundingSource, LifeEvent, PlaceScope, QuotaBasis,
        RefundTarget, Relation, RemoteScope, SharerOrder, SwitchState, Territory, TraceDuty,
        TraceRegistryDown,
    },
};

pub use crate::parameter::value::Value;

/// The two sides of a bond, as keys of a table.
const SIDES: &[&str] = &["SHARER", "BENEFICIARY"];

macro_rules! parameters {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal, $zh:literal, $kind:expr, $stricter:ident;)*) => {
        /// A parameter of the rules.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Parameter {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Parameter {
            /// Every parameter, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable name, as in rule files and verdicts.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it means, with the requirements that ask for it.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),*).trim_start(),)*
                }
            }

            /// What people call it in Chinese: `单笔转账上限`.
            pub const fn label_zh(self) -> &'static str {
                match self {
                    $(Self::$variant => $zh,)*
                }
            }

            pub(crate) fn kind(self) -> Kind {
                match self {
                    $(Self::$variant => $kind,)*
                }
            }

            fn stricter(self) -> Stricter {
                match self {
                    $(Self::$variant => Stricter::$stricter,)*
                }
            }
        }
    };
}

parameters! {
    /// R-040…R-042: what the beneficiary may be to the sharer.
    RelationScope = "relation_scope", "共济亲属范围", Kind::Words(Relation::NAMES), Common;
    /// how far apart the two may be insured.
    TerritorialScope = "territorial_scope", "共济地域范围", Kind::Word(Territory::NAMES), Lower;
    /// how many bonds a person may hold in the programme.
    BondCardinality = "bond_cardinality", "可建立的共济关系数量", Kind::Word(Cardinality::NAMES), Lower;
    /// how many family members may be bound to one sharer.
    MaxMembers = "max_members", "共济成员人数上限", Kind::Count, Lower;
    /// whether the sharer counts among them.
    CapIncludesSelf = "cap_includes_self", "人数上限是否含共济人本人", Kind::Flag, Yes;
    /// whether the sharer must accept the commitment text.
    CommitmentRequired = "commitment_required", "是否须签署共济承诺书", Kind::Flag, Yes;
    /// whether the kinship must be proven by documents or records, not only declared.
    KinshipProofRequired = "kinship_proof_required", "是否须提供亲属关系证明", Kind::Flag, Yes;
    /// whether the relative's code must be linked (亲情账户) before a bond is made.
    CodeProxyFirst = "code_proxy_first", "是否须先绑定亲情账户", Kind::Flag, Yes;
    /// whether whoever invites online is verified by face; a password does not do.
    FaceRequired = "face_required", "线上邀请时是否须人脸识别", Kind::Flag, Yes;
    /// by how many years a parent is older than a child; without it, born earlier.
    ParentAgeGap = "parent_age_gap", "父母与子女的最小年龄差", Kind::Count, Higher;
    /// by how many years a grandparent is older than a grandchild; without it, born earlier.
    GrandparentAgeGap = "grandparent_age_gap", "祖辈与孙辈的最小年龄差", Kind::Count, Higher;
    /// from which age on a man is somebody's spouse.
    HusbandAge = "husband_age", "丈夫最低年龄", Kind::Count, Higher;
    /// from which age on a woman is somebody's spouse.
    WifeAge = "wife_age", "妻子最低年龄", Kind::Count, Higher;
    /// benefits with which a person may not share.
    SharerBarredBenefits = "sharer_barred_benefits", "享受后不能作为共济人的待遇", Kind::Words(BenefitKind::NAMES), Either;
    /// younger than this in years, a guardian agrees for the beneficiary.
    GuardianAge = "guardian_age", "须由监护人确认的年龄(未满)", Kind::Count, Higher;
    /// how many days an invitation may be answered.
    InvitationDays = "invitation_days", "邀请有效天数", Kind::Count, Lower;
    /// how many months after it was made one of the two may end a bond.
    UnbindWaitMonths = "unbind_wait_months", "绑定后可解除的等待月数", Kind::Count, Higher;
    /// how many bonds a sharer may make or end in a civil year.
    ChangesPerYear = "changes_per_year", "每年可变更次数", Kind::Count, Lower;
    /// R-060…R-065: what ends a bond, by the side to which it happens.
    DissolveOn = "dissolve_on", "自动解除的情形", Kind::WordsBy(SIDES, LifeEvent::NAMES), Either;
    /// what ends a bond beside that, by the side to which it happens.
    DissolveAlso = "dissolve_also", "自动解除的其他情形", Kind::WordsBy(SIDES, LifeEvent::NAMES), Either;
    /// whether both need an open wallet.
    BothWalletsOpen = "both_wallets_open", "双方是否须开通医保钱包", Kind::Flag, Yes;
    /// where a wallet may be kept.
    PlaceOfUseScope = "place_of_use_scope", "使用地范围", Kind::Word(PlaceScope::NAMES), Lower;
    /// whether the place of use may be changed.
    PlaceOfUseChange = "place_of_use_change", "是否可变更使用地", Kind::Flag, No;
    /// the largest amount of one transfer.
    SingleLimit = "single_limit", "单笔转账上限", Kind::Amount, Lower;
    /// how many transfers a wallet may send on one civil day.
    DailyCount = "daily_count", "单日转账笔数上限", Kind::Count, Lower;
    /// the civil clock time from which transfers are accepted.
    WindowOpen = "window_open", "转账开始时间", Kind::Clock, Higher;
    /// the civil clock time from which they no longer are.
    WindowClose = "window_close", "转账截止时间", Kind::Clock, Lower;
    /// how many unclaimed transfers a pair may have at a time.
    UnclaimedPerPair = "unclaimed_per_pair", "同一对象未接收转账笔数上限", Kind::Count, Lower;
    /// on the next civil day, until when a transfer may be claimed.
    ClaimUntil = "claim_until", "次日接收截止时间", Kind::Clock, Lower;
    /// on the next civil day, by when an unclaimed transfer is back.
    ReturnBy = "return_by", "次日退回时限", Kind::Clock, Lower;
    /// Whether the sharer may take back an unclaimed transfer.
    SharerMayCancel = "sharer_may_cancel", "共济人是否可撤回", Kind::Flag, No;
    /// whether quota of the own wallet may be transferred on.
    OnwardTransfer = "onward_transfer", "钱包额度是否可再次转出", Kind::Flag, No;
    /// what must be in the sharer's account for sharing to work at all.
    MinSourceBalance = "min_source_balance", "共济人账户最低余额", Kind::Amount, Higher;
    /// what must be left in the sharer's account after sharing.
    MinLeft = "min_left", "共济人账户须保留金额", Kind::Amount, Higher;
    /// the smallest amount of one allocation.
    MinAllocation = "min_allocation", "每次划拨最低金额", Kind::Amount, Higher;
    /// how many allocations a civil year may have.
    AllocationsPerYear = "allocations_per_year", "每年划拨次数上限", Kind::Count, Lower;
    /// which share of the basis may be shared in a civil year.
    AnnualRatio = "annual_ratio", "年度共济比例", Kind::Ratio, Lower;
    /// the same for beneficiaries with an exception.
    RaisedAnnualRatio = "raised_annual_ratio", "慢性病等提高后的年度比例", Kind::Ratio, Lower;
    /// of which balance the share is taken.
    AnnualRatioBasis = "annual_ratio_basis", "年度比例的基数", Kind::Word(QuotaBasis::NAMES), Lower;
    /// R-110…: for what shared funds may be used.
    Categories = "categories", "可用范围", Kind::Words(Category::NAMES), Common;
    /// the edition of the catalogue of what is reimbursed. The place of treatment decides.
    CatalogueVersion = "catalogue_version", "医保目录版本", Kind::Edition, Neither;
    /// the largest amount of one use, by category.
    PerUseLimit = "per_use_limit", "单次使用上限", Kind::Amounts(Keys::Of(Category::NAMES)), Lower;
    /// benefits of a patient for whom other limits of one use hold.
    ExceptionBenefits = "exception_benefits", "适用例外的待遇", Kind::Words(BenefitKind::NAMES), Common;
    /// the largest amount of one use for such patients, by category.
    RaisedPerUseLimit = "raised_per_use_limit", "例外情形的单次上限", Kind::Amounts(Keys::Of(Category::NAMES)), Lower;
    /// categories in which such patients have no limit of one use.
    LiftedPerUseLimit = "lifted_per_use_limit", "例外情形不限单次金额的类别", Kind::Words(Category::NAMES), Common;
    /// how many uses a civil month may have, by category.
    MonthlyCount = "monthly_count", "每月使用次数上限", Kind::Counts(Keys::Of(Category::NAMES)), Lower;
    /// what may be used in a civil month, by category.
    MonthlyAmount = "monthly_amount", "每月使用金额上限", Kind::Amounts(Keys::Of(Category::NAMES)), Lower;
    /// in which order money is taken. The place of the beneficiary decides.
    FundingOrder = "funding_order", "支付顺序", Kind::Order(FundingSource::NAMES), Neither;
    /// Which of several sharers is asked first. The place of the beneficiary decides.
    SharerOrder = "sharer_order", "多个共济人的使用顺序", Kind::Word(SharerOrder::NAMES), Lower;
    /// which pots of the sharer's account may be shared.
    SharedPots = "shared_pots", "可共济的账户部分", Kind::Words(FundingSource::NAMES), Common;
    /// where a later reimbursement goes.
    RefundTo = "refund_to", "报销款退回去向", Kind::Word(RefundTarget::NAMES), Lower;
    /// whether the sharer may spend what was allocated.
    SharerMayUse = "sharer_may_use", "共济人是否可使用共济账户", Kind::Flag, No;
    /// whether only the patient's own card or code pays.
    OwnCredentialOnly = "own_credential_only", "是否只能使用本人医保卡或医保码", Kind::Flag, Yes;
    /// whether somebody who acts for the patient must show both documents.
    AgentDocuments = "agent_documents", "代办是否须出示双方证件", Kind::Flag, Yes;
    /// whether proof of the bond must be shown at use.
    ProofAtUse = "proof_at_use", "使用时是否须出示共济关系证明", Kind::Flag, Yes;
    /// whether online use needs an activated 医保码.
    MedicalCodeRequired = "medical_code_required", "线上使用是否须激活医保码", Kind::Flag, Yes;
    /// from where on care elsewhere needs a filing.
    RemoteFiling = "remote_filing", "须办理异地就医备案的范围", Kind::Word(RemoteScope::NAMES), Lower;
    /// the categories for which it does.
    RemoteFilingCategories = "remote_filing_categories", "须备案的费用类别", Kind::Words(Category::NAMES), Either;
    /// for how many months a filing holds that names no last day.
    FilingMonths = "filing_months", "备案有效月数", Kind::Count, Lower;
    /// how many institutions a filing chooses; care elsewhere is then paid only there.
    FilingInstitutions = "filing_institutions", "备案可选机构数", Kind::Count, Lower;
    /// whether out-of-province pharmacies may be used by somebody who never set the switch.
    PurchaseSwitchDefault = "purchase_switch_default", "跨省购药开关默认状态", Kind::Word(SwitchState::NAMES), Lower;
    /// whether special outpatient care in another province needs entitlement, filing and an enabled institution.
    SpecialOutpatientSteps = "special_outpatient_steps", "门诊慢特病跨省结算是否须认定、备案、选机构", Kind::Flag, Yes;
    /// whether drug lines need a traceability code.
    TraceCode = "trace_code", "药品追溯码要求", Kind::Word(TraceDuty::NAMES), Lower;
    /// how many digits it has.
    TraceCodeDigits = "trace_code_digits", "药品追溯码位数", Kind::Count, Higher;
    /// what happens when the registry of sold codes cannot be asked.
    TraceRegistryDown = "trace_registry_down", "追溯码登记不可用时的处理", Kind::Word(TraceRegistryDown::NAMES), Lower;
    /// within how many days changed contact data must be reported.
    ContactUpdateDays = "contact_update_days", "联系信息变更更新天数", Kind::Count, Lower;
    /// what follows if they are not.
    ContactConsequence = "contact_consequence", "联系信息逾期未更新的后果", Kind::Word(Consequence::NAMES), Lower;
    /// what follows from a sanction.
    SanctionConsequence = "sanction_consequence", "暂停联网结算的后果", Kind::Word(Consequence::NAMES), Lower;
    /// how many relatives' codes a person may show.
    CodeProxyMembers = "code_proxy_members", "亲情账户人数上限", Kind::Count, Lower;
    /// up to this age in years documents do; older persons authorise it by face.
    CodeProxyMinorAge = "code_proxy_minor_age", "亲情账户凭材料办理的年龄", Kind::Count, Lower;
    /// whether paying a relative's premium needs a bond.
    PremiumNeedsBond = "premium_needs_bond", "代缴保费是否须建立共济关系", Kind::Flag, Yes;
    /// 居民医保 premium of a person, by insurance year.
    ResidentTariff = "resident_tariff", "居民医保缴费标准", Kind::Amounts(Keys::Years), Higher;
    /// the same after the season.
    ResidentLateTariff = "resident_late_tariff", "居民医保逾期缴费标准", Kind::Amounts(Keys::Years), Higher;
    /// 集中征缴期, by insurance year.
    ResidentSeason = "resident_season", "居民医保集中征缴期", Kind::Seasons, Lower;
    /// how many months somebody who pays late waits for benefits.
    WaitingMonths = "waiting_months", "逾期缴费等待月数", Kind::Count, Higher;
    /// 长护险 premium of a person, by insurance year.
    LtcTariff = "ltc_tariff", "长期护理保险缴费标准", Kind::Amounts(Keys::Years), Higher;
    /// whose premium is paid in full by others and must not be paid again.
    SubsidisedGroups = "subsidised_groups", "全额资助参保人群", Kind::Words(BenefitKind::NAMES), Either;
    /// How old followed facts may be for a decision, in seconds.
    MaxStalenessSeconds = "max_staleness_seconds", "依据数据的最大滞后秒数", Kind::Count, Lower;
}

impl Parameter {
    /// The parameter with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|parameter| parameter.name() == name)
    }

    /// The value that forbids more; of two value sets, what both allow.
    ///
    /// Values of different kinds never meet: a rule file with the wrong kind does not parse. The first is
    /// returned for them.
    pub fn strictest(self, a: Value, b: Value) -> Value {
        value::strictest(self.kind(), self.stricter(), a, b)
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
