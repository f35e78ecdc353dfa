//! The closed vocabularies of rules and facts. Each word has one name, the same in rule files, stored decisions
//! and on the wire.
//!
//! Where words are ordered by strictness (territory, place of use), the strictest stands first.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$what:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$what])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The name of every word, in order.
            pub const NAMES: &'static [&'static str] = &[$($text),*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// The word with this name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.name() == name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

mod funds;
mod people;

pub use self::{
    funds::{
        Category, FundingSource, PremiumScheme, QuotaBasis, RefundTarget, RemoteScope, SharerOrder,
        SwitchState, TraceDuty, TraceRegistryDown,
    },
    people::{BenefitKind, Consequence, LifeEvent, Topic},
};

words! {
    /// A way of sharing with rules of its own.
    Programme {
        /// 即时调用: a real-time right on the sharer's account inside one province.
        LocalRealtime = "LOCAL_REALTIME",
        /// 共济账户: the sharer allocates into a shared account.
        LocalAllocation = "LOCAL_ALLOCATION",
        /// 医保钱包: quota moves from wallet to wallet.
        Wallet = "WALLET",
        /// 参保缴费: premiums of relatives.
        Premium = "PREMIUM",
    }
}

words! {
    /// Whose region, or whose fact, a rule judges.
    Side {
        /// 共济人.
        Sharer = "SHARER",
        /// 被共济人.
        Beneficiary = "BENEFICIARY",
        /// 就医地: where the institution is.
        TreatmentPlace = "TREATMENT_PLACE",
    }
}

words! {
    /// What came of one rule.
    VerdictResult {
        /// The rule is kept.
        Pass = "PASS",
        /// The rule refuses.
        Fail = "FAIL",
        /// The rule says nothing about these facts.
        NotApplicable = "NOT_APPLICABLE",
        /// A fact or a rule is missing; refuses when the verdict carries a reason.
        NotKnown = "NOT_KNOWN",
    }
}

words! {
    /// How well a rule is founded.
    Confidence {
        /// Official text or national press.
        High = "H",
        /// Local authority or local press.
        Medium = "M",
        /// One unverified page.
        Low = "L",
        /// Chosen for this system: no public text gives a value.
        Sample = "SAMPLE",
    }
}

words! {
    /// What the beneficiary is to the sharer.
    Relation {
        /// 配偶.
        Spouse = "SPOUSE",
        /// 父母: the beneficiary is a parent of the sharer.
        Parent = "PARENT",
        /// 子女: the beneficiary is a child of the sharer.
        Child = "CHILD",
        /// 兄弟姐妹.
        Sibling = "SIBLING",
        /// 祖父母.
        PaternalGrandparent = "PATERNAL_GRANDPARENT",
        /// 外祖父母.
        MaternalGrandparent = "MATERNAL_GRANDPARENT",
        /// 孙子女.
        ChildOfSon = "CHILD_OF_SON",
        /// 外孙子女.
        ChildOfDaughter = "CHILD_OF_DAUGHTER",
        /// 配偶的父母: in no scope by default.
        ParentInLaw = "PARENT_IN_LAW",
        /// 其他亲属: in no scope.
        OtherRelative = "OTHER_RELATIVE",
    }
}

words! {
    /// 险种: the scheme of an enrolment.
    Scheme {
        /// 职工医保.
        Employee = "EMPLOYEE",
        /// 灵活就业医保: employee insurance for every rule.
        FlexibleEmployee = "FLEXIBLE_EMPLOYEE",
        /// 城乡居民医保.
        Resident = "RESIDENT",
        /// 离休: outside basic medical insurance.
        RetiredCadre = "RETIRED_CADRE",
    }
}

impl Scheme {
    /// Whether the scheme is employee insurance.
    pub const fn is_employee(self) -> bool {
        matches!(self, Self::Employee | Self::FlexibleEmployee)
    }

    /// Whether the scheme is basic medical insurance of either type.
    pub const fn is_basic(self) -> bool {
        self.is_employee() || matches!(self, Self::Resident)
    }
}

words! {
    /// 参保状态.
    EnrolmentStatus {
        /// 正常参保.
        Normal = "NORMAL",
        /// 暂停参保.
        Suspended = "SUSPENDED",
        /// 欠费.
        InArrears = "IN_ARREARS",
        /// 冻结.
        Frozen = "FROZEN",
        /// 终止参保.
        Terminated = "TERMINATED",
    }
}

words! {
    /// How far apart sharer and beneficiary may be insured; strictest first.
    Territory {
        /// The same pooling area.
        SamePool = "SAME_POOL",
        /// The same province.
        SameProvince = "SAME_PROVINCE",
        /// Anywhere in the country.
        National = "NATIONAL",
    }
}

words! {
    /// How many bonds a person may hold in one programme; strictest first.
    Cardinality {
        /// One role at a time and bound once.
        OneRoleOnce = "ONE_ROLE_ONCE",
        /// One sharer per beneficiary.
        OneSharerPerBeneficiary = "ONE_SHARER_PER_BENEFICIARY",
        /// Many to many, also mutual.
        Many = "MANY",
    }
}

words! {
    /// Which places of use a person may choose; strictest first.
    PlaceScope {
        /// A pooling area in which the person is insured.
        InsuredPool = "INSURED_POOL",
        /// A pooling area in a province in which the person is insured.
        InsuredProvince = "INSURED_PROVINCE",
        /// Any pooling area.
        Anywhere = "ANYWHERE",
    }
}

words! {
    /// When a bond is judged: nobody may learn about a stranger by proposing a bond.
    BondStage {
        /// The sharer proposes: rules about the invitee wait.
        Propose = "PROPOSE",
        /// The invitee accepts: every rule is judged, those about the sharer again.
        Accept = "ACCEPT",
    }
}

words! {
    /// What is known about a person's wallet.
    WalletState {
        /// 未开通.
        NotOpened = "NOT_OPENED",
        /// 待激活: opened by a proxy.
        PendingActivation = "PENDING_ACTIVATION",
        /// 已开通.
        Active = "ACTIVE",
        /// 冻结.
        Frozen = "FROZEN",
        /// 使用地变更中.
        Relocating = "RELOCATING",
        /// 注销.
        Closed = "CLOSED",
    }
}
